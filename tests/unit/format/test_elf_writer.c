/* The ELF writer, read back by libelf. */
#include "format/elf_writer.h"

#include "jitney/status.h"
#include "support/failing_heap.h"

#include <elf.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 1 << 20, CODE_AT = 0x7f0000001000, CODE_BYTES = 0x40 };

static const struct jt_elf_section text = {.name = ".text",
                                           .type = SHT_NOBITS,
                                           .flags = SHF_ALLOC | SHF_EXECINSTR,
                                           .address = CODE_AT,
                                           .bytes = CODE_BYTES};
static const struct jt_elf_section symbols = {.name = ".symtab",
                                              .type = SHT_SYMTAB,
                                              .link = 3,
                                              .info = 1,
                                              .align = 8,
                                              .entry_bytes = JT_ELF_SYMBOL_BYTES};
static const struct jt_elf_section strings = {.name = ".strtab", .type = SHT_STRTAB};

/* An object with one function, `f`. Its symbols are in section 2. */
static void write_object(struct jt_buf *out, uint32_t room)
{
    struct jt_elf_writer writer;

    jt_elf_begin(&writer, out, EM_X86_64, ET_EXEC, room);
    jt_elf_section(&writer, &text);
    jt_elf_section(&writer, &symbols);
    jt_buf_append_zeros(out, JT_ELF_SYMBOL_BYTES);
    jt_elf_function(out, 1, 1, CODE_AT, CODE_BYTES);
    jt_elf_section(&writer, &strings);
    jt_buf_append(out, "\0f", 3);
    jt_elf_end(&writer);
}

static Elf *open_object(struct jt_buf *out)
{
    Elf *elf = NULL;

    elf_version(EV_CURRENT);
    assert_int_equal(jt_buf_status(out), JITNEY_OK);
    elf = elf_memory((char *)out->bytes, out->length);
    assert_non_null(elf);
    return elf;
}

static GElf_Shdr header_of(Elf *elf, const char *name)
{
    size_t names = 0;
    GElf_Shdr header = {0};

    assert_int_equal(elf_getshdrstrndx(elf, &names), 0);
    for (Elf_Scn *section = elf_nextscn(elf, NULL); section; section = elf_nextscn(elf, section)) {
        gelf_getshdr(section, &header);
        if (strcmp(elf_strptr(elf, names, header.sh_name), name) == 0)
            return header;
    }
    fail_msg("no section %s", name);
    return header;
}

static void test_libelf_reads_what_was_written(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);
    GElf_Ehdr header;
    GElf_Sym symbol;
    Elf *elf = NULL;

    write_object(&out, 3);
    elf = open_object(&out);
    assert_non_null(gelf_getehdr(elf, &header));
    assert_int_equal(header.e_machine, EM_X86_64);
    assert_int_equal(header.e_type, ET_EXEC);
    assert_int_equal(header_of(elf, ".text").sh_addr, CODE_AT);
    assert_int_equal(header_of(elf, ".text").sh_size, CODE_BYTES);
    assert_int_equal(header_of(elf, ".text").sh_type, SHT_NOBITS);
    assert_int_equal(header_of(elf, ".symtab").sh_size, 2 * sizeof(Elf64_Sym));
    assert_int_equal(header_of(elf, ".symtab").sh_offset % 8, 0);
    assert_int_equal(header_of(elf, ".strtab").sh_size, 3);
    assert_int_equal(header_of(elf, ".shstrtab").sh_type, SHT_STRTAB);
    assert_non_null(gelf_getsym(elf_getdata(elf_getscn(elf, 2), NULL), 1, &symbol));
    assert_string_equal(elf_strptr(elf, 3, symbol.st_name), "f");
    assert_int_equal(symbol.st_value, CODE_AT);
    assert_int_equal(symbol.st_size, CODE_BYTES);
    assert_int_equal(GELF_ST_TYPE(symbol.st_info), STT_FUNC);
    assert_int_equal(symbol.st_shndx, 1);
    elf_end(elf);
    jt_buf_release(&out);
}

static void test_sections_of_one_name_share_it(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);
    struct jt_elf_writer writer;
    Elf *elf = NULL;

    jt_elf_begin(&writer, &out, EM_AARCH64, ET_EXEC, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(jt_elf_section(&writer, &text), i + 1);
    jt_elf_end(&writer);
    elf = open_object(&out);
    assert_int_equal(header_of(elf, ".shstrtab").sh_size, sizeof("\0.text\0.shstrtab"));
    elf_end(elf);
    jt_buf_release(&out);
}

