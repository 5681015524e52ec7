#pragma once

#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// How the page looks, see timeline_page.hpp. Colours keep 4.5:1 for text and 3:1 for bars in both modes; and nothing is
// told by colour alone: what failed bears a triangle, what crashed a cross and stripes, what was skipped is hollow.

inline constexpr std::string_view timeline_style_of_page = R"css(
:root {
  color-scheme: light dark;
  --ground: #f4f5f7;
  --surface: #ffffff;
  --line: #dfe2e6;
  --text: #1b1f24;
  --muted: #59616c;
  --focus: #0b57d0;
  --passed: #4f9d84;
  --on-passed: #03160f;
  --failed: #c2410c;
  --on-failed: #ffffff;
  --set-up: #2f66a8;
  --on-set-up: #ffffff;
  --lane-label: 12rem;
  --row: 24px;
  --above: 9px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111316;
    --surface: #191c20;
    --line: #2e3339;
    --text: #e6e8eb;
    --muted: #a0a8b2;
    --focus: #8ab4f8;
    --passed: #46967e;
    --on-passed: #010d09;
    --failed: #ff9466;
    --on-failed: #2a0d00;
      --set-up: #7fb0ea;
    --on-set-up: #06182c;
  }
}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0;
  padding: 1rem 1.25rem;
  background: var(--ground);
  color: var(--text);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; }
ul, ol { list-style: none; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }

/* What may be any text: it keeps its own direction, and breaks anywhere rather than widen the page. */
.any { unicode-bidi: isolate; overflow-wrap: anywhere; white-space: pre-wrap; }

header { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: start; }
header .what { flex: 1 1 20rem; min-width: 0; }
h1 { font-size: 1.35rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
#run, #numbers span { color: var(--muted); font-size: 0.85rem; }
#numbers { display: flex; flex-wrap: wrap; gap: 0.25rem 1.75rem; }
#numbers li { display: flex; flex-direction: column; }
#numbers strong { font-size: 1.2rem; line-height: 1.4; font-weight: 650; }
select, input, .zoom button {
  background: var(--surface);
  border: 1px solid var(--muted);
  border-radius: 6px;
  padding: 0.25rem 0.5rem;
}

#results { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0.75rem 0; }
#results li, #results button {
  display: inline-flex;
  align-items: baseline;
  gap: 0.4rem;
  color: var(--muted);
  white-space: nowrap;
}
#results strong { color: var(--text); font-weight: 650; }
#results li { padding: 2px 0; }
#results button { border: 0; padding: 0; background: none; border-radius: 4px; }
#results button:hover span:last-child { text-decoration: underline; }
#results .sample { position: relative; width: 22px; height: 13px; top: 1px; margin-right: 2px; border-radius: 3px; }

.tools { display: flex; flex-wrap: wrap; gap: 0.5rem 0.75rem; align-items: center; margin-bottom: 0.6rem; }
.tools .search { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
#search { width: 19rem; max-width: 100%; }
#search::placeholder { color: var(--muted); opacity: 1; }
#matches, .keys { color: var(--muted); }
.keys { margin-left: auto; font-size: 0.85rem; }
kbd {
  font: inherit;
  padding: 0 0.3rem;
  border: 1px solid var(--line);
  border-radius: 4px;
  background: var(--surface);
}
.zoom { display: inline-flex; }
.zoom button { min-width: 2rem; border-radius: 0; }
.zoom button + button { border-left: 0; }
.zoom button:first-child { border-radius: 6px 0 0 6px; }
.zoom button:last-child { border-radius: 0 6px 6px 0; }
.zoom button:focus-visible { z-index: 1; }
)css";

