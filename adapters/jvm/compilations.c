#include "compilations.h"

#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MOST_COMPILATIONS = 1 << 20,
    WORD_BYTES = 32,
    SHORT_NAME_BYTES = 128, /* of a method that is not known by its id */
};

struct compilation {
    uint64_t number;
    uint64_t address;
    uint64_t bytes;
    uint64_t start_ns; /* 0: not known */
    uint64_t load_ns;
    uint64_t start_tid;
    uint64_t count;
    uint32_t function;
    int32_t level;
    bool is_osr;
    bool is_loaded;
    bool is_new;
    bool is_started;         /* its start has been told */
    char reason[WORD_BYTES]; /* why it was asked for */
    char name[SHORT_NAME_BYTES];
};

void jvm_compilations_init(struct jvm_compilations *compilations, struct jitney_session *session,
                           struct jvm_methods *methods)
{
    memset(compilations, 0, sizeof(*compilations));
    compilations->session = session;
    compilations->methods = methods;
    compilations->text_from_ns = UINT64_MAX;
    compilations->traps_from_ns = UINT64_MAX;
    pthread_mutex_init(&compilations->lock, NULL);
}

void jvm_compilations_release(struct jvm_compilations *compilations)
{
    jvm_table_release(&compilations->by_number, free);
    jvm_table_release(&compilations->by_function, NULL);
    jvm_table_release(&compilations->by_name, NULL);
    pthread_mutex_destroy(&compilations->lock);
}

/* openjdk: compilerDefinitions.hpp, CompLevel. Level 0 is code that calls a native method. */
uint32_t jvm_level_tier(int32_t level, const char **name)
{
    static const char *const names[] = {"native-wrapper", "C1", "C1-limited-profile",
                                        "C1-full-profile", "C2"};

    *name = level >= 0 && level <= 4 ? names[level] : NULL;
    if (level == 4)
        return JITNEY_TIER_OPTIMIZED;
    return level >= 1 && level <= 3 ? JITNEY_TIER_BASELINE : JITNEY_TIER_UNKNOWN;
}

static uint32_t tier_of(const struct compilation *compilation)
{
    const char *name = NULL;

    return jvm_level_tier(compilation->level, &name);
}

static void copy_text(char *to, size_t room, const char *from)
{
    size_t bytes = strnlen(from, room - 1);

    memcpy(to, from, bytes);
    to[bytes] = '\0';
}

/* The compilation of this number, a new one when there is none; NULL when memory is out. */
static struct compilation *get(struct jvm_compilations *compilations, uint64_t number)
{
    struct compilation *compilation = jvm_table_find(&compilations->by_number, number);

    if (compilation || number == 0 || compilations->by_number.count >= MOST_COMPILATIONS)
        return compilation;
    compilation = calloc(1, sizeof(*compilation));
    if (!compilation)
        return NULL;
    compilation->number = number;
    compilation->level = -1;
    if (jvm_table_put(&compilations->by_number, number, compilation))
        return compilation;
    free(compilation);
    return NULL;
}

static void forget(struct jvm_compilations *compilations, uint64_t number)
{
    struct compilation *compilation = jvm_table_find(&compilations->by_number, number);

    jvm_table_remove(&compilations->by_number, number);
    free(compilation);
}

/* ---- events ---- */

static void tell_start(struct jvm_compilations *compilations, struct compilation *compilation)
{
    struct jitney_compile_start start = {.size = sizeof(start),
                                         .function = compilation->function,
                                         .tier = tier_of(compilation),
                                         .compilation = compilation->number,
                                         .name = compilation->function ? NULL : compilation->name};

    if (compilation->is_started || compilation->start_ns == 0)
        return;
    compilation->is_started = true;
    if (compilation->is_osr)
        start.osr = (struct jitney_reason){"loop", compilation->count};
    else if (compilation->reason[0])
        start.heuristic = (struct jitney_reason){compilation->reason, compilation->count};
    jitney_emit_at(compilations->session, JITNEY_COMPILE_START, &start, compilation->start_ns,
                   (uint32_t)compilation->start_tid);
}

