/* format/eh_frame: tables that perf unwinds by, and garbage that yields none. */
#include "format/eh_frame.h"

#include "jitney/status.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct jt_eh_frame_layout perf_x86 = {
    .machine = EM_X86_64, .has_header = true, .may_read_code = true, .text = 0, .section = 24};

/* sub rsp, 40 … add rsp, 40; ret: 17 bytes, in a dump that perf unwound through. */
static const uint8_t golden[] = {
    0x14, 0,    0,    0,    0,    0, 0, 0,    1,    'z',  'R',  0,    1,    0x78, 16,   1,    0x1b,
    0x0c, 7,    8,    0x90, 1,    0, 0, 0x14, 0,    0,    0,    0x1c, 0,    0,    0,    0xc8, 0xff,
    0xff, 0xff, 0x11, 0,    0,    0, 0, 0x44, 0x0e, 0x30, 0x4c, 0x0e, 8,    0,    1,    0x1b, 3,
    0x3b, 0xcc, 0xff, 0xff, 0xff, 1, 0, 0,    0,    0xb8, 0xff, 0xff, 0xff, 0xe8, 0xff, 0xff, 0xff};

static const uint8_t golden_program[] = {0x44, 0x0e, 0x30, 0x4c, 0x0e, 8};

/* An .eh_frame of an engine: one CIE of every letter, FDEs of 8-byte addresses. */
struct given {
    uint8_t bytes[512];
    size_t length;
};

static void put(struct given *given, const void *bytes, size_t count)
{
    memcpy(given->bytes + given->length, bytes, count);
    given->length += count;
}

static void put_u32(struct given *given, uint32_t value)
{
    put(given, &value, sizeof(value));
}

static void put_u64(struct given *given, uint64_t value)
{
    put(given, &value, sizeof(value));
}

/* "zR" with absolute addresses, 24 bytes. */
static void put_cie(struct given *given)
{
    static const uint8_t cie[] = {20, 0,    0,  0, 0, 0,    0, 0, 1,    'z', 'R', 0,
                                  1,  0x78, 16, 1, 0, 0x0c, 7, 8, 0x90, 1,   0,   0};

    put(given, cie, sizeof(cie));
}

/* 32 bytes; the CIE lies at 0. */
static void put_fde(struct given *given, uint64_t begin, uint64_t bytes)
{
    put_u32(given, 28);
    put_u32(given, (uint32_t)given->length);
    put_u64(given, begin);
    put_u64(given, bytes);
    put(given, "\x00\x44\x0e\x30\x4c\x0e\x08\x00", 8);
}

static struct jitney_code_load load_of(const struct given *given, uint64_t address, uint64_t bytes)
{
    return (struct jitney_code_load){.size = sizeof(struct jitney_code_load),
                                     .address = address,
                                     .bytes = bytes,
                                     .unwind_kind = JITNEY_UNWIND_EH_FRAME,
                                     .unwind = given->bytes,
                                     .unwind_bytes = given->length};
}

/* Build into memory of exactly the measured size. */
static uint8_t *build(const struct jitney_code_load *load, const struct jt_eh_frame_layout *layout,
                      struct jt_eh_frame_size *size)
{
    uint8_t *out = NULL;

    assert_int_equal(jt_eh_frame_measure(load, layout, size), JITNEY_OK);
    out = malloc(size->frame_bytes + size->header_bytes);
    assert_int_equal(jt_eh_frame_build(load, layout, size, out), JITNEY_OK);
    return out;
}

static uint32_t u32_at(const uint8_t *bytes, size_t at)
{
    uint32_t value = 0;

    memcpy(&value, bytes + at, sizeof(value));
    return value;
}

static uint64_t u64_at(const uint8_t *bytes, size_t at)
{
    uint64_t value = 0;

    memcpy(&value, bytes + at, sizeof(value));
    return value;
}

