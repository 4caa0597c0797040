"use strict";
// Where int32 arithmetic leaves its range, loses a sign or meets a double, after it got hot.
function add(a, b) { return a + b; }
function sub(a, b) { return a - b; }
function mul(a, b) { return a * b; }
function div(a, b) { return a / b; }
function mod(a, b) { return a % b; }
function neg(a) { return -a; }
function inc(a) { return ++a; }
function dec(a) { return --a; }
function post(a) { const b = a++; return [a, b]; }
function shl(a, b) { return a << b; }
function ushr(a, b) { return a >>> b; }
function bit(a, b) { return (a | b) ^ (a & ~b); }
function abs(a) { return Math.abs(a); }
function imul(a, b) { return Math.imul(a, b); }
let sum = 0;
for (let i = 1; i < 3000; i++) {
  sum += add(i, 1) + sub(i, 2) + mul(i, 3) + div(i * 4, 4) + mod(i, 7) + neg(i) + inc(i) + dec(i) + shl(i, 2) +
    ushr(i, 1) + bit(i, 5) + abs(i) + imul(i, i);
  post(i);
}
console.log(sum);
const show = (x) => Object.is(x, -0) ? "-0" : String(x);
const edges = [0, -0, 1, -1, 2147483647, -2147483648, 2147483646, -2147483647, 46341, 65536, 0.1, 1e10, NaN, Infinity, 4294967295];
for (let round = 0; round < 3; round++) {
  for (const a of edges) {
    const line = [neg(a), inc(a), dec(a), post(a)[0], post(a)[1], abs(a)].map(show);
    for (const b of edges) {
      line.push(show(add(a, b)), show(sub(a, b)), show(mul(a, b)), show(div(a, b)), show(mod(a, b)), show(shl(a, b)),
        show(ushr(a, b)), show(bit(a, b)), show(imul(a, b)));
    }
    if (round !== 1) console.log(show(a), line.join(" "));
  }
}
// A loop whose variable runs over the end of int32.
function overrun(start, step, count) {
  let x = start;
  for (let i = 0; i < count; i++) x += step;
  return x;
}
console.log(overrun(0, 1, 5000), overrun(2147483000, 1, 5000), overrun(-2147483000, -1, 5000), overrun(0, 0.5, 5000), overrun(0, 1048576, 5000));
function factorial(n) { let f = 1; for (let i = 2; i <= n; i++) f *= i; return f; }
for (let n = 0; n < 30; n++) console.log(n, factorial(n));
function hash(n) { let h = 0; for (let i = 0; i < n; i++) h = h * 31 + i; return h; }
console.log(hash(5), hash(10), hash(300));
function hashInt(n) { let h = 0; for (let i = 0; i < n; i++) h = (h * 31 + i) | 0; return h; }
console.log(hashInt(5), hashInt(10), hashInt(3000));
function unsigned(n) { let h = 1; for (let i = 0; i < n; i++) h = (h << 1 | h >>> 31) >>> 0; return h; }
console.log(unsigned(31), unsigned(32), unsigned(2000));
function negativeZero(n) { let z = 0; for (let i = 0; i < n; i++) z = i % 2 ? -0 * i : 0 * i; return 1 / z; }
console.log(negativeZero(1000), negativeZero(1001));
function countdown(n) { let c = 0; for (let i = n; i >= 0; i--) c += i & 1; return c; }
console.log(countdown(5000));
function modulo(n) { let s = 0; for (let i = -n; i < n; i++) s += 1 / (i % 5 === 0 ? i % 5 : 1); return s; }
console.log(modulo(100));
function sumOf(list) { let s = 0; for (let i = 0; i < list.length; i++) s += list[i]; return s; }
const ints = [], mixed = [], strings = [];
for (let i = 0; i < 2000; i++) { ints.push(i); mixed.push(i % 3 ? i : i + 0.5); strings.push(i % 1999 ? i : "s"); }
for (let k = 0; k < 5; k++) console.log(sumOf(ints), sumOf(mixed), sumOf(strings).length);
console.log((5 / 2) | 0, ~~-7.9, 1e10 | 0, -1 >>> 0, 1 << 31, 1 << 32, (2 ** 53 + 2) | 0, 4294967296.5 | 0, -2147483649 | 0);
