"use strict";
// Captured variables: a new one each round, shared by closures, changed from inside and outside.
const list = [];
for (let i = 0; i < 5; i++) list.push(() => i++);
console.log(list.map((f) => f()), list.map((f) => f()));
const vars = [];
for (var v = 0; v < 3; v++) vars.push(() => v);
console.log(vars.map((f) => f()));
const ofs = [];
for (const x of [1, 2, 3]) ofs.push({ get: () => x });
console.log(ofs.map((o) => o.get()));
const ins = [];
for (const k in { a: 1, b: 2 }) ins.push(() => k);
console.log(ins.map((f) => f()));
const whiles = [];
let w = 0;
while (w < 3) { const mine = w * 10; whiles.push(() => mine + w); w++; }
console.log(whiles.map((f) => f()));
const twice = [];
for (let i = 0, f = () => i; i < 3; i++) twice.push(f, () => i);
console.log(twice.map((f) => f()));
const bodies = [];
for (let i = 0; i < 3; i++) { bodies.push(() => i); i += 0; if (i === 1) continue; bodies.push(() => -i); }
console.log(bodies.map((f) => f()));
function counter(start) {
  let n = start;
  return { up() { return ++n; }, down: () => --n, add(k) { n += k; return n; }, get value() { return n; }, set value(x) { n = x; } };
}
const a = counter(0), b = counter(100);
for (let i = 0; i < 3000; i++) { a.up(); if (i % 3 === 0) a.down(); b.add(i % 5); }
console.log(a.value, b.value);
a.value = 0.5;
for (let i = 0; i < 10; i++) a.up();
console.log(a.value);
a.value = "s";
console.log(a.add("t"), a.up());
function hotLoop(n) {
  let total = 0;
  const add = (x) => { total += x; };
  for (let i = 0; i < n; i++) { add(i); if (total > 1e6) total -= 1e6; }
  return total;
}
console.log(hotLoop(10), hotLoop(20000));
function changedOutside(n) {
  let step = 1, sum = 0;
  const change = (s) => { step = s; };
  for (let i = 0; i < n; i++) { sum += step; if (i === (n >> 1)) change(2.5); if (i === n - 10) change("x"); }
  return sum;
}
console.log(changedOutside(100), changedOutside(5000).length);
const compose = (...fs) => (x) => fs.reduce((y, f) => f(y), x);
const inc = (x) => x + 1, dbl = (x) => x * 2;
let c = 0;
for (let i = 0; i < 2000; i++) c = compose(inc, dbl, inc)(c) % 1000;
console.log(c);
const curry = (x) => (y) => (z) => x * 100 + y * 10 + z;
let t = 0;
for (let i = 0; i < 1000; i++) t += curry(i % 7)(i % 5)(i % 3);
console.log(t);
function fibonacciMemo() {
  const memo = new Map();
  const fib = (n) => { if (n < 2) return n; if (memo.has(n)) return memo.get(n); const r = fib(n - 1) + fib(n - 2); memo.set(n, r); return r; };
  return fib;
}
console.log(fibonacciMemo()(80));
function shadow(x) { var r = [x]; { let x = 1; r.push(x); { const x = 2; r.push(x); } } (function (x) { r.push(x); })(3); r.push(x); return r; }
console.log(shadow(0));
function params(a, b = a + 1, c = () => a + b) { a = 10; return [a, b, c()]; }
console.log(params(1), params(1, 5), params(1, 2, () => "own"));
const self = function me(n) { return n === 0 ? "end" : me(n - 1); };
console.log(self(50));
function deep() { let x = 0; return () => () => () => { x++; return () => x; }; }
const d = deep();
d()()(); d()()();
console.log(d()()()());
try { throw 5; } catch (e) { var fromCatch = () => e++; }
console.log(fromCatch(), fromCatch());
const late = [];
{ let u; late.push((x) => { u = x; }, () => u); }
late[0](9);
console.log(late[1]());
function argumentsObject() { return [arguments.length, arguments[0], arguments[5]]; }
let argCount = 0;
for (let i = 0; i < 500; i++) argCount += argumentsObject(1, 2, 3)[0];
console.log(argumentsObject("a", "b"), argumentsObject(), argCount);
