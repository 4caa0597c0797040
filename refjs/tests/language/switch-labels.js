"use strict";
// switch in all forms, labels, break and continue out of everything.
function kind(x) {
  switch (x) {
    case 0: return "zero";
    case -0.5: case 1.5: return "half";
    case "a": case "b": return "letter";
    case null: return "null";
    case undefined: return "undefined";
    case NaN: return "never";
    case true: return "true";
    default: return typeof x;
  }
}
const inputs = [0, -0, 1.5, -0.5, "a", "b", "c", null, undefined, NaN, true, false, {}, 7];
for (let i = 0; i < 200; i++) for (const x of inputs) kind(x);
console.log(inputs.map(kind));
function fall(n) { let s = ""; switch (n) { case 1: s += 1; case 2: s += 2; break; default: s += "d"; case 3: s += 3; case 4: { s += 4; break; } case 5: s += 5; } return s; }
let acc = 0;
for (let i = 0; i < 5000; i++) acc += fall(i % 7).length;
console.log(acc, [0, 1, 2, 3, 4, 5, 6].map(fall));
function dense(n) { switch (n & 15) { case 0: return 5; case 1: return 3; case 2: return 8; case 3: return 1; case 4: return 9; case 5: return 2; case 6: return 7; case 7: return 4; case 8: return 6; default: return 0; } }
let d = 0;
for (let i = 0; i < 5000; i++) d = (d * 3 + dense(i)) | 0;
console.log(d);
let calls = "";
const c = (x) => { calls += x; return x; };
switch (c(2)) { case c(1): case c(2): case c(3): calls += "!"; }
switch (9) {}
switch (9) { default: calls += "only default"; }
console.log(calls);
function words(list) { let r = []; for (const w of list) { switch (w) { case "skip": continue; case "stop": break; default: r.push(w); continue; } r.push("after"); break; } return r; }
console.log(words(["x", "skip", "y", "stop", "z"]));
function labels(n) {
  let out = 0;
  outer: for (let i = 0; i < n; i++) {
    middle: for (let j = 0; j < 10; j++) {
      for (let k = 0; k < 10; k++) {
        if (k === 5) continue middle;
        if (j === 5) continue outer;
        if (i === n - 1) break outer;
        out += k;
      }
    }
  }
  return out;
}
console.log(labels(2), labels(50));
block: { calls = "in"; if (calls) break block; calls = "not reached"; }
a: b: for (;;) { for (;;) break a; }
lab: while (true) { do { break lab; } while (false); }
console.log(calls);
let s = "";
for (let i = 0, j = 10; i < j; i++, j--) { if (i === 1) continue; s += i + "" + j + ","; }
do { s += "once"; } while (false);
let w = 0;
while (w < 5) { w++; if (w === 2) continue; if (w === 4) break; s += w; }
for (;;) { if (w++ > 8) break; }
for (var v = 0; v < 2; v++);
for (let i = 5; i--;) s += i;
console.log(s, w, v);
var once = 0;
do { once++; if (once === 2) continue; } while (once < 3);
console.log(once);
if (0) ; else console.log("dangling");
if (1) if (0) console.log("wrong"); else console.log("inner else");
function nestedSwitch(a, b) { switch (a) { case 1: switch (b) { case 1: return "11"; case 2: break; } return "1x"; case 2: for (let i = 0; i < 3; i++) { switch (i) { case 1: continue; case 2: return "2:" + i; } } } return "none"; }
console.log(nestedSwitch(1, 1), nestedSwitch(1, 2), nestedSwitch(2, 0), nestedSwitch(3, 0));
function scoped(n) { switch (n) { case 0: let x = "zero"; return x; case 1: { let x = "one"; return x; } case 2: x = "two"; return x; } }
try { console.log(scoped(0), scoped(1)); scoped(2); } catch (e) { console.log(e.name); }
console.log(((x) => x ? x > 1 ? "many" : "one" : "none")(2), [0, 1, 5].map((x) => (x === 0 ? "none" : x === 1 ? "one" : "many")));
for (const x of [1, 2, 3, 4]) { if (x % 2) continue; s = x; }
console.log(s);
