/* What was run and how far the profile can be trusted. */

/* The kind of code that each share is in the graph. */
const SHARE_KINDS = {
  interpreter: 'interpreted', baseline: 'baseline', optimized: 'optimized', jit: 'jit',
  stubs: 'stub', compiler: 'compiler', gc: 'gc', runtime: 'runtime', native: 'native',
  kernel: 'kernel', unknown: 'unknown',
};

function swatchColour(profile, category) {
  const row = profile.data.categories[category];
  if (row[0] !== 'unknown') return row[isDark() ? 3 : 2];
  const [back, stripe] = isDark() ? [row[3], '#565c66'] : [row[2], '#c9c2b4'];
  return `repeating-linear-gradient(135deg, ${back} 0 2px, ${stripe} 2px 3.5px)`;
}

function shareColour(profile, name) {
  const { categories } = profile.data;
  return swatchColour(profile, categories.findIndex((row) => row[0] === SHARE_KINDS[name]));
}

function swatch(background) {
  const made = element('span', { className: 'swatch', aria: { hidden: 'true' } });
  made.style.background = background;
  return made;
}

function seconds(ns) {
  const value = ns / 1e9;
  if (value >= 120) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return value >= 1 ? `${value.toFixed(2)} s` : `${(ns / 1e6).toFixed(1)} ms`;
}

function tile(label, value, note, isLong) {
  const dd = element('dd', {}, value);
  if (note) dd.append(element('small', {}, note));
  return element('div', { className: isLong ? 'tile long' : 'tile' }, element('dt', {}, label), dd);
}

function tiles(unit, summary) {
  const list = element('dl', { className: 'tiles' });
  if (summary.command) list.append(tile('Command', summary.command, '', true));
  list.append(tile('Samples', number(summary.samples),
    summary.weight !== summary.samples ? `${number(summary.weight)} ${unit}` : ''));
  if (summary.duration_ns > 0) list.append(tile('Duration', seconds(summary.duration_ns)));
  if (summary.event) {
    list.append(tile('Event', summary.event,
      summary.frequency ? `at ${number(summary.frequency)} Hz` : ''));
  }
  if (summary.user_samples > 0) {
    list.append(tile('User samples named', percent(summary.user_samples_named, summary.user_samples),
      `${number(summary.user_samples_named)} of ${number(summary.user_samples)}`));
  }
  if (summary.jit_samples > 0)
    list.append(tile('In JIT code', percent(summary.jit_samples, summary.samples),
      `${number(summary.jit_samples)} samples`));
  if (summary.duration_ns > 0)
    list.append(tile('Lost samples', number(summary.lost_samples), 'by the kernel'));
  return list;
}

function notices(summary) {
  const list = [];
  const say = (count, text) => {
    if (count > 0) list.push(element('p', { className: 'notice' }, `${number(count)} ${text}`));
  };
  say(summary.lost_samples, 'samples were lost by the kernel: lower the frequency (-F), or record fewer processes.');
  say(summary.ambiguous_samples, 'samples are ambiguous: their address was used by more than one function, and a perf map carries no time. The last definition is shown. A jitdump tells them apart.');
  say(summary.cut_stacks, 'samples were deeper than the kernel keeps: their callers are cut off (sysctl kernel.perf_event_max_stack).');
  say(summary.broken_chains, 'samples have a broken frame pointer: their stacks end early.');
  say(summary.bad_records, 'records could not be read and were skipped.');
  say(summary.torn_bytes, 'bytes at the end of the input were cut short.');
  return list;
}

function shares(profile, summary, heading) {
  const names = profile.data.share_names;
  const all = summary.shares.reduce((a, b) => a + b, 0);
  if (all === 0) return null;
  const bar = element('div', { className: 'split', aria: { hidden: 'true' } });
  const body = element('tbody');
  summary.shares.forEach((value, i) => {
    if (value === 0) return;
    const piece = element('i', { title: `${names[i]} ${percent(value, all)}` });
    piece.style.width = `${(100 * value) / all}%`;
    piece.style.background = shareColour(profile, names[i]);
    bar.append(piece);
    body.append(element('tr', {}, element('td', {}, swatch(shareColour(profile, names[i])), names[i]),
      element('td', { className: 'number' }, percent(value, all)),
      element('td', { className: 'number' }, number(value))));
  });
  return element('section', {}, element('h2', {}, heading), bar,
    element('table', {}, element('thead', {}, element('tr', {},
      element('th', { scope: 'col' }, 'Whose work'), element('th', { scope: 'col', className: 'number' }, 'Share'),
      element('th', { scope: 'col', className: 'number' },
        profile.data.unit.replace(/^./, (c) => c.toUpperCase())))), body));
}

function unknowns(profile, summary) {
  if (summary.unknown.length === 0) return null;
  const { reasons, remedies } = profile.data;
  const rows = summary.unknown.slice().sort((a, b) => b[2] - a[2] || b[1] - a[1])
    .map(([reason, frames, samples]) => element('tr', { data: { reason } },
      element('td', {}, reasons[reason], element('br'), element('small', {}, remedies[reason])),
      element('td', { className: 'number' }, number(frames)),
      element('td', { className: 'number' }, number(samples))));
  return element('section', {}, element('h2', {}, 'Frames without a name, and what helps'),
    element('table', {}, element('thead', {}, element('tr', {},
      element('th', { scope: 'col' }, 'Why'), element('th', { scope: 'col', className: 'number' }, 'Frames'),
      element('th', { scope: 'col', className: 'number' }, 'Samples ending there'))),
    element('tbody', {}, ...rows)));
}

function drawSummary(profile, parent) {
  const { data } = profile;
  const sides = data.diff
    ? [[data.diff.before, data.summary_before], [data.diff.after, data.summary]]
    : [['', data.summary]];
  const parts = [];
  for (const [name, summary] of sides) {
    parts.push(element('section', {}, name ? element('h2', {}, name) : null, tiles(data.unit, summary)));
    const warnings = notices(summary);
    if (warnings.length > 0) parts.push(element('section', {}, ...warnings));
    parts.push(shares(profile, summary, 'Where the time went'), unknowns(profile, summary));
  }
  parent.replaceChildren(...parts.filter(Boolean));
}
