#include "programs.h"

static const char c_program[] =
    "#include <stdio.h>\n"
    "#include <stdlib.h>\n"
    "static int __attribute__((noinline)) local_one(int x) { return x * 3; }\n"
    "int __attribute__((noinline)) global_one(int x) { return local_one(x) + 1; }\n"
    "__attribute__((weak, noinline)) int weak_one(int x) { return x ^ 5; }\n"
    "int main(int argc, char **argv) {\n"
    "    char *copy = malloc(global_one(argc) + 10u);\n"
    "    snprintf(copy, 10, \"%d\", weak_one(argc));\n"
    "    puts(copy);\n"
    "    free(copy);\n"
    "    return 0;\n"
    "}\n";

/* --- names as nm has them -------------------------------------------------------- */

struct named {
    uint64_t address;
    char name[256];
};

enum { NAMED_MOST = 8192 };

/* Functions that nm lists, by address. */
static size_t read_nm(const char *folder, const char *command, struct named *named)
{
    FILE *stream = output_of(folder, command);
    char line[1024];
    size_t count = 0;
    char type = 0;

    while (fgets(line, sizeof(line), stream) && count < NAMED_MOST) {
        struct named *next = &named[count];

        if (sscanf(line, "%" SCNx64 " %c %255s", &next->address, &type, next->name) == 3 &&
            strchr("tTwWi", type))
            count++;
    }
    assert_int_equal(pclose(stream), 0);
    return count;
}

static bool is_named(const struct named *named, size_t count, const struct jt_elf_symbol *symbol)
{
    for (size_t i = 0; i < count; i++)
        if (named[i].address == symbol->start && strcmp(named[i].name, symbol->raw) == 0)
            return true;
    return false;
}

/* Labels within a function, like those of the C runtime's start files, are not
 * functions; all others must be found under one of their own names. */
static size_t check_against_nm(struct jt_elf *elf, const struct named *named, size_t count,
                               size_t step)
{
    size_t exact = 0;

    for (size_t i = 0; i < count; i += step) {
        struct jt_elf_symbol symbol;

        if (!jt_elf_find(elf, named[i].address, &symbol))
            continue;
        assert_true(symbol.start <= named[i].address);
        assert_true(named[i].address - symbol.start < symbol.bytes);
        assert_true(is_named(named, count, &symbol));
        exact += symbol.start == named[i].address;
    }
    return exact;
}

static void test_names_of_a_program_are_those_of_nm(void **state)
{
    static const struct {
        const char *flags;
        size_t least; /* functions found at their own addresses */
    } kinds[] = {
        {"-O1 -pie", 5},
        {"-O1 -no-pie", 5},
        {"-O1 -static", 500},
        {"-O1 -shared -fPIC", 5},
    };
    struct named *named = jt_alloc(NAMED_MOST, sizeof(*named));

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *folder = make_home();
        char *command = jt_format("gcc %s p.c -o p", kinds[i].flags);
        struct jt_elf *elf = NULL;
        size_t count = 0;

        write_text(folder, "p.c", c_program);
        run(folder, command);
        elf = open_program(folder, "p");
        count = read_nm(folder, "nm -n p", named);
        assert_true(check_against_nm(elf, named, count, 1) >= kinds[i].least);
        assert_false(jt_elf_is_stripped(elf));
        jt_elf_close(elf);
        free(command);
        test_folder_remove(folder);
    }
    free(named);
}

/* Without its build id the debug file that may be installed is not found, so
 * that all names come from .dynsym. */
static void test_names_of_the_c_library_are_those_of_nm(void **state)
{
    char *folder = make_home();
    struct named *named = jt_alloc(NAMED_MOST, sizeof(*named));
    struct jt_elf *elf = NULL;
    size_t count = 0;

    run(folder, "objcopy -R .note.gnu.build-id -R .gnu_debuglink "
                "$(ldd /bin/true | sed -n 's/.*=> \\(.*libc[.]so[.]6\\) .*/\\1/p') libc.so.6");
    elf = open_program(folder, "libc.so.6");
    count = read_nm(folder, "nm -Dn --without-symbol-versions libc.so.6", named);
    assert_true(count > 1500);
    assert_true(check_against_nm(elf, named, count, 1) > 1500);
    assert_true(jt_elf_is_stripped(elf));
    jt_elf_close(elf);
    free(named);
    test_folder_remove(folder);
}

