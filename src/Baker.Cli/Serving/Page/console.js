import * as views from './views.js';

const main = document.getElementById('main');
const filter = document.getElementById('filter');
const clock = document.getElementById('clock');
const samples = new Map();
const mostSamples = 600;
let state = null;
let look = null;
let row = -1;

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
    if (at === view || (at === '' && view === 'group') || (at === 'changes' && view === 'change')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (!state) return;
  document.getElementById('where').textContent = `Baker · ${state.cloud}${state.environment ? ' · ' + state.environment : ''}`;
  const focused = [...main.querySelectorAll('a, button')].indexOf(document.activeElement);
  const parts = view === 'group' ? views.group(state, name, samples.get(name) ?? [])
    : view === 'images' ? views.images(state, needle)
    : view === 'services' ? views.services(state, needle)
    : view === 'changes' ? views.changes(state, needle)
    : view === 'change' ? views.change(state, name)
    : views.fleets(state, needle);
  main.replaceChildren(...parts.flat(9).filter(part => part));
  document.title = `${main.querySelector('h1')?.textContent ?? ''} · Baker`;
  if (focused >= 0) main.querySelectorAll('a, button')[focused]?.focus({ preventScroll: true });
  mark();
}

function mark() {
  const rows = main.querySelectorAll('tbody tr');
  rows.forEach((each, index) => each.classList.toggle('at', index === row));
  return rows[row];
}

function go(view, needle) {
  location.replace(`#/${view}${needle ? '?q=' + encodeURIComponent(needle) : ''}`);
}

function tick() {
  if (!look) return;
  const problem = look.gone ? 'The program has ended, or does not answer.' : look.problem;
  clock.className = problem ? 'bad' : '';
  const text = problem || (look.at > 0 ? `Seen ${new Date(look.at).toLocaleTimeString()}` : 'Waiting for the first look …');
  if (clock.textContent !== text) clock.textContent = text;
}

const events = new EventSource('events');
events.addEventListener('state', event => {
  state = JSON.parse(event.data);
  for (const report of state.fleets) {
    const seen = samples.get(report.group) ?? [];
    seen.push({ at: Date.now(), healthy: Object.fromEntries(report.fleets.map(fleet => [fleet.name, views.serving(fleet)])) });
    samples.set(report.group, seen.slice(-mostSamples));
  }
  draw();
});
events.addEventListener('look', event => { look = JSON.parse(event.data); tick(); });
events.addEventListener('error', () => { look = { ...look, gone: true }; tick(); });

window.addEventListener('hashchange', () => { row = -1; draw(); });
filter.addEventListener('input', () => { row = -1; const { view } = place(); go(view === 'group' || view === 'change' ? '' : view, filter.value); });
document.getElementById('skip').addEventListener('click', event => { event.preventDefault(); main.focus(); });

document.addEventListener('click', event => {
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
