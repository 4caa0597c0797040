"use strict";
// status: 0
// stdout: bom
console.log("bom");
