"use strict";
// Methods of strings with ordinary and odd arguments; UTF-16 with surrogates.
const texts = ["", "a", "hello world", "abcabcabc", " \t\n trim \u00a0\u2003\ufeff", "\u00e9\u00df\u0130", "a\u{1F600}b\u{1F468}", "\ud800x\udc00", "0123456789"];
const numbers = [undefined, null, 0, 1, 2, 3, -1, -2, 100, -100, 1.9, NaN, Infinity, -Infinity, "1", "x"];
const esc = (s) => JSON.stringify(s);
for (const t of texts) {
  const line = [t.length];
  for (const n of numbers) {
    line.push(esc(t.charAt(n)), t.charCodeAt(n), t.codePointAt(n), esc(t.at(n)), esc(t.slice(n)), esc(t.substring(n)), esc(t.substr(n)));
    for (const m of [0, 2, -1, undefined, 50]) line.push(esc(t.slice(n, m)), esc(t.substring(n, m)), esc(t.substr(n, m)));
    for (const s of ["a", "", "bc", "zz"]) line.push(t.indexOf(s, n), t.lastIndexOf(s, n), t.includes(s, n), t.startsWith(s, n), t.endsWith(s, n));
  }
  console.log(line.join(" "));
}
for (const t of texts) {
  console.log(esc(t.trim()), esc(t.trimStart()), esc(t.trimEnd()), esc(t.toUpperCase()), esc(t.toLowerCase()), esc(t.split("")), esc(t.split("b")), esc(t.split()), esc(t.split("", 2)), esc(t.split("bc", 1)), esc([...t]), esc(t.padStart(12, "xyz")), esc(t.padEnd(12)), esc(t.padStart(3, "")), esc(t.repeat(3)), esc(t.concat(1, null, "z")), t.localeCompare("b") < 0);
}
console.log("a-b-c".split("-"), "a,b,,c,".split(","), "".split(","), "".split(""), "abc".split("", 0), "aXbXc".split("X", -1));
console.log("aaa".replace("a", "b"), "aaa".replaceAll("a", "bb"), "abc".replace("b", "[$&$`$'$$]"), "abc".replace("b", (m, at, all) => m + at + all), "abc".replaceAll("", "-"), "x".replace("y", "z"), "aaa".replaceAll("aa", (m, i) => i));
console.log(String.fromCharCode(97, 0x1F600, 65536 + 98), String.fromCodePoint(0x1F600, 97), String(null), String([1, [2, 3]]), String({}), `${[1, 2]}`);
try { String.fromCodePoint(-1); } catch (e) { console.log(e.name); }
console.log("b" > "a", "abc" < "abd", "a" < "B", "\u{1F600}" < "\uffff", "" < "a", "a" < "aa", "10" < "9", "abc" === "ab" + "c");
console.log("abc"[1], "abc"["1"], "abc"[5], "abc"[-1], "abc".length, "length" in Object("abc"), "abc".hasOwnProperty(1), Object.keys("ab"));
try { "abc".length = 1; } catch (e) { console.log(e.name); }
try { "abc"[0] = "x"; } catch (e) { console.log(e.name); }
for (const ch of "x\u{1F600}\ud800y") console.log(ch.length, ch.codePointAt(0));
console.log("\x41\u0042\u{43}\0\b\v\f\'\"\\\
continued", 'single "double"', "tab\there", `multi
line ${1 + 1} ${`nested ${"deep"}`} \${no} \``);
let s = "";
for (let i = 0; i < 3000; i++) s += String.fromCharCode(97 + i % 26);
let h = 0;
for (let i = 0; i < s.length; i++) h = (h * 31 + s.charCodeAt(i)) | 0;
console.log(s.length, h, s.indexOf("xyz"), s.lastIndexOf("abc"), s.slice(100, 110), s.split("a").length);
let left = "";
for (let i = 0; i < 2000; i++) left = i + left;
console.log(left.length, left.slice(0, 20), left.slice(-20));
let wide = "";
for (let i = 0; i < 500; i++) wide += i % 50 === 0 ? "\u4e2d" : "n";
console.log(wide.length, wide.indexOf("\u4e2d", 1), wide.charCodeAt(50), wide.replaceAll("n", "").length);
const parts = [];
for (let i = 0; i < 1000; i++) parts.push(i.toString(36));
const joined = parts.join("|");
console.log(joined.length, joined.split("|")[777], joined.slice(5000, 5020));
function count(text, unit) { let c = 0; for (let i = 0; i < text.length; i++) if (text[i] === unit) c++; return c; }
console.log(count(joined, "a"), count(s, "z"), count("", "x"), count(wide, "\u4e2d"));
function reverse(t) { let r = ""; for (let i = t.length - 1; i >= 0; i--) r += t.charAt(i); return r; }
console.log(reverse("abc"), reverse(reverse(joined)) === joined);
console.log("abc".charCodeAt(99), "abc".codePointAt(99), "a".concat(), "abc".at(-4), "%", "a".localeCompare("a"), "a".normalize());
console.log(typeof Object("x"), Object("x") + "y", new String("abc").length, new String("q") == "q", new String("q") === "q");
const keyed = { ["a" + "b"]: 1 };
console.log(keyed.ab, keyed["a" + "b"], "ab" in keyed, keyed[`${"a"}b`]);
console.log(encodeURIComponent("a b&\u00e9\u{1F600}"), decodeURIComponent("%C3%A9%20x"));
