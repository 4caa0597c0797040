"use strict";
// status: 1
// stdout: before
// stderr: Error: at the top
// stderr: %F:8:
console.log("before");
function f() {
  throw new Error("at the top");
}
f();
console.log("never");
