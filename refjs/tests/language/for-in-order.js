"use strict";
// The order of keys, for-in over prototypes, changes while it runs.
function keys(o) { const r = []; for (const k in o) r.push(k); return r.join(); }
const o = { b: 1, 2: 1, a: 1, 1: 1, "-1": 1, "01": 1, 4294967295: 1, 4294967294: 1, 1.5: 1, "": 1 };
console.log(keys(o), Object.keys(o), JSON.stringify(o));
delete o.b; o.b = 2; o[0] = 0;
console.log(keys(o), Object.entries(o).length);
const child = Object.create({ inherited: 1, shadow: 2, 5: 0 }, {});
child.own = 1; child.shadow = 3; child[9] = 1;
console.log(keys(child), Object.keys(child));
Object.defineProperty(child, "hidden", { value: 1, enumerable: false });
Object.defineProperty(child, "shadow", { enumerable: false });
console.log(keys(child), child.hidden);
console.log(keys([3, , 5]), keys("abc"), keys(null), keys(undefined), keys(5), keys(new Int32Array(2)), keys(() => {}), keys(new Map([[1, 2]])));
const arr = [1, 2]; arr.extra = "x"; arr[5] = 1;
console.log(keys(arr), Object.keys(arr));
const changing = { a: 1, b: 2, c: 3, d: 4 };
let seen = "";
for (const k in changing) { seen += k; if (k === "a") { delete changing.c; changing.e = 5; } }
console.log(seen, Object.keys(changing));
class Q { x = 1; method() {} get g() { return 1; } static s = 1; }
console.log(keys(new Q()), keys(Q), keys(Object.create(new Q())));
let n = 0;
for (let i = 0; i < 1000; i++) { const t = { a: i, b: 2 }; if (i % 3 === 0) t.c = 4; for (const k in t) n += t[k]; }
console.log(n);
const big = {};
for (let i = 0; i < 400; i++) big["k" + ((i * 37) % 400)] = i;
for (let i = 0; i < 400; i += 3) delete big["k" + i];
console.log(keys(big).length, Object.keys(big).length, big.k1, "k0" in big, "k1" in big);
const ints = {};
for (let i = 50; i > 0; i--) ints[i * 7 % 53] = i;
console.log(keys(ints));
var last;
for (last in { p: 1, q: 2 });
const target = {};
for (target.key in { z: 1, y: 2 });
console.log(last, target.key);
outer: for (const a in { x: 1, y: 1 }) for (const b in { u: 1, v: 1 }) { if (b === "v") continue outer; console.log(a + b); }
console.log(Object.getOwnPropertyNames([1, 2]), Object.getOwnPropertyNames("ab"), Object.assign({}, "hi", [7], null, { z: 1 }));