/* Once both are known, when it began and that it came to an end. */
static void tell_end(struct jvm_compilations *compilations, struct compilation *compilation)
{
    struct jitney_compile_end end = {.size = sizeof(end),
                                     .function = compilation->function,
                                     .tier = tier_of(compilation),
                                     .compilation = compilation->number};

    if (compilation->start_ns == 0 || !compilation->is_loaded || !compilation->is_new ||
        compilation->is_started)
        return;
    tell_start(compilations, compilation);
    if (compilation->load_ns > compilation->start_ns)
        end.duration_ns = compilation->load_ns - compilation->start_ns;
    jitney_emit_at(compilations->session, JITNEY_COMPILE_END, &end, compilation->load_ns,
                   (uint32_t)compilation->start_tid);
}

static void note_newest(struct jvm_compilations *compilations,
                        const struct compilation *compilation)
{
    uint64_t newest = jvm_table_number(&compilations->by_function, compilation->function);

    if (compilation->function && compilation->number > newest)
        jvm_table_put_number(&compilations->by_function, compilation->function,
                             compilation->number);
}

void jvm_compilations_loaded(struct jvm_compilations *compilations,
                             const struct jvm_compiled *compiled)
{
    struct jitney_compile compile = {.size = sizeof(compile),
                                     .function = compiled->function,
                                     .compilation = compiled->compilation,
                                     .version = compiled->compilation,
                                     .address = compiled->address,
                                     .code_bytes = compiled->bytes};
    struct compilation *compilation = NULL;
    const char *name = NULL;

    compile.tier = jvm_level_tier(compiled->level, &name);
    if (compiled->is_new)
        jitney_emit_at(compilations->session, JITNEY_COMPILE, &compile, compiled->time_ns, 0);
    pthread_mutex_lock(&compilations->lock);
    compilation = get(compilations, compiled->compilation);
    if (compilation) {
        compilation->function = compiled->function;
        compilation->level = compiled->level;
        compilation->address = compiled->address;
        compilation->bytes = compiled->bytes;
        compilation->load_ns = compiled->time_ns;
        compilation->is_loaded = true;
        compilation->is_new = compiled->is_new;
        note_newest(compilations, compilation);
        tell_end(compilations, compilation);
    }
    pthread_mutex_unlock(&compilations->lock);
}

/* What the logs tell of it may still come. */
void jvm_compilations_unloaded(struct jvm_compilations *compilations, uint64_t number)
{
    uint32_t at = 0;

    if (number == 0)
        return;
    pthread_mutex_lock(&compilations->lock);
    at = compilations->dead_at++ % JVM_DEAD_COMPILATIONS;
    forget(compilations, compilations->dead[at]);
    compilations->dead[at] = number;
    pthread_mutex_unlock(&compilations->lock);
}

/* ---- lines of the logs ---- */

/* 0, which means now, when it cannot be told. */
static uint64_t time_of(const struct jvm_compilations *compilations,
                        const struct jvm_log_event *event)
{
    if (event->clock_ns)
        return event->clock_ns;
    return compilations->vm_start_ns ? compilations->vm_start_ns + event->uptime_ns : 0;
}

/* When nobody told when the JVM started: the log did, to the millisecond. */
static void take_start(struct jvm_compilations *compilations, uint64_t time_ms)
{
    struct timespec real, mono;
    int64_t ahead_ns = 0, start_ns = 0;

    if (compilations->vm_start_ns != 0 || time_ms == 0 || time_ms > UINT64_C(1) << 43)
        return;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &mono);
    ahead_ns = (real.tv_sec - mono.tv_sec) * INT64_C(1000000000) + (real.tv_nsec - mono.tv_nsec);
    start_ns = (int64_t)time_ms * 1000000 - ahead_ns;
    if (start_ns > 0)
        compilations->vm_start_ns = (uint64_t)start_ns;
}

