"use strict";
// flags: --time-limit=300ms
// status: 1
// stderr: time limit
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
fib(100);
