/* What is known about methods: names, source files and lines, asked of the JVM once
 * and kept. A method's class may be unloaded at any time; its id is then an id
 * of nothing, for which the JVM answers with an error, and is not given out again
 * (openjdk: method.cpp, the ids of unloaded classes are not freed), so that what is
 * kept stays right. */
#ifndef JVM_METHODS_H
#define JVM_METHODS_H

#include "jitney/session.h"
#include "table.h"

#include <jvmti.h>
#include <pthread.h>

/* The code from `bci` on comes from this line. */
struct jvm_line {
    uint32_t bci;
    uint32_t line;
};

struct jvm_method {
    const char *name;  /* com.example.App.work(int, String[]) */
    const char *file;  /* NULL: not known */
    uint64_t key;      /* jvm_name_key() */
    uint32_t function; /* its number in the session */
    uint32_t first_line;
    uint32_t line_count;
    struct jvm_line lines[];
};

struct jvm_methods {
    jvmtiEnv *jvmti;
    struct jitney_session *session;
    pthread_mutex_t lock;
    struct jvm_table by_id;
    struct jvm_table by_key;
    uint32_t users; /* between jvm_methods_begin() and _end() */
};

void jvm_methods_init(struct jvm_methods *methods, jvmtiEnv *jvmti, struct jitney_session *session);
void jvm_methods_release(struct jvm_methods *methods);

/* What jvm_methods_get() and jvm_methods_find() return stays until the matching end. */
void jvm_methods_begin(struct jvm_methods *methods);
void jvm_methods_end(struct jvm_methods *methods);

/* The method of this id; NULL when the JVM does not know it any more. */
const struct jvm_method *jvm_methods_get(struct jvm_methods *methods, JNIEnv *jni, jmethodID id);

/* The method of java.lang.invoke.MethodHandle with this name and these types. The JVM makes such
 * methods (linkToStatic …) by itself, one for each list of types, all with one id. NULL without
 * memory. */
const struct jvm_method *jvm_methods_linker(struct jvm_methods *methods, char *name, char *types);

/* The method of this jvm_name_key(), when it was asked for before. */
const struct jvm_method *jvm_methods_find(struct jvm_methods *methods, uint64_t key);

/* The line of a bytecode index; 0 when there is none. */
uint32_t jvm_method_line(const struct jvm_method *method, int64_t bci);

#endif
