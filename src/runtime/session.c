/* Opening and closing sessions, and switching their sinks. */
#include "runtime/session.h"

#include "base/clock.h"
#include "jitney/recording.h"
#include "runtime/take.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTIONS_BYTES_1 = sizeof(struct jitney_session_options), /* in the first release */
    COUNTERS_BYTES_1 = offsetof(struct jitney_counters, living_code) + sizeof(uint32_t),
};

static const uint64_t default_record_bytes = UINT64_C(4) << 30;
static const uint32_t all_sinks = JITNEY_SINK_PERFMAP | JITNEY_SINK_JITDUMP | JITNEY_SINK_GDB |
                                  JITNEY_SINK_RECORD | JITNEY_SINK_LOG | JITNEY_SINK_MAP;

static int index_of(uint32_t flag)
{
    int index = 0;

    while (index < JT_SINK_COUNT && jt_sink_classes[index]->flag != flag)
        index++;
    return index;
}

/* ---- what is wanted ---- */

static uint32_t wanted_by(const struct jt_sink_slot *slot)
{
    if (!slot->state)
        return 0;
    if (!slot->class->wanted)
        return slot->class->events;
    return slot->class->wanted(slot->state) & slot->class->events;
}

void jt_session_update(struct jitney_session *session)
{
    uint32_t concurrent = 0, serial = 0, sinks = 0;

    for (int i = 0; i < JT_SINK_COUNT; i++) {
        const struct jt_sink_slot *slot = &session->slots[i];

        if (slot->class->is_concurrent)
            concurrent |= wanted_by(slot);
        else
            serial |= wanted_by(slot);
        if (slot->state)
            sinks |= slot->class->flag;
    }
    for (int i = 0; i < JT_LISTENERS; i++)
        serial |= session->listeners[i].events;
    if (session->codes) {
        serial |= JITNEY_EVENTS_CODE;
        sinks |= JITNEY_SINK_MAP;
    }
    /* Code and functions are always told one at a time. */
    if (concurrent & (JITNEY_EVENTS_CODE | JITNEY_EVENTS_FUNCTION))
        serial |= concurrent & (JITNEY_EVENTS_CODE | JITNEY_EVENTS_FUNCTION);
    atomic_store(&session->concurrent, concurrent);
    atomic_store(&session->serial, serial);
    atomic_store(&session->sinks, sinks);
    __atomic_store_n(&session->head.wanted, concurrent | serial, __ATOMIC_RELEASE);
}

/* ---- drops ---- */

void jt_session_count_drop(struct jitney_session *session, int status)
{
    struct jt_counters *counters = &session->counters;

    atomic_fetch_add(&counters->dropped, 1);
    if (status == JITNEY_ERR_MEMORY)
        atomic_fetch_add(&counters->dropped_memory, 1);
    else if (status == JITNEY_ERR_LIMIT)
        atomic_fetch_add(&counters->dropped_limit, 1);
    else
        atomic_fetch_add(&counters->dropped_io, 1);
    if (errno)
        atomic_store(&counters->last_errno, errno);
}

static void count_failed_sink(struct jitney_session *session, uint32_t flag)
{
    atomic_fetch_or(&session->counters.failed_sinks, flag);
    if (errno)
        atomic_store(&session->counters.last_errno, errno);
}

/* ---- sinks ---- */

struct replay {
    const struct jt_sink_slot *slot;
    uint64_t now_ns;
    int status;
};

static void tell(struct replay *replay, struct jitney_event *event)
{
    int status = JITNEY_OK;

    event->size = sizeof(*event);
    event->flags = JITNEY_EVENT_REPLAYED;
    event->time_ns = replay->now_ns;
    status = replay->slot->class->event(replay->slot->state, event);
    if (status)
        replay->status = status;
}

static int replay_code(void *context, const struct jt_code *code)
{
    struct jitney_event event = {
        .type = JITNEY_CODE_LOAD, .tid = code->tid, .code = code->number, .code_load = &code->load};

    tell(context, &event);
    return JITNEY_OK;
}

