#include <apart/launch/timeline.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include "catch.hpp"
#include "support/files.hpp"
#include "support/run_program.hpp"

using apart::outcome;
using apart::run_record;
using apart::test_record;
using apart::time_span;
using apart::timeline_of;
using Catch::Matchers::ContainsSubstring;
using namespace std::chrono_literals;

namespace {

const std::chrono::steady_clock::time_point zero(5h);

time_span span(long long from, long long to) {
  return {zero + std::chrono::microseconds(from), zero + std::chrono::microseconds(to)};
}

/// Something of everything.
run_record sample() {
  run_record run;
  run.program = "/build/suite";
  run.seed = 4294967295U;
  run.workers = 2;
  run.started = std::chrono::system_clock::time_point(1700000000123ms);
  run.when = span(0, 400'000);
  run.tests = {
      {"crashes", outcome::failed, true, 1, span(10'000, 50'000), "died of SIGSEGV", "then\n", {}, {}},
      {"waits", outcome::passed, false, 0, span(10'000, 110'000), "", "", {}, {}},
      {"skips", outcome::skipped, false, 1, span(60'000, 120'000), "no IPv6", "", {}, {}},
      {"fails", outcome::failed, false, 0, span(110'100, 200'000), "", "1 == 2\n", {}, {}},
      {"leaves", outcome::passed, false, 1, span(120'000, 300'000), "", "", {}, {"sleep (process 123)"}},
  };
  run.tests[1].waits = {{"per_run \"server\"", span(50'000, 60'000)}, {"run_lock \"db\"", span(20'000, 60'000)}};
  run.set_ups = {{"database", false, span(2'000, 8'000), ""},
                 {"server", false, span(1'000, 9'000), ""},
                 {"server", true, span(310'000, 350'000), "the port is gone"}};
  run.never_ran = {"never"};
  return run;
}

run_record with_output(const std::vector<std::string>& outputs) {
  run_record run;
  for (const std::string& output : outputs) {
    run.tests.push_back({"", outcome::passed, false, 0, {}, "", output, {}, {}});
  }
  return run;
}

/// The JSON in a page.
std::string data_of(const std::string& page) {
  const std::string begin = "<script id=\"data\" type=\"application/json\">\n";
  const std::size_t at = page.find(begin);
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + begin.size();
  return page.substr(from, page.find("</script>", from) - from);
}

/// The value of a member whose name stands once in the data.
std::string member_of(const std::string& data, const std::string& name) {
  const std::size_t at = data.find("\"" + name + "\":\"");
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + name.size() + 4;
  return data.substr(from, data.find('"', from) - from);
}

bool contains(const std::string& whole, std::string_view part) { return whole.find(part) != std::string::npos; }

const std::string hostile =
    "</script><script>document.title='hacked'</script><!--<script> <img src=x onerror=\"document.title='hacked'\">"
    "&lt;\xe2\x80\xa8\x01\x1b[31mred\x1b[0m \"q\" \\ \xff end";
/// As people see it: without colours, with a picture for the control character and U+FFFD for the byte.
const std::string hostile_shown =
    "</script><script>document.title='hacked'</script><!--<script> <img src=x onerror=\"document.title='hacked'\">"
    "&lt;\xe2\x80\xa8\xe2\x90\x81red \"q\" \\ \xef\xbf\xbd end";

}  // namespace

TEST_CASE("the data are all that was recorded, in microseconds from the beginning of the round") {
  CHECK(data_of(timeline_of({sample()})) ==
        R"json([{"program":"/build/suite","seed":4294967295,"workers":2,"round":1,"started":1700000000123,)json"
        R"json("took":400000,"tests":[)json"
        R"json({"name":"crashes","began":10000,"took":40000,"worker":1,"result":"failed","crashed":true,)json"
        R"json("why":"died of SIGSEGV","output":"then\n"},)json"
        R"json({"name":"waits","began":10000,"took":100000,"worker":0,"waits":[)json"
        R"json({"name":"per_run \"server\"","began":50000,"took":10000},)json"
        R"json({"name":"run_lock \"db\"","began":20000,"took":40000}]},)json"
        R"json({"name":"skips","began":60000,"took":60000,"worker":1,"result":"skipped","why":"no IPv6"},)json"
        R"json({"name":"fails","began":110100,"took":89900,"worker":0,"result":"failed","output":"1 == 2\n"},)json"
        R"json({"name":"leaves","began":120000,"took":180000,"worker":1,"left_running":["sleep (process 123)"]}],)json"
        R"json("set_ups":[{"name":"database","began":2000,"took":6000},{"name":"server","began":1000,"took":8000},)json"
        R"json({"name":"server","began":310000,"took":40000,"tear_down":true,"failure":"the port is gone"}],)json"
        R"json("never_ran":["never"]})json"
        "\n]");
  CHECK(data_of(timeline_of({})) == "[]");
  CHECK(count_of(data_of(timeline_of({sample(), sample()})), "\"program\":") == 2);
}

