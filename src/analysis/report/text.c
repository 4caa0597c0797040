#include "analysis/report/text.h"

#include "analysis/profile/functions.h"
#include "analysis/profile/label.h"
#include "base/thousands.h"
#include "jitney/status.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_LIMIT = 1 << 16, LEAST_COLUMNS = 60, TIERS_COLUMNS = 18, BAR_COLUMNS = 40 };

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_head(FILE *stream, const struct jt_profile *profile)
{
    char samples[JT_THOUSANDS_BYTES];
    char lost[JT_THOUSANDS_BYTES];
    double seconds = (double)(profile->end_ns - profile->start_ns) / 1e9;

    if (profile->command)
        fprintf(stream, "%s\n", profile->command);
    fprintf(stream, "  %s samples", jt_thousands(profile->samples, samples));
    if (profile->end_ns > profile->start_ns)
        fprintf(stream, " in %.1f s", seconds);
    if (profile->frequency)
        fprintf(stream, " at %llu Hz", (unsigned long long)profile->frequency);
    if (profile->event)
        fprintf(stream, " (%s)", profile->event);
    fprintf(stream, ", %s lost\n", jt_thousands(profile->lost_samples, lost));
    if (profile->user_samples > 0)
        fprintf(stream, "  %.1f %% of the %s samples in user mode end in a named function\n",
                percent(profile->user_samples_named, profile->user_samples),
                jt_thousands(profile->user_samples, samples));
    if (strcmp(profile->unit, "samples") != 0)
        fprintf(stream, "  weighed by %s\n", profile->unit);
}

static int compare_shares(const void *left, const void *right, void *context)
{
    const struct jt_profile *profile = context;
    uint64_t a = profile->shares[*(const int *)left];
    uint64_t b = profile->shares[*(const int *)right];

    return a == b ? *(const int *)left - *(const int *)right : a < b ? 1 : -1;
}

static void print_shares(FILE *stream, const struct jt_profile *profile)
{
    int order[JT_SHARE_COUNT];
    double share = 0;

    for (int i = 0; i < JT_SHARE_COUNT; i++)
        order[i] = i;
    qsort_r(order, JT_SHARE_COUNT, sizeof(order[0]), compare_shares, (void *)profile);
    fputs("\nWhere the time went\n", stream);
    for (int i = 0; i < JT_SHARE_COUNT; i++) {
        if (profile->shares[order[i]] == 0)
            continue;
        share = percent(profile->shares[order[i]], profile->weight);
        fprintf(stream, "  %-12s %5.1f %%  ", jt_share_name((enum jt_share)order[i]), share);
        for (int bar = 0; bar < (int)(share * BAR_COLUMNS / 100 + 0.5); bar++)
            fputc('#', stream);
        fputc('\n', stream);
    }
}

/* Short, so that two fit beside a name. */
static const char *short_tier(int tier)
{
    static const char *const names[JT_TIER_COUNT] = {
        [JT_TIER_UNKNOWN] = "jit", [JT_TIER_INTERPRETED] = "int", [JT_TIER_BASELINE] = "base",
        [JT_TIER_MID] = "mid",     [JT_TIER_OPTIMIZED] = "opt",   [JT_TIER_STUB] = "stub"};

    return names[tier] ? names[tier] : "";
}

/* "opt 98%, int 2%": the tiers of a function's own time, most first. */
static void print_tiers(FILE *stream, const struct jt_profile *profile, uint32_t id)
{
    const uint64_t *self = profile->tiers.at[id].self;
    uint64_t whole = 0;
    int best = JT_TIER_NONE;
    int second = JT_TIER_NONE;

    for (int tier = JT_TIER_NONE + 1; tier < JT_TIER_COUNT; tier++) {
        whole += self[tier];
        if (self[tier] > (best ? self[best] : 0)) {
            second = best;
            best = tier;
        } else if (self[tier] > (second ? self[second] : 0)) {
            second = tier;
        }
    }
    if (whole == 0)
        fputs(jt_tier_name(profile->frames.at[id].tier), stream);
    else if (!second)
        fputs(jt_tier_name((enum jt_tier)best), stream);
    else
        fprintf(stream, "%s %.0f%%, %s %.0f%%", short_tier(best), percent(self[best], whole),
                short_tier(second), percent(self[second], whole));
}

/* How many bytes of UTF-8 text fit into `columns` characters. */
static size_t fitting(const char *text, size_t bytes, size_t columns)
{
    size_t at = 0;

    while (at < bytes && (columns > 0 || ((unsigned char)text[at] & 0xc0) == 0x80)) {
        columns -= ((unsigned char)text[at] & 0xc0) != 0x80;
        at++;
    }
    return at;
}