/* Replayed events carry the time of now: files want their events in the order of time. */
int jt_session_replay(struct jitney_session *session, const struct jt_sink_slot *slot)
{
    struct replay replay = {.slot = slot, .now_ns = jt_clock_ns()};

    for (uint32_t i = 0;
         (slot->class->events & JITNEY_EVENTS_FUNCTION) && i < session->functions.count; i++) {
        struct jitney_event event = {.type = JITNEY_FUNCTION,
                                     .tid = session->functions.at[i].tid,
                                     .number = i + 1,
                                     .function = &session->functions.at[i].facts};

        tell(&replay, &event);
    }
    if (session->codes && (wanted_by(slot) & JITNEY_EVENT_BIT(JITNEY_CODE_LOAD)))
        jt_codemap_each(session->codes, replay_code, &replay);
    if (replay.status)
        jt_session_count_drop(session, replay.status);
    return replay.status;
}

static int open_map(struct jitney_session *session)
{
    int status = JITNEY_OK;

    if (!session->codes)
        status = jt_codemap_open(&session->heap, &session->codes);
    session->host.codes = session->codes;
    return status;
}

int jt_session_open_sink(struct jitney_session *session, uint32_t flag)
{
    struct jt_sink_slot *slot = &session->slots[index_of(flag)];
    void *state = NULL;
    int status = JITNEY_OK;

    if (slot->state)
        return JITNEY_OK;
    errno = 0;
    /* Moves and unloads need to know what was loaded. */
    if (slot->class->events & JITNEY_EVENTS_CODE)
        status = open_map(session);
    if (!status)
        status = slot->class->open(&session->host, &state);
    if (status) {
        count_failed_sink(session, flag);
        return status;
    }
    slot->state = state;
    if (slot->class->is_concurrent)
        atomic_store(&session->recording, state);
    jt_session_replay(session, slot);
    return JITNEY_OK;
}

void jt_session_close_sink(struct jitney_session *session, uint32_t flag)
{
    struct jt_sink_slot *slot = &session->slots[index_of(flag)];

    if (!slot->state)
        return;
    slot->class->close(slot->state);
    slot->state = NULL;
}

/* ---- the lock, and what a child has to do first ---- */

static void look_after_fork(struct jitney_session *session)
{
    atomic_store(&session->is_forked, false);
    for (int i = 0; i < JT_SINK_COUNT; i++) {
        struct jt_sink_slot *slot = &session->slots[i];

        if (!slot->state)
            continue;
        errno = 0;
        if (slot->class->forked && slot->class->forked(slot->state) != JITNEY_OK) {
            count_failed_sink(session, slot->class->flag);
            if (slot->class->is_concurrent)
                atomic_store(&session->recording, NULL);
            slot->class->close(slot->state);
            slot->state = NULL;
        } else {
            jt_session_replay(session, slot);
        }
    }
    jt_session_update(session);
}

void jt_session_lock(struct jitney_session *session)
{
    pthread_mutex_lock(&session->lock);
    if (__builtin_expect(atomic_load(&session->is_forked), 0))
        look_after_fork(session);
}

void jt_session_unlock(struct jitney_session *session)
{
    pthread_mutex_unlock(&session->lock);
}

/* ---- open and close ---- */

static int keep_text(struct jitney_session *session, int index, const char *text, const char **kept)
{
    *kept = NULL;
    if (!text)
        return JITNEY_OK;
    session->texts[index] = jt_heap_copy_text(&session->heap, text, strlen(text));
    *kept = session->texts[index];
    return *kept ? JITNEY_OK : JITNEY_ERR_MEMORY;
}

/* The engine may change its folder; a child of fork() makes its files where the parent did. */
static int keep_directory(struct jitney_session *session, const char *directory)
{
    char path[PATH_MAX];
    const char *kept = directory ? directory : "/tmp";

    if (kept[0] != '/' && realpath(kept, path))
        kept = path;
    return keep_text(session, 0, kept, &session->host.directory);
}

