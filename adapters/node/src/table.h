/* A hash table from 64-bit keys to 32-bit values: sets of addresses, numbers of
 * functions. Key 0 is not kept. Not safe for threads by itself. */
#ifndef NODE_ADAPTER_TABLE_H
#define NODE_ADAPTER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_table_row {
    uint64_t key; /* 0: free */
    uint32_t value;
};

struct node_table {
    struct node_table_row *rows;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* Set; false when it is there already (its value is replaced) or memory is out. */
bool node_table_put(struct node_table *table, uint64_t key, uint32_t value);
/* The value, or 0. */
uint32_t node_table_get(const struct node_table *table, uint64_t key);
bool node_table_has(const struct node_table *table, uint64_t key);
/* Take out; false when it was not there. */
bool node_table_remove(struct node_table *table, uint64_t key);
void node_table_release(struct node_table *table);

/* A key of text, going on from another one (0 at first); never 0. */
uint64_t node_key(uint64_t key, const char *text, size_t bytes);

#endif
