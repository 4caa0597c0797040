#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/symbol/bits.h"
#include "analysis/symbol/keyed.h"
#include "analysis/symbol/timeline.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "support/timeline_oracle.h"

#define NOTHING UINT32_MAX

/* The id of the code at an address and moment, NOTHING when there is none. */
static uint32_t id_at(struct jt_timeline *timeline, uint64_t time_ns, uint64_t address)
{
    const struct jt_code *code = jt_timeline_find(timeline, time_ns, address, NULL);

    return code ? code->id : NOTHING;
}

static struct jt_timeline_counts counts_of(const struct jt_timeline *timeline)
{
    struct jt_timeline_counts counts;

    jt_timeline_count(timeline, &counts);
    return counts;
}

static void test_an_empty_timeline_knows_nothing(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();
    uint64_t until = 0;

    jt_timeline_finish(timeline);
    assert_null(jt_timeline_find(timeline, 5, 0x1000, &until));
    assert_true(until == JT_TIME_END);
    assert_null(jt_timeline_find(timeline, 1, 0x1000, &until));
    assert_false(jt_timeline_is_ambiguous(timeline, 0x1000));
    jt_timeline_free(timeline);
}

static void test_code_is_found_within_its_bytes_from_its_load_on(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 7);
    jt_timeline_load(timeline, JT_TIME_END, 0x8000, 0x100, 2, 8);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 9, 0x1000), NOTHING);
    assert_int_equal(id_at(timeline, 10, 0x1000), 7); /* the event of that moment has happened */
    assert_int_equal(id_at(timeline, 10, 0x10ff), 7);
    assert_int_equal(id_at(timeline, 10, 0x1100), NOTHING);
    assert_int_equal(id_at(timeline, 10, 0xfff), NOTHING);
    assert_int_equal(id_at(timeline, JT_TIME_END, 0x1000), 7);
    assert_int_equal(id_at(timeline, JT_TIME_END, 0x8000), 8);
    jt_timeline_free(timeline);
}

static void test_reused_addresses_belong_to_who_was_there_then(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 20, 0x1000, 0x100, 2, 2);
    jt_timeline_load(timeline, 30, 0x1080, 0x100, 3, 3);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 19, 0x1090), 1);
    assert_int_equal(id_at(timeline, 20, 0x1090), 2);
    assert_int_equal(id_at(timeline, 30, 0x1090), 3);
    assert_int_equal(id_at(timeline, 30, 0x1000), NOTHING); /* overlapped code dies whole */
    assert_int_equal(counts_of(timeline).overlapped, 2);
    jt_timeline_free(timeline);
}

static void test_one_load_ends_all_that_it_overlaps(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    for (uint32_t i = 0; i < 10; i++)
        jt_timeline_load(timeline, 10, 0x1000 + 0x10 * i, 0x10, i, i);
    jt_timeline_load(timeline, 20, 0x1018, 0x60, 99, 99); /* parts of 1 and 7, 2 to 6 whole */
    jt_timeline_finish(timeline);
    assert_int_equal(counts_of(timeline).overlapped, 7);
    assert_int_equal(id_at(timeline, 20, 0x100f), 0);
    assert_int_equal(id_at(timeline, 20, 0x1010), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1018), 99);
    assert_int_equal(id_at(timeline, 20, 0x1078), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1080), 8);
    jt_timeline_free(timeline);
}

static void test_touching_ranges_do_not_overlap(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x10, 1, 1);
    jt_timeline_load(timeline, 20, 0x1010, 0x10, 2, 2);
    jt_timeline_load(timeline, 30, 0xff0, 0x10, 3, 3);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 30, 0x1000), 1);
    assert_int_equal(id_at(timeline, 30, 0x1010), 2);
    assert_int_equal(id_at(timeline, 30, 0xfff), 3);
    assert_int_equal(counts_of(timeline).overlapped, 0);
    jt_timeline_free(timeline);
}

static void test_an_unload_ends_what_it_touches(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 10, 0x1100, 0x100, 2, 2);
    jt_timeline_end(timeline, 20, 0x1080, 0x10);
    jt_timeline_load(timeline, 30, 0x1000, 0x10, 3, 3);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 19, 0x1000), 1);
    assert_int_equal(id_at(timeline, 20, 0x1000), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1100), 2);
    assert_int_equal(id_at(timeline, 30, 0x1000), 3);
    assert_int_equal(counts_of(timeline).overlapped, 0);
    jt_timeline_free(timeline);
}

