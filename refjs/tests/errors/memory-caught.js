"use strict";
// flags: --memory-limit=64M
// status: 0 1
// stdout-any: 1
// stderr: 
const kept = [];
try {
  for (;;) kept.push(new Array(1000).fill(kept.length));
} catch (e) {
  const many = kept.length > 10;
  kept.length = 0;
  console.log(e instanceof RangeError, many);
}
