"use strict";
// Small real programs: searching, sorting, graphs, numbers, games, compression, text.
let seed = 2463534242;
function random(n) { seed ^= seed << 13; seed ^= seed >>> 17; seed ^= seed << 5; return (seed >>> 0) % n; }

class Heap {
  constructor(less) { this.less = less; this.items = []; }
  get size() { return this.items.length; }
  push(item) {
    const items = this.items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.less(items[at], items[parent])) break;
      [items[at], items[parent]] = [items[parent], items[at]];
      at = parent;
    }
  }
  pop() {
    const items = this.items, top = items[0], last = items.pop();
    if (items.length === 0) return top;
    items[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < items.length && this.less(items[child], items[least])) least = child;
      if (least === at) return top;
      [items[at], items[least]] = [items[least], items[at]];
      at = least;
    }
  }
}

function dijkstra(size, edges, from) {
  const near = Array.from({ length: size }, () => []);
  for (const [a, b, w] of edges) { near[a].push({ to: b, w }); near[b].push({ to: a, w }); }
  const distance = new Array(size).fill(Infinity);
  const heap = new Heap((x, y) => x.d < y.d);
  distance[from] = 0;
  heap.push({ at: from, d: 0 });
  while (heap.size > 0) {
    const { at, d } = heap.pop();
    if (d > distance[at]) continue;
    for (const { to, w } of near[at]) {
      if (d + w < distance[to]) { distance[to] = d + w; heap.push({ at: to, d: d + w }); }
    }
  }
  return distance;
}
const edges = [];
for (let i = 0; i < 600; i++) edges.push([random(150), random(150), 1 + random(50)]);
console.log(dijkstra(150, edges, 0).join(" "));

function quickSort(list, low = 0, high = list.length - 1) {
  while (low < high) {
    const pivot = list[(low + high) >> 1];
    let i = low, k = high;
    while (i <= k) {
      while (list[i] < pivot) i++;
      while (list[k] > pivot) k--;
      if (i <= k) { const t = list[i]; list[i++] = list[k]; list[k--] = t; }
    }
    if (k - low < high - i) { quickSort(list, low, k); low = i; } else { quickSort(list, i, high); high = k; }
  }
  return list;
}
const numbers = Array.from({ length: 1500 }, () => random(100000));
const sorted = quickSort(numbers.slice());
console.log(sorted.every((x, i) => i === 0 || sorted[i - 1] <= x), sorted[0], sorted[750], quickSort(["b", "a", "c"]), quickSort([0.5, -1, 2, 1e9, -1e9]));

function mergeSort(list) {
  if (list.length < 2) return list;
  const middle = list.length >> 1, left = mergeSort(list.slice(0, middle)), right = mergeSort(list.slice(middle));
  const out = [];
  let i = 0, k = 0;
  while (i < left.length && k < right.length) out.push(left[i] <= right[k] ? left[i++] : right[k++]);
  return out.concat(left.slice(i), right.slice(k));
}
console.log(mergeSort(numbers).join() === sorted.join());

function queens(n) {
  let count = 0;
  const place = (row, columns, up, down) => {
    if (row === n) { count++; return; }
    for (let free = ~(columns | up | down) & ((1 << n) - 1); free !== 0;) {
      const bit = free & -free;
      free ^= bit;
      place(row + 1, columns | bit, (up | bit) << 1, (down | bit) >> 1);
    }
  };
  place(0, 0, 0, 0);
  return count;
}
console.log([1, 2, 3, 4, 5, 6, 7, 8].map(queens));

function life(width, height, rounds) {
  let cells = new Uint8Array(width * height);
  for (const [x, y] of [[1, 0], [2, 1], [0, 2], [1, 2], [2, 2], [10, 10], [11, 10], [12, 10]]) cells[y * width + x] = 1;
  for (let r = 0; r < rounds; r++) {
    const next = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
      let n = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) if (dx || dy) n += cells[(y + dy + height) % height * width + (x + dx + width) % width];
      next[y * width + x] = n === 3 || (n === 2 && cells[y * width + x]) ? 1 : 0;
    }
    cells = next;
  }
  let text = "";
  for (let y = 0; y < height; y++) text += Array.from(cells.subarray(y * width, (y + 1) * width), (c) => c ? "#" : ".").join("") + "\n";
  return text;
}
console.log(life(20, 16, 30));

function bigFactorial(n) {
  let digits = [1];
  for (let f = 2; f <= n; f++) {
    let carry = 0;
    for (let i = 0; i < digits.length; i++) { const t = digits[i] * f + carry; digits[i] = t % 10000; carry = Math.floor(t / 10000); }
    while (carry > 0) { digits.push(carry % 10000); carry = Math.floor(carry / 10000); }
  }
  return digits.reverse().map((d, i) => i === 0 ? String(d) : String(d).padStart(4, "0")).join("");
}
console.log(bigFactorial(25), bigFactorial(200).length);

