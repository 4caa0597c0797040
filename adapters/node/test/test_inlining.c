/* Lines of V8's log that tell of inlining. */
#include "../src/inlining.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h> /* needs the four above */

struct row {
    const char *line;
    const char *told;
};

static const struct row rows[] = {
    {"code-source-info,0x7f,81,97,233,C0O97C45O49I1C60O7I0,F0O183F1O202I0,S0xaS0xb",
     "0@97 45@49/2 60@7/1 | a@183 b@202/1"},
    {"code-source-info,0x7f,81,97,233,C0O97,F0O183,S0xa", "0@97 | a@183"},
    {"code-source-info,0x7f,81,97,233,,F5O183,S0xa", " | 0@183"},
    {"code-source-info,0x7f,81,97,233,C0O97C4O5I1,F0O183FO6I0,S0xa", "0@97 4@5/2 | a@183 0@6/1"},
    /* Nothing is inlined. */
    {"code-source-info,0x7f,81,97,233,C0O97,,", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97,,S0xa", NULL},
    /* Cut, forged, something else. */
    {"code-source-info,0x7f,81,97,233,C0O97,F0O183", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97C1,F0O183,S0xa", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97I1,F0O183,S0xa", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97I4294967295,F0O183,S0xa", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97,F0O183I0,S0xa", NULL},
    {"code-source-info,0x7f,81,97,233,C99999999999O97,F0O183,S0xa", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97,F0O183,S0xa,more", NULL},
    {"code-source-info,0x7f,81,97,233,C0O97,F-1O183,S0xa", NULL},
    {"code-creation,0x7f,81,97,233,C0O97,F0O183,S0xa", NULL},
    {"code-source-info", NULL},
    {"", NULL},
};

static void write_down(const struct node_inlining *inlining, char *text, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < inlining->row_count; i++) {
        const struct node_inlining_row *row = &inlining->rows[i];

        used += (size_t)snprintf(text + used, room - used, "%s%u@%u", i ? " " : "", row->offset,
                                 row->position);
        if (row->inlined)
            used += (size_t)snprintf(text + used, room - used, "/%u", row->inlined);
    }
    used += (size_t)snprintf(text + used, room - used, " |");
    for (size_t i = 0; i < inlining->call_count; i++) {
        const struct node_inlining_call *call = &inlining->calls[i];

        used += (size_t)snprintf(text + used, room - used, " %x@%u", (unsigned)call->function,
                                 call->position);
        if (call->caller)
            used += (size_t)snprintf(text + used, room - used, "/%u", call->caller);
    }
}

static void test_lines_are_read_or_refused(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct node_inlining inlining;
        char text[256] = "";
        bool is_good = node_inlining_parse(&inlining, rows[i].line);

        assert_int_equal(is_good, rows[i].told != NULL);
        if (is_good) {
            write_down(&inlining, text, sizeof(text));
            assert_string_equal(text, rows[i].told);
        } else {
            assert_null(inlining.rows);
        }
        node_inlining_release(&inlining);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines_are_read_or_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
