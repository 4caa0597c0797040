"use strict";
// Object's functions, descriptors, accessors, prototypes, freezing, delete, in, optional chaining.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
const o = { a: 1, get b() { return this.a + 1; }, set b(v) { this.a = v; } };
console.log(Object.getOwnPropertyDescriptor(o, "a"), Object.getOwnPropertyDescriptor(o, "b").get.name, Object.getOwnPropertyDescriptor(o, "zz"), Object.getOwnPropertyDescriptor([1], "length"), Object.getOwnPropertyDescriptor("ab", 0));
Object.defineProperty(o, "hidden", { value: 5 });
Object.defineProperty(o, "acc", { get() { return "got"; }, enumerable: true, configurable: true });
Object.defineProperties(o, { m: { value: 1, writable: true }, n: { value: 2, enumerable: true } });
console.log(o, o.hidden, o.acc, Object.keys(o), JSON.stringify(o), attempt(() => { o.hidden = 1; }), attempt(() => { o.acc = 1; }), attempt(() => { delete o.hidden; }), attempt(() => { o.m = 9; return o.m; }), attempt(() => Object.defineProperty(o, "hidden", { value: 6 })), attempt(() => Object.defineProperty(o, "hidden", { value: 5 }) === o));
o.b = 10;
console.log(o.a, o.b, delete o.acc, o.acc, "b" in o, o.hasOwnProperty("b"), Object.hasOwn(o, "zz"), o.propertyIsEnumerable("hidden"));
const fr = Object.freeze({ x: 1, in: { y: 1 } }), se = Object.seal({ x: 1 }), pe = Object.preventExtensions({ x: 1 });
console.log(attempt(() => { fr.x = 2; }), attempt(() => { fr.z = 2; }), attempt(() => { delete fr.x; }), attempt(() => { fr.in.y = 5; return fr.in.y; }), Object.isFrozen(fr), Object.isSealed(fr), attempt(() => { se.x = 5; return se.x; }), attempt(() => { delete se.x; }), attempt(() => { se.y = 1; }), attempt(() => { pe.y = 1; }), delete pe.x, Object.isExtensible(pe), Object.isFrozen("x"), Object.isFrozen({}));
const fa = Object.freeze([1, 2]);
console.log(attempt(() => { fa[0] = 9; }), attempt(() => fa.push(3)), attempt(() => { fa.length = 0; }), attempt(() => fa.sort()), fa);
const proto = { greet() { return "hi " + this.name; }, shared: [], get up() { return this.name.toUpperCase(); } };
const p = Object.create(proto, { name: { value: "ann", enumerable: true, writable: true } }), q = { __proto__: proto, name: "bob" };
console.log(p.greet(), q.greet(), p.up, q.up, p.shared === q.shared, Object.getPrototypeOf(p) === proto, proto.isPrototypeOf(q), q.__proto__ === proto, p instanceof Object);
p.shared = "own";
proto.greet = function () { return "hello " + this.name; };
console.log(p.greet(), q.shared, Object.keys(p));
Object.setPrototypeOf(q, { greet() { return "other " + this.name; } });
console.log(q.greet(), q.up, attempt(() => Object.setPrototypeOf(proto, p)), attempt(() => Object.setPrototypeOf({}, 5)), Object.getPrototypeOf(Object.create(null)));
console.log(Object.entries({ x: 1, y: [2] }), Object.values("ab"), Object.fromEntries([["a", 1], ["b", 2]]), Object.assign({ a: 1 }, { a: 2, b: 3 }, null, [9]), Object.is(NaN, NaN), Object.is(0, -0), Object.is({}, {}));
console.log(Object.getOwnPropertyNames({ z: 1, 1: 1, a: 1 }), Object.getOwnPropertyNames(function f(a) {}).sort(), Object(null), typeof Object(5), Object.keys(5));
console.log({}.toString(), Object.prototype.toString.call(null), Object.prototype.toString.call(5), Object.prototype.toString.call(() => {}), Object.prototype.toString.call(new Date(0)), Object.prototype.toString.call(undefined), ({ a: 1 }).valueOf(), `${{}}`, ({}).toLocaleString());
const n = null, u = undefined, deep = { a: { b: [{ c: () => "called" }] } };
let effects = 0;
console.log(n?.x, u?.x.y.z, n?.[effects++], u?.(effects++), deep?.a?.b?.[0]?.c?.(), deep.x?.y.z, deep.a.b[5]?.c(), deep.nope?.(), effects, attempt(() => deep.x.y), attempt(() => deep.a.b()), (n?.x) ?? "default", delete n?.x);
console.log(0 ?? 1, null ?? 1, "" || "x", "" ?? "x", 1 && 2 || 3, (null || undefined) ?? "z", !1 || 0 && 5);
const k1 = { toString() { return "computed"; } }, sym = {};
sym[k1] = 1; sym[null] = 2; sym[undefined] = 3; sym[1.5] = 4; sym[-0] = 5; sym[true] = 6; sym[[1, 2]] = 7; sym[{}] = 8;
console.log(sym, sym.computed, sym["null"], sym[0], sym["1,2"]);
function many(n) { const o = {}; for (let i = 0; i < n; i++) o["p" + i] = i; let s = 0; for (let i = 0; i < n; i++) s += o["p" + i]; for (let i = 0; i < n; i += 2) delete o["p" + i]; return s + Object.keys(o).length; }
console.log(many(3), many(100), many(1000));
function numericKeys(n) { const o = {}; for (let i = 0; i < n; i++) o[i * 3] = i; let s = 0; for (const k in o) s += o[k] * Number(k) % 7; return s + (o[30] || 0); }
console.log(numericKeys(10), numericKeys(1000));
function deleting(n) { let c = 0; for (let i = 0; i < n; i++) { const t = { a: i, b: 1, c: 2 }; if (i & 1) delete t.b; if (i % 3 === 0) delete t.c; t.d = 5; c += Object.keys(t).length + (t.b === undefined ? 100 : t.b); } return c; }
console.log(deleting(10), deleting(1000));
const getterCount = { n: 0, get next() { return ++this.n; } };
let gs = 0;
for (let i = 0; i < 3000; i++) gs += getterCount.next;
console.log(gs, getterCount.n);
const setter = { total: 0, set add(v) { this.total += v; } };
for (let i = 0; i < 3000; i++) setter.add = i;
console.log(setter.total, setter.add);
function callable() {} callable.prop = 1; callable.method = function () { return this === callable; };
console.log(callable.prop, callable.method(), callable.name, callable.length, attempt(() => { callable.name = "x"; }), Object.keys(callable));
console.log(typeof globalThis, attempt(() => { undefined = 1; }), attempt(() => { NaN = 1; }), attempt(() => { delete Object.prototype; }), globalThis.undefined, typeof globalThis.Math);