static size_t columns_of(const char *text, size_t bytes)
{
    size_t columns = 0;

    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* A name too long for its column loses its middle: its place is at its end. */
static void print_fitted(FILE *stream, const char *text, size_t bytes, size_t columns)
{
    size_t whole = columns_of(text, bytes);
    size_t tail = columns / 3;
    size_t head = columns - tail - 2;

    if (whole <= columns) {
        fwrite(text, 1, bytes, stream);
        fprintf(stream, "%*s", (int)(columns - whole), "");
        return;
    }
    fwrite(text, 1, fitting(text, bytes, head), stream);
    fputs("..", stream);
    head = fitting(text, bytes, whole - tail);
    fwrite(text + head, 1, bytes - head, stream);
}

static void print_functions(FILE *stream, const struct jt_profile *profile,
                            const struct jt_text_options *options)
{
    struct jt_functions functions;
    struct jt_buf label = JT_BUF_INIT(LABEL_LIMIT);
    size_t columns = (options->columns < LEAST_COLUMNS ? LEAST_COLUMNS : options->columns) - 20;
    size_t names = columns > 2 * (size_t)TIERS_COLUMNS ? columns - TIERS_COLUMNS : columns / 2;
    unsigned flags = JT_LABEL_PLACE | (profile->tiers_are_split ? JT_LABEL_TIER : 0);

    jt_functions_make(&functions, profile, options->by_total);
    fprintf(stream, "\n    self    total  %-*s  %s\n", (int)names, "function", "tier or module");
    for (size_t i = 0; i < functions.list.count; i++) {
        const struct jt_function *function = &functions.list.at[i];
        const struct jt_frame *frame = &profile->frames.at[function->frame];

        if (options->most_functions && i == options->most_functions) {
            fprintf(stream, "  and %zu more functions (-n 0 shows all)\n",
                    functions.list.count - i);
            break;
        }
        jt_buf_clear(&label);
        jt_label_append(&label, profile, function->frame, flags);
        fprintf(stream, "  %5.1f %%  %5.1f %%  ", percent(function->self, profile->weight),
                percent(function->total, profile->weight));
        print_fitted(stream, (const char *)label.bytes, label.length, names);
        fputs("  ", stream);
        if (frame->kind == JT_FRAME_JIT)
            print_tiers(stream, profile, function->frame);
        else
            fputs(jt_strings_text(&profile->strings, frame->module), stream);
        fputc('\n', stream);
    }
    jt_functions_release(&functions);
    jt_buf_release(&label);
}

static void print_unknown(FILE *stream, const struct jt_profile *profile)
{
    bool has_any = false;

    for (int reason = 0; reason < JT_REASON_COUNT; reason++) {
        const struct jt_profile_unknown *unknown = &profile->unknown[reason];

        if (unknown->frames == 0)
            continue;
        if (!has_any)
            fputs("\nFrames without a name, and what helps\n", stream);
        has_any = true;
        fprintf(stream, "  %5.2f %% of frames, %.2f %% of leaves: %s\n",
                percent(unknown->frames, profile->frames_total),
                percent(unknown->samples, profile->weight),
                reason ? jt_reason_text((enum jt_reason)reason) : "no reason is known");
        if (reason)
            fprintf(stream, "      %s\n", jt_reason_remedy((enum jt_reason)reason));
    }
}

static void print_note(FILE *stream, uint64_t count, uint64_t whole, const char *what)
{
    char text[JT_THOUSANDS_BYTES];

    if (count == 0)
        return;
    fprintf(stream, "  %s", jt_thousands(count, text));
    if (whole)
        fprintf(stream, " (%.1f %%)", percent(count, whole));
    fprintf(stream, " %s\n", what);
}

static void print_losses(FILE *stream, const struct jt_profile *profile)
{
    if (!profile->ambiguous_samples && !profile->broken_chains && !profile->cut_stacks &&
        !profile->lost_samples && !profile->bad_records && !profile->torn_bytes &&
        !profile->other_samples)
        return;
    fputs("\nTo be kept in mind\n", stream);
    print_note(stream, profile->ambiguous_samples, profile->samples,
               "samples have a name that is a guess: their address was used\n      more than once "
               "and a perf map tells no times; a jitdump does");
    print_note(
        stream, profile->cut_stacks, profile->samples,
        "samples are as deep as the kernel keeps and lost their callers;\n      record with a "
        "higher kernel.perf_event_max_stack");
    print_note(stream, profile->broken_chains, profile->samples,
               "samples lost their callers to a bad frame pointer");
    print_note(stream, profile->lost_samples, profile->samples + profile->lost_samples,
               "samples were lost while recording; a lower -F helps");
    print_note(stream, profile->other_samples, 0, "samples of other events are not in here");
    print_note(stream, profile->bad_records, 0, "records could not be understood");
    print_note(stream, profile->torn_bytes, 0, "bytes at the end were cut short");
}

int jt_text_write(FILE *stream, const struct jt_profile *profile,
                  const struct jt_text_options *options)
{
    print_head(stream, profile);
    if (profile->samples > 0) {
        print_shares(stream, profile);
        print_functions(stream, profile, options);
        print_unknown(stream, profile);
    } else {
        fputs("\nThere is not one sample: nothing ran long enough on a CPU while it was recorded.\n"
              "A higher frequency (record -F 9999) sees shorter work.\n",
              stream);
    }
    print_losses(stream, profile);
    return ferror(stream) ? JITNEY_ERR_IO : JITNEY_OK;
}
