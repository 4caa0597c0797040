"use strict";
// status: 1
// stderr: SyntaxError: `...` must be followed by an identifier in declaration contexts
// stderr: %F:6:9:
console.log("never runs");
let {...{a}} = {};
