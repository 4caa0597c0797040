"use strict";
// status: 0
// stdout: ok
// stdout: true
let ok = false;
try { JSON.parse("[".repeat(1000000)); } catch (e) { ok = e instanceof SyntaxError || e instanceof RangeError; }
console.log(ok ? "ok" : "no error");
let s = "";
for (let i = 0; i < 1000000; i++) s = "a" + s;
console.log(s.length === 1000000 && s[999999] === "a" && s.indexOf("b") === -1);
