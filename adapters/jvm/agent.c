/* libjitney-jvm.so: an agent (JVMTI) that tells jitney what HotSpot compiles. It is a
 * guest: it prints nothing but one line when it cannot work, and whatever goes
 * wrong in it, the program runs on. */
#include "ask.h"
#include "codes.h"
#include "compilations.h"
#include "follower.h"
#include "frames.h"
#include "jitney/version.h"
#include "options.h"
#include "vmstructs.h"

#include <errno.h>
#include <jni.h>
#include <jvmti.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 200 };

/* One per process: the JVM calls back without a context, and the end of the process has none. */
struct agent {
    JavaVM *vm;
    jvmtiEnv *jvmti;
    struct jitney_session *session;
    struct jvm_options options;
    struct jvm_methods methods;
    struct jvm_compilations compilations;
    struct jvm_follower follower;
    pthread_mutex_t lock; /* of the four below */
    struct jvm_codes codes;
    struct jvm_structs structs;
    bool has_structs;
    bool is_replaying;   /* events tell what was there before */
    atomic_int users;    /* callbacks under way */
    atomic_bool is_over; /* the JVM comes to its end */
    bool is_clean;       /* and no callback is under way */
};

static struct agent agent = {.lock = PTHREAD_MUTEX_INITIALIZER};
static atomic_flag is_loaded = ATOMIC_FLAG_INIT;

static const char mark[] = "jitney.agent"; /* a system property */

static void say(const char *what, const char *detail)
{
    fprintf(stderr, "jitney: %s%s; the program runs on without\n", what, detail);
}

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* ---- coming and going of callbacks ---- */

static bool enter(void)
{
    atomic_fetch_add(&agent.users, 1);
    if (!atomic_load(&agent.is_over))
        return true;
    atomic_fetch_sub(&agent.users, 1);
    return false;
}

static void leave(void)
{
    atomic_fetch_sub(&agent.users, 1);
}

static JNIEnv *current_jni(void)
{
    void *jni = NULL;

    return (*agent.vm)->GetEnv(agent.vm, &jni, JNI_VERSION_1_6) == JNI_OK ? jni : NULL;
}

/* ---- code ---- */

/* Under the lock. The JVM's tables are complete once there is compiled code. */
static void find_nmethod(const void *code, struct jvm_nmethod *nmethod)
{
    const void *inside = NULL;

    if (!agent.has_structs) {
        agent.has_structs = true;
        memcpy(&inside, &(*agent.vm)->GetEnv, sizeof(inside));
        jvm_structs_read(inside, &agent.structs);
    }
    if (!jvm_structs_find(&agent.structs, (uint64_t)(uintptr_t)code, nmethod))
        *nmethod = (struct jvm_nmethod){.level = -1};
}

/* Tell the code, unless it is known. */
static bool tell_load(const struct jvm_load_event *event, struct jitney_code_load *load,
                      struct jvm_compiled *compiled)
{
    struct jvm_nmethod nmethod = {.level = -1};
    struct jvm_code code = {.address = load->address,
                            .bytes = load->bytes,
                            .method = (uint64_t)(uintptr_t)event->method};
    bool is_new = false;

    pthread_mutex_lock(&agent.lock);
    find_nmethod(event->code, &nmethod);
    code.compilation = nmethod.compilation;
    is_new = jvm_codes_add(&agent.codes, &code);
    if (is_new) {
        load->tier = jvm_level_tier(nmethod.level, &load->tier_name);
        load->kind = nmethod.level == 0 ? JITNEY_CODE_STUB : JITNEY_CODE_JIT;
        load->flags = nmethod.is_osr ? JITNEY_CODE_OSR : 0;
        load->version = nmethod.compilation;
        compiled->time_ns = now_ns();
        jitney_code_load(agent.session, load);
    }
    compiled->is_new = !agent.is_replaying;
    compiled->compilation = nmethod.compilation;
    compiled->level = nmethod.level;
    pthread_mutex_unlock(&agent.lock);
    return is_new;
}

/* Which one it really is, when `method` is one of those that link method handles: they have one id
 * among them, by which JVMTI names the first. */
static const struct jvm_method *linker_of(const struct jvm_load_event *event,
                                          const struct jvm_method *method)
{
    static const char class_name[] = "java.lang.invoke.MethodHandle.";
    char name[JVM_SYMBOL_BYTES], types[JVM_SYMBOL_BYTES];
    struct jvm_nmethod nmethod = {.level = -1};
    const struct jvm_method *linker = NULL;
    bool is_known = false;

    if (!method || strncmp(method->name, class_name, sizeof(class_name) - 1) != 0)
        return method;
    pthread_mutex_lock(&agent.lock);
    find_nmethod(event->code, &nmethod);
    is_known = nmethod.level == 0 &&
               jvm_structs_method(&agent.structs, (uint64_t)(uintptr_t)event->code, name, types);
    pthread_mutex_unlock(&agent.lock);
    if (is_known)
        linker = jvm_methods_linker(&agent.methods, name, types);
    return linker ? linker : method;
}

