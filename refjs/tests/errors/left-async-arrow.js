"use strict";
// status: 1
// stderr: SyntaxError
// stderr: %F:6:
console.log;
const f = async () => 1;
