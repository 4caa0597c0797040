"use strict";
// Random programs of the subset, from seeds: they end, print what they compute, are hot enough to be
// compiled, and change types, shapes and callees on the way.
//
//     node generate.js SEED COUNT           a batch: COUNT programs, seeds SEED, SEED + 1, ...
//     node generate.js --minimize SEED REFJS FLAGS...   drop statements while the outputs differ
const { spawnSync } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const BUDGET = 12000; // estimated operations of one program
const TYPES = ["int", "num", "str", "bool", "any", "arr", "obj", "ta", "map"];
const WEIGHTS = { int: 4, num: 4, str: 2, bool: 1, any: 3, arr: 2, obj: 3, ta: 1, map: 0.5 };
const KEYS = ["a", "b", "c", "x", "y", "val"];

// What every batch begins with.
const PRELUDE = `"use strict";
function show(v, depth) {
  if (typeof v === "number") return v === 0 && 1 / v < 0 ? "-0" : "" + v;
  if (typeof v === "string") return JSON.stringify(v.length > 60 ? v.slice(0, 60) + v.length : v);
  if (typeof v === "function") return "function";
  if (v === null || typeof v !== "object") return "" + v;
  if (v instanceof Error) return v.name;
  if (depth > 2) return "...";
  let s = "";
  if (v instanceof Map) { for (const [k, x] of v) s += show(k, depth + 1) + "=>" + show(x, depth + 1) + ","; return "Map{" + s + "}"; }
  if (typeof v.length === "number") { for (let i = 0; i < v.length && i < 60; i++) s += show(v[i], depth + 1) + ","; return "[" + s + "]" + v.length; }
  for (const k in v) s += k + ":" + show(v[k], depth + 1) + ",";
  return "{" + s + "}";
}
let lines = [];
function log(...values) { if (lines.length < 120) lines.push(values.map((v) => show(v, 0)).join(" ")); }
function clip(s) { return s.length > 40 ? s.slice(3, 33) : s; }
function lim(v) { return typeof v === "string" && v.length > 60 ? v.slice(1, 40) : v; }
function same(v) { return v; }
function thrown(e) { return e instanceof Error ? e.name : e; }
class Base { constructor(v) { this.v = v; } get twice() { return this.v * 2; } grow(d) { this.v += d; return this; } valueOf() { return this.v | 0; } }
function attempt(number, program) {
  lines = [];
  try { program(); } catch (e) { log("thrown", e); }
  console.log("#" + number + " " + lines.join("\\n  "));
}
`;

class Random {
  constructor(seed) {
    this.state = (seed * 2654435761) >>> 0;
    for (let i = 0; i < 3; i++) this.next();
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) { return Math.floor(this.next() * n); }
  chance(p) { return this.next() < p; }
  pick(list) { return list[this.below(list.length)]; }
}

// A statement is a text, or {parts: [[head, [statements]], ...], close: text}.
function render(statements, indent, out) {
  for (const one of statements) {
    if (typeof one === "string") {
      out.push(indent + one);
      continue;
    }
    for (const [head, body] of one.parts) {
      out.push(indent + head);
      render(body, indent + "  ", out);
    }
    out.push(indent + one.close);
  }
  return out;
}

class Generator {
  constructor(seed) {
    this.random = new Random(seed);
    this.scopes = [[]];
    this.functions = [];
    this.classes = [];
    this.names = 0;
    this.factor = 1; // how often the code being made runs
    this.cost = 0;
    this.inFunction = false;
    this.loops = []; // labels around
    this.inSwitch = 0;
    this.method = null; // keys of `this`, inside of methods
    // Each program leans to some of the types.
    this.weights = {};
    for (const type of TYPES) this.weights[type] = WEIGHTS[type] * (this.random.chance(0.3) ? 6 : 1);
  }

  // ---- names ----

  name(prefix) { return prefix + this.names++; }

  declare(name, type, writable = true, extra = {}) {
    const variable = { name, type, writable, ...extra };
    this.scopes[this.scopes.length - 1].push(variable);
    return variable;
  }

  variables(type, writable = false) {
    const found = [];
    for (const scope of this.scopes) {
      for (const one of scope) {
        if ((type === null || one.type === type) && (!writable || one.writable)) found.push(one);
      }
    }
    return found;
  }

  type() {
    const total = TYPES.reduce((sum, type) => sum + this.weights[type], 0);
    let at = this.random.next() * total;
    for (const type of TYPES) {
      at -= this.weights[type];
      if (at < 0) return type;
    }
    return "int";
  }

  // ---- expressions ----

  expr(type, depth = 3) {
    this.cost += this.factor;
    const variables = this.variables(type);
    if (variables.length > 0 && this.random.chance(depth <= 0 ? 0.8 : 0.35)) {
      return this.random.pick(variables).name;
    }
    if (depth <= 0) return this.literal(type);
    return this[type](depth - 1);
  }

