#include "programs.h"

/* The lines are part of the tests. */
static const char nested[] =
    "extern int sink(int);\n"
    "static inline __attribute__((always_inline)) int inner(int x)\n"
    "{\n"
    "    return sink(x) * 3;\n" /* 4 */
    "}\n"
    "static inline __attribute__((always_inline)) int middle(int x)\n"
    "{\n"
    "    int y = x + 1;\n"
    "    return inner(y) ^ 7;\n" /* 9 */
    "}\n"
    "int __attribute__((noinline)) outer(int x)\n"
    "{\n"
    "    return middle(x) - 1;\n" /* 13 */
    "}\n"
    "int __attribute__((noinline)) sink(int x) { __asm__ volatile(\"\" : \"+r\"(x)); return x; }\n"
    "int main(int argc, char **argv)\n"
    "{\n"
    "    int sum = 0;\n"
    "    for (int i = 0; i < argc; i++)\n"
    "        sum += outer(i);\n"      /* 20 */
    "    return sum + middle(sum);\n" /* 21 */
    "}\n";

static const char *const builds[] = {
    "gcc -O2 -g p.c -o p",
    "gcc -O2 -gdwarf-4 p.c -o p",
    "gcc -O2 -g -gz -no-pie p.c -o p",
    "gcc -O2 -g p.c -o p && objcopy -R .debug_aranges p",
    "gcc -O2 -g -ffunction-sections -Wl,--gc-sections p.c -o p",
    ("gcc -O2 -g p.c -o p && objcopy --only-keep-debug p p.debug && strip p && "
     "objcopy --add-gnu-debuglink=p.debug p"),
};

static uint64_t address_after_call(const char *folder, const char *function)
{
    char *command = jt_format("objdump -d p $([ -f p.debug ] && echo p.debug) --no-show-raw-insn "
                              "--disassemble=%s",
                              function);
    FILE *stream = output_of(folder, command);
    char line[1024];
    uint64_t address = 0;

    while (fgets(line, sizeof(line), stream))
        if (strstr(line, "call") && strstr(line, "<sink>"))
            assert_int_equal(sscanf(line, " %" SCNx64 ":", &address), 1);
    pclose(stream);
    free(command);
    return address;
}

static bool is_frame(const struct jt_elf_frame *frame, const char *function, uint32_t line)
{
    return frame->function && strcmp(frame->function, function) == 0 && frame->line == line &&
           frame->file && strcmp(frame->file + strlen(frame->file) - 3, "p.c") == 0;
}

static void check_chain(struct jt_elf *elf, uint64_t call)
{
    struct jt_elf_frame frames[8];

    assert_true(call != 0);
    assert_int_equal(jt_elf_frames(elf, call, frames, 8), 3);
    assert_true(is_frame(&frames[0], "inner", 4));
    assert_true(is_frame(&frames[1], "middle", 9));
    assert_true(is_frame(&frames[2], "outer", 13));
    /* The innermost stay when there is not room for all. */
    assert_int_equal(jt_elf_frames(elf, call, frames, 2), 2);
    assert_true(is_frame(&frames[1], "middle", 9));
    assert_int_equal(jt_elf_frames(elf, call, frames, 0), 0);
}

static void test_call_in_an_inlined_function_has_the_whole_chain(void **state)
{
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        char *folder = make_home();
        struct jt_elf *elf = NULL;
        uint64_t call = 0;

        write_text(folder, "p.c", nested);
        /* The address comes from the program before it is taken apart. */
        run(folder, "gcc -O2 -g p.c -o p");
        run(folder, builds[i]);
        call = address_after_call(folder, "outer");
        if (call == 0) { /* stripped: the same code as the first build */
            run(folder, "cp p kept; gcc -O2 -g p.c -o p");
            call = address_after_call(folder, "outer");
            run(folder, "mv kept p");
        }
        elf = open_program(folder, "p");
        check_chain(elf, call);
        jt_elf_close(elf);
        test_folder_remove(folder);
    }
}

