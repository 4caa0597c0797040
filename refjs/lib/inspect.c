/* Values as node's util.inspect writes them: what each kind of object shows. */
#include "lib/inspect.h"
#include "lib/lib.h"
#include "lib/list.h"
#include "vm/iterator.h"
#include "vm/map.h"

/* ---- names ---- */

static bool inherits(const struct rj_object *object, rj_value prototype)
{
    for (object = object->shape->prototype; object; object = object->shape->prototype) {
        if (rj_cell_value(object) == prototype)
            return true;
    }
    return false;
}

/* The name of the own `constructor` of `at`, if `object` is an instance of that. */
static struct rj_string *own_constructor(struct rj_vm *vm, const struct rj_object *object,
                                         struct rj_object *at)
{
    struct rj_own own;
    rj_value name;

    if (!rj_get_own(vm, at, rj_cell_value(vm->atoms.constructor), &own) ||
        own.attributes & RJ_ACCESSOR || !rj_is_kind(own.value, RJ_FUNCTION))
        return NULL;
    name = rj_get(vm, own.value, rj_cell_value(vm->atoms.name));
    if (!rj_is_string(name) || !rj_as_string(name)->length ||
        !inherits(object, rj_get(vm, own.value, rj_cell_value(vm->atoms.prototype))))
        return NULL;
    return rj_as_string(name);
}

static const char *kind_name(const struct rj_object *object)
{
    static const char *const names[] = {
        [RJ_ARRAY] = "Array",
        [RJ_FUNCTION] = "Function",
        [RJ_FLOAT64_ARRAY] = "Float64Array",
        [RJ_INT32_ARRAY] = "Int32Array",
        [RJ_UINT8_ARRAY] = "Uint8Array",
        [RJ_MAP] = "Map",
        [RJ_SET] = "Set",
        [RJ_ERROR] = "Error",
        [RJ_DATE] = "Date",
    };
    uint8_t kind = object->cell.kind;

    return kind < sizeof(names) / sizeof(*names) && names[kind] ? names[kind] : "Object";
}

/* NULL if there is none, which is the case of objects without a prototype. */
static struct rj_string *constructor_name(struct rj_inspector *inspector, struct rj_object *object)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_inspector inner = *inspector;
    struct rj_string *text;

    for (struct rj_object *at = object; at; at = at->shape->prototype) {
        text = own_constructor(vm, object, at);
        if (text)
            return text;
    }
    if (!object->shape->prototype || rj_stack_is_low(vm))
        return NULL;
    text = constructor_name(inspector, object->shape->prototype);
    if (!text) {
        inner.depth = -1;
        text = rj_inspect_value(&inner, rj_cell_value(object->shape->prototype), 0);
    }
    return text ? rj_string_format(vm, "%s <%s>", kind_name(object), rj_string_text(vm, text, NULL))
                : NULL;
}

/* What Symbol.toStringTag would say, where that is not the constructor's name. */
static const char *tag_of(const struct rj_object *object)
{
    switch (object->cell.kind) {
    case RJ_MAP:
    case RJ_SET:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return kind_name(object);
    default:
        return "";
    }
}

/* "Name(size) [Tag] ", ready for a brace. */
static struct rj_string *prefix(struct rj_vm *vm, struct rj_object *object,
                                struct rj_string *constructor, const char *size)
{
    const char *name = constructor ? rj_string_text(vm, constructor, NULL) : NULL;
    const char *tag = tag_of(object);

    if (!constructor)
        return rj_string_format(vm, "[%s%s: null prototype] ", kind_name(object), size);
    if (!name)
        return NULL;
    if (*tag && strcmp(tag, name) != 0)
        return rj_string_format(vm, "%s%s [%s] ", name, size, tag);
    return rj_string_format(vm, "%s%s ", name, size);
}

static bool is_named(struct rj_vm *vm, struct rj_string *constructor, const char *name)
{
    const char *text = constructor ? rj_string_text(vm, constructor, NULL) : NULL;

    return text && strcmp(text, name) == 0;
}