  literal(type) {
    const r = this.random;
    switch (type) {
      case "int": return r.pick(["0", "1", "2", "3", "-1", "7", "10", "255", "-128", "1000", "65536", "46341", "2147483647", "-2147483648", String(r.below(100)), String(-r.below(1000))]);
      case "num": return r.pick(["0.5", "1.5", "-0", "-2.25", "3.75", "1e10", "2147483648", "4294967295", "1e-5", "-1e300", "NaN", "Infinity", "-Infinity", "0.1", String(r.below(1000) / 8)]);
      case "str": return r.pick(['""', '"a"', '"abc"', '"12"', '"0.5"', '"x y"', '"\\u4e2d\\u00e9"', '"\\ud83d\\ude00"', '" 7 "', '"length"', `"s${r.below(20)}"`]);
      case "bool": return r.pick(["true", "false"]);
      case "any": return r.pick(["undefined", "null", "0", "1.5", '"t"', "true", "[]", "({})", "NaN", "-0", "[1]", "({ valueOf() { return 3; } })", "2147483647"]);
      case "arr": return r.pick(["[]", "[1, 2, 3]", "[0.5, 1.5]", '["a", "b"]', "[1, , 3]", "[1, 0.5, null]", "[5, 4, 3, 2, 1, 0]"]);
      case "obj": return this.literalObject(0);
      case "ta": return r.pick(["new Float64Array(4)", "new Int32Array(5)", "new Uint8Array(3)", "new Int32Array([1, -2, 3])", "new Float64Array([0.5, 1, NaN])"]);
      case "map": return r.pick(["new Map()", 'new Map([[1, 2], ["a", "b"]])']);
    }
    throw new Error(type);
  }

  index(array) {
    const r = this.random;
    const kind = r.below(10);
    if (kind < 5) return `${this.expr("int", 1)} & ${r.pick([1, 3, 7])}`;
    if (kind < 7) return String(r.below(6));
    if (kind < 8) return `${array}.length - 1`;
    if (kind < 9) return this.expr("int", 1);
    return r.pick(["-1", "0.5", '"1"', '"length"', "100"]);
  }

  // Types that the caller does not know: may be called in whatever phase of a loop.
  wavering(depth) {
    const counters = this.variables("int").filter((one) => one.counter);
    const types = [this.type(), this.type()];
    if (counters.length === 0) return this.expr(types[0], depth);
    const counter = this.random.pick(counters);
    const at = Math.max(1, counter.limit - 1 - this.random.below(Math.min(8, counter.limit)));
    const test = this.random.chance(0.6) ? `${counter.name} === ${at}` : `${counter.name} < ${at}`;
    const [first, second] = test.includes("===") ? [types[0], types[1]] : [types[1], types[0]];
    return `(${test} ? ${this.expr(first, depth - 1)} : ${this.expr(second, depth - 1)})`;
  }

  call(depth) {
    const affordable = [...this.functions, ...this.variables("fun")].filter((one) => one.cost * this.factor + this.cost < BUDGET && !one.hidden);
    if (affordable.length === 0) return this.literal("any");
    const callee = this.random.pick(affordable);
    this.cost += callee.cost * this.factor;
    const values = [];
    const count = this.random.chance(0.85) ? callee.parameters.length : this.random.below(5);
    for (let i = 0; i < count; i++) {
      const type = callee.parameters[i] || "any";
      values.push(this.random.chance(0.15) ? this.wavering(depth) : this.expr(type, depth));
    }
    if (this.random.chance(0.05)) values.push("...[1, 2]");
    if (callee.depth !== undefined) values[0] = String(callee.depth);
    return `${callee.name}(${values.join(", ")})`;
  }

  int(depth) {
    const r = this.random, e = (type = "int") => this.expr(type, depth);
    switch (r.below(22)) {
      case 0: case 1: return `(${e()} ${r.pick(["+", "-", "*"])} ${e()} | 0)`;
      case 2: case 3: return `(${e()} ${r.pick(["&", "|", "^"])} ${e()})`;
      case 4: return `(${e()} ${r.pick(["<<", ">>"])} (${e()} & 7))`;
      case 5: return `(${e()} >>> ${r.pick([0, 1, 28])} | 0)`;
      case 6: return `Math.imul(${e()}, ${e()})`;
      case 7: return `${e("arr")}.length`;
      case 8: return `${e("str")}.length`;
      case 9: return `(${e("str")}.charCodeAt(${e()} & 3) | 0)`;
      case 10: return `(${e("num")} | 0)`;
      case 11: return `(${e("bool")} ? ${e()} : ${e()})`;
      case 12: return `(${this.call(depth)} | 0)`;
      case 13: return `(${e("ta")}[${e()} & 3] | 0)`;
      case 14: return `(~${e()})`;
      case 15: return `(Math.floor(${e("num")}) | 0)`;
      case 16: return `${e("str")}.indexOf(${e("str")})`;
      case 17: return `Math.clz32(${e()})`;
      case 18: return `(${e()} % ${r.pick(["7", "3", "-5", "16"])} | 0)`;
      case 19: return `Math.${r.pick(["min", "max"])}(${e()}, ${e()})`;
      case 20: return `${e("map")}.size`;
      default: return `(${e("arr")}[${this.index(this.literal("arr"))}] | 0)`;
    }
  }

