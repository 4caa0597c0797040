/* The flame graph: lays out the visible part of a view, draws it on one canvas
 * and finds the box under a point. */

const ROW = 19;
const GAP = 1;
const LEAST_PIXELS = 0.3;
const LABEL_PIXELS = 26;
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

function number(value) {
  return Math.round(value).toLocaleString('en-US');
}

function percent(part, all) {
  const value = all > 0 ? (100 * part) / all : 0;
  return `${value.toFixed(value > 0 && value < 0.1 ? 3 : 2)}%`;
}

function element(tag, properties = {}, ...children) {
  const { data, aria, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria ?? {})) made.setAttribute(`aria-${name}`, value);
  Object.assign(made.dataset, data);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/* Paper is light whatever the screen is. */
function isDark() {
  return matchMedia('(prefers-color-scheme: dark)').matches &&
    !document.documentElement.classList.contains('printing');
}

function channels(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

function mixed(hex, other, part) {
  const b = channels(other);
  const sum = channels(hex).map((v, i) => Math.round(v * (1 - part) + b[i] * part));
  return `rgb(${sum.join(' ')})`;
}

/* The colours of the page's present scheme. Three shades a category keep
 * neighbours of one kind apart. */
class Palette {
  constructor(profile) {
    const { data } = profile;
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(name).trim();
    this.isDark = isDark();
    this.page = value('--page');
    this.ink = value('--ink');
    this.soft = value('--soft');
    this.accent = value('--accent');
    this.match = value('--match');
    this.matchInk = value('--match-ink');
    this.narrow = value('--narrow');
    this.plain = data.categories.map((row) => row[this.isDark ? 3 : 2]);
    const [lighter, darker] = this.isDark ? [0.05, 0.1] : [0.16, 0.05];
    this.shades = this.plain.map((hex) => [hex, mixed(hex, '#ffffff', lighter),
      mixed(hex, '#201810', darker)]);
    this.dim = this.plain.map((hex) => mixed(hex, this.page, 0.74));
    this.dimNarrow = mixed(this.narrow, this.page, 0.6);
    this.unknown = data.categories.findIndex((row) => row[0] === 'unknown');
    this.diff = data.diff ? data.diff[this.isDark ? 'dark' : 'light'] : [];
    this.dimDiff = this.diff.map((hex) => mixed(hex, this.page, 0.74));
  }

  /* Unknown code is striped: its kind is told without colour as well. */
  hatch(context, ratio) {
    const tile = document.createElement('canvas');
    tile.width = tile.height = 6 * ratio;
    const on = tile.getContext('2d');
    on.scale(ratio, ratio);
    on.fillStyle = this.plain[this.unknown];
    on.fillRect(0, 0, 6, 6);
    on.strokeStyle = this.isDark ? '#4d525b' : '#d6d0c5';
    on.lineWidth = 1.2;
    on.beginPath();
    for (const x of [-6, 0, 6]) {
      on.moveTo(x - 1, 7);
      on.lineTo(x + 7, -1);
    }
    on.stroke();
    const pattern = context.createPattern(tile, 'repeat');
    pattern.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern;
  }
}

class Graph {
  constructor(profile, parts) {
    this.profile = profile;
    this.canvas = parts.canvas;
    this.stage = parts.stage;
    this.room = parts.room;
    this.context = this.canvas.getContext('2d');
    this.widths = new Map();
    this.rows = new Map(); /* depth -> [{box, x, w}], from left to right */
    this.places = new Map(); /* box -> {x, w} */
    this.selected = null;
    this.hovered = null;
    this.view = null;
    this.zoomed = null;
    this.recolour();
  }

  recolour() {
    this.palette = new Palette(this.profile);
    this.pattern = null;
  }

  /* What to show: { view, zoomed, isIcicle, matches, lit, byChange }. */
  show(what) {
    Object.assign(this, what);
    this.layOut();
    if (this.selected && !this.places.has(this.selected)) this.selected = null;
    this.hovered = null;
    this.draw();
  }

  layOut() {
    this.width = this.stage.clientWidth;
    this.rows.clear();
    this.places.clear();
    this.ancestors = new Set();
    for (let at = this.zoomed.parent; at; at = at.parent) {
      this.put(at, 0, this.width);
      this.ancestors.add(at);
    }
    this.spread(this.zoomed);
    if (this.view.upRoot && this.zoomed === this.view.root) this.spread(this.view.upRoot);
    const depths = [...this.rows.keys()];
    this.least = Math.min(...depths);
    this.most = Math.max(...depths);
    this.contentHeight = (this.most - this.least + 1) * ROW;
    this.room.style.height = `${Math.max(this.contentHeight, 1)}px`;
  }

  put(box, x, w) {
    if (!this.rows.has(box.depth)) this.rows.set(box.depth, []);
    this.rows.get(box.depth).push({ box, x, w });
    this.places.set(box, { x, w });
  }

  /* No recursion: stacks can be thousands of frames deep. */
  spread(top) {
    const scale = top.total > 0 ? this.width / top.total : 0;
    const isSecond = top === this.view.upRoot && this.zoomed !== top;
    const waiting = [{ box: top, x: 0 }];
    while (waiting.length > 0) {
      const { box, x } = waiting.pop();
      const w = box.total * scale;
      if (!(isSecond && box === top)) this.put(box, x, w);
      let left = x;
      const kids = w >= LEAST_PIXELS ? this.view.children(box) : [];
      const placed = [];
      for (const kid of kids) {
        if (kid.total * scale < LEAST_PIXELS) continue;
        placed.push({ box: kid, x: left });
        left += kid.total * scale;
      }
      waiting.push(...placed.reverse());
    }
  }

  /* From the top of the content, which may be higher than what is visible. */
  top(depth) {
    if (this.isIcicle) return (depth - this.least) * ROW;
    const slack = Math.max(0, this.stage.clientHeight - this.contentHeight);
    return slack + (this.most - depth) * ROW;
  }

  depthAt(y) {
    const rows = y + this.stage.scrollTop;
    if (this.isIcicle) return this.least + Math.floor(rows / ROW);
    const slack = Math.max(0, this.stage.clientHeight - this.contentHeight);
    return this.most - Math.floor((rows - slack) / ROW);
  }

  /* The zoomed frame comes near the end that its tree grows from. */
  scrollToZoomed() {
    let part = this.isIcicle ? 0.3 : 0.7;
    if (this.view.upRoot && this.zoomed === this.view.root) part = 0.5;
    this.stage.scrollTop = this.top(this.zoomed.depth) - part * this.stage.clientHeight;
    this.draw();
  }

  reveal(box) {
    const y = this.top(box.depth);
    const { scrollTop, clientHeight } = this.stage;
    if (y < scrollTop) this.stage.scrollTop = y - ROW;
    else if (y + ROW > scrollTop + clientHeight) this.stage.scrollTop = y + 2 * ROW - clientHeight;
  }

  at(clientX, clientY) {
    const bounds = this.canvas.getBoundingClientRect();
    const x = clientX - bounds.left;
    const row = this.rows.get(this.depthAt(clientY - bounds.top));
    if (!row || x < 0 || x > this.width) return null;
    let low = 0;
    let high = row.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (row[middle].x <= x) low = middle;
      else high = middle - 1;
    }
    const found = row[low];
    return x >= found.x && x < found.x + found.w ? found.box : null;
  }

  isMatch(box) {
    const f = this.view.functionOf(box);
    return this.matches !== null && f >= 0 && this.matches[f] === 1;
  }

  isLit(box) {
    if (this.lit.size === 0) return true;
    return this.view.kinds(box).some(([category]) => this.lit.has(category));
  }

  shade(box) {
    const { diff } = this.palette;
    const { before, after } = this.profile;
    const scaleA = this.profile.beforeScale;
    const scaleB = this.profile.afterScale;
    const a = before.total[0] ? box.before * scaleA : 0;
    const b = after.total[0] ? box.after * scaleB : 0;
    const middle = (diff.length - 1) / 2;
    const most = Math.max(a, b);
    return middle + (most > 0 ? Math.round(((b - a) / most) * middle) : 0);
  }

  fill(box) {
    const { palette } = this;
    const isSearching = this.matches !== null;
    const isDim = (isSearching && !this.isMatch(box)) || !this.isLit(box);
    const category = this.view.category(box);
    if (isSearching && !isDim) return palette.match;
    if (category < 0) return isDim ? palette.dimNarrow : palette.narrow;
    if (this.byChange) return (isDim ? palette.dimDiff : palette.diff)[this.shade(box)];
    if (isDim) return palette.dim[category];
    if (category === palette.unknown) return this.pattern;
    const f = this.view.functionOf(box);
    return palette.shades[category][(f * 7 + (f >> 4)) % 3];
  }

  resize(height) {
    const ratio = window.devicePixelRatio || 1;
    const w = Math.max(1, Math.round(this.width * ratio));
    const h = Math.max(1, Math.round(height * ratio));
    if (this.canvas.width !== w || this.canvas.height !== h || this.ratio !== ratio) {
      this.canvas.width = w;
      this.canvas.height = h;
      this.canvas.style.height = `${height}px`;
      this.pattern = null;
    }
    this.ratio = ratio;
    this.pattern ??= this.palette.hatch(this.context, ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  draw(height = this.stage.clientHeight) {
    if (!this.view || this.width === 0 || height === 0) return;
    const { context } = this;
    this.resize(height);
    context.fillStyle = this.palette.page;
    context.fillRect(0, 0, this.width, height);
    context.font = FONT;
    context.textBaseline = 'middle';
    const up = height > this.stage.clientHeight ? 0 : this.stage.scrollTop;
    for (const [depth, row] of this.rows) {
      const y = this.top(depth) - up;
      if (y < -ROW || y > height) continue;
      for (const place of row) this.drawBox(place, y);
    }
    if (this.view.upRoot) this.drawRing(this.view.root, up, 2, this.palette.ink);
    this.drawRing(this.hovered, up, 1.5, this.palette.ink);
    const hasFocus = document.activeElement === this.canvas;
    this.drawRing(this.selected, up, 2.5, hasFocus ? this.palette.accent : this.palette.soft);
  }

  drawBox({ box, x, w }, y) {
    const { context } = this;
    const width = w > 3 ? w - GAP : Math.max(w * 0.75, LEAST_PIXELS);
    context.globalAlpha = this.ancestors.has(box) ? 0.6 : 1;
    context.fillStyle = this.fill(box);
    context.fillRect(x, y, width, ROW - GAP);
    if (w > 12 && !this.byChange) this.drawStrip(box, x, y, width);
    context.globalAlpha = 1;
    if (w >= LABEL_PIXELS) this.drawLabel(box, x, y, width);
  }

  /* A function that ran as more than one kind of code, and a match, which has
   * lost its colour: a strip at the bottom tells the kinds. */
  drawStrip(box, x, y, width) {
    const kinds = this.view.kinds(box);
    const isMatch = this.isMatch(box);
    if (!(kinds.length > 1 || isMatch)) return;
    const all = kinds.reduce((sum, kind) => sum + kind[1], 0);
    let left = x;
    for (const [category, weight] of kinds) {
      const part = (width * weight) / all;
      this.context.fillStyle = this.palette.plain[category];
      this.context.fillRect(left, y + ROW - GAP - 4, part, 4);
      if (kinds.length > 1) {
        this.context.fillStyle = 'rgb(0 0 0 / 22%)';
        this.context.fillRect(left, y + ROW - GAP - 4, part, 1);
      }
      left += part;
    }
  }

  measure(text) {
    let width = this.widths.get(text);
    if (width === undefined) {
      width = this.context.measureText(text).width;
      this.widths.set(text, width);
    }
    return width;
  }

  fit(text, room) {
    const full = this.measure(text);
    if (full <= room) return text;
    let keep = Math.floor((text.length * room) / full) - 1;
    while (keep > 1 && this.context.measureText(`${text.slice(0, keep)}…`).width > room) keep--;
    return keep > 1 ? `${text.slice(0, keep)}…` : '';
  }

  drawLabel(box, x, y, width) {
    const { context, palette } = this;
    const f = this.view.functionOf(box);
    const shift = Math.max(0, -x);
    const room = width - 8 - shift;
    const text = this.view.label(box);
    const shown = this.fit(text, room);
    const isDim = (this.matches !== null && !this.isMatch(box)) || !this.isLit(box);
    if (!shown) return;
    context.fillStyle = isDim ? palette.soft : palette.ink;
    if (!isDim && this.matches !== null) context.fillStyle = palette.matchInk;
    const middle = y + (ROW - GAP) / 2 + 0.5;
    context.fillText(shown, x + 4 + shift, middle);
    if (shown !== text || f < 0) return;
    const place = this.profile.place(f).replace(/^.*\//, '');
    const used = this.measure(text) + 8;
    if (!place || used + 30 > room) return;
    context.globalAlpha = 0.62;
    context.fillText(this.fit(place, room - used), x + 4 + shift + used, middle);
    context.globalAlpha = 1;
  }

  drawRing(box, up, thick, colour) {
    const place = box && this.places.get(box);
    if (!place) return;
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(place.x + thick / 2, this.top(box.depth) - up + thick / 2,
      Math.max(place.w - GAP - thick, 1), ROW - GAP - thick);
  }

  /* The frame that an arrow key leads to. `outward` is away from the root. */
  step(direction) {
    const box = this.selected ?? this.zoomed;
    if (!this.selected) return box;
    if (direction === 'left' || direction === 'right') {
      const row = this.rows.get(box.depth);
      const i = row.findIndex((place) => place.box === box);
      return row[i + (direction === 'left' ? -1 : 1)]?.box ?? box;
    }
    const isDeeper = (direction === 'up') !== this.isIcicle;
    const isCaller = this.view.weights === 'total' && box.cursors;
    if (this.view.upRoot && box === this.view.root && !isDeeper)
      return this.firstShown(this.view.upRoot) ?? box;
    if (isDeeper !== Boolean(isCaller)) return this.firstShown(box) ?? box;
    if (box.parent === this.view.upRoot && box.parent) return this.view.root;
    return box.parent ?? box;
  }

  firstShown(box) {
    return this.view.children(box).find((kid) => this.places.has(kid));
  }

  /* All boxes that are laid out, row by row from the root. */
  inOrder() {
    const depths = [...this.rows.keys()].sort((a, b) => a - b);
    return depths.flatMap((depth) => this.rows.get(depth).map((place) => place.box));
  }

  /* The frames as they lie in the window: for tests. */
  geometry() {
    const bounds = this.canvas.getBoundingClientRect();
    const list = [];
    for (const [depth, row] of this.rows) {
      for (const { box, x, w } of row) {
        list.push({
          name: this.view.label(box), key: box.key, depth, total: box.total, self: box.self,
          before: box.before, after: box.after, category: this.view.category(box),
          x: bounds.left + x, y: bounds.top + this.top(depth) - this.stage.scrollTop,
          width: w, height: ROW - GAP, isMatch: this.isMatch(box), isLit: this.isLit(box),
        });
      }
    }
    return list;
  }
}
