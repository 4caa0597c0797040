"use strict";
// Callees, prototypes and globals that change after compilation; inlining undone.
function apply1(f, x) { return f(x); }
const inc = (x) => x + 1, dbl = (x) => x * 2, thrower = (x) => { if (x > 900) throw new Error("too big " + x); return x; };
let s = 0;
for (let i = 0; i < 1000; i++) s += apply1(inc, i);
s += apply1(dbl, 5) + apply1(Number, "7") + apply1(inc, 0.5);
console.log(s, apply1(inc, "s"), apply1(String, 5), apply1((x) => [x], 1));
class Animal { constructor(n) { this.n = n; } legs() { return 4; } total(k) { let t = 0; for (let i = 0; i < k; i++) t += this.legs() + this.n; return t; } }
class Bird extends Animal { legs() { return 2; } }
const cat = new Animal(1), bird = new Bird(2);
console.log(cat.total(500), bird.total(500), cat.total(500));
Animal.prototype.legs = function () { return this.n * 100; };
console.log(cat.total(500), bird.total(500));
delete Bird.prototype.legs;
console.log(bird.total(500));
bird.legs = () => 7;
console.log(bird.total(500), cat.total(3));
Object.defineProperty(Animal.prototype, "legs", { get() { return () => 9; } });
console.log(cat.total(100), bird.total(100));
function changesInLoop(n) { const o = { f(x) { return x; } }; let t = 0; for (let i = 0; i < n; i++) { t += o.f(i); if (i === n >> 1) o.f = (x) => -x; if (i === n - 3) o.f = (x) => 0.5; } return t; }
console.log(changesInLoop(10), changesInLoop(2000));
let variable = (x) => x + 1;
function throughVariable(n) { let t = 0; for (let i = 0; i < n; i++) { t += variable(i); if (i === 700) variable = (x) => x * 3; } return t; }
console.log(throughVariable(500), throughVariable(1000), throughVariable(1000));
// Exceptions out of frames that were inlined, caught at several heights.
function l3(x) { if (x % 97 === 0) throw x; if (x % 89 === 0) return null.p; return x & 7; }
function l2(x) { try { return l3(x) + 1; } catch (e) { if (typeof e === "number" && e % 2) throw "odd " + e; if (e instanceof TypeError) throw e; return -1; } finally { s++; } }
function l1(x) { return l2(x) * 2; }
function l0(n) { let r = 0, caught = ""; for (let i = 1; i < n; i++) { try { r += l1(i); } catch (e) { caught += typeof e === "string" ? e + ";" : e.name + i + ";"; } } return [r, caught]; }
s = 0;
console.log(l0(300), l0(2000)[0], l0(2000)[1].length, s);
function innerThrows(n) { let i = 0, a = 1.5, b = "b"; try { for (; i < n; i++) { a += thrower(i); b = "at" + i; } } catch (e) { return [i, a, b, e.message]; } return [i, a, b]; }
console.log(innerThrows(10), innerThrows(800), innerThrows(2000));
// Inlined callees get another type deep inside.
const deep1 = (x) => deep2(x) + 1, deep2 = (x) => deep3(x) * 2, deep3 = (x) => x - 3;
function useDeep(list) { let t = 0; for (let i = 0; i < list.length; i++) t += deep1(list[i]); return t; }
const ints = Array.from({ length: 500 }, (_, i) => i);
for (let i = 0; i < 5; i++) useDeep(ints);
console.log(useDeep(ints), useDeep([1, 2.5, 3]), useDeep(["5", 6]), useDeep([undefined]), useDeep([2147483647, -2147483648]), useDeep([{ valueOf: () => 10 }]), useDeep([[4]]), useDeep(ints));
class Vec { constructor(x, y) { this.x = x; this.y = y; } add(o) { return new Vec(this.x + o.x, this.y + o.y); } }
class Vec3 extends Vec { constructor(x, y, z) { super(x, y); this.z = z; } add(o) { const v = super.add(o); return new Vec3(v.x, v.y, this.z + (o.z || 0)); } }
function sumVec(list) { let v = list[0]; for (let i = 1; i < list.length; i++) v = v.add(list[i]); return v; }
const vs = ints.map((i) => new Vec(i, -i)), mixed = ints.map((i) => i % 100 === 99 ? new Vec3(i, i, i) : new Vec(0.5, i));
for (let i = 0; i < 5; i++) sumVec(vs);
console.log(sumVec(vs), sumVec(mixed), sumVec([new Vec("a", 1), new Vec(2, "b")]), sumVec([new Vec3(1, 2, 3), new Vec3(1, 1, 1)]), sumVec(vs));
function newIt(C, n) { let t = 0; for (let i = 0; i < n; i++) t += new C(i, 1).x; return t; }
function Plain(x) { this.x = x; }
console.log(newIt(Vec, 500), newIt(Plain, 500), newIt(Vec3, 500), newIt(class { x = 5; }, 500), newIt(function (x) { return { x: x * 2 }; }, 500), newIt(Vec, 500));
Plain.prototype = { shared: 1 };
console.log(new Plain(3).shared, newIt(Plain, 100));
try { newIt(() => {}, 1); } catch (e) { console.log(e.name); }
// Builtins replaced.
const floor = Math.floor;
function useFloor(n) { let t = 0; for (let i = 0; i < n; i++) t += Math.floor(i / 2); return t; }
console.log(useFloor(1000));
Math.floor = (x) => 1;
console.log(useFloor(1000));
Math.floor = floor;
console.log(useFloor(1000));
const push = Array.prototype.push;
function usePush(n) { const a = []; for (let i = 0; i < n; i++) a.push(i); return a.length; }
console.log(usePush(1000));
Array.prototype.push = function (x) { return push.call(this, x, x); };
console.log(usePush(1000));
Array.prototype.push = push;
const charCodeAt = String.prototype.charCodeAt;
function useCode(t) { let h = 0; for (let i = 0; i < t.length; i++) h = h * 3 + t.charCodeAt(i) | 0; return h; }
console.log(useCode("some text ".repeat(50)));
String.prototype.charCodeAt = function () { return 1; };
console.log(useCode("some text ".repeat(50)));
String.prototype.charCodeAt = charCodeAt;
console.log(useCode("some text ".repeat(50)), useCode("\u4e2d\u6587".repeat(20)));
globalThis.dynamic = 1;
function readGlobal(n) { let t = 0; for (let i = 0; i < n; i++) { t += dynamic; if (i === n >> 1) globalThis.dynamic = 2.5; } return t; }
console.log(readGlobal(1000), readGlobal(10));
delete globalThis.dynamic;
try { readGlobal(5); } catch (e) { console.log(e.name, e.message); }
Object.prototype.surprise = "from Object.prototype";
function readSurprise(o) { return o.surprise; }
for (let i = 0; i < 300; i++) readSurprise({ a: i });
console.log(readSurprise({}), readSurprise([]), readSurprise(5));
delete Object.prototype.surprise;
console.log(readSurprise({}), readSurprise({ surprise: 1 }));
function absent(o) { return o.nothing === undefined ? 1 : o.nothing; }
let as = 0;
for (let i = 0; i < 500; i++) as += absent({ a: 1 });
Object.prototype.nothing = 50;
for (let i = 0; i < 500; i++) as += absent({ a: 1 });
delete Object.prototype.nothing;
console.log(as + absent({ a: 1 }));
// Recursion that meets another type at the bottom.
function down(n, bottom) { return n === 0 ? bottom : 1 + down(n - 1, bottom); }
for (let i = 0; i < 200; i++) down(20, 0);
console.log(down(50, 1), down(50, 0.5), down(5, "s"), down(10, null), down(10, undefined));
function reenter(n) { if (n % 50 === 0 && n > 0) return [n].map((x) => reenter(x - 1))[0] + 0.5; return n <= 0 ? 0 : reenter(n - 1) + 1; }
console.log(reenter(20), reenter(200), reenter(333));
function valueOfChanges(n) { let k = 0; const o = { valueOf() { k++; if (k === 500) arr.length = 10; return 1; } }; const arr = Array.from({ length: 1000 }, (_, i) => i); let t = 0; for (let i = 0; i < n; i++) { t += o * 2; const v = arr[i]; t += v === undefined ? 1000 : v; } return t; }
console.log(valueOfChanges(400), valueOfChanges(1000));
function toStringThrows(n) { const o = { n: 0, toString() { if (++this.n > 300) throw new RangeError("enough"); return "o"; } }; let t = ""; try { for (let i = 0; i < n; i++) t = i + `${o}`; } catch (e) { return t + e.message; } return t; }
console.log(toStringThrows(100), toStringThrows(1000));