  num(depth) {
    const r = this.random, e = (type = "num") => this.expr(type, depth);
    switch (r.below(16)) {
      case 0: case 1: case 2: return `(${e()} ${r.pick(["+", "-", "*", "/"])} ${e(r.pick(["num", "int"]))})`;
      case 3: return `(${e("int")} ${r.pick(["+", "-", "*", "/", "%"])} ${e("int")})`;
      case 4: return `(${e()} % ${e(r.pick(["num", "int"]))})`;
      case 5: return `Math.${r.pick(["abs", "floor", "ceil", "round", "trunc", "sqrt", "sign", "fround"])}(${e()})`;
      case 6: return `Math.${r.pick(["min", "max"])}(${e()}, ${e()})`;
      case 7: return `(-(${e()}))`;
      case 8: return `(${e("bool")} ? ${e()} : ${e("int")})`;
      case 9: return `(+(${e("any")}))`;
      case 10: return `${e("ta")}[${e("int")} & 3]`;
      case 11: return `Number(${e("str")})`;
      case 12: return `(${e("int")} >>> 0)`;
      case 13: return `(+${this.call(depth)})`;
      case 14: return `((${e("int")}) ** 2)`;
      default: return `(+${e("obj")}.${r.pick(KEYS)})`;
    }
  }

  str(depth) {
    const r = this.random, e = (type = "str") => this.expr(type, depth);
    switch (r.below(14)) {
      case 0: case 1: return `clip(${e()} + ${e(r.pick(["str", "int", "num", "bool", "any"]))})`;
      case 2: return `clip(\`${r.pick(["", "<", "v="])}\${${e(this.type())}}${r.pick(["", ">", ":"])}\`)`;
      case 3: return `${e()}.slice(${e("int")} & 3)`;
      case 4: return `${e()}.charAt(${e("int")} & 7)`;
      case 5: return `clip(String(${e(r.pick(["int", "num", "bool", "any", "arr"]))}))`;
      case 6: return `(${e("int")}).toString(${r.pick([2, 10, 16, 36])})`;
      case 7: return `${e()}.${r.pick(["toUpperCase", "toLowerCase", "trim"])}()`;
      case 8: return `clip(${e()}[${e("int")} & 3] + "")`;
      case 9: return `(typeof ${e("any")})`;
      case 10: return `clip(${e("arr")}.join(${r.pick(['"-"', '""', '", "'])}))`;
      case 11: return `String.fromCharCode(97 + (${e("int")} & 15))`;
      case 12: return `clip(${e()}.replace(${e()}, ${e()}))`;
      default: return `(${e("bool")} ? ${e()} : ${e()})`;
    }
  }

  bool(depth) {
    const r = this.random, e = (type = "bool") => this.expr(type, depth);
    switch (r.below(12)) {
      case 0: case 1: case 2: return `(${e("int")} ${r.pick(["<", "<=", ">", ">=", "===", "!==", "=="])} ${e("int")})`;
      case 3: return `(${e("num")} ${r.pick(["<", "<=", ">", ">=", "===", "!=="])} ${e("num")})`;
      case 4: return `(${e("str")} ${r.pick(["<", "===", "!=", ">="])} ${e("str")})`;
      case 5: return `(${e("any")} ${r.pick(["==", "===", "!=", "<"])} ${e("any")})`;
      case 6: return `(!${e(this.type())})`;
      case 7: return `(${e()} ${r.pick(["&&", "||"])} ${e()})`;
      case 8: return `("${r.pick(KEYS)}" in ${e("obj")})`;
      case 9: return `${e("arr")}.includes(${e("any")})`;
      case 10: return `(${e("obj")} instanceof Base)`;
      default: return `Number.isInteger(${e("num")})`;
    }
  }

  any(depth) {
    const r = this.random, e = (type = "any") => this.expr(type, depth);
    switch (r.below(17)) {
      case 0: return e("arr") + `[${this.index("[7]")}]`;
      case 1: case 2: return `${e("obj")}.${r.pick(KEYS)}`;
      case 3: return `${e("obj")}[${r.pick(['"a"', '"x"', e("str")])}]`;
      case 4: case 5: return `lim(${this.call(depth)})`;
      case 6: return `(${e()} ${r.pick(["&&", "||", "??"])} ${e()})`;
      case 7: return `lim(${e()} + ${e()})`;
      case 8: return `(${e()} ${r.pick(["-", "*", "/", "%", "&", "|", ">>>", "<<"])} ${e()})`;
      case 9: return this.wavering(depth);
      case 10: return `${e("map")}.get(${e(r.pick(["int", "str"]))})`;
      case 11: return `${e("obj")}?.${r.pick(KEYS)}?.${r.pick(KEYS)}`;
      case 12: return `same(${e(this.type())})`;
      case 13: return `${e("arr")}.${r.pick(["find", "some", "findIndex"])}((q) => q ${r.pick(["<", ">", "==="])} ${e("int")})`;
      case 14: return `(${e("bool")} ? ${e(this.type())} : ${e(this.type())})`;
      case 15: if (this.method) return `this.${r.pick(KEYS)}`;
      // fall through
      default: return e(this.type());
    }
  }

