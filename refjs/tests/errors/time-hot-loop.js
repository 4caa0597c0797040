"use strict";
// flags: --time-limit=300ms
// status: 1
// stderr: time limit
function spin(n) { let s = 0; for (let i = 0; i < n; i++) { s = (s + i) | 0; if (i === n - 1) i = 0; } return s; }
spin(1000000);
