#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/symbol/name.h"
#include "base/alloc.h"
#include "support/files.h"

struct name_row {
    const char *raw;
    enum jt_runtime hint;
    enum jt_runtime runtime;
    enum jt_tier tier;
    const char *function;
    const char *file; /* NULL: none */
    uint32_t line;
    uint32_t column;
};

#define NO_HINT JT_RUNTIME_NONE
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void assert_slice(const char *slice, size_t bytes, const char *expected, const char *raw)
{
    char *text = slice ? jt_strndup(slice, bytes) : NULL;

    if ((text && expected) ? strcmp(text, expected) != 0 : text != expected)
        fail_msg("%s: got \"%s\", expected \"%s\"", raw, text ? text : "(none)",
                 expected ? expected : "(none)");
    free(text);
}

static void check_rows(const struct name_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct jt_name name;
        const char *raw = rows[i].raw;

        jt_name_parse(raw, strlen(raw), rows[i].hint, &name);
        assert_slice(name.function, name.function_bytes, rows[i].function, raw);
        assert_slice(name.file, name.file_bytes, rows[i].file, raw);
        if (name.runtime != rows[i].runtime || name.tier != rows[i].tier ||
            name.line != rows[i].line || name.column != rows[i].column)
            fail_msg("%s: got %s %s %u:%u", raw, jt_runtime_name(name.runtime),
                     jt_tier_name(name.tier), name.line, name.column);
    }
}

#define V8(raw, tier, ...)                                                                         \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_V8, tier, __VA_ARGS__                                             \
    }

static void test_libjitney(void **state)
{
    static const struct name_row rows[] = {
        {"square /a/shapes.toy:12:3 [optimized TurboFan]", NO_HINT, JT_RUNTIME_OTHER,
         JT_TIER_OPTIMIZED, "square", "/a/shapes.toy", 12, 3},
        {"area of it /a b/shapes.toy:12 [baseline T1 osr]", NO_HINT, JT_RUNTIME_OTHER,
         JT_TIER_BASELINE, "area of it", "/a b/shapes.toy", 12, 0},
        {"com.example.App.work(int, String[]) com/example/App.java:33 [optimized C2]",
         JT_RUNTIME_HOTSPOT, JT_RUNTIME_HOTSPOT, JT_TIER_OPTIMIZED,
         "com.example.App.work(int, String[])", "com/example/App.java", 33, 0},
        {"Interpreter [stub]", JT_RUNTIME_HOTSPOT, JT_RUNTIME_HOTSPOT, JT_TIER_INTERPRETED,
         "Interpreter", NULL, 0, 0},
        {"f [jit]", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "f", NULL, 0, 0},
        {"f [stub]", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_STUB, "f", NULL, 0, 0},
        {"f [wasm mid-tier]", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_MID, "f", NULL, 0, 0},
        {"a[i] [jitter]", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "a[i] [jitter]", NULL, 0, 0},
    };

    check_rows(rows, COUNT(rows));
}