  arr(depth) {
    const r = this.random, e = (type) => this.expr(type, depth);
    this.cost += 12 * this.factor;
    switch (r.below(9)) {
      case 0: case 1: { const type = this.type(); return `[${Array.from({ length: r.below(5) }, () => e(type)).join(", ")}]`; }
      case 2: return `${e("arr")}.slice(${e("int")} & 3)`;
      case 3: return `${e("arr")}.map((q) => ${r.pick(["q * 2", "q + 1", "lim(q + \"m\")", "[q]", "q | 0", e("num")])})`;
      case 4: return `${e("arr")}.filter((q, w) => ${r.pick(["q > 1", "w & 1", "q", e("bool")])})`;
      case 5: return `[...${e(r.pick(["arr", "str", "ta"]))}, ${e("any")}].slice(0, 20)`;
      case 6: return `Array.from({ length: ${e("int")} & 7 }, (_, q) => q ${r.pick(["+ 1", "* 0.5", "+ \"e\""])})`;
      case 7: return `Object.${r.pick(["keys", "values"])}(${e("obj")})`;
      default: return `${e("arr")}.slice().sort((q, w) => ${r.pick(["q - w", "w - q", "(q < w ? -1 : q > w ? 1 : 0)"])})`;
    }
  }

  literalObject(depth) {
    const r = this.random;
    const keys = r.pick([["a", "b"], ["b", "a"], ["a"], ["x", "y"], ["a", "b", "c"], ["val", "x"], ["x"], []]);
    const parts = keys.map((key) => `${key}: ${depth > 0 ? this.expr(this.type(), depth - 1) : this.literal(r.pick(["int", "num", "str"]))}`);
    if (r.chance(0.08)) parts.push(`get c() { return ${depth > 0 ? "this.a" : "1"}; }`);
    if (depth > 0 && r.chance(0.08)) parts.push(`...${this.expr("obj", depth - 1)}`);
    return `({ ${parts.join(", ")} })`;
  }

  obj(depth) {
    const r = this.random;
    if (r.chance(0.1)) return `new Base(${this.expr("any", depth)})`;
    const classes = this.classes.filter((one) => one.cost * this.factor + this.cost < BUDGET);
    if (classes.length > 0 && r.chance(0.5)) {
      const one = r.pick(classes);
      this.cost += one.cost * this.factor;
      return `new ${one.name}(${one.parameters.map((type) => this.expr(type, depth)).join(", ")})`;
    }
    return this.literalObject(depth);
  }

  ta(depth) {
    const r = this.random;
    return r.chance(0.7) ? this.literal("ta") : `new ${r.pick(["Float64Array", "Int32Array", "Uint8Array"])}(${this.expr("arr", depth)})`;
  }

  map(depth) {
    return this.random.chance(0.5) ? this.literal("map") : `new Map([[${this.expr("any", depth)}, ${this.expr("any", depth)}]])`;
  }

  // ---- statements ----

  block(size, depth) {
    const statements = [];
    this.scopes.push([]);
    for (let i = 0; i < size; i++) statements.push(this.statement(depth));
    this.scopes.pop();
    return statements;
  }

  statement(depth) {
    const r = this.random;
    this.cost += this.factor;
    if (this.cost > BUDGET) return `log(${this.expr("any", 0)});`;
    const kind = r.below(100);
    if (kind < 18) return this.declaration();
    if (kind < 42) return this.assignment();
    if (kind < 50) return this.change();
    if (kind < 56) return `${this.factor > 50 ? "if (lines.length < 40) " : ""}log(${this.expr(this.type(), 2)});`;
    if (kind < 59) return this.closure();
    if (kind < 62) return this.destructuring();
    if (kind < 65) return this.jump();
    if (depth <= 0) return this.assignment();
    if (kind < 75) return this.conditional(depth);
    if (kind < 90) return this.loop(depth);
    if (kind < 94) return this.guarded(depth);
    if (kind < 97) return this.choice(depth);
    return { parts: [["{", this.block(2, depth - 1)]], close: "}" };
  }

  declaration() {
    const type = this.type();
    const value = this.expr(type, 3);
    const constant = this.random.chance(0.25);
    const name = this.name("v");
    this.declare(name, type, !constant);
    return `${constant ? "const" : "let"} ${name} = ${value};`;
  }

  assignment() {
    const r = this.random;
    const type = this.type();
    const variables = this.variables(type, true);
    if (variables.length === 0) return this.declaration();
    const name = r.pick(variables).name;
    switch (type) {
      case "int":
        if (r.chance(0.25)) return `${name}${r.pick(["++", "--"])};`.replace(/^(.*)$/, `$1 ${name} |= 0;`);
        if (r.chance(0.3)) return `${name} = ${name} ${r.pick(["+", "-", "^", "|", "*"])} ${this.expr("int", 2)} | 0;`;
        return `${name} = ${this.expr("int", 3)};`;
      case "num":
        if (r.chance(0.2)) return `${name}${r.pick(["++", "--"])};`;
        if (r.chance(0.4)) return `${name} ${r.pick(["+=", "-=", "*=", "/="])} ${this.expr(r.pick(["num", "int"]), 2)};`;
        return `${name} = ${this.expr("num", 3)};`;
      case "str":
        if (r.chance(0.5)) return `${name} = clip(${name} + ${this.expr(r.pick(["str", "int", "any"]), 2)});`;
        return `${name} = ${this.expr("str", 3)};`;
      case "any":
        if (r.chance(0.3)) return `${name} = lim(${name} + ${this.wavering(2)});`;
        return `${name} = ${r.chance(0.3) ? this.wavering(3) : this.expr(this.type(), 3)};`;
      default:
        return `${name} = ${this.expr(type, 2)};`;
    }
  }

