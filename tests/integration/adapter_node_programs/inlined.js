// A function of another file is inlined; the test knows the lines.
'use strict';
const { mix } = require('./inlined_callee.js');

function outer(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    s = mix(s, i) & 0xffff;
  }
  return s;
}

let sum = 0;
for (let i = 0; i < 3000; i++) sum += outer(2000);
module.exports = sum;
