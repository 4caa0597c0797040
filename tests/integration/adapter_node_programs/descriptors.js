// Takes all descriptors there are, and makes V8 deoptimize then.
'use strict';
const fs = require('fs');
function add(a, b) { return a + b; }
let sum = 0;
for (let i = 0; i < 3e6; i++) sum = add(i, 1);
const taken = [];
try {
  for (;;) taken.push(fs.openSync('/dev/null'));
} catch {
  // None is left.
}
for (let i = 0; i < 100; i++) sum = add('x', i);
for (let i = 0; i < 1e6; i++) sum = add(i, 0.5);
for (const fd of taken) fs.closeSync(fd);
console.log('done');