  // Something happens to an array, object, typed array or Map.
  change() {
    const r = this.random, e = (type, depth = 2) => this.expr(type, depth);
    const type = r.pick(["arr", "arr", "obj", "obj", "obj", "ta", "ta", "map"]);
    const variables = this.variables(type);
    if (variables.length === 0) return this.declaration();
    const name = r.pick(variables).name;
    if (type === "ta") {
      const at = r.chance(0.85) ? `${e("int", 1)} & 3` : this.index(name);
      return `${name}[${at}] ${r.pick(["=", "=", "+=", "-=", "^="])} ${e(r.pick(["int", "num", "num", "any"]))};`;
    }
    if (type === "map") {
      return r.chance(0.8) ? `if (${name}.size < 30) ${name}.set(${e(r.pick(["int", "str", "any"]))}, ${e("any")});` : `${name}.delete(${e("int")});`;
    }
    if (type === "obj") {
      const key = r.pick(KEYS);
      switch (r.below(8)) {
        case 0: return `delete ${name}.${key};`;
        case 1: return `${name}[${e("str", 1)}] = ${e("any")};`;
        case 2: return `${name}.${key} = ${this.wavering(2)};`;
        case 3: return `${name}.${key} = lim(${name}.${key} + ${e(r.pick(["int", "num", "str"]))});`;
        default: return `${name}.${key} = ${e(this.type())};`;
      }
    }
    switch (r.below(10)) {
      case 0: case 1: case 2: return `if (${name}.length < 30) ${name}.push(${e(this.type())});`;
      case 3: return `${name}.${r.pick(["pop", "shift", "reverse"])}();`;
      case 4: return `${name}.length = ${e("int", 1)} & 7;`;
      case 5: return `if (${name}.length < 30) ${name}.splice(${e("int", 1)} & 3, ${r.below(3)}, ${e("any", 1)});`;
      case 6: return `${name}[${e("int", 1)} & 15] = ${this.wavering(2)};`;
      default: return `${name}[${e("int", 1)} & 7] = ${e(this.type())};`;
    }
  }

  // Runs `make` as the body of a function with its own cost; returns [body, cost].
  body(parameters, types, make) {
    const saved = { factor: this.factor, cost: this.cost, loops: this.loops, inFunction: this.inFunction, inSwitch: this.inSwitch };
    this.factor = 1;
    this.cost = 0;
    this.loops = [];
    this.inSwitch = 0;
    this.inFunction = true;
    this.scopes.push([]);
    parameters.forEach((name, i) => this.declare(name, types[i]));
    const made = make();
    this.scopes.pop();
    const cost = this.cost + 2;
    Object.assign(this, saved);
    return [made, cost];
  }

  closure() {
    const r = this.random;
    const types = Array.from({ length: r.below(3) }, () => this.type());
    const parameters = types.map(() => this.name("p"));
    const name = this.name("g");
    const [statement, cost] = this.body(parameters, types, () => {
      if (r.chance(0.5)) return `const ${name} = (${parameters.join(", ")}) => ${this.expr(this.type(), 2).replace(/^\{/, "({")};`;
      const inner = this.block(2, 0);
      inner.push(`return ${this.expr(this.type(), 2)};`);
      return { parts: [[`const ${name} = (${parameters.join(", ")}) => {`, inner]], close: "};" };
    });
    this.declare(name, "fun", false, { cost, parameters: types });
    return statement;
  }

  destructuring() {
    const r = this.random;
    const names = [this.name("v"), this.name("v")];
    const choice = r.below(4);
    let text;
    if (choice === 0) text = `let [${names[0]} = ${this.expr("any", 1)}, ${names[1]}] = ${this.expr(r.pick(["arr", "str", "ta"]), 2)};`;
    else if (choice === 1) text = `let { ${r.pick(KEYS)}: ${names[0]}, ${r.pick(KEYS)}: ${names[1]} = ${this.expr("any", 1)} } = ${this.expr("obj", 2)};`;
    else if (choice === 2) text = `let [${names[0]}, ...${names[1]}] = ${this.expr("arr", 2)};`;
    else text = `let { ${r.pick(KEYS)}: ${names[0]}, ...${names[1]} } = ${this.expr("obj", 2)};`;
    this.declare(names[0], "any");
    this.declare(names[1], choice === 2 ? "arr" : choice === 3 ? "obj" : "any");
    return text;
  }

