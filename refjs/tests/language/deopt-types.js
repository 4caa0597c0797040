"use strict";
// Functions that got hot with one type of operands and meet others, one after another.
const odd = [1, 1.5, "s", true, null, undefined, NaN, -0, 2147483647, {}, [2], { valueOf() { return 4; } }, "7", ""];
const show = (x) => Object.is(x, -0) ? "-0" : typeof x + ":" + String(x);
const makers = [
  () => (a, b) => a + b, () => (a, b) => a - b, () => (a, b) => a * b, () => (a, b) => a / b, () => (a, b) => a % b,
  () => (a, b) => a < b, () => (a, b) => a >= b, () => (a, b) => a == b, () => (a, b) => a === b, () => (a, b) => a & b, () => (a, b) => a | 0, () => (a, b) => a >>> (b & 3),
  () => (a, b) => -a, () => (a, b) => { let c = a; c++; return c; }, () => (a, b) => a ? b : 0, () => (a, b) => !a, () => (a, b) => typeof a, () => (a, b) => `${a}${b}`,
  () => (a, b) => { let s = 0; for (let i = 0; i < 5; i++) s += a; return s; }, () => (a, b) => a && b, () => (a, b) => (a > b ? a : b), () => (a, b) => Math.abs(a) + Math.floor(b),
  () => (a, b) => { if (a < b) return "less"; if (a > b) return "more"; return a == b ? "same" : "neither"; }, () => (a, b) => [a, b].length + (a === b ? 1 : 0), () => (a, b) => { const o = { a, b }; return o.a + o.b; },
  () => (a, b) => { switch (a) { case 1: return "one"; case "s": return "es"; case b: return "b"; } return "other"; }, () => (a, b) => a ** 2,
];
const starts = [[3, 4], [0.5, 2.5], ["x", "y"], [true, false]];
for (let m = 0; m < makers.length; m++) {
  for (const [x, y] of starts) {
    const f = makers[m]();
    let last;
    for (let i = 0; i < 120; i++) last = f(x, y);
    const out = [show(last)];
    for (const a of odd) {
      out.push(show(f(a, y)), show(f(x, a)), show(f(a, a)));
      for (let i = 0; i < 3; i++) f(x, y);
    }
    console.log(m, out.join(" "));
  }
}
// The type of a variable changes within a loop.
function within(n, at, value) {
  let x = 0, log = "";
  for (let i = 0; i < n; i++) {
    if (i === at) x = value;
    x = x + 1;
    if (i % 100 === 99) log += show(x).slice(0, 12) + " ";
  }
  return log;
}
for (const v of odd) console.log(within(600, 350, v));
function accumulate(list) { let s = list[0]; for (let i = 1; i < list.length; i++) s = s + list[i]; return s; }
const base = Array.from({ length: 300 }, (_, i) => i);
for (const v of odd) { const copy = base.slice(); copy[200] = v; console.log(show(accumulate(base)), show(accumulate(copy)).slice(0, 60)); }
function branchy(x) { let r; if (typeof x === "number") r = x * 2; else if (typeof x === "string") r = x + x; else if (x === null) r = "nil"; else if (Array.isArray(x)) r = x.length; else r = x; return r; }
let acc = "";
for (let i = 0; i < 2000; i++) { const v = odd[i % odd.length]; const r = branchy(v); if (i % 97 === 0) acc += show(r) + ","; }
console.log(acc);
function phi(n) { let a = 1, b = "b", c = 0.5; for (let i = 0; i < n; i++) { if (i % 50 === 49) { const t = a; a = b; b = c; c = t; } } return [a, b, c]; }
console.log(phi(100), phi(1000), phi(1050));
function countNaN(list) { let c = 0; for (const x of list) { if (x !== x) c++; if (!(x < 0) && !(x >= 0)) c += 100; } return c; }
console.log(countNaN(base), countNaN([NaN, 1, NaN]), countNaN(odd));
function undefinedSum(n) { let s; for (let i = 0; i < n; i++) { s = s === undefined ? i : s + i; if (i === n - 2) s = undefined; } return s; }
console.log(undefinedSum(10), undefinedSum(1000));
function missing(a, b, c) { return (a | 0) + (b === undefined ? 100 : b) + (c || 0.5); }
let ms = 0;
for (let i = 0; i < 1000; i++) ms += missing(i, i, i);
for (let i = 0; i < 1000; i++) ms += missing(i);
console.log(ms, missing(), missing("5", "x"), missing(1, 2, 3, 4));
