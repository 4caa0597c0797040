"use strict";
// All permutations of n pancakes, each flipped until the first is 1: small integers in arrays.
// test: 7
// interpreter: 8

function fannkuch(n) {
  const current = new Int32Array(n), first = new Int32Array(n), counts = new Int32Array(n);
  for (let i = 0; i < n; i++) first[i] = i;
  let most = 0, checksum = 0, permutation = 0, r = n;
  for (;;) {
    for (; r !== 1; r--) counts[r - 1] = r;
    for (let i = 0; i < n; i++) current[i] = first[i];
    let flips = 0;
    for (let k = current[0]; k !== 0; k = current[0]) {
      for (let low = 0, high = k; low < high; low++, high--) {
        const swap = current[low];
        current[low] = current[high];
        current[high] = swap;
      }
      flips++;
    }
    if (flips > most) most = flips;
    checksum += permutation % 2 === 0 ? flips : -flips;
    for (;;) {
      if (r === n) return [checksum, most];
      const zeroth = first[0];
      for (let i = 0; i < r; i++) first[i] = first[i + 1];
      first[r] = zeroth;
      counts[r]--;
      if (counts[r] > 0) break;
      r++;
    }
    permutation++;
  }
}

const n = Number(process.argv[2] || 10);
const [checksum, most] = fannkuch(n);
console.log("fannkuch", n, checksum, most);
