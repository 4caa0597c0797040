"use strict";
// Numbers as text and text as numbers.
const numbers = [0, -0, 1, -1, 0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 100, 1e5, 123456789, 1e20, 1e21, 1.5e21, 123456789012345680000, 1e-6, 1e-7, 1.5e-7, 0.000001234, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
  4294967296, 9007199254740991, 9007199254740992, 9007199254740993, 2 ** 53 * 3, 0.5, 1.005, 2.5, 3.5, 1e100, 1.23e-100, NaN, Infinity, -Infinity, 12.34, -7.89e12, 99999999999999990000, 0.00001, 1.1e-5, 255, 65535.5, 1e22, 4.35, 8.345, 1234.5678, 5e-7, 123e-20];
for (const n of numbers) console.log(String(n), n.toString(2).slice(0, 70), n.toString(16), n.toString(36), n.toString(7).slice(0, 40), JSON.stringify(n), `${-n}`);
for (const n of numbers) console.log(n, [0, 1, 2, 5, 10, 20].map((d) => n.toFixed(d)).join(" "), [1, 2, 5, 17, 21].map((d) => n.toPrecision(d)).join(" "), [0, 1, 5, 16].map((d) => n.toExponential(d)).join(" "), n.toExponential(), n.toPrecision());
const texts = ["", " ", "0", "-0", "+5", "1.", ".5", "1e3", "1E-3", "1e", "e1", "0x10", "0X1F", "-0x10", "0b101", "0o17", "0b2", "Infinity", "-Infinity", "infinity", "NaN", "1 2", "\n 12 \t", "1_000", "12px", "5e-324", "1e400", "-1e400", "4.35", "00012", "0.1e1", "1..2", "--1", "\u00a05\u2003", "9007199254740993", "179769313486231580793728971405301e276", "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-400"];
for (const t of texts) console.log(JSON.stringify(t), Number(t), parseFloat(t), parseInt(t), parseInt(t, 16), +t, t * 1, isNaN(t), Number.isNaN(t));
for (const r of [2, 3, 8, 10, 16, 36, 0, 1, 37, undefined, "16"]) console.log(r, parseInt("11", r), parseInt("zz", r), parseInt("0x1f", r), parseInt("-12.9", r));
console.log(parseInt("123456789012345678901234567890"), parseInt("9".repeat(400)), parseInt(1e21), parseInt(0.0000005), parseInt(null), parseInt("Infinity"), parseFloat("1e1000"), parseFloat("-.5.5"), parseFloat(".e1"));
console.log(1_000_000, 0xff, 0b11, 0o17, .5, 5., 1e3, 0xFFFFFFFFFF, 1e-10, 0.1e-5, 1E5);
console.log(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, Number.POSITIVE_INFINITY, Number.NaN);
for (const v of [1, 1.5, "1", NaN, Infinity, 2 ** 53, null, undefined, -0, {}]) console.log(Number.isInteger(v), Number.isSafeInteger(v), Number.isFinite(v), Number.isNaN(v));
console.log((1234567.891).toLocaleString(), (0).toLocaleString(), (-1234).toLocaleString(), (1e6).toLocaleString(), (12).toLocaleString());
console.log((25).toString(36), (0.5).toString(2), (-255).toString(16), (1e21).toString(7), (2 ** 60).toString(3), 5..toString(), 5 .toFixed(1), (5).constructor.name);
console.log(typeof Object(1), Object(1) + 1, new Number(5) == 5, new Number(5) === 5, Number(), Number(null), Number(undefined), Number(true), Number([]), Number([5]), Number({}), Number(new Date(7)));
let x = 0.1, text = "";
for (let i = 0; i < 200; i++) { x = x * 1.37 + 0.01; text += x + ","; if (i % 40 === 0) x = 1 / x; }
console.log(text);
let seed = 1;
const random = () => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed / 4294967296; };
for (let i = 0; i < 300; i++) { const v = (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20); const back = Number(String(v)); if (back !== v) console.log("round trip", v); if (i % 10 === 0) console.log(v, v.toFixed(3), v.toPrecision(6), v.toString(16)); }
for (let i = -5; i < 5; i++) console.log(10 ** i, 3 * 10 ** (i * 4), -7 / 10 ** i);
