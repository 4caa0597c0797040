"use strict";
// The Mandelbrot set as bits of a picture: doubles in local variables only.
// test: 40
// interpreter: 200

function escapes(cr, ci, limit) {
  let zr = 0, zi = 0, rr = 0, ii = 0;
  for (let i = 0; i < limit; i++) {
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
    rr = zr * zr;
    ii = zi * zi;
    if (rr + ii > 4) return i;
  }
  return limit;
}

const size = Number(process.argv[2] || 1600);
const limit = 100;
let bits = 0, byte = 0, hash = 0, inside = 0, rounds = 0;
for (let y = 0; y < size; y++) {
  const ci = (2 * y) / size - 1;
  for (let x = 0; x < size; x++) {
    const count = escapes((2 * x) / size - 1.5, ci, limit);
    rounds += count;
    byte = (byte << 1) | (count === limit ? 1 : 0);
    if (count === limit) inside++;
    bits++;
    if (bits === 8) {
      hash = (Math.imul(hash, 33) + byte) | 0;
      bits = 0;
      byte = 0;
    }
  }
}
console.log("mandelbrot", size, inside, rounds, hash);