/* The function that a log names by its whole signature. */
static const struct jvm_method *method_of(struct jvm_compilations *compilations, const char *text)
{
    struct jvm_split split;

    if (!jvm_name_split(text, &split))
        return NULL;
    return jvm_methods_find(compilations->methods, jvm_name_key(&split.signature));
}

/* A function of which only a log knows: `com.example.App::work`, or a whole signature. */
static uint32_t function_named(struct jvm_compilations *compilations, const char *text)
{
    const struct jvm_method *method = method_of(compilations, text);
    char name[JVM_NAME_BYTES];
    struct jitney_function function = {.size = sizeof(function), .name = name};
    struct jvm_signature signature = {"", text, ""};
    uint64_t key = jvm_name_key(&signature);
    uint32_t number = (uint32_t)jvm_table_number(&compilations->by_name, key);
    struct jvm_split split;
    char *colons = NULL;

    if (method)
        return method->function;
    if (number || !*text)
        return number;
    function.primitive_index = -1;
    if (jvm_name_split(text, &split)) {
        jvm_name_write(&split.signature, name, sizeof(name));
    } else {
        copy_text(name, sizeof(name), text);
        colons = strstr(name, "::");
        if (colons) {
            *colons = '.';
            memmove(colons + 1, colons + 2, strlen(colons + 2) + 1);
        }
    }
    if (jitney_function_define(compilations->session, &function, &number) == JITNEY_OK)
        jvm_table_put_number(&compilations->by_name, key, number);
    return number;
}

static void take_queued(struct jvm_compilations *compilations, const struct jvm_log_event *event)
{
    struct compilation *compilation = get(compilations, event->compilation);

    if (!compilation || compilation->is_started)
        return;
    compilation->is_osr = event->is_osr;
    compilation->count = event->count;
    copy_text(compilation->reason, sizeof(compilation->reason), event->reason);
}

static void take_started(struct jvm_compilations *compilations, const struct jvm_log_event *event)
{
    struct compilation *compilation = get(compilations, event->compilation);

    if (!compilation || compilation->start_ns)
        return;
    compilation->start_ns = time_of(compilations, event);
    compilation->start_tid = event->tid;
    compilation->is_osr = compilation->is_osr || event->is_osr;
    if (compilation->level < 0)
        compilation->level = event->level;
    copy_text(compilation->name, sizeof(compilation->name), event->method);
    tell_end(compilations, compilation);
}

static void take_abort(struct jvm_compilations *compilations, const struct jvm_log_event *event)
{
    struct compilation *compilation = get(compilations, event->compilation);
    struct jitney_compile_abort abort = {
        .size = sizeof(abort), .compilation = event->compilation, .reason = event->reason};

    if (!compilation || compilation->is_loaded)
        return;
    if (compilation->level < 0)
        compilation->level = event->level;
    if (!compilation->function)
        compilation->function =
            function_named(compilations, *event->method ? event->method : compilation->name);
    tell_start(compilations, compilation);
    abort.function = compilation->function;
    abort.tier = tier_of(compilation);
    if (compilation->start_ns && time_of(compilations, event) > compilation->start_ns)
        abort.duration_ns = time_of(compilations, event) - compilation->start_ns;
    jitney_emit_at(compilations->session, JITNEY_COMPILE_ABORT, &abort,
                   time_of(compilations, event), (uint32_t)event->tid);
    forget(compilations, event->compilation);
}

/* Whether code gives way to better code of its function, which is no failure. */
static bool is_replaced(const struct jvm_compilations *compilations,
                        const struct compilation *compilation, const struct jvm_log_event *event)
{
    const struct compilation *newest = NULL;
    uint64_t number = 0;

    if (*event->reason) /* openjdk: nmethod.hpp, InvalidationReason */
        return strcmp(event->reason, "not used") == 0 || strstr(event->reason, "lower level");
    if (!compilation || compilation->level >= 4)
        return false;
    number = jvm_table_number(&compilations->by_function, compilation->function);
    newest = jvm_table_find(&compilations->by_number, number);
    return newest && newest->number > compilation->number && newest->level > compilation->level;
}

