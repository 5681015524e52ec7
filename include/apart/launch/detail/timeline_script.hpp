#pragma once

#include <string_view>

#include <apart/version.hpp>

APART_BEGIN_NAMESPACE
namespace detail {

// What the page does, see timeline_page.hpp. Names and output come into the document as text nodes only.

/// From the data of timeline.hpp to items: what a bar stands for, with times in microseconds.
inline constexpr std::string_view timeline_script_of_items = R"js('use strict';

const rounds = JSON.parse(document.getElementById('data').textContent);

const byId = id => document.getElementById(id);

/// Children that are strings become text.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const plural = (count, one, many = one + 's') => `${count} ${count === 1 ? one : many}`;
const percent = part => `${(100 * part).toFixed(part > 0 && part < 0.1 ? 1 : 0)} %`;

function duration(us) {
  const digits = value => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
  if (us < 1000) return `${us} \u00b5s`;
  if (us < 1e6) return `${digits(us / 1e3)} ms`;
  if (us < 60e6) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function size(bytes) {
  return bytes < 10240 ? plural(bytes, 'byte') :
      bytes < 10485760 ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / 1048576)} MiB`;
}

function calendar(ms) {
  const two = number => String(number).padStart(2, '0');
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
      `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/// Without colours of a terminal, and with other control characters made visible.
function shown(text) {
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').replace(/\r\n/g, '\n')
      .replace(/[\x00-\x08\x0b-\x1f]/g, control => String.fromCharCode(0x2400 + control.charCodeAt(0)))
      .replace(/\x7f/g, '\u2421');
}

/// How long at least one of the spans lasted, within the item.
function covered(spans, item) {
  let total = 0;
  let until = item.began;
  for (const span of spans) {
    const end = Math.min(item.began + item.took, span.began + span.took);
    total += Math.max(0, end - Math.max(until, span.began));
    until = Math.max(until, end);
  }
  return total;
}

/// Where in the item the longest time without a wait is.
function longestGap(item) {
  let longest = {began: item.began, took: -1};
  let from = item.began;
  for (const next of [...item.waits, {began: item.began + item.took, took: 0}]) {
    if (next.began - from > longest.took) longest = {began: from, took: next.began - from};
    from = Math.max(from, next.began + next.took);
  }
  return longest;
}

function itemOf(record, lane, kind, word) {
  const item = {
    record, lane, kind, word, name: shown(record.name), began: record.began, took: record.took,
    bad: word.includes('failed') || word.includes('crashed'),
    waits: [...record.waits ?? []].sort((a, b) => a.began - b.began),
    left: record.left_running ?? [], row: 0, bar: null, title: null,
  };
  item.waited = covered(item.waits, item);
  item.gap = longestGap(item);
  item.where = lane > 0 ? `worker ${lane - 1}` : '';
  item.label = [item.name, word, item.where].filter(Boolean).join(', ') +
      `, began at ${duration(item.began)}, took ${duration(item.took)}` +
      (item.waits.length ? `, waited ${duration(item.waited)}` : '') +
      (item.left.length ? `, left ${plural(item.left.length, 'process', 'processes')} running` : '');
  item.haystack = [item.label, ...item.waits.map(wait => wait.name), ...item.left].join('\n').toLowerCase();
  return item;
}

/// In lane 0 the set-ups, in lane n + 1 what worker n ran; in each by their beginnings.
function itemsOf(round) {
  const tests = round.tests.map(test => {
    const kind = test.crashed ? 'crashed' : test.result ?? 'passed';
    return itemOf(test, test.worker + 1, kind, kind === 'crashed' ? 'failed: crashed' : kind);
  });
  const setUps = round.set_ups.map(setUp => {
    const kind = setUp.tear_down ? 'tear-down' : 'set-up';
    return itemOf(setUp, 0, kind, setUp.failure ? `${kind} failed` : kind);
  });
  return [...setUps, ...tests].sort((a, b) => a.lane - b.lane || a.began - b.began);
}

/// What runs at the same time in a lane gets rows of its own. Returns how many.
function arrangeInRows(items) {
  const ends = [];
  for (const item of items) {
    const free = ends.findIndex(end => end <= item.began);
    item.row = free >= 0 ? free : ends.length;
    ends[item.row] = item.began + item.took;
  }
  return Math.max(1, ends.length);
}
)js";

