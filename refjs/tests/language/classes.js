"use strict";
// Classes: fields, statics, accessors, super, new.target, extending builtins, computed names.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
class A {
  count = 0;
  list = [1, this.count];
  static made = 0;
  static { A.block = "ran " + A.made; }
  "quoted name" = 1;
  ["comp" + 1] = 2;
  7 = "seven";
  arrow = () => this.count;
  constructor(n) { this.n = n; A.made++; }
  get double() { return this.n * 2; }
  set double(x) { this.n = x / 2; }
  method(x) { return this.n + x; }
  static create(...a) { return new this(...a); }
  static get total() { return A.made; }
  toString() { return `A(${this.n})`; }
  valueOf() { return this.n; }
  ["m" + "2"]() { return "m2"; }
}
class B extends A {
  extra = this.n;
  constructor(n, m) { super(n); this.m = m; }
  method(x) { return super.method(x) * 10; }
  get double() { return super.double + 1; }
  set double(x) { super.double = x; }
  static create(...a) { const o = super.create(...a); o.tag = "B"; return o; }
  toString() { return "B:" + super.toString(); }
  superName() { return super.method(1); }
  arrowSuper() { return (() => super.method(2))(); }
}
class C extends B {}
const a = new A(1), b = new B(2, 3), c = C.create(4, 5);
console.log(a, b, c);
console.log(a.method(1), b.method(1), c.method(1), b.double, c.double, String(b), a + b, `${c}`, A.total, A.block, B.made);
b.double = 20;
console.log(b.n, b.double, b.superName(), b.arrowSuper(), a.m2(), a.arrow.call(null), A.create(9).n);
console.log(b instanceof A, a instanceof B, c instanceof C, C.name, C.length, B.length, A.prototype.method.name, typeof A);
console.log(Object.keys(a), Object.getOwnPropertyNames(A.prototype), Object.getPrototypeOf(B) === A);
console.log(attempt(() => A()), attempt(() => new (class extends A { constructor() {} })()), attempt(() => new (class extends null {})()), attempt(() => { class X extends 5 {} }),
  attempt(() => new (class extends A { constructor() { super(); super(); } })()), attempt(() => { A.prototype = 1; }), attempt(() => new a.method()), attempt(() => new (() => {})()));
console.log(attempt(() => new (class extends A { constructor() { return { own: 1 }; } })().own), attempt(() => new (class extends A { constructor() { return 1; } })()), attempt(() => new (class { constructor() { return 1; } x = 2; })().x));
function Old(x) { if (!new.target) return "called"; this.x = x; }
Old.prototype.get = function () { return this.x; };
class New extends Old { get() { return "new " + super.get(); } }
console.log(Old(1), new Old(2).get(), new New(3).get(), new Old(1).constructor === Old);
class T { constructor() { this.t = new.target.name; } }
class U extends T {}
console.log(new T().t, new U().t);
class Stack extends Array { top() { return this[this.length - 1]; } }
const st = new Stack();
st.push(1, 2, 3);
console.log(st.top(), st.length, st instanceof Array, Array.isArray(st), st);
class MyError extends Error { constructor(m, code) { super(m); this.name = "MyError"; this.code = code; } }
try { throw new MyError("bad", 7); } catch (e) { console.log(e.name, e.message, e.code, String(e), e instanceof MyError, e instanceof Error); }
class Table extends Map { getOr(k, d) { return this.has(k) ? this.get(k) : d; } }
const tb = new Table([["a", 1]]);
console.log(tb.getOr("a", 0), tb.getOr("b", 0), tb.size, tb);
class S2 extends Set { addAll(...v) { for (const x of v) this.add(x); return this; } }
console.log(new S2().addAll(1, 2, 2, 3));
const obj = { __proto__: { hi() { return "proto hi"; } }, hi() { return "own, " + super.hi(); }, get g() { return 1; }, set g(v) { this.v = v; }, ["k" + 1]: 2, short() { return this; } };
obj.g = 5;
console.log(obj.hi(), obj.v, obj.k1, obj.short() === obj, Object.getPrototypeOf(obj).hi());
const Mixin = (Base) => class extends Base { mixed() { return "mixed " + this.n; } };
class M extends Mixin(A) {}
console.log(new M(8).mixed(), new (class Named { static n = this.name; })().constructor.n);
class Shape { area() { return 0; } describe() { return this.constructor.name + " " + this.area().toFixed(2); } }
class Circle extends Shape { constructor(r) { super(); this.r = r; } area() { return Math.PI * this.r ** 2; } }
class Square extends Shape { constructor(s) { super(); this.s = s; } area() { return this.s * this.s; } }
class Tri extends Shape { constructor(b, h) { super(); this.b = b; this.h = h; } area() { return this.b * this.h / 2; } }
const shapes = [];
for (let i = 0; i < 3000; i++) shapes.push(i % 3 === 0 ? new Circle(i % 7) : i % 3 === 1 ? new Square(i % 5) : new Tri(i % 4, i % 9));
let area = 0;
for (const s of shapes) area += s.area();
console.log(area, shapes[0].describe(), shapes[1].describe(), shapes[2].describe());
class Counter { static count = 0; static next() { return ++this.count; } }
class Counter2 extends Counter {}
for (let i = 0; i < 1000; i++) { Counter.next(); if (i % 10 === 0) Counter2.next(); }
console.log(Counter.count, Counter2.count, Object.keys(Counter2));
class Lazy { get value() { Object.defineProperty(this, "value", { value: 42, writable: false }); return "first"; } }
const lazy = new Lazy();
console.log(lazy.value, lazy.value, attempt(() => { lazy.value = 1; }));
class OnlyGet { get x() { return 1; } }
console.log(attempt(() => { new OnlyGet().x = 2; }), new OnlyGet().x);
class Order { [(console.log("key 1"), "a")] = console.log("value 1"); static [(console.log("key 2"), "b")] = console.log("value 2"); [(console.log("key 3"), "c")]() {} }
new Order();
class Vec { constructor(x, y) { this.x = x; this.y = y; } plus(o) { return new Vec(this.x + o.x, this.y + o.y); } get len() { return Math.hypot(this.x, this.y); } static zero = new Vec(0, 0); }
let acc = Vec.zero;
for (let i = 0; i < 5000; i++) acc = acc.plus(new Vec(i % 3, i % 2 ? 0.5 : 1));
console.log(acc, acc.len, Vec.zero.x);
class Deep0 { v() { return 1; } } class Deep1 extends Deep0 { v() { return super.v() + 1; } } class Deep2 extends Deep1 { v() { return super.v() + 1; } } class Deep3 extends Deep2 { v() { return super.v() + 1; } }
const deep = new Deep3();
let ds = 0;
for (let i = 0; i < 2000; i++) ds += deep.v();
Deep1.prototype.v = function () { return 100; };
for (let i = 0; i < 2000; i++) ds += deep.v();
console.log(ds);
