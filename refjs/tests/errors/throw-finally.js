"use strict";
// status: 1
// stdout: finally
// stderr: Error: through finally
try {
  throw new Error("through finally");
} finally {
  console.log("finally");
}
