/* Files that R wrote in each of its ways hold the same recording; hand-made ones
 * are damaged in each way that there is. */
#include "analysis/load/rds.h"
#include "analysis/load/rir.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "jitney/status.h"
#include "support/files.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RIR_HEAD "RDA2\nA\n2\n197889\n131840\n"

/* What a reading gave, one line for each function and event. */
struct seen {
    struct jt_rir *rir;
    struct jt_buf text;
    uint64_t functions;
    uint64_t events;
    int stop_after;
};

static void append_feedback(struct jt_buf *text, const struct jitney_feedback *feedback)
{
    jt_buf_printf(text, " %u:%u", feedback->kind, feedback->outcome);
    for (uint32_t i = 0; i < feedback->callee_count; i++)
        jt_buf_printf(text, ",%d", (int)feedback->callees[i]);
    if (feedback->text)
        jt_buf_printf(text, "<%s>", feedback->text);
}

static void append_compile(struct jt_buf *text, const struct jitney_compile *compile)
{
    jt_buf_printf(text, " %" PRIx64 " ir %" PRIu64 " bitcode %" PRIu64 " deopts %u",
                  compile->version, compile->ir_bytes, compile->bitcode_bytes,
                  compile->deopt_count);
    for (uint32_t i = 0; i < compile->feedback_count; i++)
        append_feedback(text, &compile->feedback[i]);
}

static void append_own(struct jt_buf *text, const struct jitney_event *event)
{
    const struct jitney_invocation *invocation = event->invocation;

    if (event->type == JITNEY_COMPILE_START)
        jt_buf_printf(
            text, " %s(%" PRIu64 ") %s %s(%" PRIu64 ")",
            event->compile_start->heuristic.name ? event->compile_start->heuristic.name : "-",
            event->compile_start->heuristic.count,
            event->compile_start->condition.name ? event->compile_start->condition.name : "-",
            event->compile_start->osr.name ? event->compile_start->osr.name : "-",
            event->compile_start->osr.count);
    else if (event->type == JITNEY_COMPILE)
        append_compile(text, event->compile);
    else if (event->type == JITNEY_COMPILE_END)
        jt_buf_printf(text, " %" PRIu64, event->compile_end->duration_ns);
    else if (event->type == JITNEY_COMPILE_ABORT)
        jt_buf_printf(text, " %" PRIu64, event->compile_abort->duration_ns);
    else if (event->type == JITNEY_DEOPT)
        jt_buf_printf(text, " %s %u#%u origin %u trigger %u", event->deopt->reason,
                      event->deopt->slot_kind, event->deopt->slot, event->deopt->origin,
                      event->deopt->trigger);
    else if (event->type == JITNEY_INVOCATION)
        jt_buf_printf(text, " %u %" PRIx64 " %" PRIx64 " %u %u", invocation->source,
                      invocation->context, invocation->call_context, invocation->is_native,
                      invocation->missing);
    else if (event->type == JITNEY_TYPE_FEEDBACK)
        append_feedback(text, &event->type_feedback->after);
    else if (event->type == JITNEY_NOTE)
        jt_buf_printf(text, " %s", event->note->text);
}

static uint32_t function_of(const struct jitney_event *event)
{
    /* Every class that Ř has begins with its size and its function. */
    return event->type == JITNEY_FUNCTION ? event->number : event->compile_end->function;
}

static int see(void *context, const struct jitney_event *event)
{
    struct seen *seen = context;

    if (event->type == JITNEY_FUNCTION) {
        seen->functions++;
        jt_buf_printf(&seen->text, "function %u [%s] [%s] %d %" PRIx64 " %zu\n", event->number,
                      event->function->name ? event->function->name : "",
                      event->function->name_space ? event->function->name_space : "",
                      event->function->primitive_index, event->function->address,
                      event->function->body_bytes);
        return JITNEY_OK;
    }
    seen->events++;
    jt_buf_printf(&seen->text, "%u of %u", event->type, function_of(event));
    append_own(&seen->text, event);
    jt_buf_append_text(&seen->text, "\n");
    return seen->stop_after && (int)seen->events == seen->stop_after ? JITNEY_ERR_STOPPED
                                                                     : JITNEY_OK;
}

/* The transcript of a recording, NUL-terminated; free it. */
static char *read_rds(struct jt_rds *rds, struct seen *seen, int *status)
{
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see, seen};
    char *text = NULL;

    seen->text = (struct jt_buf)JT_BUF_INIT(1 << 22);
    jt_rir_open(rds, &seen->rir);
    *status = jt_rir_read(seen->rir, &visitor);
    jt_buf_append_zeros(&seen->text, 1);
    text = jt_strdup((const char *)seen->text.bytes);
    jt_buf_release(&seen->text);
    return text;
}

