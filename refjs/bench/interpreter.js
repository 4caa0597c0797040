"use strict";
// A small language: scanner, parser, and an evaluator that walks the tree, with variables in Maps,
// functions, loops and lists. It runs primes, a sort, Fibonacci's numbers and a matrix product.
// test: 1
// interpreter: 2

const PROGRAM = `
fn fib(n) { if n < 2 { return n } return fib(n - 1) + fib(n - 2) }
fn primes(limit) {
  let sieve = []
  let i = 0
  while i < limit { push(sieve, 1) i = i + 1 }
  let count = 0
  i = 2
  while i < limit {
    if sieve[i] == 1 {
      count = count + 1
      let k = i * i
      while k < limit { sieve[k] = 0 k = k + i }
    }
    i = i + 1
  }
  return count
}
fn sort(list) {
  let i = 1
  while i < len(list) {
    let value = list[i]
    let k = i - 1
    while k >= 0 and list[k] > value { list[k + 1] = list[k] k = k - 1 }
    list[k + 1] = value
    i = i + 1
  }
  return list
}
fn matrix(n) {
  let sum = 0
  let i = 0
  while i < n {
    let k = 0
    while k < n {
      let m = 0
      let cell = 0
      while m < n { cell = cell + (i * m + 1) * (m - k) m = m + 1 }
      sum = sum + cell % 1000
      k = k + 1
    }
    i = i + 1
  }
  return sum
}
let list = []
let seed = 42
let n = 0
while n < 120 { seed = (seed * 1103 + 12345) % 65536 push(list, seed) n = n + 1 }
sort(list)
print(fib(17), primes(3000), list[0], list[60], list[119], matrix(14))
print("text " + "joined " + fib(10))
`;

class Token {
  constructor(kind, text, line) {
    this.kind = kind;
    this.text = text;
    this.line = line;
  }
}

function isLetter(unit) {
  return (unit >= "a" && unit <= "z") || (unit >= "A" && unit <= "Z") || unit === "_";
}

function isDigit(unit) {
  return unit >= "0" && unit <= "9";
}

function scan(source) {
  const tokens = [];
  let at = 0, line = 1;
  while (at < source.length) {
    const unit = source[at];
    const start = at;
    if (unit === "\n") line++;
    if (unit === " " || unit === "\n") {
      at++;
    } else if (isLetter(unit)) {
      while (at < source.length && (isLetter(source[at]) || isDigit(source[at]))) at++;
      tokens.push(new Token("name", source.slice(start, at), line));
    } else if (isDigit(unit)) {
      while (at < source.length && isDigit(source[at])) at++;
      tokens.push(new Token("number", source.slice(start, at), line));
    } else if (unit === '"') {
      at = source.indexOf('"', start + 1) + 1;
      tokens.push(new Token("text", source.slice(start + 1, at - 1), line));
    } else {
      const two = source.slice(at, at + 2);
      at += ["==", "!=", "<=", ">="].includes(two) ? 2 : 1;
      tokens.push(new Token("sign", source.slice(start, at), line));
    }
  }
  tokens.push(new Token("end", "", line));
  return tokens;
}

const PRECEDENCE = new Map([["or", 1], ["and", 2], ["==", 3], ["!=", 3], ["<", 4], [">", 4],
  ["<=", 4], [">=", 4], ["+", 5], ["-", 5], ["*", 6], ["/", 6], ["%", 6]]);

class Parser {
  constructor(tokens) {
    this.tokens = tokens;
    this.at = 0;
  }

  peek(text) {
    return this.tokens[this.at].text === text;
  }

  take(text) {
    const token = this.tokens[this.at];
    if (text !== undefined && token.text !== text) {
      throw new SyntaxError(`line ${token.line}: '${text}' expected, not '${token.text}'`);
    }
    this.at++;
    return token;
  }

  program() {
    const body = [];
    while (this.tokens[this.at].kind !== "end") body.push(this.statement());
    return new Block(body);
  }

  block() {
    const body = [];
    this.take("{");
    while (!this.peek("}")) body.push(this.statement());
    this.take("}");
    return new Block(body);
  }

  statement() {
    switch (this.tokens[this.at].text) {
      case "let": {
        this.take();
        const name = this.take().text;
        this.take("=");
        return new Let(name, this.expression(0));
      }
      case "fn": {
        this.take();
        const name = this.take().text;
        const parameters = [];
        this.take("(");
        while (!this.peek(")")) {
          parameters.push(this.take().text);
          if (this.peek(",")) this.take();
        }
        this.take(")");
        return new Define(name, parameters, this.block());
      }
      case "if": {
        this.take();
        const test = this.expression(0);
        return new If(test, this.block());
      }
      case "while": {
        this.take();
        const test = this.expression(0);
        return new While(test, this.block());
      }
      case "return":
        this.take();
        return new Return(this.expression(0));
    }
    const target = this.expression(0);
    if (!this.peek("=")) return target;
    this.take();
    return new Assign(target, this.expression(0));
  }

