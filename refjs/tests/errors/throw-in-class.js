"use strict";
// status: 1
// stderr: Mine: custom
// stderr: %F:11:
class Mine extends Error {
  constructor(m) {
    super(m);
    this.name = "Mine";
  }
}
throw new Mine("custom");