static int keep_options(struct jitney_session *session,
                        const struct jitney_session_options *options)
{
    struct jt_sink_host *host = &session->host;
    int status = keep_directory(session, options->directory);

    if (!status)
        status = keep_text(session, 1, options->engine ? options->engine : "", &host->engine);
    if (!status)
        status = keep_text(session, 2, options->record_file, &host->record_file);
    if (!status)
        status = keep_text(session, 3, options->log_file, &host->log_file);
    if (!status)
        status = keep_text(session, 4, options->user_code, &session->user_code);
    host->heap = &session->heap;
    host->record_bytes = options->record_bytes ? options->record_bytes : default_record_bytes;
    host->record_filter = options->record_filter ? options->record_filter : JITNEY_EVENTS_DEFAULT;
    host->flags = options->flags;
    session->is_user_code = options->is_user_code;
    session->user_context = options->context;
    return status;
}

static void free_session(struct jitney_session *session)
{
    struct jt_heap heap = session->heap;

    jt_pending_lines_release(&session->pending);
    jt_functions_release(&session->functions, &heap);
    for (int i = 0; i < (int)(sizeof(session->texts) / sizeof(session->texts[0])); i++)
        if (session->texts[i])
            jt_heap_free(&heap, session->texts[i], strlen(session->texts[i]) + 1);
    pthread_mutex_destroy(&session->lock);
    jt_heap_free(&heap, session, sizeof(*session));
}

static void close_everything(struct jitney_session *session)
{
    for (int i = 0; i < JT_SINK_COUNT; i++)
        jt_session_close_sink(session, jt_sink_classes[i]->flag);
    if (session->codes)
        jt_codemap_close(session->codes);
    session->codes = NULL;
}

/* Open the sinks of the bits in `sinks`. The first failure, and OK when at least one is open. */
static int open_sinks(struct jitney_session *session, uint32_t sinks)
{
    int first = JITNEY_OK;
    int status = JITNEY_OK;
    bool any = false;

    if (sinks & JITNEY_SINK_MAP) {
        status = open_map(session);
        if (status) {
            count_failed_sink(session, JITNEY_SINK_MAP);
            first = status;
        }
        any = !status;
    }
    for (int i = 0; i < JT_SINK_COUNT; i++) {
        if (!(sinks & jt_sink_classes[i]->flag))
            continue;
        status = jt_session_open_sink(session, jt_sink_classes[i]->flag);
        if (status && !first)
            first = status;
        any |= !status;
    }
    return any ? JITNEY_OK : first;
}

static int new_session(const struct jitney_session_options *options,
                       struct jitney_session **session)
{
    struct jt_heap heap;

    if (options->allocator &&
        (options->allocator->size < sizeof(*options->allocator) || !options->allocator->resize))
        return JITNEY_ERR_ARGUMENT;
    if ((options->sinks & ~all_sinks) || options->reserved ||
        (options->flags & ~(uint32_t)(JITNEY_SESSION_GDB_ALWAYS | JITNEY_SESSION_BODIES)))
        return JITNEY_ERR_VERSION;
    jt_heap_init(&heap, options->allocator);
    *session = jt_heap_take(&heap, sizeof(**session));
    if (!*session)
        return JITNEY_ERR_MEMORY;
    (*session)->heap = heap;
    pthread_mutex_init(&(*session)->lock, NULL);
    for (int i = 0; i < JT_SINK_COUNT; i++)
        (*session)->slots[i].class = jt_sink_classes[i];
    return JITNEY_OK;
}

int jitney_session_open(const struct jitney_session_options *given, struct jitney_session **session)
{
    struct jitney_session_options options;
    struct jitney_session *opened = NULL;
    int saved = errno;
    int status = JITNEY_OK;

    if (!session)
        return JITNEY_ERR_ARGUMENT;
    *session = NULL;
    status = jt_take_struct(&options, sizeof(options), OPTIONS_BYTES_1, given);
    if (!status)
        status = new_session(&options, &opened);
    if (status)
        goto out;
    status = keep_options(opened, &options);
    if (!status)
        status = open_sinks(opened, options.sinks);
    if (!status)
        status = jt_fork_add(opened);
    if (status) {
        close_everything(opened);
        free_session(opened);
        goto out;
    }
    jt_session_update(opened);
    *session = opened;
out:
    errno = saved;
    return status;
}

