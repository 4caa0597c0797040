#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/profile/nodes.h"
#include "base/vec.h"

enum { FRAMES = 6, STACKS = 4000, DEEPEST = 40 };

/* The same tree without any art: children are found by looking at all nodes. */
struct plain_node {
    uint32_t parent;
    uint32_t frame;
    uint64_t self;
    uint64_t total;
};

struct plain jt_vec(struct plain_node);

static uint32_t plain_child(struct plain *plain, uint32_t parent, uint32_t frame)
{
    for (uint32_t i = parent + 1; i < plain->count; i++)
        if (plain->at[i].parent == parent && plain->at[i].frame == frame)
            return i;
    jt_vec_push(plain, (struct plain_node){.parent = parent, .frame = frame});
    return (uint32_t)plain->count - 1;
}

static void plain_add_up(struct plain *plain)
{
    for (size_t i = 0; i < plain->count; i++)
        plain->at[i].total = plain->at[i].self;
    for (size_t i = plain->count - 1; i > 0; i--)
        plain->at[plain->at[i].parent].total += plain->at[i].total;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Stacks that are new from somewhere on, often ending within another's tail. */
static void grow(struct jt_nodes *nodes, struct plain *plain, uint64_t state)
{
    jt_vec_push(plain, (struct plain_node){.parent = JT_NODE_NONE, .frame = FRAMES});
    for (int i = 0; i < STACKS; i++) {
        uint64_t path = next_random(&state) % 300;
        uint32_t depth = next_random(&state) % DEEPEST;
        uint32_t weight = next_random(&state) % 3;
        uint32_t node = 0;

        for (uint32_t at = 0; at < depth; at++) {
            uint32_t frame = next_random(&path) % FRAMES;
            uint32_t expected = plain_child(plain, node, frame);

            node = jt_nodes_child(nodes, node, frame);
            assert_int_equal(node, expected);
        }
        jt_nodes_add_self(nodes, node, weight);
        plain->at[node].self += weight;
    }
    jt_nodes_add_up(nodes);
    plain_add_up(plain);
}

static void test_tails_hide_nothing_of_the_tree(void **state)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct plain plain = {0};
        struct jt_nodes nodes;

        jt_nodes_init(&nodes, FRAMES);
        grow(&nodes, &plain, seed);
        assert_int_equal(nodes.count, plain.count);
        assert_true(nodes.knot_count < nodes.count);
        for (uint32_t i = 0; i < nodes.count; i++) {
            assert_int_equal(jt_nodes_parent(&nodes, i), plain.at[i].parent);
            assert_int_equal(jt_nodes_frame(&nodes, i), plain.at[i].frame);
            assert_int_equal(jt_nodes_self(&nodes, i), plain.at[i].self);
            assert_int_equal(jt_nodes_total(&nodes, i), plain.at[i].total);
        }
        jt_nodes_release(&nodes);
        jt_vec_release(&plain);
    }
}

struct walked {
    const struct plain *plain;
    struct jt_vec(uint32_t) path;
    uint64_t self;
    size_t entered;
    size_t wrong;
};

static void enter(void *context, uint32_t node, uint32_t frame, uint64_t self, uint64_t total)
{
    struct walked *walked = context;
    const struct plain_node *expected = &walked->plain->at[node];

    if (node > 0)
        walked->wrong += walked->path.at[walked->path.count - 1] != expected->parent;
    walked->wrong += frame != expected->frame || self != expected->self || total != expected->total;
    walked->self += self;
    walked->entered++;
    jt_vec_push(&walked->path, node);
}

static void leave(void *context, uint32_t frame)
{
    struct walked *walked = context;

    walked->wrong += walked->plain->at[walked->path.at[--walked->path.count]].frame != frame;
}

static void test_a_walk_enters_every_node_below_its_parent(void **state)
{
    struct plain plain = {0};
    struct walked walked = {.plain = &plain};
    struct jt_nodes nodes;

    jt_nodes_init(&nodes, FRAMES);
    grow(&nodes, &plain, 99);
    jt_nodes_walk(&nodes, &walked, enter, leave);
    assert_int_equal(walked.wrong, 0);
    assert_int_equal(walked.entered, nodes.count);
    assert_int_equal(walked.self, jt_nodes_total(&nodes, 0));
    jt_nodes_release(&nodes);
    jt_vec_release(&plain);
    jt_vec_release(&walked.path);
}

static void test_a_deep_stack_costs_one_cell_a_frame(void **state)
{
    enum { DEPTH = 3000000 };
    struct jt_nodes nodes;
    uint32_t node = 0;

    jt_nodes_init(&nodes, 0);
    for (uint32_t i = 0; i < DEPTH; i++)
        node = jt_nodes_child(&nodes, node, i);
    jt_nodes_add_self(&nodes, node, 5);
    jt_nodes_add_up(&nodes);
    assert_int_equal(nodes.count, DEPTH + 1);
    assert_int_equal(nodes.knot_count, 2);
    assert_int_equal(jt_nodes_total(&nodes, 1), 5);
    assert_int_equal(jt_nodes_frame(&nodes, DEPTH / 2), DEPTH / 2 - 1);
    jt_nodes_release(&nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tails_hide_nothing_of_the_tree),
        cmocka_unit_test(test_a_walk_enters_every_node_below_its_parent),
        cmocka_unit_test(test_a_deep_stack_costs_one_cell_a_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