/* --- assembly ---------------------------------------------------------------------- */

static const char assembly[] = ".text\n"
                               ".globl sized\n.type sized,@function\n"
                               "sized: .skip 64,0x90\n"
                               "inside: .skip 32,0x90\n"
                               ".size sized,.-sized\n"
                               ".skip 32,0x90\n" /* 0x60: nobody's */
                               "label_one:\n.globl label_two\nlabel_two: .skip 32,0x90\n" /* 0x80 */
                               ".globl strong\n.weak weak\n.type strong,@function\n"
                               "weak: strong: .skip 32,0x90\n.size strong,16\n" /* 0xa0 */
                               ".globl __under\n.globl under\n"
                               ".type __under,@function\n.type under,@function\n"
                               "__under: under: .skip 32,0x90\n" /* 0xc0 */
                               ".size __under,32\n.size under,32\n"
                               ".globl short\n.globl longer\n"
                               ".type short,@function\n.type longer,@function\n"
                               "short: longer: .skip 32,0x90\n" /* 0xe0 */
                               ".size short,32\n.size longer,32\n"
                               ".type unsized,@function\n"
                               "unsized: .skip 32,0x90\n" /* 0x100 */
                               "last: .skip 16,0x90\n"    /* 0x120, ends with .text */
                               ".section .more,\"ax\"\n.skip 32,0x90\n"
                               "other: .skip 32,0x90\n";

static void test_aliases_and_sizes_are_decided_as_perf_decides(void **state)
{
    static const struct {
        uint64_t offset; /* from `sized` */
        const char *name;
    } rows[] = {
        {0, "sized"},     {0x3f, "sized"},    {0x40, "sized"},     {0x5f, "sized"},
        {0x60, NULL},     {0x7f, NULL},       {0x80, "label_two"}, {0x9f, "label_two"},
        {0xa0, "strong"}, {0xaf, "strong"},   {0xb0, NULL},        {0xc0, "under"},
        {0xe0, "longer"}, {0x100, "unsized"}, {0x11f, "unsized"},  {0x120, "last"},
        {0x12f, "last"},  {0x130, NULL},      {0x14f, NULL},       {0x150, "other"},
        {0x16f, "other"}, {0x170, NULL},
    };
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    struct named start;

    write_text(folder, "a.s", assembly);
    run(folder, "gcc -nostdlib -shared a.s -o a.so");
    assert_int_equal(read_nm(folder, "nm a.so | grep ' sized$'", &start), 1);
    elf = open_program(folder, "a.so");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_elf_symbol symbol;
        bool found = jt_elf_find(elf, start.address + rows[i].offset, &symbol);

        assert_int_equal(found, rows[i].name != NULL);
        if (found)
            assert_string_equal(symbol.name, rows[i].name);
    }
    jt_elf_close(elf);
    test_folder_remove(folder);
}

static void test_cxx_names_are_readable_and_raw(void **state)
{
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    struct jt_elf_symbol symbol;
    struct named named;

    write_text(folder, "x.cc",
               "namespace ns { struct Thing { int go(int x); }; \n"
               "int Thing::go(int x) { return x + 1; } }\n");
    run(folder, "g++ -O1 -shared -fPIC x.cc -o x.so");
    assert_int_equal(read_nm(folder, "nm x.so | grep _ZN2ns", &named), 1);
    elf = open_program(folder, "x.so");
    assert_true(jt_elf_find(elf, named.address, &symbol));
    assert_string_equal(symbol.name, "ns::Thing::go");
    assert_string_equal(symbol.raw, "_ZN2ns5Thing2goEi");
    jt_elf_close(elf);
    test_folder_remove(folder);
}

