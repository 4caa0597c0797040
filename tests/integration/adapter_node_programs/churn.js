// Function after function.
'use strict';
console.log('ready');
let sum = 0;
for (let k = 0; k < Number(process.argv[2]); k++) sum += new Function('a', `return a + ${k}`)(k);
