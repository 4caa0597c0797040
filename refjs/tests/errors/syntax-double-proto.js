"use strict";
// status: 1
// stderr: SyntaxError
// stderr: %F:6:
console.log("never runs");
let o = { __proto__: 1, __proto__: 2 };
