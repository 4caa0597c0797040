/* Contexts: a function that is called with quite different types of arguments gets a version for
 * each, and its entry chooses. A context is four bits an argument, the first in the lowest bits. */
#ifndef RJ_JIT_CONTEXT_H
#define RJ_JIT_CONTEXT_H

#include "vm/vm.h"

enum rj_context_class {
    RJ_CONTEXT_ANY,
    RJ_CONTEXT_INT,
    RJ_CONTEXT_NUMBER,
    RJ_CONTEXT_BOOLEAN,
    RJ_CONTEXT_NULLISH,
    RJ_CONTEXT_STRING,
    RJ_CONTEXT_OBJECT,
    RJ_CONTEXT_FUNCTION,
    RJ_CONTEXT_ARRAY,
};

enum { RJ_CONTEXT_ARGUMENTS = 8 };

/* Is one context for all calls so far a bad choice? */
bool rj_context_is_wanted(const struct rj_code *code);
uint64_t rj_context_of(const struct rj_code *code, uint32_t argc, const rj_value *args);

/* enum rj_seen of argument `i`, from 0. */
uint8_t rj_context_seen(uint64_t context, uint32_t i);

/* The entry of a function with contexts: an rj_entry. */
rj_value rj_context_entry(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                          uint32_t argc, const rj_value *args, rj_value new_target);

#endif
