"use strict";
// status: 1
// stderr: SyntaxError: Unexpected strict mode reserved word
// stderr: %F:6:5:
console.log("never runs");
var static = 1;