static void take_not_entrant(struct jvm_compilations *compilations,
                             const struct jvm_log_event *event)
{
    const struct compilation *compilation =
        jvm_table_find(&compilations->by_number, event->compilation);
    bool replaced = is_replaced(compilations, compilation, event);
    struct jitney_deopt deopt = {.size = sizeof(deopt),
                                 .version = event->compilation,
                                 .kind = replaced ? "replaced" : "made not entrant",
                                 .reason = event->reason,
                                 .slot = JITNEY_SLOT_NONE};

    if (!*event->reason)
        deopt.reason = replaced ? "better code" : "not told";
    if (compilation) {
        deopt.function = compilation->function;
        deopt.address = compilation->address;
    }
    if (!deopt.function)
        deopt.function = function_named(compilations, event->method);
    jitney_emit_at(compilations->session, JITNEY_DEOPT, &deopt, time_of(compilations, event),
                   (uint32_t)event->tid);
}

static void take_trap(struct jvm_compilations *compilations, const struct jvm_log_event *event)
{
    const struct compilation *compilation =
        jvm_table_find(&compilations->by_number, event->compilation);
    const struct jvm_method *origin = NULL;
    char kind[JVM_LOG_TEXT + 32];
    struct jitney_deopt deopt = {.size = sizeof(deopt),
                                 .version = event->compilation,
                                 .kind = kind,
                                 .reason = *event->reason ? event->reason : "not told",
                                 .slot = JITNEY_SLOT_NONE,
                                 .address = event->pc};

    /* The action is what the JVM does about it. */
    if (*event->action && strcmp(event->action, "none") != 0)
        snprintf(kind, sizeof(kind), "uncommon trap, %s", event->action);
    else
        snprintf(kind, sizeof(kind), "uncommon trap");
    origin = method_of(compilations, event->method);
    if (origin) {
        deopt.origin = origin->function;
        deopt.line = jvm_method_line(origin, event->bci);
    } else {
        deopt.origin = function_named(compilations, event->method);
    }
    if (compilation) {
        deopt.function = compilation->function;
        deopt.address = event->pc ? event->pc : compilation->address;
    }
    if (!deopt.function)
        deopt.function = deopt.origin;
    if (deopt.origin == deopt.function)
        deopt.origin = 0;
    jitney_emit_at(compilations->session, JITNEY_DEOPT, &deopt, time_of(compilations, event),
                   (uint32_t)event->tid);
}

void jvm_compilations_started(struct jvm_compilations *compilations, uint64_t vm_start_ns)
{
    pthread_mutex_lock(&compilations->lock);
    compilations->vm_start_ns = vm_start_ns;
    pthread_mutex_unlock(&compilations->lock);
}

void jvm_compilations_tell(struct jvm_compilations *compilations, const struct jvm_log_event *event)
{
    bool is_twice = false, is_trap_twice = false;

    jvm_methods_begin(compilations->methods);
    pthread_mutex_lock(&compilations->lock);
    /* Both logs tell of most; the text has the finer clock. */
    is_twice = event->is_xml && time_of(compilations, event) >= compilations->text_from_ns;
    is_trap_twice = event->is_xml && time_of(compilations, event) >= compilations->traps_from_ns;
    if (event->kind == JVM_LOG_BEGIN)
        take_start(compilations, event->time_ms);
    else if (event->kind == JVM_LOG_QUEUED)
        take_queued(compilations, event);
    else if (event->kind == JVM_LOG_TRAP && !is_trap_twice)
        take_trap(compilations, event);
    else if (event->kind == JVM_LOG_START && !is_twice)
        take_started(compilations, event);
    else if (event->kind == JVM_LOG_ABORT && !is_twice)
        take_abort(compilations, event);
    else if (event->kind == JVM_LOG_NOT_ENTRANT && !is_twice)
        take_not_entrant(compilations, event);
    pthread_mutex_unlock(&compilations->lock);
    jvm_methods_end(compilations->methods);
}
