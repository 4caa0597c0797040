"use strict";
// Stability, comparators of all sorts, big inputs, comparators that throw or change the array.
let seed = 7;
const random = (n) => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return (seed >> 8) % n; };
for (const n of [0, 1, 2, 3, 5, 10, 11, 32, 33, 100, 513, 2000]) {
  const list = Array.from({ length: n }, (_, i) => ({ key: random(10), at: i }));
  list.sort((a, b) => a.key - b.key);
  let ok = true;
  for (let i = 1; i < n; i++) if (list[i - 1].key > list[i].key || (list[i - 1].key === list[i].key && list[i - 1].at > list[i].at)) ok = false;
  const numbers = Array.from({ length: n }, () => random(1000) - 500);
  const text = numbers.slice().sort().join(), up = numbers.slice().sort((a, b) => a - b).join(), down = numbers.sort((a, b) => b - a).join();
  let h = 0;
  for (const t of [text, up, down]) for (let i = 0; i < t.length; i++) h = (h * 31 + t.charCodeAt(i)) | 0;
  console.log(n, ok, h);
}
console.log([3, undefined, 1, , 2].sort((a, b) => b - a), [1, 2, 3].sort(() => 0), [1, 2, 3].sort(() => -1), ["B", "a", "C"].sort((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1));
console.log([5, 25, 100, 1].sort(), [0.5, -1, -0.25, 10].sort(), [-1, -2, 0].sort(), ["\u{1F600}", "\uffff", "a"].sort().map((s) => s.codePointAt(0)), [[2], [1, 5], [1]].sort());
try { [1, 2].sort(5); } catch (e) { console.log(e.name); }
try { [3, 2, 1].sort(() => { throw new Error("compare"); }); } catch (e) { console.log(e.message); }
console.log([2, 1].sort(undefined), [3, 1, 2].sort((a, b) => a > b ? 1 : a < b ? -1 : 0), [3, 1, 2].sort((a, b) => String(a - b)), [3, 1, 2].sort((a, b) => NaN));
const people = [["Ann", 30], ["Bob", 25], ["Cid", 30], ["Dan", 25]];
console.log(people.sort((a, b) => a[1] - b[1]).map((p) => p[0]).join(), new Float64Array([3, -0, 0, NaN, -1]).sort(), new Int32Array([5, -1, 10]).sort(), new Int32Array([5, -1, 10]).sort((a, b) => b - a));
const words = "the quick brown fox jumps over the lazy dog and runs away from the other animals".split(" ");
console.log(words.sort().join(" "), words.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join(" "));