static void test_v8_functions(void **state)
{
    static const struct name_row rows[] = {
        V8("JS:~work /a/b.js:2:10", JT_TIER_INTERPRETED, "work", "/a/b.js", 2, 10),
        V8("JS:^work /a/b.js:2:10", JT_TIER_BASELINE, "work", "/a/b.js", 2, 10),
        V8("JS:+work /a/b.js:2:10", JT_TIER_MID, "work", "/a/b.js", 2, 10),
        V8("JS:*work /a/b.js:2:10", JT_TIER_OPTIMIZED, "work", "/a/b.js", 2, 10),
        V8("JS:+'work /a/b.js:2:10", JT_TIER_MID, "work", "/a/b.js", 2, 10),
        V8("JS:*'work /a/b.js:2:10", JT_TIER_OPTIMIZED, "work", "/a/b.js", 2, 10),
        V8("JS:o+work /a/b.js:2:10", JT_TIER_MID, "work", "/a/b.js", 2, 10),
        V8("JS:o*'work /a/b.js:2:10", JT_TIER_OPTIMIZED, "work", "/a/b.js", 2, 10),
        V8("JS:?work /a/b.js:2:10", JT_TIER_UNKNOWN, "work", "/a/b.js", 2, 10),
        V8("JS:~on /a/b.js:2:10", JT_TIER_INTERPRETED, "on", "/a/b.js", 2, 10),
        V8("JS:^requireBuiltin node:internal/bootstrap/realm:420:24", JT_TIER_BASELINE,
           "requireBuiltin", "node:internal/bootstrap/realm", 420, 24),
        V8("LazyCompile:~SafeSet internal/per_context/primordials.js:353", JT_TIER_INTERPRETED,
           "SafeSet", "internal/per_context/primordials.js", 353, 0),
        V8("LazyCompile:*f node:internal/bootstrap/loaders:353", JT_TIER_OPTIMIZED, "f",
           "node:internal/bootstrap/loaders", 353, 0),
        V8("InterpretedFunction:f /a.js:3", JT_TIER_INTERPRETED, "f", "/a.js", 3, 0),
        V8("Function:~f file:///a b/c.mjs:1:2", JT_TIER_INTERPRETED, "f", "file:///a b/c.mjs", 1,
           2),
        V8("JS:*anon.a method with spaces /tmp/work.js:44:15", JT_TIER_OPTIMIZED,
           "anon.a method with spaces", "/tmp/work.js", 44, 15),
        V8("JS:*a method with spaces work.js:44:15", JT_TIER_OPTIMIZED, "a method with spaces",
           "work.js", 44, 15),
        V8("JS:~get [Symbol.toStringTag] node:buffer:7:8", JT_TIER_INTERPRETED,
           "get [Symbol.toStringTag]", "node:buffer", 7, 8),
        V8("JS:^f /home/My Documents/x y.js:44:15", JT_TIER_BASELINE, "f",
           "/home/My Documents/x y.js", 44, 15),
        V8("JS:^f https://h:8080/x.js:44:15", JT_TIER_BASELINE, "f", "https://h:8080/x.js", 44, 15),
        V8("JS:~f ext:core/00_primordials.js:9:1", JT_TIER_INTERPRETED, "f",
           "ext:core/00_primordials.js", 9, 1),
        V8("JS:~f [worker eval]:9:1", JT_TIER_INTERPRETED, "f", "[worker eval]", 9, 1),
        V8("JS:~f evalmachine.<anonymous>:9:1", JT_TIER_INTERPRETED, "f", "evalmachine.<anonymous>",
           9, 1),
        V8("JS:~\xc3\xa9t\xc3\xa9 /tmp/work.js:45:13", JT_TIER_INTERPRETED, "\xc3\xa9t\xc3\xa9",
           "/tmp/work.js", 45, 13),
        V8("JS:~<instance_members_initializer> node:x:377:1", JT_TIER_INTERPRETED,
           "<instance_members_initializer>", "node:x", 377, 1),
        V8("JS:~ node:internal/fs/utils:693:42", JT_TIER_INTERPRETED, "(anonymous)",
           "node:internal/fs/utils", 693, 42),
        V8("JS:* :1:20", JT_TIER_OPTIMIZED, "(anonymous)", NULL, 1, 20),
        V8("JS:~ my file.js:1:20", JT_TIER_INTERPRETED, "(anonymous)", "my file.js", 1, 20),
        V8("JS:~", JT_TIER_INTERPRETED, "(anonymous)", NULL, 0, 0),
        V8("JS:~f", JT_TIER_INTERPRETED, "f", NULL, 0, 0),
        V8("JS:~f:3:4", JT_TIER_INTERPRETED, "f:3:4", NULL, 0, 0),
        V8("Script:~ /tmp/work.js:1:1", JT_TIER_INTERPRETED, "(script)", "/tmp/work.js", 1, 1),
        V8("Script:~ /tmp/work.js", JT_TIER_INTERPRETED, "(script)", "/tmp/work.js", 0, 0),
        V8("Eval:~ node:stream:1:1", JT_TIER_INTERPRETED, "(eval)", "node:stream", 1, 1),
        V8("Eval:~ :1:1", JT_TIER_INTERPRETED, "(eval)", NULL, 1, 1),
        V8("JS:~f /a.js:99999999999:1", JT_TIER_INTERPRETED, "f", "/a.js:99999999999", 1, 0),
    };

    check_rows(rows, COUNT(rows));
}

static void test_v8_code_that_is_no_function_keeps_its_whole_name(void **state)
{
    static const struct name_row rows[] = {
        V8("Builtin:ArrayMap", JT_TIER_STUB, "Builtin:ArrayMap", NULL, 0, 0),
        V8("Builtin:InterpreterEntryTrampoline", JT_TIER_INTERPRETED,
           "Builtin:InterpreterEntryTrampoline", NULL, 0, 0),
        V8("BytecodeHandler:LdaZero.Wide", JT_TIER_INTERPRETED, "BytecodeHandler:LdaZero.Wide",
           NULL, 0, 0),
        V8("Stub:js-to-wasm:ii:i", JT_TIER_STUB, "Stub:js-to-wasm:ii:i", NULL, 0, 0),
        V8("Stub:CEntryStub", JT_TIER_STUB, "Stub:CEntryStub", NULL, 0, 0),
        V8("RegExp:(\\w+)@(\\w+) /x:1:2\n,", JT_TIER_STUB, "RegExp:(\\w+)@(\\w+) /x:1:2\n,", NULL,
           0, 0),
        V8("Handler:LoadIC", JT_TIER_STUB, "Handler:LoadIC", NULL, 0, 0),
        V8("Function:wasm-function[0]-0-liftoff", JT_TIER_BASELINE, "wasm-function[0]", NULL, 0, 0),
        V8("JS:Scene._push-10063-turbofan", JT_TIER_OPTIMIZED, "Scene._push", NULL, 0, 0),
        V8("JS:a-turbofan", JT_TIER_UNKNOWN, "a-turbofan", NULL, 0, 0),
    };

    check_rows(rows, COUNT(rows));
}

