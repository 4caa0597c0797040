"use strict";
// Patterns in declarations, assignments, parameters, loops and catch.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
const [a, , b = 5, [c, d] = [6, 7], ...rest] = [1, 2, undefined, undefined, 8, 9];
console.log(a, b, c, d, rest);
const { x, y: { z = 3, w } = {}, ["co" + "mp"]: comp, "quoted key": q, 5: five, ...others } = { x: 1, comp: 2, "quoted key": 3, 5: 5, m: 6, n: 7 };
console.log(x, z, w, comp, q, five, others);
let p = 1, r = 2;
[p, r] = [r, p];
console.log(p, r);
const o = { list: [] };
[o.a, o["b"], ...o.list] = "hello";
({ a: o.c, length: o.len = 9 } = o);
console.log(o);
function f({ a, b: { c = 10 } = {}, ...rest } = {}, [d, e = d] = [1], ...more) { return [a, c, rest, d, e, more]; }
console.log(f(), f({ a: 1, b: { c: 2 }, k: 3 }, [4], 5, 6), f({}, "xy"));
for (let i = 0; i < 500; i++) f({ a: i, b: {} }, [i, i]);
for (const [k, v] of Object.entries({ one: 1, two: 2 })) console.log(k, v);
for (const { id, tags: [first] } of [{ id: 1, tags: ["t"] }, { id: 2, tags: [] }]) console.log(id, first);
for (const [k, v] of new Map([["m", 1], ["n", 2]])) console.log(k, v);
try { throw { code: 7, info: ["deep"] }; } catch ({ code, info: [text] }) { console.log(code, text); }
console.log(attempt(() => { const { q } = null; }), attempt(() => { const [q] = undefined; }), attempt(() => { const [q] = {}; }), attempt(() => { (({ q }) => q)(); }));
console.log(attempt(() => { const { length } = "abc"; return length; }), attempt(() => { const { toFixed } = 1; return typeof toFixed; }));
let order = "";
const src = { get a() { order += "a"; return undefined; }, get b() { order += "b"; return 1; } };
const key = (k) => { order += "[" + k + "]"; return k; };
const { [key("b")]: vb, [key("a")]: va = (order += "=", 5) } = src;
console.log(order, vb, va);
const fn = ({ n = 1, f = () => n } = {}) => f();
console.log(fn(), fn({ n: 4 }), fn({ f: () => "own" }));
const { anon = () => {}, cls = class {}, named = function given() {} } = {};
console.log(anon.name, cls.name, named.name);
let swapSum = 0;
function swaps(n) { let a = 1, b = 2, c = 3; for (let i = 0; i < n; i++) { [a, b, c] = [c, a, b]; swapSum += a; } return [a, b, c]; }
console.log(swaps(1000), swaps(1001), swapSum);
function fibPair(n) { let [a, b] = [0, 1]; for (let i = 0; i < n; i++) [a, b] = [b, a + b]; return a; }
console.log(fibPair(10), fibPair(90), fibPair(1000));
function point({ x, y }) { return x * y; }
let s = 0;
for (let i = 0; i < 3000; i++) s += point(i % 2 ? { x: i, y: 2 } : { y: 3, x: i, extra: 0 });
console.log(s);
const nested = { a: { b: { c: { d: [10, { e: 11 }] } } } };
const { a: { b: { c: { d: [n0, { e: n1 }] } } } } = nested;
console.log(n0, n1);
const [s0, s1, ...sr] = "a\u{1F600}bc";
console.log(s0, s1, sr);
const result = ({ a: p } = { a: 77, z: 1 });
console.log(result, p);
const [] = [], {} = {};
const [[[deep = "none"] = []] = []] = [[[]]];
console.log(deep);
var { v1, v2 } = { v1: 1 }, [v3] = [3];
console.log(v1, v2, v3);
console.log((([a, b], { c }) => a + b + c)([1, 2], { c: 3 }));
const { ["__proto__"]: proto, constructor } = {};
console.log(proto === Object.prototype, constructor === Object);
