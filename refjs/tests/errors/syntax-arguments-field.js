"use strict";
// status: 1
// stderr: SyntaxError: 'arguments' is not allowed in class field initializer or static initialization block
// stderr: %F:6:15:
console.log("never runs");
class A { x = arguments; }
