"use strict";
// An exit after an effect inside of try does not do the effect again.
function f(n) {
  let s = 0;
  try {
    for (let i = 0; i < n; i++) s += i === 50 ? [...[1, 2], "t"].length : 1;
  } catch (e) {
    console.log(e);
  }
  return s;
}
console.log(f(54));
