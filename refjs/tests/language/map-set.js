"use strict";
// Map and Set: keys of all kinds, order, change during iteration, hot use.
const m = new Map([[1, "int"], ["1", "string"], [NaN, "nan"], [-0, "zero"], [null, "null"], [undefined, "undef"], [true, "true"], [1.5, "half"]]);
const key = {}, fn = () => {};
m.set(key, "object").set(fn, "function").set("", "empty");
console.log(m.size, m.get(1), m.get("1"), m.get(NaN), m.get(0), m.get(-0), m.get(null), m.get(undefined), m.get(), m.get(true), m.get(3 / 2), m.get(key), m.get({}), m.get(fn), m.get(""));
console.log(m.has(NaN), m.delete(NaN), m.delete(NaN), m.has(NaN), m.size, [...m.keys()].length, Object.is([...m.keys()][2], 0));
console.log(m, [...m.values()].join(), [...m.entries()][0], [...m][1]);
m.set(1, "again"); m.delete("1"); m.set("1", "last");
console.log([...m.keys()].map((k) => typeof k === "function" ? "fn" : String(k)).join("|"));
const s = new Set([3, 1, 3, "1", 1.0, NaN, NaN, 0, -0]);
console.log(s, s.size, s.add(5) === s, s.delete(3), s.has(3), [...s], [...s.entries()][0], [...s.keys()].length);
let log = "";
const live = new Set([1, 2, 3]);
for (const x of live) { log += x; if (x === 1) { live.delete(2); live.add(4); } if (x === 4 && live.size < 6) { live.add(9); live.delete(3); live.add(3); } }
console.log(log, live);
log = "";
const lm = new Map([["a", 1], ["b", 2]]);
lm.forEach((v, k, map) => { log += k + v; if (map.size < 5) map.set(k + "x", v * 2); if (k === "b") map.delete("a"); });
console.log(log, lm);
const cl = new Map([[1, 1], [2, 2], [3, 3]]);
for (const [k] of cl) { log += k; cl.clear(); if (k === 1) cl.set(8, 8); }
console.log(log.slice(-3), cl.size, new Map(null).size, new Set().size, new Set("hello"), new Map(Object.entries({ x: 1 })));
const it = new Map([[1, 2]]).entries();
console.log(it.next(), it.next(), it.next(), [...it]);
const counts = new Map();
for (let i = 0; i < 5000; i++) counts.set(i * 7919 % 101, (counts.get(i * 7919 % 101) || 0) + 1);
console.log(counts.size, counts.get(5), [...counts.keys()].slice(0, 5));
const strings = new Map();
for (let i = 0; i < 3000; i++) { const k = "k" + i % 250; strings.set(k, (strings.get(k) ?? 0) + i); }
console.log(strings.size, strings.get("k" + 17), strings.get("k17"));
const objects = [], om = new Map();
for (let i = 0; i < 300; i++) { objects.push({ i }); om.set(objects[i], i); }
let sum = 0;
for (let r = 0; r < 10; r++) for (const o of objects) sum += om.get(o);
for (let i = 0; i < 300; i += 2) om.delete(objects[i]);
console.log(sum, om.size, om.has(objects[0]), om.get(objects[1]));
const big = new Set();
for (let i = 0; i < 4000; i++) big.add(i);
for (let i = 0; i < 4000; i++) if (i % 5) big.delete(i);
let t = 0;
for (const x of big) t += x;
console.log(big.size, t, big.has(5), big.has(6));
console.log([...new Set([..."mississippi"])].join(""), new Map([...strings].filter(([k, v]) => v > 19500).slice(0, 3)), typeof Map, Map.name, Object.prototype.toString.call(m));
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
console.log(attempt(() => Map()), attempt(() => new Map([1])), attempt(() => Map.prototype.get.call({}, 1)), attempt(() => new Set(5)), m.length, m[1]);
const doubles = new Map();
for (let i = 0; i < 500; i++) doubles.set(i / 4, i);
console.log(doubles.get(2), doubles.get(2.25), doubles.get(124.75), doubles.get(-0));
console.log([...new Map([["z", 1], ["y", 2]])].sort(), Array.from(new Map([[1, 2]]).values()), Object.fromEntries(new Map([["p", 1]])));