static void load_method(const struct jvm_load_event *event)
{
    JNIEnv *jni = current_jni();
    const struct jvm_method *method =
        linker_of(event, jvm_methods_get(&agent.methods, jni, event->method));
    struct jvm_frames frames = {0};
    struct jvm_compiled compiled = {.address = (uint64_t)(uintptr_t)event->code,
                                    .bytes = (uint64_t)event->bytes};
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = compiled.address,
                                    .bytes = compiled.bytes,
                                    .name = "(method of an unloaded class)"};

    if (method) {
        jvm_frames_build(&frames, &agent.methods, jni, method, event);
        load.name = method->name;
        load.file = method->file;
        load.line = method->first_line;
        load.function = compiled.function = method->function;
        load.lines = frames.lines;
        load.line_count = frames.line_count;
        load.inlined = frames.inlined;
        load.inlined_count = frames.inlined_count;
    }
    if (tell_load(event, &load, &compiled) && compiled.compilation)
        jvm_compilations_loaded(&agent.compilations, &compiled);
    jvm_frames_release(&frames);
}

/* NOLINTNEXTLINE(readability-function-size): the interface has as many parameters */
static void JNICALL on_load(jvmtiEnv *jvmti, jmethodID method, jint bytes, const void *code,
                            jint map_count, const jvmtiAddrLocationMap *map, const void *info)
{
    const struct jvm_load_event event = {.method = method,
                                         .code = code,
                                         .bytes = bytes,
                                         .map_count = map_count,
                                         .map = map,
                                         .compile_info = info};
    int saved = errno;

    if (code && bytes > 0 && enter()) {
        jvm_methods_begin(&agent.methods);
        load_method(&event);
        jvm_methods_end(&agent.methods);
        leave();
    }
    errno = saved;
}

static void JNICALL on_unload(jvmtiEnv *jvmti, jmethodID method, const void *address)
{
    struct jitney_code_unload unload = {.size = sizeof(unload),
                                        .address = (uint64_t)(uintptr_t)address};
    struct jvm_code gone = {0};
    int saved = errno;

    if (!enter())
        return;
    pthread_mutex_lock(&agent.lock);
    if (jvm_codes_remove(&agent.codes, unload.address, (uint64_t)(uintptr_t)method, &gone))
        jitney_code_unload(agent.session, &unload);
    pthread_mutex_unlock(&agent.lock);
    jvm_compilations_unloaded(&agent.compilations, gone.compilation);
    leave();
    errno = saved;
}

static void JNICALL on_dynamic_code(jvmtiEnv *jvmti, const char *name, const void *address,
                                    jint bytes)
{
    struct jvm_code code = {.address = (uint64_t)(uintptr_t)address, .bytes = (uint64_t)bytes};
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = code.address,
                                    .bytes = code.bytes,
                                    .name = name,
                                    .kind = JITNEY_CODE_STUB};
    int saved = errno;

    if (!name || !*name || !address || bytes <= 0 || !enter())
        return;
    if (strcmp(name, "Interpreter") == 0)
        load.tier = JITNEY_TIER_INTERPRETED;
    pthread_mutex_lock(&agent.lock);
    if (jvm_codes_add(&agent.codes, &code))
        jitney_code_load(agent.session, &load);
    pthread_mutex_unlock(&agent.lock);
    leave();
    errno = saved;
}

/* ---- the JVM's logs ---- */

/* The file of LogCompilation among the JVM's flags, when it is switched on. */
static bool find_log(struct jvm_ask *ask, char *path, size_t room)
{
    static const char flag[] = "-XX:LogFile=";
    char answer[16384];
    const char *at = NULL;
    size_t bytes = 0;

    if (!jvm_ask(ask, "VM.flags", answer, sizeof(answer)) || !strstr(answer, "-XX:+LogCompilation"))
        return false;
    at = strstr(answer, flag);
    if (!at) {
        snprintf(path, room, "hotspot_pid%d.log", (int)getpid());
        return true;
    }
    at += sizeof(flag) - 1;
    bytes = strcspn(at, " \n");
    if (bytes == 0 || bytes >= room)
        return false;
    memcpy(path, at, bytes);
    path[bytes] = '\0';
    return true;
}

/* The JVM writes %p as the number of the process. */
static void expand_pid(const char *pattern, char *path, size_t room)
{
    const char *pid = strstr(pattern, "%p");

    if (pid)
        snprintf(path, room, "%.*s%d%s", (int)(pid - pattern), pattern, (int)getpid(), pid + 2);
    else
        snprintf(path, room, "%s", pattern);
}

