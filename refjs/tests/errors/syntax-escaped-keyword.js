"use strict";
// status: 1
// stderr: SyntaxError: Keyword must not contain escaped characters
// stderr: %F:6:1:
console.log("never runs");
v\u0061r x = 1;
