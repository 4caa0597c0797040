/* What jitney_find() says about an address of living code. */
#include "codes.h"
#include "jitney/status.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { AT = 0x4000, BYTES = 100 };

/* area() inlines square(), which inlines times(); helper() is inlined twice. */
static const struct jitney_inlined inlined[] = {
    {.name = "square",
     .file = "math.toy",
     .caller = 0,
     .call_line = 12,
     .call_column = 5,
     .function = 31},
    {.name = "times", .caller = 1, .call_line = 40, .function = 32},
    {.name = "helper", .caller = 0, .call_line = 13},
};
static const struct jitney_line lines[] = {
    {.offset = 60, .line = 0},
    {.offset = 10, .line = 11, .column = 3},
    {.offset = 40, .line = 14, .file = "included.toy"},
    {.offset = 20, .line = 40, .column = 9, .inlined = 1},
    {.offset = 30, .line = 1, .inlined = 2, .file = "times.toy"},
    {.offset = 30, .line = 2, .inlined = 2, .file = "times.toy"}, /* the last one counts */
    {.offset = 50, .line = 77, .inlined = 3},
};

struct fixture {
    struct test_heap heap;
    struct jt_codemap *map;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    test_heap_init(&fixture.heap);
    *state = &fixture;
    return jt_codemap_open(&fixture.heap.heap, &fixture.map);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    jt_codemap_close(fixture->map);
    return fixture->heap.live_bytes > 0;
}

static int add(struct fixture *fixture, const struct jt_code *what)
{
    const struct jt_code *code = NULL;

    return jt_codemap_add(fixture->map, what, NULL, &code);
}

static struct jt_code area(void)
{
    struct jt_code what = test_code(AT, BYTES, "area");

    what.number = 5;
    what.load.kind = JITNEY_CODE_STUB;
    what.load.function = 30;
    what.load.column = 2;
    what.load.lines = lines;
    what.load.line_count = sizeof(lines) / sizeof(lines[0]);
    what.load.inlined = inlined;
    what.load.inlined_count = sizeof(inlined) / sizeof(inlined[0]);
    return what;
}

struct frame {
    const char *name;
    const char *file;
    uint32_t line, column, function, is_inlined;
};

static void check_frame(const struct jitney_found *found, const struct frame *frame)
{
    assert_int_equal(found->size, sizeof(*found));
    assert_int_equal(found->address, AT);
    assert_int_equal(found->bytes, BYTES);
    assert_int_equal(found->code, 5);
    assert_int_equal(found->kind, JITNEY_CODE_STUB);
    assert_int_equal(found->tier, JITNEY_TIER_OPTIMIZED);
    assert_string_equal(found->name, frame->name);
    assert_string_equal(found->file, frame->file);
    assert_int_equal(found->line, frame->line);
    assert_int_equal(found->column, frame->column);
    assert_int_equal(found->function, frame->function);
    assert_int_equal(found->is_inlined, frame->is_inlined);
}

static void test_each_address_has_its_line_and_the_functions_inlined_there(void **state)
{
    static const struct {
        unsigned offset;
        unsigned frames;
        struct frame frame[3];
    } cases[] = {
        {0, 1, {{"area", "shapes.toy", 7, 2, 30, 0}}}, /* before the first row */
        {9, 1, {{"area", "shapes.toy", 7, 2, 30, 0}}},
        {10, 1, {{"area", "shapes.toy", 11, 3, 30, 0}}},
        {29, 2, {{"square", "math.toy", 40, 9, 31, 1}, {"area", "shapes.toy", 12, 5, 30, 0}}},
        {30,
         3,
         {{"times", "times.toy", 2, 0, 32, 1},
          {"square", "math.toy", 40, 0, 31, 1},
          {"area", "shapes.toy", 12, 5, 30, 0}}},
        {49, 1, {{"area", "included.toy", 14, 0, 30, 0}}},
        {50, 2, {{"helper", "shapes.toy", 77, 0, 0, 1}, {"area", "shapes.toy", 13, 0, 30, 0}}},
        {60, 1, {{"area", "shapes.toy", 0, 0, 30, 0}}}, /* a row that says: no line */
        {99, 1, {{"area", "shapes.toy", 0, 0, 30, 0}}},
    };
    struct jt_code what = area();

    assert_int_equal(add(*state, &what), JITNEY_OK);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jitney_found found[5] = {{.size = sizeof(found[0])}};
        unsigned frames = cases[i].frames;
        uint64_t pc = AT + cases[i].offset;

        assert_int_equal(jitney_find_frames(pc, found, 5), frames);
        for (unsigned j = 0; j < frames; j++)
            check_frame(&found[j], &cases[i].frame[j]);
        assert_int_equal(found[frames].size, 0);
        assert_int_equal(jitney_find(pc, &found[0]), JITNEY_OK);
        check_frame(&found[0], &cases[i].frame[frames - 1]);
        assert_int_equal(jitney_find_frames(pc, found, 1), 1); /* the innermost */
        check_frame(&found[0], &cases[i].frame[0]);
    }
}

