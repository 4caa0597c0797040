"use strict";
// What has effects happens once, also where compiled code is left next to it.
let calls = 0;
const tell = (x) => { calls++; return x; };
class G { constructor() { this.n = 0; } get next() { return ++this.n; } set add(v) { this.n += v; } }
const cold = [
  (o) => { tell(1); return o.x.length; }, (o) => { o.n++; return o.list.length; }, (o) => { o["k" + o.n] = 1; return Object.keys(o).length; }, (o) => { const s = [tell("a"), ...[tell(2)], tell(3)]; return s.length; },
];
function f0(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { tell(1); s += o.list.length; } else s++; } } catch (e) { console.log(e); } return s; }
function f1(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o.n++; s += o.list.length; } else s++; } } catch (e) { console.log(e); } return s; }
function f2(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o["k" + o.n] = o.n; s += o.list.length; } else s++; } } catch (e) { console.log(e); } return s; }
function f3(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o.list.push(1); s += o.list.length; } else s++; } } catch (e) { console.log(e); } return s; }
function f4(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { s += o.next + o.next; } else s++; } } catch (e) { console.log(e); } return s; }
function f5(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o.add = 2; s += o.n; } else s++; } } catch (e) { console.log(e); } return s; }
function f6(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { s += [tell(1), tell(2), ...[3]].length; } else s++; } } catch (e) { console.log(e); } return s; }
function f7(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { const [a, b] = [tell(1), 2]; s += a + b; } else s++; } } catch (e) { console.log(e); } return s; }
function f8(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { const q = { ...o, z: tell(1) }; s += q.z; } else s++; } } catch (e) { console.log(e); } return s; }
function f9(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { delete o.list; o.n += 1; s += o.n; } else s++; } } catch (e) { console.log(e); } return s; }
function f10(n, o) { let s = 0, it = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { for (const x of [1, 2, 3]) { it += x; if (x === 2) s += o.list.length; } } else s++; } } catch (e) { console.log(e); } return s + it; }
function f11(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o.n++; s += (() => o.n)() + new G().next; } else s++; } } catch (e) { console.log(e); } return s; }
function f12(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { if (i === 50) { o.n += "x"; s += o.n.length; } else s++; } } catch (e) { console.log(e); } return s; }
function f13(n, o) { let s = 0; try { for (let i = 0; i < n; i++) { s += 1; if (i >= 50) { o.list[o.list.length] = i; s += o.list[o.list.length - 1] % 3; } } } catch (e) { console.log(e); } return s; }
const fs = [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13];
for (const f of fs) { const o = new G(); o.list = [1, 2, 3]; const r = [f(54, o)]; o.list ||= []; r.push(f(54, o)); o.list ||= []; for (let k = 0; k < 6; k++) { o.list ||= []; r.push(f(k === 4 ? 80 : 20, o)); } console.log(f.name, r.join(), calls, o); }