static void test_moved_code_keeps_its_id_at_the_new_address(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 7);
    jt_timeline_move(timeline, 20, 0x1000, 0x3000, 0x100, 1);
    jt_timeline_move(timeline, 30, 0x3000, 0x2000, 0x100, 1);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 15, 0x1010), 7);
    assert_int_equal(id_at(timeline, 20, 0x1010), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x3010), 7);
    assert_int_equal(id_at(timeline, 30, 0x3010), NOTHING);
    assert_int_equal(id_at(timeline, 30, 0x20ff), 7);
    assert_int_equal(counts_of(timeline).moves, 2);
    assert_int_equal(counts_of(timeline).lost_moves, 0);
    assert_int_equal(counts_of(timeline).overlapped, 0);
    jt_timeline_free(timeline);
}

static void test_code_moves_onto_its_own_old_range(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 7);
    jt_timeline_move(timeline, 20, 0x1000, 0x1040, 0x100, 1);
    jt_timeline_move(timeline, 30, 0x1040, 0x1040, 0x100, 1);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 20, 0x1000), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1040), 7);
    assert_int_equal(id_at(timeline, 20, 0x113f), 7);
    assert_int_equal(id_at(timeline, 30, 0x1040), 7);
    assert_int_equal(counts_of(timeline).overlapped, 0);
    assert_int_equal(counts_of(timeline).lost_moves, 0);
    jt_timeline_free(timeline);
}

static void test_a_move_from_an_unknown_address_goes_by_index(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 5, 7);
    jt_timeline_load(timeline, 10, 0x2000, 0x100, 6, 8);
    jt_timeline_move(timeline, 20, 0, 0x3000, 0, 5); /* no bytes: as many as it had */
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 20, 0x30ff), 7);
    assert_int_equal(id_at(timeline, 20, 0x3100), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1000), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x2000), 8);
    jt_timeline_free(timeline);
}

static void test_a_move_of_unknown_code_is_counted_and_names_nothing(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_move(timeline, 5, 0x1000, 0x4000, 0x100, 1); /* before its load */
    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 7);
    jt_timeline_move(timeline, 20, 0x9000, 0x5000, 0x100, 99);
    jt_timeline_end(timeline, 30, 0x1000, 0x100);
    jt_timeline_move(timeline, 40, 0x1000, 0x6000, 0x100, 1); /* after its unload */
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 50, 0x4000), NOTHING);
    assert_int_equal(id_at(timeline, 50, 0x5000), NOTHING);
    assert_int_equal(id_at(timeline, 50, 0x6000), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1000), 7);
    assert_int_equal(counts_of(timeline).lost_moves, 3);
    jt_timeline_free(timeline);
}

/* A writer that gives every piece of code the index 0 does not identify any. */
static void test_an_index_of_two_living_pieces_moves_neither(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 0, 7);
    jt_timeline_load(timeline, 10, 0x2000, 0x100, 0, 8);
    jt_timeline_move(timeline, 20, 0x9000, 0x5000, 0x100, 0);
    jt_timeline_move(timeline, 30, 0x1000, 0x6000, 0x100, 0);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 20, 0x5000), NOTHING);
    assert_int_equal(id_at(timeline, 30, 0x6000), 7); /* its address is known */
    assert_int_equal(counts_of(timeline).lost_moves, 1);
    jt_timeline_free(timeline);
}

/* A collector slides code down, and says so one piece after the other. */
static void test_a_batch_of_moves_onto_each_other_keeps_every_name(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 10, 0x1100, 0x100, 2, 2);
    jt_timeline_load(timeline, 10, 0x1200, 0x100, 3, 3);
    jt_timeline_move(timeline, 20, 0x1000, 0x1100, 0x100, 1);
    jt_timeline_move(timeline, 21, 0x1100, 0x1200, 0x100, 2);
    jt_timeline_move(timeline, 22, 0x1200, 0x1300, 0x100, 3);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 30, 0x1100), 1);
    assert_int_equal(id_at(timeline, 30, 0x1200), 2);
    assert_int_equal(id_at(timeline, 30, 0x1300), 3);
    assert_int_equal(counts_of(timeline).lost_moves, 0);
    jt_timeline_free(timeline);
}

