"use strict";
// Float64Array, Int32Array, Uint8Array: conversions, bounds, methods, hot loops.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
const odd = [0, -0, 1.9, -1.9, 255, 256, -1, 300.7, 2147483648, 4294967296.5, 1e20, NaN, Infinity, "12", "x", null, undefined, true, [7], {}];
for (const T of [Float64Array, Int32Array, Uint8Array]) {
  const t = new T(odd.length);
  for (let i = 0; i < odd.length; i++) t[i] = odd[i];
  console.log(T.name, T.BYTES_PER_ELEMENT, t.length, [...t].join(" "), Object.is(t[1], -0));
  console.log(t[100], t[-1], t["1"], t["x"], 1 in t, 100 in t, attempt(() => { t[100] = 5; return t[100]; }), t.length);
  console.log(new T([1, 2, 3]), new T(new Set([4, 5])), new T(new Float64Array([1.5, 300])), new T(0), new T({ length: 2, 0: 7 }), T.from([1, 2], (x) => x * 3), T.of(9, 8));
  const m = new T([5, 1, 4, 2, 3]);
  console.log(m.slice(1, 3), m.subarray(1, 3), m.fill(7, 0, 1), m.indexOf(4), m.includes(9), m.join("+"), m.map((x) => x * 2), m.reduce((a, b) => a + b), m.find((x) => x < 3), m.findIndex((x) => x > 100), m.some((x) => x > 6), m.every((x) => x), m.reverse(), [...m.entries()], [...m.keys()]);
  const sub = m.subarray(2);
  sub[0] = 99;
  console.log(m[2], sub.length, attempt(() => new T(-1)), Object.prototype.toString.call(m), m instanceof T, Array.isArray(m), m.filter === undefined ? "" : m.filter((x) => x > 3));
  m.set([1, 2], 3);
  console.log(m, attempt(() => m.set([1, 2, 3], 3)), m.at === undefined ? "" : m.at(-1));
  let visit = 0;
  m.forEach((x, i) => { visit += x * i; });
  for (const x of m) visit += x;
  for (const k in m) visit += Number(k);
  console.log(visit, Object.keys(m).length, JSON.stringify(m), String(m));
}
function fill(t, n) { for (let i = 0; i < n; i++) t[i] = i * 1.5 - 100; let s = 0; for (let i = 0; i < n; i++) s += t[i]; return s; }
for (const T of [Float64Array, Int32Array, Uint8Array, Array]) console.log(fill(new T(300), 300), fill(new T(10), 20));
for (let k = 0; k < 10; k++) fill(new Float64Array(2000), 2000);
console.log(fill(new Float64Array(2000), 2000), fill(new Int32Array(2000), 2000), fill(new Float64Array(1000), 1001));
function sieve(n) { const f = new Uint8Array(n + 1); let c = 0; for (let i = 2; i <= n; i++) { if (f[i]) continue; c++; for (let k = i * i; k <= n; k += i) f[k] = 1; } return c; }
console.log(sieve(100), sieve(30000));
function matrix(n) { const a = new Float64Array(n * n), b = new Float64Array(n * n), c = new Float64Array(n * n); for (let i = 0; i < n * n; i++) { a[i] = i % 7; b[i] = i % 5 - 2.5; } for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) { let s = 0; for (let k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j]; c[i * n + j] = s; } return c.reduce((x, y) => x + y) + c[n + 1]; }
console.log(matrix(4), matrix(40));
function histogram(text) { const h = new Int32Array(256); for (let i = 0; i < text.length; i++) h[text.charCodeAt(i) & 255]++; return h; }
console.log(histogram("hello world".repeat(100)).filter((x) => x > 0));
function wrap(n) { const u = new Uint8Array(1), i32 = new Int32Array(1); for (let i = 0; i < n; i++) { u[0] += 7; i32[0] += 1000003; } return [u[0], i32[0]]; }
console.log(wrap(100), wrap(5000));
function compound(n) { const f = new Float64Array(4); for (let i = 0; i < n; i++) { f[i & 3] += i; f[i & 3] *= 0.5; f[0]++; --f[1]; f[2] -= -1; f[3] **= 1; } return [...f]; }
console.log(compound(10), compound(2001));
function nan(n) { const f = new Float64Array(2); let r = 0; for (let i = 0; i < n; i++) { f[0] = i % 2 ? NaN : i; f[1] = f[0] / 0; if (f[0] !== f[0]) r++; if (f[1] === Infinity) r += 10; } return r; }
console.log(nan(100), nan(3000));
const holder = { data: new Float64Array(3) };
for (let i = 0; i < 1000; i++) holder.data[i % 3] += 0.5;
console.log(holder, attempt(() => { "use strict"; Object.freeze(new Int32Array(2)); }), attempt(() => { new Int32Array(2).length = 5; }));
console.log(new Float64Array([0.1, 1e21, -0, NaN, Infinity]), new Uint8Array(200).length, new Uint8Array(120), new Int32Array(7));
