// Much code, some of it kept, and collections in between.
'use strict';
globalThis.keep = [];
for (let round = 0; round < 3; round++) {
  for (let k = 0; k < 200; k++) {
    const f = new Function('a', `let s = ${k}; for (let i = 0; i < a; i++) s += i * ${round}; return s;`);
    for (let i = 0; i < 30; i++) f(100);
    if (k % 10 === 0) globalThis.keep.push(f);
  }
  gc();
}