/* --- all addresses, as addr2line has them ---------------------------------------- */

/* addr2line -aif prints the address and then FUNCTION and FILE:LINE for each
 * frame, and again an address. */
static void check_frames(FILE *stream, const struct jt_elf_frame *frames, size_t count)
{
    char line[4096];

    for (size_t i = 0; i < count; i++) {
        assert_non_null(fgets(line, sizeof(line), stream));
        line[strcspn(line, "\n")] = '\0';
        assert_string_equal(frames[i].function, line);
        assert_non_null(fgets(line, sizeof(line), stream));
        assert_int_equal(frames[i].line, strtoul(strrchr(line, ':') + 1, NULL, 10));
    }
}

static void test_every_address_of_a_program_is_as_addr2line_has_it(void **state)
{
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    uint64_t start = 0;
    FILE *stream = NULL;
    size_t deep = 0;

    write_text(folder, "p.c", nested);
    run(folder, "gcc -O2 -g p.c -o p");
    elf = open_program(folder, "p");
    stream = output_of(folder, "nm -S p | awk '$4 == \"outer\" || $4 == \"main\" {print $1, $2}'");
    for (uint64_t bytes = 0; fscanf(stream, "%" SCNx64 " %" SCNx64, &start, &bytes) == 2;)
        for (uint64_t i = 0; i < bytes; i++) {
            struct jt_elf_frame frames[8];
            size_t count = jt_elf_frames(elf, start + i, frames, 8);
            char *command = jt_format("addr2line -if -e p %" PRIx64, start + i);
            FILE *answer = output_of(folder, command);

            assert_true(count > 0);
            check_frames(answer, frames, count);
            assert_int_equal(fgetc(answer), EOF);
            pclose(answer);
            free(command);
            deep += count > 2;
        }
    pclose(stream);
    assert_true(deep > 0);
    jt_elf_close(elf);
    test_folder_remove(folder);
}

static void test_cxx_frames_have_readable_names(void **state)
{
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    struct jt_elf_frame frames[8];
    size_t named = 0;
    uint64_t start = 0;
    uint64_t bytes = 0;
    FILE *stream = NULL;

    write_text(folder, "p.cc",
               "namespace ns { struct Thing { int value;\n"
               "__attribute__((always_inline)) int get() const { return value * 3 / 7; } }; }\n"
               "int use(const ns::Thing &thing) { return thing.get() / 11; }\n");
    run(folder, "g++ -O2 -g -shared -fPIC p.cc -o p");
    elf = open_program(folder, "p");
    stream = output_of(folder, "nm -S p | awk '/use/ {print $1, $2}'");
    assert_int_equal(fscanf(stream, "%" SCNx64 " %" SCNx64, &start, &bytes), 2);
    pclose(stream);
    for (uint64_t i = 0; i < bytes; i++)
        if (jt_elf_frames(elf, start + i, frames, 8) == 2 &&
            strcmp(frames[0].function, "ns::Thing::get") == 0 && frames[0].line == 2 &&
            strcmp(frames[1].function, "use") == 0 && frames[1].line == 3)
            named++;
    assert_true(named > 0);
    jt_elf_close(elf);
    test_folder_remove(folder);
}

static void test_program_without_dwarf_has_no_frames(void **state)
{
    char *folder = make_home();
    struct jt_elf *elf = NULL;
    struct jt_elf_frame frames[8];
    uint64_t address = 0;

    write_text(folder, "p.c", nested);
    run(folder, "gcc -O2 p.c -o p");
    elf = open_program(folder, "p");
    address = address_after_call(folder, "outer");
    assert_true(address != 0);
    assert_int_equal(jt_elf_frames(elf, address, frames, 8), 0);
    jt_elf_close(elf);
    test_folder_remove(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_call_in_an_inlined_function_has_the_whole_chain),
        cmocka_unit_test(test_every_address_of_a_program_is_as_addr2line_has_it),
        cmocka_unit_test(test_cxx_frames_have_readable_names),
        cmocka_unit_test(test_program_without_dwarf_has_no_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