static void test_events_of_one_moment_keep_their_order(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 10, 0x1000, 0x100, 2, 2);
    jt_timeline_end(timeline, 20, 0x1000, 0x100);
    jt_timeline_load(timeline, 20, 0x1000, 0x100, 3, 3);
    jt_timeline_load(timeline, 30, 0x1000, 0x100, 4, 4);
    jt_timeline_end(timeline, 30, 0x1000, 0x100);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 10, 0x1000), 2);
    assert_int_equal(id_at(timeline, 20, 0x1000), 3);
    assert_int_equal(id_at(timeline, 30, 0x1000), NOTHING);
    jt_timeline_free(timeline);
}

static void test_events_may_come_in_any_order(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 30, 0x1000, 0x100, 3, 3);
    jt_timeline_end(timeline, 40, 0x1000, 1);
    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_move(timeline, 20, 0x1000, 0x2000, 0x100, 1);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 10, 0x1000), 1);
    assert_int_equal(id_at(timeline, 20, 0x2000), 1);
    assert_int_equal(id_at(timeline, 20, 0x1000), NOTHING);
    assert_int_equal(id_at(timeline, 30, 0x1000), 3);
    assert_int_equal(id_at(timeline, 40, 0x1000), NOTHING);
    jt_timeline_free(timeline);
}

static void test_finds_may_go_back_and_forth_in_time(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    for (uint32_t i = 0; i < 500; i++)
        jt_timeline_load(timeline, 10 * (i + 1), 0x1000 + i % 3, 0x100, i, i);
    jt_timeline_finish(timeline);
    for (uint32_t i = 500; i-- > 0;) {
        assert_int_equal(id_at(timeline, 10 * (i + 1) + 5, 0x1050), i);
        assert_int_equal(id_at(timeline, 10 * (500 - i) + 9, 0x1050), 499 - i);
    }
    jt_timeline_free(timeline);
}

static void test_code_of_no_bytes_is_kept_out(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 20, 0x1010, 0, 2, 2);
    jt_timeline_end(timeline, 30, 0x1010, 0);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 40, 0x1010), 1);
    assert_int_equal(counts_of(timeline).empty, 1);
    assert_int_equal(counts_of(timeline).overlapped, 0);
    jt_timeline_free(timeline);
}

static void test_code_at_the_top_of_the_address_space_does_not_wrap(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();
    const uint64_t top = UINT64_MAX - 0xff;

    jt_timeline_load(timeline, 10, 0, 0x10, 1, 1);
    jt_timeline_load(timeline, 10, top, UINT64_MAX, 2, 2);
    jt_timeline_load(timeline, 20, top - 0x100, 0x100, 3, 3);
    jt_timeline_move(timeline, 30, 0, UINT64_MAX, 0x10, 1);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 20, UINT64_MAX), 2);
    assert_int_equal(id_at(timeline, 20, 0xf), 1);
    assert_int_equal(id_at(timeline, 30, UINT64_MAX), 1);
    assert_int_equal(id_at(timeline, 30, top), NOTHING);
    assert_int_equal(id_at(timeline, 30, top - 1), 3);
    assert_int_equal(id_at(timeline, 30, 0), NOTHING);
    assert_int_equal(jt_timeline_find(timeline, 30, UINT64_MAX, NULL)->bytes, 1);
    assert_true(jt_timeline_is_ambiguous(timeline, UINT64_MAX));
    assert_false(jt_timeline_is_ambiguous(timeline, top));
    jt_timeline_free(timeline);
}

static void test_in_a_map_the_last_definition_of_an_address_has_it(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, JT_TIMELESS, 0x1000, 0x1000, 0, 1); /* a whole blob, */
    jt_timeline_load(timeline, JT_TIMELESS, 0x1200, 0x100, 0, 2);  /* something in it, */
    jt_timeline_load(timeline, JT_TIMELESS, 0x1f80, 0x100, 0, 3);  /* over its end, */
    jt_timeline_load(timeline, JT_TIMELESS, 0x3000, 0x10, 0, 4);
    jt_timeline_load(timeline, JT_TIMELESS, 0x2f00, 0x200, 0, 5); /* hiding one whole */
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 99, 0x11ff), 1);
    assert_int_equal(id_at(timeline, 99, 0x1200), 2);
    assert_int_equal(id_at(timeline, 99, 0x1300), 1);
    assert_int_equal(id_at(timeline, 99, 0x1f7f), 1);
    assert_int_equal(id_at(timeline, 99, 0x1f80), 3);
    assert_int_equal(id_at(timeline, 0, 0x3000), 5);
    assert_int_equal(jt_timeline_find(timeline, 0, 0x1300, NULL)->start, 0x1000);
    assert_int_equal(counts_of(timeline).overlapped, 1);
    jt_timeline_free(timeline);
}

