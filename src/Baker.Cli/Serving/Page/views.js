// What is seen, as elements. Everything goes in as text: h() is the only maker of elements, and it knows no HTML.
const drawn = new Set(['svg', 'path', 'rect']);
export function h(tag, attributes, ...children) {
  const made = drawn.has(tag) ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) made.append(child);
  }
  return made;
}

export const serves = node => node.state === 'InService' && Object.values(node.targets ?? {}).every(state => state === 'healthy');
const doing = change => change.action === 'roll' ? 'update' : change.action;
export const serving = fleet => fleet.serving;

export function standing(report) {
  if (report.change) return ['warn', `◐ ${doing(report.change)} under way: ${at(report)}${report.lock ? '' : ', nobody works on it'}`];
  if (!report.fleets.length) return ['soft', '○ does not run'];
  if (report.fleets.some(fleet => fleet.image_problem)) return ['bad', '✕ its image has a problem'];
  if (report.fleets.some(fleet => serving(fleet) < fleet.desired)) return ['bad', '✕ not all healthy'];
  if (!report.in_manifest) return ['warn', '! not in the manifest'];
  if (report.current === false) return ['warn', '! stale'];
  if (report.fleets.every(fleet => fleet.desired === 0)) return ['soft', '○ at 0'];
  return ['good', '✓ healthy'];
}

const at = report => report.progress ? `step ${report.progress.step} of ${report.progress.of}` : `step ${report.change.step}`;

export function age(time, now) {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return '';
  return seconds < 90 ? `${Math.round(seconds)}s` : seconds < 5400 ? `${Math.round(seconds / 60)}m`
    : seconds < 129600 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86400)}d`;
}

// How much of the requests a canary's new fleet has, in percent; null where there is no canary.
export function share(change) {
  const steps = change.canary?.settings.steps;
  if (!steps) return null;
  const at = /^(?:lead|canary|approve)-(\d+)$/.exec(change.step);
  if (at) return +at[1] === 0 ? 0 : parseInt(steps[at[1] - 1], 10);
  return change.action === 'rollback' || before.has(change.step) ? 0 : 100;
}
const before = new Set(['open', 'fast-restore', 'template', 'template-version', 'create', 'launch', 'healthy', 'match', 'scaling', 'keep', 'alarms', 'mirror', 'pin']);

// The worst comes first: at night it is what the page is opened for.
const rank = report => report.fleets.length === 0 ? 4 : ({ bad: 0, warn: report.change ? 1 : 2, good: 3, soft: 4 })[standing(report)[0]];

const link = (to, text) => h('a', { href: '#/' + to }, text);
const groupLink = name => link('group/' + encodeURIComponent(name), name);

// Rows that begin with a link are known by it, so that a redraw moves them and does not rewrite others.
function table(kind, caption, heads, rows, most = Infinity) {
  if (!rows.length) return h('p', { class: 'soft' }, `${caption}: none.`);
  return h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', { class: kind },
      h('thead', null, h('tr', null, heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', null, rows.slice(0, most).map(row => typeof row === 'function' ? row() : row)
        .map(cells => h('tr', { 'data-key': cells[0]?.getAttribute?.('href') }, cells.map(cell => h('td', null, cell)))))));
}

const whole = (state, text) => `package ${text}${state.options}`;

function command(state, text) {
  return copyable(whole(state, text));
}

function copyable(text) {
  return h('p', { class: 'command' }, h('code', null, text), h('button', { type: 'button', 'data-copy': text, 'aria-label': 'Copy ' + text }, 'Copy'));
}

// A log may be of any name, also of a group that is no more.
function rebake(state, log) {
  const group = log.split('@')[0];
  return isKnown(state, group) && command(state, 'packer:run ' + group);
}

// What the manifest has not, few commands take.
const isKnown = (state, name) => state.groups.some(group => group.name === name);

const word = text => /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const many = (count, one, more = one + 's') => `${count} ${count === 1 ? one : more}`;
const has = (needle, ...texts) => !needle || texts.some(text => (text ?? '').toLowerCase().includes(needle.toLowerCase()));

export function fleets(state, needle, most) {
  const images = new Map(state.images.map(image => [image.id, image]));
  const channels = new Map(state.groups.map(group => [group.name, group.channel]));
  const shown = state.fleets.filter(report => has(needle, report.group, standing(report)[1], ...report.fleets.flatMap(fleet => [fleet.name, fleet.image])))
    .map(report => [rank(report), report]).sort((one, other) => one[0] - other[0]).map(([, report]) => report);
  const count = kind => state.fleets.filter(report => rank(report) === kind).length;
  // A row is made only where it is shown: of a thousand groups, the first hundred.
  const rows = shown.map(report => () => {
    const [kind, words] = standing(report);
    const image = report.fleets.at(-1)?.image ?? '';
    return [groupLink(report.group), h('span', { class: kind }, words),
      report.fleets.map(fleet => `${serving(fleet)}/${fleet.desired}`).join(' + ') || '–',
      report.fleets.map(fleet => fleet.name).join(', ') || '–', image || '–', images.has(image) ? age(images.get(image).created, Date.now()) : '–', channels.get(report.group) ?? '–'];
  });
  return [h('h1', null, `${shown.length} of ${state.fleets.length} groups, ${count(0)} not healthy`),
    h('p', { class: 'soft' }, `${count(1)} being changed, ${count(2)} stale or left over, ${count(3)} healthy, ${count(4)} that do not run or are at 0. What needs an eye comes first.`),
    table('fleets', 'Fleets', ['Group', 'State', 'Serving', 'Fleets', 'Image', 'Age', 'Channel'], rows, most),
    rows.length > most && h('p', { id: 'more' }, h('button', { type: 'button', 'data-more': '' }, `Show more: ${rows.length - most} are not listed yet`)),
    state.environments.length > 0 && h('p', { class: 'soft' }, `Environments of the manifest: ${state.environments.join(', ')}. This page shows ${state.environment}.`),
    !state.with_targets && h('p', { class: 'soft' }, 'Of so many groups the target groups are not asked: serving is what Auto Scaling says.'),
    command(state, 'autoscale:status')];
}

const time = at => new Date(at).toLocaleTimeString();

// Lines over time, as steps, for a count holds until the next one. Each is [name, [[time, value], …]]; the first is drawn whole, the second dashed.
function plot(title, lines) {
  const all = lines.flatMap(([, points]) => points);
  if (!all.length) return null;
  const most = Math.max(1, ...all.map(([, value]) => value));
  const [first, last] = [Math.min(...all.map(([at]) => at)), Math.max(...all.map(([at]) => at))];
  const x = at => last === first ? 0 : 100 * (at - first) / (last - first);
  const path = points => points.map(([at, value], index) => {
    const y = (38 - 36 * value / most).toFixed(2);
    return index ? `H${x(at).toFixed(2)}V${y}` : `M${x(at).toFixed(2)} ${y}`;
  }).join('');
  const now = lines.map(([name, points], index) => `${name} ${points.at(-1)?.[0] === last ? points.at(-1)[1] : 'gone'}${lines.length > 1 ? index ? ' (dashed)' : ' (line)' : ''}`).join(', ');
  return h('figure', null,
    h('figcaption', null, h('strong', null, title), ` ${now}`),
    h('p', { class: 'scale' }, String(most)),
    h('svg', { class: 'plot', viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${title}: now ${now}; at most ${most}` },
      h('path', { class: 'ground', d: 'M0 38L100 38M0 2L100 2' }),
      lines.map(([, points], index) => h('path', { class: index ? 'b' : 'a', d: path(points) }))),
    h('p', { class: 'scale ends' }, h('span', null, time(first)), h('span', null, time(last))));
}

