// Ends as it is told to, right after a function was compiled.
'use strict';
function last(a) { return a * 2 + 1; }
let sum = 0;
for (let i = 0; i < 2e6; i++) sum += last(i);
if (process.argv[2] === 'exit') process.exit(0);
if (process.argv[2] === 'abort') process.abort();
process.kill(process.pid, 'SIGSEGV');
for (;;);