static void test_code_with_a_time_ends_the_lines_of_a_map_it_covers(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, JT_TIMELESS, 0x1000, 0x1000, 0, 1);
    jt_timeline_load(timeline, JT_TIMELESS, 0x1200, 0x100, 0, 2);
    jt_timeline_load(timeline, JT_TIMELESS, 0x3000, 0x100, 0, 3);
    jt_timeline_load(timeline, 10, 0x1240, 0x10, 1, 4);
    jt_timeline_load(timeline, 20, 0x1400, 0x10, 2, 5);
    jt_timeline_finish(timeline);
    assert_int_equal(id_at(timeline, 9, 0x1250), 2);
    assert_int_equal(id_at(timeline, 10, 0x1250), NOTHING);
    assert_int_equal(id_at(timeline, 10, 0x1300), 1);
    assert_int_equal(id_at(timeline, 20, 0x1300), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x1100), NOTHING);
    assert_int_equal(id_at(timeline, 20, 0x3000), 3);
    jt_timeline_free(timeline);
}

static void test_addresses_of_two_functions_are_ambiguous(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();

    jt_timeline_load(timeline, JT_TIMELESS, 0x1000, 0x100, 0, 1);
    jt_timeline_load(timeline, JT_TIMELESS, 0x1080, 0x100, 0, 2);
    jt_timeline_load(timeline, JT_TIMELESS, 0x5000, 0x100, 0, 3);
    jt_timeline_load(timeline, JT_TIMELESS, 0x5000, 0x100, 0, 3); /* written twice */
    jt_timeline_load(timeline, JT_TIMELESS, 0x6000, 0x10, 0, 4);
    jt_timeline_load(timeline, JT_TIMELESS, 0x6000, 0x10, 0, 5); /* hides the one before */
    jt_timeline_finish(timeline);
    assert_false(jt_timeline_is_ambiguous(timeline, 0x107f));
    assert_true(jt_timeline_is_ambiguous(timeline, 0x1080));
    assert_true(jt_timeline_is_ambiguous(timeline, 0x10ff));
    assert_false(jt_timeline_is_ambiguous(timeline, 0x1100));
    assert_false(jt_timeline_is_ambiguous(timeline, 0x5000));
    assert_true(jt_timeline_is_ambiguous(timeline, 0x6000));
    assert_false(jt_timeline_is_ambiguous(timeline, 0x9000));
    jt_timeline_free(timeline);
}

static void test_an_answer_says_how_long_it_holds(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();
    uint64_t until = 0;

    jt_timeline_load(timeline, 10, 0x1000, 0x100, 1, 1);
    jt_timeline_load(timeline, 20, 0x9000, 0x100, 2, 2);
    jt_timeline_load(timeline, 30, 0x1080, 0x100, 3, 3);
    jt_timeline_finish(timeline);
    jt_timeline_find(timeline, 10, 0x1000, &until);
    assert_int_equal(until, 30);
    jt_timeline_find(timeline, 10, 0x1100, &until);
    assert_int_equal(until, 30); /* the load at 20 is elsewhere */
    jt_timeline_find(timeline, 10, 0x5000, &until);
    assert_true(until == JT_TIME_END);
    jt_timeline_find(timeline, 30, 0x1080, &until);
    assert_true(until == JT_TIME_END);
    jt_timeline_free(timeline);
}

static void test_a_finished_timeline_of_one_address_answers_quickly(void **state)
{
    struct jt_timeline *timeline = jt_timeline_new();
    const uint32_t count = 200000;

    /* Quadratic work in any of this would take minutes. */
    for (uint32_t i = 0; i < count; i++)
        jt_timeline_load(timeline, i + 1, 0x1000 + i % 7, 0x1000, i, i);
    jt_timeline_finish(timeline);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(id_at(timeline, i + 1, 0x1800), i);
        assert_int_equal(id_at(timeline, count - i, 0x1800), count - i - 1);
    }
    assert_true(jt_timeline_is_ambiguous(timeline, 0x1800));
    jt_timeline_free(timeline);
}

