"use strict";
// flags: --time-limit=300ms
// status: 1
// stderr: time limit
const list = Array(1000).fill(1);
for (;;) list.map((x) => x + 1).sort((a, b) => a - b);