function bar(percent) {
  return h('svg', { class: 'bar', viewBox: '0 0 100 4', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${percent}% of the requests go to the new fleet` },
    h('rect', { class: 'rest', width: 100, height: 4 }), h('rect', { class: 'share', width: percent, height: 4 }));
}

function traffic(state, name) {
  const found = state.traffic?.[name];
  if (!found) return [];
  const of = what => found.lines.map(line => [line.fleet ?? 'all fleets', line[what].map((value, index) => [line.from + 60000 * index, value])]);
  return [found.problem && h('p', { class: 'warn' }, `The requests cannot be read: ${found.problem}`),
    found.lines.length > 0 && h('div', { class: 'pair' }, plot('Requests a minute', of('requests')), plot('5xx a minute', of('errors')))];
}

function canary(change) {
  const percent = share(change);
  return percent === null ? [] : [
    h('p', null, `Canary: ${percent}% of the requests go to ${change.new ?? 'the new fleet'}; its steps are ${change.canary.settings.steps.join(', ')}`
      + (change.canary.places.length ? '' : ' (no listener has weights: its share is that of its nodes)')),
    bar(percent)];
}

export function group(state, name, samples) {
  const report = state.fleets.find(each => each.group === name);
  if (!report) {
    return isKnown(state, name)
      ? [h('h1', null, name), h('p', null, 'This group has no fleet.'), command(state, 'packer:run ' + name)]
      : [h('h1', null, name), h('p', null, 'The manifest has no such group, and nothing of it runs.'), command(state, 'node:list')];
  }
  const [kind, words] = standing(report);
  const names = [...new Set(samples.flatMap(sample => Object.keys(sample.healthy)))].slice(-2);
  const under = report.change;
  return [h('h1', null, name + ' ', h('span', { class: kind }, words)),
    under && h('p', null, `${doing(under)} since ${under.since} (${age(under.since, Date.now())}), begun by ${under.owner}; ${at(report)}`
      + (under.old ? `; from ${under.old}` : '') + (under.new ? ` to ${under.new}` : '')),
    under && report.progress && h('p', null, h('strong', null, `Now: ${report.progress.text}`)),
    under && !report.lock && h('p', { class: 'warn' }, `Nobody works on it: ${report.goes_on} goes on${report.goes_back ? `, ${report.goes_back} goes back` : ''}.`),
    under && canary(under),
    under && traffic(state, name),
    samples.length > 1 && plot('Serving nodes since this page was opened', names.map(each => [each, samples.filter(sample => each in sample.healthy).map(sample => [sample.at, sample.healthy[each]])])),
    h('div', { class: 'pair' }, report.fleets.map(fleet => h('section', { class: 'box' },
      h('h2', null, fleet.name, ' ', h('span', { class: 'soft' }, fleet.standing)),
      h('p', null, `${serving(fleet)} of ${fleet.desired} serve (${fleet.min} to ${fleet.max}); image ${fleet.image ?? 'unknown'}`),
      fleet.image_problem && h('p', { class: 'bad' }, `Its image ${fleet.image_problem}`),
      fleet.suspended.length > 0 && h('p', { class: 'warn' }, `Suspended: ${fleet.suspended.join(', ')}`),
      table('nodes', `Nodes of ${fleet.name}`, ['Node', 'Zone', 'State', 'Target groups'], fleet.instances.map(node => [
        node.id, node.zone, h('span', { class: serves(node) ? 'good' : 'bad' }, `${serves(node) ? '✓' : '✕'} ${node.state}`),
        node.targets ? Object.entries(node.targets).map(([target, health]) => `${target}: ${health}`).join(', ') || '–' : 'not asked']))))),
    h('h2', null, 'Commands'), command(state, `autoscale:status ${name}`), next(state, report).map(copyable), isKnown(state, name) && command(state, `change:list ${name}`),
    h('p', null, isKnown(state, name) && [link('bake/' + encodeURIComponent(name), `Output of the last bake of ${name}`), ' · '], link(`changes?q=${encodeURIComponent(name)}`, `Changes of ${name}`))];
}

// What may be done next: what there is no image of is baked first.
function next(state, report) {
  const name = report.group;
  if (report.change) {
    const canary = report.change.canary ? [`autoscale:promote ${name}`, `autoscale:pause ${name}`] : [];
    return [...canary.map(each => whole(state, each)), !report.lock && report.goes_on, report.goes_back].filter(each => each);
  }
  const bake = !isKnown(state, name) || state.images.some(image => image.group === name) && report.current !== false ? [] : [`packer:run ${name}`];
  return [...bake, `autoscale:${!report.in_manifest ? 'delete' : report.fleets.length ? 'update' : 'run'} ${name}`].map(each => whole(state, each));
}

export function images(state, needle) {
  const known = new Map(state.images.map(image => [image.id, image]));
  const line = image => known.has(image.source) ? [...line(known.get(image.source)), image.source] : image.source ? [image.source] : [];
  const shown = state.images.filter(image => has(needle, image.id, image.name, image.group, image.content));
  return [h('h1', null, many(shown.length, 'image')),
    table('images', 'Images', ['Image', 'Group', 'Age', 'Content', 'Tests', 'Made from', 'Used by'], shown.map(image => [
      h('span', null, image.id, h('br'), h('span', { class: 'soft' }, image.name)), groupLink(image.group), age(image.created, Date.now()),
      h('span', { class: image.revoked ? 'bad' : image.content === 'stale' ? 'warn' : '' }, image.revoked ? 'revoked' : image.content),
      image.verification ?? '–', line(image).join(' → ') || '–', image.used_by.map(user => `${user.kind} ${user.name}`).join(', ') || '–'])),
    command(state, 'image:list --tree')];
}

export function services(state, needle) {
  const groups = state.graph.groups ?? [];
  const of = list => (list ?? []).map(each => typeof each === 'string' ? each : each.service ?? each.name).join(', ') || '–';
  const rows = state.services.filter(entry => has(needle, entry.service, entry.group, entry.instance));
  return [h('h1', null, 'Services'),
    table('graph', 'Who provides and needs what', ['Group', 'Provides', 'Needs'], groups.filter(each => has(needle, each.group ?? each.name)).map(each => [groupLink(each.group ?? each.name), of(each.provides), of(each.needs)])),
    h('h2', null, `${many(rows.length, 'entry', 'entries')} of the catalogue`),
    table('entries', 'Entries', ['Service', 'Group', 'Node', 'Address', 'State'], rows.map(entry => [entry.service, entry.group, entry.instance,
      `${entry.address ?? ''}${entry.port ? ':' + entry.port : ''}`, entry.reason ? `${entry.state}: ${entry.reason}` : entry.state])),
    command(state, 'service:list')];
}

export function changes(state, needle) {
  const shown = state.changes.filter(change => has(needle, change.id, change.command, change.subject, change.owner, change.result));
  return [h('h1', null, many(shown.length, 'change')),
    h('p', null, link('changes', 'All'), [['autoscale', 'rollouts'], ['deploy', 'deploys'], ['environment', 'environments'], ['maintenance', 'notices']].map(([word, text]) => [' · ', link('changes?q=' + word, text)]).flat()),
    table('changes', 'Changes', ['Change', 'Command', 'Subject', 'Result', 'By', 'Began', 'Took'], shown.map(change => [link('change/' + encodeURIComponent(change.id), change.id),
      change.command, change.subject, h('span', { class: change.failure ? 'bad' : 'good' }, change.result), change.owner, change.began,
      age(change.began, Date.parse(change.ended))])),
    command(state, 'change:list')];
}

export function change(state, id) {
  const found = state.changes.find(each => each.id === id);
  if (!found) return [h('h1', null, id), h('p', null, 'There is no record of this change.')];
  return [h('h1', null, `${found.command} ${found.subject}`),
    h('dl', null, [['Result', found.result], ['Failure', found.failure], ['By', found.owner], ['Began', found.began], ['Ended', found.ended], ['Overridden', found.override],
      ['Least healthy', Object.entries(found.least_healthy ?? {}).map(([target, count]) => `${target}: ${count}`).join(', ')]]
      .filter(([, value]) => value).flatMap(([name, value]) => [h('dt', null, name), h('dd', null, String(value))])),
    h('h2', null, 'Steps'), table('steps', 'Steps', ['Step', 'Result', 'Seconds'], (found.steps ?? []).map(step => [step.text, step.result, String(step.seconds)])),
    command(state, `change:show ${word(found.id)}`)];
}

export function bakes(state, logs, needle) {
  if (!logs) return [h('h1', null, 'Bakes'), h('p', null, 'Looking …')];
  const shown = logs.filter(log => has(needle, log.name, log.step));
  const rows = kind => shown.filter(log => log.is_bake === kind).map(log => [link('bake/' + encodeURIComponent(log.name), log.name),
    h('span', { class: outcome(log) }, ending(log)), `${age(new Date(log.at).toISOString(), Date.now())} ago`, log.bytes < 10000 ? `${log.bytes} bytes` : `${Math.round(log.bytes / 1024)} KiB`]);
  const heads = ['Log', 'Last step', 'Written', 'Size'];
  return [h('h1', null, 'Bakes'),
    h('p', { class: 'soft' }, 'What was carried out from this project on this machine, with its output; a log that is being written is shown as it grows.'),
    table('logs', 'Bakes', heads, rows(true)),
    h('h2', null, 'Deploys and other changes'), table('logs', 'Deploys and other changes', heads, rows(false)),
    command(state, 'packer:run')];
}

const outcome = log => / failed\b| was interrupted/.test(log.step ?? '') ? 'bad' : /^(Baked |The change is done)/.test(log.step ?? '') ? 'good' : '';
const ending = log => ({ bad: '✕ ', good: '✓ ' }[outcome(log)] ?? '') + (log.step ?? '–').replace(/ Its last lines:$/, '');

export function bake(state, name, logs, output) {
  const found = logs?.find(log => log.name === name);
  if (logs && !found) return [h('h1', null, name), h('p', null, 'There is no such log on this machine.'), rebake(state, name)];
  return [h('h1', null, name, ' ', h('span', { class: found && outcome(found) || 'soft' }, found ? `${ending(found)} · written ${age(new Date(found.at).toISOString(), Date.now())} ago` : '')),
    output.skipped && h('p', { class: 'soft' }, `What is older is in .package/logs/${name}.log`),
    h('pre', { id: 'output', tabindex: 0, role: 'region', 'aria-label': 'Output of ' + name }, output.text),
    found?.is_bake && rebake(state, name)];
}

export const moved = state => state.manifest_moved
  && h('p', { class: 'warn' }, 'The manifest has changed since this page began, and is shown as it was: end package console, and start it again.');

export const unknown = view => [h('h1', null, 'No such view'), h('p', null, `This page has no view ${view}. `, link('', 'Fleets'))];
