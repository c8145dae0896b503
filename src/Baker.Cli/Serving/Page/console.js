import * as views from './views.js';
import { morph } from './morph.js';

const main = document.getElementById('main');
const filter = document.getElementById('filter');
const clock = document.getElementById('clock');
const given = JSON.parse(document.getElementById('state')?.textContent ?? 'null');
const samples = new Map();
const mostSamples = 600;
const rowsAtOnce = 100;
const mostOutput = 256 * 1024;
let state = null;
let look = null;
let row = -1;
let most = rowsAtOnce;
let follower = null;
let logs = null;
let output = { text: '' };
let drawing = 0;

function place() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, name] = path.split('/');
  let decoded = '';
  try { decoded = decodeURIComponent(name ?? ''); } catch { /* a broken link names nothing */ }
  return { view, name: decoded, needle: new URLSearchParams(query ?? '').get('q') ?? '' };
}

function draw() {
  const { view, name, needle } = place();
  if (filter !== document.activeElement) filter.value = needle;
  for (const link of document.querySelectorAll('nav a')) {
    const at = link.hash.slice(2);
    if (at === view || (at === '' && view === 'group') || (at === view + 's')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (!state) return;
  document.getElementById('where').textContent = `Baker · ${state.cloud}${state.environment ? ' · ' + state.environment : ''}`;
  follow(view === 'bakes' ? '' : view === 'bake' ? name : null);
  const pre = document.getElementById('output');
  const atEnd = !pre || pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
  const parts = view === 'group' ? views.group(state, name, samples.get(name) ?? [])
    : view === 'images' ? views.images(state, needle)
    : view === 'services' ? views.services(state, needle)
    : view === 'changes' ? views.changes(state, needle)
    : view === 'change' ? views.change(state, name)
    : view === 'bakes' ? views.bakes(state, logs, needle)
    : view === 'bake' ? views.bake(state, name, logs, output)
    : view ? views.unknown(view) : views.fleets(state, needle, most);
  morph(main, [views.moved(state), parts].flat(9).filter(part => part));
  const now = document.getElementById('output');
  if (now && atEnd) now.scrollTop = now.scrollHeight;
  const head = main.querySelector('h1');
  document.title = `${(view === 'bake' ? head?.firstChild : head)?.textContent.trim() ?? ''} · Baker`;
  const more = document.getElementById('more');
  if (more) nearEnd.observe(more);
  mark();
}

// Draws once for all that has come by then.
function drawSoon() {
  drawing ||= setTimeout(() => { drawing = 0; draw(); measure(); }, 0);
}

// How long the last update took from its arrival, for whoever asks the browser.
let arrived = null;
function measure() {
  if (arrived === null) return;
  performance.clearMeasures('update');
  performance.measure('update', { start: arrived });
  arrived = null;
}

const nearEnd = new IntersectionObserver(entries => { if (entries.some(entry => entry.isIntersecting)) showMore(); }, { rootMargin: '200px' });
function showMore() {
  nearEnd.disconnect();
  most += rowsAtOnce;
  draw();
}

// The logs are read only while somebody looks at them.
function follow(name) {
  if ((follower?.name ?? null) === name) return;
  follower?.events.close();
  follower = null;
  output = { text: '' };
  if (name === null) return;
  follower = { name, events: new EventSource('logs' + (name ? '?name=' + encodeURIComponent(name) : '')) };
  follower.events.addEventListener('logs', event => { logs = JSON.parse(event.data); drawSoon(); });
  follower.events.addEventListener('output', event => {
    const news = JSON.parse(event.data);
    const text = news.text.replaceAll(/\x1b\[[0-9;]*[A-Za-z]|\r(?=\n)/g, '');
    const all = news.anew ? text : output.text + text;
    output = { text: all.slice(-mostOutput), skipped: news.anew ? news.skipped : output.skipped || all.length > mostOutput };
    drawSoon();
  });
}

function mark() {
  const rows = main.querySelectorAll('tbody tr');
  rows.forEach((each, index) => each.classList.toggle('at', index === row));
  return rows[row];
}

const single = new Set(['group', 'change', 'bake']);
function go(view, needle) {
  location.replace(`#/${view}${needle ? '?q=' + encodeURIComponent(needle) : ''}`);
}

// A look that is not over after three times what the last ones were apart, and 15 s at least, is one that the cloud does not answer.
const leastPatience = 15000;
const opened = Date.now(); // what was seen before was for others, and nobody looked since
let apart = 0;
function tick() {
  if (!look) return;
  const seen = () => new Date(look.at).toLocaleTimeString();
  const problem = look.gone ? 'The program has ended, or does not answer.' : look.problem
    || (look.at > 0 && Date.now() - Math.max(look.at, opened) > Math.max(leastPatience, 3 * apart)
      && `Not seen since ${seen()}: the cloud does not answer yet.`);
  clock.className = problem ? 'bad' : '';
  const text = problem || (look.at > opened ? `Seen ${seen()}` : look.at > 0 ? `Seen ${seen()}, looking …` : 'Waiting for the first look …');
  if (clock.textContent !== text) clock.textContent = text;
}

function take(next) {
  arrived ??= performance.now();
  state = next;
  sample(Date.now());
}

// What served at a look, also where that is as it was.
function sample(at) {
  for (const report of state.fleets) {
    if (!report.change && !samples.has(report.group) && place().name !== report.group) continue;
    const seen = samples.get(report.group) ?? [];
    if (seen.at(-1)?.at === at) continue;
    seen.push({ at, healthy: Object.fromEntries(report.fleets.map(fleet => [fleet.name, views.serving(fleet)])) });
    samples.set(report.group, seen.slice(-mostSamples));
  }
}

if (given) {
  state = given.state; // of a look that may be old: what serves is known at the next one
  look = { at: given.at };
}
const events = new EventSource('events?after=' + (given?.version ?? 0));
events.addEventListener('state', event => { take(JSON.parse(event.data)); drawSoon(); });
events.addEventListener('news', event => {
  const { set, gone, fleets } = JSON.parse(event.data);
  const next = { ...state, ...set };
  for (const name of gone) delete next[name];
  if (fleets.length) {
    const changed = new Map(fleets.map(report => [report.group, report]));
    next.fleets = next.fleets.map(report => changed.get(report.group) ?? report);
  }
  take(next);
  drawSoon();
});
events.addEventListener('look', event => {
  const before = look?.at;
  look = JSON.parse(event.data);
  if (before > opened && look.at > before) apart = look.at - before;
  if (state && !look.problem && look.at > (before ?? 0)) sample(Date.now());
  tick();
  drawSoon();
});
events.addEventListener('error', () => { look = { ...look, gone: true }; tick(); });

window.addEventListener('hashchange', () => { row = -1; most = rowsAtOnce; draw(); });
filter.addEventListener('input', () => { row = -1; const { view } = place(); go(single.has(view) ? '' : view, filter.value); });
document.getElementById('skip').addEventListener('click', event => { event.preventDefault(); main.focus(); });

document.addEventListener('click', event => {
  if (event.target.closest?.('[data-more]')) showMore();
  const button = event.target.closest?.('[data-copy]');
  if (button) navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = 'Copied'; });
});

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('keys').open) return;
  if (event.key === 'Escape') {
    if (filter.value) { filter.value = ''; go(place().view, ''); } else if (document.activeElement === filter) filter.blur(); else history.back();
    return;
  }
  if (document.activeElement === filter) {
    if (event.key === 'Enter') main.querySelector('tbody tr a')?.click();
    return;
  }
  if (event.key === '/') { event.preventDefault(); filter.focus(); }
  else if (event.key === '?') document.getElementById('keys').showModal();
  else if (event.key === 'j' || event.key === 'k') {
    const count = main.querySelectorAll('tbody tr').length;
    row = Math.max(0, Math.min(count - 1, row + (event.key === 'j' ? 1 : -1)));
    mark()?.scrollIntoView({ block: 'nearest' });
  } else if (event.key === 'Enter' && row >= 0 && document.activeElement?.tagName !== 'A' && document.activeElement?.tagName !== 'BUTTON') {
    mark()?.querySelector('a')?.click();
  }
});
draw();
tick();
setInterval(tick, 1000);
measure();