/* ---- entries ---- */

static bool add(struct rj_vm *vm, struct rj_inspection *inspection, struct rj_string *text)
{
    return text && rj_array_append(vm, inspection->entries, rj_cell_value(text));
}

static bool add_rest(struct rj_vm *vm, struct rj_inspection *inspection, double rest)
{
    if (rest <= 0)
        return true;
    inspection->is_cut = true;
    return add(vm, inspection,
               rj_string_format(vm, "... %.0f more item%s", rest, rest > 1 ? "s" : ""));
}

static struct rj_string *nested(struct rj_inspector *inspector, rj_value value, int level)
{
    struct rj_string *text;

    inspector->indentation += 2;
    text = rj_inspect_value(inspector, value, level);
    inspector->indentation -= 2;
    return text;
}

/* Runs of holes count as one entry. */
static bool add_elements(struct rj_inspector *inspector, struct rj_inspection *inspection,
                         int level)
{
    struct rj_array *array = rj_as_array(inspection->value);
    struct rj_vm *vm = inspector->vm;
    uint32_t i = 0;

    while (i < array->length && inspection->entries->length < RJ_INSPECT_ITEMS) {
        uint32_t holes = 0;

        while (i + holes < array->length && array->elements[i + holes] == RJ_HOLE)
            holes++;
        if (holes && !add(vm, inspection,
                          rj_string_format(vm, "<%u empty item%s>", holes, holes > 1 ? "s" : "")))
            return false;
        if (!holes && !add(vm, inspection, nested(inspector, array->elements[i], level)))
            return false;
        i += holes ? holes : 1;
    }
    return add_rest(vm, inspection, (double)array->length - i);
}

static bool add_numbers(struct rj_inspector *inspector, struct rj_inspection *inspection)
{
    struct rj_typed_array *array = rj_as_typed_array(inspection->value);
    struct rj_vm *vm = inspector->vm;

    for (uint32_t i = 0; i < array->length && i < RJ_INSPECT_ITEMS; i++) {
        if (!add(vm, inspection, rj_inspect_number(vm, rj_typed_read(array, i))))
            return false;
    }
    return add_rest(vm, inspection, (double)array->length - RJ_INSPECT_ITEMS);
}

static bool add_map_entries(struct rj_inspector *inspector, struct rj_inspection *inspection,
                            int level)
{
    struct rj_map *map = (struct rj_map *)(void *)rj_as_cell(inspection->value);
    struct rj_string *arrow = rj_atom_text(inspector->vm, " => ");
    struct rj_map_cursor cursor = {0};
    struct rj_map_entry *entry;

    for (uint32_t i = 0; arrow && i < RJ_INSPECT_ITEMS; i++) {
        struct rj_string *text;
        struct rj_string *value;

        entry = rj_map_next(map, &cursor);
        if (!entry)
            break;
        text = nested(inspector, entry->key, level);
        if (text && map->object.cell.kind == RJ_MAP) {
            value = nested(inspector, entry->value, level);
            text = value ? rj_string_concat(inspector->vm, text, arrow) : NULL;
            text = text ? rj_string_concat(inspector->vm, text, value) : NULL;
        }
        if (!add(inspector->vm, inspection, text))
            return false;
    }
    return arrow && add_rest(inspector->vm, inspection, (double)map->count - RJ_INSPECT_ITEMS);
}

/* What is still to come, without moving on: a copy of the iterator is stepped. */
static bool add_iterated(struct rj_inspector *inspector, struct rj_inspection *inspection,
                         int level)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_iterator *iterator = (struct rj_iterator *)(void *)rj_as_cell(inspection->value);
    struct rj_iterator *copy =
        (struct rj_iterator *)rj_object_new(vm, vm->realm.iterator_shape, sizeof(*copy), 0);
    double rest = 0;

    if (!copy)
        return false;
    copy->target = iterator->target;
    copy->object_of = iterator->object_of;
    copy->what = iterator->what;
    copy->position = iterator->position;
    copy->cursor = iterator->cursor;
    for (;;) {
        rj_value value = rj_next(vm, rj_cell_value(copy));

        if (value == RJ_THROWN)
            return false;
        if (value == RJ_HOLE)
            return add_rest(vm, inspection, rest);
        if (inspection->entries->length >= RJ_INSPECT_ITEMS)
            rest++;
        else if (!add(vm, inspection, nested(inspector, value, level)))
            return false;
    }
}

