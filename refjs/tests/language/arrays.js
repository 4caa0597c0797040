"use strict";
// Methods of arrays, holes, lengths, array-likes, changes while a callback runs.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
const a = [5, 3, 9, 1];
console.log(a.push(7, 8), a.pop(), a.shift(), a.unshift(0, 4), a, a.length);
console.log(a.slice(), a.slice(1), a.slice(-2), a.slice(1, -1), a.slice(5), a.slice(-100, 2), a.slice(NaN, 2.9));
const sp = [1, 2, 3, 4, 5];
console.log(sp.splice(1, 2), sp, sp.splice(1, 0, "x", "y"), sp, sp.splice(-1), sp, sp.splice(1), sp, sp.splice(), sp.splice(0, 1, 7, 8, 9), sp);
console.log([1, 2].concat(3, [4, [5]], "six", [, 7]), [].concat(), [1, [2, [3, [4]]]].flat(), [1, [2, [3, [4]]]].flat(Infinity), [1, 2].flatMap((x) => [x, [x * 2]]));
console.log([1, null, undefined, [2, [3]], {}].join(), [1, 2].join("-"), [].join(), [[], [[]]].join(), [1, 2] + "", String([null]), [1, , 3].join());
console.log([3, 2, 1].reverse(), [1, 2, 3].indexOf(2), [1, NaN].indexOf(NaN), [1, NaN].includes(NaN), [1, 2, 1].lastIndexOf(1), [1, 2, 3].indexOf(1, 1), [1, 2, 3].includes(3, -1), [-0].includes(0), [, 1].includes(undefined), [, 1].indexOf(undefined));
const ten = Array.from({ length: 10 }, (_, i) => i * i);
console.log(ten, ten.find((x) => x > 10), ten.findIndex((x) => x > 10), ten.findLast((x) => x < 10), ten.findLastIndex((x) => x > 1000), ten.at(-1), ten.at(99));
console.log(ten.filter((x) => x % 2), ten.map(String), ten.some((x) => x > 80), ten.every((x) => x >= 0), ten.reduce((s, x) => s + x), ten.reduceRight((s, x) => s + "," + x, "r"));
console.log([0, 0, 0].fill(1, 1), Array(3).fill("f"), [1, 2, 3, 4, 5].copyWithin(0, 3), [1, 2, 3].fill(9, -1), [...[7, 8].entries()], [...[7, 8].keys()]);
console.log(Array.of(7), Array(3), Array(1, 2), new Array("3"), Array.from("abc"), Array.from(new Set([1, 1, 2])), Array.from([1, 2], (x, i) => x * i), Array.from({ length: 2, 0: "z" }), Array.isArray([]), Array.isArray({ length: 0 }));
const holes = [1, , 3];
holes[5] = 6;
console.log(holes, holes.length, holes[1], 1 in holes, holes.map((x) => x * 2), holes.forEach((x) => x), holes.filter(() => true), Object.keys(holes), holes.reduce((s, x) => s + x, 0), [...holes]);
delete holes[0];
console.log(holes, holes.findIndex((x) => x === undefined), holes.some((x) => x === undefined), holes.every((x) => x > 2));
const len = [1, 2, 3, 4];
len.length = 2; console.log(len); len.length = 4; console.log(len, attempt(() => { len.length = -1; }), attempt(() => { len.length = 1.5; }), len["length"]);
len[10] = "far"; console.log(len.length, len); len["2"] = "two"; len["02"] = "prop"; len[-1] = "neg"; len[1.5] = "frac"; console.log(len);
let visits = "";
const growing = [1, 2, 3];
growing.forEach((x, i) => { visits += x; if (i === 0) { growing.push(9); growing[1] = "changed"; } });
console.log(visits, growing);
visits = "";
for (const x of growing) { visits += x; if (growing.length < 7) growing.push("n"); }
console.log(visits);
const shrinking = [1, 2, 3, 4];
console.log(shrinking.map((x, i) => { if (i === 1) shrinking.length = 2; return x; }));
console.log(Array.prototype.map.call("abc", (x) => x + x), Array.prototype.slice.call({ length: 2, 0: "a", 1: "b" }), Array.prototype.join.call({ length: 3, 1: "m" }), Array.prototype.push.call({ length: 1 }, 5));
console.log([1, 2, 3].toString(), [[1, 2], [3]].toString(), Object.prototype.toString.call([]), [1, 2] == "1,2", attempt(() => [1].map(5)), attempt(() => [].reduce((x) => x)), [].reduce((x) => x, 5), [4].reduce(() => 0));
console.log([10, 9, 1].sort(), ["b", undefined, "a", , "c"].sort(), [3, 1, 2].sort((x, y) => y - x), [true, false, null, 1, "a"].sort());
function hot(n) { const r = []; for (let i = 0; i < n; i++) r.push(i * 2); let s = 0; for (let i = 0; i < r.length; i++) s += r[i]; while (r.length) s -= r.pop(); return s + r.length; }
console.log(hot(10), hot(5000));
function kinds(n) { const r = []; for (let i = 0; i < n; i++) r[i] = i < n / 2 ? i : i < n * 0.7 ? i + 0.5 : i < n * 0.9 ? "s" + i : { i }; let t = 0; for (let i = 0; i < n; i++) t += typeof r[i] === "number" ? r[i] : String(r[i]).length; return t; }
console.log(kinds(100), kinds(3000));
function grid(n) { const g = []; for (let y = 0; y < n; y++) { const row = []; for (let x = 0; x < n; x++) row[x] = x * y; g[y] = row; } let s = 0; for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) s += g[x][y]; return s; }
console.log(grid(5), grid(80));
function outside(list, i) { return list[i]; }
for (let i = 0; i < 1000; i++) outside([1, 2, 3], i % 3);
console.log(outside([1], 1), outside([1], -1), outside([1], 0.5), outside([1], "0"), outside([1], "length"), outside([, 1], 0), outside("abc", 1), outside({ 1: "o" }, 1), outside(new Uint8Array(2), 5), outside([1], NaN), outside([1], 4294967295));
function store(list, i, v) { list[i] = v; return list; }
for (let i = 0; i < 1000; i++) store([1, 2, 3], i % 3, i);
console.log(store([1], 1, 2), store([1], 5, 2), store([1], -1, 2), store([1], 0.5, 2), store({}, 1, 2), store([1, 2], "length", 1), store([1], "0", "s"), store(new Int32Array(1), 0, 1.9), store(new Int32Array(1), 3, 1));
const nested = [[1, [2]], [[3]]];
console.log(JSON.stringify(nested), nested.flat().length, [..."ab"].map((c, i, all) => c + i + all.length));
let queue = [], out = 0;
for (let i = 0; i < 3000; i++) { queue.push(i); if (i % 3 === 0) out += queue.shift(); if (i % 50 === 0) queue.unshift(-i); }
console.log(queue.length, out, queue[0]);
const shared = Array(3).fill([]);
shared[0].push(1);
console.log(shared, [undefined, null].map((x) => x ?? "d"), [3, 4].entries().next(), [..."x"].concat([[]]).length);
