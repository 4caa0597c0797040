"use strict";
// flags: --time-limit=200ms
// status: 1
// stdout: start
// stderr: time limit
console.log("start");
for (;;) {}
