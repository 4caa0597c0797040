"use strict";
// throw, catch, finally: all the ways in and out, nested, and hot.
let log = [];
function attempt(f) { try { return f(); } catch (e) { return "caught " + (e instanceof Error ? e.name + ": " + e.message : e); } }
function ways(way) {
  const out = [];
  function inner() {
    for (let i = 0; i < 3; i++) {
      try {
        out.push("try" + i);
        if (way === "return") return "returned";
        if (way === "throw") throw "thrown";
        if (way === "break") break;
        if (way === "continue") continue;
      } catch (e) {
        out.push("catch " + e);
        if (i === 1) throw e + " again";
      } finally {
        out.push("finally" + i);
        if (way === "override" && i === 1) return "from finally";
        if (way === "finally break" && i === 1) break;
        if (way === "finally continue") continue;
        if (way === "finally throw" && i === 1) throw "by finally";
      }
      out.push("after" + i);
    }
    return "end";
  }
  out.push(attempt(inner));
  return out.join(" ");
}
const all = ["return", "throw", "break", "continue", "override", "finally break", "finally continue", "finally throw", "none"];
for (let i = 0; i < 200; i++) for (const way of all) ways(way);
for (const way of all) console.log(way, "->", ways(way));
console.log(attempt(() => { try { return 1; } finally { log.push("f"); } }), log);
console.log(attempt(() => { try { throw 1; } finally { return 2; } }));
console.log(attempt(() => { try { return 1; } finally { try { throw 2; } catch (e) { log.push(e); } } }), log);
console.log(attempt(() => { let x = 1; try { return x; } finally { x = 2; } }));
console.log(attempt(() => { outer: for (;;) { try { for (;;) { try { break outer; } finally { log.push("a"); } } } finally { log.push("b"); } } return log.join(); }));
console.log(attempt(() => { for (const x of [1, 2, 3]) { try { if (x === 2) return x; } finally { log.push(x); } } }), log.length);
console.log(attempt(() => { try { try { throw "one"; } finally { throw "two"; } } catch (e) { return e; } }));
console.log(attempt(() => { try { throw "x"; } catch { return "no binding"; } }));
console.log(attempt(() => { throw undefined; }), attempt(() => { throw null; }), attempt(() => { throw { a: 1 }.a; }));
console.log(attempt(() => { l: try { break l; } finally { return "finally of a labelled try"; } }));
function nest(n) { if (n === 0) throw new RangeError("bottom"); try { nest(n - 1); } finally { log.push(n); } }
log = [];
console.log(attempt(() => nest(5)), log);
for (const make of [() => null.x, () => undefined.y.z, () => null.f(), () => (1)(), () => ({}).nothing(), () => new 5(), () => ({}) instanceof 5, () => "a" in "b", () => missing, () => [].reduce((a) => a), () => "x".repeat(-1),
  () => new Array(-1), () => (1).toFixed(101), () => Object.defineProperty(Object.freeze({}), "x", { value: 1 }), () => { Object.freeze([1]).push(2); }, () => { (void 0)[0] = 1; }, () => JSON.parse("{bad"), () => { const { a } = null; }]) {
  const e = (() => { try { make(); } catch (e) { return e; } })();
  console.log(e.name, e instanceof Error, e.constructor.name, typeof e.message, typeof e.stack);
}
function thrower(i) { if (i % 3 === 0) throw i; if (i % 7 === 0) return null.x; return i; }
function caller(i) { return thrower(i) + 1; }
function sumAll(n) {
  let sum = 0, errors = 0, finals = 0;
  for (let i = 0; i < n; i++) {
    try { sum += caller(i); } catch (e) { if (e instanceof TypeError) errors += 1000000; else errors += e; } finally { finals++; }
  }
  return [sum, errors, finals];
}
console.log(sumAll(100), sumAll(5000));
function state(n) {
  let a = 1, b = 2.5, s = "s";
  try { for (let i = 0; i < n; i++) { a += i; b *= 1.0001; s = "t" + i; if (i === n - 1) thrower(21); } } catch (e) { return [a, b, s, e]; }
}
console.log(state(10), state(3000));
const err = new Error("with cause", { cause: "because" });
console.log(err.cause, err.message, Object.keys(err), String(new TypeError("t")), String(new Error()), new Error(5).message === "5", Error("plain") instanceof Error);
console.log(Object.prototype.toString.call(err), err.hasOwnProperty("message"), "message" in new Error(), new Error().hasOwnProperty("message"));
const custom = Object.assign(new Error("c"), { name: "Custom", extra: 1 });
console.log(String(custom), custom.extra);
function rethrow(n) { try { try { if (n > 5) throw new Error("deep " + n); return n; } catch (e) { e.seen = true; throw e; } } catch (e) { return e.message + e.seen; } }
let r = "";
for (let i = 0; i < 1000; i++) r = rethrow(i % 11);
console.log(r, rethrow(3));
function loopFinally(n) { let c = 0; for (let i = 0; i < n; i++) { try { if (i & 1) continue; c += i; } finally { c += 1; } } return c; }
console.log(loopFinally(2000));
function getterThrows() { const o = { get x() { throw new Error("getter"); }, set y(v) { throw new Error("setter " + v); }, toString() { throw new Error("toString"); } };
  return [attempt(() => o.x), attempt(() => { o.y = 3; }), attempt(() => o + ""), attempt(() => `${o}`), attempt(() => [3, 1, 2].sort(() => { throw "cmp"; })), attempt(() => [1].map(() => { throw "map"; }))]; }
console.log(getterThrows());
console.log(attempt(() => { for (const x of [1, 2]) { throw "in for-of " + x; } }), attempt(() => { for (const k in { a: 1 }) throw k; }));