/// The summary, the lists, and the chart with its axis and zoom.
inline constexpr std::string_view timeline_script_of_chart = R"js(
const chart = byId('chart');
const rowHeight = 24;
const aboveRows = 9;
let items = [];     // of the round that is shown
let lanes = [];     // of each its items in their order
let span = 1;       // microseconds that the chart is wide
let zoom = 1;
const itemOfBar = new Map();

const baseName = round => shown(round.program.split('/').pop());

function verdict(round) {
  const failed = round.tests.filter(test => test.crashed || test.result === 'failed').length;
  if (failed) return `${failed} failed`;
  if (round.set_ups.some(setUp => setUp.failure)) return 'a set-up or tear-down failed';
  return round.never_ran.length ? `${round.never_ran.length} never ran` : 'passed';
}

function summarize(round) {
  const tests = items.filter(item => item.lane > 0);
  const count = kind => items.filter(item => item.kind === kind).length;
  const sum = (list, value) => list.reduce((total, item) => total + value(item), 0);
  const workers = Math.max(round.workers, lanes.length - 1);
  const capacity = Math.max(1, workers * round.took);
  const waited = sum(tests, item => item.waited);
  const busy = sum(tests, item => item.took) - waited;

  const fact = (number, word, title) =>
      element('li', title ? {title} : null, element('strong', null, String(number)), element('span', null, word));
  // With a sample of the bar; a click searches for these.
  const kind = (number, word, look, search) => {
    const sample = element('span', {class: `sample ${look}`, 'aria-hidden': 'true'});
    if (look.includes('hatched')) sample.append(element('span', {class: 'wait', style: 'left: 0; right: 0'}));
    const button = element('button', {type: 'button', title: `Search for \u201c${search}\u201d`}, sample,
                           element('strong', null, String(number)), element('span', null, word));
    button.addEventListener('click', () => searchFor(byId('search').value === search ? '' : search));
    return element('li', {'data-kind': look}, button);
  };
  const failed = tests.filter(item => item.bad).length;
  const facts = [kind(count('passed'), 'passed', 'passed', 'passed')];
  facts.push(failed ? kind(failed, 'failed', 'failed', 'failed') : fact(0, 'failed'));
  if (count('crashed')) facts.push(kind(count('crashed'), 'of them crashed', 'crashed', 'crashed'));
  if (count('skipped')) facts.push(kind(count('skipped'), 'skipped', 'skipped', 'skipped'));
  if (round.never_ran.length) facts.push(fact(round.never_ran.length, 'never ran'));
  for (const what of ['set-up', 'tear-down']) {
    if (count(what)) facts.push(kind(count(what), count(what) === 1 ? what : `${what}s`, what, what));
  }
  if (waited) facts.push(kind(duration(waited), 'waited', 'passed hatched', 'waited'));
  const left = sum(tests, item => item.left.length);
  if (left) facts.push(kind(left, 'left running', 'passed leaves', 'left'));
  byId('results').replaceChildren(...facts);
  byId('numbers').replaceChildren(
      fact(duration(round.took), 'wall time'), fact(workers, workers === 1 ? 'worker' : 'workers'),
      fact(percent(Math.min(1, busy / capacity)), 'utilisation',
           'The part of the time of all workers in which a test ran and did not wait for a lock or a set-up'),
      fact(round.seed, 'seed'));
  byId('program').textContent = baseName(round);
  byId('run').textContent = shown(round.program) + (round.started > 0 ? `, began ${calendar(round.started)}` : '');
  document.title = `${baseName(round)}: ${verdict(round)}`;
}

