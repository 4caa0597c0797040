"use strict";
// flags: --memory-limit=64M
// status: 0
// stdout: RangeError
let s = "0123456789";
try {
  for (;;) s += s;
} catch (e) {
  console.log(e.name);
}
