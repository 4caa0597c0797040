/* Any bytes as two views: partners are each other's, every piece is counted once, both
 * reports can be written, and a view beside itself has nothing of its own. */
#include "analysis/report/compare.h"
#include "base/alloc.h"
#include "jitney/event.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MOST = 300 };

struct input {
    const uint8_t *at;
    size_t left;
};

static uint64_t take(struct input *input, size_t bytes)
{
    uint64_t value = 0;

    if (bytes > input->left)
        bytes = input->left;
    memcpy(&value, input->at, bytes);
    input->at += bytes;
    input->left -= bytes;
    return value;
}

static uint32_t take_name(struct input *input, struct jt_codeview *view)
{
    static const char *const names[] = {"JS:*f /a.js:1:2",
                                        "JS:~f /a.js:1:2",
                                        "JS:^ /a.js:3:4",
                                        "Builtin:X",
                                        "BytecodeHandler:Y",
                                        "void a.B.m(java.util.Map$Entry, int)",
                                        "a.B.m(Map.Entry, int)",
                                        "La/B;m(I)V",
                                        "f [jit]",
                                        "a.B$$Lambda/0x12.x(",
                                        "uncommon trap",
                                        "replaced"};
    uint64_t pick = take(input, 1);
    size_t bytes = pick % 7 < input->left ? pick % 7 : input->left;
    uint32_t name = 0;

    if (pick < 200)
        return jt_strings_put_text(&view->strings,
                                   names[pick % (sizeof(names) / sizeof(names[0]))]);
    name = jt_strings_put(&view->strings, (const char *)input->at, bytes);
    input->at += bytes;
    input->left -= bytes;
    return name;
}

static void take_event(struct input *input, struct jt_codeview *view, uint64_t *now)
{
    uint8_t what = (uint8_t)take(input, 1);
    struct jt_codeview_event event = {.step = what % 3, .pid = what >> 3 & 1};

    *now = what & 0x80 ? take(input, 8) : *now + take(input, 1) * 1000;
    event.time_ns = *now;
    event.address = what & 0x40 ? take(input, 8) : take(input, 1) * 16;
    event.from = take(input, 1) * 16;
    event.bytes = take(input, 1);
    event.number = take(input, 1);
    event.name = take_name(input, view);
    event.is_raw = what >> 4 & 1;
    event.kind = (uint32_t)take(input, 1) % 6;
    event.tier = event.kind;
    event.line = event.kind;
    jt_vec_push(&view->events, event);
}

static void take_deopt(struct input *input, struct jt_codeview *view, uint64_t now)
{
    struct jt_codeview_deopt deopt = {.time_ns = now + take(input, 1) * 1000,
                                      .load = JT_CODEVIEW_NO_CODE};

    if (view->events.count > 0)
        deopt.load = take(input, 1) % view->events.count;
    deopt.name = take_name(input, view);
    deopt.kind = take_name(input, view);
    deopt.reason = take_name(input, view);
    jt_vec_push(&view->deopts, deopt);
}

static void take_view(struct input *input, struct jt_codeview *view)
{
    uint64_t now = 0;
    uint64_t count = take(input, 1) * 2 % EVENTS_MOST;

    *view = (struct jt_codeview){.path = jt_strdup("x"),
                                 .kind = take(input, 1) % 6,
                                 .clock = take(input, 1) % 5,
                                 .zero_ns = take(input, 2)};
    jt_strings_init(&view->strings);
    for (uint64_t i = 0; i < count && input->left > 0; i++) {
        if (take(input, 1) % 8 == 0)
            take_deopt(input, view, now);
        else
            take_event(input, view, &now);
    }
}

static void check_side(const struct jt_comparison *comparison, size_t side)
{
    const struct jt_compare_side *one = &comparison->sides[side];
    const struct jt_compare_side *other = &comparison->sides[1 - side];
    uint64_t pairs = 0, alone = 0, counted = 0, counted_alone = 0;

    for (size_t i = 0; i < one->pieces.count; i++) {
        const struct jt_compare_piece *piece = &one->pieces.at[i];

        if (piece->partner == JT_COMPARE_ALONE)
            alone += !piece->is_again;
        else if (piece->partner >= other->pieces.count || piece->is_again ||
                 other->pieces.at[piece->partner].partner != i)
            abort();
        else
            pairs++;
    }
    for (int row = 0; row < JT_COMPARE_ROWS; row++) {
        counted += comparison->counts[row].both;
        counted_alone += comparison->counts[row].only[side];
    }
    if (counted != pairs || counted_alone != alone)
        abort();
}

static void check(const struct jt_codeview *a, const struct jt_codeview *b, enum jt_compare_by by)
{
    const struct jt_compare_style style = {.most = 5, .columns = 80};
    struct jt_comparison comparison;
    FILE *null = fopen("/dev/null", "we");

    jt_compare(&comparison, a, b, by);
    check_side(&comparison, 0);
    check_side(&comparison, 1);
    if (null) {
        jt_compare_write_text(null, &comparison, &style);
        jt_compare_write_json(null, &comparison);
        fclose(null);
    }
    if (a == b && by == JT_COMPARE_BY_ADDRESS && a->clock == JT_CODEVIEW_NO_CLOCK)
        for (int row = 0; row < JT_COMPARE_DEOPT; row++)
            if (comparison.counts[row].only[0] + comparison.counts[row].only[1] > 0)
                abort();
    jt_comparison_release(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct jt_codeview a, b;
    enum jt_compare_by by = take(&input, 1) % 3;

    take_view(&input, &a);
    take_view(&input, &b);
    check(&a, &b, by);
    check(&a, &a, by);
    jt_codeview_keep_pid(&a, 1);
    check(&a, &b, by);
    jt_codeview_release(&a);
    jt_codeview_release(&b);
    return 0;
}
