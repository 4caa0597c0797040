/* Shapes: a tree of first shapes and what was added to them. */
#include "vm/shape.h"

#include "vm/lookup.h"

enum { WALK_MOST = 8, FIRST_MASK = 15, FIRST_TRANSITIONS = 7 };

/* Shapes by the key of their last property. As shape->table: those on the way from the first shape
 * here. As shape->transitions: the children; a single child stands there itself. The kind of its
 * cell, RJ_FREE, tells a table from a child. */
struct table {
    struct rj_cell cell;
    uint32_t count;
    uint32_t mask;
    struct rj_shape *slots[];
};

static struct table *table_new(struct rj_vm *vm, uint32_t mask)
{
    struct table *table =
        rj_allocate(vm, sizeof(*table) + ((size_t)mask + 1) * sizeof(struct rj_shape *));

    if (table)
        table->mask = mask;
    return table;
}

static void table_put(struct table *table, struct rj_shape *shape)
{
    uint32_t at = shape->last.key->cell.hash & table->mask;

    while (table->slots[at])
        at = (at + 1) & table->mask;
    table->slots[at] = shape;
    table->count++;
}

/* Room for one more: the table itself or a larger one; NULL if memory is short. */
static struct table *table_grown(struct rj_vm *vm, struct table *table)
{
    struct table *larger;

    if (table->count < table->mask / 4 * 3)
        return table;
    larger = table_new(vm, table->mask * 2 + 1);
    for (uint32_t i = 0; larger && i <= table->mask; i++)
        if (table->slots[i])
            table_put(larger, table->slots[i]);
    return larger;
}

/* ---- first shapes ---- */

struct rj_shape *rj_shape_new(struct rj_vm *vm, enum rj_kind kind, uint8_t flags,
                              struct rj_object *prototype)
{
    struct rj_shape *shape;

    if (prototype && !rj_object_become_prototype(vm, prototype))
        return NULL;
    shape = rj_allocate(vm, sizeof(*shape));
    if (!shape)
        return NULL;
    shape->cell.kind = RJ_SHAPE;
    shape->cell.flags = flags;
    shape->cell.extra = (uint16_t)kind;
    shape->id = ++vm->next_shape;
    shape->prototype = prototype;
    return shape;
}

struct rj_shape *rj_shape_first(struct rj_vm *vm, enum rj_kind kind, struct rj_object *prototype)
{
    return rj_shape_new(vm, kind, 0, prototype);
}

/* The shape of {}, [] or functions, when it is asked for by its prototype. */
static struct rj_shape *realm_shape(const struct rj_vm *vm, enum rj_kind kind,
                                    const struct rj_object *prototype)
{
    const struct rj_realm *realm = &vm->realm;
    struct rj_shape *shape = kind == RJ_OBJECT     ? realm->object_shape
                             : kind == RJ_ARRAY    ? realm->array_shape
                             : kind == RJ_FUNCTION ? realm->function_shape
                                                   : NULL;

    return shape && shape->prototype == prototype ? shape : NULL;
}

struct rj_shape *rj_shape_shared(struct rj_vm *vm, enum rj_kind kind, struct rj_object *prototype)
{
    struct rj_shape *made = realm_shape(vm, kind, prototype);
    struct rj_shape **kept = rj_first_shape_of(vm, kind, prototype);

    if (made || !kept)
        return made;
    if (*kept && (*kept)->prototype == prototype && (*kept)->cell.extra == kind)
        return *kept;
    made = rj_shape_new(vm, kind, 0, prototype);
    if (made)
        *kept = made;
    return made;
}

struct rj_shape *rj_shape_root(struct rj_shape *shape)
{
    while (shape->parent)
        shape = shape->parent;
    return shape;
}

/* ---- transitions ---- */

static bool is_last(const struct rj_shape *shape, const struct rj_string *key, uint32_t attributes)
{
    return shape->last.key == key && shape->last.attributes == attributes;
}

static struct rj_shape *find_transition(const struct rj_shape *shape, const struct rj_string *key,
                                        uint32_t attributes)
{
    const struct rj_cell *children = shape->transitions;
    const struct table *table = shape->transitions;

    if (!children)
        return NULL;
    if (children->kind == RJ_SHAPE) {
        struct rj_shape *child = shape->transitions;

        return is_last(child, key, attributes) ? child : NULL;
    }
    for (uint32_t at = key->cell.hash & table->mask; table->slots[at]; at = (at + 1) & table->mask)
        if (is_last(table->slots[at], key, attributes))
            return table->slots[at];
    return NULL;
}

