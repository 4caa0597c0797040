/* The runtimes that `record` knows, one row each. docs/runtimes.md says which
 * rows have been run and which are written from documentation alone, and why
 * each asks the way it does. */
#include "analysis/sample/runtimes_row.h"

#include "analysis/sample/runtimes.h"
#include "analysis/sample/versions.h"

#include <ctype.h>
#include <string.h>

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define VARIABLES(...) ((const struct jt_runtime_variable[]){__VA_ARGS__, {0}})

/* V8 writes a dump that is exact in time, but buffers it, and a map line by line
 * that survives SIGKILL; both together cost no more than either (measured).
 * Functions in the interpreter get an address of their own by the third flag. */
#define V8_FLAGS "--perf-prof --perf-basic-prof --interpreted-frames-native-stack"

/* JITs are off in PHP's defaults, and there is nothing to name without one. A
 * script younger than two seconds is not compiled by default. */
static const struct jt_runtime_file php_settings = {
    "php-settings", "jitney.ini",
    "; Made by jitney record: the JIT compiler, and its files for profilers.\n"
    "opcache.enable=1\n"
    "opcache.enable_cli=1\n"
    "opcache.file_update_protection=0\n"
    "opcache.jit_buffer_size=64M\n"
    "opcache.jit=tracing\n"
    "opcache.jit_debug=32\n"};

/* Writes nothing into the working directory, and knows lines, moves and deoptimizations. */
static const struct jt_runtime_adapter node_adapter = {
    .file = "node/index.js",
    .needs = "node/jitney-node.node",
    .variables = VARIABLES(
        {"NODE_OPTIONS", "--require=& --interpreted-frames-native-stack", JT_JOIN_AFTER, ' '}),
};

/* A stock LuaJIT writes nothing by itself. Other Luas take the variable as well. */
static const struct jt_runtime_adapter luajit_adapter = {
    .file = "luajit/jitney.so",
    .variables =
        VARIABLES({"LUA_INIT",
                   "if jit then local f = package.loadlib('&', 'luaopen_jitney') if f then "
                   "local ok, m = pcall(f, 'jitney') if ok then package.loaded.jitney = m end "
                   "end end",
                   JT_JOIN_NONE, 0}),
};

/* The agent knows inlined functions, lines, tiers and deoptimizations. */
#define JVM_FLAGS                                                                                  \
    "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UnlockDiagnosticVMOptions",                          \
        "-XX:+PreserveFramePointer", "-agentpath:&"

static const struct jt_runtime_adapter jvm_adapter = {
    .file = "jvm/libjitney-jvm.so",
    .variables = VARIABLES({"JDK_JAVA_OPTIONS",
                            "-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions "
                            "-XX:+PreserveFramePointer -agentpath:&",
                            JT_JOIN_AFTER, ' '}),
    .arguments = WORDS(JVM_FLAGS),
};