function lzw(text) {
  const table = new Map();
  for (let i = 0; i < 128; i++) table.set(String.fromCharCode(i), i);
  const out = [];
  let word = "";
  for (const unit of text) {
    if (table.has(word + unit)) { word += unit; continue; }
    out.push(table.get(word));
    table.set(word + unit, table.size);
    word = unit;
  }
  if (word) out.push(table.get(word));
  return out;
}
function unlzw(codes) {
  const table = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i));
  let word = table[codes[0]], text = word;
  for (const code of codes.slice(1)) {
    const entry = table[code] ?? word + word[0];
    text += entry;
    table.push(word + entry[0]);
    word = entry;
  }
  return text;
}
const sample = "the rain in spain stays mainly in the plain; ".repeat(20);
console.log(lzw(sample).length, unlzw(lzw(sample)) === sample);

function brainfuck(program, input) {
  const tape = new Uint8Array(300), jumps = {}, stack = [];
  for (let i = 0; i < program.length; i++) {
    if (program[i] === "[") stack.push(i);
    if (program[i] === "]") { const open = stack.pop(); jumps[open] = i; jumps[i] = open; }
  }
  let out = "", at = 0, next = 0;
  for (let i = 0; i < program.length; i++) {
    switch (program[i]) {
      case ">": at++; break;
      case "<": at--; break;
      case "+": tape[at]++; break;
      case "-": tape[at]--; break;
      case ".": out += String.fromCharCode(tape[at]); break;
      case ",": tape[at] = next < input.length ? input.charCodeAt(next++) : 0; break;
      case "[": if (tape[at] === 0) i = jumps[i]; break;
      case "]": if (tape[at] !== 0) i = jumps[i]; break;
    }
  }
  return out;
}
console.log(brainfuck("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.", ""), brainfuck(",[.,]", "echo"));

function evaluate(text) {
  let at = 0;
  const peek = () => text[at], take = () => text[at++];
  const number = () => { let start = at; while (at < text.length && ((peek() >= "0" && peek() <= "9") || peek() === ".")) at++; return parseFloat(text.slice(start, at)); };
  const factor = () => { if (peek() === "(") { take(); const v = sum(); take(); return v; } if (peek() === "-") { take(); return -factor(); } return number(); };
  const term = () => { let v = factor(); while (peek() === "*" || peek() === "/") v = take() === "*" ? v * factor() : v / factor(); return v; };
  const sum = () => { let v = term(); while (peek() === "+" || peek() === "-") v = take() === "+" ? v + term() : v - term(); return v; };
  return sum();
}
let ev = 0;
for (let i = 0; i < 200; i++) ev += evaluate(`(${i}+2.5)*-3/(4-1.5)-${i % 7}*(2+${i})`);
console.log(ev, evaluate("1+2*(3-4)/5"));

function sudoku(text) {
  const board = Array.from(text, Number);
  const solve = () => {
    let best = -1, fewest = 10, options = 0;
    for (let cell = 0; cell < 81; cell++) {
      if (board[cell]) continue;
      let used = 0;
      const row = Math.floor(cell / 9) * 9, column = cell % 9, box = Math.floor(cell / 27) * 27 + Math.floor(column / 3) * 3;
      for (let i = 0; i < 9; i++) used |= 1 << board[row + i] | 1 << board[column + i * 9] | 1 << board[box + Math.floor(i / 3) * 9 + i % 3];
      let count = 0;
      for (let d = 1; d <= 9; d++) if (!(used & 1 << d)) count++;
      if (count < fewest) { best = cell; fewest = count; options = ~used; }
    }
    if (best < 0) return true;
    for (let d = 1; d <= 9; d++) { if (!(options & 1 << d)) continue; board[best] = d; if (solve()) return true; }
    board[best] = 0;
    return false;
  };
  return solve() ? board.join("") : "none";
}
console.log(sudoku("530070000600195000098000060800060003400803001700020006060000280000419005000080079"));

class LruCache {
  constructor(limit) { this.limit = limit; this.map = new Map(); this.hits = 0; }
  get(key, make) {
    if (this.map.has(key)) { this.hits++; const v = this.map.get(key); this.map.delete(key); this.map.set(key, v); return v; }
    const v = make(key);
    this.map.set(key, v);
    if (this.map.size > this.limit) for (const old of this.map.keys()) { this.map.delete(old); break; }
    return v;
  }
}
const cache = new LruCache(20);
let cs = 0;
for (let i = 0; i < 3000; i++) cs += cache.get(random(30), (k) => k * k);
console.log(cs, cache.hits, cache.map.size);

