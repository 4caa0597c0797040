"use strict";
// Spread in calls and literals, rest parameters, default parameters, arguments.
function sum(...n) { let s = 0; for (let i = 0; i < n.length; i++) s += n[i]; return s; }
console.log(sum(), sum(1), sum(...[1, 2, 3]), sum(0, ...[1, 2], 3, ...[], ...new Set([4, 4, 5]), ..."67"));
console.log([...[1, , 3], ..."h\u{1F600}i", ...new Map([[1, 2]]), ...[[]], ...new Int32Array(2)]);
console.log({ ...{ a: 1, b: 2 }, b: 3, ...null, ...undefined, ...5, ...true, ..."hi", ...[9], c: 4 });
console.log({ ...{ get g() { return "value"; } } }, { a: 1, ...{ a: 2 } }, { ...{ a: 2 }, a: 1 });
console.log(Math.max(...[3, 9, 4]), Math.min(...new Set([3, 2])), String.fromCharCode(...[104, 105]));
class P { constructor(...a) { this.a = a; } }
console.log(new P(...[1, 2], 3), new Date(...[86400000]).getTime());
function defaults(a, b = a, c = a + b, d = defaults.length) { return [a, b, c, d]; }
console.log(defaults(1), defaults(1, undefined, null), defaults(), defaults.length);
function rest(a, ...b) { return b; }
console.log(rest(), rest(1), rest(1, 2, 3), rest.length, (() => {}).length, ((a, b = 1, c) => {}).length);
let t = 0;
function three(a, b, c) { return a * 100 + (b === undefined ? 50 : b) + (c || 0); }
for (let i = 0; i < 2000; i++) { t += three(1); t += three(1, 2); t += three(1, 2, 3); t += three(1, 2, 3, 4); t += three(...[i % 3, 1]); }
console.log(t);
function forward(...args) { return three(...args); }
let u = 0;
for (let i = 0; i < 2000; i++) u += forward(i, i) + forward(1, ...[2, 3]);
console.log(u);
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
console.log(attempt(() => sum(...5)), attempt(() => sum(...{})), attempt(() => [...null]), attempt(() => [...undefined]));
const iter = { items: [1, 2] };
console.log(attempt(() => [...iter]));
function restSum(first, ...others) { let s = first; for (const o of others) s += o; return s; }
let v = 0;
for (let i = 0; i < 1500; i++) v += restSum(i, 1, 2, i % 2 ? 0.5 : 1);
console.log(v);
function argsLoop() { let s = 0; for (let i = 0; i < arguments.length; i++) s += arguments[i]; return s; }
for (let i = 0; i < 1500; i++) v += argsLoop(1, i, 2.5);
console.log(v, argsLoop("a", 1, null), argsLoop());
const copy = [...Array(3).keys()], ent = [...["a", "b"].entries()];
console.log(copy, ent, [...[1, 2, 3].values()]);
const big = Array(5000).fill(1);
console.log(sum(...big), Math.max(...big), [...big, ...big].length);
const arr = [1, 2];
arr.push(...arr, ...arr);
console.log(arr, [[...arr], ...[[...arr]]].length);
const merge = (...objects) => Object.assign({}, ...objects);
console.log(merge({ a: 1 }, { b: 2 }, { a: 3 }));
let effects = "";
const e = (x) => { effects += x; return [x]; };
[...e("a"), e("b"), ...e("c")];
sum(...e("d"), ...e("e"));
console.log(effects);