  jump() {
    const r = this.random;
    if (this.loops.length > 0 && r.chance(0.6)) {
      const label = r.chance(0.3) || this.inSwitch ? " " + r.pick(this.loops) : "";
      return `if (${this.expr("bool", 2)}) ${r.pick(["break", "continue"])}${label};`;
    }
    if (this.inFunction && r.chance(0.6)) return `if (${this.expr("bool", 2)}) return ${this.expr(this.type(), 2)};`;
    if (this.inFunction && r.chance(0.5)) return `if (${this.expr("bool", 2)}) throw ${r.pick(["new Error(\"e\")", "new TypeError(\"t\")", this.expr("any", 1)])};`;
    return `log(${this.expr("any", 2)});`;
  }

  conditional(depth) {
    const parts = [[`if (${this.expr(this.random.chance(0.8) ? "bool" : "any", 2)}) {`, this.block(1 + this.random.below(3), depth - 1)]];
    if (this.random.chance(0.5)) parts.push(["} else {", this.block(1 + this.random.below(2), depth - 1)]);
    return { parts, close: "}" };
  }

  loop(depth) {
    const r = this.random;
    const room = BUDGET / 4 / (this.factor + this.cost / 40);
    if (room < 4) return this.conditional(depth);
    const limit = Math.min(4 + r.below(r.chance(0.3) ? 120 : 25), Math.floor(room));
    const label = this.name("l"), counter = this.name("i");
    const head = r.chance(0.4) ? `${label}: ` : "";
    const saved = [this.factor, this.inSwitch];
    const labels = head ? [label] : this.loops.length ? [this.loops[this.loops.length - 1]] : [label];
    this.factor *= limit;
    this.inSwitch = 0;
    this.scopes.push([]);
    if (head) this.loops.push(label);
    const kind = r.below(10);
    let made;
    const body = (more = 0) => this.loopBody(2 + r.below(4) + more, depth - 1, head !== "");
    if (kind < 5) {
      this.declare(counter, "int", false, { counter: true, limit });
      made = { parts: [[`${head}for (let ${counter} = 0; ${counter} < ${limit}; ${counter}++) {`, body(1)]], close: "}" };
    } else if (kind < 6) {
      this.declare(counter, "int", false, { counter: true, limit });
      made = { parts: [[`${head}for (let ${counter} = ${limit}; ${counter} > 0; ${counter} -= ${r.pick([1, 2, 3])}) {`, body()]], close: "}" };
    } else if (kind < 7) {
      made = { parts: [[`let ${counter} = ${limit}; ${head}while (${counter}-- > 0) {`, body()]], close: "}" };
      made.outer = [counter, "int"];
    } else if (kind < 9) {
      const type = r.pick(["arr", "arr", "str", "ta", "map"]);
      const over = this.expr(type, 1);
      this.declare(counter, "any", false);
      made = { parts: [[`${head}for (const ${counter} of ${type === "arr" ? `${over}.slice(0, 30)` : type === "map" ? `[...${over}.keys()]` : over}) {`, body()]], close: "}" };
    } else {
      const over = this.expr("obj", 1);
      this.declare(counter, "str", false);
      made = { parts: [[`${head}for (const ${counter} in ${over}) {`, body()]], close: "}" };
    }
    if (head) this.loops.pop();
    this.scopes.pop();
    [this.factor, this.inSwitch] = saved;
    return made;
  }

  loopBody(size, depth, labelled) {
    // Jumps without a label leave the innermost loop, so the label around has to be this one.
    const saved = this.loops;
    if (!labelled) this.loops = [];
    const statements = this.block(size, depth);
    this.loops = saved;
    return statements;
  }

  guarded(depth) {
    const r = this.random;
    const risky = this.block(1 + r.below(3), depth - 1);
    const name = this.name("e");
    if (r.chance(0.6)) risky.push(`if (${this.expr("bool", 2)}) throw ${r.pick(["new RangeError(\"r\")", this.expr("any", 2)])};`);
    else risky.push(`log((${this.expr("any", 1)}).${r.pick(KEYS)}${r.pick(["", ".z", "()"])});`);
    const parts = [["try {", risky]];
    if (r.chance(0.85)) {
      this.scopes.push([]);
      this.declare(name, "any", false);
      parts.push([`} catch (${name}) {`, [`${name} = thrown(${name});`, this.factor > 20 ? `if (lines.length < 40) log(${name});` : `log(${name});`, ...this.block(1, depth - 1)]]);
      this.scopes.pop();
    }
    if (parts.length === 1 || r.chance(0.4)) parts.push(["} finally {", this.block(1 + r.below(2), depth - 1)]);
    return { parts, close: "}" };
  }

  choice(depth) {
    const r = this.random;
    const type = r.pick(["int", "str", "any"]);
    const parts = [[`switch (${type === "int" ? `${this.expr("int", 2)} & 7` : this.expr(type, 2)}) {`, []]];
    this.inSwitch++;
    const cases = [];
    for (let i = 0; i < 2 + r.below(4); i++) {
      const body = this.block(1 + r.below(2), depth - 1);
      if (r.chance(0.7)) body.push("break;");
      cases.push({ parts: [[`case ${this.literal(type)}: {`, body]], close: "}" });
      // A break at the end of the block leaves the switch as well.
    }
    if (r.chance(0.5)) cases.push({ parts: [["default: {", this.block(1, depth - 1)]], close: "}" });
    this.inSwitch--;
    parts[0][1] = cases;
    return { parts, close: "}" };
  }

