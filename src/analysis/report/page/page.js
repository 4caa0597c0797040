/* The page: its state, which the address's hash keeps, and what the reader does
 * to it. */

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const profile = new Profile(data);
byId('data').remove();

const START = {
  view: data.view, zoom: [], search: '', icicle: data.icicle, reversed: data.reversed,
  split: data.tiers_are_split, focus: null, lit: [], width: 'both', scale: 'relative',
  colour: data.diff ? 'change' : 'kind',
};
let state = { ...START };
let view = null;
let viewShape = '';
let zoomed = null;
let matches = null;
let searchError = false;

const graph = new Graph(profile, { canvas: byId('canvas'), stage: byId('stage'), room: byId('room') });
const table = new Table(profile,
  { table: byId('table'), filter: byId('filter'), shown: byId('shown'), more: byId('more') },
  (f) => change({ view: 'graph', focus: f, zoom: [] }, true));

/* ---- state and the address ---- */

function hashOf(of) {
  const words = new URLSearchParams();
  if (of.view !== START.view) words.set('view', of.view);
  if (of.zoom.length > 0) words.set('zoom', of.zoom.join('.'));
  if (of.search) words.set('search', of.search);
  if (of.icicle !== START.icicle) words.set('icicle', Number(of.icicle));
  if (of.reversed !== START.reversed) words.set('reversed', Number(of.reversed));
  if (of.split !== START.split) words.set('split', Number(of.split));
  if (of.focus !== null) words.set('focus', of.focus);
  if (of.lit.length > 0) words.set('lit', of.lit.map((c) => data.categories[c][0]).join('.'));
  for (const name of ['width', 'scale', 'colour'])
    if (of[name] !== START[name]) words.set(name, of[name]);
  return words.toString();
}

function oneOf(words, name, choices) {
  return choices.includes(words.get(name)) ? words.get(name) : START[name];
}

/* Anything may stand in an address: only what is known is taken. */
function stateOf(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const flag = (name) => (words.has(name) ? words.get(name) === '1' : START[name]);
  const focus = words.has('focus') ? Number(words.get('focus')) : null;
  return {
    view: oneOf(words, 'view', ['graph', 'summary', 'functions']),
    zoom: (words.get('zoom') ?? '').split('.').filter(Boolean)
      .map((key) => (key === '^' ? key : Number(key))),
    search: words.get('search') ?? '',
    icicle: flag('icicle'),
    reversed: flag('reversed'),
    split: flag('split'),
    focus: Number.isInteger(focus) && focus >= 0 && focus < profile.functionCount ? focus : null,
    lit: (words.get('lit') ?? '').split('.')
      .map((name) => data.categories.findIndex((row) => row[0] === name)).filter((c) => c >= 0),
    width: oneOf(words, 'width', ['both', 'before', 'after']),
    scale: oneOf(words, 'scale', ['relative', 'absolute']),
    colour: oneOf(words, 'colour', data.diff ? ['change', 'kind'] : ['kind']),
  };
}

/* `isStep`: the browser's Back returns to the state before. */
function remember(isStep) {
  const hash = hashOf(state);
  if (`#${hash}` === location.hash || (!hash && !location.hash)) return;
  const address = hash ? `#${hash}` : location.pathname + location.search;
  try {
    if (isStep) history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  } catch {
    /* Some places where a page can be shown have no address to change. */
  }
}

function change(what, isStep = false) {
  const old = state;
  state = { ...state, ...what };
  apply(old);
  remember(isStep);
}

function apply(old) {
  const shape = JSON.stringify([state.reversed, state.split, state.focus, state.width, state.scale]);
  if (shape !== viewShape) {
    profile.weigh(state.width, state.scale === 'relative');
    view = new View(profile, { isReversed: state.reversed, isSplit: state.split, focus: state.focus });
    viewShape = shape;
  }
  zoomed = view.find(state.zoom);
  if (zoomed === view.upRoot) zoomed = view.root;
  state.zoom = view.path(zoomed);
  if (!old || old.search !== state.search) search();
  showView();
  showButtons();
  if (state.view === 'graph') {
    showGraph(!old || old.zoom.join() !== state.zoom.join() || old.icicle !== state.icicle ||
      old.view !== state.view || old.reversed !== state.reversed || old.focus !== state.focus);
  }
}

/* ---- the parts ---- */

