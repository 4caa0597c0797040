/* The DWARF writer, read back by libdw. */
#include "format/dwarf_writer.h"

#include "format/elf_writer.h"
#include "jitney/status.h"
#include "support/failing_heap.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 1 << 24, CODE_AT = 0x10000000, CODE_BYTES = 100 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct jitney_code_load load_of(const char *name)
{
    return (struct jitney_code_load){
        .size = sizeof(struct jitney_code_load),
        .address = CODE_AT,
        .bytes = CODE_BYTES,
        .name = name,
        .file = "/toys/a.toy",
        .line = 7,
        .column = 3,
    };
}

/* Units in an object as libdw takes it. */
struct object {
    struct jt_buf elf;
    struct jt_buf info;
    struct jt_buf lines;
    Dwarf *dwarf;
    Elf *handle;
};

static void add_unit(struct object *object, const struct jitney_code_load *load)
{
    size_t unit = object->info.length;
    uint32_t lines_at = (uint32_t)object->lines.length;

    jt_dwarf_describe(load, &object->info, &object->lines);
    assert_int_equal(jt_buf_status(&object->info), JITNEY_OK);
    assert_int_equal(jt_buf_status(&object->lines), JITNEY_OK);
    jt_dwarf_place_unit(object->info.bytes + unit, lines_at);
}

static void open_object(struct object *object)
{
    const struct jt_elf_section abbreviations = {.name = ".debug_abbrev", .type = SHT_PROGBITS};
    const struct jt_elf_section info = {.name = ".debug_info", .type = SHT_PROGBITS};
    const struct jt_elf_section lines = {.name = ".debug_line", .type = SHT_PROGBITS};
    struct jt_elf_writer writer;

    jt_elf_begin(&writer, &object->elf, EM_X86_64, ET_EXEC, 3);
    jt_elf_section(&writer, &abbreviations);
    jt_dwarf_abbreviations(&object->elf);
    jt_elf_section(&writer, &info);
    jt_buf_append(&object->elf, object->info.bytes, object->info.length);
    jt_elf_section(&writer, &lines);
    jt_buf_append(&object->elf, object->lines.bytes, object->lines.length);
    jt_elf_end(&writer);
    elf_version(EV_CURRENT);
    object->handle = elf_memory((char *)object->elf.bytes, object->elf.length);
    object->dwarf = dwarf_begin_elf(object->handle, DWARF_C_READ, NULL);
    assert_non_null(object->dwarf);
}

static void open_with(struct object *object, const struct jitney_code_load *load)
{
    *object = (struct object){
        .elf = JT_BUF_INIT(LIMIT), .info = JT_BUF_INIT(LIMIT), .lines = JT_BUF_INIT(LIMIT)};
    add_unit(object, load);
    open_object(object);
}

static void close_object(struct object *object)
{
    dwarf_end(object->dwarf);
    elf_end(object->handle);
    jt_buf_release(&object->elf);
    jt_buf_release(&object->info);
    jt_buf_release(&object->lines);
}

/* The only unit, or the one before the end. */
static Dwarf_Die last_unit(const struct object *object)
{
    Dwarf_Off at = 0;
    Dwarf_Off next = 0;
    Dwarf_Off die_at = 0;
    Dwarf_Die die = {0};
    size_t header = 0;

    for (; dwarf_nextcu(object->dwarf, at, &next, &header, NULL, NULL, NULL) == 0; at = next)
        die_at = at + header;
    assert_non_null(dwarf_offdie(object->dwarf, die_at, &die));
    return die;
}

static Dwarf_Die function_of(Dwarf_Die unit)
{
    Dwarf_Die die;
    int status = dwarf_child(&unit, &die);

    for (; status == 0; status = dwarf_siblingof(&die, &die))
        if (dwarf_tag(&die) == DW_TAG_subprogram && dwarf_hasattr(&die, DW_AT_low_pc))
            return die;
    fail_msg("no function");
    return die;
}

/* "line:column file" of an address. */
static const char *place_of(Dwarf_Die *unit, uint64_t address)
{
    static char text[4200];
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    int row = 0;
    int column = 0;

    if (!line)
        return "nowhere";
    dwarf_lineno(line, &row);
    dwarf_linecol(line, &column);
    snprintf(text, sizeof(text), "%d:%d %s", row, column, dwarf_linesrc(line, NULL, NULL));
    return text;
}