static char *read_fixture(const char *name, int *status)
{
    struct jt_diag diag = {0};
    struct seen seen = {0};
    struct jt_rds *rds = NULL;
    char *path = test_fixture(name);
    char *text = NULL;

    assert_int_equal(jt_rds_open(path, &diag, &rds), JITNEY_OK);
    text = read_rds(rds, &seen, status);
    jt_rir_close(seen.rir);
    free(path);
    return text;
}

static const char *const whole =
    "function 1 [fib] [.GlobalEnv] -1 800000000000 0\n"
    "function 2 [+] [] 39 0 0\n"
    "function 3 [paste] [] 501 0 0\n"
    "function 4 [] [base] -1 55801ca8d000 0\n"
    "function 5 [a,b \"quoted\"\nnext] [pkg:\xc4\x8d] -1 ffffffffffffffff 81\n"
    "function 6 [<0x5580a1b2c3d0>] [] -1 55801ca8d300 0\n"
    "3 of 1 PirWarmupReason(100) NotOptimized -(0)\n"
    "4 of 1 400000001 ir 17 bitcode 32 deopts 2 0:0,1,2,-2 0:0,3,4 0:0 1:0 1:1 1:2 1:3"
    " 2:0<integer (s) | value> 2:0<double, character (oav) | promise> 2:0<<?>>\n"
    "5 of 1 42000000\n"
    "3 of 5 -(0) - OSRLoop(1000)\n"
    "6 of 5 7000000\n"
    "8 of 1 2 400000001 0 1 2\n"
    "8 of 4 3 0 10c00000000 0 1\n"
    "9 of 1\n"
    "7 of 1 CallTarget 0#3 origin 4 trigger 2\n"
    "7 of 6 Typecheck 2#16777215 origin 6 trigger 0\n"
    "7 of 1 Unknown 0#8388608 origin 1 trigger 0\n"
    "10 of 1 1:3\n"
    "10 of 5 2:0<logical (s)>\n"
    "14 of 0 phase 2, with \"commas\"\n"
    "14 of 1 [event_of_the_future]\n";

static void test_every_way_in_which_r_saves_holds_the_same_recording(void **state)
{
    static const char *const files[] = {
        "rds/rir.rda",      "rds/save-ascii.rda",      "rds/save-binary3.rda", "rds/save-gzip.rda",
        "rds/reversed.rds", "rds/reversed-ascii3.rds", "rds/gzip3.rds",
    };
    int status = 0;
    char *text = NULL;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        text = read_fixture(files[i], &status);
        assert_int_equal(status, JITNEY_OK);
        assert_string_equal(text, whole);
        free(text);
    }
}

static void test_a_recording_among_other_objects_is_found(void **state)
{
    int status = 0;
    char *text = read_fixture("rds/workspace.rda", &status);

    assert_int_equal(status, JITNEY_OK);
    assert_non_null(strstr(text, "function 6 [<0x5580a1b2c3d0>]"));
    /* Its numbers are strings that R had not made yet. */
    assert_non_null(strstr(text, "\n5 of 1 42000000\n"));
    free(text);
}

static void test_data_without_a_recording_gives_nothing(void **state)
{
    int status = 0;
    char *text = read_fixture("rds/no-recording.rds", &status);

    assert_int_equal(status, JITNEY_OK);
    assert_string_equal(text, "");
    free(text);
}

static void test_the_visitor_can_stop(void **state)
{
    struct jt_diag diag = {0};
    struct seen seen = {.stop_after = 2};
    struct jt_rds *rds = NULL;
    char *path = test_fixture("rds/rir.rda");
    int status = 0;

    assert_int_equal(jt_rds_open(path, &diag, &rds), JITNEY_OK);
    free(read_rds(rds, &seen, &status));
    assert_int_equal(status, JITNEY_ERR_STOPPED);
    assert_int_equal(seen.events, 2);
    assert_int_equal(jt_rir_facts(seen.rir)->functions, 6);
    jt_rir_close(seen.rir);
    free(path);
}