function showView() {
  for (const name of ['summary', 'graph', 'functions']) {
    const isShown = state.view === name;
    const tab = byId(`tab-${name}`);
    byId(name).hidden = !isShown;
    tab.setAttribute('aria-selected', String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
  }
  if (state.view === 'functions' && !byId('table').firstChild) table.draw();
  if (state.view === 'summary' && !byId('summary').firstChild) drawSummary(profile, byId('summary'));
  if (state.view !== 'graph') hideTip();
}

function pressed(id, isPressed) {
  byId(id).setAttribute('aria-pressed', String(isPressed));
}

function showButtons() {
  pressed('flame', !state.icicle);
  pressed('icicle', state.icicle);
  pressed('reversed', state.reversed);
  pressed('split', state.split);
  byId('reversed').disabled = state.focus !== null;
  byId('split').hidden = !profile.hasMixed;
  for (const button of byId('legend').querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(state.lit.includes(Number(button.dataset.category))));
  for (const select of byId('compared').querySelectorAll('select'))
    select.value = state[select.dataset.name];
  if (byId('search').value !== state.search) byId('search').value = state.search;
}

function showGraph(isMoved) {
  graph.show({
    view, zoomed, matches, isIcicle: state.icicle, lit: new Set(state.lit),
    byChange: state.colour === 'change',
  });
  if (isMoved) graph.scrollToZoomed();
  showCrumbs();
  showDetails(graph.hovered ?? graph.selected);
}

function search() {
  const query = state.search;
  matches = query ? profile.match(query) : null;
  searchError = query !== '' && matches === null;
  byId('search').setAttribute('aria-invalid', String(searchError));
  const out = byId('matches');
  if (searchError) {
    out.textContent = 'not a regular expression';
  } else if (!query) {
    out.textContent = '';
  } else {
    const count = matches.reduce((a, b) => a + b, 0);
    const weight = profile.matchedWeight(matches, profile.after.total);
    const all = profile.after.total[0];
    out.replaceChildren(element('b', {}, percent(weight, all)),
      ` matched: ${number(weight)} of ${number(all)} ${data.unit}, ${number(count)} ${count === 1 ? 'function' : 'functions'}`);
    if (profile.isDiff) {
      const before = profile.matchedWeight(matches, profile.before.total);
      out.append(` (before: ${percent(before, profile.before.total[0])})`);
    }
  }
}

function makeLegend() {
  const sums = new Float64Array(data.categories.length);
  const isSeen = new Uint8Array(data.categories.length);
  let all = 0;
  for (const category of profile.categoryOf) isSeen[category] = 1;
  for (const kinds of profile.functionKinds) {
    for (const [category, weight] of kinds) {
      sums[category] += weight;
      isSeen[category] = 1;
      all += weight;
    }
  }
  const items = data.categories.map((row, c) => {
    if (!isSeen[c] || row[0] === 'command') return null;
    const button = element('button',
      { type: 'button', data: { category: c }, title: `Highlight: ${row[1]}` },
      swatch(swatchColour(profile, c)), row[1], ' ',
      element('span', { className: 'share' }, percent(sums[c], all)));
    button.addEventListener('click', () => {
      const lit = state.lit.includes(c) ? state.lit.filter((one) => one !== c) : [...state.lit, c];
      change({ lit });
    });
    return element('li', {}, button);
  });
  byId('legend').replaceChildren(...items.filter(Boolean));
}

function choice(name, label, options) {
  const select = element('select', { data: { name } },
    ...options.map(([value, text]) => element('option', { value }, text)));
  select.addEventListener('change', () => change({ [name]: select.value }));
  return element('label', {}, label, select);
}

/* The legend of a differential: what its shades mean, and what is compared. */
function makeCompared() {
  if (!data.diff) return;
  const { before, after } = data.diff;
  const scale = element('canvas', { width: 156 * 2, height: 24, role: 'img', aria: { label: 'from gone (blue) over unchanged (grey) to new (red)' } });
  const on = scale.getContext('2d');
  graph.palette.diff.forEach((colour, i, list) => {
    on.fillStyle = colour;
    on.fillRect((i * scale.width) / list.length, 0, scale.width / list.length + 1, 24);
  });
  byId('compared').hidden = false;
  byId('compared').replaceChildren(
    element('span', { className: 'scale' }, `less than in ${before}`, scale, `more in ${after}`),
    choice('scale', 'Compare', [['relative', 'shares of each run'], ['absolute', `absolute ${data.unit}`]]),
    choice('width', 'Width', [['both', 'mean of both'], ['before', before], ['after', after]]),
    choice('colour', 'Colour', [['change', 'change'], ['kind', 'kind of code']]));
}

function showCrumbs() {
  const list = [];
  const link = (text, action, isLast) => {
    if (list.length > 0) list.push(element('span', { className: 'mark', aria: { hidden: 'true' } }, '›'));
    const button = element('button', { type: 'button', title: text }, text);
    if (isLast) button.setAttribute('aria-current', 'true');
    button.addEventListener('click', action);
    list.push(button);
  };
  const boxes = [];
  for (let at = zoomed; at; at = at.parent) boxes.unshift(at);
  if (state.focus !== null)
    link('all', () => change({ focus: null, zoom: [] }, true), false);
  boxes.forEach((box, i) => {
    const text = i === 0 && state.focus !== null ? `focus: ${view.label(box)}` : view.label(box);
    link(text, () => zoomTo(box), i === boxes.length - 1);
  });
  const crumbs = byId('crumbs');
  crumbs.replaceChildren(...list);
  crumbs.scrollLeft = crumbs.scrollWidth;
}

/* ---- what is said about a frame ---- */

function tierText(box) {
  const kinds = view.kinds(box);
  const all = kinds.reduce((sum, kind) => sum + kind[1], 0);
  return kinds.map(([category, weight]) => (kinds.length > 1
    ? `${data.categories[category][1]} ${percent(weight, all)}` : data.categories[category][1])).join(', ');
}

function weightRows(box) {
  const { unit } = data;
  const all = profile.after.total[0];
  if (profile.isDiff) {
    const allBefore = profile.before.total[0];
    const points = 100 * ((all ? box.after / all : 0) - (allBefore ? box.before / allBefore : 0));
    return [`${data.diff.before}: ${number(box.before)} ${unit}, ${percent(box.before, allBefore)}`,
      `${data.diff.after}: ${number(box.after)} ${unit}, ${percent(box.after, all)}`,
      `change: ${points > 0 ? '+' : ''}${points.toFixed(2)} percentage points`];
  }
  const rows = [`total: ${number(box.total)} ${unit}, ${percent(box.total, all)}`];
  if (!box.cursors) rows.push(`self: ${number(box.self)} ${unit}, ${percent(box.self, all)}`);
  if (zoomed !== view.root && !box.cursors && box.depth > zoomed.depth)
    rows.push(`${percent(box.total, zoomed.total)} of ${view.label(zoomed)}`);
  return rows;
}

function describe(box) {
  const f = view.functionOf(box);
  if (f < 0) {
    return { name: view.label(box), color: -1, rows: [...weightRows(box),
      `each below ${number(data.merged.least)} ${data.unit}; merged to keep the page small`] };
  }
  const { runtime, reason } = data.functions;
  const rows = [];
  const isInlined = (view.shape.isSplit ? [box.key] : profile.functionFrames[f])
    .every((frame) => data.frames.inlined[frame]);
  const kind = [tierText(box), runtime[f] ? data.runtimes[runtime[f]] : '', profile.module(f),
    isInlined ? 'inlined' : ''].filter(Boolean).join(' · ');
  if (profile.place(f)) rows.push(profile.place(f));
  if (box !== view.root || state.focus !== null) rows.push(kind);
  rows.push(...weightRows(box));
  if (profile.functionKinds[f].size > 1) {
    const all = [...profile.functionKinds[f].values()].reduce((a, b) => a + b, 0);
    rows.push(`the function everywhere: ${[...profile.functionKinds[f]].sort((a, b) => b[1] - a[1])
      .map(([category, weight]) => `${data.categories[category][1]} ${percent(weight, all)}`).join(', ')}`);
  }
  const told = { name: profile.name(f), color: view.category(box), rows };
  if (reason[f]) told.reason = `${data.reasons[reason[f]]}. What helps: ${data.remedies[reason[f]]}`;
  return told;
}

function fillIn(parent, told) {
  const name = element('div', { className: 'name' });
  if (told.color >= 0) name.append(swatch(swatchColour(profile, told.color)));
  name.append(told.name);
  const rows = element('div', { className: 'rows' }, ...told.rows.map((row) => element('div', {}, row)));
  if (told.reason) rows.append(element('div', { className: 'reason' }, told.reason));
  parent.replaceChildren(name, rows);
}

function showDetails(box) {
  const f = box ? view.functionOf(box) : -1;
  byId('focus').disabled = f < 0 || box === view.root;
  byId('copy').disabled = !box;
  fillIn(byId('details'), describe(box ?? zoomed));
}

function hideTip() {
  byId('tip').hidden = true;
}

function showTip(box, event) {
  const tip = byId('tip');
  fillIn(tip, describe(box));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - width - 8);
  const below = event.clientY + 18;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${below + height > innerHeight - 8 ? Math.max(8, event.clientY - height - 12) : below}px`;
}

function select(box) {
  graph.selected = box;
  graph.hovered = null;
  hideTip();
  if (box) {
    graph.reveal(box);
    const told = describe(box);
    byId('spoken').textContent = [told.name, ...told.rows, told.reason ?? ''].filter(Boolean).join(', ');
  }
  showDetails(box);
  graph.draw();
}

/* ---- actions ---- */

function zoomTo(box) {
  hideTip();
  change({ zoom: view.path(box) }, true);
  select(zoomed);
}

function focusOn(box) {
  const f = box ? view.functionOf(box) : -1;
  if (f < 0 || box === view.root) return;
  change({ focus: f, zoom: [] }, true);
  select(view.root);
}

function reset() {
  byId('search').value = '';
  graph.selected = null;
  hideTip();
  change({ zoom: [], search: '', focus: null, lit: [] }, true);
}

function nextMatch(step) {
  if (!matches) return;
  const found = graph.inOrder().filter((box) => graph.isMatch(box));
  if (found.length === 0) return;
  const at = found.indexOf(graph.selected);
  select(found[at < 0 ? 0 : (at + step + found.length) % found.length]);
}

async function copyName() {
  const box = graph.selected ?? zoomed;
  const f = view.functionOf(box);
  try {
    await navigator.clipboard.writeText(f < 0 ? view.label(box) : profile.texts[f]);
    byId('copy').textContent = 'Copied';
  } catch {
    byId('copy').textContent = 'Not allowed';
  }
  setTimeout(() => { byId('copy').textContent = 'Copy'; }, 1200);
}

const LETTERS = {
  f: () => focusOn(graph.selected),
  i: () => change({ icicle: !state.icicle }),
  r: () => state.focus === null && change({ reversed: !state.reversed, zoom: [] }),
  t: () => profile.hasMixed && change({ split: !state.split, zoom: [] }),
  c: () => copyName(),
  n: () => nextMatch(1),
  N: () => nextMatch(-1),
  1: () => change({ view: 'summary' }, true),
  2: () => change({ view: 'graph' }, true),
  3: () => change({ view: 'functions' }, true),
  '?': () => byId('keys').showModal(),
};

function zoomOut() {
  if (zoomed.parent) zoomTo(zoomed.parent);
  else if (state.focus !== null) change({ focus: null, zoom: [] }, true);
}

function onGraphKey(event) {
  const arrows = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };
  if (arrows[event.key]) select(graph.step(arrows[event.key]));
  else if (event.key === 'Enter' || event.key === ' ') zoomTo(graph.selected ?? zoomed);
  else if (event.key === 'Backspace') zoomOut();
  else if (event.key === 'Home') select(zoomed);
  else return;
  event.preventDefault();
}

function onKey(event) {
  const isTyping = event.target.matches('input, select');
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return;
  if (event.key === '/' && !isTyping) {
    const field = state.view === 'functions' ? 'filter' : 'search';
    if (state.view === 'summary') change({ view: 'graph' });
    byId(field).focus();
    byId(field).select();
    event.preventDefault();
  } else if (event.key === 'Escape' && state.view === 'graph') {
    reset();
    byId('canvas').focus();
  } else if (!isTyping && Object.hasOwn(LETTERS, event.key)) {
    LETTERS[event.key]();
    event.preventDefault();
  }
}

function onTabKey(event) {
  const names = ['summary', 'graph', 'functions'];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const to = names[(names.indexOf(state.view) + step + names.length) % names.length];
  change({ view: to }, true);
  byId(`tab-${to}`).focus();
}

function hover(event) {
  const box = graph.at(event.clientX, event.clientY);
  if (event.pointerType === 'touch') return;
  if (box) showTip(box, event);
  else hideTip();
  byId('canvas').style.cursor = box ? 'pointer' : 'default';
  if (box === graph.hovered) return;
  graph.hovered = box;
  showDetails(box ?? graph.selected);
  requestAnimationFrame(() => graph.draw());
}

function onClick(event) {
  const box = graph.at(event.clientX, event.clientY);
  if (!box) return;
  if (event.shiftKey) focusOn(box);
  else zoomTo(box);
}

function wire() {
  const canvas = byId('canvas');
  canvas.addEventListener('click', onClick);
  canvas.addEventListener('pointermove', hover);
  canvas.addEventListener('pointerleave', () => {
    graph.hovered = null;
    hideTip();
    showDetails(graph.selected);
    graph.draw();
  });
  canvas.addEventListener('keydown', onGraphKey);
  canvas.addEventListener('focus', () => select(graph.selected ?? zoomed));
  canvas.addEventListener('blur', () => graph.draw());
  byId('stage').addEventListener('scroll', () => graph.draw(), { passive: true });
  byId('search').addEventListener('input', (event) => change({ search: event.target.value }));
  byId('search').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    canvas.focus();
    nextMatch(1);
  });
  byId('flame').addEventListener('click', () => change({ icicle: false }));
  byId('icicle').addEventListener('click', () => change({ icicle: true }));
  byId('reversed').addEventListener('click', LETTERS.r);
  byId('split').addEventListener('click', LETTERS.t);
  byId('reset').addEventListener('click', reset);
  byId('help').addEventListener('click', LETTERS['?']);
  byId('focus').addEventListener('click', LETTERS.f);
  byId('copy').addEventListener('click', LETTERS.c);
  for (const name of ['summary', 'graph', 'functions'])
    byId(`tab-${name}`).addEventListener('click', () => change({ view: name }, true));
  document.querySelector('.tabs').addEventListener('keydown', onTabKey);
  document.addEventListener('keydown', onKey);
}

function recolour() {
  graph.recolour();
  makeLegend();
  makeCompared();
  byId('table').replaceChildren();
  byId('summary').replaceChildren();
  apply(state);
}

function watch() {
  const restore = () => {
    const old = state;
    state = stateOf(location.hash);
    apply(old);
  };
  addEventListener('popstate', restore);
  addEventListener('hashchange', restore);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
  new ResizeObserver(() => state.view === 'graph' && showGraph(false)).observe(byId('stage'));
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    recolour();
    graph.draw(Math.min(Math.max(graph.contentHeight, byId('stage').clientHeight), 8000));
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    recolour();
  });
}

function facts() {
  const { summary, diff, unit } = data;
  const words = [];
  if (diff) {
    words.push(`${diff.before} (${number(profile.before.total[0])} ${unit}) → ${diff.after} (${number(profile.after.total[0])} ${unit})`);
  } else {
    words.push(`${number(profile.after.total[0])} ${unit}`);
    if (summary.event) words.push(summary.event + (summary.frequency ? ` at ${number(summary.frequency)} Hz` : ''));
    if (summary.duration_ns > 0) words.push(seconds(summary.duration_ns));
    if (summary.command && summary.command !== data.title) words.push(plain(summary.command));
    if (summary.user_samples > 0)
      words.push(`${percent(summary.user_samples_named, summary.user_samples)} of user samples named`);
    if (summary.lost_samples > 0) words.push(`${number(summary.lost_samples)} lost`);
  }
  byId('facts').textContent = words.join(' · ');
  byId('title').textContent = plain(data.title);
  byId('title').title = plain(data.title);
  const { merged } = data;
  if (merged.frames > 0) {
    byId('merged').textContent = `${number(merged.frames)} frames with fewer than ${number(merged.least)} ${unit} each are merged into “${NARROW_LABEL}”; ${number(merged.weight)} ${unit} (${percent(merged.weight, profile.after.total[0] + (diff ? profile.before.total[0] : 0))}) end in them. The table of functions counts them all; --min-share 0 keeps them here.`;
  }
}

facts();
makeLegend();
makeCompared();
wire();
state = stateOf(location.hash);
apply(null);
remember(false);
watch();

/* A small, stable hook for tests. */
window.jitney = {
  state: () => ({ ...state, zoomed: view.label(zoomed), selected: graph.selected && view.label(graph.selected), searchError }),
  frames: () => graph.geometry(),
  frame: (name) => graph.geometry().find((frame) => frame.name === name),
  nodes: profile.count,
};
