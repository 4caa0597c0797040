#include "analysis/symbol/timeline.h"

#include "analysis/symbol/bits.h"
#include "analysis/symbol/history.h"
#include "analysis/symbol/keyed.h"
#include "analysis/symbol/layers.h"
#include "analysis/symbol/shared.h"
#include "analysis/symbol/spans.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/vec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Every load and every move makes one stay at one address, so all stays are known
 * before the first one is lived through. finish() numbers their ranges, the spans,
 * by address and then plays the events in the order of time on a set of numbers:
 * the spans that were put down last. Spans in the set never overlap, so only the
 * member before an address can hold it. A span whose code was unloaded or moved
 * away stays in the set until something is put over it; the code's end tells.
 * Once the ends are known a find needs no more than to put spans down in the order
 * of time. */

#define EVENT_LIMIT (UINT32_MAX / 4)  /* two spans for each must have numbers */
#define LAST_MOMENT (JT_TIME_END - 1) /* what never ends outlives this */
#define SHARED_INDEX (UINT32_MAX - 1) /* the value of an index that identifies nothing */

enum event_kind {
    EVENT_LOAD,
    EVENT_MOVE,
    EVENT_END,
    EVENT_GONE /* a load or move whose code was ended by an unload */
};

struct move {
    uint64_t old_start;
    uint64_t index;
};

struct jt_timeline {
    struct jt_vec(struct jt_code) codes; /* one row for each event, in the order of time */
    struct jt_vec(uint8_t) kinds;        /* the same rows, until finished */
    struct jt_vec(struct move) moves;    /* until finished */
    size_t timeless;                     /* rows that lie in layers */
    struct jt_spans spans;
    struct jt_bits down;    /* the spans that were put down and not covered since */
    struct jt_map by_index; /* while finishing: the last row of each index */
    size_t next;            /* the first row that has not happened */
    uint64_t now;           /* the moment that was asked for last */
    bool finished;
    struct jt_history *history;
    struct jt_shared *shared;
    struct jt_timeline_counts counts;
};

struct jt_timeline *jt_timeline_new(void)
{
    return jt_alloc(1, sizeof(struct jt_timeline));
}

void jt_timeline_free(struct jt_timeline *timeline)
{
    if (!timeline)
        return;
    jt_vec_release(&timeline->codes);
    jt_vec_release(&timeline->kinds);
    jt_vec_release(&timeline->moves);
    jt_spans_release(&timeline->spans);
    jt_bits_release(&timeline->down);
    jt_map_release(&timeline->by_index);
    if (timeline->history)
        jt_history_release(timeline->history);
    if (timeline->shared)
        jt_shared_release(timeline->shared);
    free(timeline->history);
    free(timeline->shared);
    free(timeline);
}

static uint64_t last_of(uint64_t start, uint64_t bytes)
{
    return bytes - 1 <= UINT64_MAX - start ? start + (bytes - 1) : UINT64_MAX;
}

/* So many bytes as there are before the end of the address space. */
static uint64_t fitting(uint64_t start, uint64_t bytes)
{
    return bytes > 0 ? last_of(start, bytes) - start + 1 : 0;
}

static bool is_stay(enum event_kind kind)
{
    return kind == EVENT_LOAD || kind == EVENT_MOVE;
}

static void append(struct jt_timeline *timeline, enum event_kind kind, struct jt_code code)
{
    assert(!timeline->finished);
    if (timeline->codes.count >= EVENT_LIMIT) {
        timeline->counts.excess++;
        return;
    }
    code.bytes = fitting(code.start, code.bytes);
    if (code.load_ns > LAST_MOMENT)
        code.load_ns = LAST_MOMENT;
    jt_vec_push(&timeline->codes, code);
    jt_vec_push(&timeline->kinds, (uint8_t)kind);
}

void jt_timeline_load(struct jt_timeline *timeline, uint64_t time_ns, uint64_t start,
                      uint64_t bytes, uint64_t index, uint32_t id)
{
    timeline->counts.loads++;
    if (bytes == 0) {
        timeline->counts.empty++;
        return;
    }
    /* Until its end is worked out, that field keeps the index. */
    append(timeline, EVENT_LOAD,
           (struct jt_code){
               .start = start, .bytes = bytes, .load_ns = time_ns, .end_ns = index, .id = id});
}

