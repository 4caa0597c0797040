#include "analysis/symbol/kernel.h"

#include "base/alloc.h"
#include "jitney/status.h"
#include "support/files.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Out of order and with lines that are none, as copies of the list can be. */
static const char list[] = "ffffffff81000000 T _stext\n"
                           "ffffffff81000000 T _text\n"
                           "ffffffff81000100 t local_one\n"
                           "ffffffff81000200 W weak_one\n"
                           "ffffffff81000300 D some_data\n"
                           "ffffffff81000400 T code_and_data\n"
                           "ffffffff81000400 D data_and_code\n"
                           "0000000000000000 A fixed_percpu_data\n"
                           "this is not a symbol\n"
                           "ffffffff81000500 T\n"
                           "ffffffff81000480 T early\n"
                           "ffffffff81001010 T last_of_kernel\r\n"
                           "ffffffffc0000000 t mod_init\t[first]\n"
                           "ffffffffc0000040 t mod_exit\t[first]\n"
                           "ffffffffc0010000 t other\t[second]\n"
                           "ffffffffc0010100 t end_of_all\t[second]";

struct row {
    uint64_t address;
    const char *name; /* NULL: unknown */
    uint64_t start;
    uint64_t bytes;
    const char *module;
};

#define KERNEL "[kernel.kallsyms]"

static const struct row rows[] = {
    /* perf takes the last of several names */
    {0xffffffff81000000, "_text", 0xffffffff81000000, 0x100, KERNEL},
    {0xffffffff810000ff, "_text", 0xffffffff81000000, 0x100, KERNEL},
    {0xffffffff81000100, "local_one", 0xffffffff81000100, 0x100, KERNEL},
    {0xffffffff810002ff, "weak_one", 0xffffffff81000200, 0x100, KERNEL},
    /* data ends a function and is none */
    {0xffffffff81000300, NULL, 0, 0, NULL},
    {0xffffffff81000410, "code_and_data", 0xffffffff81000400, 0x80, KERNEL},
    {0xffffffff81000490, "early", 0xffffffff81000480, 0xb90, KERNEL},
    /* the gap between the kernel and its modules is nobody's */
    {0xffffffff81002fff, "last_of_kernel", 0xffffffff81001010, 0x1ff0, KERNEL},
    {0xffffffff81003000, NULL, 0, 0, NULL},
    {0xffffffffbfffffff, NULL, 0, 0, NULL},
    {0xffffffffc0000000, "mod_init", 0xffffffffc0000000, 0x40, "[first]"},
    {0xffffffffc0001fff, "mod_exit", 0xffffffffc0000040, 0x1fc0, "[first]"},
    {0xffffffffc0002000, NULL, 0, 0, NULL},
    {0xffffffffc0010080, "other", 0xffffffffc0010000, 0x100, "[second]"},
    {0xffffffffc0011fff, "end_of_all", 0xffffffffc0010100, 0x1f00, "[second]"},
    {0xffffffffc0012000, NULL, 0, 0, NULL},
    {0x1000, NULL, 0, 0, NULL},
    {0, NULL, 0, 0, NULL},
    {UINT64_MAX, NULL, 0, 0, NULL},
};

static void test_each_address_has_its_symbol(void **state)
{
    struct jt_kernel *kernel = NULL;
    struct jt_kernel_symbol symbol;

    assert_int_equal(jt_kernel_open_memory(list, sizeof(list) - 1, &kernel), JITNEY_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool found = jt_kernel_find(kernel, rows[i].address, &symbol);

        assert_int_equal(found, rows[i].name != NULL);
        if (!found)
            continue;
        assert_string_equal(symbol.name, rows[i].name);
        assert_string_equal(symbol.module, rows[i].module);
        assert_int_equal(symbol.start, rows[i].start);
        assert_int_equal(symbol.bytes, rows[i].bytes);
    }
    jt_kernel_close(kernel);
}