#define JSC(raw, tier, ...)                                                                        \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_JSC, tier, __VA_ARGS__                                            \
    }
#define MOZ(raw, tier, ...)                                                                        \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_SPIDERMONKEY, tier, __VA_ARGS__                                   \
    }

static void test_other_javascript_engines(void **state)
{
    static const struct name_row rows[] = {
        JSC("JSC-FTL: f#Ab3dEf", JT_TIER_OPTIMIZED, "f", NULL, 0, 0),
        JSC("JSC-DFG: f", JT_TIER_MID, "f", NULL, 0, 0),
        JSC("JSC-Baseline: #private#Ab3dEf", JT_TIER_BASELINE, "#private", NULL, 0, 0),
        JSC("JSC-Baseline: f [Call (StrictMode)]", JT_TIER_BASELINE, "f", NULL, 0, 0),
        JSC("JSC-DFG: diff[Call (StrictMode)] /home/x y/index.js:123:12", JT_TIER_MID, "diff",
            "/home/x y/index.js", 123, 12),
        JSC("JSC-DFG: ", JT_TIER_MID, "(anonymous)", NULL, 0, 0),
        JSC("JSC-DFG: #Ab3dEf", JT_TIER_MID, "(anonymous)", NULL, 0, 0),
        JSC("JSC-WasmOMG: w", JT_TIER_OPTIMIZED, "w", NULL, 0, 0),
        JSC("JSC-WasmBBQ: w", JT_TIER_BASELINE, "w", NULL, 0, 0),
        JSC("JSC-YarrJIT: /a#b/", JT_TIER_STUB, "JSC-YarrJIT: /a#b/", NULL, 0, 0),
        JSC("JSC-DFGOSRExit: x", JT_TIER_STUB, "JSC-DFGOSRExit: x", NULL, 0, 0),
        JSC("JSC-InlineCache: Get", JT_TIER_STUB, "JSC-InlineCache: Get", NULL, 0, 0),
        JSC("DFG JIT code for DFG: f#Ab3dEf:[0x7f->0x8]", JT_TIER_MID, "f", NULL, 0, 0),
        MOZ("Ion: f (main.js:3560:25)", JT_TIER_OPTIMIZED, "f", "main.js", 3560, 25),
        MOZ("Baseline: f (self-hosted:12:3)", JT_TIER_BASELINE, "f", "self-hosted", 12, 3),
        MOZ("Baseline: (https://a.b/c d.js:1:2)", JT_TIER_BASELINE, "(anonymous)",
            "https://a.b/c d.js", 1, 2),
        MOZ("BaselineInterpreter: f (a.js:1:2)", JT_TIER_INTERPRETED, "f", "a.js", 1, 2),
        MOZ("BaselineInterpreter", JT_TIER_INTERPRETED, "BaselineInterpreter", NULL, 0, 0),
        MOZ("BlinterpOp: GetProp", JT_TIER_INTERPRETED, "BlinterpOp: GetProp", NULL, 0, 0),
        MOZ("IonIC: SetElem : f (main.js:1:2)", JT_TIER_STUB, "IonIC: SetElem : f (main.js:1:2)",
            NULL, 0, 0),
        MOZ("BaselineIC: Call", JT_TIER_STUB, "BaselineIC: Call", NULL, 0, 0),
        MOZ("Trampoline: EnterJIT", JT_TIER_STUB, "Trampoline: EnterJIT", NULL, 0, 0),
    };

    check_rows(rows, COUNT(rows));
}

#define JVM(raw, hint, tier, function)                                                             \
    {                                                                                              \
        raw, hint, JT_RUNTIME_HOTSPOT, tier, function, NULL, 0, 0                                  \
    }

