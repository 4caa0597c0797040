/* The C functions that compiled code calls, by name. */
#ifndef RJ_JIT_HELPERS_H
#define RJ_JIT_HELPERS_H

#include "vm/vm.h"

enum rj_helper_flag {
    RJ_HELPER_PURE = 1,  /* a function of its arguments */
    RJ_HELPER_READS = 2, /* reads memory only */
    RJ_HELPER_COLD = 4,
};

struct rj_helper {
    const char *name;
    uintptr_t address;
    uint32_t flags;
};

/* NULL: there is none. */
const struct rj_helper *rj_helper_find(const char *name);

/* ---- those that are for compiled code alone (helpers.c, exit.c) ---- */

struct rj_version;

/* Go on in the interpreter: see exit.c. */
rj_value rj_jit_exit(struct rj_vm *vm, struct rj_version *version, uint32_t guard,
                     const uint64_t *buffer, rj_value seen);
/* Something was thrown at `place` and nobody in this code catches it. */
rj_value rj_jit_thrown(struct rj_vm *vm, struct rj_version *version, uint32_t place);
rj_value rj_jit_new_object(struct rj_vm *vm, uint32_t slots);
rj_value rj_jit_super_call(struct rj_vm *vm, struct rj_function *callee, uint32_t argc,
                           const rj_value *args, rj_value new_target, rj_value this_value);
rj_value rj_jit_super_spread(struct rj_vm *vm, struct rj_function *callee, rj_value array,
                             rj_value new_target, rj_value this_value);
rj_value rj_jit_delete_element(struct rj_vm *vm, rj_value receiver, rj_value key);
void rj_jit_pad(uint32_t argc, const rj_value *args, uint32_t count, rj_value *padded);
rj_value rj_jit_stop(struct rj_vm *vm);
void rj_jit_tell_call(struct rj_vm *vm, struct rj_version *version);
/* Is it something that may be called, used with new, iterated over? */
enum rj_able { RJ_ABLE_CALL, RJ_ABLE_NEW, RJ_ABLE_ITERATE };
uint64_t rj_jit_is_able(struct rj_vm *vm, rj_value value, uint32_t able);
rj_value rj_jit_string_unit(struct rj_vm *vm, uint32_t unit);

#endif
