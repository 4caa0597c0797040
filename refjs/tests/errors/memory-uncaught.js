"use strict";
// flags: --memory-limit=64M
// status: 1
// stderr: memory
const kept = [];
for (let i = 0; ; i++) kept.push({ i, list: [i, i, i], text: "t" + i });
