"use strict";
// status: 1
// stderr: TypeError: Cannot read properties of undefined (reading 'y')
// stderr: %F:6:
const o = {};
const v = o.x.y;
