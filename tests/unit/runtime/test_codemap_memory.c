/* The live code map when memory is out. */
#include "codes.h"
#include "jitney/status.h"
#include "runtime/readers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PIECES = 200, SLOT = 64 };

static int sum_up(void *context, const struct jt_code *code)
{
    uint64_t *sum = context;

    *sum = *sum * 31 + code->load.address * 7 + code->number;
    return 0;
}

/* Changes with the map, so that two that are equal tell that it has not. */
static uint64_t fingerprint(const struct jt_codemap *map)
{
    uint64_t sum = jt_codemap_count(map);

    jt_codemap_each(map, sum_up, &sum);
    return sum;
}

static void count_end(void *context, const struct jt_code *code)
{
    ++*(int *)context;
}

/* One change of the script; its status. Nobody is told of an end that did not come. */
static int do_change(struct jt_codemap *map, unsigned step)
{
    static const struct jitney_line lines[] = {{.offset = 9, .line = 2}, {.offset = 1, .line = 1}};
    struct jt_code what = test_code(step % PIECES * SLOT, SLOT, "code");
    const struct jt_code *code = NULL;
    int ended = 0;
    struct jt_codemap_overwritten overwritten = {.code = count_end, .context = &ended};
    int status = JITNEY_OK;

    what.number = step + 1;
    what.load.lines = lines;
    what.load.line_count = 2;
    if (step % 7 == 3 && jt_codemap_at(map, (step - 1) % PIECES * SLOT))
        status = jt_codemap_move(map, (step - 1) % PIECES * SLOT, (step + 5) % PIECES * SLOT + 3,
                                 &overwritten, &code);
    else if (step % 11 == 5)
        what.load.bytes = (uint64_t)SLOT * (step % 90 + 1);
    if (!code && !status)
        status = jt_codemap_add(map, &what, &overwritten, &code);
    assert_true(status == JITNEY_OK || ended == 0);
    return status;
}

static void test_a_change_without_memory_leaves_the_map_as_it_was(void **state)
{
    size_t failures = 0;

    for (size_t fail_at = 1; fail_at < 1200; fail_at += fail_at < 60 ? 1 : 37) {
        struct test_heap heap;
        struct jt_codemap *map = NULL;

        test_heap_init(&heap);
        heap.fail_at = fail_at;
        if (jt_codemap_open(&heap.heap, &map) != JITNEY_OK) {
            assert_int_equal(heap.live_bytes, 0);
            failures++;
            continue;
        }
        for (unsigned step = 0; step < 2 * PIECES; step++) {
            uint64_t before = fingerprint(map);
            int status = do_change(map, step);

            if (status == JITNEY_OK)
                continue;
            failures++;
            assert_int_equal(status, JITNEY_ERR_MEMORY);
            assert_int_equal(fingerprint(map), before);
            assert_int_equal(do_change(map, step), JITNEY_OK);
        }
        jt_codemap_close(map);
        assert_int_equal(heap.live_bytes, 0);
    }
    assert_true(failures > 60);
}

static void test_unloading_needs_no_memory(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    struct jt_reader reader;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(test_add(map, i * SLOT, SLOT, i + 1), JITNEY_OK);
    reader = jt_readers_enter(); /* nothing can be taken back from limbo */
    heap.fail_from = heap.calls + 1;
    for (uint64_t i = 0; i < 2000; i += 2)
        assert_int_equal(jt_codemap_remove(map, i * SLOT), JITNEY_OK);
    assert_int_equal(jt_codemap_count(map), 1000);
    assert_int_equal(jt_codemap_remove(map, 0), JITNEY_ERR_NOT_FOUND);
    assert_null(jt_codemap_at(map, 0));
    for (uint64_t i = 0; i < 2000; i++)
        assert_int_equal(test_number_at(i * SLOT + 5), i % 2 ? i + 1 : 0);
    jt_readers_leave(reader);
    heap.fail_from = 0;
    /* What was left of them is in nobody's way. */
    for (uint64_t i = 0; i < 2000; i += 4)
        assert_int_equal(test_add(map, i * SLOT, SLOT, 5000 + i), JITNEY_OK);
    assert_int_equal(jt_codemap_count(map), 1500);
    for (uint64_t i = 0; i < 2000; i += 4)
        assert_int_equal(test_number_at(i * SLOT + 5), 5000 + i);
    assert_int_equal(test_add(map, 2 * SLOT + 1, SLOT - 2, 9000), JITNEY_OK);
    assert_int_equal(test_number_at(2 * SLOT), 0);
    assert_int_equal(test_number_at(2 * SLOT + 1), 9000);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

static void test_what_is_dead_is_freed_before_the_map_is_closed(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    size_t full_bytes = 0;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(test_add(map, i * SLOT, SLOT, i + 1), JITNEY_OK);
    full_bytes = heap.live_bytes;
    for (uint64_t i = 0; i < 100000; i++)
        assert_int_equal(test_add(map, i * 7 % 1000 * SLOT, SLOT, i + 1), JITNEY_OK);
    assert_true(heap.live_bytes < full_bytes + 200000);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(jt_codemap_remove(map, i * SLOT), JITNEY_OK);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(test_add(map, SLOT, SLOT, i + 1), JITNEY_OK);
        assert_int_equal(jt_codemap_remove(map, SLOT), JITNEY_OK);
    }
    assert_true(heap.live_bytes < 200000);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

/* Memory that is never given back. */
static void *resize_in_arena(void *context, void *old, size_t old_bytes, size_t new_bytes)
{
    static _Alignas(64) char arena[8 << 20];
    size_t *used = context;
    char *memory = arena + *used;

    if (new_bytes == 0 || *used + new_bytes > sizeof(arena))
        return NULL;
    assert_null(old);
    *used += (new_bytes + 15) / 16 * 16;
    return memory;
}

static void test_a_reader_that_died_costs_memory_only(void **state)
{
    size_t used = 0;
    struct jitney_allocator allocator = {
        .size = sizeof(allocator), .context = &used, .resize = resize_in_arena};
    struct jt_heap heap;
    struct jt_codemap *map = NULL;
    struct jt_reader dead;

    jt_heap_init(&heap, &allocator);
    assert_int_equal(jt_codemap_open(&heap, &map), JITNEY_OK);
    dead = jt_readers_enter();
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(test_add(map, i % 10 * SLOT, SLOT, i + 1), JITNEY_OK);
    assert_int_equal(test_number_at(9 * SLOT), 1000);
    jt_codemap_close(map); /* comes back */
    assert_int_equal(test_number_at(9 * SLOT), 0);
    jt_readers_leave(dead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_change_without_memory_leaves_the_map_as_it_was),
        cmocka_unit_test(test_unloading_needs_no_memory),
        cmocka_unit_test(test_what_is_dead_is_freed_before_the_map_is_closed),
        cmocka_unit_test(test_a_reader_that_died_costs_memory_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
