"use strict";
// Unary operators, ++ and --, compound assignment, on all kinds of operands and places.
const values = [undefined, null, true, false, 0, -0, 1, -1, 2147483647, -2147483648, 1.5, 1e300, NaN, Infinity,
  "", "5", "x", " 0x10 ", [], [3], [1, 2], {}, { valueOf() { return 41; } }];
function show(x) {
  return Object.is(x, -0) ? "-0" : typeof x + ":" + String(x);
}
function unary(x) {
  let a = x, b = x, c = x, d = x;
  const out = [show(-x), show(+x), show(~x), show(!x), show(void x), typeof x, show(a++), show(++b), show(c--), show(--d)];
  return out.join(" ") + " | " + [a, b, c, d].map(show).join(" ");
}
for (let i = 0; i < 50; i++) for (const v of values) unary(v);
for (const v of values) console.log(unary(v));
function compound(x, y) {
  const o = { p: x }, a = [x];
  let v = x;
  const out = [];
  v += y; out.push(v); v = x;
  v -= y; out.push(v); v = x;
  v *= y; out.push(v); v = x;
  v /= y; out.push(v); v = x;
  v %= y; out.push(v); v = x;
  v **= y; out.push(v); v = x;
  v <<= y; out.push(v); v = x;
  v >>= y; out.push(v); v = x;
  v >>>= y; out.push(v); v = x;
  v &= y; out.push(v); v = x;
  v |= y; out.push(v); v = x;
  v ^= y; out.push(v);
  o.p += y; o["p"] += y; a[0] += y; a[0]++; ++a[0]; o.p--; --o["p"];
  out.push(o.p, a[0]);
  return out.map(show).join(" ");
}
for (let i = 0; i < 20; i++) for (const x of [1, 2.5, "s", null, true]) compound(x, 3);
for (const x of [0, 7, -7, 2147483647, 2.5, "12", "s", null, true, undefined]) {
  for (const y of [2, -1, 0.5, "3"]) console.log(compound(x, y));
}
function logical(a, b) {
  let x = a, y = a, z = a, calls = 0;
  const f = () => { calls++; return b; };
  x &&= f();
  y ||= f();
  z ??= f();
  const o = { get p() { calls += 10; return a; }, set p(v) { calls += 100; } };
  o.p &&= f();
  o.p ||= f();
  o.p ??= f();
  return [x, y, z, calls];
}
for (let i = 0; i < 100; i++) logical(i % 3, 5);
for (const a of [0, 1, "", "a", null, undefined, NaN, false, true]) console.log(logical(a, "new"));
// Order of evaluation.
let log = "";
function tell(name, value) { log += name; return value; }
const target = { x: 1 };
tell("a", target)[tell("b", "x")] = tell("c", 5);
tell("d", target).x += tell("e", 5);
tell("f", 1) + tell("g", 2) * tell("h", 3);
tell("i", (...x) => x)(tell("j", 1), ...tell("k", [2]), tell("l", 3));
let v = 1;
const sum = v + (v = 10) + v++ + v;
const other = v++ + v-- - --v * ++v;
console.log(log, target.x, sum, other, v);
const arr = [0, 0, 0];
let i = 0;
arr[i++] = i++;
arr[i] = i = 0;
console.log(arr, i);
console.log(typeof undeclared, typeof typeof 1, !-0, -"-5", +[], +{}, -null, +"", +" ", +"1_0", - -1, +new Date(5));
console.log(2 ** 3 ** 2, (-2) ** 2, 2 ** -1, 7 % -3, -7 % 3, -4 % 2, 5.5 % 2, 1 / (-4 % 2), 0 === -0);
console.log(1 < 2 < 3, 3 > 2 > 1, "b" > "a", "B" > "a", "10" < "9", "10" < 9, null >= 0, undefined == 0, null == undefined, NaN != NaN);
console.log(delete target.x, target.x, delete target.nothing, "x" in target, 0 in arr, "length" in arr, 5 in arr);
console.log([] + [], [] + {}, 1 + [2], "3" * "4", "3" + 4 + 5, 3 + 4 + "5", true + true, [] == false, [0] == false, null == 0, "" == 0);