static bool add_contents(struct rj_inspector *inspector, struct rj_inspection *inspection,
                         int level)
{
    switch (rj_as_cell(inspection->value)->kind) {
    case RJ_ARRAY:
        return add_elements(inspector, inspection, level);
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return add_numbers(inspector, inspection);
    case RJ_MAP:
    case RJ_SET:
        return add_map_entries(inspector, inspection, level);
    default:
        return true;
    }
}

static struct rj_string *property_value(struct rj_inspector *inspector, const struct rj_own *own,
                                        int level)
{
    struct rj_vm *vm = inspector->vm;

    if (!(own->attributes & RJ_ACCESSOR))
        return nested(inspector, own->value, level);
    if (!rj_is_kind(own->value, RJ_FUNCTION))
        return rj_is_kind(own->setter, RJ_FUNCTION) ? rj_atom_text(vm, "[Setter]")
                                                    : vm->atoms.undefined;
    return rj_atom_text(vm, rj_is_kind(own->setter, RJ_FUNCTION) ? "[Getter/Setter]" : "[Getter]");
}

static bool add_property(struct rj_inspector *inspector, struct rj_inspection *inspection,
                         rj_value name, int level)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_object *object = rj_as_object(inspection->value);
    struct rj_string *colon = rj_atom_text(vm, ": ");
    rj_value key = rj_to_key(vm, name);
    struct rj_own own = {RJ_UNDEFINED, RJ_UNDEFINED, RJ_PLAIN};
    struct rj_string *value;
    struct rj_string *text;

    if (!colon || key == RJ_THROWN)
        return false;
    if (!rj_get_own(vm, object, key, &own)) {
        own.value = rj_get(vm, inspection->value, key); /* an inherited cause */
        if (own.value == RJ_THROWN)
            return false;
    }
    value = property_value(inspector, &own, level);
    text = value ? rj_inspect_key(vm, rj_is_string(key) ? rj_as_string(key) : rj_as_string(name),
                                  own.attributes & RJ_ENUMERABLE)
                 : NULL;
    text = text ? rj_string_concat(vm, text, colon) : NULL;
    return text && add(vm, inspection, rj_string_concat(vm, text, value));
}

/* ---- what an object looks like before its entries are known ---- */

/* Own enumerable keys that are no elements: those of arrays are on their shape. */
static struct rj_array *named_keys(struct rj_vm *vm, struct rj_object *object)
{
    struct rj_property *properties = rj_shape_properties(vm, object->shape);
    struct rj_array *keys = rj_array_new(vm, 0, NULL);

    for (uint32_t i = 0; keys && properties && i < object->shape->property_count; i++) {
        if (properties[i].attributes & RJ_ENUMERABLE &&
            !rj_array_append(vm, keys, rj_cell_value(properties[i].key)))
            return NULL;
    }
    return keys;
}

