/* What JavaScript's operations do: called by the interpreter where its quick way does not fit, by
 * compiled code, and by builtins. Main thread only.
 *
 * A function that returns rj_value returns RJ_THROWN after it has set vm->exception; one that
 * returns a pointer returns NULL then; one that returns bool says so. Out of memory is a thrown
 * RangeError as well. `key` is a property key: an int >= 0 or an atom that is no index
 * (rj_to_key()). */
#ifndef RJ_VM_OPERATIONS_H
#define RJ_VM_OPERATIONS_H

#include "vm/vm.h"

/* ---- memory (memory.c) ---- */

/* Zeroed. Atomic: holds no pointers, not zeroed. NULL after a RangeError was thrown. */
void *rj_allocate(struct rj_vm *vm, size_t bytes);
void *rj_allocate_atomic(struct rj_vm *vm, size_t bytes);

/* ---- strings (string.c) ---- */

struct rj_string *rj_string_latin1(struct rj_vm *vm, const uint8_t *units, uint32_t length);
/* Narrowed if it can be. */
struct rj_string *rj_string_utf16(struct rj_vm *vm, const uint16_t *units, uint32_t length);
struct rj_string *rj_string_utf8(struct rj_vm *vm, const char *text,
                                 size_t bytes); /* lossy: U+FFFD */
