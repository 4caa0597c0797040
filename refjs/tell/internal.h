/* What the files of this room share. */
#ifndef RJ_TELL_INTERNAL_H
#define RJ_TELL_INTERNAL_H

#include "tell/tell.h"

#include "jitney/jitney.h"

struct rj_code_memory;

struct rj_tell {
    struct jitney_session *session;
    struct rj_code_memory *memory; /* of trampolines; NULL: none */
};

/* As people know the function. */
const char *rj_tell_name(const struct rj_code *code);

/* Bring vm->tells_* in line with what the session wants. */
void rj_tell_update(struct rj_vm *vm);

enum { RJ_TELL_TEXT = 256 };

/* A slot as jitney sees it; `text` is room for its words, RJ_TELL_TEXT bytes. */
void rj_tell_describe(struct rj_vm *vm, const struct rj_feedback *feedback, uint32_t slot,
                      struct jitney_feedback *out, char *text);

/* An event as an object of the program; NULL after throwing. */
struct rj_object *rj_tell_event_object(struct rj_vm *vm, const struct jitney_event *event,
                                       const struct rj_array *function_names);

#endif
