#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { FLAG, COUNT, BYTES, MILLISECONDS, MODE };

struct flag {
    const char *name;
    enum kind kind;
    size_t offset; /* in struct rj_options */
    const char *argument;
    const char *help;
};

#define FIELD(name) offsetof(struct rj_options, name)

static const struct flag flags[] = {
    {"jit", MODE, FIELD(jit), "off|on|always",
     "off: interpret only; on: compile hot code (default); always: compile at once, deterministic"},
    {"call-threshold", COUNT, FIELD(call_threshold), "N", "compile after N calls (default 200)"},
    {"loop-threshold", COUNT, FIELD(loop_threshold), "N",
     "compile a running loop after N rounds (default 2000)"},
    {"give-up", COUNT, FIELD(give_up), "N",
     "leave a function to the interpreter after N deoptimized versions (default 8)"},
    {"inline-limit", COUNT, FIELD(inline_limit), "N",
     "inline callees of at most N instructions (default 80)"},
    {"inline-depth", COUNT, FIELD(inline_depth), "N", "inline at most N deep (default 4)"},
    {"force-deopt", COUNT, FIELD(force_deopt), "N",
     "the Nth guard of every compiled function fails always (for tests)"},
    {"no-osr", FLAG, FIELD(no_osr), NULL, "do not enter compiled code in the middle of a loop"},
    {"no-inline", FLAG, FIELD(no_inline), NULL, "do not inline"},
    {"deterministic", FLAG, FIELD(deterministic), NULL, "compile on the main thread, at once"},
    {"time-limit", MILLISECONDS, FIELD(time_limit_ms), "N[ms|s]",
     "end the program after that time"},
    {"memory-limit", BYTES, FIELD(memory_limit), "N[K|M|G]",
     "heap; RangeError beyond (default 4G)"},
    {"trace-opt", FLAG, FIELD(trace_opt), NULL, "tell compilations on standard error"},
    {"trace-deopt", FLAG, FIELD(trace_deopt), NULL, "tell deoptimizations on standard error"},
    {"print-bytecode", FLAG, FIELD(print_bytecode), NULL, "print bytecode"},
    {"print-ir", FLAG, FIELD(print_ir), NULL, "print LLVM's optimized intermediate code"},
    {"print-code", FLAG, FIELD(print_code), NULL, "print machine code"},
};

enum { FLAG_COUNT = sizeof(flags) / sizeof(flags[0]) };

static const struct rj_options defaults = {
    .jit = RJ_JIT_ON,
    .call_threshold = 200,
    .loop_threshold = 2000,
    .give_up = 8,
    .inline_limit = 80,
    .inline_depth = 4,
    .memory_limit = UINT64_C(4) << 30,
};

static void print_help(void)
{
    printf(
        "usage: refjs [FLAGS] FILE.js [ARGUMENTS]\n\n"
        "Run a program in a subset of JavaScript. Events go where jitney's environment variables\n"
        "say, for example: JITNEY_RECORD=out.jtr JITNEY_RECORD_FILTER=Compile,Deopt refjs "
        "app.js\n\n");
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        char text[64];

        snprintf(text, sizeof(text), "--%s%s%s", flags[i].name, flags[i].argument ? "=" : "",
                 flags[i].argument ? flags[i].argument : "");
        printf("  %-28s %s\n", text, flags[i].help);
    }
    printf("  %-28s %s\n  %-28s %s\n", "--help", "this text", "--version", "the version");
}

struct unit {
    const char *name;
    enum kind kind;
    uint64_t factor;
};

static const struct unit units[] = {
    {"", COUNT, 1},          {"", BYTES, 1},
    {"K", BYTES, 1 << 10},   {"M", BYTES, 1 << 20},
    {"G", BYTES, 1 << 30},   {"", MILLISECONDS, 1},
    {"ms", MILLISECONDS, 1}, {"s", MILLISECONDS, 1000},
};

static bool read_number(enum kind kind, const char *text, uint64_t *number)
{
    char *end;
    uint64_t value;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (units[i].kind == kind && strcmp(units[i].name, end) == 0)
            return errno == 0 && !__builtin_mul_overflow(value, units[i].factor, number) &&
                   (kind != COUNT || *number <= UINT32_MAX);
    return false;
}

static bool set_mode(struct rj_options *options, const char *text)
{
    static const char *const names[] = {"off", "on", "always"};

    for (unsigned i = 0; i < 3; i++)
        if (strcmp(names[i], text) == 0) {
            options->jit = i;
            return true;
        }
    return false;
}

static bool set_flag(struct rj_options *options, const struct flag *flag, const char *text)
{
    void *field = (char *)options + flag->offset;
    uint64_t number;

    if (flag->kind == FLAG) {
        *(bool *)field = true;
        return !text;
    }
    if (!text)
        return false;
    if (flag->kind == MODE)
        return set_mode(options, text);
    if (!read_number(flag->kind, text, &number))
        return false;
    if (flag->kind == COUNT)
        *(uint32_t *)field = (uint32_t)number;
    else
        *(uint64_t *)field = number;
    return true;
}

static const struct flag *find_flag(const char *name, size_t length)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (strlen(flags[i].name) == length && strncmp(flags[i].name, name, length) == 0)
            return &flags[i];
    return NULL;
}

/* What --jit=always means beside the mode. */
static void finish(struct rj_options *options)
{
    if (options->jit != RJ_JIT_ALWAYS)
        return;
    options->deterministic = true;
    if (options->call_threshold == defaults.call_threshold)
        options->call_threshold = 2;
    if (options->loop_threshold == defaults.loop_threshold)
        options->loop_threshold = 10;
}

enum rj_options_result rj_options_read(struct rj_options *options, int argc, char **argv)
{
    int i;

    *options = defaults;
    for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
        const char *name = argv[i] + 2;
        size_t length = strcspn(name, "=");
        const struct flag *flag = find_flag(name, length);

        if (strcmp(name, "help") == 0) {
            print_help();
            return RJ_OPTIONS_DONE;
        }
        if (strcmp(name, "version") == 0) {
            puts("refjs 0.1.0");
            return RJ_OPTIONS_DONE;
        }
        if (!flag || !set_flag(options, flag, name[length] ? name + length + 1 : NULL)) {
            fprintf(stderr, "refjs: %s: %s\n", argv[i],
                    flag ? "not a value of this flag" : "unknown flag; see refjs --help");
            return RJ_OPTIONS_WRONG;
        }
    }
    if (i >= argc) {
        fprintf(stderr, "refjs: no program; see refjs --help\n");
        return RJ_OPTIONS_WRONG;
    }
    options->file = argv[i];
    options->argc = argc - i - 1;
    options->argv = argv + i + 1;
    finish(options);
    return RJ_OPTIONS_RUN;
}