void jt_timeline_move(struct jt_timeline *timeline, uint64_t time_ns, uint64_t old_start,
                      uint64_t new_start, uint64_t bytes, uint64_t index)
{
    timeline->counts.moves++;
    /* The id is not known yet: it keeps the number of the move. */
    append(timeline, EVENT_MOVE,
           (struct jt_code){.start = new_start,
                            .bytes = bytes,
                            .load_ns = time_ns,
                            .id = (uint32_t)timeline->moves.count});
    jt_vec_push(&timeline->moves, (struct move){.old_start = old_start, .index = index});
}

void jt_timeline_end(struct jt_timeline *timeline, uint64_t time_ns, uint64_t start, uint64_t bytes)
{
    if (bytes > 0)
        append(timeline, EVENT_END,
               (struct jt_code){.start = start, .bytes = bytes, .load_ns = time_ns});
}

/* Put the rows into the order of time. */
static void sort_events(struct jt_timeline *timeline)
{
    size_t count = timeline->codes.count;
    struct jt_keyed *order = NULL;
    struct jt_code *codes = NULL;
    uint8_t *kinds = NULL;
    size_t sorted = 1;

    while (sorted < count &&
           timeline->codes.at[sorted].load_ns >= timeline->codes.at[sorted - 1].load_ns)
        sorted++;
    if (sorted >= count)
        return;
    order = jt_realloc(NULL, count, sizeof(*order));
    for (size_t i = 0; i < count; i++)
        order[i] = (struct jt_keyed){.key = timeline->codes.at[i].load_ns, .row = (uint32_t)i};
    jt_keyed_sort(order, count);
    codes = jt_realloc(NULL, count, sizeof(*codes));
    kinds = jt_realloc(NULL, count, sizeof(*kinds));
    for (size_t i = 0; i < count; i++) {
        codes[i] = timeline->codes.at[order[i].row];
        kinds[i] = timeline->kinds.at[order[i].row];
    }
    free(timeline->codes.at);
    free(timeline->kinds.at);
    timeline->codes.at = codes;
    timeline->kinds.at = kinds;
    timeline->codes.room = timeline->kinds.room = count;
    free(order);
}

/* What can be seen of the code without a time. A move among it says that the
 * writer has an order of events after all: from there on it is played. */
static void flatten_timeless(struct jt_timeline *timeline, struct jt_layers *seen)
{
    struct jt_vec(struct jt_layer) layers = {0};
    size_t row = 0;

    for (; row < timeline->codes.count && timeline->codes.at[row].load_ns == JT_TIMELESS &&
           timeline->kinds.at[row] != EVENT_MOVE;
         row++) {
        struct jt_code *code = &timeline->codes.at[row];
        bool is_load = timeline->kinds.at[row] == EVENT_LOAD;

        jt_vec_push(&layers, (struct jt_layer){.start = code->start,
                                               .last = last_of(code->start, code->bytes),
                                               .code = is_load ? (uint32_t)row : JT_LAYER_HOLE});
    }
    timeline->timeless = row;
    jt_layers_flatten(layers.at, layers.count, seen);
    jt_vec_release(&layers);
}

/* Number all spans by address: what is seen of the timeless code, then one span for
 * every other stay. */
static void number_spans(struct jt_timeline *timeline, const struct jt_layers *seen)
{
    size_t rows = timeline->codes.count;
    struct jt_keyed *order =
        jt_realloc(NULL, seen->pieces.count + rows - timeline->timeless, sizeof(*order));
    struct jt_spans *spans = &timeline->spans;
    size_t piece = 0;
    size_t count = 0;

    for (size_t i = 0; i < seen->pieces.count; i++)
        order[count++] =
            (struct jt_keyed){.key = seen->pieces.at[i].start, .row = seen->pieces.at[i].code};
    for (size_t row = timeline->timeless; row < rows; row++) {
        if (is_stay(timeline->kinds.at[row]))
            order[count++] =
                (struct jt_keyed){.key = timeline->codes.at[row].start, .row = (uint32_t)row};
    }
    jt_spans_init(spans, order, count);
    free(order);
    for (size_t i = 0; i < count; i++) {
        struct jt_code *code = &timeline->codes.at[spans->codes[i]];

        code->number = (uint32_t)i;
        /* Pieces are in the order of addresses, and so are spans. */
        if (spans->codes[i] < timeline->timeless)
            spans->lasts[i] = seen->pieces.at[piece++].last;
        else if (code->bytes > 0)
            spans->lasts[i] = last_of(code->start, code->bytes);
    }
}

