"use strict";
// status: 1
// stdout: 4950
// stderr: RangeError: out of compiled code
// stderr: %F:8:
function inner(i) {
  if (i === 50000) {
    throw new RangeError("out of compiled code");
  }
  return i & 1;
}
function outer(n) {
  let s = 0;
  for (let i = 0; i < n; i++) s += inner(i);
  return s;
}
let first = 0;
for (let i = 0; i < 100; i++) first += i;
console.log(first);
outer(100000);