/* [Function: name], [class A extends B] */
static struct rj_string *function_base(struct rj_inspector *inspector, rj_value value,
                                       struct rj_string *constructor)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_function *function = rj_as_function(value);
    rj_value name = rj_get(vm, value, rj_cell_value(vm->atoms.name));
    const char *text = rj_is_string(name) ? rj_string_text(vm, rj_as_string(name), NULL) : "";
    const char *class = "";
    rj_value parent = RJ_UNDEFINED;

    if (!text)
        return NULL;
    if (!rj_function_is_class(function)) {
        bool usual = !constructor || is_named(vm, constructor, "Function");

        return rj_string_format(vm, "[Function%s%s%s]%s%s", constructor ? "" : " (null prototype)",
                                *text ? ": " : " (anonymous)", text, usual ? "" : " ",
                                usual ? "" : rj_string_text(vm, constructor, NULL));
    }
    if (!constructor)
        return rj_string_format(vm, "[class %s extends [null prototype]]",
                                *text ? text : "(anonymous)");
    if (function->object.shape->prototype)
        parent = rj_get(vm, rj_cell_value(function->object.shape->prototype),
                        rj_cell_value(vm->atoms.name));
    if (rj_is_string(parent))
        class = rj_string_text(vm, rj_as_string(parent), NULL);
    return rj_string_format(vm, "[class %s%s%s]", *text ? text : "(anonymous)",
                            class && *class ? " extends " : "", class ? class : "");
}

static struct rj_string *boxed_base(struct rj_inspector *inspector, rj_value value,
                                    struct rj_string *constructor)
{
    struct rj_vm *vm = inspector->vm;
    rj_value boxed = ((struct rj_boxed *)rj_as_cell(value))->boxed;
    const char *type = rj_is_string(boxed) ? "String" : rj_is_boolean(boxed) ? "Boolean" : "Number";
    struct rj_string *text = rj_inspect_value(inspector, boxed, 0);
    const char *name = constructor ? rj_string_text(vm, constructor, NULL) : "null prototype";

    if (!text || !name)
        return NULL;
    if (strcmp(name, type) == 0)
        return rj_string_format(vm, "[%s: %s]", type, rj_string_text(vm, text, NULL));
    return rj_string_format(vm, "[%s (%s): %s]", type, name, rj_string_text(vm, text, NULL));
}

static struct rj_string *date_base(struct rj_vm *vm, rj_value value, struct rj_string *constructor)
{
    struct rj_string *before = vm->atoms.empty;
    double time = rj_as_number(((struct rj_boxed *)rj_as_cell(value))->boxed);
    char text[32] = "Invalid Date";

    if (!is_named(vm, constructor, "Date"))
        before = prefix(vm, rj_as_object(value), constructor, "");
    if (!isnan(time))
        rj_date_iso(time, text);
    return before ? rj_string_format(vm, "%s%s", rj_string_text(vm, before, NULL), text) : NULL;
}

/* The brace after a prefix. */
static bool open_with(struct rj_vm *vm, struct rj_inspection *inspection,
                      struct rj_string *prefix_text, char open, char close)
{
    struct rj_string *brace = vm->atoms.single[(uint8_t)open];

    inspection->open = prefix_text ? rj_string_concat(vm, prefix_text, brace) : NULL;
    inspection->close = close;
    return inspection->open != NULL;
}

static bool begin_list(struct rj_vm *vm, struct rj_inspection *inspection,
                       struct rj_string *constructor)
{
    struct rj_object *object = rj_as_object(inspection->value);
    bool is_array = object->cell.kind == RJ_ARRAY;
    struct rj_string *text = vm->atoms.empty;
    char size[16];

    snprintf(size, sizeof(size), "(%u)",
             is_array ? rj_as_array(inspection->value)->length
                      : rj_as_typed_array(inspection->value)->length);
    if (!is_array || !is_named(vm, constructor, "Array"))
        text = prefix(vm, object, constructor, size);
    inspection->keys = named_keys(vm, object);
    inspection->is_list = true;
    return inspection->keys && open_with(vm, inspection, text, '[', ']');
}

static bool begin_map(struct rj_vm *vm, struct rj_inspection *inspection,
                      struct rj_string *constructor)
{
    struct rj_object *object = rj_as_object(inspection->value);
    char size[16];

    snprintf(size, sizeof(size), "(%u)", ((struct rj_map *)object)->count);
    inspection->keys = named_keys(vm, object);
    return inspection->keys &&
           open_with(vm, inspection, prefix(vm, object, constructor, size), '{', '}');
}

