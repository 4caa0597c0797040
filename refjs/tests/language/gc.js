"use strict";
// Objects stay alive while compiled code, inlined frames and deoptimizations hold them.
class Node { constructor(v, next) { this.v = v; this.next = next; this.pad = [v, v + 0.5, "s" + v]; } }
function list(n) { let head = null; for (let i = 0; i < n; i++) head = new Node(i, head); return head; }
function total(head) { let s = 0; for (let l = head; l !== null; l = l.next) s += l.v + l.pad[1] + l.pad[2].length; return s; }
let keep = list(500), s = 0;
for (let r = 0; r < 60; r++) { s += total(list(400)); if (r % 20 === 0) keep = list(600 + r); }
console.log(s, total(keep));
function strings(n) { let last = ""; const kept = []; for (let i = 0; i < n; i++) { last = "string " + i + last.slice(0, 10); if (i % 500 === 0) kept.push(last); } return kept; }
console.log(strings(20000).join("|").length, strings(3000)[5]);
function closures(n) { let f = () => 0; for (let i = 0; i < n; i++) { const g = f; f = i % 100 === 0 ? () => i : () => g() + 1; } return f(); }
console.log(closures(5050));
function maps(n) { const m = new Map(); for (let i = 0; i < n; i++) { m.set("k" + (i % 300), { i, arr: [i, i * 2] }); if (i % 7 === 0) m.delete("k" + (i % 50)); } let t = 0; for (const [k, v] of m) t += k.length + v.i + v.arr[1]; return t; }
console.log(maps(20000));
function doubles(n) { const a = []; for (let i = 0; i < n; i++) a[i % 100] = { d: i * 1.1, e: [i / 3] }; let t = 0; for (const o of a) t += o.d + o.e[0]; return t; }
console.log(doubles(30000));
function typed(n) { let t = 0, last = null; for (let i = 0; i < n; i++) { const a = new Float64Array(200); a[i % 200] = i; if (i % 100 === 0) last = a; t += a[i % 200]; } return t + last.reduce((x, y) => x + y); }
console.log(typed(5000));
function tree(d) { return d === 0 ? { leaf: d } : { l: tree(d - 1), r: tree(d - 1) }; }
function check(t) { return t.leaf === 0 ? 1 : check(t.l) + check(t.r); }
let c = 0;
for (let i = 0; i < 20; i++) c += check(tree(10));
console.log(c);
function deoptHolds(n) { const o = { a: [1, 2, 3], b: "text" + n }; let acc = 0; for (let i = 0; i < n; i++) { const tmp = { x: i, y: [i] }; acc += tmp.x + tmp.y[0] + o.a[i % 3]; if (i === n - 2) o.a = ["str", 0.5, null]; } return acc + o.b; }
console.log(deoptHolds(100), deoptHolds(10000));
let rope = "";
for (let i = 0; i < 200; i++) { rope += "part " + i; if (i % 50 === 0) rope = rope + rope; }
console.log(rope.length, rope.indexOf("part 199"));
const cyc = [];
for (let i = 0; i < 3000; i++) { const a = { i }, b = { a }; a.b = b; if (i % 1000 === 0) cyc.push(a); }
console.log(cyc.map((a) => a.b.a.i));
const big = [];
for (let i = 0; i < 30; i++) { big.push(new Array(10000).fill(i)); if (big.length > 5) big.shift(); }
console.log(big.reduce((x, a) => x + a[9999], 0));
