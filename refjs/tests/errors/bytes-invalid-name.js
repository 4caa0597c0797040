// status: 1
// stderr: SyntaxError
let ÿ = 1;