static const struct jt_runtime rows[] = {
    {
        /* Any engine that links libjitney, and our adapters for stock ones. */
        .name = "libjitney",
        .programs = WORDS("refjs"),
        .variables = VARIABLES({"JITNEY_DIR", "@", JT_JOIN_NONE, 0},
                               {"JITNEY_JITDUMP", "1", JT_JOIN_NONE, 0},
                               {"JITNEY_RECORD", "1", JT_JOIN_NONE, 0}),
    },
    {
        .name = "node",
        .programs = WORDS("node", "nodejs"),
        .variables = VARIABLES({"NODE_OPTIONS", V8_FLAGS, JT_JOIN_AFTER, ' '}),
        /* V8 opens a log in the working directory whenever it has a profiler to
         * tell, and where it cannot, it logs to standard output. "+" is a
         * nameless file; neither flag may stand in NODE_OPTIONS, and as
         * arguments they break Workers that are given process.execArgv, so
         * they are added only where they must be. */
        .read_only_arguments =
            WORDS("--perf-prof", "--perf-basic-prof", "--interpreted-frames-native-stack",
                  "--no-logfile-per-isolate", "--logfile=+"),
        .adapter = &node_adapter,
        .asked = WORDS("--perf-prof", "--perf-basic-prof", "--perf_prof", "--perf_basic_prof"),
    },
    {
        .name = "deno",
        .programs = WORDS("deno"),
        .variables = VARIABLES({"DENO_V8_FLAGS",
                                "--perf-prof,--perf-prof-path=@,--perf-basic-prof,"
                                "--perf-basic-prof-path=@,--interpreted-frames-native-stack,"
                                "--no-logfile-per-isolate,--logfile=+",
                                JT_JOIN_AFTER, ','}),
    },
    {
        .name = "bun",
        .programs = WORDS("bun", "bunx"),
        .variables = VARIABLES({"BUN_JSC_useJITDump", "1", JT_JOIN_NONE, 0},
                               {"BUN_JSC_jitDumpDirectory", "@", JT_JOIN_NONE, 0}),
    },
    {
        .name = "chromium",
        .programs = WORDS("chromium", "chromium-browser", "chrome", "google-chrome",
                          "google-chrome-stable", "electron", "chrome-headless-shell"),
        .arguments = WORDS("--js-flags=--perf-prof --perf-prof-path=@ "
                           "--interpreted-frames-native-stack --no-logfile-per-isolate "
                           "--logfile=+"),
        .asked = WORDS("--perf-prof", "--perf-basic-prof"),
        .remark =
            "the sandbox keeps renderers from writing files; only with --no-sandbox, which is "
            "yours to add, do functions have names",
    },
    {
        .name = "java",
        .programs = WORDS("java"),
        /* A Java older than 17 does not know the second flag and would not start
         * without the first. */
        .variables = VARIABLES({"JDK_JAVA_OPTIONS",
                                "-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions "
                                "-XX:+DumpPerfMapAtExit -XX:+PreserveFramePointer",
                                JT_JOIN_AFTER, ' '}),
        .arguments = WORDS("-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UnlockDiagnosticVMOptions",
                           "-XX:+DumpPerfMapAtExit", "-XX:+PreserveFramePointer"),
        .adapter = &jvm_adapter,
        .asked = WORDS("DumpPerfMapAtExit"),
        .is_loud = true, /* The JVM prints "NOTE: Picked up JDK_JAVA_OPTIONS". */
        .arguments_suffice = true,
    },
    {
        .name = "php",
        .programs = WORDS("php", "php-fpm", "php-cgi"),
        /* The empty element is PHP's built-in folder. Ours comes after it: Debian's
         * own file there switches the JIT off. `php -d` has the last word. */
        .variables = VARIABLES({"PHP_INI_SCAN_DIR", "@/php-settings", JT_JOIN_PATH, ':'}),
        .file = &php_settings,
        .asked = WORDS("opcache.jit_debug"),
        .is_loud = true, /* Its JIT is switched on. */
        .remark = "the JIT is switched on (opcache.jit=tracing), there is nothing to name without",
    },
    {
        .name = "erlang",
        .programs = WORDS("erl", "elixir", "iex", "mix", "escript", "rebar3", "erlc", "elixirc",
                          "ct_run", "gleam"),
        .variables = VARIABLES({"ERL_AFLAGS", "+JPperf true", JT_JOIN_AFTER, ' '}),
        .asked = WORDS("+JPperf"),
        .is_able = jt_erlang_knows_perf,
        .is_loud = true, /* An emulator without the JIT refuses the flag. */
    },
    {
        .name = "python",
        .programs = WORDS("python"),
        .variables = VARIABLES({"PYTHONPERFSUPPORT", "1", JT_JOIN_NONE, 0}),
        .asked = WORDS("PYTHONPERFSUPPORT=", "PYTHON_PERF_JIT_SUPPORT=", "perf_jit", "-Xperf"),
        .remark = "functions have names from version 3.12 on",
    },
    {
        .name = "mono",
        .programs = WORDS("mono", "mono-sgen"),
        .variables = VARIABLES({"MONO_ENV_OPTIONS", "--jitmap", JT_JOIN_AFTER, ' '}),
        .asked = WORDS("--jitmap", "--jitdump"),
    },
    {
        .name = "jsc",
        .programs = WORDS("jsc"),
        .variables = VARIABLES({"JSC_useJITDump", "1", JT_JOIN_NONE, 0},
                               {"JSC_jitDumpDirectory", "@", JT_JOIN_NONE, 0}),
    },
    {
        .name = "dotnet",
        .programs = WORDS("dotnet"),
        .variables = VARIABLES({"DOTNET_PerfMapEnabled", "1", JT_JOIN_NONE, 0},
                               {"DOTNET_PerfMapJitDumpPath", "@", JT_JOIN_NONE, 0},
                               {"DOTNET_PerfMapShowOptimizationTiers", "1", JT_JOIN_NONE, 0},
                               {"COMPlus_PerfMapEnabled", "1", JT_JOIN_NONE, 0},
                               {"COMPlus_PerfMapJitDumpPath", "@", JT_JOIN_NONE, 0},
                               {"COMPlus_PerfMapShowOptimizationTiers", "1", JT_JOIN_NONE, 0}),
        .asked = WORDS("PerfMapEnabled="),
    },
    {
        .name = "julia",
        .programs = WORDS("julia"),
        .variables = VARIABLES({"ENABLE_JITPROFILING", "1", JT_JOIN_NONE, 0},
                               {"JITDUMPDIR", "@", JT_JOIN_NONE, 0}),
    },
    {
        .name = "llvm",
        .programs = WORDS("lli"),
        .variables = VARIABLES({"JITDUMPDIR", "@", JT_JOIN_NONE, 0}),
        .remark = "lli writes its dump with --jit-kind=mcjit alone",
    },
    {
        .name = "postgres",
        .programs = WORDS("postgres", "postmaster"),
        .variables = VARIABLES({"JITDUMPDIR", "@", JT_JOIN_NONE, 0}),
        .arguments = WORDS("-c", "jit_profiling_support=on"),
        .asked = WORDS("jit_profiling_support"),
    },
    {
        .name = "wasmtime",
        .programs = WORDS("wasmtime"),
        .arguments = WORDS("--profile=jitdump"),
        .subcommand = "run",
        .asked = WORDS("--profile=jitdump", "--profile=perfmap"),
    },
    {
        .name = "ruby",
        .programs = WORDS("ruby"),
        .arguments = WORDS("--yjit-perf"),
        .is_able = jt_ruby_knows_perf,
        .asked = WORDS("--yjit-perf"),
        .remark = "functions have names from version 3.3 on, in builds with YJIT",
    },
    {
        .name = "luajit",
        .programs = WORDS("luajit"),
        .adapter = &luajit_adapter,
        .remark = "stock builds of LuaJIT have no map to ask for; one built with "
                  "LUAJIT_USE_PERFTOOLS writes it unasked",
    },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

const struct jt_runtime *jt_runtimes_at(size_t index)
{
    return index < ROW_COUNT ? &rows[index] : NULL;
}

const char *jt_runtimes_name(size_t index)
{
    if (index == ROW_COUNT)
        return "none";
    return index < ROW_COUNT ? rows[index].name : NULL;
}

const struct jt_runtime *jt_runtimes_find(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Nothing, "8.2", "-2.1.0-beta3" or ".exe" (npm's bun) may follow a name. */
static bool is_version(const char *rest)
{
    if (rest[0] == '-' && isdigit((unsigned char)rest[1]))
        return true;
    rest += strspn(rest, "0123456789.");
    return rest[0] == '\0' || strcmp(rest, "exe") == 0;
}

static bool is_program(const struct jt_runtime *row, const char *program)
{
    for (size_t i = 0; row->programs[i]; i++) {
        size_t bytes = strlen(row->programs[i]);

        if (strncmp(program, row->programs[i], bytes) == 0 && is_version(program + bytes))
            return true;
    }
    return false;
}

const struct jt_runtime *jt_runtimes_match(const char *program)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (is_program(&rows[i], program))
            return &rows[i];
    }
    return NULL;
}
