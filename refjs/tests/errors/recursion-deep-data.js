"use strict";
// status: 0
// stdout: 2 errors or values
// stdout: 100000
let nested = [];
for (let i = 0; i < 100000; i++) nested = [nested];
let n = 0;
for (const f of [() => JSON.stringify(nested).length, () => nested.flat(Infinity).length]) { try { f(); n++; } catch (e) { if (e instanceof RangeError) n++; } }
console.log(n + " errors or values");
let c = 0;
for (let x = nested; x.length; x = x[0]) c++;
console.log(c);
