"use strict";
// status: 1
// stderr: 42
// stderr: %F:5:
throw { code: 42 };
