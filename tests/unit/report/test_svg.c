#include "analysis/report/svg.h"

#include "analysis/report/palette.h"
#include "analysis/symbol/native.h"
#include "jitney/status.h"
#include "support/profiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill(struct jt_profile *profile, const char *text)
{
    test_profile_from_folded(profile, text, strlen(text), false);
}

static char *picture_of(const char *folded, const struct jt_svg_options *options)
{
    struct jt_profile profile;
    char *picture = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&picture, &bytes);

    fill(&profile, folded);
    assert_int_equal(jt_svg_write(stream, &profile, options), JITNEY_OK);
    fclose(stream);
    assert_int_equal(strlen(picture), bytes);
    jt_profile_release(&profile);
    return picture;
}

struct box {
    double x, y, width;
};

/* The rectangle of the frame whose tooltip begins with `name`. */
static struct box box_of(const char *picture, const char *name)
{
    char *begin = jt_format("<g><title>%s", name);
    const char *frame = strstr(picture, begin);
    const char *rect = frame ? strstr(frame, "<rect") : NULL;
    struct box box = {0};

    if (!rect || sscanf(strstr(rect, " x="), " x=\"%lf\" y=\"%lf\" width=\"%lf\"", &box.x, &box.y,
                        &box.width) != 3)
        fail_msg("no frame %s", name);
    free(begin);
    return box;
}

static void test_frames_lie_in_their_callers_and_are_as_wide_as_their_share(void **state)
{
    static const struct jt_svg_options options = {.width = 1024, .min_share = -1};
    char *picture = picture_of("a;b 30\na;c 60\nd 10\n", &options);
    struct box a = box_of(picture, "a ");
    struct box b = box_of(picture, "b ");
    struct box c = box_of(picture, "c ");

    assert_true(a.width > 895 && a.width < 905); /* 90 % of 1024 - 24 */
    assert_true(c.width > 595 && c.width < 605);
    assert_true(c.x == a.x && b.x > c.x && b.x + b.width <= a.x + a.width + 1);
    assert_true(b.y < a.y && a.y < box_of(picture, "all").y);
    assert_non_null(strstr(picture, "<title>c (60 samples, 60.00%)</title>"));
    free(picture);
}

static void test_an_icicle_has_its_root_on_top(void **state)
{
    static const struct jt_svg_options options = {.is_icicle = true, .min_share = -1};
    char *picture = picture_of("a;b 30\n", &options);

    assert_true(box_of(picture, "all").y < box_of(picture, "a ").y);
    assert_true(box_of(picture, "a ").y < box_of(picture, "b ").y);
    free(picture);
}

static void test_reversed_merges_the_leaves(void **state)
{
    static const struct jt_svg_options options = {
        .is_reversed = true, .is_icicle = true, .min_share = -1};
    char *picture = picture_of("a;leaf 30\nb;leaf 50\nb 20\n", &options);

    assert_non_null(strstr(picture, "<title>leaf (80 samples, 80.00%)"));
    assert_true(box_of(picture, "leaf").y < box_of(picture, "a ").y);
    assert_true(box_of(picture, "a ").x > box_of(picture, "leaf").x);
    free(picture);
}

/* Recursion that was sampled at each depth makes a chain for every leaf. */
static void test_reversed_deep_recursion_ends(void **state)
{
    static const struct jt_svg_options options = {.is_reversed = true, .min_share = 0};
    struct jt_profile profile;
    struct jt_frame frame = {.kind = JT_FRAME_NAMED};
    uint32_t node = 0;
    char *picture = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&picture, &bytes);

    jt_profile_init(&profile);
    frame.name = jt_strings_put_text(&profile.strings, "again");
    for (int i = 0; i < 20000; i++) {
        node = jt_nodes_child(&profile.nodes, node, jt_profile_frame(&profile, &frame));
        jt_nodes_add_self(&profile.nodes, node, 1);
    }
    jt_profile_finish(&profile);
    assert_int_equal(jt_svg_write(stream, &profile, &options), JITNEY_OK);
    fclose(stream);
    assert_non_null(strstr(picture, "(20000 samples, 100.00%)"));
    assert_true(bytes < 300000);
    free(picture);
    jt_profile_release(&profile);
}

static void test_narrow_frames_are_merged_and_the_picture_says_so(void **state)
{
    static const struct jt_svg_options options = {.min_share = 0.05};
    char *picture = picture_of("a 97\na;b 2\na;c;d 1\n", &options);

    assert_null(strstr(picture, "<title>b"));
    assert_non_null(strstr(picture, "<title>3 narrower frames (3 samples, 3.00%)</title>"));
    assert_non_null(
        strstr(picture, "3 frames narrower than 5 samples are merged; 3 samples end in them"));
    free(picture);
}

static void test_names_are_clipped_and_escaped(void **state)
{
    static const struct jt_svg_options options = {.width = 400, .min_share = -1, .title = "<&\">"};
    char *picture = picture_of("std::map<int,char>::find(\x01\xff)&'\"averyveryverylongname"
                               "averyveryverylongnameaveryveryverylongname 5\n",
                               &options);

    assert_non_null(strstr(picture, "std::map&lt;int,char&gt;::find( \xef\xbf\xbd)"
                                    "&amp;&#39;&quot;avery"));
    assert_non_null(strstr(picture, "..</text>"));
    assert_non_null(strstr(picture, "<title id=\"title\">&lt;&amp;&quot;&gt;</title>"));
    assert_null(strchr(picture, '\x01'));
    free(picture);
}