static void let_go_of_sinks(struct jitney_session *session)
{
    for (int i = 0; i < JT_SINK_COUNT; i++)
        if (session->slots[i].state && session->slots[i].class->let_go)
            session->slots[i].class->let_go(session->slots[i].state);
}

void jitney_session_close(struct jitney_session *session)
{
    int saved = errno;

    if (!session)
        return;
    jt_fork_remove(session);
    /* Not jt_session_lock(): a child that told nothing leaves no files. */
    pthread_mutex_lock(&session->lock);
    __atomic_store_n(&session->head.wanted, 0, __ATOMIC_RELEASE);
    if (atomic_load(&session->is_forked))
        let_go_of_sinks(session);
    close_everything(session);
    pthread_mutex_unlock(&session->lock);
    free_session(session);
    errno = saved;
}

/* The recording is stopped, not closed: threads may be writing to it. */
static void switch_off(struct jitney_session *session, uint32_t sinks)
{
    uint32_t of_code = 0;

    for (int i = 0; i < JT_SINK_COUNT; i++) {
        const struct jt_sink_class *class = jt_sink_classes[i];

        if (!(sinks & class->flag) && !class->is_concurrent)
            jt_session_close_sink(session, class->flag);
        if (session->slots[i].state)
            of_code |= class->events & JITNEY_EVENTS_CODE;
    }
    for (int i = 0; i < JT_LISTENERS; i++)
        of_code |= session->listeners[i].events & JITNEY_EVENTS_CODE;
    if (session->codes && !of_code && !(sinks & JITNEY_SINK_MAP)) {
        jt_codemap_close(session->codes);
        session->codes = NULL;
        session->host.codes = NULL;
        atomic_store(&session->counters.living_code, 0);
    }
}

int jitney_session_set_sinks(struct jitney_session *session, uint32_t sinks)
{
    int saved = errno;
    int status = JITNEY_OK;
    int first = JITNEY_OK;

    if (!session)
        return JITNEY_OK;
    if (sinks & ~all_sinks)
        return JITNEY_ERR_VERSION;
    jt_session_lock(session);
    if (sinks & JITNEY_SINK_MAP)
        first = open_map(session);
    for (int i = 0; i < JT_SINK_COUNT; i++) {
        if (!(sinks & jt_sink_classes[i]->flag) || jt_sink_classes[i]->is_concurrent)
            continue;
        status = jt_session_open_sink(session, jt_sink_classes[i]->flag);
        first = first ? first : status;
    }
    switch_off(session, sinks);
    jt_session_update(session);
    jt_session_unlock(session);
    if (sinks & JITNEY_SINK_RECORD) {
        status = jitney_recording_start(session);
        first = first ? first : status;
    } else {
        jitney_recording_stop(session);
    }
    errno = saved;
    return first;
}

int jitney_session_counters(const struct jitney_session *session, struct jitney_counters *counters)
{
    const struct jt_counters *from = NULL;
    struct jitney_counters now = {.size = sizeof(now)};

    if (!counters || counters->size < COUNTERS_BYTES_1)
        return JITNEY_ERR_ARGUMENT;
    if (session) {
        from = &session->counters;
        now.events = atomic_load(&from->events);
        now.dropped = atomic_load(&from->dropped);
        now.dropped_memory = atomic_load(&from->dropped_memory);
        now.dropped_io = atomic_load(&from->dropped_io);
        now.dropped_limit = atomic_load(&from->dropped_limit);
        now.refused = atomic_load(&from->refused);
        now.filtered = atomic_load(&from->filtered);
        now.sinks = atomic_load(&session->sinks);
        now.failed_sinks = atomic_load(&from->failed_sinks);
        now.last_errno = atomic_load(&from->last_errno);
        now.living_code = atomic_load(&from->living_code);
    }
    now.size = counters->size;
    memcpy(counters, &now, counters->size < sizeof(now) ? counters->size : sizeof(now));
    return JITNEY_OK;
}