static void test_nothing_of_the_load_needs_to_outlive_it(void **state)
{
    struct fixture *fixture = *state;
    struct jitney_line row = {.offset = 0, .line = 3, .inlined = 1};
    char name[] = "loop", file[] = "a.toy", row_file[] = "b.toy", tier[] = "turbo";
    char unwind[] = {1, 2, 3}, inner[] = "inner";
    struct jitney_inlined one = {.name = inner};
    struct jt_code what = test_code(AT, BYTES, name);
    struct jitney_found found[2] = {{.size = sizeof(found[0])}};
    const struct jt_code *code = NULL;

    row.file = row_file;
    what.load.name_bytes = 3;
    what.load.file = file;
    what.load.tier_name = tier;
    what.load.lines = &row;
    what.load.inlined = &one;
    what.load.line_count = what.load.inlined_count = 1;
    what.load.unwind = unwind;
    what.load.unwind_bytes = sizeof(unwind);
    what.load.code = unwind;
    assert_int_equal(jt_codemap_add(fixture->map, &what, NULL, &code), JITNEY_OK);
    memset(name, 'x', 4), memset(file, 'x', 5), memset(row_file, 'x', 5), memset(tier, 'x', 5);
    memset(inner, 'x', 5), memset(&row, 0, sizeof(row)), memset(&one, 0, sizeof(one));
    assert_int_equal(jitney_find_frames(AT, found, 2), 2);
    assert_string_equal(found[0].name, "inner");
    assert_string_equal(found[0].file, "b.toy");
    assert_string_equal(found[1].name, "loo");
    assert_string_equal(found[1].file, "a.toy");
    assert_string_equal(code->load.tier_name, "turbo");
    assert_null(code->load.code);
    /* What is relative to where the bytes lay stays so, also after a move. */
    assert_int_equal(code->load.unwind_address, (uintptr_t)unwind);
    memset(unwind, 0, sizeof(unwind));
    assert_int_equal(jt_codemap_move(fixture->map, AT, 2 * AT, NULL, &code), JITNEY_OK);
    assert_memory_equal(code->load.unwind, ((char[]){1, 2, 3}), 3);
    assert_int_equal(jitney_find_frames(2 * AT, found, 2), 2);
    assert_string_equal(found[0].name, "inner");
}

static void test_long_names_are_cut_between_characters(void **state)
{
    static const struct {
        size_t fill;      /* letters before … */
        const char *tail; /* … this */
        size_t kept;      /* bytes */
    } cases[] = {
        {255, "", 255},
        {256, "", 255},
        {253, "\xc3\xa9", 255},
        {254, "\xc3\xa9", 254},
        {252, "\xe2\x82\xac", 255},
        {253, "\xe2\x82\xac", 253},
        {254, "\xe2\x82\xac", 254},
        {252, "\xf0\x9f\x9a\x8d", 252},
        {254, "\xf0\x9f\x9a\x8d", 254},
        {250, "\x80\x80\x80\x80\x80\x80\x80\x80", 255},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jitney_found found = {.size = sizeof(found)};
        char text[300];
        struct jt_code what = test_code(AT, BYTES, text);

        memset(text, 'a', cases[i].fill);
        strcpy(text + cases[i].fill, cases[i].tail);
        what.load.file = text;
        assert_int_equal(add(*state, &what), JITNEY_OK);
        assert_int_equal(jitney_find(AT, &found), JITNEY_OK);
        assert_int_equal(strlen(found.name), cases[i].kept);
        assert_memory_equal(found.name, text, cases[i].kept);
        assert_string_equal(found.file, found.name);
    }
}

static void test_tables_that_make_no_sense_are_refused(void **state)
{
    struct jitney_inlined loop[] = {{.name = "a", .caller = 2}, {.name = "b", .caller = 1}};
    struct jitney_inlined self = {.name = "a", .caller = 1};
    struct jitney_line row = {.inlined = 1};
    struct jt_code cases[] = {area(), area(), area(), area(), area(), area()};

    cases[0].load.inlined = loop;
    cases[0].load.inlined_count = 2;
    cases[1].load.inlined = &self;
    cases[1].load.inlined_count = 1;
    cases[2].load.lines = &row;
    cases[2].load.line_count = 1;
    cases[2].load.inlined_count = 0;
    cases[3].load.lines = NULL;
    cases[4].load.inlined = NULL;
    cases[5].load.tier = 1000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(add(*state, &cases[i]), JITNEY_ERR_ARGUMENT);
    assert_int_equal(test_number_at(AT), 0);
}

