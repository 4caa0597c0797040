/* A hash table of numbers to pointers, or to other numbers; growing may fail, nothing
 * else does. */
#ifndef JVM_TABLE_H
#define JVM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jvm_slot {
    uint64_t key; /* 0: free */
    union {
        void *value;
        uint64_t number;
    };
};

/* All zero is an empty table. */
struct jvm_table {
    struct jvm_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* The value of `key`; NULL when it has none. */
void *jvm_table_find(const struct jvm_table *table, uint64_t key);

/* Give `key`, which is not 0, a value in place of the one it had. False when memory is out. */
bool jvm_table_put(struct jvm_table *table, uint64_t key, void *value);

/* The same for tables of numbers; 0 when there is none. */
uint64_t jvm_table_number(const struct jvm_table *table, uint64_t key);
bool jvm_table_put_number(struct jvm_table *table, uint64_t key, uint64_t number);

/* Forget `key`. */
void jvm_table_remove(struct jvm_table *table, uint64_t key);

/* Free the table, after `release` (may be NULL) was called for each value. */
void jvm_table_release(struct jvm_table *table, void (*release)(void *value));

#endif