bool rj_shape_is_crowded(const struct rj_shape *shape, const struct rj_string *key,
                         uint32_t attributes)
{
    const struct table *table = shape->transitions;

    if (rj_shape_is_dictionary(shape))
        return false;
    if (shape->property_count >= RJ_MANY_PROPERTIES)
        return true;
    return table && table->cell.kind != RJ_SHAPE && table->count >= RJ_MANY_TRANSITIONS &&
           !find_transition(shape, key, attributes);
}

static bool add_transition(struct rj_vm *vm, struct rj_shape *shape, struct rj_shape *child)
{
    struct rj_cell *children = shape->transitions;
    struct table *table = shape->transitions;

    if (!children) {
        shape->transitions = child;
        return true;
    }
    if (children->kind == RJ_SHAPE) {
        table = table_new(vm, FIRST_TRANSITIONS);
        if (table)
            table_put(table, shape->transitions);
    } else {
        table = table_grown(vm, table);
    }
    if (!table)
        return false;
    table_put(table, child);
    shape->transitions = table;
    return true;
}

/* The child takes over the table of its parent, which is seldom searched again: adding many
 * properties in a row costs one table. */
static void take_table(struct rj_vm *vm, struct rj_shape *parent, struct rj_shape *child)
{
    struct table *table = parent->table;

    if (!table || !parent->parent) /* a first shape's is no table: see sealed_root() */
        return;
    table = table_grown(vm, table);
    if (!table)
        return;
    parent->table = NULL;
    table_put(table, child);
    child->table = table;
}

static struct rj_shape *add_child(struct rj_vm *vm, struct rj_shape *shape, struct rj_string *key,
                                  uint32_t attributes)
{
    struct rj_shape *child = rj_allocate(vm, sizeof(*child));

    if (!child)
        return NULL;
    child->cell = shape->cell;
    child->id = ++vm->next_shape;
    child->prototype = shape->prototype;
    child->parent = shape;
    child->last = (struct rj_property){key, shape->slot_count, attributes};
    child->slot_count = shape->slot_count + rj_slots_of(attributes);
    child->property_count = shape->property_count + 1;
    if (!add_transition(vm, shape, child))
        return NULL;
    take_table(vm, shape, child);
    return child;
}

struct rj_shape *rj_shape_add(struct rj_vm *vm, struct rj_shape *shape, struct rj_string *key,
                              uint32_t attributes)
{
    struct rj_shape *child;

    if (rj_shape_is_dictionary(shape))
        return rj_dictionary_add(vm, shape, key, attributes) ? shape : NULL;
    child = find_transition(shape, key, attributes);
    return child ? child : add_child(vm, shape, key, attributes);
}

struct rj_shape *rj_shape_replay(struct rj_vm *vm, struct rj_shape *shape,
                                 const struct rj_property *properties, uint32_t count)
{
    for (uint32_t i = 0; i < count && shape; i++)
        shape = rj_shape_add(vm, shape, properties[i].key, properties[i].attributes);
    return shape;
}

/* ---- searching ---- */

static const struct rj_property *walk(struct rj_shape *shape, const struct rj_string *key)
{
    for (; shape->parent; shape = shape->parent)
        if (shape->last.key == key)
            return &shape->last;
    return NULL;
}

static struct table *make_table(struct rj_vm *vm, struct rj_shape *shape)
{
    uint32_t mask = FIRST_MASK;
    struct table *table;

    while (mask / 4 * 3 <= shape->property_count)
        mask = mask * 2 + 1;
    table = table_new(vm, mask);
    for (struct rj_shape *each = shape; table && each->parent; each = each->parent)
        table_put(table, each);
    shape->table = table;
    return table;
}

const struct rj_property *rj_shape_find(struct rj_vm *vm, struct rj_shape *shape,
                                        struct rj_string *key)
{
    struct table *table = shape->table;

    if (rj_shape_is_dictionary(shape))
        return rj_dictionary_find(shape, key);
    if (shape->property_count <= WALK_MOST)
        return walk(shape, key);
    if (!table)
        table = make_table(vm, shape);
    if (!table)
        return walk(shape, key);
    for (uint32_t at = key->cell.hash & table->mask; table->slots[at]; at = (at + 1) & table->mask)
        if (table->slots[at]->last.key == key)
            return &table->slots[at]->last;
    return NULL;
}

struct rj_property *rj_shape_properties(struct rj_vm *vm, struct rj_shape *shape)
{
    uint32_t at = shape->property_count;
    struct rj_property *properties = rj_allocate(vm, ((size_t)at + 1) * sizeof(*properties));

    if (!properties)
        return NULL;
    if (rj_shape_is_dictionary(shape)) {
        rj_dictionary_list(shape, properties);
        return properties;
    }
    for (; shape->parent; shape = shape->parent)
        properties[--at] = shape->last;
    return properties;
}