static void test_cfi_becomes_the_bytes_that_perf_takes(void **state)
{
    struct jitney_code_load load = {.bytes = 17,
                                    .unwind_kind = JITNEY_UNWIND_CFI,
                                    .unwind = golden_program,
                                    .unwind_bytes = sizeof(golden_program)};
    struct jt_eh_frame_size size;
    uint8_t *out = build(&load, &perf_x86, &size);

    assert_int_equal(size.frame_bytes, 48);
    assert_int_equal(size.header_bytes, 20);
    assert_memory_equal(out, golden, sizeof(golden));
    free(out);
}

static void test_a_frame_pointer_promise_becomes_the_usual_prologue(void **state)
{
    static const uint8_t plain[] = {0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6};
    static const uint8_t code[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5, 0x5d, 0xc3};
    struct jitney_code_load load = {
        .bytes = 6, .code = code + 4, .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};
    struct jt_eh_frame_size size, other;
    uint8_t *out = build(&load, &perf_x86, &size);

    assert_memory_equal(out + 24 + 17, plain, sizeof(plain));
    free(out);
    load.code = code; /* begins with endbr64 */
    load.bytes = sizeof(code);
    out = build(&load, &perf_x86, &other);
    assert_int_equal(other.frame_bytes, size.frame_bytes);
    assert_int_equal(out[24 + 17], 0x45);
    assert_memory_equal(out + 24 + 18, plain + 1, sizeof(plain) - 1);
    free(out);
    load.flags = JITNEY_CODE_NO_FRAME;
    out = build(&load, &perf_x86, &other);
    assert_int_equal(u32_at(out, 24), 16); /* nothing but nops */
    assert_int_equal(out[24 + 17], 0);
    free(out);
}

static void test_aarch64_reads_its_frame_from_the_store(void **state)
{
    /* paciasp; stp x29, x30, [sp, #-144]!; mov x29, sp */
    static const uint32_t code[] = {0xd503233f, 0xa9b77bfd, 0x910003fd, 0xd65f03c0};
    static const uint8_t signed_large[] = {0x41, 0x2d, 0x41, 0x0e, 0x90, 1, 0x9d,
                                           18,   0x9e, 17,   0x41, 0x0d, 29};
    static const uint8_t usual[] = {0x41, 0x0e, 16, 0x9d, 2, 0x9e, 1, 0x41, 0x0d, 29};
    const struct jt_eh_frame_layout layout = {
        .machine = EM_AARCH64, .has_header = true, .may_read_code = true, .section = 16};
    struct jitney_code_load load = {
        .bytes = sizeof(code), .code = code, .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};
    struct jt_eh_frame_size size;
    uint8_t *out = build(&load, &layout, &size);

    assert_int_equal(out[12], 4);  /* code alignment */
    assert_int_equal(out[14], 30); /* x30 returns */
    assert_non_null(memmem(out, size.frame_bytes, signed_large, sizeof(signed_large)));
    free(out);
    load.code = "\x00\x00\x00\x00";
    load.bytes = 4;
    out = build(&load, &layout, &size);
    assert_non_null(memmem(out, size.frame_bytes, usual, sizeof(usual)));
    free(out);
}

static void test_code_is_not_read_when_that_is_not_allowed(void **state)
{
    struct jitney_code_load load = {
        .address = 16, .bytes = 64, .unwind_kind = JITNEY_UNWIND_FRAME_POINTER};
    struct jt_eh_frame_layout layout = perf_x86;
    struct jt_eh_frame_size size;

    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_OK);
    layout.may_read_code = false;
    free(build(&load, &layout, &size)); /* address 16 is nobody's */
}

static void test_an_absolute_layout_is_for_debuggers(void **state)
{
    const struct jt_eh_frame_layout layout = {
        .machine = EM_X86_64, .is_absolute = true, .text = 0x7f0000001000};
    struct jitney_code_load load = {.bytes = 17,
                                    .unwind_kind = JITNEY_UNWIND_CFI,
                                    .unwind = golden_program,
                                    .unwind_bytes = sizeof(golden_program)};
    struct jt_eh_frame_size size;
    uint8_t *out = build(&load, &layout, &size);

    assert_int_equal(size.header_bytes, 0);
    assert_int_equal(size.frame_bytes, 24 + 32);
    assert_int_equal(out[16], 0); /* DW_EH_PE_absptr */
    assert_int_equal(u32_at(out, 24), 28);
    assert_int_equal(u64_at(out, 32), 0x7f0000001000);
    assert_int_equal(u64_at(out, 40), 17);
    free(out);
}

