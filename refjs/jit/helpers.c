/* Functions for compiled code: the table, and small ones of its own. */
#include "jit/helpers.h"

#include "jit/events.h"
#include "jit/tiering.h"
#include "lib/elementary.h"
#include "vm/operations.h"

#include <string.h>

static rj_value rj_jit_get_global(struct rj_vm *vm, struct rj_string *key, uint32_t is_typeof,
                                  struct rj_feedback *feedback)
{
    return rj_get_global(vm, key, is_typeof != 0, feedback);
}

rj_value rj_jit_new_object(struct rj_vm *vm, uint32_t slots)
{
    struct rj_object *object = rj_object_new(vm, vm->realm.object_shape, sizeof(*object), slots);

    return object ? rj_cell_value(object) : RJ_THROWN;
}

static rj_value bind_this(struct rj_vm *vm, rj_value object, rj_value this_value)
{
    if (object == RJ_THROWN || this_value == RJ_UNINITIALIZED)
        return object;
    return rj_throw_error(vm, RJ_ERROR_REFERENCE, "Super constructor may only be called once");
}

rj_value rj_jit_super_call(struct rj_vm *vm, struct rj_function *callee, uint32_t argc,
                           const rj_value *args, rj_value new_target, rj_value this_value)
{
    rj_value parent = rj_super_constructor(vm, callee);

    if (parent == RJ_THROWN)
        return RJ_THROWN;
    return bind_this(vm, rj_construct(vm, parent, argc, args, new_target), this_value);
}

rj_value rj_jit_super_spread(struct rj_vm *vm, struct rj_function *callee, rj_value array,
                             rj_value new_target, rj_value this_value)
{
    const struct rj_array *args = (const struct rj_array *)rj_as_cell(array);

    return rj_jit_super_call(vm, callee, args->length, args->elements, new_target, this_value);
}

rj_value rj_jit_delete_element(struct rj_vm *vm, rj_value receiver, rj_value key)
{
    key = rj_to_key(vm, key);
    return key == RJ_THROWN ? RJ_THROWN : rj_delete(vm, receiver, key);
}

void rj_jit_pad(uint32_t argc, const rj_value *args, uint32_t count, rj_value *padded)
{
    for (uint32_t i = 0; i < count; i++)
        padded[i] = i < argc ? args[i] : RJ_UNDEFINED;
}

uint64_t rj_jit_is_able(struct rj_vm *vm, rj_value value, uint32_t able)
{
    static const bool iterates[256] = {
        [RJ_ITERATOR] = true,    [RJ_MAP] = true,         [RJ_STRING] = true,
        [RJ_SET] = true,         [RJ_ARRAY] = true,       [RJ_FLOAT64_ARRAY] = true,
        [RJ_INT32_ARRAY] = true, [RJ_UINT8_ARRAY] = true,
    };

    if (!rj_is_cell(value))
        return false;
    if (able == RJ_ABLE_ITERATE)
        return iterates[rj_as_cell(value)->kind];
    return rj_is_function(value) &&
           (able == RJ_ABLE_CALL || rj_as_cell(value)->flags & RJ_FUNCTION_CONSTRUCTOR);
}

rj_value rj_jit_string_unit(struct rj_vm *vm, uint32_t unit)
{
    struct rj_string *string = rj_string_unit(vm, (uint16_t)unit);

    return string ? rj_cell_value(string) : RJ_THROWN;
}

/* The stack or the time is used up. Nothing catches the end of time. */
rj_value rj_jit_stop(struct rj_vm *vm)
{
    if (!(vm->interrupt & RJ_INTERRUPT_TIME))
        return rj_throw_stack(vm);
    vm->exception = RJ_HOLE;
    return RJ_THROWN;
}

void rj_jit_tell_call(struct rj_vm *vm, struct rj_version *version)
{
    rj_jit_tell_invocation(vm, version);
}