const failures = () => items.filter(item => item.bad).sort((a, b) => a.began - b.began);

function listUp(round) {
  const goTo = (list, value) => list.map(item => {
    const button = element('button', {type: 'button'}, element('span', {class: 'any'}, item.name),
                           element('span', null, value(item)));
    button.addEventListener('click', () => { unpin(); focusOn(item); pin(item); });
    return button;
  });
  const sections = [];
  const list = (title, count, entries) => {
    if (!entries.length) return;
    sections.push(element('section', null, element('h2', null, `${title} `, element('span', null, String(count))),
                          element('ul', null, ...entries.map(entry => element('li', null, entry)))));
  };
  const failed = failures().filter(item => item.lane > 0);
  list('Failed', failed.length, goTo(failed, item => item.where));
  const failedSetUps = failures().filter(item => item.lane === 0);
  list('Failed set-ups and tear-downs', failedSetUps.length, goTo(failedSetUps, item => item.kind));
  list('Never ran', round.never_ran.length,
       round.never_ran.map(name => element('span', {class: 'any'}, shown(name))));
  const leaving = items.filter(item => item.left.length);
  list('Left processes running', leaving.length, goTo(leaving, item => String(item.left.length)));
  const longest = items.filter(item => item.lane > 0).sort((a, b) => b.took - a.took).slice(0, 10);
  list('Longest', '', goTo(longest, item => duration(item.took)));
  byId('lists').replaceChildren(...sections);
}

function barOf(item) {
  const bar = document.createElement('div');
  bar.className = `bar ${item.kind}${item.bad ? ' bad' : ''}${item.left.length ? ' leaves' : ''}`;
  bar.setAttribute('role', 'gridcell');
  bar.setAttribute('aria-label', item.label);
  bar.tabIndex = -1;
  bar.style.left = `min(${100 * item.began / span}%, 100% - 3px)`;
  bar.style.width = `max(3px, ${100 * item.took / span}% - 1px)`;
  bar.style.top = `${aboveRows + rowHeight * item.row}px`;
  for (const wait of item.waits) {
    const from = Math.max(item.began, wait.began);
    const until = Math.min(item.began + item.took, wait.began + wait.took);
    if (until <= from) continue;
    const hatched = document.createElement('span');
    hatched.className = 'wait';
    hatched.style.left = `${100 * (from - item.began) / item.took}%`;
    hatched.style.width = `${100 * (until - from) / item.took}%`;
    bar.append(hatched);
  }
  item.bar = bar;
  itemOfBar.set(bar, item);
  return bar;
}

function laneOf(number, round) {
  const mine = lanes[number];
  const rows = arrangeInRows(mine);
  const name = number === 0 ? 'set-ups' : `worker ${number - 1}`;
  const busy = mine.reduce((total, item) => total + item.took - item.waited, 0);
  const label = element('div', {class: 'lane-label', role: 'rowheader'}, name);
  if (number > 0) {
    label.append(element('span', {title: 'How many tests it ran, and for how much of the time, waits not counted'},
                         `${plural(mine.length, 'test')}, ${percent(busy / Math.max(1, round.took))}`));
  }
  const track = element('div', {class: 'track', role: 'presentation'}, ...mine.map(barOf));
  track.style.height = `${aboveRows + rowHeight * rows + 3}px`;
  return element('div', {class: 'lane', role: 'row'}, label, track);
}

function draw(round) {
  items = itemsOf(round);
  lanes = Array.from({length: 1 + items.reduce((most, item) => Math.max(most, item.lane), round.workers)}, () => []);
  for (const item of items) lanes[item.lane].push(item);
  span = items.reduce((end, item) => Math.max(end, item.began + item.took), Math.max(1, round.took));
  itemOfBar.clear();
  const drawn = lanes.map((mine, number) => number > 0 || mine.length ? laneOf(number, round) : null);
  byId('lanes').replaceChildren(...drawn.filter(Boolean));
  summarize(round);
  listUp(round);
  unpin();
  show(failures()[0] ?? null);
  setTabStop(failures()[0] ?? items[0]);
  search();
  zoomTo(1);
}