static void test_a_given_section_is_cut_to_the_code(void **state)
{
    struct given given = {.length = 0};
    struct jitney_code_load load;
    struct jt_eh_frame_size size;
    uint8_t *out = NULL;

    put_cie(&given);
    put_fde(&given, 0x5000, 16);  /* other code before, */
    put_fde(&given, 0x1010, 100); /* the second half, too long, */
    put_fde(&given, 0x1000, 16);  /* the first half, */
    put_fde(&given, 0x1020, 16);  /* and other code behind */
    put_u32(&given, 0);
    put_u32(&given, 0xffffffff); /* behind the end */
    load = load_of(&given, 0x1000, 0x20);
    out = build(&load, &perf_x86, &size);
    assert_int_equal(size.fdes, 2);
    assert_int_equal(size.frame_bytes, 24 + 2 * 24);
    assert_int_equal(size.header_bytes, 28);
    assert_int_equal(u32_at(out, 24 + 12), 16); /* cut */
    assert_int_equal((int32_t)u32_at(out, 24 + 8),
                     16 - (24 + 24 + 8)); /* relative to perf's text */
    /* The search table is sorted by address, though the section is not. */
    assert_int_equal((int32_t)u32_at(out, 72 + 12), -(24 + 72));
    assert_int_equal((int32_t)u32_at(out, 72 + 16), 48 - 72);
    assert_int_equal((int32_t)u32_at(out, 72 + 20), 16 - (24 + 72));
    assert_int_equal((int32_t)u32_at(out, 72 + 24), 24 - 72);
    free(out);
}

/* Personality and language data mean nothing outside of the process. */
static void test_letters_of_the_augmentation_are_understood(void **state)
{
    static const uint8_t cie[] = {32,  0,   0, 0, 0,    0,    0,    0,    1, 'z',  'P', 'L',
                                  'R', 'S', 0, 1, 0x78, 16,   11,   0x00, 1, 2,    3,   4,
                                  5,   6,   7, 8, 0x1b, 0x1b, 0x0c, 7,    8, 0x90, 1,   0};
    struct given given = {.length = 0};
    struct jitney_code_load load;
    struct jt_eh_frame_size size;
    uint8_t *out = NULL;
    uint64_t here = 0;

    put(&given, cie, sizeof(cie));
    put_u32(&given, 24);
    put_u32(&given, (uint32_t)given.length);
    here = 0x700000 + given.length; /* where the field lies for the engine */
    put_u32(&given, (uint32_t)(0x701000 - here));
    put_u32(&given, 32);
    put(&given, "\x04\x01\x02\x03\x04\x44\x0e\x30\x00\x00\x00", 11);
    given.length++;
    load = load_of(&given, 0x701000, 32);
    load.unwind_address = 0x700000;
    out = build(&load, &perf_x86, &size);
    assert_string_equal((const char *)out + 9, "zRS");
    assert_int_equal(size.fdes, 1);
    assert_null(memmem(out, size.frame_bytes, "\x01\x02\x03\x04", 4));
    assert_non_null(memmem(out, size.frame_bytes, "\x44\x0e\x30", 3));
    free(out);
}

static void test_before_the_address_is_known_all_functions_count(void **state)
{
    struct given given = {.length = 0};
    struct jitney_code_load load;
    struct jt_eh_frame_size size;

    put_cie(&given);
    put_fde(&given, 0, 16);
    load = load_of(&given, 0, 16);
    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_OK);
    assert_int_equal(size.fdes, 1);
}

