/* Which positions of its script a function's own bytecode has. Optimized code also has those of
 * functions that were inlined into it, perhaps from other files, and V8's listener does not say
 * which. Not safe for threads by itself. */
#ifndef NODE_ADAPTER_POSITIONS_H
#define NODE_ADAPTER_POSITIONS_H

#include "table.h"

struct node_row {
    uint32_t offset;
    uint32_t position;
};

struct node_position_set {
    uint8_t *bytes; /* ascending, what each is more than the one before, in base 128 */
    uint32_t count;
};

struct node_positions {
    struct node_table index; /* key of a function to its number in `sets`, from 1 */
    struct node_position_set *sets;
    size_t count;
    size_t room;
    uint32_t *chosen; /* positions of the function that was chosen */
    size_t chosen_count;
    size_t chosen_room;
};

/* Remember what this function's bytecode has, beside what is known of it. Without memory it is as
 * if it had never been told. */
void node_positions_add(struct node_positions *positions, uint64_t key, const struct node_row *rows,
                        size_t count);
/* Ask about this function from now on; false: it is not known, and has no positions. */
bool node_positions_choose(struct node_positions *positions, uint64_t key);
bool node_positions_has(const struct node_positions *positions, uint32_t position);
void node_positions_release(struct node_positions *positions);

#endif