const labelWidth = () => byId('axis').offsetWidth - byId('ticks').offsetWidth;
const trackWindow = () => Math.max(1, chart.clientWidth - labelWidth());

/// The moment that is `x` pixels right of the labels stays there.
function zoomTo(wanted, x = trackWindow() / 2) {
  const moment = (chart.scrollLeft + x) / (trackWindow() * zoom);
  zoom = Math.max(1, Math.min(8e6 / trackWindow(), wanted));
  byId('canvas').style.width = zoom === 1 ? '' : `calc((100% - var(--lane-label)) * ${zoom} + var(--lane-label))`;
  chart.scrollLeft = moment * trackWindow() * zoom - x;
  fit();
}

/// What depends on how many pixels things are wide: names in the bars, and the axis.
function fit() {
  const pixels = trackWindow() * zoom / span;
  for (const item of items) {
    if (item.gap.took * pixels < 44) {
      item.title?.remove();
      item.title = null;
      continue;
    }
    item.title ??= item.bar.appendChild(element('span', {class: 'place', 'aria-hidden': 'true'},
                                                element('span', {class: 'name'}, item.name)));
    item.title.style.left = `${(item.gap.began - item.began) * pixels}px`;
    item.title.style.width = `${item.gap.took * pixels - 4}px`;
  }
  drawAxis();
}

function drawAxis() {
  const pixels = trackWindow() * zoom / span;
  const least = 90 / pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = Math.max(1, [1, 2, 5, 10].map(factor => factor * power).find(wide => wide >= least));
  const marks = [];
  const lines = [];
  const first = Math.floor(chart.scrollLeft / pixels / step) * step;
  const last = Math.min(span, (chart.scrollLeft + trackWindow()) / pixels);
  for (let at = first; at <= last; at += step) {
    const left = `left: ${100 * at / span}%`;
    lines.push(element('i', {style: left}));
    const isInSight = at * pixels >= chart.scrollLeft && at + 0.6 * step <= span;
    if (isInSight) marks.push(element('span', {style: left}, at === 0 ? '0' : axisTime(at, step)));
  }
  byId('ticks').replaceChildren(...marks);
  byId('grid').replaceChildren(...lines);
}

/// In one unit for the whole axis, with as many digits as its steps need.
function axisTime(at, step) {
  const [unit, word] = span >= 1e6 && step >= 1e3 ? [1e6, 's'] : step >= 100 ? [1e3, 'ms'] : [1, '\u00b5s'];
  return `${(at / unit).toFixed(Math.max(0, Math.ceil(Math.log10(unit / step) - 1e-9)))} ${word}`;
}
)js";

/// The details of one item, the search, and all that keys and pointers do.
inline constexpr std::string_view timeline_script_of_details = R"js(
let described = null;  // the item in the details
let pinned = null;
let tabStop = null;    // the item whose bar Tab reaches
const shownAtFirst = 16384;

function printedBy(record) {
  if (record.left_out === undefined) return record.output ?? '';
  const gap = `[\u2026 ${size(record.left_out)} of output are not in this page \u2026]`;
  return `${record.output}\n\n${gap}\n\n${record.output_end}`;
}

function outputOf(record) {
  const whole = shown(printedBy(record));
  const heading = element('h3', null, whole ? 'Output' : 'Printed nothing');
  if (!whole) return element('div', {class: 'printed'}, heading);
  const pre = element('pre', {tabindex: '0', 'aria-label': 'Output', class: 'any'}, whole.slice(0, shownAtFirst));
  if (whole.length > shownAtFirst) {
    const more = element('button', {type: 'button'}, `Show all ${size(whole.length)}`);
    more.addEventListener('click', () => { pre.textContent = whole; more.remove(); pre.focus(); });
    heading.append(more);
  }
  return element('div', {class: 'printed'}, heading, pre);
}

