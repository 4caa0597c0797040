/* The optimizing tier, as the rest of the engine sees it. Main thread only, but for the compiler's
 * own thread inside. */
#ifndef RJ_JIT_JIT_H
#define RJ_JIT_JIT_H

#include "vm/vm.h"

/* Start the tier: LLVM, the compiler's thread, memory for code. NULL: no tier. */
struct rj_jit *rj_jit_new(struct rj_vm *vm);
void rj_jit_free(struct rj_jit *jit);

/* Called by the interpreter: the function has been called call_threshold times (again) with
 * these arguments. Asks for a compilation unless one is under way or was given up. When code->entry
 * is another one afterwards, the caller enters through it. */
void rj_jit_hot_call(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                     uint32_t argc, const rj_value *args);

/* Called by the interpreter at LOOP instruction frame->at, whose rounds have reached the threshold,
 * and again every so many rounds until there is code. True: the rest of the call was run in
 * compiled code, `*result` is what it returned (or RJ_THROWN). */
bool rj_jit_hot_loop(struct rj_vm *vm, struct rj_frame *frame, rj_value *result);

/* Called when vm->interrupt has RJ_INTERRUPT_INSTALL: installs what the compiler has finished. */
void rj_jit_install(struct rj_vm *vm);

#endif
