"""Programs of errors/ that are too big to be kept as files: deep, long or many of something.

Each row is (name, what to expect, text). The runner writes them to its folder of kept things.
"""

# Ends with 0 or an error of the language, whichever; a crash is the fault looked for.
ANY = "// status: 0 1\n// stdout-any: 1\n"


def prints(text):
    return f"// status: 0\n// stdout: {text}\n"


def repeated(text, count):
    return "".join(text.format(i) for i in range(count))


DEEP = [
    ("parens", "console.log(" + "(" * 100000 + "1" + ")" * 100000 + ");"),
    ("brackets", "console.log(" + "[" * 100000 + "]" * 100000 + ".length);"),
    ("blocks", "{" * 100000 + "}" * 100000),
    ("unary", "console.log(" + "!" * 100000 + "1);"),
    ("arrows", "const f = " + "a => " * 50000 + "1;"),
    ("functions", "function f() {" * 20000 + "}" * 20000),
    ("classes", "class A { m() {" * 5000 + "} }" * 5000),
    ("ternary", "console.log(" + "0 ? 1 : " * 50000 + "2);"),
    ("assign", "let a; " + "a = " * 50000 + "1;"),
    ("objects", "const o = " + "{a:" * 50000 + "1" + "}" * 50000 + ";"),
    ("templates", "const t = " + "`${" * 20000 + "1" + "}`" * 20000 + ";"),
    ("patterns", "const " + "[" * 20000 + "a" + "]" * 20000 + " = 1;"),
    ("else-if", "if (0) ; " + "else if (0) ; " * 50000),
    ("power", "console.log(1" + " ** 1" * 50000 + ");"),
    ("members", "const o = {}; o.a" + "?.a" * 50000 + ";"),
    ("calls", "const f = () => f; f" + "()" * 50000 + ";"),
    ("new", "new " * 50000 + "Object;"),
    ("labels", repeated("a{}: ", 20000) + ";"),
    ("try", "try {" * 20000 + "} finally {}" * 20000),
    ("for", "for (;0;) " * 50000 + ";"),
]

PROGRAMS = [(f"deep-{name}", ANY, text) for name, text in DEEP] + [
    ("deep-unclosed", "// status: 1\n// stderr: Error\n", "(" * 200000),
    ("long-sum", prints(100000), "let one = 1; console.log(one" + " + one" * 99999 + ");"),
    ("long-text-sum", prints(50000), "console.log(('a'" + "+ 'a'" * 49999 + ").length);"),
    ("long-comma", prints(1), "console.log((0" + ", 1" * 50000 + "));"),
    ("long-and", prints(1), "console.log(1" + " && 1" * 50000 + ");"),
    ("long-line", "// status: 1\n// stderr: ReferenceError: missing is not defined\n",
     " " * 100000 + "missing;"),
    ("long-name", prints(5), "const " + "n" * 100000 + " = 5; console.log(" + "n" * 100000 + ");"),
    ("long-string", prints(1000000), "console.log('" + "s" * 1000000 + "'.length);"),
    ("many-variables", ANY,
     "function f() {" + repeated("let v{0} = {0};", 70000) + "return v69999; } console.log(f());"),
    ("many-constants", prints("99999.5"),
     "const a = [" + repeated("{}.5,", 100000) + "]; console.log(a[99999]);"),
    ("many-properties", prints(29999),
     "const o = {" + repeated("p{0}: {0},", 30000) + "}; console.log(o.p29999);".replace("{0}", "")),
    ("many-arguments", ANY,
     "function f() { return arguments.length; } console.log(f(" + ",".join(["1"] * 70000) + "));"),
    ("many-parameters", ANY,
     "function f(" + repeated("p{},", 70000) + ") { return p69999; } console.log(f(1));"),
    ("many-functions", prints(20000),
     repeated("function f{0}() {{ return {0} + 1; }}\n", 20000) + "console.log(f19999());"),
    ("many-statements", prints(100000), "let n = 0;\n" + "n++;\n" * 100000 + "console.log(n);"),
    ("many-cases", prints(20000),
     "function f(x) { switch (x) {" + repeated("case {0}: return {0} + 1;", 20000) +
     "} } console.log(f(19999));"),
    ("many-closures", prints(2000),
     "let n = 0; " + repeated("const c{0} = () => n += 1; c{0}();", 2000) + "console.log(n);"),
]
