"use strict";
// flags: --memory-limit=64M
// status: 0
// stdout: RangeError RangeError RangeError RangeError ok
const names = [];
for (const f of [() => new Array(50000000).fill(0), () => new Float64Array(100000000), () => "x".repeat(500000000), () => { const a = []; for (;;) a.push(1.5, "x"); }]) {
  try { f(); names.push("none"); } catch (e) { names.push(e.name); }
}
console.log(names.join(" "), [1, 2, 3].map((x) => x * 2).length === 3 ? "ok" : "broken");
