"use strict";
// status: 7
// stdout: flushed
console.log("flushed");
process.exit(7);
console.log("never");
