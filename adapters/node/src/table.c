/* See table.h. */
#include "table.h"

#include <stdlib.h>

static size_t place_of(const struct node_table *table, uint64_t key)
{
    /* Fibonacci hashing: addresses have few free bits at their ends. */
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (table->room - 1);
}

static struct node_table_row *find(const struct node_table *table, uint64_t key)
{
    size_t i = 0;

    if (table->room == 0)
        return NULL;
    for (i = place_of(table, key); table->rows[i].key != 0; i = (i + 1) & (table->room - 1)) {
        if (table->rows[i].key == key)
            break;
    }
    return &table->rows[i];
}

static bool grow(struct node_table *table)
{
    struct node_table larger = {.room = table->room ? table->room * 2 : 256, .count = table->count};

    larger.rows = calloc(larger.room, sizeof(larger.rows[0]));
    if (!larger.rows)
        return false;
    for (size_t i = 0; i < table->room; i++) {
        if (table->rows[i].key != 0)
            *find(&larger, table->rows[i].key) = table->rows[i];
    }
    free(table->rows);
    *table = larger;
    return true;
}

bool node_table_put(struct node_table *table, uint64_t key, uint32_t value)
{
    struct node_table_row *row = NULL;
    bool is_new = false;

    if (key == 0 ||
        (table->count * 4 >= table->room * 3 && !grow(table) && table->count + 1 >= table->room))
        return false;
    row = find(table, key);
    is_new = row->key == 0;
    table->count += is_new;
    *row = (struct node_table_row){key, value};
    return is_new;
}

uint32_t node_table_get(const struct node_table *table, uint64_t key)
{
    const struct node_table_row *row = find(table, key);

    return row && row->key != 0 ? row->value : 0;
}

bool node_table_has(const struct node_table *table, uint64_t key)
{
    const struct node_table_row *row = find(table, key);

    return row && row->key != 0;
}

bool node_table_remove(struct node_table *table, uint64_t key)
{
    struct node_table_row *row = find(table, key);
    size_t hole = 0;

    if (!row || row->key == 0)
        return false;
    hole = (size_t)(row - table->rows);
    /* What stands behind moves up, unless that would put it before its place. */
    for (size_t i = (hole + 1) & (table->room - 1); table->rows[i].key != 0;
         i = (i + 1) & (table->room - 1)) {
        size_t home = place_of(table, table->rows[i].key);

        if (((i - home) & (table->room - 1)) >= ((i - hole) & (table->room - 1))) {
            table->rows[hole] = table->rows[i];
            hole = i;
        }
    }
    table->rows[hole].key = 0;
    table->count--;
    return true;
}

void node_table_release(struct node_table *table)
{
    free(table->rows);
    *table = (struct node_table){0};
}

uint64_t node_key(uint64_t key, const char *text, size_t bytes)
{
    uint64_t hash = key ^ UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash ? hash : 1;
}
