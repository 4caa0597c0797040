// (func (export "add") (param i32 i32) (result i32)), named "plus".
'use strict';
const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1,
  0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11, 0, 14, 4, 110, 97, 109,
  101, 1, 7, 1, 0, 4, 112, 108, 117, 115]);
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
let sum = 0;
for (let i = 0; i < 3e6; i++) sum = instance.exports.add(sum, i) | 0;
console.log(sum);