static struct jt_code *code_of(const struct jt_timeline *timeline, size_t span)
{
    return &timeline->codes.at[timeline->spans.codes[span]];
}

/* The living code that starts at `start`; its row, or JT_MAP_NONE. */
static uint32_t living_at(const struct jt_timeline *timeline, uint64_t start)
{
    size_t span = jt_spans_at(&timeline->spans, start);

    if (span != JT_SPANS_NONE)
        span = jt_bits_previous(&timeline->down, span);
    if (span == JT_BITS_NONE || code_of(timeline, span)->start != start ||
        code_of(timeline, span)->end_ns != JT_TIME_END)
        return JT_MAP_NONE;
    return timeline->spans.codes[span];
}

/* Remember that the code of `index` is now that of `row`. An index that a second
 * piece of code takes while the first one lives does not tell them apart. */
static void note_index(struct jt_timeline *timeline, uint64_t index, uint32_t row)
{
    uint32_t *last = NULL;

    if (timeline->moves.count == 0)
        return;
    last = jt_map_put(&timeline->by_index, index);
    if (*last == SHARED_INDEX)
        return;
    if (*last != JT_MAP_NONE && timeline->kinds.at[row] == EVENT_LOAD) {
        const struct jt_code *before = &timeline->codes.at[*last];

        if (before->end_ns == JT_TIME_END && before->start != timeline->codes.at[row].start) {
            *last = SHARED_INDEX;
            return;
        }
    }
    *last = row;
}

/* The row of the code that a move is about, or JT_MAP_NONE. */
static uint32_t moved_row(const struct jt_timeline *timeline, const struct move *move)
{
    uint32_t of_index = jt_map_find(&timeline->by_index, move->index);
    uint32_t living = JT_MAP_NONE;

    if (of_index == SHARED_INDEX ||
        (of_index != JT_MAP_NONE && timeline->kinds.at[of_index] == EVENT_GONE))
        of_index = JT_MAP_NONE;
    if (of_index != JT_MAP_NONE && timeline->codes.at[of_index].start == move->old_start)
        return of_index;
    living = living_at(timeline, move->old_start);
    return living != JT_MAP_NONE ? living : of_index;
}

static void end_code(struct jt_timeline *timeline, size_t span, uint64_t time_ns,
                     enum event_kind cause)
{
    struct jt_code *code = code_of(timeline, span);

    if (code->end_ns != JT_TIME_END)
        return;
    code->end_ns = time_ns;
    if (cause == EVENT_END)
        timeline->kinds.at[timeline->spans.codes[span]] = EVENT_GONE;
    else
        timeline->counts.overlapped++;
}

/* The first span put down that holds a part of the range, or JT_BITS_NONE; `at` is
 * the last span that starts at or before `start`. */
static size_t first_down(const struct jt_timeline *timeline, size_t at, uint64_t start,
                         uint64_t last)
{
    size_t span = at != JT_SPANS_NONE ? jt_bits_previous(&timeline->down, at) : JT_BITS_NONE;

    if (span != JT_BITS_NONE && timeline->spans.lasts[span] >= start)
        return span;
    span = jt_bits_next(&timeline->down, at != JT_SPANS_NONE ? at + 1 : 0);
    return span != JT_BITS_NONE && timeline->spans.starts[span] <= last ? span : JT_BITS_NONE;
}

/* Take up what lies in a range. While finishing, its code ends. */
static void take_up(struct jt_timeline *timeline, size_t at, uint64_t start, uint64_t last,
                    const struct jt_code *event, enum event_kind cause)
{
    size_t span = first_down(timeline, at, start, last);

    while (span != JT_BITS_NONE) {
        if (!timeline->finished)
            end_code(timeline, span, event->load_ns, cause);
        jt_bits_remove(&timeline->down, span);
        span = first_down(timeline, at, start, last);
    }
}

static void put_down(struct jt_timeline *timeline, const struct jt_code *code)
{
    size_t span = code->number;

    take_up(timeline, span, code->start, timeline->spans.lasts[span], code, EVENT_LOAD);
    jt_bits_add(&timeline->down, span);
}

