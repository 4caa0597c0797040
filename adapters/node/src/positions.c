#include "positions.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SETS = 1 << 20, DIGIT_BYTES = 5 };

/* ---- sets as bytes ---- */

static size_t put_number(uint8_t *out, uint32_t value)
{
    size_t used = 0;

    for (; value >= 0x80; value >>= 7)
        out[used++] = (uint8_t)(value | 0x80);
    out[used++] = (uint8_t)value;
    return used;
}

static size_t take_number(const uint8_t *in, uint32_t *value)
{
    size_t used = 0;

    *value = 0;
    for (unsigned shift = 0;; shift += 7) {
        *value |= (uint32_t)(in[used] & 0x7f) << shift;
        if (in[used++] < 0x80)
            return used;
    }
}

/* Room in `chosen` for so many. */
static bool reserve(struct node_positions *positions, size_t count)
{
    uint32_t *larger = NULL;

    if (count <= positions->chosen_room)
        return true;
    larger = realloc(positions->chosen, count * 2 * sizeof(*larger));
    if (!larger)
        return false;
    positions->chosen = larger;
    positions->chosen_room = count * 2;
    return true;
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void sort_chosen(struct node_positions *positions)
{
    size_t kept = 0;

    if (positions->chosen_count > 0)
        qsort(positions->chosen, positions->chosen_count, sizeof(uint32_t), compare);
    for (size_t i = 0; i < positions->chosen_count; i++) {
        if (kept == 0 || positions->chosen[i] != positions->chosen[kept - 1])
            positions->chosen[kept++] = positions->chosen[i];
    }
    positions->chosen_count = kept;
}

static void encode(const struct node_positions *positions, struct node_position_set *set)
{
    uint8_t *bytes = malloc(positions->chosen_count * DIGIT_BYTES + 1);
    uint8_t *smaller = NULL;
    uint32_t before = 0;
    size_t used = 0;

    if (!bytes)
        return;
    for (size_t i = 0; i < positions->chosen_count; i++) {
        used += put_number(bytes + used, positions->chosen[i] - before);
        before = positions->chosen[i];
    }
    smaller = realloc(bytes, used + 1);
    free(set->bytes);
    set->bytes = smaller ? smaller : bytes;
    set->count = (uint32_t)positions->chosen_count;
}

/* ---- functions ---- */

static struct node_position_set *set_of(struct node_positions *positions, uint64_t key)
{
    size_t room = positions->room ? positions->room * 2 : 256;
    struct node_position_set *larger = NULL;
    uint32_t number = node_table_get(&positions->index, key);

    if (number > 0)
        return &positions->sets[number - 1];
    if (positions->count == positions->room) {
        larger = room <= MOST_SETS ? realloc(positions->sets, room * sizeof(*larger)) : NULL;
        if (!larger)
            return NULL;
        positions->sets = larger;
        positions->room = room;
    }
    if (!node_table_put(&positions->index, key, (uint32_t)positions->count + 1))
        return NULL;
    positions->sets[positions->count] = (struct node_position_set){0};
    return &positions->sets[positions->count++];
}

bool node_positions_choose(struct node_positions *positions, uint64_t key)
{
    uint32_t number = node_table_get(&positions->index, key);
    const struct node_position_set *set = number > 0 ? &positions->sets[number - 1] : NULL;
    uint32_t before = 0;
    size_t at = 0;

    positions->chosen_count = 0;
    if (!set || !set->bytes || !reserve(positions, set->count))
        return false;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t more = 0;

        at += take_number(set->bytes + at, &more);
        before += more;
        positions->chosen[i] = before;
    }
    positions->chosen_count = set->count;
    return true;
}

void node_positions_add(struct node_positions *positions, uint64_t key, const struct node_row *rows,
                        size_t count)
{
    struct node_position_set *set = set_of(positions, key);

    if (!set)
        return;
    node_positions_choose(positions, key);
    if (!reserve(positions, positions->chosen_count + count))
        return;
    for (size_t i = 0; i < count; i++)
        positions->chosen[positions->chosen_count++] = rows[i].position;
    sort_chosen(positions);
    if (positions->chosen_count > set->count || !set->bytes)
        encode(positions, set);
}

bool node_positions_has(const struct node_positions *positions, uint32_t position)
{
    return positions->chosen_count > 0 &&
           bsearch(&position, positions->chosen, positions->chosen_count, sizeof(uint32_t),
                   compare) != NULL;
}

void node_positions_release(struct node_positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        free(positions->sets[i].bytes);
    free(positions->sets);
    free(positions->chosen);
    node_table_release(&positions->index);
    memset(positions, 0, sizeof(*positions));
}
