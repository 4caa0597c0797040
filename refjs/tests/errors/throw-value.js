"use strict";
// status: 1
// stderr: a plain text
// stderr: %F:5:
throw "a plain text";