/* Handed to every report, it would cost more than it tells. */
static void test_name_over_the_limit_is_unknown(void **state)
{
    enum { LONG_NAME = 70000 };
    char *folder = make_home();
    char *name = jt_alloc(LONG_NAME + 1, 1);
    char *text = NULL;
    struct jt_elf *elf = NULL;
    struct jt_elf_symbol symbol;
    struct named named;

    memset(name, 'x', LONG_NAME);
    text = jt_format(".globl %s\n.type %s,@function\n%s: .skip 16\n.size %s,16\n"
                     ".globl brief\n.type brief,@function\nbrief: .skip 16\n.size brief,16\n",
                     name, name, name, name);
    write_text(folder, "a.s", text);
    run(folder, "gcc -nostdlib -shared a.s -o a.so");
    assert_int_equal(read_nm(folder, "nm a.so | grep ' brief$'", &named), 1);
    elf = open_program(folder, "a.so");
    assert_true(jt_elf_find(elf, named.address, &symbol));
    assert_string_equal(symbol.name, "brief");
    assert_false(jt_elf_find(elf, named.address - 16, &symbol));
    assert_false(jt_elf_find(elf, named.address - 16, &symbol));
    jt_elf_close(elf);
    free(text);
    free(name);
    test_folder_remove(folder);
}

/* --- trampolines --------------------------------------------------------------------- */

/* objdump writes `0000000000001030 <puts@plt>:` above each. */
static size_t check_against_objdump(struct jt_elf *elf, const char *folder)
{
    FILE *stream = output_of(folder, "objdump -d p | grep '@plt>:$'");
    char line[1024];
    char name[512];
    uint64_t address = 0;
    size_t count = 0;

    while (fgets(line, sizeof(line), stream)) {
        struct jt_elf_symbol symbol;

        assert_int_equal(sscanf(line, "%" SCNx64 " <%511[^>]", &address, name), 2);
        assert_true(jt_elf_find(elf, address, &symbol));
        assert_string_equal(symbol.name, name);
        assert_int_equal(symbol.start, address);
        count++;
    }
    pclose(stream);
    return count;
}

static void test_trampolines_are_named_as_objdump_names_them(void **state)
{
    static const char *const flags[] = {
        "",
        "-Wl,-z,now",
        "-Wl,-z,lazy -fcf-protection=none",
        "-Wl,-z,lazy -fcf-protection -Wl,-z,ibtplt",
        "-no-pie -fcf-protection -Wl,-z,ibtplt -Wl,-z,now",
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        char *folder = make_home();
        char *command = jt_format("gcc -O1 %s p.c -o p", flags[i]);
        struct jt_elf *elf = NULL;

        write_text(folder, "p.c", c_program);
        run(folder, command);
        elf = open_program(folder, "p");
        assert_true(check_against_objdump(elf, folder) >= 4);
        jt_elf_close(elf);
        free(command);
        test_folder_remove(folder);
    }
}

/* Linked by binutils for another machine; the second has BTI and PAC. */
static void test_trampolines_of_aarch64_are_named(void **state)
{
    static const struct {
        const char *file;
        uint64_t address;
        const char *name;
    } rows[] = {
        {"aarch64-plt.so", 0x28c, NULL},         {"aarch64-plt.so", 0x290, "second@plt"},
        {"aarch64-plt.so", 0x2a0, "first@plt"},  {"aarch64-plt.so", 0x2ac, "first@plt"},
        {"aarch64-plt.so", 0x2b0, "use"},        {"aarch64-bti.so", 0x2fc, NULL},
        {"aarch64-bti.so", 0x300, "second@plt"}, {"aarch64-bti.so", 0x318, "first@plt"},
    };
    char *folder = test_fixture("../fuzz/corpus/elf");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct jt_elf *elf = open_program(folder, rows[i].file);
        struct jt_elf_symbol symbol;
        bool found = jt_elf_find(elf, rows[i].address, &symbol);

        assert_int_equal(found, rows[i].name != NULL);
        if (found)
            assert_string_equal(symbol.name, rows[i].name);
        jt_elf_close(elf);
    }
    free(folder);
}

/* --- addresses ------------------------------------------------------------------------ */

/* What perf inject wrote: the code is at offset 0x80 (linux:
 * tools/perf/util/genelf.h). */