/// null: of nothing.
function show(item) {
  if (item && item === described) return;
  described?.bar.classList.remove('described');
  item?.bar.classList.add('described');
  described = item;
  const details = byId('details');
  if (!item) {
    details.replaceChildren(element('p', {class: 'empty'}, items.length ?
        'Point at a bar, or move to one with the keyboard, to see its details here.' : 'Nothing ran.'));
    return;
  }
  const record = item.record;
  const facts = element('dl');
  const fact = (name, ...values) => {
    facts.append(element('dt', null, name), ...values.map(value => element('dd', {class: 'any'}, value)));
  };
  if (item.where) fact('Where', item.where);
  fact('Began', `at ${duration(item.began)}`);
  fact('Took', duration(item.took));
  const why = record.why ?? record.failure;
  if (why) fact('Why', shown(why));
  if (item.waits.length) {
    fact('Waited', `${duration(item.waited)} (${percent(item.waited / Math.max(1, item.took))})`);
    for (const wait of item.waits) {
      fact('', `${duration(wait.took)} for ${shown(wait.name)}, from ${duration(wait.began)}`);
    }
  }
  for (const process of item.left) fact('Left running', shown(process));
  const body = element('div', {class: 'body'}, element('div', {class: 'facts'}, facts));
  if (item.lane > 0) body.append(outputOf(record));
  const badge = element('span', {class: `badge ${item.kind}${item.bad ? ' bad' : ''}`}, item.word);
  const head = element('div', {class: 'head'}, badge, element('h2', {class: 'any'}, item.name));
  if (item === pinned) {
    const close = element('button', {type: 'button', class: 'close'}, 'Close');
    close.addEventListener('click', closeDetails);
    head.append(element('span', {class: 'hint'}, 'pinned'), close);
  } else {
    head.append(element('span', {class: 'hint'}, 'Enter or click pins'));
  }
  details.replaceChildren(head, body);
}

function unpin() {
  pinned?.bar.removeAttribute('aria-selected');
  pinned = null;
}

function pin(item) {
  unpin();
  pinned = item;
  item.bar.setAttribute('aria-selected', 'true');
  described = null;
  show(item);
}

/// Focus that was in the details goes back to the bar.
function closeDetails() {
  const wasInside = byId('details').contains(document.activeElement);
  const item = described;
  unpin();
  if (wasInside && item) item.bar.focus();
  show(null);
  byId('tip').hidden = true;
}

function glance(item, x) {
  if (!pinned) show(item);
  const tip = byId('tip');
  const waited = item.waits.length ? `, waited ${duration(item.waited)}` : '';
  tip.replaceChildren(element('div', {class: 'any'}, item.name), `${item.word}, ${duration(item.took)}${waited}`);
  tip.hidden = false;
  const bar = item.bar.getBoundingClientRect();
  const wanted = x ?? Math.max(bar.left, chart.getBoundingClientRect().left + labelWidth());
  tip.style.left = `${Math.max(4, Math.min(document.documentElement.clientWidth - tip.offsetWidth - 4, wanted))}px`;
  const below = bar.bottom + 8;
  const isRoom = below + tip.offsetHeight < Math.min(window.innerHeight, chart.getBoundingClientRect().bottom);
  tip.style.top = `${isRoom ? below : bar.top - tip.offsetHeight - 14}px`;
}

/// One bar only is in the order of Tab; arrows move from there.
function setTabStop(item) {
  if (tabStop?.bar) tabStop.bar.tabIndex = -1;
  tabStop = item ?? null;
  if (item) item.bar.tabIndex = 0;
}

function focusOn(item) {
  setTabStop(item);
  item.bar.focus();
}

const matching = item => !item.bar.classList.contains('dim');

function search() {
  const wanted = byId('search').value.trim().toLowerCase();
  let matches = 0;
  for (const item of items) {
    const hit = item.haystack.includes(wanted);
    matches += hit;
    item.bar.classList.toggle('dim', !hit);
  }
  byId('matches').textContent = wanted ? `${matches} of ${items.length} match` : '';
  if (tabStop && !matching(tabStop)) setTabStop(items.find(matching) ?? tabStop);
}