static void follow_xml(struct jvm_ask *ask)
{
    char pattern[PATH_MAX] = "", path[PATH_MAX + 16];

    if (agent.options.log_compilation)
        snprintf(pattern, sizeof(pattern), "%s", agent.options.log_compilation);
    else if (!find_log(ask, pattern, sizeof(pattern)))
        return;
    expand_pid(pattern, path, sizeof(path));
    jvm_follower_open_xml(&agent.follower, path);
}

/* Have the JVM write its text log to memory of ours. Why code was left is logged since JDK 20 or
 * so; an older JVM says that it does not know the word. */
static void follow_text(struct jvm_ask *ask)
{
    struct jvm_compilations *compilations = &agent.compilations;
    char path[64], command[256], answer[1024];
    uint64_t from_ns = now_ns();

    if (!jvm_follower_make_text(&agent.follower, path, sizeof(path)))
        return;
    for (int with_traps = 1; with_traps >= 0; with_traps--) {
        snprintf(command, sizeof(command),
                 "VM.log output=%s output_options=filecount=0 decorators=timenanos,uptimenanos,tid "
                 "what=jit+compilation=debug%s",
                 path, with_traps ? ",deoptimization=debug" : "");
        if (!jvm_ask(ask, command, answer, sizeof(answer)) || strstr(answer, "nvalid"))
            continue;
        pthread_mutex_lock(&compilations->lock);
        compilations->text_from_ns = from_ns;
        if (with_traps)
            compilations->traps_from_ns = from_ns;
        pthread_mutex_unlock(&compilations->lock);
        return;
    }
}

static bool wants_logs(void)
{
    return !agent.options.ignores_logs && (jitney_wants(agent.session, JITNEY_COMPILE_START) ||
                                           jitney_wants(agent.session, JITNEY_COMPILE_END) ||
                                           jitney_wants(agent.session, JITNEY_COMPILE_ABORT) ||
                                           jitney_wants(agent.session, JITNEY_DEOPT));
}

static void follow_logs(JNIEnv *jni)
{
    struct jvm_ask ask;

    if (!wants_logs())
        return;
    if (jvm_ask_open(&ask, jni)) {
        agent.compilations.vm_start_ns = jvm_ask_start(&ask);
        follow_text(&ask);
    }
    follow_xml(&ask);
    jvm_ask_close(&ask);
    jvm_follower_start(&agent.follower);
}

/* ---- the JVM's life ---- */

static void JNICALL on_start(jvmtiEnv *jvmti, JNIEnv *jni, jthread thread)
{
    int saved = errno;

    if (!enter())
        return;
    (*jvmti)->GenerateEvents(jvmti, JVMTI_EVENT_DYNAMIC_CODE_GENERATED);
    (*jvmti)->GenerateEvents(jvmti, JVMTI_EVENT_COMPILED_METHOD_LOAD);
    follow_logs(jni);
    leave();
    errno = saved;
}

static void switch_events(jvmtiEventMode mode)
{
    static const jvmtiEvent events[] = {
        JVMTI_EVENT_COMPILED_METHOD_LOAD, JVMTI_EVENT_COMPILED_METHOD_UNLOAD,
        JVMTI_EVENT_DYNAMIC_CODE_GENERATED, JVMTI_EVENT_VM_INIT, JVMTI_EVENT_VM_DEATH};

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        (*agent.jvmti)->SetEventNotificationMode(agent.jvmti, mode, events[i], NULL);
}

/* The last callback. What the logs tell until the process ends is read by its very end. */
static void JNICALL on_death(jvmtiEnv *jvmti, JNIEnv *jni)
{
    const struct timespec one_ms = {0, 1000000};
    int saved = errno;

    /* The JVM tells what it compiled a while later, by a thread of its own: ask for the last ones.
     */
    if (enter()) {
        (*jvmti)->GenerateEvents(jvmti, JVMTI_EVENT_COMPILED_METHOD_LOAD);
        leave();
    }
    atomic_store(&agent.is_over, true);
    switch_events(JVMTI_DISABLE);
    for (int i = 0; i < LONGEST_WAIT_MS && atomic_load(&agent.users) > 0; i++)
        nanosleep(&one_ms, NULL);
    agent.is_clean = atomic_load(&agent.users) == 0;
    jvm_follower_stop(&agent.follower);
    errno = saved;
}

/* The JVM finishes the file of LogCompilation after its last callback, then calls exit(). */
static void __attribute__((destructor)) on_exit_of_process(void)
{
    struct jitney_session *session = agent.session;

    if (!session || !agent.is_clean)
        return;
    jvm_follower_close(&agent.follower);
    agent.session = NULL;
    jitney_session_close(session);
}