TEST_CASE("moments that are not of the round are its beginning, and nothing ends before it began") {
  run_record run = sample();
  run.tests = {{"early", outcome::passed, false, 0, {{}, zero + 5us}, "", "", {}, {}},
               {"backwards", outcome::passed, false, 0, span(20, 10), "", "", {}, {}}};
  const std::string data = data_of(timeline_of({run}));
  CHECK(contains(data, R"({"name":"early","began":0,"took":5,)"));
  CHECK(contains(data, R"({"name":"backwards","began":20,"took":0,)"));
}

TEST_CASE("a page is one document that refers to nothing outside of it and whose policy lets nothing in") {
  const std::string page = timeline_of({sample()});
  CHECK(page.compare(0, 15, "<!doctype html>") == 0);
  CHECK(contains(page, R"(
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
  script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
)"));
  for (const std::string_view out : {"http:", "https:", "//cdn", "src=", "url(", "@import", "fetch(", "XMLHttpRequest",
                                     "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval("}) {
    CAPTURE(out);
    CHECK_FALSE(contains(page, out));
  }
}

TEST_CASE("the page is ASCII wherever the source decides, in literals that every compiler bears") {
  std::vector<std::string_view> literals{apart::detail::timeline_page_begin, apart::detail::timeline_page_body,
                                         apart::detail::timeline_page_scripts, apart::detail::timeline_page_end};
  for (const std::string_view part : apart::detail::timeline_styles) literals.push_back(part);
  for (const std::string_view part : apart::detail::timeline_scripts) literals.push_back(part);
  for (const std::string_view literal : literals) {
    CAPTURE(literal.substr(0, 60));
    CHECK(literal.size() < 16'000);
    for (const char c : literal) {
      if (static_cast<unsigned char>(c) >= 0x80) FAIL_CHECK("not ASCII");
    }
  }
}

TEST_CASE("no name and no output ends the element of the data") {
  run_record run = sample();
  const int tags = count_of(timeline_of({run}), "</script");
  run.program = run.tests[0].name = run.tests[0].why = run.tests[0].output = hostile;
  run.tests[0].left_running = {hostile};
  run.tests[0].waits = {{hostile, span(0, 1)}};
  run.set_ups[0].name = run.set_ups[0].failure = hostile;
  run.never_ran = {hostile};
  const std::string page = timeline_of({run});
  CHECK(count_of(page, "</script") == tags);
  const std::string data = data_of(page);
  CHECK(count_of(data, "\\u003c/script>\\u003cscript>") == 9);
  CHECK_FALSE(contains(data, "<"));
  CHECK_FALSE(contains(data, "\xff"));
}

TEST_CASE("of a long output the beginning and the end are there, in whole characters, and how much is not") {
  const std::string most(65'536, 'x');
  CHECK(member_of(data_of(timeline_of({with_output({most})})), "output") == most);
  std::string longer = "ab";
  while (longer.size() < 200'000) longer += "\xe2\x82\xac";
  for (int shift = 0; shift < 3; ++shift) {
    longer.insert(0, "x");
    const std::string data = data_of(timeline_of({with_output({longer})}));
    const std::string begin = member_of(data, "output");
    const std::string end = member_of(data, "output_end");
    CHECK((begin.size() <= 32'768 && begin.size() > 32'760));
    CHECK((end.size() <= 32'768 && end.size() > 32'760));
    CHECK(begin == longer.substr(0, begin.size()));
    CHECK(end == longer.substr(longer.size() - end.size()));
    CHECK_FALSE(contains(data, "\xef\xbf\xbd"));
    CHECK(contains(data, "\"left_out\":" + std::to_string(longer.size() - begin.size() - end.size()) + ","));
  }
}

TEST_CASE("of many long outputs less is there, so that a browser can read the page") {
  const std::string page = timeline_of({with_output(std::vector<std::string>(1'500, std::string(65'536, 'x')))});
  CHECK(page.size() < 68'000'000);
  CHECK(member_of(data_of(timeline_of({with_output({std::string(65'536, 'x')})})), "output").size() == 65'536);
}

TEST_CASE("numbers are written alike under every locale") {
  struct grouping : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::string page = timeline_of({sample()});
  const std::locale former = std::locale::global(std::locale(std::locale(), new grouping));
  const std::string page_there = timeline_of({sample()});
  std::locale::global(former);
  CHECK(page_there == page);
}

// The page in a browser. These are a ctest test of their own, launch/timeline_in_browser; by hand: the tag [browser].

namespace {

/// Ends the test program as skipped, and says so, where no browser is installed.
std::string browser() {
  const char* const path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::string folder = rest.substr(0, rest.find(':'));
    rest.erase(0, folder.size() + 1);
    for (const char* const name : {"chromium", "chromium-browser", "google-chrome"}) {
      const std::string found = folder + '/' + name;
      if (::access(found.c_str(), X_OK) == 0) return found;
    }
  }
  std::puts("SKIPPED: there is no Chromium on this machine (Debian: apt-get install chromium)");
  std::fflush(stdout);
  std::_Exit(77);
}

enum class mode { light, dark };

/// What `script` says in the page, by say(what, value), a line for each: "what: value". It runs when the page has drawn
/// itself, as the body of an async function.
std::string in_browser(const std::string& page, const std::string& script, mode look = mode::light,
                       bool in_real_time = false) {
  const std::string chromium = browser();
  const support::place here;
  const std::string file = here.path() / "page.html";
  const std::string asking = R"html(<script>
{
  const said = [];
  const say = (what, value) => said.push(`${what}: ${value}`);
  const all = selector => [...document.querySelectorAll(selector)];
  const one = selector => document.querySelector(selector);
  const text = selector => one(selector)?.innerText.replace(/\s+/g, ' ').trim();
  const press = key => document.activeElement.dispatchEvent(
      new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  const bar = name => all('.bar').find(bar => bar.getAttribute('aria-label').startsWith(`${name}, `));
  const focused = () => document.activeElement.getAttribute('aria-label')?.split(',')[0] ?? document.activeElement.id;
  const hover = over => over.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, clientX: 300}));
  const type = words => { one('#search').value = words; one('#search').dispatchEvent(new Event('input')); };
  (async () => {)html" + script +
                             R"html(})()
      .catch(error => say('error', error.stack))
      .then(() => { document.body.textContent = `\n${said.join('\n')}\n`; });
}
</script>)html";
  support::write_file(file, page + asking);
  std::vector<std::string> arguments{
      "/bin/sh",
      "-c",
      "exec \"$0\" \"$@\" 2>/dev/null",
      chromium,
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--window-size=1400,900",
      std::string("--blink-settings=preferredColorScheme=") + (look == mode::dark ? "0" : "1"),
      "--user-data-dir=" + (here.path() / "profile").string(),
      "--dump-dom"};
  if (!in_real_time) arguments.push_back("--virtual-time-budget=10000");
  arguments.push_back("file://" + file);
  const program::result ended = run_program(arguments, {"HOME=" + here.path().string(), "TZ=UTC"});
  std::string said = ended.output.substr(std::min(ended.output.size(), ended.output.find("<body")));
  for (const auto& [entity, character] :
       {std::pair{"&lt;", "<"}, std::pair{"&gt;", ">"}, std::pair{"&nbsp;", " "}, std::pair{"&amp;", "&"}}) {
    for (std::size_t at = 0; (at = said.find(entity, at)) != std::string::npos; at += 1) {
      said.replace(at, std::string_view(entity).size(), character);
    }
  }
  REQUIRE_THAT(said, !ContainsSubstring("\nerror: "));
  REQUIRE(ended.status == 0);
  return said;
}

auto says(const std::string& line) { return ContainsSubstring('\n' + line + '\n'); }

}  // namespace

TEST_CASE("the page shows what happened: lanes, bars, marks, waits, a summary, and what never ran", "[.browser]") {
  const std::string said = in_browser(timeline_of({sample()}), R"js(
    say('title', document.title);
    say('heading', text('h1'));
    say('run', text('#run'));
    say('results', text('#results'));
    say('numbers', text('#numbers'));
    say('lanes', all('.lane-label').map(label => label.innerText.replace(/\s+/g, ' ')).join('; '));
    all('.lane').forEach((lane, number) => say(`lane ${number}`, [...lane.querySelectorAll('.bar')]
        .map(bar => `${bar.className.replace(' described', '')} <${bar.getAttribute('aria-label')}>`).join('; ')));
    say('lists', text('#lists'));
    const close = (one, other) => Math.abs(one - other) < 1.5;
    const track = one('.track').getBoundingClientRect();
    const at = us => track.left + track.width * us / 400000;
    const box = name => bar(name).getBoundingClientRect();
    say('places', close(box('waits').left, at(10000)) && close(box('waits').right, at(110000)) &&
        close(box('leaves').left, at(120000)) && close(box('leaves').right, at(300000)));
    const wait = one('.wait').getBoundingClientRect();
    const waits = bar('waits').querySelector('.wait').getBoundingClientRect();
    say('wait', close(waits.left, at(20000)) && close(waits.right, at(60000)));
    say('hatched', getComputedStyle(bar('waits').querySelector('.wait')).backgroundImage.includes('repeating'));
    const name = bar('waits').querySelector('.name').getBoundingClientRect();
    say('name beside the wait', name.left >= waits.right && name.right <= box('waits').right);
    say('set-ups side by side', box('database').top >= box('server').bottom);
    const look = (name, pseudo) => getComputedStyle(bar(name), pseudo);
    const mark = name => look(name, '::before').content === 'none' ? 'none' : look(name, '::before').clipPath;
    say('marks', [mark('waits') === 'none', mark('skips') === 'none', mark('fails') !== 'none',
                  mark('crashes') !== 'none', mark('fails') !== mark('crashes')]);
    say('mark of a failed tear-down', getComputedStyle(one('.tear-down.bar'), '::before').clipPath === mark('fails'));
    const isStriped = name => look(name).backgroundImage.includes('gradient');
    say('stripes', isStriped('crashes') && !isStriped('fails'));
    const ground = getComputedStyle(chart).backgroundColor;
    say('hollow', look('skips').borderStyle === 'dashed' && look('skips').backgroundColor === ground);
    say('ring', look('leaves', '::after').borderRadius === '50%' && look('waits', '::after').content === 'none');
    say('axis', all('#ticks span').map(tick => tick.innerText).join(' '));
    say('details at first', text('#details'));
    say('resources', performance.getEntriesByType('resource').length);
    say('cells', all('[role=grid] [role=row] [role=gridcell]').length);
  )js");
  CHECK_THAT(said, says("title: suite: 2 failed"));
  CHECK_THAT(said, says("heading: suite"));
  CHECK_THAT(said, says("run: /build/suite, began 2023-11-14 22:13:20"));
  CHECK_THAT(
      said,
      says("results: 2 passed 2 failed 1 of them crashed 1 skipped 1 never ran 2 set-ups 1 tear-down 40.0 ms waited "
           "1 left running"));
  CHECK_THAT(said, says("numbers: 400 ms wall time 2 workers 54 % utilisation 4294967295 seed"));
  CHECK_THAT(said, says("lanes: set-ups; worker 0 2 tests, 37 %; worker 1 3 tests, 70 %"));
  CHECK_THAT(said, says("lane 0: bar set-up <server, set-up, began at 1.00 ms, took 8.00 ms>; "
                        "bar set-up <database, set-up, began at 2.00 ms, took 6.00 ms>; "
                        "bar tear-down bad <server, tear-down failed, began at 310 ms, took 40.0 ms>"));
  CHECK_THAT(said, says("lane 1: bar passed <waits, passed, worker 0, began at 10.0 ms, took 100 ms, waited 40.0 ms>; "
                        "bar failed bad <fails, failed, worker 0, began at 110 ms, took 89.9 ms>"));
  CHECK_THAT(
      said, says("lane 2: bar crashed bad <crashes, failed: crashed, worker 1, began at 10.0 ms, took 40.0 ms>; "
                 "bar skipped <skips, skipped, worker 1, began at 60.0 ms, took 60.0 ms>; "
                 "bar passed leaves <leaves, passed, worker 1, began at 120 ms, took 180 ms, left 1 process running>"));
  CHECK_THAT(
      said, says("lists: Failed 2 crashes worker 1 fails worker 0 Failed set-ups and tear-downs 1 server tear-down "
                 "Never ran 1 never Left processes running 1 leaves 1 Longest leaves 180 ms waits 100 ms fails 89.9 ms "
                 "skips 60.0 ms crashes 40.0 ms"));
  for (const char* const holds : {"places", "wait", "hatched", "name beside the wait", "set-ups side by side",
                                  "mark of a failed tear-down", "stripes", "hollow", "ring"}) {
    CHECK_THAT(said, says(std::string(holds) + ": true"));
  }
  CHECK_THAT(said, says("marks: true,true,true,true,true"));
  CHECK_THAT(said, says("axis: 0 50 ms 100 ms 150 ms 200 ms 250 ms 300 ms 350 ms"));
  CHECK_THAT(said,
             says("details at first: failed: crashed crashes Enter or click pins Where worker 1 Began at 10.0 ms Took "
                  "40.0 ms Why died of SIGSEGV Output then"));
  CHECK_THAT(said, says("resources: 0"));
  CHECK_THAT(said, says("cells: 8"));
}

TEST_CASE("keys move along a lane and between lanes, Enter pins the details, Escape closes them", "[.browser]") {
  const std::string said = in_browser(timeline_of({sample()}), R"js(
    const tabStops = () => all('.bar[tabindex="0"]').map(bar => bar.getAttribute('aria-label').split(',')[0]).join();
    const walk = (...keys) => keys.map(key => { press(key); return focused(); }).join(' ');
    const details = () => text('#details h2') ?? 'none';
    say('first tab stop', tabStops());
    one('.bar[tabindex="0"]').focus();
    const ring = getComputedStyle(document.activeElement);
    say('ring', `${ring.outlineWidth} ${ring.outlineStyle}`);
    say('tip', text('#tip'));
    say('along', walk('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'Home', 'End'));
    say('between', walk('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowDown'));
    say('one tab stop', tabStops());
    say('details follow the focus', details());
    press('Enter');
    say('pinned', `${details()}, ${document.activeElement.getAttribute('aria-selected')}, ${text('#details .hint')}`);
    press('ArrowLeft');
    hover(bar('waits'));
    say('pinned they stay', `${details()} while ${focused()} has the focus`);
    press(' ');
    say('pinned anew', `${details()}, ${all('[aria-selected=true]').length}`);
    press('Escape');
    say('closed', `${details()}, ${all('[aria-selected=true]').length}, ${one('#tip').hidden}, ${focused()}`);
    hover(bar('waits'));
    say('hovered', details());
    say('facts', text('#details .facts'));
    bar('fails').click();
    hover(bar('waits'));
    say('clicked', details());
    one('#details pre').focus();
    say('output can be scrolled by keys', one('#details pre').tabIndex === 0 && one('#details pre').textContent);
    press('Escape');
    say('focus goes back', `${focused()}, ${details()}`);
    hover(bar('leaves'));
    say('left', text('#details .facts'));
    all('#lists button').find(button => button.innerText.includes('fails')).click();
    say('from the list', `${focused()}, ${details()}, ${text('#details .hint')}`);
    press('/');
    say('slash', focused());
    type('LOCK');
    say('matches', text('#matches') + ', dimmed ' + all('.bar.dim').length);
    say('dimmed', getComputedStyle(bar('fails')).opacity < 0.3 && getComputedStyle(bar('waits')).opacity === '1');
    press('Enter');
    say('first match', `${focused()}, ${tabStops()}`);
    say('no way to what is dimmed', walk('ArrowRight', 'ArrowDown'));
    one('#search').focus();
    press('Escape');
    say('search is over', `${one('#search').value}|${all('.bar.dim').length}|${text('#matches')}`);
    const search = words => { type(words); return text('#matches'); };
    say('by result', search('crashed'));
    say('by worker', search('worker 1'));
    say('by what is left', search('process 123'));
    say('nothing', search('no such'));
    type('');
    all('#results button').find(button => button.innerText.includes('failed')).click();
    say('sample', one('#search').value + ' ' + text('#matches'));
    type('');
    const width = () => Math.round(bar('leaves').getBoundingClientRect().width);
    const before = width();
    bar('leaves').focus();
    press('+');
    say('zoom', Math.abs(width() - 2 * before) < 4);
    const isInSight = part => part.getBoundingClientRect().right <= chart.getBoundingClientRect().right &&
        part.getBoundingClientRect().left >= one('.lane-label').getBoundingClientRect().right;
    say('stays in sight', isInSight(bar('leaves')));
    press('0');
    say('fit', width() === before);
    one('#zoom-in').click();
    one('#zoom-in').click();
    one('#zoom-out').click();
    say('buttons', Math.abs(width() - 2 * before) < 4);
    one('#zoom-in').click();
    one('#zoom-in').click();
    chart.scrollLeft = bar('leaves').offsetLeft + bar('leaves').offsetWidth / 2;
    say('name', isInSight(bar('leaves').querySelector('.name')));
    chart.dispatchEvent(new Event('scroll'));  // in virtual time no frame need be drawn, with which it comes
    say('axis', isInSight(one('#ticks span')));
    say('labels', all('[role=grid], [role=group], section[id], aside, ul[id], pre').every(part => part.ariaLabel) &&
        all('input, select, button').every(control =>
            control.ariaLabel || control.innerText || control.labels?.length));
  )js");
  CHECK_THAT(said, says("first tab stop: crashes"));
  CHECK_THAT(said, says("ring: 3px solid"));
  CHECK_THAT(said, says("tip: crashes failed: crashed, 40.0 ms"));
  CHECK_THAT(said, says("along: skips leaves leaves skips crashes leaves"));
  CHECK_THAT(said, says("between: fails server server waits skips skips"));
  CHECK_THAT(said, says("one tab stop: skips"));
  CHECK_THAT(said, says("details follow the focus: skips"));
  CHECK_THAT(said, says("pinned: skips, true, pinned"));
  CHECK_THAT(said, says("pinned they stay: skips while crashes has the focus"));
  CHECK_THAT(said, says("pinned anew: crashes, 1"));
  CHECK_THAT(said, says("closed: none, 0, true, crashes"));
  CHECK_THAT(said, says("hovered: waits"));
  CHECK_THAT(
      said,
      says("facts: Where worker 0 Began at 10.0 ms Took 100 ms Waited 40.0 ms (40 %) 40.0 ms for run_lock \"db\", "
           "from 20.0 ms 10.0 ms for per_run \"server\", from 50.0 ms"));
  CHECK_THAT(said, says("clicked: fails"));
  CHECK_THAT(said, says("output can be scrolled by keys: 1 == 2\n"));
  CHECK_THAT(said, says("focus goes back: fails, none"));
  CHECK_THAT(said, says("left: Where worker 1 Began at 120 ms Took 180 ms Left running sleep (process 123)"));
  CHECK_THAT(said, says("from the list: fails, fails, pinned"));
  CHECK_THAT(said, says("slash: search"));
  CHECK_THAT(said, says("matches: 1 of 8 match, dimmed 7"));
  CHECK_THAT(said, says("first match: waits, waits"));
  CHECK_THAT(said, says("no way to what is dimmed: waits waits"));
  CHECK_THAT(said, says("search is over: |0|"));
  CHECK_THAT(said, says("by result: 1 of 8 match"));
  CHECK_THAT(said, says("by worker: 3 of 8 match"));
  CHECK_THAT(said, says("by what is left: 1 of 8 match"));
  CHECK_THAT(said, says("nothing: 0 of 8 match"));
  CHECK_THAT(said, says("sample: failed 3 of 8 match"));
  for (const char* const holds : {"dimmed", "zoom", "stays in sight", "fit", "buttons", "name", "axis", "labels"}) {
    CHECK_THAT(said, says(std::string(holds) + ": true"));
  }
}

TEST_CASE("names and output of any bytes are text, and a long output is shown in two steps", "[.browser]") {
  run_record run = sample();
  run.program = run.tests[0].name = run.tests[0].why = run.tests[0].output = hostile;
  run.tests[0].left_running = {hostile};
  run.tests[0].waits = {{hostile, span(10'000, 20'000)}};
  run.set_ups[0].name = run.set_ups[0].failure = hostile;
  run.never_ran = {hostile};
  run.tests[1].output = std::string(40'000, 'x') + "last";
  run.tests[3].output = std::string(100'000, 'y') + "last";
  const std::string said = in_browser(timeline_of({run}), R"js(
    say('scripts', all('script').length - 1);
    say('elements', all('img, body script script').length);
    say('title', document.title.startsWith('hacked'));
    const crashed = one('.crashed.bar');
    crashed.focus();
    say('name', one('#details h2').textContent);
    say('output', one('#details pre').textContent);
    const facts = all('#details dd').map(fact => fact.textContent);
    say('why', facts[3]);
    say('wait', facts[5]);
    say('left', facts[6]);
    say('never ran', one('#lists section:nth-of-type(3) .any').textContent);
    bar('waits').focus();
    const pre = () => one('#details pre').textContent;
    say('at first', pre().length);
    one('.printed button').click();
    say('then', `${pre().length} ${pre().endsWith('xxlast')} ${one('.printed button') === null}`);
    bar('fails').focus();
    one('.printed button').click();
    say('cut', pre().replace(/y+/g, 'y').replace(/\s+/g, ' '));
    const style = getComputedStyle(one('#details pre'));
    say('scrolls', style.overflowY === 'auto' && one('#details pre').scrollHeight > one('#details pre').clientHeight);
  )js");
  CHECK_THAT(said, says("scripts: 2"));
  CHECK_THAT(said, says("elements: 0"));
  CHECK_THAT(said, says("title: false"));
  CHECK_THAT(said, says("name: " + hostile_shown));
  CHECK_THAT(said, says("output: " + hostile_shown));
  CHECK_THAT(said, says("why: " + hostile_shown));
  CHECK_THAT(said, says("wait: 10.0 ms for " + hostile_shown + ", from 10.0 ms"));
  CHECK_THAT(said, says("left: " + hostile_shown));
  CHECK_THAT(said, says("never ran: " + hostile_shown));
  CHECK_THAT(said, says("at first: 16384"));
  CHECK_THAT(said, says("then: 40004 true true"));
  CHECK_THAT(said, says("cut: y [\xe2\x80\xa6 34 KiB of output are not in this page \xe2\x80\xa6] ylast"));
  CHECK_THAT(said, says("scrolls: true"));
}

TEST_CASE("what is let in by mistake is kept out by the policy of the page", "[.browser]") {
  const std::string said = in_browser(timeline_of({sample()}), R"js(
    const blocked = [];
    document.addEventListener('securitypolicyviolation', event => blocked.push(event.effectiveDirective));
    const add = (tag, attributes) => document.body.append(element(tag, attributes));
    add('img', {src: 'file:///picture.png'});
    add('script', {src: 'file:///script.js'});
    add('link', {rel: 'stylesheet', href: 'file:///style.css'});
    add('iframe', {src: 'file:///page.html'});
    await fetch('http://127.0.0.1:9/').catch(() => {});
    await new Promise(done => setTimeout(done, 1000));
    say('blocked', blocked.sort().join(' '));
  )js");
  CHECK_THAT(said, says("blocked: connect-src frame-src img-src script-src-elem style-src-elem"));
}

TEST_CASE("of several rounds each can be shown, and the first that did not pass is shown first", "[.browser]") {
  std::vector<run_record> rounds{sample(), sample(), sample()};
  for (unsigned index = 0; index < 3; ++index) rounds[index].round = index + 1;
  rounds[0].tests = {rounds[0].tests[1]};
  rounds[0].set_ups.clear();
  rounds[0].never_ran.clear();
  rounds[2].tests.clear();
  rounds[2].set_ups.clear();
  const std::string said = in_browser(timeline_of(rounds), R"js(
    const choose = index => { one('#round').value = index; one('#round').dispatchEvent(new Event('change')); };
    say('rounds', all('#round option').map(option => option.innerText).join('; '));
    say('first', `${one('#round').value} ${document.title}`);
    bar('fails').focus();
    press('Enter');
    choose(0);
    say('another', `${document.title}, ${all('.bar').length}, ${all('.lane').length}, ${text('#details')}`);
    type('waits');
    choose(1);
    say('the search stays', text('#matches'));
    choose(2);
    say('nothing ran', `${all('.bar').length}, ${text('#lists')}`);
  )js");
  CHECK_THAT(said, says("rounds: 1 of 3: passed; 2 of 3: 2 failed; 3 of 3: 1 never ran"));
  CHECK_THAT(said, says("first: 1 suite: 2 failed"));
  CHECK_THAT(
      said,
      says("another: suite: passed, 1, 2, Point at a bar, or move to one with the keyboard, to see its details here."));
  CHECK_THAT(said, says("the search stays: 1 of 8 match"));
  CHECK_THAT(said, says("nothing ran: 0, Never ran 1 never"));
  CHECK_THAT(in_browser(timeline_of({sample()}), "say('hidden', one('#rounds').hidden);"), says("hidden: true"));
  CHECK_THAT(in_browser(timeline_of({}), "say('no round', text('#details'));"), says("no round: Nothing ran."));
}

TEST_CASE("text has a contrast of 4.5 and bars one of 3, in the light and in the dark", "[.browser]") {
  const std::string script = R"js(
    const numbers = colour => colour.match(/[\d.]+/g).map(Number);
    const luminance = colour => numbers(colour).slice(0, 3).map(part => part / 255)
        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const contrast = (one, other) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    };
    const backgrounds = element => {
      const style = getComputedStyle(element);
      const colours = style.backgroundImage.match(/rgba?\([^)]*\)/g) ?? [];
      if (numbers(style.backgroundColor)[3] !== 0) return [...colours, style.backgroundColor];
      return [...colours, ...element.parentElement ? backgrounds(element.parentElement) : ['rgb(255, 255, 255)']];
    };
    let texts = 0;
    const low = [];
    const check = () => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const holder = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !holder.checkVisibility()) continue;
        if (holder.matches('script, noscript, option')) continue;
        ++texts;
        for (const background of backgrounds(holder)) {
          const ratio = contrast(getComputedStyle(holder).color, background);
          if (ratio < 4.5) low.push(`${walker.currentNode.data} ${ratio.toFixed(2)}`);
        }
      }
    };
    for (const item of all('.bar')) { item.focus(); check(); }
    press('Enter');
    check();
    say('text', low.length === 0 ? `${texts > 100}` : low.join('; '));
    const placeholder = getComputedStyle(one('#search'), '::placeholder').color;
    say('placeholder', contrast(placeholder, backgrounds(one('#search'))[0]) >= 4.5);
    const ground = getComputedStyle(chart).backgroundColor;
    const faint = all('.bar').filter(bar => {
      const style = getComputedStyle(bar);
      const edge = style.borderStyle === 'none' ? style.backgroundColor : style.borderColor;
      return contrast(edge, ground) < 3;
    });
    say('bars', faint.map(bar => bar.className).join('; ') || 'clear');
    say('focus', contrast(getComputedStyle(document.activeElement).outlineColor, ground) >= 3);
    say('ground', luminance(getComputedStyle(document.body).backgroundColor) > 0.5 ? 'light' : 'dark');
  )js";
  for (const mode look : {mode::light, mode::dark}) {
    const std::string said = in_browser(timeline_of({sample()}), script, look);
    CHECK_THAT(said, says(look == mode::light ? "ground: light" : "ground: dark"));
    CHECK_THAT(said, says("text: true"));
    CHECK_THAT(said, says("placeholder: true"));
    CHECK_THAT(said, says("bars: clear"));
    CHECK_THAT(said, says("focus: true"));
  }
}

TEST_CASE("a page of 10,000 tests opens, and is of use", "[.browser]") {
  run_record run = sample();
  run.workers = 8;
  run.tests.clear();
  for (unsigned index = 0; index < 10'000; ++index) {
    const long long began = 50LL * (index / 8);
    run.tests.push_back({"test " + std::to_string(index),
                         index == 5'000 ? outcome::failed : outcome::passed,
                         false,
                         index % 8,
                         span(began, began + 40),
                         "",
                         "",
                         {},
                         {}});
  }
  run.when = span(0, 62'500);
  run.set_ups.clear();
  const std::string said = in_browser(timeline_of({run}), R"js(
    const laidOut = one('.lane:last-child .bar:last-child').getBoundingClientRect();
    const took = performance.now();
    say('bars', all('.bar').length);
    say('least width', all('.bar').every(bar => bar.getBoundingClientRect().width >= 3));
    say('in sight', laidOut.right <= chart.getBoundingClientRect().right);
    const lap = (what, work) => {
      const from = performance.now();
      work();
      one('.lane:last-child .bar:last-child').getBoundingClientRect();
      const ms = performance.now() - from;
      say(`ms of ${what}`, ms.toFixed(0));
      return ms < 5000;
    };
    say('ms until it was laid out', took.toFixed(0));
    say('opens', took < 20000);
    say('usable', [lap('search', () => type('test 77')), lap('zoom', () => one('#zoom-in').click()),
                   lap('focus', () => bar('test 5000').focus()), lap('step', () => press('ArrowDown'))]);
    type('');
    bar('test 5000').focus();
    press('ArrowRight');
    say('next', focused());
  )js",
                                      mode::light, true);
  CHECK_THAT(said, says("bars: 10000"));
  CHECK_THAT(said, says("least width: true"));
  CHECK_THAT(said, says("in sight: true"));
  CHECK_THAT(said, says("opens: true"));
  CHECK_THAT(said, says("usable: true,true,true,true"));
  CHECK_THAT(said, says("next: test 5008"));
}
