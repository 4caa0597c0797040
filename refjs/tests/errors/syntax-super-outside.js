"use strict";
// status: 1
// stderr: SyntaxError
// stderr: %F:6:
console.log("never runs");
super.x;