/* What an older or newer caller's struct has room for is written, and no byte more. */
static void test_only_what_the_size_covers_is_written(void **state)
{
    struct jt_code what = area();
    union {
        struct jitney_found found;
        unsigned char bytes[4 * sizeof(struct jitney_found)];
    } room;
    const size_t whole = sizeof(struct jitney_found);
    const size_t sizes[] = {offsetof(struct jitney_found, bytes),
                            offsetof(struct jitney_found, name), whole, whole + 64};

    assert_int_equal(add(*state, &what), JITNEY_OK);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(&room, 0xee, sizeof(room));
        room.found.size = sizes[i];
        assert_int_equal(jitney_find_frames(AT + 20, &room.found, 2), 2);
        assert_int_equal(room.found.size, sizes[i]);
        assert_int_equal(room.found.address, AT);
        assert_int_equal(((struct jitney_found *)(room.bytes + sizes[i]))->address, AT);
        if (sizes[i] > offsetof(struct jitney_found, line))
            assert_int_equal(room.found.line, 40);
        for (size_t j = whole; j < sizes[i]; j++)
            assert_int_equal(room.bytes[j], 0);
        for (size_t j = 2 * sizes[i]; j < sizeof(room); j++)
            assert_int_equal(room.bytes[j], 0xee);
    }
}

static void test_wrong_arguments_are_refused(void **state)
{
    struct jitney_found found = {.size = sizeof(found)};
    struct jt_code what = area();

    assert_int_equal(add(*state, &what), JITNEY_OK);
    assert_int_equal(jitney_find(AT, NULL), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_find(AT - 1, &found), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jitney_find(AT + BYTES, &found), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jitney_find_frames(AT, &found, 0), 0);
    assert_int_equal(jitney_find_frames(AT, &found, -1), 0);
    assert_int_equal(jitney_find_frames(AT, NULL, 3), 0);
    found.size = 0;
    assert_int_equal(jitney_find(AT, &found), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jitney_find_frames(AT, &found, 1), 0);
    found.size = (size_t)1 << 40;
    assert_int_equal(jitney_find(AT, &found), JITNEY_ERR_ARGUMENT);
}

static void test_any_table_in_any_order_finds_the_last_row_before(void **state)
{
    enum { ROWS = 700 };
    static struct jitney_line rows[ROWS];
    uint64_t seed = 5;

    for (uint32_t count = 1; count < ROWS; count += count / 3 + 1) {
        struct jt_code what = test_code(AT, 1000, "code");

        for (uint32_t i = 0; i < count; i++)
            rows[i] = (struct jitney_line){.offset = test_random(&seed) % 900 + 1, .line = i + 1};
        what.load.lines = rows;
        what.load.line_count = count;
        assert_int_equal(add(*state, &what), JITNEY_OK);
        for (uint32_t offset = 0; offset < 1000; offset++) {
            struct jitney_found found = {.size = sizeof(found)};
            uint32_t best = 0;
            uint32_t line = what.load.line;

            for (uint32_t i = 0; i < count; i++) {
                if (rows[i].offset > offset || rows[i].offset < best)
                    continue;
                best = rows[i].offset;
                line = rows[i].line;
            }
            assert_int_equal(jitney_find(AT + offset, &found), JITNEY_OK);
            assert_int_equal(found.line, line);
        }
    }
}

/* What lookups read has little room for numbers: those that do not fit are found, too. */
static void test_facts_of_any_size_are_found_as_they_are(void **state)
{
    static const struct {
        uint64_t number;
        uint32_t kind, tier, function, line, column;
    } cases[] = {
        {1, 1, 1, 1, 1, 1},
        {UINT32_MAX, 15, 15, UINT32_MAX, UINT16_MAX, UINT16_MAX},
        {UINT64_C(1) << 32, 1, 1, 1, 1, 1},
        {1, 16, 1, 1, 1, 1},
        {1, 255, 255, 1, 1, 1},
        {1, 1, 1, 1, UINT16_MAX + 1, 1},
        {1, 1, 1, 1, 1, UINT32_MAX},
        {UINT64_MAX, 255, 255, UINT32_MAX, UINT32_MAX, UINT32_MAX},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jitney_found found = {.size = sizeof(found)};
        struct jt_code what = test_code(AT, BYTES, "area");

        what.number = cases[i].number;
        what.load.kind = cases[i].kind;
        what.load.tier = cases[i].tier;
        what.load.function = cases[i].function;
        what.load.line = cases[i].line;
        what.load.column = cases[i].column;
        assert_int_equal(add(*state, &what), JITNEY_OK);
        assert_int_equal(jitney_find(AT, &found), JITNEY_OK);
        assert_int_equal(found.code, cases[i].number);
        assert_int_equal(found.kind, cases[i].kind);
        assert_int_equal(found.tier, cases[i].tier);
        assert_int_equal(found.function, cases[i].function);
        assert_int_equal(found.line, cases[i].line);
        assert_int_equal(found.column, cases[i].column);
        assert_string_equal(found.file, "shapes.toy");
    }
}