static void test_a_function_has_name_place_and_bytes(void **state)
{
    const struct jitney_code_load load = load_of("area");
    struct object object;
    Dwarf_Die unit;
    Dwarf_Die function;
    Dwarf_Addr low = 0;
    Dwarf_Addr high = 0;
    int line = 0;

    open_with(&object, &load);
    unit = last_unit(&object);
    function = function_of(unit);
    assert_string_equal(dwarf_diename(&unit), "/toys/a.toy");
    assert_string_equal(dwarf_diename(&function), "area");
    assert_int_equal(dwarf_lowpc(&function, &low), 0);
    assert_int_equal(dwarf_highpc(&function, &high), 0);
    assert_int_equal(low, CODE_AT);
    assert_int_equal(high, CODE_AT + CODE_BYTES);
    assert_int_equal(dwarf_decl_line(&function, &line), 0);
    assert_int_equal(line, 7);
    assert_string_equal(dwarf_decl_file(&function), "/toys/a.toy");
    close_object(&object);
}

static void test_without_rows_all_code_is_on_the_functions_line(void **state)
{
    const struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;

    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(place_of(&unit, CODE_AT), "7:3 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + CODE_BYTES - 1), "7:3 /toys/a.toy");
    close_object(&object);
}

static void test_without_a_file_there_are_no_lines(void **state)
{
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;
    Dwarf_Die function;

    load.file = NULL;
    open_with(&object, &load);
    assert_int_equal(object.lines.length, 0);
    unit = last_unit(&object);
    function = function_of(unit);
    assert_string_equal(dwarf_diename(&function), "f");
    assert_false(dwarf_hasattr(&unit, DW_AT_stmt_list));
    close_object(&object);
}

static void test_rows_hold_from_their_offset_to_the_next(void **state)
{
    static const struct jitney_line lines[] = {
        {.offset = 4, .line = 1000, .column = 2},
        {.offset = 10, .line = 9, .column = 300, .file = "/toys/b.toy"},
        {.offset = 90, .line = 0},
    };
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;

    load.lines = lines;
    load.line_count = COUNT(lines);
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(place_of(&unit, CODE_AT), "7:3 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 3), "7:3 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 4), "1000:2 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 9), "1000:2 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 10), "9:300 /toys/b.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 89), "9:300 /toys/b.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 90), "0:0 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + CODE_BYTES), "nowhere");
    close_object(&object);
}

static void test_rows_that_are_not_sorted_are_sorted(void **state)
{
    static const struct jitney_line lines[] = {
        {.offset = 50, .line = 50}, {.offset = 0, .line = 1}, {.offset = 20, .line = 20}};
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;

    load.lines = lines;
    load.line_count = COUNT(lines);
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(place_of(&unit, CODE_AT + 19), "1:0 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 20), "20:0 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 50), "50:0 /toys/a.toy");
    close_object(&object);
}

static void test_rows_without_bytes_or_outside_the_code_are_left_out(void **state)
{
    static const struct jitney_line lines[] = {
        {.offset = 0, .line = 1},          {.offset = 5, .line = 2},
        {.offset = 5, .line = 3},          {.offset = CODE_BYTES, .line = 4},
        {.offset = UINT32_MAX, .line = 5},
    };
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;
    Dwarf_Lines *rows = NULL;
    size_t count = 0;

    load.lines = lines;
    load.line_count = COUNT(lines);
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_int_equal(dwarf_getsrclines(&unit, &rows, &count), 0);
    assert_int_equal(count, 3); /* lines 1 and 3, and the end */
    assert_string_equal(place_of(&unit, CODE_AT + 5), "3:0 /toys/a.toy");
    assert_string_equal(place_of(&unit, CODE_AT + CODE_BYTES - 1), "3:0 /toys/a.toy");
    close_object(&object);
}

/* The child of `die` that holds an address. */
static bool descend(Dwarf_Die *die, uint64_t address)
{
    Dwarf_Die child;

    for (int status = dwarf_child(die, &child); status == 0;
         status = dwarf_siblingof(&child, &child))
        if (dwarf_haspc(&child, address) == 1) {
            *die = child;
            return true;
        }
    return false;
}

/* Names of the functions at an address, outermost first. */
static const char *functions_at(const Dwarf_Die *unit, uint64_t address)
{
    static char text[1024];
    Dwarf_Die die = *unit;

    text[0] = '\0';
    while (descend(&die, address))
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", text[0] ? " " : "",
                 dwarf_diename(&die));
    return text;
}

