"use strict";
// The words of errors, as V8 says them.
function message(f) { try { return f(); } catch (e) { return e.name + ": " + e.message; } }
const o = { a: null, f: 5, g: { h: undefined } }, fr = Object.freeze({ x: 1, arr: Object.freeze([1]) });
let u, n = null;
class K { get only() { return 1; } }
for (const f of [
  () => u.x, () => n.x, () => u[0], () => o.a.b, () => o.g.h.i, () => { u.x = 1; }, () => { n[0] = 1; }, () => o.f(), () => o.nope(), () => u(), () => o.g.h(),
  () => new o.f(), () => nowhere, () => { nowhere = 1; }, () => { fr.x = 2; }, () => { fr.y = 2; }, () => { delete fr.x; }, () => { fr.arr[0] = 2; },
  () => { new K().only = 3; }, () => K(), () => new Array(-1), () => { [].length = -1; }, () => "a" in "b", () => ({}) instanceof (() => {}).x, () => Object.keys(null), () => "x".repeat(-1),
  () => (1).toString(1), () => (1).toFixed(200), () => [].reduce((a, b) => a), () => [...5], () => { const [a] = null; }, () => { const { a } = null; }, () => { const { a } = undefined; },
  () => JSON.parse(""), () => { const c = 1; c = 2; }, () => { x; let x; }, () => Math.max(...1), () => null[Symbol], () => new (class A extends null {})(),
]) {
  const m = message(f);
  if (!m.includes("Symbol") && !m.includes("iterable") && !m.includes("destructure")) console.log(m);
}
