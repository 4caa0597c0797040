// super.x, super[x] and super() in methods, literals and arrows.
"use strict";
class P { m(x) { return "P.m" + x + this.n; } get g() { return "g" + this.n; } set s(v) { this._s = v; } static sm() { return "P.sm" + (this.name); } static get sg() { return "sg"; } }
class Q extends P {
  constructor() { super(); this.n = 1; const a = () => super.m("c"); this.r = a(); }
  t(k) { return [super[k](1), super["m"](2), (() => super[k](3))(), (() => () => super.m(4))()()].join(); }
  u(k) { return super[k]; }
  w(k, v) { super[k] = v; super.s = v + 1; (() => { super.z = v; })(); return JSON.stringify(this); }
  c(k) { super[k] += 5; return this[k]; }
  f = () => super.m("field");
  h = super.m("h");
  static st = super.sm();
  static arrow = () => super.sm();
  static { this.blk = super.sm(); this.ar2 = (() => super["sg"])(); }
  static tt(k) { return super[k]() + (() => super.sm())(); }
  ord() { const log = []; const o = { toString() { log.push("key"); return "m"; } }; super[(log.push("expr"), o)](log.push("arg")); return log.join(); }
  upd() { this.cnt = 1; super.cnt = 5; const x = super.cnt; return x + "/" + this.cnt; }
  none() { return super.nope; }
  nonecall() { try { super.nope(); } catch (e) { return e.message; } }
  noneidx() { try { super["a b"](); } catch (e) { return e.message; } }
  ix() { P.prototype[3] = "three"; return super[3] + super["3"] + super[1 + 2]; }
}
const q = new Q();
console.log(q.r, q.t("m"), q.u("g"), q.w("s", 7), q.w("other", 8), q.f(), q.h);
console.log(q.c("n2"), Q.st, Q.arrow(), Q.blk, Q.ar2, Q.tt("sm"), q.ord(), q.upd(), q.none(), q.nonecall(), q.noneidx(), q.ix());
const base = { hi() { return "base " + this.n; }, get v() { return "v" + this.n; } };
const o = { __proto__: base, n: 5, hi() { return super.hi() + "!" + (() => super.hi())() + (() => () => super["hi"]())()(); }, get v() { return (() => super.v)() + "w"; }, set x(y) { try { super.x = y } catch (e) { console.log(e.message) } (() => { super.y = y; })(); } , ["c" + 1]() { return super.hi(); } };
console.log(o.hi(), o.v, Object.keys(o).join(), o.c1()); o.x = 9; console.log(o.x, Object.keys(o).join());
Object.setPrototypeOf(o, { hi() { return "other"; } }); console.log(o.hi());
class N extends null { static t() { return super.name; } m() { return super.x; } }
try { N.prototype.m.call({}); } catch (e) { console.log(e.message); }
class A2 { m() { return super.toString === Object.prototype.toString; } static n() { return super.call === Function.prototype.call; } }
console.log(new A2().m(), A2.n());
class B { constructor() { this.k = super.toString.call(1); } } console.log(new B().k);
function mk() { return { m() { return [1,2].map(() => super.toString === Object.prototype.toString); } }; } console.log(mk().m());
{
class P { constructor(a, b) { this.a = a; this.b = b; this.nt = new.target.name; } m() { return "m" + this.a; } }
class A extends P { constructor() { const s = () => super(1, 2); s(); this.x = this.a + 1; } }
class B extends P { constructor(...r) { const s = () => () => { super(...r, 9); return this.m(); }; this0(() => s()()); console.log(this.b, super.m(), (() => super.m())()); } }
function this0(f) { return f(); }
class C extends P { constructor(q) { if (q) (() => super(7))(); } }
class D extends P { constructor() { (() => super(7))(); try { (() => super(8))(); } catch (e) { console.log(e.name + ": " + e.message); } return undefined; } }
class E2 extends P { constructor() { const f = () => this; try { f(); } catch (e) { console.log(e.message); } (() => super(3))(); console.log(f().a, f() === this); } }
class F extends P { constructor() { super(5); const f = () => { super(6); }; try { f(); } catch (e) { console.log(e.message); } console.log(this.a); } }
class G extends A { constructor() { for (let i = 0; i < 2; i++) { if (i) { const v = (() => super())(); console.log(v === this, v.x); } } } }
console.log(JSON.stringify(new A()), new A().m(), new A() instanceof A);
console.log(JSON.stringify(new B(3)));
try { new C(0); } catch (e) { console.log(e.name + ": " + e.message); } console.log(new C(1).a);
new D(); new E2(); new F(); console.log(JSON.stringify(new G()));
class H extends Array { constructor(n) { [n].forEach(v => super(v)); this.fill(0); } } console.log(new H(3).length, new H(3));
let n = 0; for (let i = 0; i < 3000; i++) n += new A().x + new C(1).a; console.log(n);
}