static void play_load(struct jt_timeline *timeline, size_t row)
{
    struct jt_code *code = &timeline->codes.at[row];
    uint64_t index = code->end_ns;

    put_down(timeline, code);
    code->end_ns = JT_TIME_END;
    note_index(timeline, index, (uint32_t)row);
}

static void play_move(struct jt_timeline *timeline, size_t row)
{
    struct jt_code *code = &timeline->codes.at[row];
    const struct move *move = &timeline->moves.at[code->id];
    uint32_t from = moved_row(timeline, move);
    struct jt_code *old = from != JT_MAP_NONE ? &timeline->codes.at[from] : NULL;

    code->end_ns = JT_TIME_END;
    if (!old) {
        timeline->counts.lost_moves++;
        timeline->kinds.at[row] = EVENT_GONE;
        code->bytes = 0;
        return;
    }
    if (old->end_ns == JT_TIME_END)
        old->end_ns = code->load_ns;
    code->id = old->id;
    if (code->bytes == 0)
        code->bytes = fitting(code->start, old->bytes);
    timeline->spans.lasts[code->number] = last_of(code->start, code->bytes);
    put_down(timeline, code);
    note_index(timeline, move->index, (uint32_t)row);
}

static void play_end(struct jt_timeline *timeline, size_t row)
{
    const struct jt_code *event = &timeline->codes.at[row];

    take_up(timeline, jt_spans_at(&timeline->spans, event->start), event->start,
            last_of(event->start, event->bytes), event, EVENT_END);
}

/* Put down what is seen of the timeless code. */
static void begin(struct jt_timeline *timeline)
{
    jt_bits_clear_all(&timeline->down);
    for (size_t i = 0; i < timeline->spans.count; i++) {
        if (timeline->spans.codes[i] < timeline->timeless)
            jt_bits_add(&timeline->down, i);
    }
    timeline->next = timeline->timeless;
    timeline->now = 0;
}

static void begin_timeless(struct jt_timeline *timeline)
{
    for (size_t row = 0; row < timeline->timeless; row++) {
        struct jt_code *code = &timeline->codes.at[row];
        uint64_t index = code->end_ns;
        bool seen =
            timeline->spans.count > code->number && timeline->spans.codes[code->number] == row;

        code->end_ns = JT_TIME_END;
        if (timeline->kinds.at[row] != EVENT_LOAD)
            continue;
        timeline->counts.overlapped += !seen;
        note_index(timeline, index, (uint32_t)row);
    }
}

void jt_timeline_finish(struct jt_timeline *timeline)
{
    static void (*const play[])(struct jt_timeline *, size_t) = {
        [EVENT_LOAD] = play_load, [EVENT_MOVE] = play_move, [EVENT_END] = play_end};
    struct jt_layers seen = {0};

    assert(!timeline->finished);
    sort_events(timeline);
    flatten_timeless(timeline, &seen);
    number_spans(timeline, &seen);
    jt_vec_release(&seen.pieces);
    jt_bits_init(&timeline->down, timeline->spans.count);
    begin(timeline);
    begin_timeless(timeline);
    for (size_t row = timeline->timeless; row < timeline->codes.count; row++)
        play[timeline->kinds.at[row]](timeline, row);
    jt_spans_finish(&timeline->spans);
    /* From now on rows without bytes or with the number of no span are no code. */
    for (size_t row = 0; row < timeline->codes.count; row++) {
        if (timeline->kinds.at[row] == EVENT_END)
            timeline->codes.at[row].bytes = 0;
    }
    timeline->codes.at =
        jt_realloc(timeline->codes.at, timeline->codes.count, sizeof(*timeline->codes.at));
    timeline->codes.room = timeline->codes.count;
    jt_vec_release(&timeline->kinds);
    jt_vec_release(&timeline->moves);
    jt_map_release(&timeline->by_index);
    timeline->finished = true;
    begin(timeline);
}

