"use strict";
// Loops entered in the middle: nested, with many variables, closures, handlers, labels.
function nested(n) { let s = 0; for (let i = 0; i < n; i++) { for (let j = 0; j < n; j++) { for (let k = 0; k < 10; k++) s += i ^ j ^ k; } } return s; }
console.log(nested(60));
function variables(n) { let a = 1, b = 2.5, c = "c", d = null, e = { v: 1 }, f = [1, 2], g = true, h; for (let i = 0; i < n; i++) { a += i & 3; b *= 1.0001; if (i % 1000 === 0) c += i; d = i; e.v++; f[i & 1] += 1; g = !g; h = h === undefined ? i : h; } return [a, b, c, d, e, f, g, h]; }
console.log(variables(10), variables(20000));
function whileLoop(n) { let i = 0, s = 0; while (true) { if (i >= n) break; i++; if (i % 3 === 0) continue; s += i; } return s; }
console.log(whileLoop(20000));
function doLoop(n) { let s = 0; do { s += n; n--; } while (n > 0); return s; }
console.log(doLoop(20000), doLoop(0));
function withTry(n) { let s = 0, c = 0; try { for (let i = 0; i < n; i++) { try { if (i % 1000 === 999) throw i; s += i; } catch (e) { c += e; } finally { s -= 1; } } } finally { s *= 2; } return [s, c]; }
console.log(withTry(20000));
function closuresInLoop(n) { const fs = []; let s = 0; for (let i = 0; i < n; i++) { const k = i * 2; if (i % 2000 === 0) fs.push(() => i + k); s += k; } return [s, fs.map((f) => f())]; }
console.log(closuresInLoop(20000));
let captured = 0;
function capturing(n) { let local = 0; const add = () => { local++; captured += 2; }; for (let i = 0; i < n; i++) { add(); local += i & 1; } return local; }
console.log(capturing(20000), captured);
function labels(n) { let c = 0; outer: for (let i = 0; i < n; i++) { for (let j = 0; j < 20; j++) { if (j > 10) continue outer; if (i * j > 50000) break outer; c++; } } return c; }
console.log(labels(10000));
function lateType(n) { let x = 0; for (let i = 0; i < n; i++) { x += 1; if (i === n - 100) x = x + 0.5; if (i === n - 50) x = x + "s"; if (i === n - 40) x = 7; } return x; }
console.log(lateType(20000), lateType(300));
function afterLoop(n) { let s = 0; for (let i = 0; i < n; i++) s += i; let t = ""; for (let i = 0; i < 5; i++) t += s + ","; for (let i = 0; i < n; i++) s = (s * 7 + i) | 0; return t + s; }
console.log(afterLoop(20000));
function forOf(list) { let s = 0; for (const x of list) { s += x; } return s; }
console.log(forOf(Array.from({ length: 20000 }, (_, i) => i)), forOf(new Set([1, 2, 3])), forOf(new Float64Array(5000).fill(0.5)), forOf("123"));
function forIn(n) { const o = {}; for (let i = 0; i < 50; i++) o["k" + i] = i; let s = 0; for (let r = 0; r < n; r++) for (const k in o) s += o[k]; return s; }
console.log(forIn(200));
function returnsInside(n) { for (let i = 0; ; i++) { for (let j = 0; j < 3; j++) if (i * 3 + j === n) return [i, j]; } }
console.log(returnsInside(20000));
function throwsInside(n) { let i = 0; for (;;) { if (i === n) throw new Error("at " + i); i++; } }
try { throwsInside(20000); } catch (e) { console.log(e.message); }
function args(n) { let s = 0; for (let i = 0; i < n; i++) s += arguments.length + arguments[1]; return s; }
console.log(args(20000, 5));
function rest(n, ...r) { let s = 0; for (let i = 0; i < n; i++) s += r[i % r.length]; return s; }
console.log(rest(20000, 1, 2.5, 3));
class Loop { constructor(n) { this.n = n; this.s = 0; for (let i = 0; i < n; i++) this.s += this.step(i); } step(i) { return i & 5; } get run() { let t = 0; for (let i = 0; i < this.n; i++) t += this.s & i; return t; } static all(n) { let t = 0; for (let i = 0; i < n; i++) t += this.one; return t; } static one = 1; }
console.log(new Loop(20000).s, new Loop(20000).run, Loop.all(20000));
class Sub extends Loop { step(i) { return super.step(i) + 0.5; } }
console.log(new Sub(20000).s);
const arrow = (n) => { let s = 0; for (let i = 0; i < n; i++) s += i % 7; return s; };
console.log(arrow(20000), ((n) => { let p = 1; while (n-- > 0) p = p * 3 % 1000003; return p; })(20000));
function defaults(n = 20000, step = 1, f = (x) => x * step) { let s = 0; for (let i = 0; i < n; i++) s += f(i); return s; }
console.log(defaults(), defaults(10, 2), defaults(20000, 0.5));
function generatorLike(n) { let a = 0, b = 1; for (let i = 0; i < n; i++) { [a, b] = [b, (a + b) % 1000007]; } return a; }
console.log(generatorLike(20000));
function switchLoop(n) { let state = 0, c = [0, 0, 0]; for (let i = 0; i < n; i++) { switch (state) { case 0: state = i % 5 === 0 ? 1 : 0; break; case 1: state = 2; break; case 2: state = i % 2 ? 0 : 1; if (i % 11 === 0) continue; break; } c[state]++; } return c; }
console.log(switchLoop(20000));
let g1 = 0;
for (let i = 0; i < 30000; i++) { g1 += i % 3; if (i === 29000) g1 += 0.5; }
console.log(g1);
var g2 = "";
for (var vi = 0; vi < 3000; vi++) { g2 = vi + g2.slice(0, 5); }
console.log(g2, vi);
for (let i = 0; i < 3; i++) { let acc = 0; for (let j = 0; j < 8000; j++) { acc += j * i; } console.log(acc); }
function twoLoops(n, flag) { let s = flag ? 0 : 0.5; for (let i = 0; i < n; i++) s += i; for (let i = 0; i < n; i++) s -= i; return s; }
console.log(twoLoops(15000, true), twoLoops(15000, false));
function manyLocals(n) { let a = 0, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7, i2 = 8, j = 9, k = 10, l = 11, m = 12, o = 13, p = 14, q = 15, r = 16, s = 17, t = 18, u = 19; for (let i = 0; i < n; i++) { const x = a; a = b; b = c; c = d; d = e; e = f; f = g; g = h; h = i2; i2 = j; j = k; k = l; l = m; m = o; o = p; p = q; q = r; r = s; s = t; t = u; u = x; } return [a, b, c, d, e, f, g, h, i2, j, k, l, m, o, p, q, r, s, t, u]; }
console.log(manyLocals(19999));
