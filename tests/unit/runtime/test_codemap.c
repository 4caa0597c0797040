/* The live code map in one thread, against a plain list of what lives. */
#include "codes.h"
#include "jitney/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PIECES_MAX = 512 };

struct piece {
    uint64_t address, bytes, number;
};

/* What should live, unordered. */
struct oracle {
    struct piece pieces[PIECES_MAX];
    size_t count;
    uint64_t ended[PIECES_MAX]; /* numbers of those that the last change ended */
    size_t ended_count;
};

static uint64_t last_of(const struct piece *piece)
{
    return piece->address + (piece->bytes - 1);
}

static void oracle_remove(struct oracle *oracle, struct piece *piece)
{
    *piece = oracle->pieces[--oracle->count];
}

static void oracle_add(struct oracle *oracle, struct piece piece)
{
    for (size_t i = 0; i < oracle->count;) {
        struct piece *other = &oracle->pieces[i];

        if (other->address > last_of(&piece) || last_of(other) < piece.address) {
            i++;
            continue;
        }
        oracle->ended[oracle->ended_count++] = other->number;
        oracle_remove(oracle, other);
    }
    oracle->pieces[oracle->count++] = piece;
}

static uint64_t oracle_find(const struct oracle *oracle, uint64_t pc)
{
    for (size_t i = 0; i < oracle->count; i++)
        if (pc >= oracle->pieces[i].address && pc <= last_of(&oracle->pieces[i]))
            return oracle->pieces[i].number;
    return 0;
}

/* Each code that the map says is about to end is one that the oracle ends, too, and is still
 * found. */
struct expected {
    struct oracle *oracle;
    size_t seen;
};

static void expect_end(void *context, const struct jt_code *code)
{
    struct expected *expected = context;
    struct oracle *oracle = expected->oracle;
    bool is_expected = false;

    for (size_t i = 0; i < oracle->ended_count; i++)
        is_expected |= oracle->ended[i] == code->number;
    assert_true(is_expected);
    assert_int_equal(test_number_at(code->load.address), code->number);
    expected->seen++;
}

struct order {
    uint64_t next; /* the least address that may come */
    size_t count;
};

static int check_order(void *context, const struct jt_code *code)
{
    struct order *order = context;

    assert_true(code->load.address >= order->next);
    order->next = code->load.address + code->load.bytes;
    order->count++;
    return 0;
}

static void check_all(struct jt_codemap *map, const struct oracle *oracle, uint64_t space,
                      uint64_t *seed)
{
    struct order order = {0};

    assert_int_equal(jt_codemap_count(map), oracle->count);
    assert_int_equal(jt_codemap_each(map, check_order, &order), 0);
    assert_int_equal(order.count, oracle->count);
    for (int i = 0; i < 20; i++) {
        uint64_t pc = test_random(seed) % (space + 100);

        assert_int_equal(test_number_at(pc), oracle_find(oracle, pc));
    }
}

static void change(struct jt_codemap *map, struct oracle *oracle, uint64_t space, uint64_t *seed)
{
    static uint64_t number;
    struct expected expected = {.oracle = oracle};
    struct jt_codemap_overwritten overwritten = {.code = expect_end, .context = &expected};
    uint64_t address = test_random(seed) % space + 1;
    uint64_t bytes = test_random(seed) % (test_random(seed) % 50 == 0 ? space : 40) + 1;
    struct piece *old =
        oracle->count > 0 ? &oracle->pieces[test_random(seed) % oracle->count] : NULL;
    unsigned what = test_random(seed) % 8;
    const struct jt_code *code = NULL;

    oracle->ended_count = 0;
    if (what < 4 || !old) {
        struct jt_code load = test_code(address, bytes, "code");

        load.number = ++number;
        oracle_add(oracle, (struct piece){address, bytes, number});
        assert_int_equal(jt_codemap_add(map, &load, &overwritten, &code), JITNEY_OK);
        assert_int_equal(code->number, number);
    } else if (what < 6) {
        struct piece moved = {address, old->bytes, old->number};
        uint64_t from = old->address;

        oracle_remove(oracle, old);
        oracle_add(oracle, moved);
        assert_int_equal(jt_codemap_move(map, from, address, &overwritten, &code), JITNEY_OK);
        assert_int_equal(code->number, moved.number);
        assert_int_equal(code->load.address, address);
    } else {
        assert_int_equal(jt_codemap_remove(map, old->address), JITNEY_OK);
        oracle_remove(oracle, old);
    }
    assert_int_equal(expected.seen, oracle->ended_count);
}

