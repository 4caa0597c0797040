"use strict";
// JSON.parse and JSON.stringify.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
const values = [1, -0, 1.5, 1e21, NaN, Infinity, "s", "q\"\\/\b\f\n\r\t\u0001\u2028\ud800\u{1F600}", true, null, undefined, () => 1, [], {}, [1, [2, [3]]], { a: { b: [1, { c: null }] } }, [undefined, () => {}, NaN], { u: undefined, f() {}, n: NaN }, new Date(0), new Map([[1, 2]]), new Set([1]), Object(1), Object("x"), Object(false), { toJSON() { return "tj"; } }, { toJSON: 5 }, [, 1], { "key with space": 1, 2: 2, 1: 1 }, Object.create({ p: 1 }), new (class Z { x = 1; get y() { return 2; } })()];
for (const v of values) for (const indent of [undefined, 2, "--", 20]) console.log(JSON.stringify(v, null, indent));
console.log(JSON.stringify({ a: 1, b: { a: 2, c: 3 } }, ["a", "b"]), JSON.stringify({ a: 1, b: [1, 2] }, (k, v) => typeof v === "number" ? v * 10 : v), JSON.stringify([1], (k, v) => k === "" ? v : undefined), JSON.stringify({ a: 1 }, null, ""), JSON.stringify({ d: new Date(1e12) }, function (k, v) { return typeof this[k]; }));
const cycle = { name: "c" }; cycle.self = [cycle];
console.log(attempt(() => JSON.stringify(cycle)), attempt(() => JSON.stringify({ toJSON() { throw new RangeError("x"); } })));
for (const t of ['1', ' -1.5e+3 ', '"x"', '[1,2,[3]]', '{"a":{"b":[null,true,false]}}', '{"a":1,"a":2}', '"\\u0041\\n\\/\\"\\ud83d\\ude00"', '[]', '{}', '{"__proto__":1}', ' [ 1 , 2 ] \n', '1e400', '-0', '{"1":1,"0":0,"b":2}']) { const v = JSON.parse(t); console.log(t, v, JSON.stringify(v)); }
for (const t of ["", " ", "01", "1.", ".5", "+1", "-", "1e", "nul", "truex", "'a'", '"a', '"\n"', '"\\x"', '"\\u12"', "[1,]", "[,]", "[1", "{a:1}", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1', "1 2", "[1]]", "undefined", "NaN", "//", "{'a':1}", "\u00a01", "[1 2]", "\ufeff1"]) console.log(JSON.stringify(t), attempt(() => JSON.parse(t)));
console.log(JSON.parse('{"a":[1,2,{"b":3}],"c":"x"}', (k, v) => typeof v === "number" ? v + 1 : k === "c" ? undefined : v), JSON.parse("[1,2,3]", function (k, v) { return k === "1" ? undefined : v; }), JSON.parse("5", (k, v) => [k, v]));
let nested = "";
for (let i = 0; i < 500; i++) nested += "[";
nested += "1";
for (let i = 0; i < 500; i++) nested += "]";
console.log(JSON.stringify(JSON.parse(nested)).length);
let total = 0;
for (let i = 0; i < 300; i++) { const o = { id: i, name: "n" + i, list: [i, i / 2, "t"], sub: { flag: i % 2 === 0, none: null } }; const t = JSON.stringify(o), back = JSON.parse(t); total += t.length + back.list[1] + (back.sub.flag ? 1 : 0); if (JSON.stringify(back) !== t) console.log("differs", t); }
console.log(total, JSON.stringify("\u007f\u0080\u2029"), JSON.stringify({ "\n": 1 }), JSON.stringify(["\udc00\ud800"]), JSON.stringify("\ud83d\ude00"));
console.log(JSON.stringify(), JSON.stringify(null), JSON.parse("null"), JSON.parse(true), attempt(() => JSON.parse({})), JSON.parse(["7"]));
