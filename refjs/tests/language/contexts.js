"use strict";
// One function called with arguments of several types in turn and in phases.
function area(a, b) { return a * b + a; }
function join(a, b) { return a + "" + b; }
function pick(o, k) { return o[k]; }
function compare(a, b) { return a < b ? -1 : a > b ? 1 : 0; }
function run(f, calls, n) { let last; for (let i = 0; i < n; i++) last = f(...calls[i % calls.length]); return last; }
const sets = [[[1, 2]], [[0.5, 2]], [["3", 4]], [[1, 2], [1.5, 2]], [[1, 2], ["x", 3]], [[1, 2], [null, 1], [undefined, 2], [true, 3]]];
for (const set of sets) console.log(run(area, set, 400), run(join, set, 400), run(compare, set, 400));
for (const set of sets) console.log(set.map((c) => area(...c)), set.map((c) => join(...c)), set.map((c) => compare(...c)));
const holders = [[[1, 2, 3], 1], [{ a: 5 }, "a"], ["str", 2], [new Float64Array([0.5]), 0], [{ 7: "seven" }, 7], [[, 1], 0], [new Map(), "size"]];
for (let i = 0; i < 2000; i++) pick(...holders[i % holders.length]);
console.log(holders.map((h) => pick(...h)));
function phases(x) { let r = x; for (let i = 0; i < 20; i++) r = r + x; return r; }
const out = [];
for (const v of [1, 0.5, "s", 2147483647, -0, true, null, undefined, [1], 3]) { for (let i = 0; i < 150; i++) phases(v); out.push(phases(v)); }
console.log(out.map((x) => String(x).slice(0, 25)));
function versions(a, b, c, d) { return [typeof a, typeof b, typeof c, typeof d].join("") + (a + b) + (c ? d : -1); }
const args = [1, 1.5, "t", true, null, undefined, {}, []];
let h = 0;
for (let i = 0; i < 6000; i++) { const t = versions(args[i % 8], args[(i >> 3) % 8], args[(i >> 6) % 8], args[(i >> 9) % 8]); for (let k = 0; k < t.length; k += 5) h = (h * 31 + t.charCodeAt(k)) | 0; }
console.log(h);
const Adder = (k) => (x) => x + k;
const adders = [Adder(1), Adder(0.5), Adder("s"), Adder(-1)];
let text = "";
for (let i = 0; i < 4000; i++) { const r = adders[i % 4](i); if (i > 3990) text += r + ","; }
console.log(text);
function fewer(a, b, c) { return (a === undefined) + (b === undefined) * 2 + (c === undefined) * 4; }
let fs = 0;
for (let i = 0; i < 3000; i++) fs += i % 4 === 0 ? fewer() : i % 4 === 1 ? fewer(1) : i % 4 === 2 ? fewer(1, 2) : fewer(1, 2, 3, 4);
console.log(fs);
function thisTypes() { return typeof this === "object" ? (this === null ? "null" : this.k) : typeof this; }
const receivers = [{ k: 1 }, { j: 0, k: 2 }, 5, "s", null, undefined, true, [1]];
const got = [];
for (let i = 0; i < 2000; i++) got[i % 8] = thisTypes.call(receivers[i % 8]);
console.log(got);