static void test_a_differential_is_shaded_by_the_change(void **state)
{
    struct jt_profile before;
    struct jt_svg_options options = {.min_share = -1, .before = &before};
    char *picture = NULL;
    const char *gone = NULL;

    fill(&before, "a;gone 5\na;same 5\n");
    picture = picture_of("a;new 50\na;same 50\n", &options);
    gone = strstr(picture, "<g><title>gone");
    assert_non_null(gone);
    assert_non_null(strstr(gone, "(5 samples, 50.00% &#8594; 0 samples, 0.00%)"));
    assert_memory_equal(strstr(gone, "<rect"), "<rect class=\"d0\"", 16);
    assert_memory_equal(strstr(strstr(picture, "<g><title>new"), "<rect"), "<rect class=\"d12\"",
                        17);
    assert_memory_equal(strstr(strstr(picture, "<g><title>same"), "<rect"), "<rect class=\"d6\"",
                        16);
    free(picture);
    jt_profile_release(&before);
}

static void test_the_kind_of_code_decides_the_colour(void **state)
{
    static const struct {
        struct jt_frame frame;
        enum jt_category category;
    } cases[] = {
        {{.kind = JT_FRAME_JIT, .tier = JT_TIER_INTERPRETED}, JT_CATEGORY_INTERPRETED},
        {{.kind = JT_FRAME_JIT, .tier = JT_TIER_BASELINE}, JT_CATEGORY_BASELINE},
        {{.kind = JT_FRAME_JIT, .tier = JT_TIER_MID}, JT_CATEGORY_MID},
        {{.kind = JT_FRAME_JIT, .tier = JT_TIER_OPTIMIZED}, JT_CATEGORY_OPTIMIZED},
        {{.kind = JT_FRAME_JIT, .tier = JT_TIER_UNKNOWN}, JT_CATEGORY_JIT},
        {{.kind = JT_FRAME_JIT}, JT_CATEGORY_JIT},
        {{.kind = JT_FRAME_NATIVE, .tier = JT_TIER_STUB, .runtime = JT_RUNTIME_V8},
         JT_CATEGORY_STUB},
        {{.kind = JT_FRAME_NATIVE, .runtime = JT_RUNTIME_V8}, JT_CATEGORY_RUNTIME},
        {{.kind = JT_FRAME_NATIVE, .role = JT_ROLE_STUB}, JT_CATEGORY_STUB},
        {{.kind = JT_FRAME_NATIVE, .role = JT_ROLE_GC}, JT_CATEGORY_GC},
        {{.kind = JT_FRAME_NATIVE, .role = JT_ROLE_COMPILER}, JT_CATEGORY_COMPILER},
        {{.kind = JT_FRAME_NATIVE, .role = JT_ROLE_INTERPRETER}, JT_CATEGORY_INTERPRETED},
        {{.kind = JT_FRAME_NATIVE}, JT_CATEGORY_NATIVE},
        {{.kind = JT_FRAME_KERNEL}, JT_CATEGORY_KERNEL},
        {{.kind = JT_FRAME_UNKNOWN}, JT_CATEGORY_UNKNOWN},
        {{.kind = JT_FRAME_NAMED}, JT_CATEGORY_NAMED},
        {{.kind = JT_FRAME_NAMED, .tier = JT_TIER_UNKNOWN}, JT_CATEGORY_JIT},
        {{.kind = JT_FRAME_COMMAND}, JT_CATEGORY_COMMAND},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(jt_category_of(&cases[i].frame), cases[i].category);
}

/* WCAG 2: contrast of text in the picture's two inks on every fill. */
static double light_of(uint32_t colour)
{
    static const double parts[] = {0.0722, 0.7152, 0.2126};
    double light = 0;

    for (int i = 0; i < 3; i++) {
        double value = (double)(colour >> 8 * i & 0xff) / 255;

        /* A cubic that follows sRGB's curve within one percent. */
        light += parts[i] * value * (value * (value * 0.3053 + 0.6822) + 0.0125);
    }
    return light;
}

static double contrast(uint32_t a, uint32_t b)
{
    double x = light_of(a) + 0.05;
    double y = light_of(b) + 0.05;

    return x > y ? x / y : y / x;
}

static void test_text_can_be_read_on_every_colour(void **state)
{
    for (int i = 0; i < JT_CATEGORY_COUNT; i++) {
        assert_true(contrast(jt_category_row(i)->light, 0x1c2026) >= 4.5);
        assert_true(contrast(jt_category_row(i)->dark, 0xeceef1) >= 4.5);
    }
    for (unsigned i = 0; i < JT_DIFF_SHADES; i++) {
        assert_true(contrast(jt_diff_colour(i, false), 0x1c2026) >= 4.5);
        assert_true(contrast(jt_diff_colour(i, true), 0xeceef1) >= 4.3);
    }
}

static void test_a_full_disk_is_told(void **state)
{
    static const struct jt_svg_options options = {.min_share = -1};
    struct jt_profile profile;
    FILE *full = fopen("/dev/full", "we");

    fill(&profile, "a 1\n");
    assert_int_equal(jt_svg_write(full, &profile, &options), JITNEY_ERR_IO);
    fclose(full);
    jt_profile_release(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_lie_in_their_callers_and_are_as_wide_as_their_share),
        cmocka_unit_test(test_an_icicle_has_its_root_on_top),
        cmocka_unit_test(test_reversed_merges_the_leaves),
        cmocka_unit_test(test_reversed_deep_recursion_ends),
        cmocka_unit_test(test_narrow_frames_are_merged_and_the_picture_says_so),
        cmocka_unit_test(test_names_are_clipped_and_escaped),
        cmocka_unit_test(test_a_differential_is_shaded_by_the_change),
        cmocka_unit_test(test_the_kind_of_code_decides_the_colour),
        cmocka_unit_test(test_text_can_be_read_on_every_colour),
        cmocka_unit_test(test_a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
