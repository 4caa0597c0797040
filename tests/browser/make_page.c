/* Make a page or a picture from the folded text of tests/support/profiles.h:
 *
 *     make_page OUT.html|OUT.svg IN.folded|large:NODES [title=T] [view=summary]
 *         [icicle] [reversed] [min-share=X] [before=OTHER.folded] [facts] [split]
 *
 * `facts` fills in what a recorded profile says about its run; `split`, the last
 * word, keeps tiers apart. */
#include "analysis/report/html.h"
#include "analysis/report/svg.h"
#include "support/files.h"
#include "support/profiles.h"

#include <string.h>
#include <time.h>

static void read_profile(struct jt_profile *profile, const char *path, bool splits_tiers)
{
    size_t bytes = 0;
    uint8_t *text = NULL;

    if (strncmp(path, "large:", 6) == 0) {
        test_profile_large(profile, (uint32_t)strtoul(path + 6, NULL, 10), 40, 20000);
        return;
    }
    text = test_read_file(path, &bytes);
    test_profile_from_folded(profile, (const char *)text, bytes, splits_tiers);
    free(text);
}

static void fill_facts(struct jt_profile *profile)
{
    profile->command = jt_strdup("node app.js --fast");
    profile->event = jt_strdup("cpu-clock");
    profile->frequency = 999;
    profile->start_ns = 1000;
    profile->end_ns = UINT64_C(3500000000) + 1000;
    profile->user_samples = profile->samples;
    profile->user_samples_named = profile->samples - profile->samples / 50;
    profile->jit_samples = profile->samples / 2;
    profile->lost_samples = 3;
    profile->ambiguous_samples = 17;
    for (int i = 0; i < JT_SHARE_COUNT; i++)
        profile->shares[i] = (uint64_t)(JT_SHARE_COUNT - i) * 7;
    profile->unknown[JT_REASON_NO_MAP] = (struct jt_profile_unknown){40, 12};
    profile->unknown[JT_REASON_STRIPPED] = (struct jt_profile_unknown){9, 1};
}

static const char *value_of(const char *word, const char *key)
{
    size_t bytes = strlen(key);

    return strncmp(word, key, bytes) == 0 && word[bytes] == '=' ? word + bytes + 1 : NULL;
}

static void read_word(struct jt_html_options *options, struct jt_profile *before, const char *word)
{
    if (value_of(word, "title"))
        options->title = value_of(word, "title");
    if (value_of(word, "min-share"))
        options->min_share = strtod(value_of(word, "min-share"), NULL);
    if (value_of(word, "view"))
        options->view = strcmp(word, "view=summary") == 0 ? JT_HTML_SUMMARY : JT_HTML_FUNCTIONS;
    if (value_of(word, "before")) {
        read_profile(before, value_of(word, "before"), false);
        options->before = before;
    }
    options->is_icicle |= strcmp(word, "icicle") == 0;
    options->is_reversed |= strcmp(word, "reversed") == 0;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct jt_profile profile;
    struct jt_profile before;
    struct jt_html_options html = {.min_share = -1};
    struct jt_svg_options svg = {0};
    FILE *out = NULL;
    double start = 0;
    int status = 0;

    if (argc < 3)
        return 2;
    read_profile(&profile, argv[2], strcmp(argv[argc - 1], "split") == 0);
    for (int i = 3; i < argc; i++) {
        read_word(&html, &before, argv[i]);
        if (strcmp(argv[i], "facts") == 0)
            fill_facts(&profile);
    }
    out = fopen(argv[1], "we");
    if (!out)
        return 1;
    start = now();
    if (strstr(argv[1], ".svg")) {
        svg = (struct jt_svg_options){html.title,     0,           html.is_icicle, html.is_reversed,
                                      html.min_share, html.before, NULL,           NULL};
        status = jt_svg_write(out, &profile, &svg);
    } else {
        status = jt_html_write(out, &profile, &html);
    }
    status |= fclose(out);
    printf("%zu nodes in %.0f ms\n", profile.nodes.count, (now() - start) * 1e3);
    jt_profile_release(&profile);
    if (html.before)
        jt_profile_release(&before);
    return status != 0;
}