struct rj_string *rj_string_format(struct rj_vm *vm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct rj_string *rj_string_concat(struct rj_vm *vm, struct rj_string *left,
                                   struct rj_string *right);
struct rj_string *rj_string_slice(struct rj_vm *vm, struct rj_string *string, uint32_t from,
                                  uint32_t to);
/* Join a rope in place; afterwards `chars` is there. */
bool rj_flatten(struct rj_vm *vm, struct rj_string *string);
/* Of a flat string. */
static inline uint16_t rj_string_at(const struct rj_string *string, uint32_t index)
{
    return string->cell.flags & RJ_STRING_WIDE ? ((const uint16_t *)string->chars)[index]
                                               : ((const uint8_t *)string->chars)[index];
}
struct rj_string *rj_string_unit(struct rj_vm *vm,
                                 uint16_t unit); /* one unit; no memory below 256 */
/* The interned string of the same text. */
struct rj_string *rj_atom(struct rj_vm *vm, struct rj_string *string);
struct rj_string *rj_atom_text(struct rj_vm *vm, const char *ascii);
/* Equal or not; flattens both. */
bool rj_string_equal(struct rj_vm *vm, struct rj_string *left, struct rj_string *right);
int rj_string_compare(struct rj_vm *vm, struct rj_string *left, struct rj_string *right);
uint32_t rj_string_hash(struct rj_vm *vm, struct rj_string *string);
/* UTF-8, NUL-terminated, on the heap; lone surrogates become U+FFFD. *bytes may be NULL. */
const char *rj_string_text(struct rj_vm *vm, struct rj_string *string, size_t *bytes);

/* ---- conversions (convert.c) ---- */

bool rj_truthy(rj_value value);
rj_value rj_to_number(struct rj_vm *vm, rj_value value); /* an int or a double */
double rj_string_to_number(struct rj_vm *vm, struct rj_string *string);
struct rj_string *rj_number_to_string(struct rj_vm *vm, double number, int radix);
int32_t rj_double_to_int32(double number); /* ToInt32 */
bool rj_to_int32(struct rj_vm *vm, rj_value value, int32_t *number);
/* ToIntegerOrInfinity. */
bool rj_to_integer(struct rj_vm *vm, rj_value value, double *number);
struct rj_string *rj_to_string(struct rj_vm *vm, rj_value value);
rj_value rj_to_key(struct rj_vm *vm, rj_value value);
enum rj_hint { RJ_HINT_DEFAULT, RJ_HINT_NUMBER, RJ_HINT_STRING };
rj_value rj_to_primitive(struct rj_vm *vm, rj_value value, enum rj_hint hint);
struct rj_object *rj_to_object(struct rj_vm *vm,
                               rj_value value); /* TypeError for undefined, null */
struct rj_string *rj_typeof(struct rj_vm *vm, rj_value value);
struct rj_string *rj_key_string(struct rj_vm *vm, rj_value key);

/* ---- operators (operator.c): full semantics, any operands ---- */

rj_value rj_add(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_sub(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_mul(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_div(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_mod(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_exp(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_bit_and(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_bit_or(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_bit_xor(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_shl(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_shr(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_ushr(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_neg(struct rj_vm *vm, rj_value value);
rj_value rj_inc(struct rj_vm *vm, rj_value value);
rj_value rj_dec(struct rj_vm *vm, rj_value value);
rj_value rj_bit_not(struct rj_vm *vm, rj_value value);
double rj_fmod(double left, double right); /* as % does */
double rj_pow(double left, double right);  /* as ** does */
/* These return true, false or RJ_THROWN as values. */
rj_value rj_equal(struct rj_vm *vm, rj_value left, rj_value right);        /* == */
rj_value rj_strict_equal(struct rj_vm *vm, rj_value left, rj_value right); /* === */
rj_value rj_less(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_less_equal(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_greater(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_greater_equal(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_instanceof(struct rj_vm *vm, rj_value left, rj_value right);
rj_value rj_in(struct rj_vm *vm, rj_value left, rj_value right);
bool rj_same_value(struct rj_vm *vm, rj_value left, rj_value right);      /* Object.is */
bool rj_same_value_zero(struct rj_vm *vm, rj_value left, rj_value right); /* keys of Map */

/* ---- shapes and objects (shape.c, object.c) ---- */

/* A new one each time. */
struct rj_shape *rj_shape_first(struct rj_vm *vm, enum rj_kind kind, struct rj_object *prototype);
/* The shape with one property more (found or made); NULL after throwing. */
struct rj_shape *rj_shape_add(struct rj_vm *vm, struct rj_shape *shape, struct rj_string *key,
                              uint32_t attributes);
const struct rj_property *rj_shape_find(struct rj_vm *vm, struct rj_shape *shape,
                                        struct rj_string *key);
/* The properties in the order they were added, shape->property_count of them, on the heap. */
struct rj_property *rj_shape_properties(struct rj_vm *vm, struct rj_shape *shape);

/* `bytes`: of the struct of its kind; room for `slots` values is made behind it. Slots are
 * RJ_UNDEFINED. The cell's kind is the shape's. */
struct rj_object *rj_object_new(struct rj_vm *vm, struct rj_shape *shape, size_t bytes,
                                uint32_t slots);
struct rj_object *rj_object_plain(struct rj_vm *vm); /* {} */
struct rj_array *rj_array_new(struct rj_vm *vm, uint32_t length,
                              const rj_value *values); /* NULL: holes */
bool rj_array_append(struct rj_vm *vm, struct rj_array *array, rj_value value);
bool rj_array_resize(struct rj_vm *vm, struct rj_array *array, uint32_t length); /* length = */
bool rj_array_reserve(struct rj_vm *vm, struct rj_array *array, uint32_t capacity);
/* Make an object somebody's prototype: it is flagged. */
bool rj_object_set_prototype(struct rj_vm *vm, struct rj_object *object,
                             struct rj_object *prototype);
/* A stored shape change: slots grow to shape->slot_count, the epoch counts where it must. */
bool rj_object_reshape(struct rj_vm *vm, struct rj_object *object, struct rj_shape *shape);
struct rj_function *rj_function_new(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope);
struct rj_function *rj_native_new(struct rj_vm *vm, const char *name, rj_entry entry,
                                  uint32_t length, enum rj_intrinsic intrinsic);
/* function.prototype, made if it is time; its constructor is the function. */
rj_value rj_function_prototype(struct rj_vm *vm, struct rj_function *function);
/* The object for `new function`, with new_target's prototype. */
struct rj_object *rj_construct_object(struct rj_vm *vm, struct rj_function *new_target);
/* Object.preventExtensions, seal, freeze. Setting the flags alone is not enough: stores that add
 * properties are cached by shape. */
enum rj_seal { RJ_SEAL_EXTENSIONS, RJ_SEAL_PROPERTIES, RJ_SEAL_FREEZE };
bool rj_object_seal(struct rj_vm *vm, struct rj_object *object, enum rj_seal how);
/* For subclasses of builtins: the shape of objects of `kind` that `new new_target` makes. */
struct rj_shape *rj_construct_shape(struct rj_vm *vm, enum rj_kind kind,
                                    struct rj_function *new_target);

/* ---- properties (property.c): all kinds of receivers, getters and setters called ---- */

rj_value rj_get(struct rj_vm *vm, rj_value receiver, rj_value key);
rj_value rj_get_from(struct rj_vm *vm, struct rj_object *start, rj_value key, rj_value receiver);
/* Strict mode: a failure throws. Returns RJ_UNDEFINED. */
rj_value rj_set(struct rj_vm *vm, rj_value receiver, rj_value key, rj_value value);
bool rj_has(struct rj_vm *vm, struct rj_object *object, rj_value key);
struct rj_own {     /* an own property found */
    rj_value value; /* or getter */
    rj_value setter;
    uint32_t attributes;
};
bool rj_get_own(struct rj_vm *vm, struct rj_object *object, rj_value key, struct rj_own *own);
bool rj_define(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value value,
               uint32_t attributes);
bool rj_define_accessor(struct rj_vm *vm, struct rj_object *object, rj_value key, rj_value getter,
                        rj_value setter, uint32_t attributes); /* RJ_HOLE: leave as it is */
rj_value rj_delete(struct rj_vm *vm, rj_value receiver, rj_value key);
/* super.key = value: looks for setters from `start` on, stores in the receiver. */
rj_value rj_set_from(struct rj_vm *vm, struct rj_object *start, rj_value key, rj_value value,
                     rj_value receiver);
/* Own keys as strings in JavaScript's order: indices ascending, then names as added. */
struct rj_array *rj_own_keys(struct rj_vm *vm, struct rj_object *object, bool enumerable_only);

/* The same with what the instruction has learned: they update `feedback` (never NULL). */
rj_value rj_get_property(struct rj_vm *vm, rj_value receiver, struct rj_string *key,
                         struct rj_feedback *feedback);
rj_value rj_set_property(struct rj_vm *vm, rj_value receiver, struct rj_string *key, rj_value value,
                         struct rj_feedback *feedback);
rj_value rj_define_property(struct rj_vm *vm, rj_value object, struct rj_string *key,
                            rj_value value, struct rj_feedback *feedback);
rj_value rj_get_global(struct rj_vm *vm, struct rj_string *key, bool is_typeof,
                       struct rj_feedback *feedback);
rj_value rj_set_global(struct rj_vm *vm, struct rj_string *key, rj_value value,
                       struct rj_feedback *feedback);
rj_value rj_get_element(struct rj_vm *vm, rj_value receiver, rj_value key,
                        struct rj_feedback *feedback);
rj_value rj_set_element(struct rj_vm *vm, rj_value receiver, rj_value key, rj_value value,
                        struct rj_feedback *feedback);
rj_value rj_get_length(struct rj_vm *vm, rj_value receiver, struct rj_feedback *feedback);

/* ---- instructions that are calls in every tier (instruction.c) ---- */

struct rj_scope *rj_new_scope(struct rj_vm *vm, struct rj_scope *parent, uint32_t count);
struct rj_scope *rj_copy_scope(struct rj_vm *vm, struct rj_scope *scope);
rj_value rj_rest(struct rj_vm *vm, uint32_t argc, const rj_value *args, uint32_t from);
/* super[key] in `callee`; any key. */
rj_value rj_get_super(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                      rj_value key);
rj_value rj_set_super(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                      rj_value key, rj_value value);
rj_value rj_define_element(struct rj_vm *vm, rj_value object, rj_value key, rj_value value);
rj_value rj_define_method(struct rj_vm *vm, rj_value object, rj_value key, rj_value function,
                          uint32_t enumerable);
rj_value rj_define_literal_accessor(struct rj_vm *vm, rj_value object, rj_value key,
                                    rj_value function, uint32_t how);
rj_value rj_array_append_value(struct rj_vm *vm, rj_value array, rj_value value);
rj_value rj_array_spread(struct rj_vm *vm, rj_value array, rj_value iterable);
rj_value rj_object_spread(struct rj_vm *vm, rj_value object, rj_value source);
rj_value rj_set_literal_prototype(struct rj_vm *vm, rj_value object, rj_value prototype);
rj_value rj_object_rest(struct rj_vm *vm, rj_value source, rj_value excluded);
/* Made by a call of `maker`, whose super an arrow shares. */
rj_value rj_new_closure(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope,
                        const struct rj_function *maker);
rj_value rj_new_class(struct rj_vm *vm, struct rj_code *code, struct rj_scope *scope,
                      rj_value superclass);
rj_value rj_iterate(struct rj_vm *vm, rj_value iterable);    /* an RJ_ITERATOR */
rj_value rj_iterate_keys(struct rj_vm *vm, rj_value object); /* the same, for-in */
rj_value rj_next(struct rj_vm *vm, rj_value iterator);       /* RJ_HOLE: at the end */
rj_value rj_check_initialized(struct rj_vm *vm, rj_value value, struct rj_string *name);
rj_value rj_throw_const(struct rj_vm *vm, struct rj_string *name);
rj_value rj_check_object(struct rj_vm *vm, rj_value value);

/* ---- calls (call.c) ---- */

/* TypeError "... is not a function" when it is none. */
rj_value rj_call(struct rj_vm *vm, rj_value callee, rj_value this_value, uint32_t argc,
                 const rj_value *args);
rj_value rj_construct(struct rj_vm *vm, rj_value callee, uint32_t argc, const rj_value *args,
                      rj_value new_target);
rj_value rj_call_spread(struct rj_vm *vm, rj_value callee, rj_value this_value, rj_value array);
rj_value rj_construct_spread(struct rj_vm *vm, rj_value callee, rj_value array,
                             rj_value new_target);
/* What super() in `callee` constructs. */
rj_value rj_super_constructor(struct rj_vm *vm, struct rj_function *callee);

/* ---- errors (error.c): all return RJ_THROWN ---- */

rj_value rj_throw(struct rj_vm *vm, rj_value value);
rj_value rj_throw_error(struct rj_vm *vm, enum rj_error_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
rj_value rj_throw_memory(struct rj_vm *vm);
rj_value rj_throw_stack(struct rj_vm *vm); /* RangeError: Maximum call stack size exceeded */
/* A new Error object of the class, with message and stack. */
struct rj_object *rj_error_new(struct rj_vm *vm, enum rj_error_class class,
                               struct rj_string *message);
/* The same with any prototype (subclasses); `message` may be NULL. */
struct rj_object *rj_error_make(struct rj_vm *vm, struct rj_object *prototype,
                                struct rj_string *message);
/* Too deep? Compares its own frame with vm->stack_limit. */
static inline bool rj_stack_is_low(const struct rj_vm *vm)
{
    return (uintptr_t)__builtin_frame_address(0) < vm->stack_limit;
}

#endif
