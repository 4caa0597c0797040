"use strict";
// status: 0// stdout: crlf
console.log("crlf");
let a = 1
let b = 2