static void test_inlined_functions_nest(void **state)
{
    static const struct jitney_inlined inlined[] = {
        {.name = "square", .file = "/toys/maths.toy", .call_line = 8, .call_column = 4},
        {.name = "multiply", .caller = 1, .call_line = 71},
    };
    static const struct jitney_line lines[] = {
        {.offset = 0, .line = 7},
        {.offset = 10, .line = 70, .inlined = 1},
        {.offset = 20, .line = 80, .inlined = 2},
        {.offset = 30, .line = 72, .inlined = 1},
        {.offset = 40, .line = 9},
        {.offset = 50, .line = 80, .inlined = 2},
    };
    struct jitney_code_load load = load_of("area");
    struct object object;
    Dwarf_Die unit;

    load.lines = lines;
    load.line_count = COUNT(lines);
    load.inlined = inlined;
    load.inlined_count = COUNT(inlined);
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(functions_at(&unit, CODE_AT + 5), "area");
    assert_string_equal(functions_at(&unit, CODE_AT + 15), "area square");
    assert_string_equal(functions_at(&unit, CODE_AT + 25), "area square multiply");
    assert_string_equal(functions_at(&unit, CODE_AT + 35), "area square");
    assert_string_equal(functions_at(&unit, CODE_AT + 45), "area");
    assert_string_equal(functions_at(&unit, CODE_AT + CODE_BYTES - 1), "area square multiply");
    assert_string_equal(place_of(&unit, CODE_AT + 15), "70:0 /toys/maths.toy");
    assert_string_equal(place_of(&unit, CODE_AT + 25), "80:0 /toys/a.toy");
    close_object(&object);
}

static void test_the_call_of_an_inlined_function_has_a_place(void **state)
{
    static const struct jitney_inlined inlined[] = {
        {.name = "square", .file = "/toys/maths.toy", .call_line = 8, .call_column = 4}};
    static const struct jitney_line lines[] = {{.offset = 0, .line = 70, .inlined = 1}};
    struct jitney_code_load load = load_of("area");
    struct object object;
    Dwarf_Die unit;
    Dwarf_Die die;
    Dwarf_Die call;
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;

    load.lines = lines;
    load.line_count = COUNT(lines);
    load.inlined = inlined;
    load.inlined_count = COUNT(inlined);
    open_with(&object, &load);
    unit = last_unit(&object);
    die = function_of(unit);
    assert_int_equal(dwarf_child(&die, &call), 0);
    assert_int_equal(dwarf_tag(&call), DW_TAG_inlined_subroutine);
    assert_int_equal(dwarf_formudata(dwarf_attr(&call, DW_AT_call_line, &attribute), &value), 0);
    assert_int_equal(value, 8);
    assert_int_equal(dwarf_formudata(dwarf_attr(&call, DW_AT_call_column, &attribute), &value), 0);
    assert_int_equal(value, 4);
    assert_int_equal(dwarf_formudata(dwarf_attr(&call, DW_AT_call_file, &attribute), &value), 0);
    assert_int_equal(value, 1);
    close_object(&object);
}

/* Callers that make no sense, chains without end in sight, rows of functions that are not there. */
static void test_inlining_that_makes_no_sense_is_harmless(void **state)
{
    enum { DEEP = 1000 };
    struct jitney_inlined *inlined = calloc(DEEP, sizeof(*inlined));
    struct jitney_line lines[] = {{.offset = 0, .line = 1, .inlined = DEEP},
                                  {.offset = 10, .line = 2, .inlined = DEEP + 1},
                                  {.offset = 20, .line = 3, .inlined = 1},
                                  {.offset = 30, .line = UINT32_MAX, .inlined = DEEP}};
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;

    for (uint32_t i = 0; i < DEEP; i++)
        inlined[i] = (struct jitney_inlined){.name = i % 2 ? "g" : NULL, .caller = i};
    inlined[0].caller = 77; /* a circle */
    load.lines = lines;
    load.line_count = COUNT(lines);
    load.inlined = inlined;
    load.inlined_count = DEEP;
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(functions_at(&unit, CODE_AT + 15), "f");
    assert_string_equal(functions_at(&unit, CODE_AT + 25), "f ?");
    assert_string_equal(place_of(&unit, CODE_AT + 35), "0:0 /toys/a.toy");
    close_object(&object);
    free(inlined);
}

static void test_names_cannot_forge_lines(void **state)
{
    struct jitney_code_load load = load_of("two\nlines\x1b[31m");
    struct object object;
    Dwarf_Die function;

    open_with(&object, &load);
    function = function_of(last_unit(&object));
    assert_string_equal(dwarf_diename(&function), "two?lines?[31m");
    close_object(&object);
}