/* ---- loading ---- */

static bool set_up_events(jvmtiEnv *jvmti)
{
    jvmtiEventCallbacks callbacks = {.VMInit = on_start,
                                     .VMDeath = on_death,
                                     .CompiledMethodLoad = on_load,
                                     .CompiledMethodUnload = on_unload,
                                     .DynamicCodeGenerated = on_dynamic_code};
    jvmtiCapabilities wanted = {.can_generate_compiled_method_load_events = 1};
    jvmtiCapabilities extra = {.can_get_source_file_name = 1};

    if ((*jvmti)->AddCapabilities(jvmti, &wanted))
        return false;
    (*jvmti)->AddCapabilities(jvmti, &extra);
    extra = (jvmtiCapabilities){.can_get_line_numbers = 1};
    (*jvmti)->AddCapabilities(jvmti, &extra);
    return (*jvmti)->SetEventCallbacks(jvmti, &callbacks, sizeof(callbacks)) == 0;
}

static bool open_session(const char *text)
{
    const char *wrong = jvm_options_read(&agent.options, text);
    int status = JITNEY_OK;

    if (wrong)
        fprintf(stderr, "jitney: %s: not understood, ignored\n", wrong);
    status = jitney_session_open(&agent.options.session, &agent.session);
    if (status)
        say("no file can be written: ", jitney_status_text(status));
    return status == JITNEY_OK;
}

/* Several copies of this library may be loaded, at start or later: a system property tells. */
static bool is_first_at_start(jvmtiEnv *jvmti)
{
    char *value = NULL;

    if ((*jvmti)->GetSystemProperty(jvmti, mark, &value) == 0 && value) {
        (*jvmti)->Deallocate(jvmti, (unsigned char *)value);
        return false;
    }
    (*jvmti)->SetSystemProperty(jvmti, mark, JITNEY_VERSION);
    return true;
}

static bool is_first_later(JNIEnv *jni)
{
    jclass system = (*jni)->FindClass(jni, "java/lang/System");
    jmethodID set = NULL;
    jobject key = NULL, value = NULL, before = NULL;

    if (system)
        set = (*jni)->GetStaticMethodID(jni, system, "setProperty",
                                        "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;");
    if (set)
        key = (*jni)->NewStringUTF(jni, mark);
    if (key)
        value = (*jni)->NewStringUTF(jni, JITNEY_VERSION);
    if (value)
        before = (*jni)->CallStaticObjectMethod(jni, system, set, key, value);
    if ((*jni)->ExceptionCheck(jni))
        (*jni)->ExceptionClear(jni);
    return !before;
}

/* Everything but the events. */
static bool set_up(JavaVM *vm, const char *options, JNIEnv *jni)
{
    void *jvmti = NULL;

    if ((*vm)->GetEnv(vm, &jvmti, JVMTI_VERSION_1_2) != JNI_OK) {
        say("this JVM has no JVMTI", "");
        return false;
    }
    if (atomic_flag_test_and_set(&is_loaded) ||
        !(jni ? is_first_later(jni) : is_first_at_start(jvmti))) {
        fprintf(stderr, "jitney: loaded already, once is enough\n");
        return false;
    }
    agent.vm = vm;
    agent.jvmti = jvmti;
    if (!set_up_events(jvmti)) {
        say("this JVM does not tell what it compiles", "");
        return false;
    }
    if (!open_session(options))
        return false;
    jvm_methods_init(&agent.methods, jvmti, agent.session);
    jvm_compilations_init(&agent.compilations, agent.session, &agent.methods);
    jvm_follower_init(&agent.follower, &agent.compilations);
    return true;
}

JNIEXPORT jint JNICALL Agent_OnLoad(JavaVM *vm, char *options, void *reserved)
{
    int saved = errno;

    /* Anything but 0 would end the JVM. */
    if (set_up(vm, options, NULL))
        switch_events(JVMTI_ENABLE);
    errno = saved;
    return 0;
}

static void replay(bool is_replaying)
{
    pthread_mutex_lock(&agent.lock);
    agent.is_replaying = is_replaying;
    pthread_mutex_unlock(&agent.lock);
}

JNIEXPORT jint JNICALL Agent_OnAttach(JavaVM *vm, char *options, void *reserved)
{
    void *jni = NULL;
    int saved = errno;
    jint failed = 1;

    if ((*vm)->GetEnv(vm, &jni, JNI_VERSION_1_6) == JNI_OK && set_up(vm, options, jni)) {
        replay(true);
        switch_events(JVMTI_ENABLE);
        on_start(agent.jvmti, jni, NULL);
        replay(false);
        failed = 0;
    }
    errno = saved;
    return failed;
}
