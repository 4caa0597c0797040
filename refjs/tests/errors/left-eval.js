"use strict";
// status: 1
// stderr: ReferenceError
// stderr: %F:6:
console.log;
eval("1");
