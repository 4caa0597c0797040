#include "analysis/symbol/demangle.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *name;
    const char *readable; /* NULL: not a mangled name */
};

static const struct row rows[] = {
    {"_ZN2v88internal9Execution4CallEPNS0_7IsolateE", "v8::internal::Execution::Call"},
    {"_ZN2v88internal12_GLOBAL__N_16InvokeEPNS0_7IsolateE",
     "v8::internal::(anonymous namespace)::Invoke"},
    {"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back"},
    {"_ZN3fooC1Ev", "foo::foo"},
    {"_ZNSt6localeC1Ev@@GLIBCXX_3.4", "std::locale::locale"},
    /* Rust, legacy: with the hash it would be another name in every build. */
    {"_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad"},
    {"_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h6e5f3bd5bca29b61E",
     "std::rt::lang_start::{{closure}}"},
    /* Rust v0 (RFC 2603) */
    {"_RNvC6_123foo3bar", "123foo::bar"},
    {"_RNvMs_NtC4core3fooNtB4_3Bar3new", "<core::foo::Bar>::new"},
    {"_D3std5stdio6stdoutFZv", "std.stdio.stdout()"},
    {"malloc", NULL},
    {"_start", NULL},
    {"__libc_start_main", NULL},
    {"_", NULL},
    {"", NULL},
    {"_Z", NULL},
    {"_R", NULL},
    {"_D", NULL},
    {"_Dmain2", NULL},
    {"_ZN3", NULL},
    {"caml_main", NULL},
};

static void test_names_become_readable_without_parameters(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *readable = jt_demangle(rows[i].name);

        if (rows[i].readable) {
            assert_non_null(readable);
            assert_string_equal(readable, rows[i].readable);
        } else {
            assert_null(readable);
        }
        free(readable);
    }
}

/* f<A<int, int>, A<A<int, int>, A<int, int>>, ...>: every level doubles. */
static void test_name_that_grows_without_bound_is_left_alone(void **state)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct jt_buf name = JT_BUF_INIT(4096);

    jt_buf_append_text(&name, "_Z1fI1AIiiE");
    for (int i = 1; i < 35; i++)
        jt_buf_printf(&name, "S0_IS%c_S%c_E", digits[i], digits[i]);
    jt_buf_append_text(&name, "EvT_");
    jt_buf_append(&name, "", 1);
    assert_int_equal(jt_buf_status(&name), 0);
    assert_null(jt_demangle((const char *)name.bytes));
    jt_buf_release(&name);
}

static void test_same_growth_in_a_short_name_is_read(void **state)
{
    char *readable = jt_demangle("_Z1fI1AIiiES0_IS1_S1_EEvT_");

    assert_non_null(readable);
    assert_string_equal(readable, "f<A<int, int>, A<A<int, int>, A<int, int> > >");
    free(readable);
}

static void test_names_over_the_limit_are_left_alone(void **state)
{
    char *name = jt_alloc(70001, 1);

    memset(name, 'a', 70000);
    name[0] = '_';
    memcpy(name, "_ZN3foo", 7);
    assert_null(jt_demangle(name));
    free(name);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_become_readable_without_parameters),
        cmocka_unit_test(test_name_that_grows_without_bound_is_left_alone),
        cmocka_unit_test(test_same_growth_in_a_short_name_is_read),
        cmocka_unit_test(test_names_over_the_limit_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
