"use strict";
// Every binary operator with operands of all kinds, cold and hot.
const values = [
  undefined, null, true, false, 0, -0, 1, -1, 2, 31, 32, 33, 0.5, -1.5, 2147483647, -2147483648,
  2147483648, 4294967295, 4294967296, 1e21, -1e21, 9007199254740991, 5e-324, 1.7976931348623157e308,
  Infinity, -Infinity, NaN, "", " ", "0", "1", "-1", "1.5", " 12 ", "0x1f", "0b11", "1e3", "abc", "abd",
  "NaN", "Infinity", "\n7\t", [], [5], [1, 2], {}, { valueOf() { return 3; } },
  { toString() { return "7"; } }, { valueOf() { return {}; }, toString() { return "x"; } },
];
const operators = {
  add(a, b) { return a + b; },
  sub(a, b) { return a - b; },
  mul(a, b) { return a * b; },
  div(a, b) { return a / b; },
  mod(a, b) { return a % b; },
  exp(a, b) { return a ** b; },
  and(a, b) { return a & b; },
  or(a, b) { return a | b; },
  xor(a, b) { return a ^ b; },
  shl(a, b) { return a << b; },
  shr(a, b) { return a >> b; },
  ushr(a, b) { return a >>> b; },
  eq(a, b) { return a == b; },
  ne(a, b) { return a != b; },
  seq(a, b) { return a === b; },
  sne(a, b) { return a !== b; },
  lt(a, b) { return a < b; },
  le(a, b) { return a <= b; },
  gt(a, b) { return a > b; },
  ge(a, b) { return a >= b; },
  land(a, b) { return a && b; },
  lor(a, b) { return a || b; },
  coalesce(a, b) { return a ?? b; },
  comma(a, b) { return a, b; },
};
function text(x) {
  if (typeof x === "number") return Object.is(x, -0) ? "-0" : String(x);
  if (typeof x === "string") return JSON.stringify(x);
  if (typeof x === "object" && x !== null) return Array.isArray(x) ? "[" + x + "]" : "{}";
  return String(x);
}
for (const name in operators) {
  const operator = operators[name];
  for (let round = 0; round < 2; round++) {
    let line = "";
    for (const a of values) {
      for (const b of values) line += text(operator(a, b)) + " ";
    }
    if (round === 0) console.log(name, line.length, line);
    else console.log(name, line.length);
  }
}
// The same with operands of one kind only, so that each is compiled for it.
const kinds = [[1, 2, -3, 7], [0.5, 1.25, -2.75], ["a", "b", ""], [true, false], [null, undefined], [2147483647, 1, -2147483648]];
for (const name in operators) {
  const parts = [];
  for (const kind of kinds) {
    const operator = operators[name];
    let last = "";
    for (let i = 0; i < 300; i++) {
      const a = kind[i % kind.length], b = kind[(i >> 1) % kind.length];
      last = text(operator(a, b));
      if (i < kind.length * 2) parts.push(last);
    }
  }
  console.log(name, parts.join(" "));
}