  // ---- functions, classes, the program ----

  function_() {
    const r = this.random;
    const types = Array.from({ length: 1 + r.below(3) }, () => (r.chance(0.4) ? "any" : this.type()));
    const parameters = types.map(() => this.name("p"));
    const name = this.name("f");
    const recursive = r.chance(0.15);
    const [statement, cost] = this.body(recursive ? ["n", ...parameters] : parameters, recursive ? ["int", ...types] : types, () => {
      if (recursive) {
        this.scopes[this.scopes.length - 1][0].writable = false;
        const inner = [`if (n <= 0) return ${this.expr(this.type(), 2)};`, ...this.block(1 + r.below(2), 1)];
        const again = () => `${name}(n - 1${types.map((type) => ", " + this.expr(type, 2)).join("")})`;
        inner.push(r.chance(0.3) ? `return lim(${again()} + ${again()});` : `return ${r.pick(["lim(1 + @)", "@", "[@, 1][0]", "(@ | 0) + 1", "lim(`<${@}>`)"]).replace("@", () => again())};`);
        return { parts: [[`function ${name}(n, ${parameters.join(", ")}) {`, inner]], close: "}" };
      }
      const heads = parameters.map((parameter, i) => (r.chance(0.12) && i > 0 ? `${parameter} = ${this.literal(types[i])}` : parameter));
      if (r.chance(0.08)) {
        heads.push("...rest");
        this.declare("rest", "arr");
      }
      const inner = this.block(1 + r.below(4), 2);
      inner.push(`return ${this.expr(this.type(), 3)};`);
      return { parts: [[`function ${name}(${heads.join(", ")}) {`, inner]], close: "}" };
    });
    const depth = 3 + r.below(4);
    this.functions.push(recursive ? { name, parameters: ["int", ...types], cost: cost * 2 ** depth, depth } : { name, parameters: types, cost });
    return statement;
  }

  class_() {
    const r = this.random;
    const name = this.name("C");
    const types = [this.type(), this.type()];
    const parents = this.classes.filter((one) => one.cost < 300);
    const parent = parents.length > 0 && r.chance(0.5) ? r.pick(parents) : null;
    const members = [];
    const [constructor, cost] = this.body(["p", "q"], types, () => {
      const inner = parent ? [`super(${parent.parameters.map((type) => this.expr(type, 1)).join(", ")});`] : [];
      const keys = r.pick([["a", "b"], ["x", "y"], ["b", "a"], ["a", "val"]]);
      this.method = keys;
      inner.push(`this.${keys[0]} = p;`, `this.${keys[1]} = ${this.expr(this.type(), 2)};`);
      if (r.chance(0.3)) inner.push(`if (${this.expr("bool", 1)}) this.c = q;`);
      this.method = null;
      return { parts: [["constructor(p, q) {", inner]], close: "}" };
    });
    members.push(constructor);
    let total = cost + (parent ? parent.cost : 0);
    this.method = KEYS;
    for (let i = 0; i < 1 + r.below(3); i++) {
      const method = r.pick(["m1", "m2", "m3"]);
      const [made, price] = this.body(["p"], ["any"], () => {
        const inner = this.block(r.below(3), 1);
        if (r.chance(0.5)) inner.push(`this.${r.pick(KEYS)} = ${this.expr(this.type(), 2)};`);
        inner.push(`return ${parent && r.chance(0.3) ? `lim([super.${method}?.(p), 1][0])` : this.expr(this.type(), 3)};`);
        return { parts: [[`${method}(p) {`, inner]], close: "}" };
      });
      total += price;
      members.push(made);
    }
    if (r.chance(0.4)) members.push(`get c() { return this.${r.pick(["a", "b", "x"])}; } set c(v) { this.${r.pick(["a", "y"])} = v; }`);
    if (r.chance(0.2)) members.push(`field = ${this.literal(this.type())};`);
    this.method = null;
    this.classes.push({ name, parameters: types, cost: total });
    return { parts: [[`class ${name}${parent ? ` extends ${parent.name}` : ""} {`, members]], close: "}" };
  }

