#include "table.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

static size_t home_of(const struct jvm_table *table, uint64_t key)
{
    /* Fibonacci hashing: keys are addresses and small numbers, whose low bits say little. */
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (table->room - 1);
}

static size_t place_of(const struct jvm_table *table, uint64_t key)
{
    size_t at = home_of(table, key);

    while (table->slots[at].key != 0 && table->slots[at].key != key)
        at = (at + 1) & (table->room - 1);
    return at;
}

static const struct jvm_slot *find(const struct jvm_table *table, uint64_t key)
{
    static const struct jvm_slot none = {0};

    return table->count == 0 || key == 0 ? &none : &table->slots[place_of(table, key)];
}

void *jvm_table_find(const struct jvm_table *table, uint64_t key)
{
    return find(table, key)->value;
}

uint64_t jvm_table_number(const struct jvm_table *table, uint64_t key)
{
    return find(table, key)->number;
}

static bool grow(struct jvm_table *table)
{
    struct jvm_table larger = {.room = table->room ? table->room * 2 : FIRST_ROOM,
                               .count = table->count};

    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].key)
            larger.slots[place_of(&larger, table->slots[i].key)] = table->slots[i];
    free(table->slots);
    *table = larger;
    return true;
}

/* The slot for `key`, free or not; NULL when memory is out. */
static struct jvm_slot *slot_for(struct jvm_table *table, uint64_t key)
{
    struct jvm_slot *slot = NULL;

    if (key == 0 || (table->count * 4 >= table->room * 3 && !grow(table)))
        return NULL;
    slot = &table->slots[place_of(table, key)];
    table->count += slot->key == 0;
    slot->key = key;
    return slot;
}

bool jvm_table_put(struct jvm_table *table, uint64_t key, void *value)
{
    struct jvm_slot *slot = slot_for(table, key);

    if (slot)
        slot->value = value;
    return slot != NULL;
}

bool jvm_table_put_number(struct jvm_table *table, uint64_t key, uint64_t number)
{
    struct jvm_slot *slot = slot_for(table, key);

    if (slot)
        slot->number = number;
    return slot != NULL;
}

void jvm_table_remove(struct jvm_table *table, uint64_t key)
{
    size_t mask = table->room - 1;
    size_t hole = 0;

    if (table->count == 0 || key == 0)
        return;
    hole = place_of(table, key);
    if (table->slots[hole].key == 0)
        return;
    /* What stands behind the hole and may not stay there moves into it. */
    for (size_t at = (hole + 1) & mask; table->slots[at].key; at = (at + 1) & mask) {
        size_t home = home_of(table, table->slots[at].key);

        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = (struct jvm_slot){0};
    table->count--;
}

void jvm_table_release(struct jvm_table *table, void (*release)(void *value))
{
    for (size_t i = 0; release && i < table->room; i++)
        if (table->slots[i].key)
            release(table->slots[i].value);
    free(table->slots);
    *table = (struct jvm_table){0};
}
