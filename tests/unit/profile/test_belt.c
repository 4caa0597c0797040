#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/profile/belt.h"

enum { PIECES = 50000, LARGE = 300 * 1000 };

struct piece {
    uint32_t number;
    uint32_t bytes; /* of all */
};

struct checker {
    uint32_t next;
    uint32_t wrong;
};

static void check(void *context, const void *batch, size_t bytes)
{
    struct checker *checker = context;
    const uint8_t *at = batch;
    const uint8_t *end = at + bytes;

    while (at < end) {
        const struct piece *piece = (const struct piece *)(const void *)at;
        const uint8_t *filling = (const uint8_t *)(piece + 1);

        checker->wrong += piece->number != checker->next++;
        checker->wrong += (uintptr_t)piece % 16 != 0;
        for (size_t i = 0; i < piece->bytes - sizeof(*piece); i++)
            checker->wrong += filling[i] != (uint8_t)piece->number;
        at += jt_belt_bytes(piece->bytes);
    }
    checker->wrong += at != end;
}

static void put(struct jt_belt *belt, uint32_t number, uint32_t filling)
{
    uint32_t bytes = (uint32_t)sizeof(struct piece) + filling;
    struct piece *piece = jt_belt_put(belt, bytes);

    *piece = (struct piece){number, bytes};
    memset(piece + 1, (int)(number & 255), filling);
}

static void check_belt(bool threaded, size_t most_batches)
{
    struct checker checker = {0};
    const struct jt_belt_worker worker = {&checker, check};
    struct jt_belt *belt = jt_belt_new(&worker, most_batches, threaded);

    for (uint32_t i = 0; i < PIECES; i++)
        put(belt, i, i % 9973 == 17 ? LARGE : i % 41);
    jt_belt_finish(belt);
    assert_int_equal(checker.next, PIECES);
    assert_int_equal(checker.wrong, 0);
}

static void test_every_piece_arrives_whole_and_in_order(void **state)
{
    check_belt(false, 1);
    check_belt(true, 1);
    check_belt(true, 2);
    check_belt(true, 1000);
}

static void test_a_belt_without_pieces_ends(void **state)
{
    struct checker checker = {0};
    const struct jt_belt_worker worker = {&checker, check};

    jt_belt_finish(jt_belt_new(&worker, 4, true));
    jt_belt_finish(jt_belt_new(&worker, 4, false));
    jt_belt_finish(NULL);
    assert_int_equal(checker.next, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_piece_arrives_whole_and_in_order),
        cmocka_unit_test(test_a_belt_without_pieces_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
