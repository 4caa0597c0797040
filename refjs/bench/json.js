"use strict";
// A JSON parser and printer in the language itself, checked against the built-in ones: characters,
// slices of strings, objects with changing keys, exceptions for bad input.
// test: 3
// interpreter: 3

class ParseError extends Error {
  constructor(message, at) {
    super(message + " at " + at);
    this.at = at;
  }
}

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(message) {
    throw new ParseError(message, this.at);
  }

  skip() {
    const text = this.text;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  parse() {
    const value = this.value();
    this.skip();
    if (this.at < this.text.length) this.fail("unexpected text");
    return value;
  }

  value() {
    this.skip();
    switch (this.text.charCodeAt(this.at)) {
      case 0x7b: return this.object();
      case 0x5b: return this.array();
      case 0x22: return this.string();
      case 0x74: return this.word("true", true);
      case 0x66: return this.word("false", false);
      case 0x6e: return this.word("null", null);
      default: return this.number();
    }
  }

  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail("unknown word");
    this.at += word.length;
    return value;
  }

  isDigit() {
    const code = this.text.charCodeAt(this.at);
    return code >= 48 && code <= 57;
  }

  digits() {
    if (!this.isDigit()) this.fail("digit expected");
    while (this.isDigit()) this.at++;
  }

  number() {
    const start = this.at;
    if (this.text[this.at] === "-") this.at++;
    this.digits();
    if (this.text[this.at] === ".") {
      this.at++;
      this.digits();
    }
    const letter = this.text[this.at];
    if (letter === "e" || letter === "E") {
      this.at++;
      const sign = this.text[this.at];
      if (sign === "+" || sign === "-") this.at++;
      this.digits();
    }
    return Number(this.text.slice(start, this.at));
  }

  string() {
    const text = this.text;
    let result = "";
    let start = ++this.at;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (code !== code || code < 32) this.fail("unfinished string");
      if (code === 0x5c) {
        result += text.slice(start, this.at) + this.escape();
        start = this.at;
      } else {
        this.at++;
      }
    }
    result += text.slice(start, this.at++);
    return result;
  }

  escape() {
    const letter = this.text[this.at + 1];
    this.at += 2;
    switch (letter) {
      case "n": return "\n";
      case "t": return "\t";
      case "r": return "\r";
      case "b": return "\b";
      case "f": return "\f";
      case "u": {
        const code = parseInt(this.text.slice(this.at, this.at + 4), 16);
        if (Number.isNaN(code)) this.fail("bad escape");
        this.at += 4;
        return String.fromCharCode(code);
      }
      case '"': case "\\": case "/": return letter;
      default: return this.fail("bad escape");
    }
  }

  array() {
    const result = [];
    this.at++;
    this.skip();
    if (this.text[this.at] === "]") {
      this.at++;
      return result;
    }
    for (;;) {
      result.push(this.value());
      this.skip();
      const mark = this.text[this.at++];
      if (mark === "]") return result;
      if (mark !== ",") this.fail("comma expected");
    }
  }

  object() {
    const result = {};
    this.at++;
    this.skip();
    if (this.text[this.at] === "}") {
      this.at++;
      return result;
    }
    for (;;) {
      this.skip();
      if (this.text[this.at] !== '"') this.fail("key expected");
      const key = this.string();
      this.skip();
      if (this.text[this.at++] !== ":") this.fail("colon expected");
      result[key] = this.value();
      this.skip();
      const mark = this.text[this.at++];
      if (mark === "}") return result;
      if (mark !== ",") this.fail("comma expected");
    }
  }
}

const ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };

function quote(text) {
  let result = '"';
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    const known = ESCAPES[unit];
    if (known !== undefined) result += known;
    else if (unit < " ") result += "\\u" + text.charCodeAt(i).toString(16).padStart(4, "0");
    else result += unit;
  }
  return result + '"';
}

function print(value) {
  if (value === null) return "null";
  switch (typeof value) {
    case "number": return String(value);
    case "boolean": return value ? "true" : "false";
    case "string": return quote(value);
  }
  if (Array.isArray(value)) return "[" + value.map(print).join(",") + "]";
  const parts = [];
  for (const key in value) parts.push(quote(key) + ":" + print(value[key]));
  return "{" + parts.join(",") + "}";
}

function makeRecord(i) {
  return {
    id: i,
    name: "customer number " + i,
    mail: `c${i}@example.org`,
    balance: (i * 7919) % 1000 / 8 - 40,
    tags: ["a", "b\n" + i, "\u00e9\u4e2d\ud83d\ude00", '"quoted"'],
    address: { street: "Main " + (i % 97), city: null, geo: [i / 3, -i * 1e-9, 1e21] },
    active: i % 3 === 0,
    ["extra" + (i % 5)]: {},
  };
}

const rounds = Number(process.argv[2] || 40);
const records = [];
for (let i = 0; i < 600; i++) records.push(makeRecord(i));
const text = JSON.stringify(records);
const pretty = JSON.stringify(records, null, 2);
let good = 0, length = 0, bad = 0;
for (let round = 0; round < rounds; round++) {
  const source = round % 2 === 0 ? text : pretty;
  const value = new Parser(source).parse();
  const again = print(value);
  if (again === text) good++;
  length += again.length;
  for (let cut = 1; cut < 60; cut++) {
    try {
      new Parser(text.slice(0, cut * 7 + round)).parse();
    } catch (error) {
      if (error instanceof ParseError) bad += error.at;
    }
  }
}
console.log("json", rounds, good, length, bad);
