"use strict";
// The time before let, const and class are initialized; assignment to const; typeof there.
function attempt(f) {
  try { return f(); } catch (e) { return e.name + ": " + e.message; }
}
console.log(attempt(() => { const r = x; let x = 1; return r; }));
console.log(attempt(() => { x = 1; let x; return x; }));
console.log(attempt(() => { typeof x; let x; }));
console.log(attempt(() => { const f = () => y; let y = 3; return f(); }));
console.log(attempt(() => { const f = () => y; const r = f(); let y = 3; return r; }));
console.log(attempt(() => { const f = () => { z = 2; }; f(); let z = 3; }));
console.log(attempt(() => { const c = 1; c = 2; }));
console.log(attempt(() => { const c = 1; c++; }));
console.log(attempt(() => { const c = 1; (() => { c += 1; })(); }));
console.log(attempt(() => { new C(); class C {} }));
console.log(attempt(() => { class D extends D {} }));
console.log(attempt(() => { let a = a; }));
console.log(attempt(() => { const [p = q, q] = []; }));
console.log(attempt(() => { const [p, q = p] = [1]; return q; }));
console.log(attempt(() => { for (const i = 0; i < 2; i++); }));
console.log(attempt(() => { for (const k of [1, 2]) k++; }));
console.log(attempt(() => { switch (1) { case 0: let s = 1; break; case 1: return s; } }));
console.log(attempt(() => { switch (0) { case 0: let s = 4; case 1: return s; } }));
console.log(attempt(() => { { f1(); let w = 1; function f1() { return w; } } }));
console.log(attempt(() => { return hoisted(); function hoisted() { return "hoisted"; } }));
console.log(attempt(() => { const r = typeof v; var v = 1; return r; }));
console.log(attempt(() => undeclaredThing));
console.log(attempt(() => { undeclaredThing = 1; }));
function once(early) {
  const get = () => late;
  if (early) return get();
  let late = 7;
  return get();
}
let good = 0, bad = 0;
for (let i = 0; i < 2000; i++) {
  try { good += once(i % 400 === 399); } catch (e) { bad += e instanceof ReferenceError ? 1 : 100; }
}
console.log(good, bad);
// A loop's body has a new time before initialization in each round.
let seen = "";
for (let i = 0; i < 3; i++) {
  seen += attempt(() => { const r = inner; return r; }).slice(0, 9);
  let inner = i;
  seen += inner;
}
console.log(seen);
let top = 1;
{ let top = 2; { let top = 3; console.log(top); } console.log(top); }
console.log(top);
