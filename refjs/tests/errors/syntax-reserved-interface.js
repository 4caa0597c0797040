"use strict";
// status: 1
// stderr: SyntaxError: Unexpected strict mode reserved word
// stderr: %F:6:1:
console.log("never runs");
interface = 1;
