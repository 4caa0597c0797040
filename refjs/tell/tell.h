/* What the engine tells jitney: the only room that includes jitney/. Every function is cheap when
 * nobody listens. Main thread but for what says otherwise. */
#ifndef RJ_TELL_TELL_H
#define RJ_TELL_TELL_H

#include "vm/vm.h"

/* Open the session as the environment asks for. */
struct rj_tell *rj_tell_new(struct rj_vm *vm);
void rj_tell_free(struct rj_tell *tell);
struct jitney_session *rj_tell_session(struct rj_tell *tell);

/* The function's number, told at the first call. */
uint32_t rj_tell_function(struct rj_vm *vm, struct rj_code *code);

/* Is code described to debuggers? */
bool rj_tell_debugged(struct rj_vm *vm);

/* A script was compiled: give its functions names in profilers while they are interpreted. */
void rj_tell_script(struct rj_vm *vm, struct rj_code *script);

/* vm->tells_calls: a function is called; `tier` of enum jitney_tier, `address` of the code or 0. */
void rj_tell_invocation(struct rj_vm *vm, struct rj_code *code, uint32_t source, uint64_t context,
                        uint32_t tier, uint64_t address);
void rj_tell_invocation_undo(struct rj_vm *vm, struct rj_code *code, uint64_t context);

/* vm->tells_feedback: slot of `code` was changed; `before` is a copy of what it was. */
void rj_tell_feedback(struct rj_vm *vm, struct rj_code *code, uint32_t slot,
                      const struct rj_feedback *before);

/* Text of a feedback slot, as people write it: "int|double", "monomorphic {x,y}". Into `text`. */
const char *rj_tell_feedback_text(struct rj_vm *vm, const struct rj_feedback *feedback, char *text,
                                  size_t bytes);

/* The global `recordings`. */
bool rj_tell_init_recordings(struct rj_vm *vm);

#endif