inline constexpr std::string_view timeline_style_of_chart = R"css(
/* The chart: a lane for each worker, wider than its window when zoomed; the labels and the axis stay in sight. */
#chart {
  position: relative;
  overflow: auto;
  max-height: 55vh;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
  scroll-padding: 28px 24px 8px calc(var(--lane-label) + 24px);
}
#canvas { position: relative; min-width: 100%; }
#axis {
  position: sticky;
  top: 0;
  z-index: 5;
  display: flex;
  height: 24px;
  background: var(--surface);
  border-bottom: 1px solid var(--line);
}
.corner { position: sticky; left: 0; z-index: 1; flex: none; width: var(--lane-label); background: var(--surface); }
#ticks { position: relative; flex: 1; }
#grid { position: absolute; top: 0; bottom: 0; left: var(--lane-label); right: 0; }
#ticks span { position: absolute; padding: 3px 0 0 5px; color: var(--muted); font-size: 12px; white-space: nowrap; }
#grid i { position: absolute; top: 0; bottom: 0; border-left: 1px solid var(--line); }
.lane { display: flex; border-bottom: 1px solid var(--line); }
.lane:last-child { border-bottom: 0; }
.lane-label {
  position: sticky;
  left: 0;
  z-index: 4;
  flex: none;
  width: var(--lane-label);
  padding: 8px 10px 0 12px;
  display: flex;
  justify-content: space-between;
  background: var(--surface);
  border-right: 1px solid var(--line);
  white-space: nowrap;
}
.lane-label span { color: var(--muted); font-size: 12px; padding-top: 2px; }
.track { position: relative; flex: 1; }

.bar {
  position: absolute;
  height: calc(var(--row) - 2px);
  border-radius: 3px;
  cursor: pointer;
  forced-color-adjust: none;
}
.passed { background: var(--passed); color: var(--on-passed); }
.skipped { background: var(--surface); color: var(--text); border: 1px dashed var(--muted); }
.failed, .set-up.bad { background: var(--failed); color: var(--on-failed); z-index: 1; }
.crashed {
  background: #2b0a02 repeating-linear-gradient(135deg, #a3320d 0 4px, #2b0a02 4px 8px);
  color: #ffffff;
  border: 1px solid var(--failed);
  z-index: 1;
}
.set-up { background: var(--set-up); color: var(--on-set-up); }
.tear-down { background: var(--surface); color: var(--set-up); border: 2px solid var(--set-up); }
.tear-down.bad { border-color: var(--failed); color: var(--text); z-index: 1; }

/* The mark above what failed, which the thinnest bar bears, too. */
.failed::before, .crashed::before, .bad::before {
  content: "";
  position: absolute;
  top: -8px;
  left: min(50%, 6px);
  width: 9px;
  height: 7px;
  margin-left: -4.5px;
  background: var(--failed);
  clip-path: polygon(0 0, 100% 0, 50% 100%);
}
.crashed::before {
  top: -9px;
  height: 9px;
  background: var(--text);
  clip-path: polygon(
    18% 0, 50% 32%, 82% 0, 100% 18%, 68% 50%, 100% 82%, 82% 100%, 50% 68%, 18% 100%, 0 82%, 32% 50%, 0 18%);
}
/* It left processes running: a ring at its end. */
.leaves::after {
  content: "";
  position: absolute;
  right: -4px;
  bottom: -3px;
  width: 9px;
  height: 9px;
  border: 2px solid var(--text);
  border-radius: 50%;
  background: var(--surface);
  z-index: 2;
}
.wait {
  position: absolute;
  top: 0;
  bottom: 0;
  background: repeating-linear-gradient(-45deg, var(--surface) 0 2px, transparent 2px 5px);
}
/* A name stays in sight while its part of the bar does. */
.place { position: absolute; top: 0; bottom: 0; pointer-events: none; }
.place .name {
  position: sticky;
  left: calc(var(--lane-label) + 1px);
  display: block;
  width: fit-content;
  max-width: 100%;
  padding: 0 5px;
  font-size: 12px;
  line-height: 22px;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: pre;
  unicode-bidi: isolate;
}
.skipped .name, .crashed .name { line-height: 20px; }
.tear-down .name { line-height: 18px; }
.dim { opacity: 0.14; }
.bar:hover { filter: brightness(1.12); z-index: 2; }
.bar.described { outline: 1px solid var(--text); outline-offset: 1px; z-index: 2; }
.bar[aria-selected="true"] { outline-width: 2px; }
.bar:focus { outline: 3px solid var(--focus); outline-offset: 1px; z-index: 3; }

