"use strict";
// Math on ordinary and odd arguments; hot intrinsics.
const values = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 0.49999999999999994, 4503599627370495.5, 1e15 + 0.5, 2147483647, 2147483648, -2147483648, 4294967295, 1e300, -1e300, 1e-300, NaN, Infinity, -Infinity, "4", "x", null, undefined, true, [], [9], {}];
const show = (x) => Object.is(x, -0) ? "-0" : String(x);
const exact = ["abs", "floor", "ceil", "round", "trunc", "sign", "sqrt", "clz32", "fround"];
for (const name of exact) console.log(name, values.map((v) => show(Math[name](v))).join(" "));
const near = ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "exp", "expm1", "log", "log2", "log10", "log1p", "cbrt"];
const digits = (x) => Number.isFinite(x) ? (Math.abs(x) > 1e-300 ? x.toPrecision(12) : show(x)) : String(x);
for (const name of near) console.log(name, [0, -0, 1, -1, 0.5, -0.25, 2, 10, -3.7, 100.25, 1e5, 1e-5, 700, NaN, Infinity, -Infinity].map((v) => digits(Math[name](v))).join(" "));
for (const a of values) for (const b of [0, -0, 1, -1, 2, 0.5, -0.5, 3, Infinity, -Infinity, NaN, "2"]) {
  const p = Math.pow(a, b);
  console.log(show(a), show(b), digits(p), digits(Math.atan2(a, b)), show(Math.imul(a, b)), show(Math.max(a, b)), show(Math.min(a, b)), digits(Math.hypot(a, b)));
}
console.log(Math.max(), Math.min(), Math.max(1, 2, 3), Math.min(3, NaN, 1), Math.hypot(), Math.hypot(3, 4, 12), Math.max(-0, 0), Math.min(0, -0), Math.max([2], "3"));
console.log(Math.PI, Math.E, Math.LN2, Math.LN10, Math.LOG2E, Math.LOG10E, Math.SQRT2, Math.SQRT1_2);
console.log(Math.round(-0.5), Math.round(0.5), Math.round(1.5), Math.round(-1.5), Math.round(2 ** 52 + 1), 1 / Math.round(-0.2), 1 / Math.ceil(-0.2), Math.fround(5.5), Math.fround(5.05));
for (let i = 0; i < 3; i++) { const r = Math.random(); if (!(r >= 0 && r < 1)) console.log("random", r); }
function hot(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    const x = (i - n / 2) * 0.37;
    s += Math.floor(x) + Math.ceil(x) + Math.round(x) + Math.trunc(x) + Math.abs(x) + Math.sqrt(Math.abs(x)) + Math.max(x, i, 3) + Math.min(x, -i) + Math.sign(x) + Math.imul(i, i) % 7 + Math.clz32(i);
  }
  return s;
}
console.log(hot(100), hot(5000), hot(5001));
function floorInt(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.floor(i / 3) * Math.max(i, 5) | 0; return s; }
console.log(floorInt(5000));
function zeros(n) { const out = []; for (let i = 0; i < n; i++) { const v = i % 3 === 0 ? -0.3 : i % 3 === 1 ? 0.3 : -0; out[i % 6] = show(Math.ceil(v)) + show(Math.round(v)) + show(Math.trunc(v)) + show(Math.floor(v)) + show(Math.abs(v)) + show(Math.max(v, 0)) + show(Math.min(0, v)); } return out; }
console.log(zeros(3000));
function bigFloor(x) { return Math.floor(x); }
for (let i = 0; i < 2000; i++) bigFloor(i + 0.5);
console.log(bigFloor(1e10 + 0.5), bigFloor(-1e10 - 0.5), bigFloor(NaN), bigFloor(-0), show(bigFloor(-0)), bigFloor("7.9"), bigFloor(2147483647.9), bigFloor(-2147483648.5));
const M = Math;
const sqrt = Math.sqrt;
let q = 0;
for (let i = 0; i < 2000; i++) q += M.sqrt(i) + sqrt(i);
console.log(q);
const saved = Math.abs;
Math.abs = (x) => "mine" + x;
function callAbs(x) { return Math.abs(x); }
console.log(callAbs(-1));
for (let i = 0; i < 500; i++) callAbs(i);
Math.abs = saved;
console.log(callAbs(-1));