function knapsack(items, room) { const best = new Int32Array(room + 1); for (const { w, v } of items) for (let r = room; r >= w; r--) best[r] = Math.max(best[r], best[r - w] + v); return best[room]; }
console.log(knapsack(Array.from({ length: 40 }, () => ({ w: 1 + random(30), v: random(100) })), 200));
function lcs(a, b) { const t = []; for (let i = 0; i <= a.length; i++) { t.push([]); for (let k = 0; k <= b.length; k++) t[i][k] = i && k ? (a[i - 1] === b[k - 1] ? t[i - 1][k - 1] + 1 : Math.max(t[i - 1][k], t[i][k - 1])) : 0; } let s = "", i = a.length, k = b.length; while (i && k) { if (a[i - 1] === b[k - 1]) { s = a[i - 1] + s; i--; k--; } else if (t[i - 1][k] >= t[i][k - 1]) i--; else k--; } return s; }
console.log(lcs("the quick brown fox jumps over", "a lazy dog quickly jumped over it"));
class UnionFind { constructor(n) { this.p = Array.from({ length: n }, (_, i) => i); this.sets = n; } find(x) { while (this.p[x] !== x) { this.p[x] = this.p[this.p[x]]; x = this.p[x]; } return x; } join(a, b) { a = this.find(a); b = this.find(b); if (a === b) return false; this.p[a] = b; this.sets--; return true; } }
const uf = new UnionFind(500);
for (let i = 0; i < 400; i++) uf.join(random(500), random(500));
console.log(uf.sets);
function permutations(list) { if (list.length === 0) return [[]]; const out = []; list.forEach((x, i) => { for (const rest of permutations([...list.slice(0, i), ...list.slice(i + 1)])) out.push([x, ...rest]); }); return out; }
console.log(permutations([1, 2, 3, 4, 5]).length, permutations(["a", "b", "c"]).map((p) => p.join("")).join());
function gcd(a, b) { return b === 0 ? a : gcd(b, a % b); }
function powMod(b, e, m) { let r = 1; b %= m; while (e > 0) { if (e & 1) r = r * b % m; b = b * b % m; e = Math.floor(e / 2); } return r; }
function isPrime(n) { for (let d = 2; d * d <= n; d++) if (n % d === 0) return false; return n > 1; }
let gs = 0;
for (let i = 1; i < 800; i++) gs += gcd(i * 36, 2520) + (isPrime(i) ? i : 0) + powMod(i, 77, 10007);
console.log(gs);
function roman(n) { let s = ""; for (const [v, r] of [[1000, "M"], [900, "CM"], [500, "D"], [400, "CD"], [100, "C"], [90, "XC"], [50, "L"], [40, "XL"], [10, "X"], [9, "IX"], [5, "V"], [4, "IV"], [1, "I"]]) while (n >= v) { s += r; n -= v; } return s; }
console.log([1, 4, 9, 14, 40, 90, 400, 1999, 2026].map(roman).join(" "));
function wrap(text, width) { const lines = []; let line = ""; for (const word of text.split(" ")) { if (line && line.length + 1 + word.length > width) { lines.push(line); line = word; } else line = line ? line + " " + word : word; } lines.push(line); return lines.map((l) => l.padEnd(width, ".")).join("\n"); }
console.log(wrap("It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness", 30));
class Matrix { constructor(r, c, f = () => 0) { this.r = r; this.c = c; this.d = Array.from({ length: r }, (_, i) => Array.from({ length: c }, (_, k) => f(i, k))); } times(o) { return new Matrix(this.r, o.c, (i, k) => { let s = 0; for (let m = 0; m < this.c; m++) s += this.d[i][m] * o.d[m][k]; return s; }); } static identity(n) { return new Matrix(n, n, (i, k) => +(i === k)); } power(e) { let r = Matrix.identity(this.r), b = this; for (; e > 0; e >>= 1) { if (e & 1) r = r.times(b); b = b.times(b); } return r; } }
console.log(new Matrix(2, 2, (i, k) => +(i + k < 2)).power(70).d);
function newton(x) { let g = x; for (let i = 0; i < 30; i++) g = (g + x / g) / 2; return g; }
let nr = 0;
for (let i = 1; i < 500; i++) nr += newton(i) - Math.sqrt(i);
console.log(Math.abs(nr) < 1e-10, newton(2));
function eventually(events) { const listeners = {}; const on = (n, f) => { (listeners[n] ||= []).push(f); }; const emit = (n, ...a) => (listeners[n] ?? []).map((f) => f(...a)); let log = []; on("a", (x) => log.push("1" + x)); on("a", (x, y = "d") => log.push("2" + x + y)); on("b", function () { log.push(arguments.length); }); for (const [n, ...a] of events) emit(n, ...a); return log; }
console.log(eventually([["a", 1], ["b", 1, 2, 3], ["c"], ["a", 2, "y"]]));
