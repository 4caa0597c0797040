/* Diagnostic commands, those of `jcmd`, asked from inside. */
#ifndef JVM_ASK_H
#define JVM_ASK_H

#include <jni.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How to ask this JVM. */
struct jvm_ask {
    JNIEnv *jni;
    jobject target;
    jmethodID method;
};

/* Get ready to ask. False when the JVM has no such commands (a run-time image without the module
 * jdk.management, another JVM than HotSpot). */
bool jvm_ask_open(struct jvm_ask *ask, JNIEnv *jni);
void jvm_ask_close(struct jvm_ask *ask);

/* Run a command; its answer, cut to `room`, goes to `answer`. False when the JVM throws. */
bool jvm_ask(struct jvm_ask *ask, const char *command, char *answer, size_t room);

/* When the JVM started (CLOCK_MONOTONIC), to a few dozen microseconds; 0 when it does not tell. */
uint64_t jvm_ask_start(struct jvm_ask *ask);

#endif