static void test_more_files_than_there_is_room_for_lose_their_lines(void **state)
{
    enum { FILES = 600 };
    static char names[FILES][16];
    static struct jitney_line lines[FILES];
    struct jitney_code_load load = load_of("f");
    struct object object;
    Dwarf_Die unit;

    for (uint32_t i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof(names[i]), "/f%u", i);
        lines[i] = (struct jitney_line){.offset = i, .line = i + 1, .file = names[i]};
    }
    load.bytes = FILES;
    load.lines = lines;
    load.line_count = FILES;
    open_with(&object, &load);
    unit = last_unit(&object);
    assert_string_equal(place_of(&unit, CODE_AT + 100), "101:0 /f100");
    assert_string_equal(place_of(&unit, CODE_AT + FILES - 1), "0:0 /toys/a.toy");
    close_object(&object);
}

static void test_units_stand_for_themselves(void **state)
{
    const struct jitney_code_load first = load_of("first");
    struct jitney_code_load second = load_of("second");
    struct object object = {
        .elf = JT_BUF_INIT(LIMIT), .info = JT_BUF_INIT(LIMIT), .lines = JT_BUF_INIT(LIMIT)};
    Dwarf_Die unit;
    Dwarf_Die function;

    second.address += CODE_BYTES;
    second.file = "relative/b.toy";
    second.line = 9;
    add_unit(&object, &first);
    add_unit(&object, &second);
    open_object(&object);
    unit = last_unit(&object);
    function = function_of(unit);
    assert_string_equal(dwarf_diename(&function), "second");
    assert_string_equal(place_of(&unit, second.address), "9:3 relative/b.toy");
    close_object(&object);
}

static void test_a_dropped_unit_describes_nothing(void **state)
{
    const struct jitney_code_load first = load_of("first");
    struct jitney_code_load second = load_of("second");
    struct object object = {
        .elf = JT_BUF_INIT(LIMIT), .info = JT_BUF_INIT(LIMIT), .lines = JT_BUF_INIT(LIMIT)};
    Dwarf_Die unit;
    Dwarf_Die child;
    Dwarf_Addr low = 0;

    second.address += CODE_BYTES;
    add_unit(&object, &first);
    add_unit(&object, &second);
    jt_dwarf_drop_unit(object.info.bytes);
    open_object(&object);
    assert_non_null(dwarf_offdie(object.dwarf, 11, &unit));
    assert_int_not_equal(dwarf_child(&unit, &child), 0);
    assert_int_not_equal(dwarf_lowpc(&unit, &low), 0);
    unit = function_of(last_unit(&object));
    assert_string_equal(dwarf_diename(&unit), "second");
    close_object(&object);
}

static void test_every_failed_allocation_sticks(void **state)
{
    static const struct jitney_line lines[] = {{.offset = 50, .line = 5, .inlined = 1},
                                               {.offset = 0, .line = 1}};
    static const struct jitney_inlined inlined[] = {{.name = "g"}};
    struct jitney_code_load load = load_of("f");
    struct failing_heap failing;
    int status = JITNEY_ERR_MEMORY;

    load.lines = lines;
    load.line_count = COUNT(lines);
    load.inlined = inlined;
    load.inlined_count = COUNT(inlined);
    for (int64_t fails_at = 1; status; fails_at++) {
        struct jt_heap heap;
        struct jt_buf info = JT_BUF_INIT_IN(&heap, LIMIT);
        struct jt_buf rows = JT_BUF_INIT_IN(&heap, LIMIT);

        failing_heap_init(&failing, fails_at);
        jt_heap_init(&heap, &failing.allocator);
        jt_dwarf_describe(&load, &info, &rows);
        status = jt_buf_status(&info) ? jt_buf_status(&info) : jt_buf_status(&rows);
        assert_true(status == JITNEY_OK || status == JITNEY_ERR_MEMORY);
        assert_true(fails_at < 50);
        jt_buf_release(&info);
        jt_buf_release(&rows);
        assert_int_equal(failing.live_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_function_has_name_place_and_bytes),
        cmocka_unit_test(test_without_rows_all_code_is_on_the_functions_line),
        cmocka_unit_test(test_without_a_file_there_are_no_lines),
        cmocka_unit_test(test_rows_hold_from_their_offset_to_the_next),
        cmocka_unit_test(test_rows_that_are_not_sorted_are_sorted),
        cmocka_unit_test(test_rows_without_bytes_or_outside_the_code_are_left_out),
        cmocka_unit_test(test_inlined_functions_nest),
        cmocka_unit_test(test_the_call_of_an_inlined_function_has_a_place),
        cmocka_unit_test(test_inlining_that_makes_no_sense_is_harmless),
        cmocka_unit_test(test_names_cannot_forge_lines),
        cmocka_unit_test(test_more_files_than_there_is_room_for_lose_their_lines),
        cmocka_unit_test(test_units_stand_for_themselves),
        cmocka_unit_test(test_a_dropped_unit_describes_nothing),
        cmocka_unit_test(test_every_failed_allocation_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