static void test_headers_that_are_not_used_are_empty(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);
    GElf_Shdr header;
    Elf *elf = NULL;

    write_object(&out, 5);
    elf = open_object(&out);
    gelf_getshdr(elf_getscn(elf, 4), &header);
    assert_int_equal(header.sh_type, SHT_NULL);
    assert_int_equal(header_of(elf, ".shstrtab").sh_type, SHT_STRTAB);
    elf_end(elf);
    jt_buf_release(&out);
}

static void test_dropped_parts_are_skipped(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf *elf = NULL;

    write_object(&out, 3);
    elf = open_object(&out);
    jt_elf_drop_symbol(out.bytes + header_of(elf, ".symtab").sh_offset + JT_ELF_SYMBOL_BYTES);
    jt_elf_drop_section(out.bytes + JT_ELF_HEADER_BYTES + JT_ELF_SECTION_BYTES);
    elf_end(elf);
    elf = open_object(&out);
    gelf_getshdr(elf_getscn(elf, 1), &header);
    assert_int_equal(header.sh_type, SHT_NULL);
    gelf_getsym(elf_getdata(elf_getscn(elf, 2), NULL), 1, &symbol);
    assert_int_equal(symbol.st_shndx, SHN_UNDEF);
    assert_int_equal(symbol.st_info, 0);
    elf_end(elf);
    jt_buf_release(&out);
}

static void test_more_sections_than_announced_are_a_limit(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);

    write_object(&out, 2);
    assert_int_equal(jt_buf_status(&out), JITNEY_ERR_LIMIT);
    jt_buf_release(&out);
}

static void test_more_sections_than_elf_can_number_are_a_limit(void **state)
{
    struct jt_buf out = JT_BUF_INIT(1 << 24);
    struct jt_elf_writer writer;

    jt_elf_begin(&writer, &out, EM_X86_64, ET_EXEC, JT_ELF_SECTION_LIMIT - 2);
    jt_elf_end(&writer);
    assert_int_equal(jt_buf_status(&out), JITNEY_OK);
    jt_buf_clear(&out);
    jt_elf_begin(&writer, &out, EM_X86_64, ET_EXEC, JT_ELF_SECTION_LIMIT - 1);
    assert_int_equal(jt_buf_status(&out), JITNEY_ERR_LIMIT);
    jt_buf_release(&out);
}

static void test_too_many_names_are_a_limit(void **state)
{
    struct jt_buf out = JT_BUF_INIT(LIMIT);
    struct jt_elf_section section = {.type = SHT_PROGBITS};
    struct jt_elf_writer writer;
    char name[] = ".section_with_a_name_00";

    jt_elf_begin(&writer, &out, EM_X86_64, ET_EXEC, 64);
    for (int i = 0; i < 64; i++) {
        name[sizeof(name) - 2] = (char)('!' + i);
        section.name = name;
        jt_elf_section(&writer, &section);
    }
    jt_elf_end(&writer);
    assert_int_equal(jt_buf_status(&out), JITNEY_ERR_LIMIT);
    jt_buf_release(&out);
}

static void test_every_failed_allocation_sticks(void **state)
{
    struct failing_heap failing;
    int status = JITNEY_ERR_MEMORY;

    for (int64_t fails_at = 1; status; fails_at++) {
        struct jt_heap heap;
        struct jt_buf out = JT_BUF_INIT_IN(&heap, LIMIT);

        failing_heap_init(&failing, fails_at);
        jt_heap_init(&heap, &failing.allocator);
        write_object(&out, 3);
        status = jt_buf_status(&out);
        assert_true(status == JITNEY_OK || status == JITNEY_ERR_MEMORY);
        assert_true(fails_at < 20);
        jt_buf_release(&out);
        assert_int_equal(failing.live_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_libelf_reads_what_was_written),
        cmocka_unit_test(test_sections_of_one_name_share_it),
        cmocka_unit_test(test_headers_that_are_not_used_are_empty),
        cmocka_unit_test(test_dropped_parts_are_skipped),
        cmocka_unit_test(test_more_sections_than_announced_are_a_limit),
        cmocka_unit_test(test_more_sections_than_elf_can_number_are_a_limit),
        cmocka_unit_test(test_too_many_names_are_a_limit),
        cmocka_unit_test(test_every_failed_allocation_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
