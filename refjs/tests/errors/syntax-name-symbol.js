"use strict";
// status: 1
// stderr: SyntaxError: Invalid or unexpected token
// stderr: %F:6:5:
console.log("never runs");
var €;