static void test_hotspot(void **state)
{
    static const struct name_row rows[] = {
        JVM("void java.lang.Object.<init>()", NO_HINT, JT_TIER_UNKNOWN,
            "java.lang.Object.<init>()"),
        JVM("java.lang.Class[] a.B.c(int[], a.D)", NO_HINT, JT_TIER_UNKNOWN, "a.B.c(int[], a.D)"),
        JVM("int Work$$Lambda$4/0x00007f9ed4001890.applyAsInt(int)", NO_HINT, JT_TIER_UNKNOWN,
            "Work$$Lambda$4/0x00007f9ed4001890.applyAsInt(int)"),
        JVM("Ljava/lang/Object;<init>()V", NO_HINT, JT_TIER_UNKNOWN, "java/lang/Object;<init>()V"),
        JVM("Lcom/x/Y;::m", NO_HINT, JT_TIER_UNKNOWN, "com/x/Y;::m"),
        JVM("Interpreter", NO_HINT, JT_TIER_INTERPRETED, "Interpreter"),
        JVM("I2C/C2I adapters(0xbbaaba)", NO_HINT, JT_TIER_STUB, "I2C/C2I adapters(0xbbaaba)"),
        JVM("StubRoutines (1)", NO_HINT, JT_TIER_STUB, "StubRoutines (1)"),
        JVM("vtable stub", NO_HINT, JT_TIER_STUB, "vtable stub"),
        JVM("new_instance Runtime1 stub", NO_HINT, JT_TIER_STUB, "new_instance Runtime1 stub"),
        JVM("call_stub", JT_RUNTIME_HOTSPOT, JT_TIER_STUB, "call_stub"),
        JVM("com.x.Y::m", JT_RUNTIME_HOTSPOT, JT_TIER_UNKNOWN, "com.x.Y::m"),
        {"call_stub", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "call_stub", NULL, 0, 0},
        {"int f(int)", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "int f(int)", NULL, 0, 0},
    };

    check_rows(rows, COUNT(rows));
}

#define NET(raw, tier, function)                                                                   \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_DOTNET, tier, function, NULL, 0, 0                                \
    }
#define MONO(raw, hint, tier, function)                                                            \
    {                                                                                              \
        raw, hint, JT_RUNTIME_MONO, tier, function, NULL, 0, 0                                     \
    }

static void test_dotnet_and_mono(void **state)
{
    static const struct name_row rows[] = {
        NET("void [app] Ns.C::Main(string[])[OptimizedTier1]", JT_TIER_OPTIMIZED,
            "Ns.C::Main(string[])"),
        NET("int32[] [System.Private.CoreLib] A.B::M(int32[,])[QuickJitted]", JT_TIER_BASELINE,
            "A.B::M(int32[,])"),
        NET("class [System.Runtime]System.String [app] X::M(int32) [InstrumentedTierOptimized]",
            JT_TIER_MID, "X::M(int32)"),
        NET("instance void [app] X::M()[OptimizedTier1OSR]", JT_TIER_OPTIMIZED, "X::M()"),
        NET("void [app] X::M()[PreJIT]", JT_TIER_BASELINE, "X::M()"),
        NET("void [app] X::M()", JT_TIER_UNKNOWN, "X::M()"),
        NET("stub<3> GenericLookup<Foo>", JT_TIER_STUB, "stub<3> GenericLookup<Foo>"),
        NET("void [app] dynamicClass::IL_STUB_PInvoke(int32)", JT_TIER_STUB,
            "dynamicClass::IL_STUB_PInvoke(int32)"),
        MONO("System.GC:get_tombstone ()", NO_HINT, JT_TIER_UNKNOWN, "System.GC:get_tombstone ()"),
        MONO("System.Dictionary`2<string, int>:.ctor ()", NO_HINT, JT_TIER_UNKNOWN,
             "System.Dictionary`2<string, int>:.ctor ()"),
        MONO("(wrapper alloc) object:AllocSmall (intptr,intptr)", NO_HINT, JT_TIER_STUB,
             "(wrapper alloc) object:AllocSmall (intptr,intptr)"),
        MONO("generic_trampoline_aot", JT_RUNTIME_MONO, JT_TIER_STUB, "generic_trampoline_aot"),
    };

    check_rows(rows, COUNT(rows));
}

#define ERL(raw, tier, function)                                                                   \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_ERLANG, tier, function, NULL, 0, 0                                \
    }
#define PHP(raw, tier, ...)                                                                        \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_PHP, tier, __VA_ARGS__                                            \
    }
#define LUA(raw, ...)                                                                              \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_LUAJIT, JT_TIER_OPTIMIZED, __VA_ARGS__                            \
    }
#define PY(raw, ...)                                                                               \
    {                                                                                              \
        raw, NO_HINT, JT_RUNTIME_CPYTHON, JT_TIER_INTERPRETED, __VA_ARGS__                         \
    }

