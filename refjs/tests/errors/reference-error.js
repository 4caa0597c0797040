"use strict";
// status: 1
// stderr: ReferenceError: nowhere is not defined
// stderr: %F:6:
function f() {
  return nowhere + 1;
}
f();
