"use strict";
// flags: --time-limit=200ms
// status: 1
// stderr: time limit
for (;;) { try { for (;;) {} } catch (e) {} finally { } }