static void test_scripting_languages(void **state)
{
    static const struct name_row rows[] = {
        PY("py::Foo.bar:/usr/lib/python3/x.py", "Foo.bar", "/usr/lib/python3/x.py", 0, 0),
        PY("py::<module>:<frozen importlib._bootstrap>", "<module>",
           "<frozen importlib._bootstrap>", 0, 0),
        PY("py::f.<locals>.g:C:x.py", "f.<locals>.g", "C:x.py", 0, 0),
        PY("py::f", "f", NULL, 0, 0),
        ERL("$lists:map/2", JT_TIER_BASELINE, "lists:map/2"),
        ERL("lists:map/2", JT_TIER_BASELINE, "lists:map/2"),
        ERL("$erlang:'=:='/2", JT_TIER_BASELINE, "erlang:'=:='/2"),
        ERL("$'Elixir.Enum':'-map/2-fun-0-'/2", JT_TIER_BASELINE,
            "'Elixir.Enum':'-map/2-fun-0-'/2"),
        ERL("$lists:map/2-CodeInfoPrologue", JT_TIER_BASELINE, "lists:map/2"),
        ERL("$global::i_call_fun_shared", JT_TIER_STUB, "global::i_call_fun_shared"),
        ERL("global::i_call_fun_shared", JT_TIER_STUB, "global::i_call_fun_shared"),
        ERL("$epp::codeHeader", JT_TIER_STUB, "epp::codeHeader"),
        {"epp::codeHeader", JT_RUNTIME_ERLANG, JT_RUNTIME_ERLANG, JT_TIER_STUB, "epp::codeHeader",
         NULL, 0, 0},
        {"epp::codeHeader", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "epp::codeHeader", NULL, 0,
         0},
        PHP("TRACE-2$advance$3", JT_TIER_OPTIMIZED, "advance", NULL, 3, 0),
        PHP("TRACE-14$Shapes::sum$6", JT_TIER_OPTIMIZED, "Shapes::sum", NULL, 6, 0),
        PHP("TRACE-16$/tmp/rt/work.php$8", JT_TIER_OPTIMIZED, "{main}", "/tmp/rt/work.php", 8, 0),
        PHP("JIT$Body::__construct", JT_TIER_BASELINE, "Body::__construct", NULL, 0, 0),
        PHP("JIT$phar:///a.phar/x.php", JT_TIER_BASELINE, "{main}", "phar:///a.phar/x.php", 0, 0),
        PHP("JIT${closure}", JT_TIER_BASELINE, "{closure}", NULL, 0, 0),
        PHP("JIT$$hybrid_hot_code", JT_TIER_STUB, "JIT$$hybrid_hot_code", NULL, 0, 0),
        PHP("jit$$trace_exit_0", JT_TIER_STUB, "jit$$trace_exit_0", NULL, 0, 0),
        LUA("TRACE_12::work.lua:21", "TRACE_12", "work.lua", 21, 0),
        LUA("TRACE_1::(string):1", "TRACE_1", "(string)", 1, 0),
        LUA("LuaJIT trace 16 my work.lua:18 side of 14/1 (root)", "LuaJIT trace 16", "my work.lua",
            18, 0),
        LUA("LuaJIT trace 28 work.lua:21 (stitch)", "LuaJIT trace 28", "work.lua", 21, 0),
        {"[JIT] Foo#bar", NO_HINT, JT_RUNTIME_RUBY, JT_TIER_BASELINE, "Foo#bar", NULL, 0, 0},
        {"[JIT] bar@/a/b.rb:12", NO_HINT, JT_RUNTIME_RUBY, JT_TIER_BASELINE, "bar", "/a/b.rb", 12,
         0},
    };

    check_rows(rows, COUNT(rows));
}

#define ROW(raw, hint, runtime, tier, function)                                                    \
    {                                                                                              \
        raw, hint, runtime, tier, function, NULL, 0, 0                                             \
    }

