"use strict";
// Objects whose shapes differ from those a function was compiled for.
function getX(o) { return o.x; }
function setX(o, v) { o.x = v; return o; }
function addY(o) { o.y = 1; return o; }
function call(o) { return o.m(); }
class A { constructor(x) { this.x = x; } m() { return this.x; } }
class B { constructor(x) { this.w = 0; this.x = x; } m() { return this.x * 2; } }
class C extends A { m() { return super.m() + 1; } }
let s = 0;
for (let i = 0; i < 500; i++) { s += getX(new A(i)); setX(new A(1), i); addY(new A(2)); s += call(new A(i)); }
console.log(s);
const makers = [() => new A(1), () => new B(2), () => new C(3), () => ({ x: 4 }), () => ({ y: 0, x: 5 }), () => ({ a: 1, b: 2, x: 6 }), () => ({ x: "s" }), () => ({ get x() { return 7; }, set x(v) { this.got = v; } }),
  () => Object.create({ x: 8 }), () => Object.create(null), () => Object.assign([1], { x: 9 }), () => Object.assign(() => {}, { x: 10 }), () => new Map(), () => { const o = { x: 1, z: 2 }; delete o.z; return o; }, () => { const o = { z: 1, x: 2 }; delete o.z; return o; }, () => { const o = {}; for (let i = 0; i < 200; i++) o["p" + i] = i; o.x = 11; return o; }];
for (let round = 0; round < 3; round++) {
  const out = [];
  for (const make of makers) {
    out.push(getX(make()), getX(setX(make(), 0.5)), addY(make()).y);
    try { out.push(call(make())); } catch (e) { out.push(e.name); }
  }
  console.log(out.join(" "));
}
for (const p of [5, "str", true, Math]) console.log(getX(p));
for (const p of [null, undefined]) try { getX(p); } catch (e) { console.log(e.message); }
for (const p of [5, "s", null, Object.freeze({ x: 1 }), Object.freeze({})]) try { setX(p, 1); console.log("set"); } catch (e) { console.log(e.name); }
// The shape changes inside the loop that uses it.
function growing(n) { const o = { a: 0 }; let t = 0; for (let i = 0; i < n; i++) { o.a += i; t += o.a; if (i % 100 === 50) o["k" + i] = i; if (i === n >> 1) delete o.a, o.a = 5; } return t + Object.keys(o).length; }
console.log(growing(100), growing(1000));
function typeOfSlot(n) { const o = { v: 0 }; for (let i = 0; i < n; i++) { if (i === 400) o.v += 0.5; if (i === 600) o.v = "s" + o.v; if (i === 700) o.v = null; o.v = o.v + 1; } return o.v; }
console.log(typeOfSlot(399), typeOfSlot(500), typeOfSlot(650), typeOfSlot(800));
function alias(a, b, n) { for (let i = 0; i < n; i++) { a.x = i; b.x += 1; if (i === n - 1) b.extra = a.x; } return a.x + b.x + (b.extra || 0); }
const one = { x: 0 };
console.log(alias(one, one, 500), alias({ x: 1 }, { x: 2 }, 500), alias(one, { y: 1, x: 0 }, 500));
function constructMany(n) { const r = []; for (let i = 0; i < n; i++) { const o = {}; o.a = i; if (i % 2) o.b = i; if (i % 3) o.c = "c"; o.d = 0.5; r.push(o); } let t = 0; for (const o of r) t += o.a + (o.b || 0) + (o.c ? 1 : 0) + o.d; return t; }
console.log(constructMany(10), constructMany(2000));
class Conditional { constructor(i) { if (i % 2) { this.a = 1; this.b = 2; } else { this.b = 3; this.a = 4; } if (i > 900) this.c = 5; } sum() { return this.a * 10 + this.b + (this.c === undefined ? 0 : this.c); } }
let cs = 0;
for (let i = 0; i < 1000; i++) cs += new Conditional(i).sum();
console.log(cs);
function dictionary(n) { const d = {}; for (let i = 0; i < n; i++) { const k = "w" + (i * 7 % 31); d[k] = (d[k] || 0) + 1; } let t = ""; for (const k in d) t += k + d[k]; return t; }
console.log(dictionary(100), dictionary(3000).length);
function keyed(o, k) { return o[k]; }
for (let i = 0; i < 500; i++) keyed({ a: 1, b: 2 }, i % 2 ? "a" : "b");
console.log(keyed({ a: 5 }, "a"), keyed([7], 0), keyed([7], "0"), keyed("xyz", 1), keyed({ 1: "n" }, 1), keyed({ null: "u" }, null), keyed(new Map(), "size"), keyed({ "0.5": "f" }, 0.5), keyed([1, 2], "length"), keyed(new Float64Array([2.5]), 0));
const frozen = Object.freeze(new A(5));
let fe = 0;
for (let i = 0; i < 600; i++) { try { setX(i % 200 === 199 ? frozen : new A(i), i); } catch { fe++; } }
console.log(fe, frozen.x);
function swapProto(n) { const p1 = { v() { return 1; } }, p2 = { v() { return 100; } }; const o = Object.create(p1); let t = 0; for (let i = 0; i < n; i++) { t += o.v(); if (i === n >> 1) Object.setPrototypeOf(o, p2); } return t; }
console.log(swapProto(10), swapProto(1000));
function accessorAppears(n) { const o = { x: 1 }; let t = 0; for (let i = 0; i < n; i++) { t += o.x; if (i === n - 5) Object.defineProperty(o, "x", { get() { return 1000; } }); } return t; }
console.log(accessorAppears(10), accessorAppears(1000));
function readonlyAppears(n) { const o = { x: 1 }; let t = 0; for (let i = 0; i < n; i++) { try { o.x = i; } catch (e) { t += 1000; } if (i === n - 5) Object.defineProperty(o, "x", { writable: false }); } return t + o.x; }
console.log(readonlyAppears(10), readonlyAppears(1000));
let mega = 0;
for (let i = 0; i < 3000; i++) { const o = {}; o["q" + i % 20] = 1; o.x = i; mega += getX(o); setX(o, 1); mega += o.x; }
console.log(mega);