/* Iterators over maps and sets show what is to come, others only what they are. */
static bool begin_iterator(struct rj_vm *vm, struct rj_inspection *inspection)
{
    struct rj_iterator *iterator = (struct rj_iterator *)(void *)rj_as_cell(inspection->value);
    rj_value target = iterator->target;
    const char *text = "Object [Array Iterator] ";

    inspection->keys = named_keys(vm, &iterator->object);
    if (rj_is_string(target))
        text = "Object [String Iterator] ";
    if (rj_is_kind(target, RJ_MAP))
        text = iterator->what == RJ_ITERATE_ENTRIES ? "[Map Entries] " : "[Map Iterator] ";
    if (rj_is_kind(target, RJ_SET))
        text = iterator->what == RJ_ITERATE_ENTRIES ? "[Set Entries] " : "[Set Iterator] ";
    return open_with(vm, inspection, rj_string_format(vm, "%s", text), '{', '}');
}

/* Base, brace and keys. */
static bool begin(struct rj_inspector *inspector, struct rj_inspection *inspection,
                  struct rj_string *constructor)
{
    struct rj_vm *vm = inspector->vm;
    rj_value value = inspection->value;
    struct rj_object *object = rj_as_object(value);

    switch (object->cell.kind) {
    case RJ_ARRAY:
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return begin_list(vm, inspection, constructor);
    case RJ_MAP:
    case RJ_SET:
        return begin_map(vm, inspection, constructor);
    case RJ_ITERATOR:
        return begin_iterator(vm, inspection);
    default:
        break;
    }
    inspection->keys =
        object->cell.kind == RJ_BOXED ? named_keys(vm, object) : rj_own_keys(vm, object, true);
    if (!inspection->keys || !open_with(vm, inspection, vm->atoms.empty, '{', '}'))
        return false;
    switch (object->cell.kind) {
    case RJ_FUNCTION:
        inspection->base = function_base(inspector, value, constructor);
        break;
    case RJ_ERROR:
        inspection->base = rj_inspect_error(inspector, value, constructor, &inspection->keys);
        break;
    case RJ_BOXED:
        inspection->base = boxed_base(inspector, value, constructor);
        break;
    case RJ_DATE:
        inspection->base = date_base(vm, value, constructor);
        break;
    default:
        if (is_named(vm, constructor, "Object"))
            return true;
        return open_with(vm, inspection, prefix(vm, object, constructor, ""), '{', '}');
    }
    return inspection->base != NULL;
}

/* Nothing between the braces. */
static bool is_empty(const struct rj_inspection *inspection)
{
    rj_value value = inspection->value;

    if (inspection->keys->length)
        return false;
    switch (rj_as_cell(value)->kind) {
    case RJ_ARRAY:
        return rj_as_array(value)->length == 0;
    case RJ_FLOAT64_ARRAY:
    case RJ_INT32_ARRAY:
    case RJ_UINT8_ARRAY:
        return rj_as_typed_array(value)->length == 0;
    case RJ_MAP:
    case RJ_SET:
        return ((struct rj_map *)(void *)rj_as_cell(value))->count == 0;
    default:
        return true;
    }
}

/* ---- circles ---- */

static uint32_t position(const struct rj_array *array, rj_value value)
{
    for (uint32_t i = 0; i < array->length; i++) {
        if (array->elements[i] == value)
            return i + 1;
    }
    return 0;
}

static struct rj_string *circular(struct rj_inspector *inspector, rj_value value)
{
    if (!position(inspector->circular, value) &&
        !rj_array_append(inspector->vm, inspector->circular, value))
        return NULL;
    return rj_string_format(inspector->vm, "[Circular *%u]", position(inspector->circular, value));
}

/* <ref *1> before what was met again inside itself. */
static bool add_reference(struct rj_inspector *inspector, struct rj_inspection *inspection)
{
    uint32_t number = position(inspector->circular, inspection->value);
    struct rj_string *text;

    if (!number)
        return true;
    text = rj_string_format(inspector->vm, inspection->base->length ? "<ref *%u> " : "<ref *%u>",
                            number);
    inspection->base = text ? rj_string_concat(inspector->vm, text, inspection->base) : NULL;
    return inspection->base != NULL;
}

