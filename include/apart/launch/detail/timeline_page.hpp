#pragma once

#include <string_view>

#include <apart/launch/detail/timeline_script.hpp>
#include <apart/launch/detail/timeline_style.hpp>
#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

/// The page is these and what stands in the arrays of timeline_style.hpp and timeline_script.hpp, in this order: begin,
/// styles, body, the data as JSON, scripts, end. All of it is ASCII, and no literal is longer than a compiler bears.
inline constexpr std::string_view timeline_page_begin = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
  script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="apart">
<link rel="icon" href="data:,">
<title>Test timeline</title>
<style>)html";

inline constexpr std::string_view timeline_page_body = R"html(</style>
</head>
<body>
<header>
  <div class="what">
    <h1 id="program">Test timeline</h1>
    <p id="run"></p>
  </div>
  <label id="rounds" hidden>Round <select id="round"></select></label>
  <ul id="numbers" aria-label="The run in numbers"></ul>
</header>
<noscript><p>This page draws itself by its own script, which this browser does not run.</p></noscript>

<ul id="results" aria-label="Results"></ul>

<div class="tools">
  <label class="search" for="search">Search</label>
  <input id="search" type="search" placeholder="name, result, what it waited for" autocomplete="off" spellcheck="false">
  <output id="matches" for="search"></output>
  <p class="keys">
    <kbd>&larr;</kbd> <kbd>&rarr;</kbd> along a lane, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> between lanes,
    <kbd>Enter</kbd> pins, <kbd>Esc</kbd> closes, <kbd>/</kbd> searches
  </p>
  <div class="zoom" role="group" aria-label="Zoom">
    <button id="zoom-out" type="button" aria-label="Zoom out" aria-keyshortcuts="-">&minus;</button>
    <button id="zoom-fit" type="button" aria-label="Fit the whole run" aria-keyshortcuts="0">Fit</button>
    <button id="zoom-in" type="button" aria-label="Zoom in" aria-keyshortcuts="+">+</button>
  </div>
</div>

<div id="chart" role="grid" aria-label="Timeline: a row for each worker, a cell for each test" aria-readonly="true">
  <div id="canvas" role="presentation">
    <div id="grid" aria-hidden="true"></div>
    <div id="axis" aria-hidden="true"><div class="corner"></div><div id="ticks"></div></div>
    <div id="lanes" role="presentation"></div>
  </div>
</div>
<div id="tip" aria-hidden="true" hidden></div>

<main>
  <section id="details" aria-label="Details"></section>
  <aside id="lists" aria-label="Lists" tabindex="0"></aside>
</main>

<script id="data" type="application/json">
)html";

inline constexpr std::string_view timeline_page_scripts = R"html(</script>
<script>)html";

inline constexpr std::string_view timeline_page_end = R"html(</script>
</body>
</html>
)html";

}  // namespace detail
APART_END_NAMESPACE