static void test_wasm_julia_llvm_and_what_nobody_knows(void **state)
{
    static const struct name_row rows[] = {
        ROW("wasm[0]::function[12]::fib", NO_HINT, JT_RUNTIME_WASMTIME, JT_TIER_UNKNOWN, "fib"),
        ROW("wasm[0]::function[12]", NO_HINT, JT_RUNTIME_WASMTIME, JT_TIER_UNKNOWN,
            "wasm[0]::function[12]"),
        ROW("wasm[0]::array_to_wasm_trampoline[3]", NO_HINT, JT_RUNTIME_WASMTIME, JT_TIER_STUB,
            "wasm[0]::array_to_wasm_trampoline[3]"),
        ROW("fib", JT_RUNTIME_WASMTIME, JT_RUNTIME_WASMTIME, JT_TIER_UNKNOWN, "fib"),
        ROW("julia_sum_123", NO_HINT, JT_RUNTIME_JULIA, JT_TIER_UNKNOWN, "sum"),
        ROW("jfptr_my_sum_9", NO_HINT, JT_RUNTIME_JULIA, JT_TIER_STUB, "my_sum"),
        ROW("julia_sum", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "julia_sum"),
        ROW("evalexpr_0_1", NO_HINT, JT_RUNTIME_LLVM, JT_TIER_UNKNOWN, "evalexpr_0_1"),
        ROW("evalexpr_x_1", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "evalexpr_x_1"),
        ROW("main", JT_RUNTIME_LLVM, JT_RUNTIME_LLVM, JT_TIER_UNKNOWN, "main"),
        ROW("main", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "main"),
        ROW("func one with spaces", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN,
            "func one with spaces"),
        ROW("", NO_HINT, JT_RUNTIME_OTHER, JT_TIER_UNKNOWN, "(anonymous)"),
        ROW("anything", JT_RUNTIME_PHP, JT_RUNTIME_PHP, JT_TIER_UNKNOWN, "anything"),
    };

    check_rows(rows, COUNT(rows));
}

static void test_a_prefix_counts_more_than_a_hint(void **state)
{
    static const struct name_row rows[] = {
        {"JIT$f", JT_RUNTIME_V8, JT_RUNTIME_PHP, JT_TIER_BASELINE, "f", NULL, 0, 0},
        {"JS:*f /a.js:1:2", JT_RUNTIME_ERLANG, JT_RUNTIME_V8, JT_TIER_OPTIMIZED, "f", "/a.js", 1,
         2},
    };

    check_rows(rows, COUNT(rows));
}

struct map_row {
    const char *path;
    enum jt_runtime runtime; /* of every line, without a hint */
    size_t plain;            /* names that need the hint */
};

/* What each real runtime wrote is of its own grammar, with the hint in all lines. */
static void test_real_maps_speak_their_own_grammar(void **state)
{
    static const struct map_row rows[] = {
        {"node/perf-25951.map", JT_RUNTIME_V8, 0},
        {"php/perf-8133.map", JT_RUNTIME_PHP, 0},
        {"php/perf-8304.map", JT_RUNTIME_PHP, 0},
        {"erlang/perf-10541.map", JT_RUNTIME_ERLANG, 0},
        {"luajit/perf-22876.map", JT_RUNTIME_LUAJIT, 0},
        {"java/perf-jdk17.map", JT_RUNTIME_HOTSPOT, 50},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *path = test_fixture(rows[i].path);
        size_t bytes = 0;
        char *text = (char *)test_read_file(path, &bytes);
        char *copy = jt_strndup(text, bytes);
        size_t lines = 0;
        size_t plain = 0;

        for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n"), lines++) {
            const char *raw = strchr(strchr(line, ' ') + 1, ' ') + 1;
            struct jt_name name;

            jt_name_parse(raw, strlen(raw), JT_RUNTIME_NONE, &name);
            plain += name.runtime != rows[i].runtime;
            jt_name_parse(raw, strlen(raw), rows[i].runtime, &name);
            assert_int_equal(name.runtime, rows[i].runtime);
            if (rows[i].runtime != JT_RUNTIME_HOTSPOT)
                assert_int_not_equal(name.tier, JT_TIER_UNKNOWN);
        }
        assert_true(lines > 0);
        if (plain > rows[i].plain)
            fail_msg("%s: %zu of %zu names need the hint", rows[i].path, plain, lines);
        free(copy);
        free(text);
        free(path);
    }
}

struct file_row {
    const char *path;
    enum jt_runtime runtime;
};