  expression(least) {
    let left = this.postfix();
    for (;;) {
      const sign = this.tokens[this.at].text;
      const rank = PRECEDENCE.get(sign) ?? 0;
      if (rank <= least) return left;
      this.take();
      left = new Binary(sign, left, this.expression(rank));
    }
  }

  postfix() {
    let left = this.primary();
    for (;;) {
      if (this.peek("(")) {
        const values = [];
        this.take();
        while (!this.peek(")")) {
          values.push(this.expression(0));
          if (this.peek(",")) this.take();
        }
        this.take();
        left = new Call(left, values);
      } else if (this.peek("[") && left instanceof Name) {
        this.take();
        left = new Index(left, this.expression(0));
        this.take("]");
      } else {
        return left;
      }
    }
  }

  primary() {
    const token = this.take();
    if (token.kind === "number") return new Literal(Number(token.text));
    if (token.kind === "text") return new Literal(token.text);
    if (token.kind === "name") return new Name(token.text);
    if (token.text === "(") {
      const inner = this.expression(0);
      this.take(")");
      return inner;
    }
    if (token.text === "[") {
      this.take("]");
      return new List();
    }
    throw new SyntaxError(`line ${token.line}: unexpected '${token.text}'`);
  }
}

class Scope {
  constructor(parent) {
    this.parent = parent;
    this.names = new Map();
  }

  home(name) {
    for (let scope = this; scope !== null; scope = scope.parent) {
      if (scope.names.has(name)) return scope.names;
    }
    throw new ReferenceError(name + " is unknown");
  }
}

class Result {
  constructor(value) {
    this.value = value;
  }
}

class Literal {
  constructor(value) { this.value = value; }
  run(scope) { return this.value; }
}
class List {
  run(scope) { return []; }
}
class Name {
  constructor(name) { this.name = name; }
  run(scope) { return scope.home(this.name).get(this.name); }
  store(scope, value) { scope.home(this.name).set(this.name, value); }
}
class Index {
  constructor(list, index) { this.list = list; this.index = index; }
  run(scope) { return this.list.run(scope)[this.index.run(scope)]; }
  store(scope, value) { this.list.run(scope)[this.index.run(scope)] = value; }
}
class Let {
  constructor(name, value) { this.name = name; this.value = value; }
  run(scope) { scope.names.set(this.name, this.value.run(scope)); }
}
class Assign {
  constructor(target, value) { this.target = target; this.value = value; }
  run(scope) { this.target.store(scope, this.value.run(scope)); }
}
class Define {
  constructor(name, parameters, body) {
    this.name = name;
    this.parameters = parameters;
    this.body = body;
  }
  run(scope) {
    scope.names.set(this.name, (...values) => {
      const inner = new Scope(scope);
      this.parameters.forEach((name, i) => inner.names.set(name, values[i]));
      const result = this.body.run(inner);
      return result instanceof Result ? result.value : null;
    });
  }
}
class Block {
  constructor(body) { this.body = body; }
  run(scope) {
    for (const statement of this.body) {
      const result = statement.run(scope);
      if (result instanceof Result) return result;
    }
  }
}
class If {
  constructor(test, body) { this.test = test; this.body = body; }
  run(scope) { if (this.test.run(scope)) return this.body.run(scope); }
}
class While {
  constructor(test, body) { this.test = test; this.body = body; }
  run(scope) {
    while (this.test.run(scope)) {
      const result = this.body.run(scope);
      if (result instanceof Result) return result;
    }
  }
}
class Return {
  constructor(value) { this.value = value; }
  run(scope) { return new Result(this.value.run(scope)); }
}
class Call {
  constructor(callee, values) { this.callee = callee; this.values = values; }
  run(scope) { return this.callee.run(scope)(...this.values.map((value) => value.run(scope))); }
}
class Binary {
  constructor(sign, left, right) { this.sign = sign; this.left = left; this.right = right; }
  run(scope) {
    const left = this.left.run(scope);
    if (this.sign === "and") return left && this.right.run(scope);
    if (this.sign === "or") return left || this.right.run(scope);
    const right = this.right.run(scope);
    switch (this.sign) {
      case "+": return left + right;
      case "-": return left - right;
      case "*": return left * right;
      case "/": return left / right;
      case "%": return left % right;
      case "<": return left < right;
      case ">": return left > right;
      case "<=": return left <= right;
      case ">=": return left >= right;
      case "==": return left === right;
      case "!=": return left !== right;
    }
  }
}

const rounds = Number(process.argv[2] || 25);
let output = [];
for (let i = 0; i < rounds; i++) {
  const globals = new Scope(null);
  output = [];
  globals.names.set("print", (...values) => { output.push(values.join(" ")); });
  globals.names.set("push", (list, value) => list.push(value));
  globals.names.set("len", (list) => list.length);
  new Parser(scan(PROGRAM)).program().run(globals);
}
console.log("interpreter", rounds, output.join(" | "));
