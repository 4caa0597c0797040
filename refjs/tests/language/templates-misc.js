"use strict";
// Things that fit nowhere else: iteration by hand, getters on prototypes, conversions in odd places.
const it = [1, 2][`${"values"}`]();
console.log(it.next(), it.next(), it.next());
console.log([..."ab"].entries().next(), typeof [].keys, new Set([5]).values().next().value);
const log = [];
const o = { get a() { log.push("get a"); return 1; }, set a(v) { log.push("set a " + v); }, valueOf() { log.push("valueOf"); return 2; }, toString() { log.push("toString"); return "str"; } };
o.a += o + o;
`${o}`; o == 2; o < 3; [o] + ""; o * o; +o; o in {}; ({})[o]; String(o); isNaN(o); Math.max(o, 1); "x".repeat(o); [1, 2, 3][o]; new Array(3).fill(o).join();
console.log(log.join("|"));
const chain = [];
const t = (x) => { chain.push(x); return x; };
const obj = { m(...a) { chain.push("m" + a.length); return this; }, f: null };
obj[t("m")](t(1), t(2)).m(t(3))[t("m")]();
t(0) || t(1) && t(2) || t(3);
t(null) ?? t(4);
obj?.[t("m")]?.(t(5));
(t(1), t(2));
[t(6), t(7)][t(0)] = t(8);
({ [t("k")]: t("v"), ...t({ s: 1 }) });
t(true) ? t("y") : t("n");
console.log(JSON.stringify(chain));
try { t(null)[t("key after null")]; } catch (e) { console.log(e.name, chain[chain.length - 1]); }
try { null.x(t("argument of null")); } catch (e) { console.log(e.name, chain[chain.length - 1]); }
try { ({}).x(t("argument of missing")); } catch (e) { console.log(e.name, chain[chain.length - 1]); }
let u;
try { u.x = t("value for undefined"); } catch (e) { console.log(e.name, chain[chain.length - 1]); }
console.log([1, 2, 3].map((x) => ({ x })).map(({ x }) => x), ((a, b) => a ?? b)(null, 5), (function () { return arguments.length; })(...[1, , 3]));
var hoisted = typeof inner; if (true) { function inner() {} } console.log(hoisted);
console.log(isNaN("x"), isFinite("5"), isFinite(Infinity), Number.isNaN("x"), parseInt("08"), parseFloat("3.14abc"), [10, 1, 5].sort(), [,].length, [1, 2, 3].length = 5);
console.log(String([null, [undefined, [1]]]), `${[]}`, [] + 1, [2] * [3], null + 1, undefined + 1, "5" - 2, "5" + 2, true + "1", [1, 2] + [3], {} + [], -"3", +"  4 ", +"4x");
console.log(1 / 0, -1 / 0, 0 / 0, 1 / -0, 5 % 0, -5 % 5, 2 ** 1024, 2 ** -1075, 0.1 * 3, 9007199254740992 + 1, 1e308 * 10, -(2 ** 31) | 0, 2 ** 32 >>> 0, 2 ** 31 >> 0, 1 << 33, -1 >>> 31);
console.log(typeof null, typeof undefined, typeof (() => 1), typeof [], typeof "", typeof 1, typeof true, typeof Math, typeof class {}, typeof new Date(), typeof NaN);
label: for (const a of [1, 2, 3]) { for (const b of [1, 2, 3]) { if (b === 2) continue label; if (a === 3) break label; console.log(a, b); } }
let w = 0, out = "";
do { w++; if (w === 3) continue; out += w; } while (w < 5);
for (let i = 0, j = 10; i < j; i += 3, j--) out += `(${i},${j})`;
console.log(out);
const frozenList = Object.freeze([1, 2, 3]);
console.log(frozenList.map((x) => x + 1), [...frozenList, 4], frozenList.concat(5), frozenList.slice(1), Object.isFrozen(frozenList));
console.log([3, 1, 2].sort().concat([[0]]).flat().indexOf(0), Array.from(new Map([["k", "v"]])), Object.entries([7, 8]), JSON.stringify(Object.entries({ a: [] })));
const counter = (() => { let c = 0; return { inc: () => ++c, get value() { return c; }, reset() { c = 0; } }; })();
for (let i = 0; i < 100; i++) { counter.inc(); if (counter.value === 50) counter.reset(); }
console.log(counter.value);
console.log(((x, y = x * 2, { z = y + 1 } = {}, [q = z] = []) => [x, y, z, q])(1), ((...args) => args.length)(...Array(3)), (({ length }) => length)("four"));
switch (3) { case 1: default: let scoped = 5; console.log(scoped); }
console.log(new Array(3).join("-"), Array(3).map(() => 1), [...Array(2)].map((_, i) => i), Array.apply(null, [1, 2]), [].concat(1, [2], [[3]]));
console.log("a" < "b", "a" < "B", "2" > "12", 2 > "12", null < 1, undefined < 1, "a" > null, [2] > 1, ({}) > 1, "b" > ["a"], new Date(1) > new Date(0), true > false);
console.log(Number(" \n"), Number("1,2"), Number([7]), Number([1, 2]), Number(null), Number({}), Number(new Date(3)), Number("0x"), Number("1e1000"), Number(false));
console.log([1, 2, 3, 4, 5].reduce((a, x) => ({ ...a, [x]: x * x }), {}), Object.keys({ b: 1, a: 2, 1: 3 }).join(), "abc".split("").reverse().join(""), [[1, 2], [3, 4]].map(([a, b]) => a * b));
var self = 5; var self; console.log(self);
function sameName(x) { x = x || 7; { let x = 9; } return x; }
console.log(sameName(), sameName(3));
console.log((() => { try { return "try"; } finally { w = "finally ran"; } })(), w, (() => { for (const x of [1, 2]) { try { continue; } finally { w += x; } } return w; })());
