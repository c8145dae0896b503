// What is seen, as elements. Everything goes in as text: h() is the only maker of elements, and it knows no HTML.
export function h(tag, attributes, ...children) {
  const made = tag === 'svg' || tag === 'path' ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
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
export const serving = fleet => fleet.instances.filter(serves).length;

export function standing(report) {
  if (report.change) return ['warn', `◐ ${doing(report.change)} under way: ${report.change.step}`];
  if (!report.fleets.length) return ['soft', '○ does not run'];
  if (report.fleets.some(fleet => fleet.image_problem)) return ['bad', '✕ its image has a problem'];
  if (report.fleets.some(fleet => serving(fleet) < fleet.desired)) return ['bad', '✕ not all healthy'];
  if (!report.in_manifest) return ['warn', '! not in the manifest'];
  if (report.current === false) return ['warn', '! stale'];
  return ['good', '✓ healthy'];
}

export function age(time, now) {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds)) return '';
  return seconds < 90 ? `${Math.round(seconds)}s` : seconds < 5400 ? `${Math.round(seconds / 60)}m`
    : seconds < 129600 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86400)}d`;
}

const link = (to, text) => h('a', { href: '#/' + to }, text);
const groupLink = name => link('group/' + encodeURIComponent(name), name);

function table(kind, caption, heads, rows) {
  return h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', { class: kind },
      h('thead', null, h('tr', null, heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', null, rows.map(cells => h('tr', null, cells.map(cell => h('td', null, cell)))))));
}

function command(state, text) {
  const line = `package ${text}${state.options}`;
  return h('p', { class: 'command' }, h('code', null, line), h('button', { type: 'button', 'data-copy': line, 'aria-label': 'Copy ' + line }, 'Copy'));
}

const has = (needle, ...texts) => !needle || texts.some(text => (text ?? '').toLowerCase().includes(needle.toLowerCase()));

export function fleets(state, needle) {
  const images = new Map(state.images.map(image => [image.id, image]));
  const channels = new Map(state.groups.map(group => [group.name, group.channel]));
  const shown = state.fleets.filter(report => has(needle, report.group, standing(report)[1], ...report.fleets.flatMap(fleet => [fleet.name, fleet.image])));
  const ill = state.fleets.filter(report => standing(report)[0] === 'bad').length;
  const rows = shown.map(report => {
    const [kind, words] = standing(report);
    const image = report.fleets.at(-1)?.image ?? '';
    return [groupLink(report.group), h('span', { class: kind }, words),
      report.fleets.map(fleet => `${serving(fleet)}/${fleet.desired}`).join(' + ') || '–',
      report.fleets.map(fleet => fleet.name).join(', ') || '–', image || '–', images.has(image) ? age(images.get(image).created, Date.now()) : '–', channels.get(report.group) ?? '–'];
  });
  return [h('h1', null, `${shown.length} of ${state.fleets.length} groups, ${ill} not healthy`),
    table('fleets', 'Fleets', ['Group', 'State', 'Serving', 'Fleets', 'Image', 'Age', 'Channel'], rows),
    state.environments.length > 0 && h('p', { class: 'soft' }, `Environments of the manifest: ${state.environments.join(', ')}. This page shows ${state.environment}.`),
    !state.with_targets && h('p', { class: 'soft' }, 'Of so many groups the target groups are not asked: serving is what Auto Scaling says.'),
    command(state, 'autoscale:status')];
}

function plot(samples, names) {
  const most = Math.max(1, ...samples.flatMap(sample => Object.values(sample.healthy)));
  const [first, last] = [samples[0].at, samples.at(-1).at];
  const x = at => last === first ? 0 : 100 * (at - first) / (last - first);
  const line = name => samples.filter(sample => name in sample.healthy)
    .map((sample, index) => `${index ? 'L' : 'M'}${x(sample.at).toFixed(2)} ${(38 - 36 * sample.healthy[name] / most).toFixed(2)}`).join('');
  const words = names.map(name => `${name}: ${samples.at(-1).healthy[name] ?? 0}`).join(', ');
  return h('svg', { class: 'plot', viewBox: '0 0 100 40', preserveAspectRatio: 'none', role: 'img', 'aria-label': 'Serving nodes over time; now ' + words },
    names.map((name, index) => h('path', { class: index ? 'b' : 'a', d: line(name) })));
}

export function group(state, name, samples) {
  const report = state.fleets.find(each => each.group === name);
  if (!report) return [h('h1', null, name), h('p', null, 'No fleet of this group is seen.'), command(state, 'autoscale:run ' + name)];
  const [kind, words] = standing(report);
  const names = [...new Set(samples.flatMap(sample => Object.keys(sample.healthy)))].slice(-2);
  const under = report.change;
  return [h('h1', null, name + ' ', h('span', { class: kind }, words)),
    under && h('p', null, `${doing(under)} since ${under.since} (${age(under.since, Date.now())}), begun by ${under.owner}; step ${under.step}`
      + (under.old ? `; from ${under.old}` : '') + (under.new ? ` to ${under.new}` : '')),
    under && !report.lock && h('p', { class: 'warn' }, 'Nobody works on it: the same command goes on, a rollback goes back.'),
    samples.length > 1 && [plot(samples, names), h('p', { class: 'soft' }, `Serving nodes since this page was opened: ${names.map((each, index) => `${each} (${index ? 'dashed' : 'line'})`).join(', ')}`)],
    h('div', { class: 'pair' }, report.fleets.map(fleet => h('section', { class: 'box' },
      h('h2', null, fleet.name),
      h('p', null, `${serving(fleet)} of ${fleet.desired} serve (${fleet.min} to ${fleet.max}); image ${fleet.image ?? 'unknown'}`),
      fleet.image_problem && h('p', { class: 'bad' }, `Its image ${fleet.image_problem}`),
      fleet.suspended.length > 0 && h('p', { class: 'warn' }, `Suspended: ${fleet.suspended.join(', ')}`),
      table('nodes', `Nodes of ${fleet.name}`, ['Node', 'Zone', 'State', 'Target groups'], fleet.instances.map(node => [
        node.id, node.zone, h('span', { class: serves(node) ? 'good' : 'bad' }, `${serves(node) ? '✓' : '✕'} ${node.state}`),
        node.targets ? Object.entries(node.targets).map(([target, health]) => `${target}: ${health}`).join(', ') || '–' : 'not asked']))))),
    h('h2', null, 'Commands'), ['autoscale:status', under ? 'autoscale:rollback' : 'autoscale:update', 'change:list'].map(each => command(state, `${each} ${name}`))];
}

export function images(state, needle) {
  const known = new Map(state.images.map(image => [image.id, image]));
  const line = image => known.has(image.source) ? [...line(known.get(image.source)), image.source] : image.source ? [image.source] : [];
  const shown = state.images.filter(image => has(needle, image.id, image.name, image.group, image.content));
  return [h('h1', null, `${shown.length} images`),
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
    h('h2', null, `${rows.length} entries of the catalogue`),
    table('entries', 'Entries', ['Service', 'Group', 'Node', 'Address', 'State'], rows.map(entry => [entry.service, entry.group, entry.instance,
      `${entry.address ?? ''}${entry.port ? ':' + entry.port : ''}`, entry.reason ? `${entry.state}: ${entry.reason}` : entry.state])),
    command(state, 'service:list')];
}

export function changes(state, needle) {
  const shown = state.changes.filter(change => has(needle, change.id, change.command, change.subject, change.owner, change.result));
  return [h('h1', null, `${shown.length} changes`),
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
    command(state, `change:show ${found.id}`)];
}
