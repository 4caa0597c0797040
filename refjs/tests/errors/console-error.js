"use strict";
// status: 0
// stdout: out
// stderr: to stderr { a: 1 }
// stderr: a warning
console.error("to stderr", { a: 1 });
console.warn("a warning");
console.log("out");
