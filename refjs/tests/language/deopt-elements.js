"use strict";
// Arrays and typed arrays that change under compiled loops.
function sum(a, n) { let s = 0; for (let i = 0; i < n; i++) s += a[i]; return s; }
const make = (n, f) => Array.from({ length: n }, (_, i) => f(i));
const kinds = [make(200, (i) => i), make(200, (i) => i / 2), make(200, (i) => i % 2 ? i : i + 0.25), make(200, (i) => i === 150 ? "x" : i), new Float64Array(200).fill(1.5), new Int32Array(200).fill(3), new Uint8Array(200).fill(255), "7".repeat(200), { length: 200, 0: 1, 5: 2 }];
for (let round = 0; round < 3; round++) for (const k of kinds) console.log(String(sum(k, 100)).slice(0, 40), String(sum(k, 200)).slice(-30), String(sum(k, 210)).slice(-30));
const holes = make(200, (i) => i);
delete holes[150];
console.log(sum(holes, 100), sum(holes, 200), sum([], 1), sum([1, , 3], 3), sum([undefined], 1), sum([null, true, "5"], 3));
function grow(n) { const a = []; for (let i = 0; i < n; i++) { a[a.length] = i; if (i % 10 === 0) a[i + 5] = -1; } let s = 0; for (let i = 0; i < a.length; i++) s += a[i] === undefined ? 1000 : a[i]; return [s, a.length]; }
console.log(grow(5), grow(500));
function shrink(n) { const a = make(n, (i) => i); let s = 0; for (let i = 0; i < a.length; i++) { s += a[i]; if (i % 7 === 0) a.pop(); if (i === 50) a.length -= 10; } return [s, a.length]; }
console.log(shrink(40), shrink(1000));
function negative(a, n) { let c = 0; for (let i = n; i >= -3; i--) { const v = a[i]; if (v === undefined) c++; else c += v; } return c; }
console.log(negative([1, 2, 3], 5), negative(make(300, (i) => i), 305), negative(new Int32Array(5).fill(2), 9));
function doubleIndex(a, step) { let s = ""; for (let d = 0; d < 5; d += step) s += a[d] + ","; return s; }
for (let i = 0; i < 200; i++) doubleIndex([1, 2, 3, 4, 5], 1);
console.log(doubleIndex([1, 2, 3, 4, 5], 1), doubleIndex([1, 2, 3, 4, 5], 0.5), doubleIndex("abcde", 1));
function write(a, i, v) { a[i] = v; return a[i]; }
for (let i = 0; i < 500; i++) write([1, 2, 3], i % 3, i);
console.log(write([1], 0, 0.5), write([1], 0, "s"), write([1], 3, 1), write(new Uint8Array(3), 1, 300), write(new Uint8Array(3), 7, 1), write(new Float64Array(1), 0, "2.5"), write({}, 0, 5), write([1, 2], "1", 6), write([1], -1, 7), write(new Int32Array(2), 0, { valueOf: () => 5 }), write(Object.assign([], { x: 1 }), 0, 3));
try { write(Object.freeze([1, 2]), 0, 5); } catch (e) { console.log(e.name); }
try { write("abc", 0, 5); } catch (e) { console.log(e.name); }
try { write(null, 0, 5); } catch (e) { console.log(e.name); }
function transitions(n) { const a = []; let log = ""; for (let i = 0; i < n; i++) { a[i] = i < 100 ? i : i < 200 ? i + 0.5 : i < 300 ? "s" : null; if (i % 99 === 0) log += a[i >> 1] + ";"; } return log; }
console.log(transitions(50), transitions(400));
function nestedGrow(n) { const g = []; for (let i = 0; i < n; i++) { g.push([]); for (let k = 0; k <= i % 10; k++) g[i].push(k * i); } let s = 0; for (const row of g) for (let k = row.length - 1; k >= 0; k--) s += row[k]; return s; }
console.log(nestedGrow(10), nestedGrow(500));
function lengthInLoop(a) { let c = 0; for (let i = 0; i < a.length; i++) { if (a.length < 400 && a[i] % 3 === 0) a.push(i); c++; } return c; }
console.log(lengthInLoop(make(50, (i) => i)), lengthInLoop(make(100, (i) => i)), lengthInLoop({ length: 5 }), lengthInLoop("abc"), lengthInLoop({ length: 2.5 }));
function swapTypes(n) { let a = [1, 2, 3, 4], s = 0; for (let i = 0; i < n; i++) { s += a[i & 3]; if (i === 300) a = new Float64Array([0.5, 1.5, 2.5, 3.5]); if (i === 600) a = "1234"; if (i === 620) a = [, , , ,]; } return String(s).slice(0, 40); }
console.log(swapTypes(200), swapTypes(500), swapTypes(610), swapTypes(700));
function hoisted(a, b) { let s = 0; for (let i = 0; i < b.length; i++) { a[0] = i; s += b[i]; b[b.length - 1] = s & 255; } return s; }
const self = make(300, (i) => i);
console.log(hoisted([1], make(300, (i) => i)), hoisted(self, self), hoisted(new Int32Array(1), self), hoisted(new Float64Array(self), self.slice()));
function callbackChanges(n) { const a = make(n, (i) => i); let s = 0; const f = (i) => { if (i === n >> 1) a.length = (n >> 1) + 2; if (i === 5) a[6] = "six"; return 1; }; for (let i = 0; i < a.length; i++) { s += f(i); s += a[i]; } return String(s).slice(0, 30) + a.length; }
console.log(callbackChanges(10), callbackChanges(20), callbackChanges(1000));
function bubble(a) { for (let i = 0; i < a.length; i++) for (let k = 0; k + 1 < a.length - i; k++) if (a[k] > a[k + 1]) { const t = a[k]; a[k] = a[k + 1]; a[k + 1] = t; } return a; }
console.log(bubble([5, 2, 9, 1]).join(), bubble(make(60, (i) => (i * 37) % 61)).slice(0, 5), bubble(new Float64Array([2.5, -1, 0])).join(), bubble(["c", "a", "b"]).join(), bubble([3, "10", 2]).join(), bubble([NaN, 2, 1]).join());
function destructure(n) { let s = 0; for (let i = 0; i < n; i++) { const [a, b = 5, ...c] = i % 100 === 99 ? [i] : [i, 1, 2, 3]; s += a + b + c.length; } return s; }
console.log(destructure(50), destructure(1000));
function stringIndex(t, n) { let c = 0; for (let i = 0; i < n; i++) { if (t[i] === "a") c++; if (t[i] === undefined) c += 1000; if (t.charCodeAt(i) !== t.charCodeAt(i)) c += 100000; } return c; }
console.log(stringIndex("banana", 6), stringIndex("banana".repeat(50), 300), stringIndex("banana", 8), stringIndex("\u4e2da", 2), stringIndex(["a", "b"].join(""), 2));
