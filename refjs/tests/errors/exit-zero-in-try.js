"use strict";
// status: 0
// stdout: a
try { console.log("a"); process.exit(0); } catch (e) { console.log("caught"); } finally { console.log("finally"); }
