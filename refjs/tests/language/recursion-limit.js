"use strict";
// Recursion without end is a RangeError that can be caught, again and again, in hot code too.
function forever(n) { return forever(n + 1) + 1; }
function viaMethod(o) { return o.m(o) + 1; }
const o = { m(x) { return viaMethod(x); } };
function viaCallback() { return [1].map(viaCallback); }
const viaGetter = { get x() { return this.x; } };
const viaToString = { toString() { return "" + this; } };
class Self { constructor() { this.inner = new Self(); } }
const viaSort = () => [2, 1].sort(viaSort);
for (let i = 0; i < 3; i++) {
  for (const f of [() => forever(0), () => viaMethod(o), () => viaCallback(), () => viaGetter.x, () => String(viaToString), () => new Self(), viaSort, () => { const a = (n) => a(n + 1) + b(n), b = (n) => a(n); return a(0); }]) {
    try { f(); console.log("no error"); } catch (e) { console.log(e instanceof RangeError, e.name, e.message); }
  }
}
function depth(n) { try { return depth(n + 1); } catch (e) { return n; } }
console.log(depth(0) > 1000, depth(0) > 1000);
function sum(n) { return n === 0 ? 0 : n + sum(n - 1); }
console.log(sum(5000), sum(5000));
let finals = 0;
function withFinally(n) { try { withFinally(n + 1); } finally { finals++; } }
try { withFinally(0); } catch (e) { console.log(e.name, finals > 500); }
let left = "x";
for (let i = 0; i < 100000; i++) left = left + "y";
console.log(left.length);
let list = null;
for (let i = 0; i < 100000; i++) list = { next: list };
let count = 0;
for (let l = list; l; l = l.next) count++;
console.log(count);