static void test_any_sequence_of_changes_leaves_what_a_plain_list_says(void **state)
{
    static const uint64_t spaces[] = {60, 1000, 6000};
    uint64_t seed = 42;

    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        static struct oracle oracle;
        struct test_heap heap;
        struct jt_codemap *map = NULL;

        oracle.count = 0;
        test_heap_init(&heap);
        assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
        for (int round = 0; round < 20000; round++) {
            change(map, &oracle, spaces[i], &seed);
            if (round % 10 == 0)
                check_all(map, &oracle, spaces[i], &seed);
        }
        jt_codemap_close(map);
        assert_int_equal(heap.live_bytes, 0);
        assert_int_equal(test_number_at(30), 0);
    }
}

static void test_what_does_not_live_cannot_move_or_go(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    const struct jt_code *code = NULL;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    assert_int_equal(jt_codemap_remove(map, 0), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(test_add(map, 1000, 100, 1), JITNEY_OK);
    assert_int_equal(jt_codemap_remove(map, 1001), JITNEY_ERR_NOT_FOUND);
    assert_int_equal(jt_codemap_move(map, 999, 5, NULL, &code), JITNEY_ERR_NOT_FOUND);
    assert_null(code);
    assert_null(jt_codemap_at(map, 1050));
    assert_int_equal(jt_codemap_at(map, 1000)->number, 1);
    assert_int_equal(jt_codemap_move(map, 1000, 1000, NULL, &code), JITNEY_OK);
    assert_ptr_equal(code, jt_codemap_at(map, 1000));
    jt_codemap_close(map);
    jt_codemap_close(NULL);
    assert_int_equal(heap.live_bytes, 0);
}

static void test_code_may_lie_anywhere_but_not_wrap(void **state)
{
    const uint64_t top = UINT64_MAX - 4095;
    const uint64_t gigabyte = UINT64_C(1) << 30;
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    const struct jt_code *code = NULL;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    assert_int_equal(test_add(map, top, 4096, 1), JITNEY_OK);
    assert_int_equal(test_add(map, 0, 1, 2), JITNEY_OK);
    assert_int_equal(test_add(map, gigabyte, gigabyte, 3), JITNEY_OK);
    assert_int_equal(test_number_at(UINT64_MAX), 1);
    assert_int_equal(test_number_at(top), 1);
    assert_int_equal(test_number_at(top - 1), 0);
    assert_int_equal(test_number_at(0), 2);
    assert_int_equal(test_number_at(1), 0);
    assert_int_equal(test_number_at(2 * gigabyte - 1), 3);
    assert_int_equal(test_number_at(2 * gigabyte), 0);
    assert_int_equal(test_add(map, top, 4097, 4), JITNEY_ERR_ARGUMENT);
    assert_int_equal(test_add(map, 5000, 0, 4), JITNEY_ERR_ARGUMENT);
    assert_int_equal(test_add(map, 5000, UINT64_MAX, 4), JITNEY_ERR_ARGUMENT);
    assert_int_equal(jt_codemap_move(map, gigabyte, UINT64_MAX - 5, NULL, &code),
                     JITNEY_ERR_ARGUMENT);
    assert_int_equal(jt_codemap_count(map), 3);
    assert_int_equal(test_add(map, 0, UINT64_MAX, 5), JITNEY_OK);
    assert_int_equal(jt_codemap_count(map), 1);
    assert_int_equal(test_number_at(UINT64_MAX - 1), 5);
    assert_int_equal(test_number_at(UINT64_MAX), 0);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

static void test_a_hundred_thousand_pieces_are_all_found_and_end_in_one_load(void **state)
{
    enum { PIECES = 100000 };
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    struct order order = {0};

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    for (uint64_t i = 0; i < PIECES; i++) /* in an order that jumps about, each of them once */
        assert_int_equal(test_add(map, (i * 7919 % PIECES + 1) * 64, 32, i + 1), JITNEY_OK);
    for (uint64_t i = 0; i < PIECES; i++) {
        assert_int_equal(test_number_at((i * 7919 % PIECES + 1) * 64 + 31), i + 1);
        assert_int_equal(test_number_at((i * 7919 % PIECES + 1) * 64 + 32), 0);
    }
    assert_int_equal(jt_codemap_each(map, check_order, &order), 0);
    assert_int_equal(order.count, PIECES);
    assert_int_equal(test_add(map, 64, (uint64_t)PIECES * 64, PIECES + 1), JITNEY_OK);
    assert_int_equal(jt_codemap_count(map), 1);
    assert_int_equal(test_number_at(6400), PIECES + 1);
    jt_codemap_close(map);
    assert_int_equal(heap.live_bytes, 0);
}

/* A node of the tree holds code that lies within 4 GB. */
static void test_code_far_apart_is_found_moved_and_removed(void **state)
{
    enum { PIECES = 997 };
    const uint64_t strides[] = {UINT64_C(1) << 28, UINT64_C(3) << 30, UINT64_C(1) << 32,
                                UINT64_C(1) << 50};

    for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
        uint64_t stride = strides[i];
        struct test_heap heap;
        struct jt_codemap *map = NULL;
        const struct jt_code *code = NULL;

        test_heap_init(&heap);
        assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
        for (uint64_t j = 0; j < PIECES; j++)
            assert_int_equal(test_add(map, j * 311 % PIECES * stride, stride / 2, j + 1),
                             JITNEY_OK);
        for (uint64_t j = 0; j < PIECES; j++) {
            uint64_t address = j * 311 % PIECES * stride;

            assert_int_equal(test_number_at(address), j + 1);
            assert_int_equal(test_number_at(address + stride / 2 - 1), j + 1);
            assert_int_equal(test_number_at(address + stride / 2), 0);
        }
        for (uint64_t j = 0; j < PIECES; j += 2)
            assert_int_equal(jt_codemap_remove(map, j * 311 % PIECES * stride), JITNEY_OK);
        for (uint64_t j = 1; j < PIECES; j += 2)
            assert_int_equal(jt_codemap_move(map, j * 311 % PIECES * stride,
                                             j * 311 % PIECES * stride + 5, NULL, &code),
                             JITNEY_OK);
        for (uint64_t j = 0; j < PIECES; j++)
            assert_int_equal(test_number_at(j * 311 % PIECES * stride + 5), j % 2 ? j + 1 : 0);
        jt_codemap_close(map);
        assert_int_equal(heap.live_bytes, 0);
    }
}

static int stop_at_third(void *context, const struct jt_code *code)
{
    return ++*(int *)context == 3 ? 77 : 0;
}

static void test_unwinding_data_follows_code_that_moves(void **state)
{
    static const uint8_t frame[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct jt_code what = test_code(0x10000, 0x100, "f");
    const struct jt_code *code = NULL;
    struct jt_codemap *map = NULL;
    struct test_heap heap;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    what.load.unwind_kind = JITNEY_UNWIND_EH_FRAME;
    what.load.unwind = frame;
    what.load.unwind_bytes = sizeof(frame);
    assert_int_equal(jt_codemap_add(map, &what, NULL, &code), JITNEY_OK);
    assert_int_equal(code->load.unwind_address, (uintptr_t)frame);
    assert_int_equal(jt_codemap_move(map, 0x10000, 0x54000, NULL, &code), JITNEY_OK);
    assert_int_equal(code->load.unwind_address, (uintptr_t)frame + 0x44000);
    assert_memory_equal(code->load.unwind, frame, sizeof(frame));
    jt_codemap_close(map);
}

static void test_visiting_stops_with_what_the_visitor_says(void **state)
{
    struct test_heap heap;
    struct jt_codemap *map = NULL;
    int visited = 0;

    test_heap_init(&heap);
    assert_int_equal(jt_codemap_open(&heap.heap, &map), JITNEY_OK);
    assert_int_equal(jt_codemap_each(map, stop_at_third, &visited), 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(test_add(map, i * 16, 8, i + 1), JITNEY_OK);
    assert_int_equal(jt_codemap_each(map, stop_at_third, &visited), 77);
    assert_int_equal(visited, 3);
    jt_codemap_close(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_sequence_of_changes_leaves_what_a_plain_list_says),
        cmocka_unit_test(test_what_does_not_live_cannot_move_or_go),
        cmocka_unit_test(test_code_may_lie_anywhere_but_not_wrap),
        cmocka_unit_test(test_a_hundred_thousand_pieces_are_all_found_and_end_in_one_load),
        cmocka_unit_test(test_code_far_apart_is_found_moved_and_removed),
        cmocka_unit_test(test_unwinding_data_follows_code_that_moves),
        cmocka_unit_test(test_visiting_stops_with_what_the_visitor_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