static void test_lists_that_name_nothing_are_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
    } lists[] = {
        {"0000000000000000 T _text\n0000000000000000 t x\n", JITNEY_ERR_PERMISSION},
        {"", JITNEY_ERR_FORMAT},
        {"\n\n", JITNEY_ERR_FORMAT},
        {"int main(void)\n{\n}\n", JITNEY_ERR_FORMAT},
        {"ffffffff81000000", JITNEY_ERR_FORMAT},
        {"ffffffff81000000 T \t[x]\n", JITNEY_ERR_FORMAT},
        {"00ffffffff81000000 T too_many_digits\n", JITNEY_ERR_FORMAT},
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct jt_kernel *kernel = (struct jt_kernel *)&kernel;

        assert_int_equal(jt_kernel_open_memory(lists[i].text, strlen(lists[i].text), &kernel),
                         lists[i].status);
        assert_null(kernel);
    }
}

static void test_file_is_read_and_bad_lines_are_told_once(void **state)
{
    struct jt_diag diag = {0};
    struct jt_kernel *kernel = NULL;
    struct jt_kernel_symbol symbol;
    char *folder = test_folder_make();
    char *path = jt_format("%s/kallsyms", folder);

    test_write_file(path, list, sizeof(list) - 1);
    assert_int_equal(jt_kernel_open(path, &diag, &kernel), JITNEY_OK);
    assert_int_equal(diag.warnings, 1);
    assert_true(jt_kernel_find(kernel, 0xffffffff81000100, &symbol));
    assert_string_equal(symbol.name, "local_one");
    jt_kernel_close(kernel);
    free(path);
    test_folder_remove(folder);
}

/* Opening the FIFO must not wait for somebody to write. */
static void test_what_is_no_regular_file_is_refused(void **state)
{
    struct jt_diag diag = {0};
    struct jt_kernel *kernel = NULL;
    char *folder = test_folder_make();
    char *fifo = jt_format("%s/fifo", folder);
    char *missing = jt_format("%s/missing", folder);

    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(jt_kernel_open(fifo, &diag, &kernel), JITNEY_ERR_FORMAT);
    assert_int_equal(jt_kernel_open(folder, &diag, &kernel), JITNEY_ERR_FORMAT);
    assert_int_equal(jt_kernel_open(missing, &diag, &kernel), JITNEY_ERR_NOT_FOUND);
    assert_null(kernel);
    assert_int_equal(diag.errors + diag.warnings, 0);
    free(fifo);
    free(missing);
    test_folder_remove(folder);
}

/* Every function of the running kernel is found at its own address; where the
 * kernel hides them, that is said. */
static void test_running_kernel_agrees_with_its_own_list(void **state)
{
    struct jt_diag diag = {0};
    struct jt_kernel *kernel = NULL;
    struct jt_kernel_symbol symbol;
    int status = jt_kernel_open(NULL, &diag, &kernel);
    FILE *file = fopen("/proc/kallsyms", "re");
    char line[1024];
    uint64_t address = 0;
    uint64_t highest = 0;
    char type = 0;
    size_t checked = 0;

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        assert_int_equal(sscanf(line, "%" SCNx64 " %c", &address, &type), 2);
        highest = address > highest ? address : highest;
        if (status || !strchr("tTwW", type))
            continue;
        assert_true(jt_kernel_find(kernel, address, &symbol));
        assert_int_equal(symbol.start, address);
        assert_true(symbol.bytes > 0);
        checked++;
    }
    fclose(file);
    assert_int_equal(status, highest == 0 ? JITNEY_ERR_PERMISSION : JITNEY_OK);
    assert_true(status || checked > 1000);
    jt_kernel_close(kernel);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_address_has_its_symbol),
        cmocka_unit_test(test_lists_that_name_nothing_are_refused),
        cmocka_unit_test(test_file_is_read_and_bad_lines_are_told_once),
        cmocka_unit_test(test_what_is_no_regular_file_is_refused),
        cmocka_unit_test(test_running_kernel_agrees_with_its_own_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