#tip {
  position: fixed;
  z-index: 10;
  max-width: min(32rem, 90vw);
  padding: 0.25rem 0.6rem;
  border-radius: 6px;
  background: var(--text);
  color: var(--surface);
  pointer-events: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / 0.25);
}
#tip .any {
  display: -webkit-box;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 3;
  overflow: hidden;
  font-weight: 600;
}
)css";

inline constexpr std::string_view timeline_style_of_details = R"css(
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(14rem, 22rem); gap: 0.9rem; margin-top: 0.9rem; }
#details, #lists {
  padding: 0.8rem 1rem;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: 8px;
}
#details { display: flex; flex-direction: column; gap: 0.6rem; min-width: 0; }
#details .empty { margin: auto; color: var(--muted); text-align: center; }
#details .head { display: flex; gap: 0.75rem; align-items: baseline; }
#details h2 { font-size: 1.05rem; line-height: 1.35; flex: 1; max-height: 7em; overflow: auto; }
#details .hint { color: var(--muted); font-size: 0.85rem; white-space: nowrap; }
#details .close { border: 1px solid var(--muted); background: none; border-radius: 6px; padding: 0 0.5rem; }
.badge {
  flex: none;
  display: inline-block;
  padding: 0 0.55rem;
  border-radius: 4px;
  font-size: 0.85rem;
  font-weight: 600;
  line-height: 1.55;
}
.badge::before, .badge::after { display: none; }
#details .body {
  flex: 1;
  display: grid;
  grid-template-columns: minmax(12rem, 19rem) minmax(0, 1fr);
  gap: 1rem;
  min-height: 0;
}
#details .facts { overflow: auto; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.15rem 0.9rem; align-content: start; }
dt { color: var(--muted); }
.printed { display: flex; flex-direction: column; min-height: 6rem; min-width: 0; }
.printed h3 { font-size: 1em; font-weight: 400; color: var(--muted); display: flex; gap: 1rem; align-items: baseline; }
.printed button { border: 0; background: none; padding: 0; color: var(--focus); text-decoration: underline; }
pre {
  flex: 1;
  min-height: 4rem;
  margin: 0.2rem 0 0;
  padding: 0.5rem 0.7rem;
  overflow: auto;
  background: var(--ground);
  border-radius: 6px;
  font: 12.5px/1.45 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
  tab-size: 4;
}
pre:focus-visible, #lists:focus-visible { outline-offset: -3px; }

#lists { overflow: auto; }
#lists section + section { margin-top: 0.9rem; }
#lists h2 { font-size: 0.95rem; margin-bottom: 0.15rem; }
#lists h2 span { color: var(--muted); font-weight: 400; }
#lists li { padding: 1px 0; }
#lists button {
  display: flex;
  gap: 0.75rem;
  width: 100%;
  border: 0;
  border-radius: 4px;
  padding: 1px 4px;
  margin-left: -4px;
  background: none;
  text-align: left;
}
#lists button:hover { background: var(--ground); }
#lists button .any { flex: 1; }
#lists button span:last-child { color: var(--muted); white-space: nowrap; }
#lists button:focus-visible { outline-offset: -2px; }

/* Where there is room the page fills its window, and what is long scrolls in its own place. */
@media (min-width: 900px) and (min-height: 640px) {
  body { display: flex; flex-direction: column; height: 100vh; overflow: hidden; }
  #chart { flex: 0 1 auto; min-height: 7rem; }
  main { flex: 1 1 0; min-height: 15rem; grid-template-rows: minmax(0, 1fr); }
}
@media (max-width: 899px), (max-height: 639px) {
  main, #details .body { grid-template-columns: minmax(0, 1fr); }
  .keys { display: none; }
  pre, #lists { max-height: 60vh; }
  #details { min-height: 12rem; }
  :root { --lane-label: 6rem; }
  .lane-label span { display: none; }
}
)css";

inline constexpr std::string_view timeline_styles[] = {timeline_style_of_page, timeline_style_of_chart,
                                                       timeline_style_of_details};

}  // namespace detail
APART_END_NAMESPACE