/* Messages name the place: what rj_throw() has noted is the interpreter's frame below. */
rj_value rj_jit_thrown(struct rj_vm *vm, struct rj_version *version, uint32_t place)
{
    const struct rj_meta_place *at = &version->meta.places[place];

    if (vm->exception != RJ_HOLE && vm->frame && vm->frame->code &&
        vm->thrown_at.line == rj_code_position(vm->frame->code, vm->frame->at).line) {
        vm->thrown_at.line = at->line;
        vm->thrown_at.column = at->column;
        vm->thrown_at.instruction = at->at;
    }
    return RJ_THROWN;
}

#define PLAIN(name) {#name, (uintptr_t)&name, 0},
#define PURE(name) {#name, (uintptr_t)&name, RJ_HELPER_PURE},
#define READS(name) {#name, (uintptr_t)&name, RJ_HELPER_READS},
#define COLD(name) {#name, (uintptr_t)&name, RJ_HELPER_COLD},

static const struct rj_helper helpers[] = {
    PLAIN(rj_add) PLAIN(rj_sub) PLAIN(rj_mul) PLAIN(rj_div) PLAIN(rj_mod) PLAIN(rj_exp) PLAIN(
        rj_bit_and) PLAIN(rj_bit_or) PLAIN(rj_bit_xor) PLAIN(rj_shl) PLAIN(rj_shr) PLAIN(rj_ushr)
        PLAIN(rj_neg) PLAIN(rj_inc) PLAIN(rj_dec) PLAIN(rj_bit_not) PLAIN(rj_to_number) PLAIN(
            rj_equal) PLAIN(rj_strict_equal) PLAIN(rj_less) PLAIN(rj_less_equal) PLAIN(rj_greater)
            PLAIN(rj_greater_equal) PLAIN(rj_instanceof) PLAIN(rj_in) PLAIN(rj_typeof) PLAIN(
                rj_to_string) PLAIN(rj_to_key) PLAIN(rj_delete) PLAIN(rj_get_property)
                PLAIN(rj_set_property) PLAIN(rj_define_property) PLAIN(rj_jit_get_global) PLAIN(
                    rj_set_global) PLAIN(rj_get_element) PLAIN(rj_set_element) PLAIN(rj_get_length)
                    PLAIN(rj_new_scope) PLAIN(rj_copy_scope) PLAIN(
                        rj_rest) PLAIN(rj_get_super) PLAIN(rj_set_super) PLAIN(rj_define_element)
                        PLAIN(rj_define_method)
                            PLAIN(rj_define_literal_accessor) PLAIN(rj_array_append_value) PLAIN(
                                rj_array_spread) PLAIN(rj_object_spread) PLAIN(rj_object_rest)
                                PLAIN(rj_new_closure) PLAIN(rj_new_class) PLAIN(rj_iterate)
                                    PLAIN(rj_iterate_keys) PLAIN(rj_next) PLAIN(rj_array_new) PLAIN(
                                        rj_function_prototype) PLAIN(rj_set_literal_prototype)
                                        PLAIN(rj_call) PLAIN(rj_construct) PLAIN(
                                            rj_construct_object) PLAIN(rj_call_spread)
                                            PLAIN(rj_construct_spread) PLAIN(rj_flatten) PLAIN(
                                                rj_jit_new_object) PLAIN(rj_jit_super_call)
                                                PLAIN(rj_jit_super_spread) PLAIN(
                                                    rj_jit_delete_element) PLAIN(rj_jit_string_unit)
                                                    PURE(rj_fmod) PURE(rj_pow) PURE(rj_sin)
                                                        PURE(rj_cos) PURE(rj_double_to_int32) READS(
                                                            rj_truthy) READS(rj_jit_is_able)
                                                            COLD(rj_throw) COLD(rj_throw_const)
                                                                COLD(rj_jit_stop) COLD(rj_jit_exit)
                                                                    COLD(rj_jit_thrown)
                                                                        COLD(rj_jit_pad)
                                                                            COLD(rj_jit_tell_call)};

const struct rj_helper *rj_helper_find(const char *name)
{
    for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
        if (strcmp(helpers[i].name, name) == 0)
            return &helpers[i];
    return NULL;
}
