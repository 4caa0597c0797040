"use strict";
// status: 1
// stderr: SyntaxError
// stderr: %F:7:
console.log("never runs");
function f() { if (1) {