/* The first row after the timeless ones that happens after `time_ns`. */
static size_t rows_until(const struct jt_timeline *timeline, uint64_t time_ns)
{
    size_t low = timeline->timeless;
    size_t high = timeline->codes.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (timeline->codes.at[middle].load_ns <= time_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The next moment at which code may come to `address`, of which there is none at
 * `time_ns`. Where no span reaches over from an earlier block the few before it
 * tell exactly; elsewhere it is the next event. */
static uint64_t next_birth(const struct jt_timeline *timeline, uint64_t time_ns, uint64_t address,
                           size_t at)
{
    const struct jt_spans *spans = &timeline->spans;
    uint64_t birth = JT_TIME_END;

    if (at == JT_SPANS_NONE)
        return JT_TIME_END;
    if (spans->reach[at / JT_SPANS_BLOCK] >= address) {
        size_t row = rows_until(timeline, time_ns);

        return row < timeline->codes.count ? timeline->codes.at[row].load_ns : JT_TIME_END;
    }
    for (size_t i = at - at % JT_SPANS_BLOCK; i <= at; i++) {
        const struct jt_code *code = NULL;

        if (spans->lasts[i] < address)
            continue;
        code = code_of(timeline, i);
        if (code->bytes > 0 && code->load_ns > time_ns && code->load_ns < birth)
            birth = code->load_ns;
    }
    return birth;
}

static void advance(struct jt_timeline *timeline, uint64_t time_ns)
{
    while (timeline->next < timeline->codes.count &&
           timeline->codes.at[timeline->next].load_ns <= time_ns) {
        const struct jt_code *code = &timeline->codes.at[timeline->next++];

        if (code->bytes > 0)
            put_down(timeline, code);
    }
    timeline->now = time_ns;
}

static void build_history(struct jt_timeline *timeline)
{
    struct jt_vec(uint32_t) loaded = {0};

    for (size_t i = 0; i < timeline->spans.count; i++) {
        if (timeline->spans.codes[i] < timeline->timeless)
            jt_vec_push(&loaded, (uint32_t)i);
    }
    for (size_t row = timeline->timeless; row < timeline->codes.count; row++) {
        const struct jt_code *code = &timeline->codes.at[row];

        if (code->bytes > 0 && code->load_ns < code->end_ns)
            jt_vec_push(&loaded, code->number);
    }
    timeline->history = jt_alloc(1, sizeof(*timeline->history));
    jt_history_init(timeline->history, &timeline->spans, timeline->codes.at, loaded.at,
                    loaded.count);
    jt_vec_release(&loaded);
}

static const struct jt_code *find_earlier(struct jt_timeline *timeline, uint64_t time_ns,
                                          uint64_t address)
{
    if (!timeline->history)
        build_history(timeline);
    return jt_history_find(timeline->history, time_ns, address);
}

static const struct jt_code *find_down(const struct jt_timeline *timeline, size_t at,
                                       uint64_t address)
{
    size_t span = at != JT_SPANS_NONE ? jt_bits_previous(&timeline->down, at) : JT_BITS_NONE;
    const struct jt_code *code = NULL;

    if (span == JT_BITS_NONE || timeline->spans.lasts[span] < address)
        return NULL;
    code = code_of(timeline, span);
    return code->end_ns > timeline->now ? code : NULL;
}

const struct jt_code *jt_timeline_find(struct jt_timeline *timeline, uint64_t time_ns,
                                       uint64_t address, uint64_t *valid_until)
{
    size_t at = jt_spans_at(&timeline->spans, address);
    const struct jt_code *code = NULL;

    assert(timeline->finished);
    if (time_ns > LAST_MOMENT)
        time_ns = LAST_MOMENT;
    if (time_ns < timeline->now) {
        code = find_earlier(timeline, time_ns, address);
    } else {
        advance(timeline, time_ns);
        code = find_down(timeline, at, address);
    }
    if (valid_until)
        *valid_until = code ? code->end_ns : next_birth(timeline, time_ns, address, at);
    return code;
}

void jt_timeline_count(const struct jt_timeline *timeline, struct jt_timeline_counts *counts)
{
    *counts = timeline->counts;
}

bool jt_timeline_is_ambiguous(struct jt_timeline *timeline, uint64_t address)
{
    assert(timeline->finished);
    if (!timeline->shared) {
        struct jt_vec(struct jt_range) ranges = {0};

        for (size_t row = 0; row < timeline->codes.count; row++) {
            const struct jt_code *code = &timeline->codes.at[row];

            if (code->bytes > 0)
                jt_vec_push(&ranges, (struct jt_range){.start = code->start,
                                                       .last = last_of(code->start, code->bytes),
                                                       .id = code->id});
        }
        timeline->shared = jt_alloc(1, sizeof(*timeline->shared));
        jt_shared_init(timeline->shared, ranges.at, ranges.count);
        jt_vec_release(&ranges);
    }
    return jt_shared_holds(timeline->shared, address);
}
