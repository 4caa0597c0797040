/* Shapes of one object alone, changed in place: for objects used as maps. */
#include "vm/shape.h"

enum { FIRST_ENTRIES = 16 };

struct dictionary {
    struct rj_property *entries; /* in the order added; key NULL: removed */
    uint32_t *index;             /* entry plus one, by hash; 0: none */
    uint32_t *free_slots;        /* of removed properties, to be used again */
    uint32_t used;               /* entries */
    uint32_t capacity;           /* of entries; twice as many places in the index */
    uint32_t free_count;
    uint32_t free_capacity;
};

static uint32_t index_mask(const struct dictionary *dictionary)
{
    return dictionary->capacity * 2 - 1;
}

static void index_entry(struct dictionary *dictionary, uint32_t entry)
{
    uint32_t mask = index_mask(dictionary);
    uint32_t at = dictionary->entries[entry].key->cell.hash & mask;

    while (dictionary->index[at])
        at = (at + 1) & mask;
    dictionary->index[at] = entry + 1;
}

/* Entries move to new memory, removed ones stay behind. */
static bool resize(struct rj_vm *vm, struct dictionary *dictionary, uint32_t live)
{
    uint32_t capacity = FIRST_ENTRIES;
    struct rj_property *entries;
    uint32_t *index;
    uint32_t used = 0;

    while (capacity <= live + live / 4)
        capacity *= 2;
    entries = rj_allocate(vm, (size_t)capacity * sizeof(*entries));
    index = rj_allocate_atomic(vm, (size_t)capacity * 2 * sizeof(*index));
    if (!entries || !index)
        return false;
    memset(index, 0, (size_t)capacity * 2 * sizeof(*index));
    for (uint32_t i = 0; i < dictionary->used; i++)
        if (dictionary->entries[i].key)
            entries[used++] = dictionary->entries[i];
    dictionary->entries = entries;
    dictionary->index = index;
    dictionary->capacity = capacity;
    dictionary->used = used;
    for (uint32_t i = 0; i < used; i++)
        index_entry(dictionary, i);
    return true;
}

struct rj_shape *rj_dictionary_new(struct rj_vm *vm, struct rj_shape *shape)
{
    struct rj_property *properties = rj_shape_properties(vm, shape);
    struct dictionary *dictionary = rj_allocate(vm, sizeof(*dictionary));
    struct rj_shape *made;

    if (!properties || !dictionary)
        return NULL;
    made = rj_shape_new(vm, shape->cell.extra, RJ_SHAPE_DICTIONARY, shape->prototype);
    if (!made)
        return NULL;
    dictionary->entries = properties;
    dictionary->used = shape->property_count;
    if (!resize(vm, dictionary, shape->property_count))
        return NULL;
    made->table = dictionary;
    made->property_count = shape->property_count;
    made->slot_count = shape->slot_count;
    return made;
}

static uint32_t take_slot(struct rj_shape *shape, struct dictionary *dictionary,
                          uint32_t attributes)
{
    uint32_t slot = shape->slot_count;

    if (!(attributes & RJ_ACCESSOR) && dictionary->free_count)
        return dictionary->free_slots[--dictionary->free_count];
    shape->slot_count += rj_slots_of(attributes);
    return slot;
}

bool rj_dictionary_add(struct rj_vm *vm, struct rj_shape *shape, struct rj_string *key,
                       uint32_t attributes)
{
    struct dictionary *dictionary = shape->table;

    if (dictionary->used == dictionary->capacity && !resize(vm, dictionary, shape->property_count))
        return false;
    dictionary->entries[dictionary->used] =
        (struct rj_property){key, take_slot(shape, dictionary, attributes), attributes};
    index_entry(dictionary, dictionary->used);
    dictionary->used++;
    shape->property_count++;
    return true;
}

struct rj_property *rj_dictionary_find(const struct rj_shape *shape, const struct rj_string *key)
{
    const struct dictionary *dictionary = shape->table;
    uint32_t mask = index_mask(dictionary);

    for (uint32_t at = key->cell.hash & mask; dictionary->index[at]; at = (at + 1) & mask) {
        struct rj_property *entry = &dictionary->entries[dictionary->index[at] - 1];

        if (entry->key == key)
            return entry;
    }
    return NULL;
}

/* When memory is short the slots are lost; nothing else. */
static void free_slot(struct rj_vm *vm, struct dictionary *dictionary, uint32_t slot)
{
    if (dictionary->free_count == dictionary->free_capacity) {
        uint32_t capacity = dictionary->free_capacity ? dictionary->free_capacity * 2 : 8;
        uint32_t *slots = rj_allocate_atomic(vm, (size_t)capacity * sizeof(*slots));

        if (!slots)
            return;
        if (dictionary->free_count)
            memcpy(slots, dictionary->free_slots, dictionary->free_count * sizeof(*slots));
        dictionary->free_slots = slots;
        dictionary->free_capacity = capacity;
    }
    dictionary->free_slots[dictionary->free_count++] = slot;
}

void rj_dictionary_remove(struct rj_vm *vm, struct rj_shape *shape, struct rj_property *property)
{
    for (uint32_t i = 0; i < rj_slots_of(property->attributes); i++)
        free_slot(vm, shape->table, property->slot + i);
    property->key = NULL;
    shape->property_count--;
}

void rj_dictionary_list(const struct rj_shape *shape, struct rj_property *to)
{
    const struct dictionary *dictionary = shape->table;

    for (uint32_t i = 0; i < dictionary->used; i++)
        if (dictionary->entries[i].key)
            *to++ = dictionary->entries[i];
}
