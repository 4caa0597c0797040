"use strict";
// call, apply, bind, this, hoisting, recursion, arguments, names and lengths, constructors as functions.
function attempt(f) { try { return f(); } catch (e) { return e.name; } }
function who(a, b) { return [this, a, b]; }
console.log(who(1), who.call("s", 1, 2), who.apply(null, [3, 4]), who.apply(undefined), who.bind(5)(6, 7), who.bind(5, "x")("y"), who.bind({}).call([], 1)[0], attempt(() => who.apply(1, 2)), who.apply(1, { length: 2, 0: "a" }));
const bound = who.bind("t", 1);
console.log(bound.name, bound.length, who.length, (function () {}).name, (() => {}).name, new (function N() { this.x = 1; }.bind(null))().x, bound.prototype);
const obj = { name: "o", regular() { return this && this.name; }, arrow: () => typeof this, nested() { return [1].map(() => this.name)[0]; }, get self() { return this; } };
const { regular } = obj;
console.log(obj.regular(), regular(), (obj.regular)(), (0, obj.regular)(), obj.nested(), obj.self === obj, obj["regular"](), obj?.regular());
console.log(hoist(), typeof later, (function f(n) { return n ? n * f(n - 1) : 1; })(10));
function hoist() { return inner(); function inner() { return "inner"; } }
var later = 1;
function dup() { return 1; } 
{ function blockScoped() { return "block"; } console.log(blockScoped()); }
console.log(typeof blockScoped);
function args() { arguments[0] = "changed"; return arguments[0] + arguments.length; }
function argsParam(a) { arguments[0] = 9; a = a + 1; return [a, arguments[0]]; }
console.log(args(1, 2), argsParam(1), (function () { return Array.prototype.slice.call(arguments, 1); })(1, 2, 3), (function () { return [...arguments]; })(4, 5));
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function ack(m, n) { return m === 0 ? n + 1 : n === 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
function isEven(n) { return n === 0 ? true : isOdd(n - 1); }
function isOdd(n) { return n === 0 ? false : isEven(n - 1); }
function hanoi(n, a, b, c) { return n === 0 ? 0 : hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a); }
console.log(fib(20), ack(2, 9), isEven(1000), hanoi(10, "a", "b", "c"));
function Person(name) { this.name = name; this.greet = function () { return "I am " + name; }; }
Person.prototype.hello = function () { return "hello " + this.name; };
Person.prototype.constructorName = function () { return this.constructor.name; };
const ps = [];
for (let i = 0; i < 1000; i++) ps.push(new Person("p" + i));
console.log(ps[7].greet(), ps[8].hello(), ps[9].constructorName(), ps[0] instanceof Person, attempt(() => Person("x")), ps[3]);
function Returns(v) { this.own = 1; return v; }
console.log(new Returns(5).own, new Returns({ own: 2 }).own, new Returns(null).own, new Returns([3])[0]);
const chain = { v: 0, add(n) { this.v += n; return this; }, mul(n) { this.v *= n; return this; } };
for (let i = 0; i < 2000; i++) chain.add(i).mul(i % 2 ? 1 : 0.5).add(1);
console.log(chain.v);
function poly(f, x) { return f(x); }
const fs = [(x) => x + 1, (x) => x * 2, function (x) { return x - 1; }, Math.abs, String, (x) => [x], Number, (x) => { try { return x.y.z; } catch { return 0; } }];
let t = "";
for (let i = 0; i < 4000; i++) { const r = poly(fs[i % fs.length], i); if (i > 3990) t += r + ";"; }
console.log(t);
for (let i = 0; i < 1000; i++) poly(fs[0], i);
console.log(poly(fs[0], 1), poly(fs[1], "2"), attempt(() => poly(5, 1)), attempt(() => poly(undefined)), attempt(() => poly({})));
console.log([1, 2, 3].map(parseInt), ["1", "2", "3"].map(Number), [3, 1, 2].map((x) => x * 2, null), ["a", "b"].map((x, i, arr) => arr.length + x + i));
function callback(n, f) { let r = 0; for (let i = 0; i < n; i++) r = f(r, i); return r; }
console.log(callback(3000, (a, b) => a + b), callback(3000, (a, b) => (a ^ b) | 0), callback(3000, (a, b) => a + b * 0.5), callback(20, (a, b) => a + "" + b));
const applyMax = (list) => Math.max.apply(null, list);
console.log(applyMax([1, 5, 3]), applyMax([]), Math.max.call(null, 1, 2), Function.prototype.call.call((a) => a, null, 7));
let calls = 0;
const sideEffects = { get f() { calls++; return (x) => { calls += x; return calls; }; } };
console.log(sideEffects.f(sideEffects.f(10)), calls);
const iife = (() => { let c = 0; return () => ++c; })();
for (let i = 0; i < 100; i++) iife();
console.log(iife(), (function () { return typeof this; })(), (() => void 0)(), typeof function () {}, typeof class {});
console.log(((a, b = 2, ...c) => [a, b, c])(1), (function ({ a }, [b]) { return a + b; })({ a: 1 }, [2]), ((x) => ({ x }))(1), ((x) => { x; })(1));
function many(a, b, c, d, e, f, g, h, i, j, k, l) { return a + b + c + d + e + f + g + h + i + j + k + l; }
let ms = 0;
for (let i = 0; i < 1000; i++) ms += many(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, i);
console.log(ms, many(1, 2), many("a", 1));
