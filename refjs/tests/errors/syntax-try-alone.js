"use strict";
// status: 1
// stderr: SyntaxError
// stderr: %F:7:
console.log("never runs");
try { }
