/* Names of V8, taken apart. */
#include "../src/names.h"
#include "jitney/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above */
#include <stdlib.h>
#include <string.h>

struct row {
    const char *text;
    const char *script; /* what the script is called, when that is known */
    const char *name;
    const char *file; /* NULL: none */
    uint32_t line;
    uint32_t column;
    uint32_t kind;
    uint32_t tier;
};

static const struct row rows[] = {
    {"JS:*add /tmp/a.js:3:13", "/tmp/a.js", "add", "/tmp/a.js", 3, 13, JITNEY_CODE_JIT,
     JITNEY_TIER_OPTIMIZED},
    {"LazyCompile:~get node:internal/x:420", NULL, "get", "node:internal/x", 420, 0,
     JITNEY_CODE_JIT, JITNEY_TIER_INTERPRETED},
    {"JS:^a method with spaces /tmp/my files/a b.js:44:83", "/tmp/my files/a b.js",
     "a method with spaces", "/tmp/my files/a b.js", 44, 83, JITNEY_CODE_JIT, JITNEY_TIER_BASELINE},
    {"JS:^two words /tmp/my files/a.js:1:2", NULL, "two words", "/tmp/my files/a.js", 1, 2,
     JITNEY_CODE_JIT, JITNEY_TIER_BASELINE},
    {"JS:+' /tmp/a.js:1:2", "/tmp/a.js", "(anonymous)", "/tmp/a.js", 1, 2, JITNEY_CODE_JIT,
     JITNEY_TIER_MID},
    {"Script:~ /tmp/a.js:1:1", NULL, "(script)", "/tmp/a.js", 1, 1, JITNEY_CODE_JIT,
     JITNEY_TIER_INTERPRETED},
    {"Script:~ node:internal/x", NULL, "(script)", "node:internal/x", 0, 0, JITNEY_CODE_JIT,
     JITNEY_TIER_INTERPRETED},
    {"Eval:~ :1:1", NULL, "(eval)", NULL, 1, 1, JITNEY_CODE_JIT, JITNEY_TIER_INTERPRETED},
    {"JS:*q :1:11", NULL, "q", NULL, 1, 11, JITNEY_CODE_JIT, JITNEY_TIER_OPTIMIZED},
    {"JS:~noPlace", NULL, "noPlace", NULL, 0, 0, JITNEY_CODE_JIT, JITNEY_TIER_INTERPRETED},
    {"JS:o+loop /tmp/a.js:7:1", NULL, "loop", "/tmp/a.js", 7, 1, JITNEY_CODE_JIT, JITNEY_TIER_MID},
    {"Function:wasm-function[0]-0-turbofan", NULL, "wasm-function[0]", NULL, 0, 0, JITNEY_CODE_WASM,
     JITNEY_TIER_OPTIMIZED},
    {"Builtin:ArrayMap", NULL, "Builtin:ArrayMap", NULL, 0, 0, JITNEY_CODE_STUB,
     JITNEY_TIER_UNKNOWN},
    {"BytecodeHandler:Add", NULL, "BytecodeHandler:Add", NULL, 0, 0, JITNEY_CODE_STUB,
     JITNEY_TIER_INTERPRETED},
    {"RegExp:a b:3:4", NULL, "RegExp:a b:3:4", NULL, 0, 0, JITNEY_CODE_STUB, JITNEY_TIER_UNKNOWN},
    {"JS:", NULL, "(anonymous)", NULL, 0, 0, JITNEY_CODE_JIT, JITNEY_TIER_UNKNOWN},
    {"", NULL, "", NULL, 0, 0, JITNEY_CODE_STUB, JITNEY_TIER_UNKNOWN},
};

static void check(const struct row *row)
{
    /* In memory of its own size, so that a step beyond it is seen. */
    size_t bytes = strlen(row->text);
    char *text = malloc(bytes + 1);
    struct node_name name;

    assert_non_null(text);
    memcpy(text, row->text, bytes);
    node_name_parse(&name, text, bytes, row->script);
    assert_int_equal(name.name_bytes, strlen(row->name));
    assert_memory_equal(name.name, row->name, name.name_bytes);
    assert_int_equal(name.file_bytes, row->file ? strlen(row->file) : 0);
    if (row->file)
        assert_memory_equal(name.file, row->file, name.file_bytes);
    assert_int_equal(name.line, row->line);
    assert_int_equal(name.column, row->column);
    assert_int_equal(name.kind, row->kind);
    assert_int_equal(name.tier, row->tier);
    free(text);
}

static void test_names_of_all_versions_are_taken_apart(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

/* Any cut of any name is taken, and what is found lies within it. */
static void test_cut_names_stay_within_their_bytes(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t bytes = 0; bytes <= strlen(rows[i].text); bytes++) {
            char *text = malloc(bytes + 1);
            struct node_name name;

            assert_non_null(text);
            memcpy(text, rows[i].text, bytes);
            node_name_parse(&name, text, bytes, rows[i].script);
            assert_true(!name.file ||
                        (name.file >= text && name.file + name.file_bytes <= text + bytes));
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_all_versions_are_taken_apart),
        cmocka_unit_test(test_cut_names_stay_within_their_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
