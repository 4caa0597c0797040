// Functions at known lines; the test knows them.
// A comment.
function first(n) {
  let s = 0;
  for (let i = 0; i < n; i++) s += i & 3;
  return s;
}

function second(n) {
  let s = 0;
  for (let i = 0; i < n; i++) {
    if (i % 3 === 0)
      s += Math.sqrt(i);
    else
      s -= 1;
  }
  return s; }

function été(s) {
  for (let i = 0; i < 100; i++) s = (s * 31 + i) | 0;
  return s;
}

let sum = 0;
for (let i = 0; i < 3000; i++) {
  sum += first(1000);
  sum += second(1000);
  sum += été(i);
}
module.exports = sum;
