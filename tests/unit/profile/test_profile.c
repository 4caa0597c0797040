#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/profile/functions.h"
#include "analysis/profile/label.h"
#include "analysis/profile/profile.h"
#include "base/buf.h"
#include "support/profiles.h"

static void test_a_child_is_made_once_however_many_there_are(void **state)
{
    enum { CHILDREN = 3000 };
    struct jt_profile profile;
    uint32_t nodes[CHILDREN];

    jt_profile_init(&profile);
    for (uint32_t i = 0; i < CHILDREN; i++)
        nodes[i] = jt_nodes_child(&profile.nodes, 0, i + 1);
    for (uint32_t i = 0; i < CHILDREN; i++) {
        assert_int_equal(jt_nodes_child(&profile.nodes, 0, i + 1), nodes[i]);
        assert_int_equal(jt_nodes_frame(&profile.nodes, nodes[i]), i + 1);
    }
    assert_int_equal(profile.nodes.count, CHILDREN + 1);
    jt_profile_release(&profile);
}

static void test_every_child_is_in_its_parents_list(void **state)
{
    struct jt_profile profile;
    size_t listed = 0;

    jt_profile_init(&profile);
    for (uint32_t i = 0; i < 100; i++)
        jt_nodes_child(&profile.nodes, 0, i + 1);
    for (uint32_t child = jt_nodes_first_child(&profile.nodes, 0); child;
         child = jt_nodes_next_sibling(&profile.nodes, child))
        listed++;
    assert_int_equal(listed, 100);
    jt_profile_release(&profile);
}

static uint64_t total_of(const struct jt_profile *profile, const char *name, uint64_t *self)
{
    struct jt_functions functions;
    uint64_t total = 0;

    jt_functions_make(&functions, profile, false);
    for (size_t i = 0; i < functions.list.count; i++) {
        const struct jt_frame *frame = &profile->frames.at[functions.list.at[i].frame];

        if (strcmp(jt_strings_text(&profile->strings, frame->name), name) == 0) {
            total = functions.list.at[i].total;
            *self = functions.list.at[i].self;
        }
    }
    jt_functions_release(&functions);
    return total;
}

static void test_a_function_that_calls_itself_counts_once(void **state)
{
    const char *text = "main;fib;fib;fib 3\nmain;fib;other;fib 2\nmain;other 5\nmain;fib 1\n";
    struct jt_profile profile;
    uint64_t self = 0;

    test_profile_from_folded(&profile, text, strlen(text), false);
    assert_int_equal(total_of(&profile, "fib", &self), 6);
    assert_int_equal(self, 6);
    assert_int_equal(total_of(&profile, "other", &self), 7);
    assert_int_equal(self, 5);
    assert_int_equal(total_of(&profile, "main", &self), 11);
    assert_int_equal(self, 0);
    jt_profile_release(&profile);
}

static void test_functions_come_in_the_order_asked_for(void **state)
{
    const char *text = "main;small;large 5\nmain;small 7\nmain 1\n";
    struct jt_profile profile;
    struct jt_functions functions;
    const char *const by_self[] = {"small", "large", "main"};
    const char *const by_total[] = {"main", "small", "large"};

    test_profile_from_folded(&profile, text, strlen(text), false);
    for (int total = 0; total < 2; total++) {
        jt_functions_make(&functions, &profile, total == 1);
        assert_int_equal(functions.list.count, 3);
        for (size_t i = 0; i < 3; i++)
            assert_string_equal(jt_strings_text(&profile.strings,
                                                profile.frames.at[functions.list.at[i].frame].name),
                                total ? by_total[i] : by_self[i]);
        jt_functions_release(&functions);
    }
    jt_profile_release(&profile);
}

static void test_labels_say_place_tier_and_kind(void **state)
{
    static const struct {
        const char *frame;
        unsigned flags;
        const char *label;
    } rows[] = {
        {"work{tier=optimized,file=/srv/app.js,line=2}", 0, "work"},
        {"work{tier=optimized,file=/srv/app.js,line=2}", JT_LABEL_PLACE, "work app.js:2"},
        {"work{tier=optimized,file=/srv/app.js,line=2}", JT_LABEL_PLACE | JT_LABEL_TIER,
         "work app.js:2 (optimized)"},
        {"work{tier=optimized}", JT_LABEL_ANNOTATE, "work_[j]"},
        {"read{kind=kernel}", JT_LABEL_ANNOTATE, "read_[k]"},
        {"tiny{kind=native,inlined}", JT_LABEL_ANNOTATE, "tiny_[i]"},
        {"main{kind=native}", JT_LABEL_ANNOTATE, "main"},
        {"[unknown]{kind=unknown,reason=stripped,module=libc.so.6}", 0, "[libc.so.6]"},
        {"[unknown]{kind=unknown,reason=no-map,module=[jit]}", 0, "[jit]"},
        {"[unknown]{kind=unknown,reason=no-mapping}", 0, "[unknown]"},
        {"bell\a{kind=native}", 0, "bell "},
    };
    struct jt_buf text = JT_BUF_INIT(1000);
    struct jt_buf label = JT_BUF_INIT(1000);
    struct jt_profile profile;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        jt_buf_clear(&text);
        jt_buf_clear(&label);
        jt_buf_printf(&text, "%s 1\n", rows[i].frame);
        test_profile_from_folded(&profile, (const char *)text.bytes, text.length, false);
        jt_label_append(&label, &profile, 1, rows[i].flags);
        jt_buf_append(&label, "", 1);
        assert_string_equal((const char *)label.bytes, rows[i].label);
        jt_profile_release(&profile);
    }
    jt_buf_release(&text);
    jt_buf_release(&label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_is_made_once_however_many_there_are),
        cmocka_unit_test(test_every_child_is_in_its_parents_list),
        cmocka_unit_test(test_a_function_that_calls_itself_counts_once),
        cmocka_unit_test(test_functions_come_in_the_order_asked_for),
        cmocka_unit_test(test_labels_say_place_tier_and_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
