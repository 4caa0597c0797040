"use strict"
// Automatic semicolons, comments, odd but valid syntax, unicode names, literals.
let a = 1
let b = a
+ 1
let c = a
;[1, 2].forEach((x) => { c += x })
const f = function () { return 5 }
let d = f
()
function r() {
  return
  1
}
let e = 1, g = 2
e
++
g
do a++; while (a < 5) console.log("after do")
if (a) { } else; console.log(a, b, c, d, e, g, r())
/* block
comment */ console.log("x") // line comment
/**/console.log(/* inner */ "y" /* more */)
{ } ; ; ;
var \u0061bc = "escaped name", \u{78}y = 2, $ = 1, _ = 2, \u00e9t\u00e9 = "accent", \u4e2d = "cjk"
console.log(abc, xy, $, _, été, 中)
const o = { if: 1, class: 2, get: 3, set: 4, static: 5, new: 6, async: 7, of: 8, let: 9, "a b": 10, 0x10: 11, 1e2: 12, .5: 13, get x() { return 14 }, set x(v) { }, get() { return 1 }, await: 1, yield: 2, }
console.log(o.if, o.class, o.set, o.static, o.new, o[16], o[100], o[0.5], o.x, o.get(), o.async, o.of, o.let)
const of = 1, get = 2, set = 3, async = 4, from = 5, as = 6, target = 7
console.log(of, get, set, async, from, as, target)
for (const of of [1]) console.log(of)
console.log(((a)), (1, 2), [1, 2,].length, [, ].length, [1, , 2].length, { a, }.a, f(), (function () { return this })())
var x1 = 5, y1 = x1-- - --x1, z1 = x1+++y1, w1 = - -x1, v1 = +-+x1
console.log(x1, y1, z1, w1, v1, 1 - -1, 1 + +1, !!1, ~~1.5, typeof void 0, 4 / 2 / 2, a / b / c)
console.log(1 < 2 ? 3 < 2 ? "a" : "b" : "c", a ? b : c ? d : e, (() => { })(), (() => ({}))(), (a => a)(1), ((a, b) => a + b)(1, 2), (a => b => a + b)(1)(2))
label: { break label }
x: for (; ;) { break x }
if (1) function_in_if(); function function_in_if() { console.log("called") }
switch (1) { case 1: { } default: }
try { } catch { } finally { }
console.log("\
continued", '\u{1F600}'.length, "\0".length, '\x41', "a\
b", `a\
b`, `$`, `$${1}`, `${"}"}`, `\``, `${`${`deep`}`}`, `a${1}b${2}c`, ``.length, `
`.length)
console.log("use strict".length, 'single', "a" + 'b' + `c`, "//not a comment", "/* nor this */")
console.log(0.1, .1, 1., 1e+1, 1E-1, 0XfF, 0B11, 0O17, 1_0.0_1)
const { length } = "four"; console.log(length)
console.log([..."ab"].map((c) => c), new Date(0).getTime(), new (class { v = 3 })().v, new Map().size, new Array(2).length, new Object().constructor === Object, new f().constructor === f)
console.log(((a, b) => { "a directive"; return a })(1), (() => { 'use strict'; return 1 })())
var v; var v; var v = 3; function v2() { } var v2; console.log(v, typeof v2)
; (function () { console.log("leading semicolon") })()
const veryLong = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 +
  11
  + 12
console.log(veryLong, a
  .toString()
  .length, o
  ?.x, o
  ["if"])
throw_it: try { throw 1 } catch (e) { console.log(e); break throw_it }
console.log(a ** b, (-a) ** 2, 2 ** -1, a ?? b, (a && b) ?? c, a?.5:1)
var t = 5; t /= 2; t **= 2; t >>>= 0; t ||= 7; t &&= 8; t ??= 9; console.log(t)
debugger
while (false) console.log("never")
for (const [i, { x: [y] = [] } = {}] of [[1, { x: [2] }], [3]]) console.log(i, y)
for (let i = 0, n = 2; i < n; i++) { } for (let i in {}) { }
console.log("end")
