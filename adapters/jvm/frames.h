/* Line tables with inlined functions, from what CompiledMethodLoad tells. */
#ifndef JVM_FRAMES_H
#define JVM_FRAMES_H

#include "jitney/event.h"
#include "methods.h"

#include <jvmticmlr.h>

/* All zero is empty. */
struct jvm_frames {
    struct jitney_line *lines;
    struct jitney_inlined *inlined;
    uint32_t line_count, line_room;
    uint32_t inlined_count, inlined_room;
    struct jvm_table known; /* caller, method and call -> number of the inlined frame */
};

/* The event, as JVMTI gives it. */
struct jvm_load_event {
    jmethodID method;
    const void *code;
    jint bytes;
    jint map_count;
    const jvmtiAddrLocationMap *map;
    const void *compile_info;
};

/* Fill `frames` for code of `method`; what cannot be used is left out. */
void jvm_frames_build(struct jvm_frames *frames, struct jvm_methods *methods, JNIEnv *jni,
                      const struct jvm_method *method, const struct jvm_load_event *event);

void jvm_frames_release(struct jvm_frames *frames);

#endif