static void test_a_runtime_is_known_by_its_file(void **state)
{
    static const struct file_row rows[] = {
        {"/usr/bin/node", JT_RUNTIME_V8},
        {"/usr/bin/nodejs", JT_RUNTIME_V8},
        {"node20", JT_RUNTIME_V8},
        {"/opt/node-v20.1", JT_RUNTIME_V8},
        {"/usr/bin/node (deleted)", JT_RUNTIME_V8},
        {"/usr/bin/node_exporter", JT_RUNTIME_NONE},
        {"/usr/lib/libnode.so.108", JT_RUNTIME_V8},
        {"deno", JT_RUNTIME_V8},
        {"/usr/lib/chromium/chromium", JT_RUNTIME_V8},
        {"/opt/google/chrome/chrome", JT_RUNTIME_V8},
        {"bun", JT_RUNTIME_JSC},
        {"/usr/lib/x86_64-linux-gnu/libjavascriptcoregtk-4.1.so.0.5.2", JT_RUNTIME_JSC},
        {"/usr/lib/firefox-esr/libxul.so", JT_RUNTIME_SPIDERMONKEY},
        {"libmozjs-102.so.0", JT_RUNTIME_SPIDERMONKEY},
        {"/usr/lib/jvm/java-17/bin/java", JT_RUNTIME_HOTSPOT},
        {"/usr/lib/jvm/java-17/lib/server/libjvm.so", JT_RUNTIME_HOTSPOT},
        {"/usr/lib/jvm/java-17/lib/libjli.so", JT_RUNTIME_NONE},
        {"/usr/share/dotnet/dotnet", JT_RUNTIME_DOTNET},
        {"libcoreclr.so", JT_RUNTIME_DOTNET},
        {"libclrjit.so", JT_RUNTIME_DOTNET},
        {"/usr/bin/mono-sgen", JT_RUNTIME_MONO},
        {"mono", JT_RUNTIME_MONO},
        {"/usr/bin/python3.12", JT_RUNTIME_CPYTHON},
        {"python3.13t", JT_RUNTIME_CPYTHON},
        {"python", JT_RUNTIME_CPYTHON},
        {"pythonista", JT_RUNTIME_NONE},
        {"libpython3.12.so.1.0", JT_RUNTIME_CPYTHON},
        {"/usr/lib/erlang/erts-13.1.5/bin/beam.smp", JT_RUNTIME_ERLANG},
        {"erl", JT_RUNTIME_ERLANG},
        {"/usr/bin/php8.2", JT_RUNTIME_PHP},
        {"php-fpm8.2", JT_RUNTIME_PHP},
        {"phpstorm", JT_RUNTIME_NONE},
        {"/usr/lib/php/20220829/opcache.so", JT_RUNTIME_PHP},
        {"luajit-2.1.0-beta3", JT_RUNTIME_LUAJIT},
        {"libluajit-5.1.so.2.1.0", JT_RUNTIME_LUAJIT},
        {"libLLVM-14.so.1", JT_RUNTIME_LLVM},
        {"lli-14", JT_RUNTIME_LLVM},
        {"/usr/lib/postgresql/15/lib/llvmjit.so", JT_RUNTIME_LLVM},
        {"libjulia-internal.so.1.10", JT_RUNTIME_JULIA},
        {"wasmtime", JT_RUNTIME_WASMTIME},
        {"ruby3.1", JT_RUNTIME_RUBY},
        {"libruby-3.1.so.3.1", JT_RUNTIME_RUBY},
        {"/usr/bin/bash", JT_RUNTIME_NONE},
        {"", JT_RUNTIME_NONE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        if (jt_runtime_of_file(rows[i].path) != rows[i].runtime)
            fail_msg("%s: got %s", rows[i].path, jt_runtime_name(jt_runtime_of_file(rows[i].path)));
    }
}

struct role_row {
    enum jt_runtime runtime;
    const char *function;
    const char *thread;
    enum jt_native_role role;
};

static void test_a_runtimes_own_functions_have_roles(void **state)
{
    static const struct role_row rows[] = {
        {JT_RUNTIME_V8, "v8::internal::Heap::CollectGarbage(int)", NULL, JT_ROLE_GC},
        {JT_RUNTIME_V8, "v8::internal::ScavengerCollector::CollectGarbage()", NULL, JT_ROLE_GC},
        {JT_RUNTIME_V8, "v8::internal::MarkCompactCollector::Sweep()", NULL, JT_ROLE_GC},
        {JT_RUNTIME_V8, "v8::internal::Heap::AllocateRaw(int)", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_V8, "v8::internal::compiler::GraphReducer::Reduce()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_V8, "v8::internal::OptimizedCompilationJob::ExecuteJob()", NULL,
         JT_ROLE_COMPILER},
        {JT_RUNTIME_V8, "v8::internal::maglev::MaglevCompiler::Compile()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_V8, "Builtins_GetNamedPropertyHandler", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_V8, "Builtins_LdaConstantExtraWideHandler", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_V8, "Builtins_InterpreterEntryTrampoline", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_V8, "Builtins_ArrayMap", NULL, JT_ROLE_STUB},
        {JT_RUNTIME_V8, "v8::internal::JsonStringify(int)", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_V8, "malloc", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_JSC, "llint_op_call", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_JSC, "JSC::DFG::Plan::compileInThread()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_JSC, NULL, "HeapHelper", JT_ROLE_GC},
        {JT_RUNTIME_SPIDERMONKEY, "js::GCMarker::markOneColor()", NULL, JT_ROLE_GC},
        {JT_RUNTIME_SPIDERMONKEY, "js::jit::IonCompile()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_SPIDERMONKEY, "js::Interpret(JSContext*, js::RunState&)", NULL,
         JT_ROLE_INTERPRETER},
        {JT_RUNTIME_HOTSPOT, "PhaseIdealLoop::optimize(int)", "java", JT_ROLE_COMPILER},
        {JT_RUNTIME_HOTSPOT, "Compile::Compile()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_HOTSPOT, "pthread_mutex_lock", "C2 CompilerThre", JT_ROLE_COMPILER},
        {JT_RUNTIME_HOTSPOT, NULL, "C1 CompilerThre", JT_ROLE_COMPILER},
        {JT_RUNTIME_HOTSPOT, NULL, "GC Thread#3", JT_ROLE_GC},
        {JT_RUNTIME_HOTSPOT, "G1ParScanThreadState::trim_queue()", NULL, JT_ROLE_GC},
        {JT_RUNTIME_HOTSPOT, "InterpreterRuntime::resolve_from_cache()", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_HOTSPOT, "JavaCalls::call_helper()", "java", JT_ROLE_NONE},
        {JT_RUNTIME_DOTNET, "WKS::gc_heap::mark_phase(int)", NULL, JT_ROLE_GC},
        {JT_RUNTIME_DOTNET, NULL, ".NET Tiered Com", JT_ROLE_COMPILER},
        {JT_RUNTIME_MONO, "sgen_gc_thread", NULL, JT_ROLE_GC},
        {JT_RUNTIME_MONO, "mini_method_compile", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_CPYTHON, "_PyEval_EvalFrameDefault", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_CPYTHON, "gc_collect_main", NULL, JT_ROLE_GC},
        {JT_RUNTIME_ERLANG, "process_main", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_ERLANG, "erts_garbage_collect_nobump", NULL, JT_ROLE_GC},
        {JT_RUNTIME_ERLANG, "BeamModuleAssembler::emit(int)", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_PHP, "execute_ex", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_PHP, "ZEND_ADD_SPEC_CV_CV_HANDLER", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_PHP, "zend_gc_collect_cycles", NULL, JT_ROLE_GC},
        {JT_RUNTIME_PHP, "zend_jit_trace_hot_root", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_PHP, "zend_jit_undefined_op_helper", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_LUAJIT, "lj_BC_FORL", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_LUAJIT, "lj_gc_step", NULL, JT_ROLE_GC},
        {JT_RUNTIME_LUAJIT, "lj_opt_fold", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_LUAJIT, "lj_trace_exit", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_LLVM, "llvm::orc::runAsMain(int)", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_LLVM, "llvm::SelectionDAG::Combine()", NULL, JT_ROLE_COMPILER},
        {JT_RUNTIME_JULIA, "jl_gc_collect", NULL, JT_ROLE_GC},
        {JT_RUNTIME_WASMTIME, "cranelift_codegen::context::Context::compile", NULL,
         JT_ROLE_COMPILER},
        {JT_RUNTIME_RUBY, "vm_exec_core", NULL, JT_ROLE_INTERPRETER},
        {JT_RUNTIME_RUBY, "gc_marks_rest", NULL, JT_ROLE_GC},
        {JT_RUNTIME_NONE, "v8::internal::Heap::CollectGarbage(int)", NULL, JT_ROLE_NONE},
        {JT_RUNTIME_OTHER, NULL, NULL, JT_ROLE_NONE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        enum jt_native_role role =
            jt_native_role(rows[i].runtime, rows[i].function, rows[i].thread);

        if (role != rows[i].role)
            fail_msg("%s in %s: got %d", rows[i].function ? rows[i].function : "(none)",
                     rows[i].thread ? rows[i].thread : "(none)", role);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libjitney),
        cmocka_unit_test(test_v8_functions),
        cmocka_unit_test(test_v8_code_that_is_no_function_keeps_its_whole_name),
        cmocka_unit_test(test_other_javascript_engines),
        cmocka_unit_test(test_hotspot),
        cmocka_unit_test(test_dotnet_and_mono),
        cmocka_unit_test(test_scripting_languages),
        cmocka_unit_test(test_wasm_julia_llvm_and_what_nobody_knows),
        cmocka_unit_test(test_a_prefix_counts_more_than_a_hint),
        cmocka_unit_test(test_real_maps_speak_their_own_grammar),
        cmocka_unit_test(test_a_runtime_is_known_by_its_file),
        cmocka_unit_test(test_a_runtimes_own_functions_have_roles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
