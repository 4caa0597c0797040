/* The profile on this page, and the trees it can be seen as. A view is made
 * level by level and only where it is wide enough to be drawn, so that any
 * view of a large profile is there at once. */

const NARROW_LABEL = 'narrower frames';
const MOST_LEVELS = 512; /* of callers; recursion can be deeper than any picture */

/* Control characters and those that turn the direction of text would make a
 * name look like another one. */
function plain(text) {
  return text
    .replace(/[\u0000-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');
}

class Profile {
  constructor(data) {
    this.data = data;
    const { nodes, functions, frames } = data;
    this.isDiff = data.diff !== null;
    this.strings = data.strings.map(plain);
    this.functionCount = functions.name.length;
    this.frameCount = frames.function.length;
    this.count = nodes.frame.length;
    this.parent = new Int32Array(this.count);
    this.frame = Int32Array.from(nodes.frame);
    this.first = new Int32Array(this.count);
    this.next = new Int32Array(this.count);
    for (let i = this.count - 1; i > 0; i--) {
      const parent = i - nodes.parent[i];
      this.parent[i] = parent;
      this.next[i] = this.first[parent];
      this.first[parent] = i;
    }
    this.after = this.addUp(nodes.self);
    this.before = this.isDiff ? this.addUp(nodes.before_self) : null;
    this.self = this.after.self;
    this.total = this.after.total;
    this.readFrames();
  }

  addUp(self) {
    const total = Float64Array.from(self);
    for (let i = this.count - 1; i > 0; i--) total[this.parent[i]] += total[i];
    return { self: Float64Array.from(self), total };
  }

  readFrames() {
    const { functions, frames } = this.data;
    this.functionOf = Int32Array.from(frames.function);
    this.categoryOf = Uint8Array.from(frames.category);
    /* A function whose code is of more than one kind; what it mostly was. */
    this.isMixed = new Uint8Array(this.functionCount);
    const seen = new Int16Array(this.functionCount).fill(-1);
    this.functionCategory = new Uint8Array(this.functionCount);
    this.functionFrames = Array.from({ length: this.functionCount }, () => []);
    for (let i = 0; i < this.frameCount; i++) {
      const f = this.functionOf[i];
      if (seen[f] >= 0 && seen[f] !== this.categoryOf[i]) this.isMixed[f] = 1;
      seen[f] = this.categoryOf[i];
      this.functionFrames[f].push(i);
    }
    this.readKinds(seen);
    this.hasMixed = this.isMixed.includes(1);
    this.texts = functions.name.map((_, f) => {
      const place = this.place(f);
      const text = this.name(f) + (place ? ` ${place}` : '');
      return this.isUnknown(f) ? `${text} [unknown]` : text;
    });
  }

  /* What kinds of code each function's own samples ran as, and the kind it
   * mostly is. */
  readKinds(otherwise) {
    const { kinds } = this.data;
    this.functionKinds = Array.from({ length: this.functionCount }, () => new Map());
    for (let i = 0; i < kinds.length; i += 3) {
      const sums = this.functionKinds[kinds[i]];
      sums.set(kinds[i + 1], (sums.get(kinds[i + 1]) ?? 0) + kinds[i + 2]);
    }
    this.functionKinds.forEach((sums, f) => {
      let most = 0;
      this.functionCategory[f] = otherwise[f];
      for (const [category, weight] of sums) {
        if (weight <= most) continue;
        most = weight;
        this.functionCategory[f] = category;
      }
    });
  }

  isUnknown(f) {
    return this.data.categories[this.categoryOf[this.functionFrames[f][0]]][0] === 'unknown';
  }

  /* A frame without a name is called after the module it lies in, as in every
   * other report. */
  name(f) {
    const module = this.isUnknown(f) ? this.module(f) : '';
    if (!module) return this.strings[this.data.functions.name[f]];
    return module.startsWith('[') ? module : `[${module}]`;
  }

  file(f) { return this.strings[this.data.functions.file[f]]; }
  module(f) { return this.strings[this.data.functions.module[f]]; }
  place(f) {
    const file = this.file(f);
    const line = this.data.functions.line[f];
    return file ? file + (line ? ':' + line : '') : '';
  }

  /* The weight that widths stand for, of a differential: `width` is "both",
   * "before" or "after"; `isRelative` makes both sides equally heavy. */
  weigh(width, isRelative) {
    if (!this.isDiff) return;
    const a = this.before.total[0];
    const b = this.after.total[0];
    const all = Math.max(a, b);
    this.beforeScale = isRelative && a > 0 ? all / a : 1;
    this.afterScale = isRelative && b > 0 ? all / b : 1;
    const x = width === 'after' ? 0 : this.beforeScale;
    const y = width === 'before' ? 0 : this.afterScale;
    const half = width === 'both' ? 0.5 : 1;
    const mix = (p, q) => p.map((v, i) => (v * x + q[i] * y) * half);
    this.self = mix(this.before.self, this.after.self);
    this.total = mix(this.before.total, this.after.total);
  }

  /* Which functions a search matches; null when the text is no expression. */
  match(query) {
    let test = null;
    const regex = /^\/(.*)\/([imsu]*)$/s.exec(query);
    try {
      if (regex) {
        const expression = new RegExp(regex[1], regex[2]);
        test = (text) => expression.test(text);
      }
    } catch {
      return null;
    }
    if (!test) {
      const low = query.toLowerCase();
      test = (text) => text.toLowerCase().includes(low);
    }
    return Uint8Array.from(this.texts, (text) => (test(text) ? 1 : 0));
  }

  /* The weight of the samples that have a match anywhere in their stack: a
   * match below another one is counted with it, not again. */
  matchedWeight(matches, totals) {
    const inside = new Uint8Array(this.count);
    let weight = 0;
    for (let i = 0; i < this.count; i++) {
      if (i > 0 && inside[this.parent[i]]) {
        inside[i] = 1;
      } else if (this.frame[i] >= 0 && matches[this.functionOf[this.frame[i]]]) {
        inside[i] = 1;
        weight += totals[i];
      }
    }
    return weight;
  }
}

/* One box of a view. Going down, `items` are nodes of the profile; going up,
 * each item is an origin, whose weight it brings, and a cursor, where its climb
 * towards the root has come to. */
class Box {
  constructor(view, parent, key, depth) {
    this.view = view;
    this.parent = parent;
    this.key = key;
    this.depth = depth;
    this.total = 0;
    this.self = 0;
    this.before = 0;
    this.after = 0;
    this.items = [];
    this.cursors = null;
    this.kids = null;
    this.kinds = null;
  }
}

class View {
  /* shape: { isReversed, isSplit, focus: function or null } */
  constructor(profile, shape) {
    this.profile = profile;
    this.shape = shape;
    this.keyCount = (shape.isSplit ? profile.frameCount : profile.functionCount) + 1;
    this.narrowKey = this.keyCount - 1;
    this.groupOf = new Int32Array(this.keyCount).fill(-1);
    this.upRoot = null;
    if (shape.focus !== null) this.makeFocus(shape.focus);
    else if (shape.isReversed) this.makeReversed();
    else this.makeForward();
  }

  keyOf(node) {
    const frame = this.profile.frame[node];
    if (frame < 0) return this.narrowKey;
    return this.shape.isSplit ? frame : this.profile.functionOf[frame];
  }

  functionOf(box) {
    if (box.key === this.narrowKey) return -1;
    return this.shape.isSplit ? this.profile.functionOf[box.key] : box.key;
  }

  add(box, node, totals) {
    const { profile } = this;
    box.items.push(node);
    box.total += profile[totals][node];
    box.after += profile.after[totals][node];
    if (profile.isDiff) box.before += profile.before[totals][node];
    if (totals === 'total') box.self += profile.self[node];
  }

  makeForward() {
    this.root = new Box(this, null, this.keyOf(0), 0);
    this.add(this.root, 0, 'total');
  }

  makeReversed() {
    const { profile } = this;
    this.weights = 'self';
    this.root = new Box(this, null, this.keyOf(0), 0);
    this.root.cursors = [];
    this.root.isTop = true;
    for (let i = 0; i < profile.count; i++) {
      if (profile.self[i] === 0 && profile.after.self[i] === 0 &&
          !(profile.isDiff && profile.before.self[i] > 0)) continue;
      this.add(this.root, i, 'self');
      this.root.cursors.push(i);
    }
  }

  /* The function's outermost calls, merged: below them what it calls, and the
   * other way who calls it. */
  makeFocus(f) {
    const { profile } = this;
    const inside = new Uint8Array(profile.count);
    const key = this.shape.isSplit ? profile.functionFrames[f][0] : f;
    this.weights = 'total';
    this.root = new Box(this, null, key, 0);
    this.upRoot = new Box(this, null, key, 0);
    this.upRoot.cursors = [];
    for (let i = 0; i < profile.count; i++) {
      if (i > 0 && inside[profile.parent[i]]) {
        inside[i] = 1;
      } else if (profile.frame[i] >= 0 && profile.functionOf[profile.frame[i]] === f) {
        inside[i] = 1;
        this.add(this.root, i, 'total');
        this.add(this.upRoot, i, 'total');
        this.upRoot.cursors.push(i);
      }
    }
  }

  children(box) {
    if (!box.kids) {
      box.kids = box.cursors ? this.callers(box) : this.callees(box);
      box.kids.sort((a, b) => this.compare(a, b));
    }
    return box.kids;
  }

  compare(a, b) {
    if ((a.key === this.narrowKey) !== (b.key === this.narrowKey))
      return a.key === this.narrowKey ? 1 : -1;
    if (a.total !== b.total) return b.total - a.total;
    const left = this.label(a);
    const right = this.label(b);
    if (left !== right) return left < right ? -1 : 1;
    return a.key - b.key;
  }

  childFor(box, kids, node, depth) {
    const key = this.keyOf(node);
    if (this.groupOf[key] < 0) {
      this.groupOf[key] = kids.length;
      kids.push(new Box(this, box, key, depth));
    }
    return kids[this.groupOf[key]];
  }

  callees(box) {
    const { profile } = this;
    const kids = [];
    for (const item of box.items)
      for (let node = profile.first[item]; node; node = profile.next[node])
        this.add(this.childFor(box, kids, node, box.depth + 1), node, 'total');
    for (const kid of kids) this.groupOf[kid.key] = -1;
    return kids.filter((kid) => kid.total > 0);
  }

  callers(box) {
    const { profile } = this;
    const kids = [];
    const depth = this.weights === 'self' ? box.depth + 1 : box.depth - 1;
    if (Math.abs(depth) > MOST_LEVELS) return kids;
    for (let i = 0; i < box.items.length; i++) {
      const node = box.isTop ? box.items[i] : profile.parent[box.cursors[i]];
      if (node === 0) continue;
      const kid = this.childFor(box, kids, node, depth);
      kid.cursors ??= [];
      kid.cursors.push(node);
      this.add(kid, box.items[i], this.weights);
    }
    for (const kid of kids) this.groupOf[kid.key] = -1;
    return kids.filter((kid) => kid.total > 0);
  }

  /* How many frames were merged into a narrow box. */
  merged(box) {
    let count = 0;
    const nodes = box.cursors ?? box.items;
    for (const node of nodes) count -= Math.min(0, this.profile.frame[node]);
    return count;
  }

  label(box) {
    const f = this.functionOf(box);
    return f < 0 ? `${this.merged(box)} ${NARROW_LABEL}` : this.profile.name(f);
  }

  /* [[category, weight]…], the heaviest first. */
  kinds(box) {
    if (box.kinds) return box.kinds;
    const { profile } = this;
    const f = this.functionOf(box);
    if (f < 0) {
      box.kinds = [];
    } else if (this.shape.isSplit || !profile.isMixed[f]) {
      const frame = this.shape.isSplit ? box.key : profile.functionFrames[f][0];
      box.kinds = [[profile.categoryOf[frame], box.total]];
    } else {
      const sums = new Map();
      const nodes = box.cursors ?? box.items;
      const weights = box.cursors ? profile[this.weights] : profile.total;
      nodes.forEach((node, i) => {
        const category = profile.categoryOf[profile.frame[node]];
        sums.set(category, (sums.get(category) ?? 0) + weights[box.items[i]]);
      });
      box.kinds = [...sums].sort((a, b) => b[1] - a[1]);
    }
    return box.kinds;
  }

  category(box) {
    return this.kinds(box)[0]?.[0] ?? -1;
  }

  /* Follow keys from the root as far as they lead. Boxes of callers have their
   * path begin with '^'. */
  find(path) {
    let keys = path;
    let box = this.root;
    if (keys[0] === '^') {
      keys = keys.slice(1);
      box = this.upRoot ?? this.root;
    }
    for (const key of keys) {
      const kid = this.children(box).find((one) => one.key === key);
      if (!kid) break;
      box = kid;
    }
    return box;
  }

  path(box) {
    const keys = [];
    let at = box;
    for (; at.parent; at = at.parent) keys.unshift(at.key);
    return at === this.upRoot ? ['^', ...keys] : keys;
  }
}