/* ---- objects ---- */

/* [Name] for what is too deep. */
static struct rj_string *too_deep(struct rj_vm *vm, struct rj_object *object,
                                  struct rj_string *constructor)
{
    struct rj_string *text = prefix(vm, object, constructor, "");

    text = text ? rj_string_slice(vm, text, 0, text->length - 1) : NULL;
    if (!text || !constructor)
        return text;
    return rj_string_format(vm, "[%s]", rj_string_text(vm, text, NULL));
}

/* "[Map Iterator] {", unlike "Object [Array Iterator] {". */
static bool shows_iterated(const struct rj_inspection *inspection)
{
    return rj_is_kind(inspection->value, RJ_ITERATOR) && rj_string_at(inspection->open, 0) == '[';
}

static bool add_all(struct rj_inspector *inspector, struct rj_inspection *inspection, int level)
{
    if (shows_iterated(inspection) ? !add_iterated(inspector, inspection, level)
                                   : !add_contents(inspector, inspection, level))
        return false;
    for (uint32_t i = 0; i < inspection->keys->length; i++) {
        if (!add_property(inspector, inspection, inspection->keys->elements[i], level))
            return false;
    }
    return true;
}

static struct rj_string *inspect_object(struct rj_inspector *inspector, rj_value value, int level)
{
    struct rj_vm *vm = inspector->vm;
    struct rj_string *constructor = constructor_name(inspector, rj_as_object(value));
    struct rj_inspection inspection = {.value = value, .base = vm->atoms.empty};

    if (!begin(inspector, &inspection, constructor) || !rj_flatten(vm, inspection.open))
        return NULL;
    if (is_empty(&inspection) && !shows_iterated(&inspection)) {
        if (inspection.base->length)
            return inspection.base;
        return rj_string_concat(vm, inspection.open, vm->atoms.single[(uint8_t)inspection.close]);
    }
    if (level > inspector->depth)
        return too_deep(vm, rj_as_object(value), constructor);
    inspection.entries = rj_array_new(vm, 0, NULL);
    inspector->current_depth = level + 1;
    if (!inspection.entries || !rj_array_append(vm, inspector->seen, value) ||
        !add_all(inspector, &inspection, level + 1) || !add_reference(inspector, &inspection))
        return NULL;
    inspector->seen->elements[--inspector->seen->length] = RJ_HOLE;
    return rj_inspect_layout(inspector, &inspection, level + 1);
}

struct rj_string *rj_inspect_value(struct rj_inspector *inspector, rj_value value, int level)
{
    struct rj_vm *vm = inspector->vm;

    if (rj_is_string(value))
        return rj_inspect_string(inspector, rj_as_string(value));
    if (rj_is_number(value))
        return rj_inspect_number(vm, value);
    if (!rj_is_object(value))
        return rj_to_string(vm, value);
    if (rj_stack_is_low(vm)) {
        rj_throw_stack(vm);
        return NULL;
    }
    if (position(inspector->seen, value))
        return circular(inspector, value);
    return inspect_object(inspector, value, level);
}

struct rj_string *rj_inspect_deep(struct rj_vm *vm, rj_value value, int depth)
{
    struct rj_inspector inspector = {.vm = vm, .depth = depth};

    if (!rj_is_object(value))
        return rj_inspect_value(&inspector, value, 0);
    inspector.seen = rj_array_new(vm, 0, NULL);
    inspector.circular = rj_array_new(vm, 0, NULL);
    if (!inspector.seen || !inspector.circular)
        return NULL;
    return rj_inspect_value(&inspector, value, 0);
}

struct rj_string *rj_inspect(struct rj_vm *vm, rj_value value)
{
    if (rj_is_string(value))
        return rj_as_string(value);
    return rj_inspect_deep(vm, value, RJ_INSPECT_DEPTH);
}