/* Rows near each other and far apart, in offset, line and column, with and without more. */
static void test_rows_of_any_distance_are_found_as_they_are(void **state)
{
    enum { ROWS = 40, TABLES = 400, LOOKUPS = 60 };
    static const uint32_t far[] = {1, 20, 300, 70000};
    struct jitney_line rows[ROWS];
    uint64_t seed = 11;

    for (unsigned table = 0; table < TABLES; table++) {
        struct jt_code what = test_code(AT, 1 << 20, "code");
        uint32_t count = (uint32_t)(test_random(&seed) % ROWS);
        uint32_t offset = 0;

        for (uint32_t i = 0; i < count; i++) {
            offset += (uint32_t)(test_random(&seed) % far[test_random(&seed) % (1 + table % 4)]);
            rows[i] = (struct jitney_line){
                .offset = offset,
                .line = 500 + (uint32_t)(test_random(&seed) % far[table / 4 % 4]),
                .column = (uint32_t)(test_random(&seed) % far[table / 16 % 4]),
                .file = table % 7 == 0 && test_random(&seed) % 4 == 0 ? "row.toy" : NULL};
        }
        what.load.lines = rows;
        what.load.line_count = count;
        assert_int_equal(add(*state, &what), JITNEY_OK);
        for (unsigned i = 0; i < LOOKUPS; i++) {
            struct jitney_found found = {.size = sizeof(found)};
            uint32_t at = (uint32_t)(test_random(&seed) % (offset + 50));
            struct jitney_line best = {.line = what.load.line};

            for (uint32_t j = 0; j < count && rows[j].offset <= at; j++)
                best = rows[j];
            assert_int_equal(jitney_find(AT + at, &found), JITNEY_OK);
            assert_int_equal(found.line, best.line);
            assert_int_equal(found.column, best.column);
            assert_string_equal(found.file, best.file ? best.file : "shapes.toy");
        }
    }
}

/* More names of files than have a number, and then the same ones again. */
static void test_any_number_of_files_is_told_apart(void **state)
{
    enum { FILES = 66000, KEPT = 100 };

    for (unsigned i = 0; i < FILES + 300; i++) {
        struct jt_code what = test_code((uint64_t)(i % FILES + 1) * 16, 16, "code");
        char file[300];
        char again[KEPT];
        struct jitney_found found = {.size = sizeof(found)};

        memset(file, 'f', sizeof(file));
        sprintf(file + (i % 3 == 0 ? 240 : 10), "%u", i % FILES);
        sprintf(again, "%u", i % FILES);
        what.load.file = file;
        assert_int_equal(add(*state, &what), JITNEY_OK);
        assert_int_equal(jitney_find(what.load.address, &found), JITNEY_OK);
        assert_string_equal(found.file, file);
        assert_string_equal(found.file + (i % 3 == 0 ? 240 : 10), again);
    }
}

static void test_the_session_opened_last_is_asked_first(void **state)
{
    struct fixture *fixture = *state;
    struct jt_codemap *other = NULL;

    assert_int_equal(test_add(fixture->map, AT, 64, 1), JITNEY_OK);
    assert_int_equal(jt_codemap_open(&fixture->heap.heap, &other), JITNEY_OK);
    assert_int_equal(test_number_at(AT), 1);
    assert_int_equal(test_add(other, AT, 32, 2), JITNEY_OK);
    assert_int_equal(test_number_at(AT), 2);
    assert_int_equal(test_number_at(AT + 32), 1);
    jt_codemap_close(other);
    assert_int_equal(test_number_at(AT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_each_address_has_its_line_and_the_functions_inlined_there),
        TEST(test_nothing_of_the_load_needs_to_outlive_it),
        TEST(test_long_names_are_cut_between_characters),
        TEST(test_tables_that_make_no_sense_are_refused),
        TEST(test_only_what_the_size_covers_is_written),
        TEST(test_wrong_arguments_are_refused),
        TEST(test_any_table_in_any_order_finds_the_last_row_before),
        TEST(test_facts_of_any_size_are_found_as_they_are),
        TEST(test_rows_of_any_distance_are_found_as_they_are),
        TEST(test_any_number_of_files_is_told_apart),
        TEST(test_the_session_opened_last_is_asked_first),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
