#include "analysis/profile/diff.h"

#include "jitney/status.h"
#include "support/profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct jt_profile *profile, const char *text, bool splits_tiers)
{
    test_profile_from_folded(profile, text, strlen(text), splits_tiers);
}

/* Nodes of one parent, named, with both weights: "name before after;". */
static char *flat(const struct jt_diff *diff)
{
    const struct jt_profile *merged = &diff->merged;
    char *text = jt_strdup("");

    for (size_t i = 1; i < merged->nodes.count; i++) {
        const struct jt_frame *frame = &merged->frames.at[jt_nodes_frame(&merged->nodes, i)];
        char *more = jt_format(
            "%s%s:%u %d %d;", text, jt_strings_text(&merged->strings, frame->name), frame->line,
            (int)diff->weights.at[i].before_total, (int)diff->weights.at[i].after_total);

        free(text);
        text = more;
    }
    return text;
}

static void test_which_functions_are_the_same(void **state)
{
    static const struct {
        const char *what, *before, *after, *merged;
        bool splits_tiers;
    } cases[] = {
        {"another line", "f{file=a.js,line=3} 1\n", "f{file=a.js,line=5} 2\n", "f:5 1 2;", false},
        {"another file", "f{file=a.js} 1\n", "f{file=b.js} 2\n", "f:0 0 2;f:0 1 0;", false},
        {"another tier", "f{tier=baseline} 1\n", "f{tier=optimized} 2\n", "f:0 1 2;", false},
        {"another tier, split", "f{tier=baseline} 1\n", "f{tier=optimized} 2\n", "f:0 0 2;f:0 1 0;",
         true},
        {"anonymous", "(anonymous){file=a.js,line=3} 1\n", "(anonymous){file=a.js,line=5} 2\n",
         "(anonymous):5 0 2;(anonymous):3 1 0;", false},
        {"below another caller", "a;f 1\n", "b;f 2\n", "b:0 0 2;f:0 0 2;a:0 1 0;f:0 1 0;", false},
        {"nothing before", "", "f 2\n", "f:0 0 2;", false},
        {"nothing after", "f 2\n", "", "f:0 2 0;", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jt_profile before;
        struct jt_profile after;
        struct jt_diff diff;
        char *text = NULL;

        fill(&before, cases[i].before, cases[i].splits_tiers);
        fill(&after, cases[i].after, cases[i].splits_tiers);
        jt_diff_make(&diff, &before, &after);
        text = flat(&diff);
        if (strcmp(text, cases[i].merged) != 0)
            fail_msg("%s: %s", cases[i].what, text);
        assert_int_equal(diff.weights.at[0].before_total, before.weight);
        assert_int_equal(diff.weights.at[0].after_total, after.weight);
        assert_int_equal(jt_nodes_total(&diff.merged.nodes, 0), before.weight + after.weight);
        free(text);
        jt_diff_release(&diff);
        jt_profile_release(&before);
        jt_profile_release(&after);
    }
}

static void test_added_profiles_hold_the_samples_of_both(void **state)
{
    struct jt_profile one;
    struct jt_profile two;

    fill(&one, "a;b{tier=baseline} 3\na 1\n", false);
    fill(&two, "a;b{tier=optimized} 4\nc 2\n", false);
    assert_int_equal(jt_profile_add(&one, &two), JITNEY_OK);
    assert_int_equal(one.nodes.count, 4); /* all, a, b, c */
    assert_int_equal(jt_nodes_total(&one.nodes, 0), 10);
    assert_int_equal(jt_nodes_total(&one.nodes, 1), 8);
    assert_int_equal(jt_nodes_self(&one.nodes, 2), 7);
    assert_int_equal(one.samples, 10);
    assert_int_equal(one.frames.at[jt_nodes_frame(&one.nodes, 2)].tier, JT_TIER_OPTIMIZED);
    assert_int_equal(one.tiers.at[jt_nodes_frame(&one.nodes, 2)].self[JT_TIER_BASELINE], 3);
    assert_int_equal(one.tiers.at[jt_nodes_frame(&one.nodes, 2)].self[JT_TIER_OPTIMIZED], 4);
    two.unit = "cycles";
    assert_int_equal(jt_profile_add(&one, &two), JITNEY_ERR_ARGUMENT);
    assert_int_equal(one.samples, 10);
    jt_profile_release(&one);
    jt_profile_release(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_functions_are_the_same),
        cmocka_unit_test(test_added_profiles_hold_the_samples_of_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
