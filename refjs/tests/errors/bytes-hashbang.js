#!/usr/bin/env node
"use strict";
// status: 0
// stdout: hashbang
console.log("hashbang");