  // A loop that calls one thing with arguments that waver.
  hotLoop() {
    const r = this.random;
    const counter = this.name("i"), sum = this.name("v");
    const callees = this.functions.filter((one) => one.cost < BUDGET / 20);
    const limit = 12 + r.below(50);
    const body = [];
    const saved = [this.factor, this.cost];
    this.factor = limit;
    this.cost = 0;
    this.scopes.push([]);
    this.declare(counter, "int", false, { counter: true, limit });
    const call = callees.length > 0 && r.chance(0.75);
    if (call) {
      const callee = r.pick(callees);
      const values = callee.parameters.map((type) => (r.chance(0.4) ? this.wavering(2) : this.expr(type, 2)));
      if (callee.depth !== undefined) values[0] = String(callee.depth);
      body.push(`${sum} = lim(${sum} ${r.pick(["+", "+", "-", "^"])} ${callee.name}(${values.join(", ")}));`);
    } else if (this.classes.length > 0) {
      const one = r.pick(this.classes);
      const object = this.name("v");
      body.push(`const ${object} = ${this.wavering(1).replace(/^/, `${counter} % 5 === 4 ? `)} : new ${one.name}(${one.parameters.map((type) => this.expr(type, 2)).join(", ")});`);
      body.push(`${sum} = lim(${sum} + ${object}.${r.pick(["m1", "m2", "m3"])}?.(${this.expr("any", 1)}));`);
    } else {
      body.push(`${sum} = lim(${sum} + ${this.wavering(3)});`);
    }
    if (r.chance(0.3)) body.push(`if (${counter} % 10 === 9) log(${sum});`);
    this.scopes.pop();
    [this.factor, this.cost] = saved;
    this.declare(sum, "any");
    const loop = { parts: [[`for (let ${counter} = 0; ${counter} < ${limit}; ${counter}++) {`, body]], close: "}" };
    const start = `let ${sum} = ${r.pick(["0", "0", "0.5", '""', "1"])};`;
    return r.chance(0.3) ? [start, { parts: [["try {", [loop]], ["} catch (e) {", ["log(e);"]]], close: "}" }, `log(${sum});`] : [start, loop, `log(${sum});`];
  }

  program() {
    const r = this.random;
    const statements = [];
    for (let i = 0; i < 2 + r.below(3); i++) {
      statements.push(r.chance(0.25) ? this.class_() : this.function_());
      if (r.chance(0.3)) statements.push(this.declaration());
    }
    for (let i = 0; i < 3 + r.below(4); i++) {
      if (r.chance(0.55)) statements.push(...this.hotLoop());
      else statements.push(this.statement(3));
      if (r.chance(0.4)) statements.push(this.declaration());
    }
    for (const one of this.scopes[0].slice(-6)) statements.push(`log(${one.name});`);
    return statements;
  }
}

function programText(number, statements) {
  return [`attempt(${number}, () => {`, ...render(statements, "  ", []), "});"].join("\n") + "\n";
}

function batch(seed, count) {
  let text = PRELUDE;
  for (let i = 0; i < count; i++) text += programText(seed + i, new Generator(seed + i).program());
  return text;
}

// ---- minimizing ----

function outputs(text, refjs, flags) {
  const file = path.join(os.tmpdir(), `refjs-fuzz-${process.pid}.js`);
  fs.writeFileSync(file, text);
  try {
    const run = (command, args) => {
      const done = spawnSync(command, [...args, file], { timeout: 20000, maxBuffer: 1 << 26 });
      return { out: String(done.stdout), end: done.signal || done.status };
    };
    return [run(process.execPath, []), run(refjs, flags)];
  } finally {
    fs.unlinkSync(file);
  }
}

function differs(statements, number, refjs, flags) {
  const [node, other] = outputs(PRELUDE + programText(number, statements), refjs, flags);
  return node.end === 0 && (node.out !== other.out || other.end !== 0);
}

function copy(statements) {
  return JSON.parse(JSON.stringify(statements));
}

// All the lists of statements in a program, outer ones first.
function lists(statements, found = []) {
  found.push(statements);
  for (const one of statements) {
    if (typeof one !== "string") for (const [, body] of one.parts) lists(body, found);
  }
  return found;
}

function minimize(seed, refjs, flags) {
  let best = new Generator(seed).program();
  if (!differs(best, seed, refjs, flags)) return null;
  const until = Date.now() + 120000;
  for (let changed = true; changed && Date.now() < until;) {
    changed = false;
    for (let list = 0; list < lists(best).length; list++) {
      for (let size = Math.max(1, lists(best)[list].length >> 1); size >= 1; size >>= 1) {
        for (let at = 0; at < (lists(best)[list] || []).length && Date.now() < until;) {
          const attempts = [];
          const without = copy(best);
          lists(without)[list].splice(at, size);
          attempts.push(without);
          const one = lists(best)[list][at];
          if (size === 1 && typeof one !== "string" && !one.parts[0][0].startsWith("class") && !one.parts[0][0].startsWith("case")) {
            const opened = copy(best);
            const target = lists(opened)[list];
            target.splice(at, 1, ...target[at].parts[0][1]);
            attempts.push(opened);
          }
          const good = attempts.find((attempt) => differs(attempt, seed, refjs, flags));
          if (good) {
            best = good;
            changed = true;
          } else {
            at += size;
          }
        }
      }
    }
  }
  return best;
}

function main(argv) {
  if (argv[0] !== "--minimize") {
    process.stdout.write(batch(Number(argv[0]), Number(argv[1])));
    return;
  }
  const seed = Number(argv[1]), refjs = argv[2], flags = argv.slice(3);
  const best = minimize(seed, refjs, flags);
  if (best === null) {
    console.log(`// program ${seed} alone does not differ`);
    return;
  }
  const text = PRELUDE + programText(seed, best);
  const [node, other] = outputs(text, refjs, flags);
  console.log(programText(seed, best) + `/* node (${node.end}):\n${node.out}refjs ${flags.join(" ")} (${other.end}):\n${other.out}*/`);
}

main(process.argv.slice(2));
