"use strict";
// status: 1
// stderr: undefined
// stderr: %F:5:
throw undefined;