static void test_code_that_the_section_does_not_know_has_no_unwinding(void **state)
{
    struct given given = {.length = 0};
    struct jitney_code_load load;
    struct jt_eh_frame_size size;

    put_cie(&given);
    put_fde(&given, 0x1000, 16);
    load = load_of(&given, 0x9000, 16);
    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_ERR_NOT_FOUND);
}

static void test_damage_is_found(void **state)
{
    struct given sound = {.length = 0};
    struct jt_eh_frame_size size;

    put_cie(&sound);
    put_fde(&sound, 0x1000, 16);
    /* Where, and what it becomes there. */
    static const struct {
        size_t at;
        uint8_t value;
    } rows[] = {
        {0, 200},   /* the CIE reaches past the end */
        {0, 3},     /* shorter than its id */
        {8, 9},     /* an unknown version */
        {9, 'e'},   /* an old augmentation, */
        {10, '?'},  /* an unknown letter */
        {15, 99},   /* augmentation data past the entry */
        {16, 0x80}, /* indirect addresses, */
        {16, 0x07}, /* an unknown encoding, */
        {16, 0x30}, /* relative to what nobody knows */
        {17, 0x3f}, /* an unknown instruction in the CIE */
        {24, 200},  /* the FDE reaches past the end */
        {28, 77},   /* a CIE before the section, */
        {28, 27},   /* or inside another entry */
        {48, 50},   /* augmentation data past the entry */
        {49, 0x01}, /* an instruction with an address */
        {53, 0x0f}, /* a block that is not all there */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct given given = sound;
        struct jitney_code_load load;

        given.bytes[rows[i].at] = rows[i].value;
        load = load_of(&given, 0x1000, 16);
        if (jt_eh_frame_measure(&load, &perf_x86, &size) == JITNEY_OK)
            fail_msg("row %zu is taken for sound", i);
    }
}

static void test_every_cut_is_survived(void **state)
{
    struct given sound = {.length = 0};
    struct jt_eh_frame_size size;

    put_cie(&sound);
    put_fde(&sound, 0x1000, 16);
    for (size_t length = 0; length < sound.length; length++) {
        struct given given = {.length = length};
        uint8_t *exact = malloc(length + 1); /* the sanitizer watches its end */
        struct jitney_code_load load;

        memcpy(exact, sound.bytes, length);
        load = load_of(&given, 0x1000, 16);
        load.unwind = exact;
        assert_int_not_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_OK);
        free(exact);
    }
}

static void test_what_is_unreasonable_is_refused(void **state)
{
    uint8_t *program = calloc(1, 1 << 17);
    struct jitney_code_load load = {
        .bytes = 16, .unwind_kind = JITNEY_UNWIND_CFI, .unwind = program, .unwind_bytes = 1 << 17};
    struct jt_eh_frame_layout layout = perf_x86;
    struct jt_eh_frame_size size;

    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_ERR_LIMIT);
    load.unwind_bytes = 8;
    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_OK);
    load.bytes = UINT64_C(1) << 32;
    assert_int_equal(jt_eh_frame_measure(&load, &perf_x86, &size), JITNEY_ERR_LIMIT);
    load.bytes = 16;
    layout.machine = EM_RISCV;
    assert_int_equal(jt_eh_frame_measure(&load, &layout, &size), JITNEY_ERR_NOT_FOUND);
    free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cfi_becomes_the_bytes_that_perf_takes),
        cmocka_unit_test(test_a_frame_pointer_promise_becomes_the_usual_prologue),
        cmocka_unit_test(test_aarch64_reads_its_frame_from_the_store),
        cmocka_unit_test(test_code_is_not_read_when_that_is_not_allowed),
        cmocka_unit_test(test_an_absolute_layout_is_for_debuggers),
        cmocka_unit_test(test_a_given_section_is_cut_to_the_code),
        cmocka_unit_test(test_letters_of_the_augmentation_are_understood),
        cmocka_unit_test(test_before_the_address_is_known_all_functions_count),
        cmocka_unit_test(test_code_that_the_section_does_not_know_has_no_unwinding),
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_every_cut_is_survived),
        cmocka_unit_test(test_what_is_unreasonable_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
