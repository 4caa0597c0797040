/* The lists that everything from names to reports shares: runtimes, tiers,
 * shares and the reasons why a frame has no name. */
#ifndef JT_SYMBOL_KINDS_H
#define JT_SYMBOL_KINDS_H

/* id, name as shown and accepted on the command line */
#define JT_RUNTIME_LIST(ROW)                                                                       \
    ROW(JT_RUNTIME_NONE, "none")                                                                   \
    ROW(JT_RUNTIME_V8, "v8")                                                                       \
    ROW(JT_RUNTIME_JSC, "jsc")                                                                     \
    ROW(JT_RUNTIME_SPIDERMONKEY, "spidermonkey")                                                   \
    ROW(JT_RUNTIME_HOTSPOT, "hotspot")                                                             \
    ROW(JT_RUNTIME_DOTNET, "dotnet")                                                               \
    ROW(JT_RUNTIME_MONO, "mono")                                                                   \
    ROW(JT_RUNTIME_CPYTHON, "cpython")                                                             \
    ROW(JT_RUNTIME_ERLANG, "erlang")                                                               \
    ROW(JT_RUNTIME_PHP, "php")                                                                     \
    ROW(JT_RUNTIME_LUAJIT, "luajit")                                                               \
    ROW(JT_RUNTIME_LLVM, "llvm")                                                                   \
    ROW(JT_RUNTIME_JULIA, "julia")                                                                 \
    ROW(JT_RUNTIME_WASMTIME, "wasmtime")                                                           \
    ROW(JT_RUNTIME_RUBY, "ruby")                                                                   \
    ROW(JT_RUNTIME_OTHER, "other")

/* id, name as shown, folded mark: where a frame's time belongs */
#define JT_TIER_LIST(ROW)                                                                          \
    ROW(JT_TIER_NONE, "", "")           /* not made by a JIT compiler */                           \
    ROW(JT_TIER_UNKNOWN, "jit", "_[j]") /* JIT code, the runtime does not say which tier */        \
    ROW(JT_TIER_INTERPRETED, "interpreted", "_[j]")                                                \
    ROW(JT_TIER_BASELINE, "baseline", "_[j]")                                                      \
    ROW(JT_TIER_MID, "mid-tier", "_[j]") /* maglev, DFG, C1 */                                     \
    ROW(JT_TIER_OPTIMIZED, "optimized", "_[j]")                                                    \
    ROW(JT_TIER_STUB, "stub", "_[j]") /* builtins, trampolines, inline caches, RegExps */

/* How a frame came to its name. */
enum jt_frame_kind {
    JT_FRAME_JIT,    /* code that a runtime made while it ran */
    JT_FRAME_NATIVE, /* from a file: the program, its libraries, vdso */
    JT_FRAME_KERNEL,
    JT_FRAME_NAMED,   /* from text that had the name already */
    JT_FRAME_COMMAND, /* the process, root of a folded stack */
    JT_FRAME_UNKNOWN
};

/* Why a frame has no name: id, short name (JSON), what it is, what to do. */
#define JT_REASON_LIST(ROW)                                                                        \
    ROW(JT_REASON_NONE, "none", "", "")                                                            \
    ROW(JT_REASON_NO_MAP, "no-map", "JIT code, and no perf map or jitdump of this process",        \
        "record with `jitney record -- CMD`, or switch on the runtime's map (docs/runtimes.md)")   \
    ROW(JT_REASON_NOT_IN_MAP, "not-in-map", "JIT code that the process's map or dump lacks",       \
        "code made before the map was switched on, or a dump of an earlier moment; prefer "        \
        "jitdump")                                                                                 \
    ROW(JT_REASON_OTHER_PID, "other-pid", "only the map of another pid or namespace is here",      \
        "record with `jitney record`, or pass it under the recorded pid: --map perf-PID.map")      \
    ROW(JT_REASON_MAP_OWNER, "map-owner", "the map belongs to another user and was refused",       \
        "check who wrote it, then pass --trust-maps")                                              \
    ROW(JT_REASON_CLOCK, "clock",                                                                  \
        "recorded without the monotonic clock: the dump has no common time",                       \
        "record with `perf record -k mono` or `jitney record`")                                    \
    ROW(JT_REASON_DUMP_TORN, "dump-torn", "the dump was cut short before this code",               \
        "let the runtime end by itself, or use a perf map, which is written line by line")         \
    ROW(JT_REASON_STRIPPED, "stripped", "the file has no symbol for this address",                 \
        "install its debug symbols (-dbgsym package) or pass --symfs DIR")                         \
    ROW(JT_REASON_NO_FILE, "no-file", "the mapped file is not here, or is another build",          \
        "pass --symfs DIR with a copy of the recorded system's files")                             \
    ROW(JT_REASON_BAD_FRAME_POINTER, "bad-frame-pointer", "not an address in any mapping",         \
        "code without frame pointers; use the runtime's frame pointer option (docs/runtimes.md)")  \
    ROW(JT_REASON_NO_MAPPING, "no-mapping", "no mapping of this address was recorded",             \
        "start the recorder before the program, or attach after it has started")                   \
    ROW(JT_REASON_KERNEL_HIDDEN, "kernel-hidden", "kernel address without kernel symbols",         \
        "allow them: sysctl kernel.kptr_restrict=0, or run as root")

#define JT_ROW_ID(id, ...) id,
enum jt_runtime { JT_RUNTIME_LIST(JT_ROW_ID) JT_RUNTIME_COUNT };
enum jt_tier { JT_TIER_LIST(JT_ROW_ID) JT_TIER_COUNT };
enum jt_reason { JT_REASON_LIST(JT_ROW_ID) JT_REASON_COUNT };
#undef JT_ROW_ID

const char *jt_runtime_name(enum jt_runtime runtime);
const char *jt_tier_name(enum jt_tier tier);
/* FlameGraph's annotation of a frame of this tier. */
const char *jt_tier_mark(enum jt_tier tier);
const char *jt_reason_id(enum jt_reason reason);
const char *jt_reason_text(enum jt_reason reason);
const char *jt_reason_remedy(enum jt_reason reason);

#endif
