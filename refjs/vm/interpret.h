/* The interpreter. */
#ifndef RJ_VM_INTERPRET_H
#define RJ_VM_INTERPRET_H

#include "vm/vm.h"

/* The entry of code that is not compiled: makes a frame on the C stack and runs it. */
rj_value rj_interpret_entry(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                            uint32_t argc, const rj_value *args, rj_value new_target);

/* The same without asking whether the function is hot: for a dispatcher of compiled versions that
 * has none for this call. */
rj_value rj_interpret_call(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                           uint32_t argc, const rj_value *args, rj_value new_target);

/* Run `frame` from its instruction `frame->at` on until it returns; with `thrown`, begin by looking
 * for the handler of vm->exception at that instruction. Deoptimization goes on here. Returns the
 * value or RJ_THROWN. The frame is linked into vm->frame meanwhile. */
rj_value rj_interpret(struct rj_vm *vm, struct rj_frame *frame, bool thrown);

#endif