static void test_file_of_perf_inject_has_its_function(void **state)
{
    char *folder = test_fixture("llvm");
    struct jt_elf *elf = open_program(folder, "jitted-17704-1.so");
    struct jt_elf_symbol symbol;
    uint64_t address = 0;

    assert_true(jt_elf_address_of_offset(elf, 0x80, &address));
    assert_true(jt_elf_find(elf, address, &symbol));
    assert_int_equal(symbol.start, address);
    assert_false(jt_elf_find(elf, address + symbol.bytes, &symbol));
    jt_elf_close(elf);
    free(folder);
}

/* Linked high above its place in the file. */
static void test_offset_becomes_the_linked_address(void **state)
{
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    struct jt_elf_symbol symbol;
    struct named named;
    uint64_t address = 0;

    write_text(folder, "s.c", "void _start(void) { for (;;) ; }\n");
    run(folder, "gcc -O1 -static -no-pie -nostdlib -Wl,-Ttext=0x7654000 s.c -o s && "
                "readelf -SW s | sed -n 's/.*[.]text *PROGBITS *[0-9a-f]* *\\([0-9a-f]*\\).*/"
                "\\1 T offset/p' > offset");
    assert_int_equal(read_nm(folder, "cat offset", &named), 1);
    elf = open_program(folder, "s");
    assert_true(jt_elf_address_of_offset(elf, named.address, &address));
    assert_int_equal(address, 0x7654000);
    assert_true(jt_elf_find(elf, address, &symbol));
    assert_string_equal(symbol.name, "_start");
    assert_false(jt_elf_address_of_offset(elf, UINT64_MAX, &address));
    jt_elf_close(elf);
    test_folder_remove(folder);
}

static void test_own_vdso_has_the_clock(void **state)
{
    struct jt_elf_request request = {.path = "[vdso]"};
    struct jt_elf *elf = NULL;
    size_t found = 0;

    assert_int_equal(jt_elf_open(&request, NULL, &elf), JITNEY_OK);
    for (uint64_t offset = 0; offset < 65536; offset += 16) {
        struct jt_elf_symbol symbol;
        uint64_t address = 0;

        if (jt_elf_address_of_offset(elf, offset, &address) && jt_elf_find(elf, address, &symbol))
            found += strstr(symbol.name, "clock_gettime") != NULL;
    }
    assert_true(found > 0);
    assert_string_equal(jt_elf_path(elf), "[vdso]");
    jt_elf_close(elf);
}

/* --- broken files ------------------------------------------------------------------------ */

static void test_file_cut_anywhere_is_read_as_far_as_it_goes(void **state)
{
    char *folder = make_home();
    char *path = jt_format("%s/p", folder);
    uint8_t *bytes = NULL;
    size_t count = 0;
    size_t opened = 0;

    write_text(folder, "p.c", c_program);
    run(folder, "gcc -g -O1 p.c -o p");
    bytes = test_read_file(path, &count);
    for (size_t cut = 0; cut < count; cut += 97) {
        struct jt_elf_frame frames[4];
        struct jt_elf_symbol symbol;
        struct jt_elf *elf = NULL;

        test_write_file(path, bytes, cut);
        if (jt_elf_open(&(struct jt_elf_request){.path = path}, NULL, &elf) != JITNEY_OK)
            continue;
        opened++;
        for (uint64_t address = 0x1000; address < 0x1300; address += 16) {
            jt_elf_find(elf, address, &symbol);
            jt_elf_frames(elf, address, frames, 4);
        }
        jt_elf_close(elf);
    }
    assert_true(opened > 10);
    free(bytes);
    free(path);
    test_folder_remove(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_a_program_are_those_of_nm),
        cmocka_unit_test(test_names_of_the_c_library_are_those_of_nm),
        cmocka_unit_test(test_aliases_and_sizes_are_decided_as_perf_decides),
        cmocka_unit_test(test_cxx_names_are_readable_and_raw),
        cmocka_unit_test(test_name_over_the_limit_is_unknown),
        cmocka_unit_test(test_trampolines_are_named_as_objdump_names_them),
        cmocka_unit_test(test_trampolines_of_aarch64_are_named),
        cmocka_unit_test(test_file_of_perf_inject_has_its_function),
        cmocka_unit_test(test_offset_becomes_the_linked_address),
        cmocka_unit_test(test_own_vdso_has_the_clock),
        cmocka_unit_test(test_file_cut_anywhere_is_read_as_far_as_it_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