static void test_a_file_is_known_by_its_beginning(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
        bool is_rds;
    } rows[] = {
        {"RDA2\nA\n2\n197889\n", 15, true},
        {"RDX2\nX\n\0\0\0\2\0\0", 13, true},
        {"RDX3\nX\n\0\0\0\3\0\0", 13, true},
        {"RDB2\nB\n\2\0\0\0\0\0", 13, true},
        {"A\n3\n262658\n", 11, true},
        {"X\n\0\0\0\2\0\0", 8, true},
        {"B\n\3\0\0\0\0\0", 8, true},
        {"RDX2\nX\n\0\0\0\4\0\0", 13, false},
        {"RDZ2\nX\n\0\0\0\2\0\0", 13, false},
        {"A\n4\n262658\n", 11, false},
        {"A\nB\nand text", 12, false},
        {"a;b;c 12\n", 9, false},
        {"RDA2\n", 5, false},
        {"", 0, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(jt_rds_probe(rows[i].bytes, rows[i].count), rows[i].is_rds);
    assert_string_equal(jt_rds_unread_compression("BZh91AY", 7), "bzip2");
    assert_string_equal(jt_rds_unread_compression("\xfd"
                                                  "7zXZ\0\0",
                                                  7),
                        "xz");
    assert_null(jt_rds_unread_compression("RDA2\nA\n", 7));
}

/* Read bytes, exactly as many, so that a sanitizer sees a read past them. */
static int read_bytes(const void *bytes, size_t count, struct seen *seen, struct jt_diag *diag)
{
    uint8_t *copy = jt_alloc(count, 1);
    struct jt_rds *rds = NULL;
    int status = 0;

    memcpy(copy, bytes, count);
    jt_rds_open_memory(copy, count, "made", diag, &rds);
    free(read_rds(rds, seen, &status));
    jt_rir_close(seen->rir);
    free(copy);
    return status;
}

static void test_a_file_cut_anywhere_gives_what_is_whole(void **state)
{
    size_t count = 0;
    char *path = test_fixture("rds/rir.rda");
    uint8_t *bytes = test_read_file(path, &count);
    uint64_t most = 0;

    for (size_t cut = 0; cut < count; cut += 13) {
        struct seen seen = {0};
        struct jt_diag diag = {0};
        int status = read_bytes(bytes, cut, &seen, &diag);

        assert_int_equal(status, seen.functions > 0 ? JITNEY_OK
                                 : cut < 7          ? status
                                                    : JITNEY_ERR_FORMAT);
        assert_true(seen.functions + seen.events >= most);
        assert_int_equal(diag.errors, 1);
        most = seen.functions + seen.events;
    }
    assert_int_equal(most, 6 + 15);
    free(bytes);
    free(path);
}

/* Head and a body of text. */
static int read_body(const char *body, struct seen *seen)
{
    char *text = jt_format(RIR_HEAD "%s", body);
    struct jt_diag diag = {0};
    int status = read_bytes(text, strlen(text), seen, &diag);

    if (status)
        assert_int_equal(diag.errors, 1);
    free(text);
    return status;
}

static void test_what_makes_no_sense_is_refused(void **state)
{
    static const char *const bodies[] = {
        "19\n-2\n",               /* a negative length */
        "19\n-1\n100000\n0\n",    /* 2^48 elements and more */
        "77\n",                   /* no such type */
        "511\n",                  /* a reference to nothing */
        "16\n1\n13\n",            /* a number among strings */
        "16\n1\n262153\n-5\n",    /* a string of a negative length */
        "13\n1\nabc\n",           /* no number */
        "24\n1\n1ff\n",           /* no byte */
        "99999999999999999999\n", /* no 32-bit number */
        "13\n2000000000\n1\n2\n", /* more elements than there are bytes */
        "16\n2000000000\n",
        "24\n2000000000\n00\n",
        "249\n5\n",
        "8\n-3\n",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct seen seen = {0};

        assert_int_equal(read_body(bodies[i], &seen), JITNEY_ERR_FORMAT);
    }
}

static void test_depth_and_memory_are_limited(void **state)
{
    struct jt_buf body = JT_BUF_INIT(64 << 20);
    struct seen seen = {0};

    for (int i = 0; i < 100000; i++)
        jt_buf_append_text(&body, "19\n1\n");
    jt_buf_append_zeros(&body, 1);
    assert_int_equal(read_body((const char *)body.bytes, &seen), JITNEY_ERR_LIMIT);
    jt_buf_clear(&body);
    jt_buf_append_text(&body, "19\n2000000000\n");
    for (int i = 0; i < 3000000; i++) /* lists that nobody takes */
        jt_buf_append_text(&body, "19\n0\n");
    jt_buf_append_zeros(&body, 1);
    assert_int_equal(read_body((const char *)body.bytes, &seen), JITNEY_ERR_LIMIT);
    jt_buf_release(&body);
}

/* A list of one event with one field more. */
#define ATTRIBUTES                                                                                 \
    "1026\n1\n262153\n5\nnames\n16\n2\n262153\n6\nfunIdx\n262153\n4\nname\n"                       \
    "1026\n1\n262153\n5\nclass\n16\n1\n262153\n12\nevent_custom\n254\n"
#define INDEX "16\n1\n262153\n1\n0\n"

struct text_seen {
    char text[64];
    size_t bytes;
};

static int see_note(void *context, const struct jitney_event *event)
{
    struct text_seen *seen = context;

    assert_int_equal(event->type, JITNEY_NOTE);
    snprintf(seen->text, sizeof(seen->text), "%s", event->note->text);
    seen->bytes = strlen(event->note->text);
    return JITNEY_OK;
}

static void read_note(const char *string, struct text_seen *seen)
{
    const struct jitney_recording_visitor visitor = {sizeof(visitor), see_note, seen};
    char *text = jt_format(RIR_HEAD "19\n1\n787\n2\n" INDEX "16\n1\n%s" ATTRIBUTES, string);
    struct jt_diag diag = {0};
    struct jt_rds *rds = NULL;
    struct jt_rir *rir = NULL;

    jt_rds_open_memory(text, strlen(text), "made", &diag, &rds);
    jt_rir_open(rds, &rir);
    assert_int_equal(jt_rir_read(rir, &visitor), JITNEY_OK);
    jt_rir_close(rir);
    free(text);
}

static void test_strings_are_unescaped_and_made_utf8(void **state)
{
    static const struct {
        const char *string; /* flags, length and text */
        const char *text;
    } rows[] = {
        {"262153\n5\na\\040b\\n\\\\\n", "a b\n\\"},
        {"262153\n4\n\\t\\v\\\"\\'\n", "\t\v\"'"},
        {"262153\n3\n\\?\\a\\f\n", "?\a\f"},
        {"262153\n3\n\\1x\\r\n", "\001x\r"},
        {"32777\n2\n\\303\\251\n", "\xc3\xa9"},
        {"16393\n1\n\\351\n", "\xc3\xa9"}, /* Latin-1 */
        {"8201\n1\n\\351\n", "\xe9"},      /* bytes */
        {"262153\n0\n\n", ""},
        {"9\n-1\n", ""}, /* NA */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text_seen seen = {0};

        read_note(rows[i].string, &seen);
        assert_string_equal(seen.text, rows[i].text);
    }
}

static void test_a_long_string_is_kept_in_part(void **state)
{
    struct jt_buf string = JT_BUF_INIT(1 << 20);
    struct text_seen seen = {0};

    jt_buf_append_text(&string, "262153\n200000\n");
    for (int i = 0; i < 200000; i++)
        jt_buf_append_text(&string, "x");
    jt_buf_append_text(&string, "\n");
    jt_buf_append_zeros(&string, 1);
    read_note((const char *)string.bytes, &seen);
    assert_int_equal(seen.bytes, JT_RDS_TEXT_KEPT);
    jt_buf_release(&string);
}

static void test_contexts_print_as_their_engine_prints_them(void **state)
{
    static const struct {
        uint64_t context;
        const char *text;
    } rows[] = {
        {0, "<empty Context>"},
        {UINT64_C(0xf00000000), "!ExpMi,CorrOrd,!TMany,Argmatch"},
        {1, ";Eager0"},
        {UINT64_C(1) << 29, ";SimpleReal5"},
        {UINT64_C(0x20300001041), "!ExpMi,CorrOrd;Eager0,NonRefl0,!Obj0 miss: 2"},
        {UINT64_C(0x30000000000), " miss: 3"},
    };
    struct jt_buf text = JT_BUF_INIT(4096);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        jt_buf_clear(&text);
        jt_rir_context_append(&text, rows[i].context);
        jt_buf_append_zeros(&text, 1);
        assert_string_equal((const char *)text.bytes, rows[i].text);
    }
    jt_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_way_in_which_r_saves_holds_the_same_recording),
        cmocka_unit_test(test_a_recording_among_other_objects_is_found),
        cmocka_unit_test(test_data_without_a_recording_gives_nothing),
        cmocka_unit_test(test_the_visitor_can_stop),
        cmocka_unit_test(test_a_file_is_known_by_its_beginning),
        cmocka_unit_test(test_a_file_cut_anywhere_gives_what_is_whole),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
        cmocka_unit_test(test_depth_and_memory_are_limited),
        cmocka_unit_test(test_strings_are_unescaped_and_made_utf8),
        cmocka_unit_test(test_a_long_string_is_kept_in_part),
        cmocka_unit_test(test_contexts_print_as_their_engine_prints_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