function searchFor(text) {
  byId('search').value = text;
  search();
}

/// Where an arrow leads, among what the search does not dim: along the lane, or to what went on at that time in the
/// next lane that has something.
function neighbour(item, key) {
  const along = lanes[item.lane].filter(matching);
  const at = along.indexOf(item);
  if (key === 'ArrowRight') return along[at + 1];
  if (key === 'ArrowLeft') return along[at - 1];
  if (key === 'Home') return along[0];
  if (key === 'End') return along[along.length - 1];
  const middle = item.began + item.took / 2;
  const distance = other => Math.max(other.began - middle, middle - other.began - other.took, 0);
  for (let lane = item.lane; lanes[lane += key === 'ArrowDown' ? 1 : -1];) {
    const there = lanes[lane].filter(matching);
    if (there.length) return there.reduce((best, other) => distance(other) < distance(best) ? other : best);
  }
  return undefined;
}

const itemAt = target => itemOfBar.get(target.closest?.('.bar'));

chart.addEventListener('pointerover', event => {
  const item = itemAt(event.target);
  if (item) glance(item, event.clientX + 12);
});
chart.addEventListener('pointerout', () => { byId('tip').hidden = true; });
chart.addEventListener('focusin', event => {
  const item = itemAt(event.target);
  if (!item) return;
  setTabStop(item);
  glance(item);
});
chart.addEventListener('focusout', () => { byId('tip').hidden = true; });
chart.addEventListener('click', event => {
  const item = itemAt(event.target);
  if (item) pin(item);
});
chart.addEventListener('scroll', drawAxis);
chart.addEventListener('wheel', event => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - chart.getBoundingClientRect().left - labelWidth());
}, {passive: false});

chart.addEventListener('keydown', event => {
  const item = itemAt(event.target);
  if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Enter' || event.key === ' ') {
    pin(item);
  } else if (['+', '=', '-', '0'].includes(event.key)) {
    const bar = item.bar.getBoundingClientRect();
    const middle = (bar.left + bar.right) / 2 - chart.getBoundingClientRect().left - labelWidth();
    zoomTo(event.key === '0' ? 1 : event.key === '-' ? zoom / 2 : zoom * 2, middle);
  } else if (['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(event.key)) {
    const next = neighbour(item, event.key);
    if (next) focusOn(next);
  } else {
    return;
  }
  event.preventDefault();
});

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') {
    if (document.activeElement === byId('search')) searchFor('');
    closeDetails();
  } else if (event.key === '/' && !event.target.matches?.('input, select')) {
    byId('search').focus();
    event.preventDefault();
  } else if (event.key === 'Enter' && event.target === byId('search') && tabStop) {
    focusOn(tabStop);
  }
});

byId('search').addEventListener('input', search);
byId('zoom-in').addEventListener('click', () => zoomTo(zoom * 2));
byId('zoom-out').addEventListener('click', () => zoomTo(zoom / 2));
byId('zoom-fit').addEventListener('click', () => zoomTo(1));
window.addEventListener('resize', fit);

rounds.forEach((round, index) => {
  byId('round').append(element('option', {value: index}, `${round.round} of ${rounds.length}: ${verdict(round)}`));
});
byId('rounds').hidden = rounds.length < 2;
byId('round').addEventListener('change', () => draw(rounds[byId('round').value]));

// The first round that is shown is the first one that did not pass.
if (rounds.length) {
  const first = Math.max(0, rounds.findIndex(round => verdict(round) !== 'passed'));
  byId('round').value = first;
  draw(rounds[first]);
} else {
  show(null);
}
)js";

inline constexpr std::string_view timeline_scripts[] = {timeline_script_of_items, timeline_script_of_chart,
                                                        timeline_script_of_details};

}  // namespace detail
APART_END_NAMESPACE
