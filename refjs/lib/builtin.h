/* What the files of this room share: how builtins are declared, and what most of them begin with.
 *
 * Each global has a file with one function rj_init_NAME(), called by init.c, and tables of struct
 * rj_builtin. */
#ifndef RJ_LIB_BUILTIN_H
#define RJ_LIB_BUILTIN_H

#include "vm/operations.h"

/* The head of a builtin: an rj_entry. Arguments that are not given are RJ_ARG(i) all the same. */
#define RJ_BUILTIN(name)                                                                           \
    static rj_value name(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,        \
                         uint32_t argc, const rj_value *args, rj_value new_target)

#define RJ_ARG(i) ((uint32_t)(i) < argc ? args[i] : RJ_UNDEFINED)

struct rj_builtin {
    const char *name; /* NULL ends a table */
    rj_entry entry;
    uint16_t length;
    uint16_t intrinsic; /* enum rj_intrinsic */
};

struct rj_numeric_constant {
    const char *name; /* NULL ends a table */
    double value;
};

/* ---- definitions; false or NULL after throwing (builtin.c) ---- */

bool rj_define_builtins(struct rj_vm *vm, struct rj_object *object, const struct rj_builtin *table);
bool rj_define_constants(struct rj_vm *vm, struct rj_object *object,
                         const struct rj_numeric_constant *table);
bool rj_define_getter(struct rj_vm *vm, struct rj_object *object, const char *name, rj_entry entry);
bool rj_define_hidden(struct rj_vm *vm, struct rj_object *object, const char *name, rj_value value);
/* A global constructor whose instances inherit from `prototype`. */
struct rj_function *rj_define_constructor(struct rj_vm *vm, const struct rj_builtin *builtin,
                                          struct rj_object *prototype);
/* A global object that holds functions. */
struct rj_object *rj_define_namespace(struct rj_vm *vm, const char *name,
                                      const struct rj_builtin *table);

/* ---- arguments (builtin.c) ---- */

/* An object of `shape`'s kind for a constructor called with new_target: its prototype is
 * new_target's. RJ_UNDEFINED for new_target: just `shape`. */
struct rj_object *rj_new_for(struct rj_vm *vm, rj_value new_target, struct rj_shape *shape,
                             size_t bytes);
/* A TypeError unless it can be called. */
bool rj_require_function(struct rj_vm *vm, rj_value value);
/* rj_iterate() with the message that V8 has for arguments of builtins. */
rj_value rj_iterate_argument(struct rj_vm *vm, rj_value value);
/* Can it be iterated? */
bool rj_is_iterable(rj_value value);
/* An index counted from the end if negative, within 0 to length; `missing` for undefined. */
bool rj_relative_index(struct rj_vm *vm, rj_value value, double length, double missing,
                       double *index);
/* The value in a message: strings quoted, objects as #<Name>. */
const char *rj_value_text(struct rj_vm *vm, rj_value value);

static inline struct rj_array *rj_as_array(rj_value value)
{
    return (struct rj_array *)(void *)rj_as_cell(value);
}

static inline struct rj_typed_array *rj_as_typed_array(rj_value value)
{
    return (struct rj_typed_array *)(void *)rj_as_cell(value);
}

/* The value of a cell, or RJ_THROWN for NULL. */
static inline rj_value rj_result(const void *cell)
{
    return cell ? rj_cell_value(cell) : RJ_THROWN;
}

/* The key of an index, which may be beyond an int. */
static inline rj_value rj_index_key(struct rj_vm *vm, double index)
{
    if (index <= INT32_MAX)
        return rj_int((int32_t)index);
    return rj_to_key(vm, rj_double(index));
}

static inline bool rj_is_typed_array(rj_value value)
{
    return rj_is_cell(value) && rj_as_cell(value)->kind >= RJ_FLOAT64_ARRAY &&
           rj_as_cell(value)->kind <= RJ_UINT8_ARRAY;
}

/* ---- one per file, in the order they are called ---- */

#define RJ_LIB_PARTS(PART)                                                                         \
    PART(object)                                                                                   \
    PART(function)                                                                                 \
    PART(iterator)                                                                                 \
    PART(array)                                                                                    \
    PART(string)                                                                                   \
    PART(number)                                                                                   \
    PART(boolean)                                                                                  \
    PART(globals)                                                                                  \
    PART(uri)                                                                                      \
    PART(math)                                                                                     \
    PART(map)                                                                                      \
    PART(json)                                                                                     \
    PART(error)                                                                                    \
    PART(typed_array)                                                                              \
    PART(date)                                                                                     \
    PART(process)                                                                                  \
    PART(console)

#define RJ_LIB_DECLARATION(name) bool rj_init_##name(struct rj_vm *vm);
RJ_LIB_PARTS(RJ_LIB_DECLARATION)
#undef RJ_LIB_DECLARATION

/* Tables of a global that is spread over several files. */
extern const struct rj_builtin rj_object_property_builtins[];
extern const struct rj_builtin rj_array_mutators[];
extern const struct rj_builtin rj_array_searches[];
extern const struct rj_builtin rj_array_loops[];
extern const struct rj_builtin rj_string_searches[];
extern const struct rj_builtin rj_string_pieces[];
extern const struct rj_builtin rj_string_cases[];
extern const struct rj_builtin rj_number_formats[];
extern const struct rj_builtin rj_typed_array_methods[];
extern const struct rj_builtin rj_typed_array_loops[];
extern const struct rj_builtin rj_date_getters[];

/* ---- pieces that more than one file needs ---- */

/* Where `needle` is in `text` from `from` on, -1: nowhere. Both flat. */
int64_t rj_string_find(const struct rj_string *text, const struct rj_string *needle,
                       uint32_t from); /* string_search.c */
/* `this` of a string method, flat; a TypeError for undefined and null. */
struct rj_string *rj_this_string(struct rj_vm *vm, rj_value this_value, const char *method);
/* parseInt of a flat string (globals.c). */
double rj_parse_int(struct rj_vm *vm, struct rj_string *text, int32_t radix);
/* `value` as a string, flat. */
struct rj_string *rj_to_flat(struct rj_vm *vm, rj_value value);
/* Sort `count` values with compare or, if it is undefined, as strings; stable (sort.c). */
bool rj_sort_values(struct rj_vm *vm, rj_value *values, uint32_t count, rj_value compare);
/* All values of an iterable as a new array. */
struct rj_array *rj_list_of(struct rj_vm *vm, rj_value iterable);
/* JSON.stringify as %j needs it; RJ_UNDEFINED if there is no JSON of it. */
rj_value rj_json_text(struct rj_vm *vm, rj_value value);
/* "2024-01-01T00:00:00.000Z"; `text` holds 32 bytes (date.c). */
void rj_date_iso(double time, char *text);
/* As Function.prototype.toString and inspection need it. */
bool rj_function_is_class(const struct rj_function *function);

#endif