struct random {
    uint64_t state;
};

static uint64_t random_below(struct random *random, uint64_t bound)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return jt_hash_u64(random->state) % bound;
}

static struct oracle_event random_event(struct random *random, bool at_top, uint64_t time_ns,
                                        size_t starts)
{
    struct oracle_event event = {.kind = ORACLE_LOAD, .time_ns = time_ns};
    uint64_t dice = random_below(random, 10);

    event.kind = dice < 7 ? ORACLE_LOAD : dice < 9 ? ORACLE_MOVE : ORACLE_END;
    event.start = random_below(random, starts) * (ORACLE_WINDOW / starts);
    event.old_start = random_below(random, starts) * (ORACLE_WINDOW / starts);
    event.bytes = random_below(random, random_below(random, 8) ? 20 : ORACLE_WINDOW);
    if (!at_top && event.bytes > ORACLE_WINDOW - event.start)
        event.bytes = ORACLE_WINDOW - event.start;
    event.index = random_below(random, 30);
    event.id = (uint32_t)random_below(random, 12);
    return event;
}

static void add_event(struct jt_timeline *timeline, uint64_t base, const struct oracle_event *event)
{
    uint64_t start = base + event->start;

    if (event->kind == ORACLE_LOAD)
        jt_timeline_load(timeline, event->time_ns, start, event->bytes, event->index, event->id);
    else if (event->kind == ORACLE_MOVE)
        jt_timeline_move(timeline, event->time_ns, base + event->old_start, start, event->bytes,
                         event->index);
    else
        jt_timeline_end(timeline, event->time_ns, start, event->bytes);
}

static void assert_same_answer(struct jt_timeline *timeline, const struct oracle *oracle,
                               uint64_t time_ns, uint64_t address)
{
    int expected = oracle_find(oracle, time_ns, address);
    uint64_t until = 0;
    const struct jt_code *code =
        jt_timeline_find(timeline, time_ns, oracle->base + address, &until);

    if (expected < 0) {
        assert_null(code);
    } else {
        assert_non_null(code);
        assert_int_equal(code->id, oracle->stays[expected].id);
        assert_true(code->start == oracle->base + oracle->stays[expected].start);
        assert_true(code->load_ns == oracle->stays[expected].load_ns);
        assert_true(code->end_ns == oracle->stays[expected].end_ns);
    }
    assert_true(until > time_ns);
    for (uint64_t later = time_ns; later < until && later < ORACLE_EVENTS; later++)
        assert_int_equal(oracle_find(oracle, later, address), expected);
}

static void check_random_sequence(uint64_t seed)
{
    static struct oracle oracle;
    struct oracle_event events[ORACLE_EVENTS];
    struct random random = {seed};
    struct jt_timeline *timeline = jt_timeline_new();
    size_t count = 1 + random_below(&random, 80);
    size_t timeless = random_below(&random, 3) ? 0 : random_below(&random, count + 1);
    size_t starts = random_below(&random, 2) ? 24 : ORACLE_WINDOW;
    uint64_t time_ns = 0;

    memset(&oracle, 0, sizeof(oracle));
    oracle.at_top = random_below(&random, 4) == 0;
    oracle.base = oracle.at_top ? 0 - (uint64_t)ORACLE_WINDOW : random_below(&random, 2) * 0x7f0000;
    for (size_t i = 0; i < count; i++) {
        time_ns += i < timeless ? 0 : random_below(&random, 3);
        events[i] = random_event(&random, oracle.at_top, time_ns, starts);
        if (i < timeless && events[i].kind == ORACLE_MOVE && random_below(&random, 10))
            events[i].kind = ORACLE_LOAD;
        add_event(timeline, oracle.base, &events[i]);
    }
    jt_timeline_finish(timeline);
    oracle_run(&oracle, events, count);
    assert_int_equal(counts_of(timeline).overlapped, oracle.overlapped);
    assert_int_equal(counts_of(timeline).lost_moves, oracle.lost_moves);
    for (uint64_t at = 0; at <= time_ns + 1; at++) {
        for (uint64_t address = 0; address < ORACLE_WINDOW; address++)
            assert_same_answer(timeline, &oracle, at, address);
    }
    for (size_t i = 0; i < 500; i++)
        assert_same_answer(timeline, &oracle, random_below(&random, time_ns + 2),
                           random_below(&random, ORACLE_WINDOW));
    for (uint64_t address = 0; address < ORACLE_WINDOW; address++)
        assert_int_equal(jt_timeline_is_ambiguous(timeline, oracle.base + address),
                         oracle_is_ambiguous(&oracle, address));
    jt_timeline_free(timeline);
}

static void test_random_sequences_agree_with_the_obvious_way(void **state)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        check_random_sequence(seed * 7919);
}

static void test_a_set_of_bits_knows_its_neighbours(void **state)
{
    struct jt_bits bits;
    struct random random = {42};
    enum { LIMIT = 70000 };
    uint8_t *oracle = jt_alloc(LIMIT, 1);

    jt_bits_init(&bits, LIMIT);
    for (size_t i = 0; i < 3000; i++) {
        size_t member = random_below(&random, i % 2 ? LIMIT : 300);
        size_t from = random_below(&random, LIMIT);
        size_t next = from;
        size_t previous = from;

        oracle[member] = random_below(&random, 3) > 0;
        (oracle[member] ? jt_bits_add : jt_bits_remove)(&bits, member);
        while (next < LIMIT && !oracle[next])
            next++;
        while (previous != SIZE_MAX && !oracle[previous])
            previous--;
        assert_true(jt_bits_next(&bits, from) == (next < LIMIT ? next : JT_BITS_NONE));
        assert_true(jt_bits_previous(&bits, from) == previous);
    }
    jt_bits_clear_all(&bits);
    assert_true(jt_bits_next(&bits, 0) == JT_BITS_NONE);
    jt_bits_release(&bits);
    free(oracle);
}

static void test_a_sort_by_key_keeps_the_order_of_equals(void **state)
{
    struct random random = {43};

    for (size_t count = 0; count < 3000; count = count * 2 + 1) {
        struct jt_keyed *items = jt_alloc(count, sizeof(*items));

        for (size_t i = 0; i < count; i++)
            items[i] = (struct jt_keyed){.key = random_below(&random, count / 2 + 1) << 40,
                                         .row = (uint32_t)i};
        jt_keyed_sort(items, count);
        for (size_t i = 1; i < count; i++) {
            assert_true(items[i - 1].key <= items[i].key);
            if (items[i - 1].key == items[i].key)
                assert_true(items[i - 1].row < items[i].row);
        }
        free(items);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_timeline_knows_nothing),
        cmocka_unit_test(test_code_is_found_within_its_bytes_from_its_load_on),
        cmocka_unit_test(test_reused_addresses_belong_to_who_was_there_then),
        cmocka_unit_test(test_one_load_ends_all_that_it_overlaps),
        cmocka_unit_test(test_touching_ranges_do_not_overlap),
        cmocka_unit_test(test_an_unload_ends_what_it_touches),
        cmocka_unit_test(test_moved_code_keeps_its_id_at_the_new_address),
        cmocka_unit_test(test_code_moves_onto_its_own_old_range),
        cmocka_unit_test(test_a_move_from_an_unknown_address_goes_by_index),
        cmocka_unit_test(test_a_move_of_unknown_code_is_counted_and_names_nothing),
        cmocka_unit_test(test_an_index_of_two_living_pieces_moves_neither),
        cmocka_unit_test(test_a_batch_of_moves_onto_each_other_keeps_every_name),
        cmocka_unit_test(test_events_of_one_moment_keep_their_order),
        cmocka_unit_test(test_events_may_come_in_any_order),
        cmocka_unit_test(test_finds_may_go_back_and_forth_in_time),
        cmocka_unit_test(test_code_of_no_bytes_is_kept_out),
        cmocka_unit_test(test_code_at_the_top_of_the_address_space_does_not_wrap),
        cmocka_unit_test(test_in_a_map_the_last_definition_of_an_address_has_it),
        cmocka_unit_test(test_code_with_a_time_ends_the_lines_of_a_map_it_covers),
        cmocka_unit_test(test_addresses_of_two_functions_are_ambiguous),
        cmocka_unit_test(test_an_answer_says_how_long_it_holds),
        cmocka_unit_test(test_a_finished_timeline_of_one_address_answers_quickly),
        cmocka_unit_test(test_random_sequences_agree_with_the_obvious_way),
        cmocka_unit_test(test_a_set_of_bits_knows_its_neighbours),
        cmocka_unit_test(test_a_sort_by_key_keeps_the_order_of_equals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
