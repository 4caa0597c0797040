/* An event's way from the engine to sinks and listeners.
 *
 * Events about the engine go to the recording without a lock; that is the hot
 * path. Code events, and whatever the other sinks and listeners want, are told
 * one at a time under the session's lock, so that files are in the order of
 * time; listeners are called after it is given back. */
#include "runtime/recording.h"
#include "runtime/session.h"

#include "base/clock.h"
#include "runtime/take.h"
#include "runtime/thread.h"

#include <errno.h>
#include <string.h>

/* The size of each event's struct now and in the first release. */
static const size_t event_bytes[] = {
    [JITNEY_CODE_LOAD] = sizeof(struct jitney_code_load),
    [JITNEY_CODE_MOVE] = sizeof(struct jitney_code_move),
    [JITNEY_CODE_UNLOAD] = sizeof(struct jitney_code_unload),
    [JITNEY_COMPILE_START] = sizeof(struct jitney_compile_start),
    [JITNEY_COMPILE] = sizeof(struct jitney_compile),
    [JITNEY_COMPILE_END] = sizeof(struct jitney_compile_end),
    [JITNEY_COMPILE_ABORT] = sizeof(struct jitney_compile_abort),
    [JITNEY_DEOPT] = sizeof(struct jitney_deopt),
    [JITNEY_INVOCATION] = sizeof(struct jitney_invocation),
    [JITNEY_INVOCATION_UNDO] = sizeof(struct jitney_invocation_undo),
    [JITNEY_TYPE_FEEDBACK] = sizeof(struct jitney_type_feedback),
    [JITNEY_CONTEXTUAL_FEEDBACK] = sizeof(struct jitney_contextual_feedback),
    [JITNEY_OSR_ENTRY] = sizeof(struct jitney_osr_entry),
    [JITNEY_CACHE] = sizeof(struct jitney_cache_event),
    [JITNEY_NOTE] = sizeof(struct jitney_note),
};

/* Any of the structs above. */
union any_body {
    struct jitney_code_load code_load;
    struct jitney_code_move code_move;
    struct jitney_code_unload code_unload;
    struct jitney_compile_start compile_start;
    struct jitney_compile compile;
    struct jitney_compile_end compile_end;
    struct jitney_compile_abort compile_abort;
    struct jitney_deopt deopt;
    struct jitney_invocation invocation;
    struct jitney_invocation_undo invocation_undo;
    struct jitney_type_feedback type_feedback;
    struct jitney_contextual_feedback contextual_feedback;
    struct jitney_osr_entry osr_entry;
    struct jitney_cache_event cache;
    struct jitney_note note;
};

/* One call, from the lock to the listeners. */
struct telling {
    struct jitney_session *session;
    uint64_t time_ns;
    uint32_t tid;
    int status;                                 /* of the first sink that dropped it */
    struct jitney_listener heard[JT_LISTENERS]; /* listeners that want it, copied */
    struct jt_buf implied;                      /* struct implied, for them */
    bool has_listeners;
};

struct implied {
    uint64_t code;
    struct jitney_code_unload unload;
};

enum { IMPLIED_LIMIT = 64 << 20 };

/* ---- under the lock ---- */

/* Time does not run backwards under the lock, unless the caller gives it. */
static void begin(struct telling *telling, uint64_t time_ns, uint32_t tid)
{
    struct jitney_session *session = telling->session;

    jt_session_lock(session);
    atomic_fetch_add(&session->counters.events, 1);
    telling->time_ns = time_ns;
    telling->tid = tid ? tid : jt_thread_id();
    if (time_ns == 0) {
        telling->time_ns = jt_clock_ns();
        if (telling->time_ns < session->last_ns)
            telling->time_ns = session->last_ns;
        session->last_ns = telling->time_ns;
    }
}

static struct jitney_event event_of(const struct telling *telling, enum jitney_event_type type,
                                    const void *body)
{
    return (struct jitney_event){.size = sizeof(struct jitney_event),
                                 .type = type,
                                 .time_ns = telling->time_ns,
                                 .tid = telling->tid,
                                 .body = body};
}

static void give_up_sink(struct jitney_session *session, uint32_t flag)
{
    atomic_fetch_or(&session->counters.failed_sinks, flag);
    jt_session_close_sink(session, flag);
    jt_session_update(session);
}

static void tell_sinks(struct telling *telling, const struct jitney_event *event)
{
    struct jitney_session *session = telling->session;
    int first = JITNEY_OK;

    for (int i = 0; i < JT_SINK_COUNT; i++) {
        struct jt_sink_slot *slot = &session->slots[i];
        int status = JITNEY_OK;

        if (!slot->state || !(slot->class->events & JITNEY_EVENT_BIT(event->type)) ||
            (slot->class->wanted &&
             !(slot->class->wanted(slot->state) & JITNEY_EVENT_BIT(event->type))))
            continue;
        errno = 0;
        status = slot->class->event(slot->state, event);
        if (status && !first) {
            first = status == JITNEY_ERR_STOPPED ? JITNEY_ERR_IO : status;
            jt_session_count_drop(session, first);
        }
        if (status == JITNEY_ERR_STOPPED && !slot->class->is_concurrent)
            give_up_sink(session, slot->class->flag);
    }
    if (!telling->status)
        telling->status = first;
}

/* Give the lock back, having noted which listeners want this class. */
static void end(struct telling *telling, enum jitney_event_type type)
{
    struct jitney_session *session = telling->session;

    memcpy(telling->heard, session->listeners, sizeof(telling->heard));
    for (int i = 0; i < JT_LISTENERS; i++)
        if (telling->heard[i].events &
            (JITNEY_EVENT_BIT(type) | JITNEY_EVENT_BIT(JITNEY_CODE_UNLOAD)))
            telling->has_listeners = true;
    if (session->codes)
        atomic_store(&session->counters.living_code, (uint32_t)jt_codemap_count(session->codes));
    jt_session_unlock(session);
}

/* ---- after it ---- */

static void call_listeners(const struct telling *telling, const struct jitney_event *event)
{
    for (int i = 0; telling->has_listeners && i < JT_LISTENERS; i++)
        if (telling->heard[i].events & JITNEY_EVENT_BIT(event->type))
            telling->heard[i].on_event(telling->heard[i].context, event);
}

static void call_implied(struct telling *telling)
{
    const struct implied *implied = (const struct implied *)telling->implied.bytes;

    for (size_t i = 0; i < telling->implied.length / sizeof(*implied); i++) {
        struct jitney_event event = event_of(telling, JITNEY_CODE_UNLOAD, &implied[i].unload);

        event.flags = JITNEY_EVENT_IMPLIED;
        event.code = implied[i].code;
        call_listeners(telling, &event);
    }
    jt_buf_release(&telling->implied);
}

/* ---- code ---- */

static bool has_listener(const struct jitney_session *session, enum jitney_event_type type)
{
    for (int i = 0; i < JT_LISTENERS; i++)
        if (session->listeners[i].events & JITNEY_EVENT_BIT(type))
            return true;
    return false;
}

/* Code takes the place of living code, which ends without a word of the engine. */
static void end_overwritten(void *context, const struct jt_code *code)
{
    struct telling *telling = context;
    struct implied implied = {.code = code->number,
                              .unload = {.size = sizeof(implied.unload),
                                         .address = code->load.address,
                                         .bytes = code->load.bytes}};
    struct jitney_event event = event_of(telling, JITNEY_CODE_UNLOAD, &implied.unload);

    event.flags = JITNEY_EVENT_IMPLIED;
    event.code = code->number;
    tell_sinks(telling, &event);
    if (has_listener(telling->session, JITNEY_CODE_UNLOAD))
        jt_buf_append(&telling->implied, &implied, sizeof(implied));
}

static bool is_user_code(const struct jitney_session *session, const struct jitney_code_load *load)
{
    if (!session->user_code && !session->is_user_code)
        return true;
    if (load->flags & JITNEY_CODE_USER)
        return true;
    if (session->user_code &&
        ((load->file && strstr(load->file, session->user_code)) ||
         memmem(load->name, load->name_bytes, session->user_code, strlen(session->user_code))))
        return true;
    return session->is_user_code && session->is_user_code(session->user_context, load);
}

static bool is_sound(struct jitney_code_load *load)
{
    if (!load->name || load->bytes == 0 || load->address + load->bytes - 1 < load->address)
        return false;
    if (load->name_bytes == 0)
        load->name_bytes = strlen(load->name);
    return load->name_bytes > 0 && (load->lines || load->line_count == 0) &&
           (load->inlined || load->inlined_count == 0) && (load->unwind || load->unwind_bytes == 0);
}

/* Code that a filter keeps out still ends what it overwrites. */
static void add_filtered(struct telling *telling, const struct jitney_code_load *load,
                         const struct jt_codemap_overwritten *overwritten)
{
    struct jitney_session *session = telling->session;
    struct jt_code code = {.load = *load};
    const struct jt_code *added = NULL;

    atomic_fetch_add(&session->counters.filtered, 1);
    code.load.line_count = code.load.inlined_count = 0;
    code.load.unwind_kind = JITNEY_UNWIND_UNKNOWN;
    code.load.unwind_bytes = 0;
    if (session->codes && jt_codemap_count(session->codes) > 0 &&
        jt_codemap_add(session->codes, &code, overwritten, &added) == JITNEY_OK)
        jt_codemap_remove(session->codes, load->address);
}

static void add_code(struct telling *telling, struct jitney_event *event,
                     const struct jt_codemap_overwritten *overwritten)
{
    struct jitney_session *session = telling->session;
    struct jt_code code = {.load = *event->code_load,
                           .number = ++session->last_code,
                           .time_ns = telling->time_ns,
                           .tid = telling->tid};
    const struct jt_code *added = NULL;
    int status =
        session->codes ? jt_codemap_add(session->codes, &code, overwritten, &added) : JITNEY_OK;

    if (status == JITNEY_ERR_ARGUMENT) { /* inlined frames that call each other in a circle */
        atomic_fetch_add(&session->counters.refused, 1);
        telling->status = status;
        return;
    }
    if (status) {
        jt_session_count_drop(session, status);
        telling->status = status;
    }
    event->code = code.number;
    tell_sinks(telling, event);
}

static int emit_load(struct telling *telling, struct jitney_code_load *load, uint64_t time_ns,
                     uint32_t tid)
{
    struct jitney_session *session = telling->session;
    const struct jt_codemap_overwritten overwritten = {end_overwritten, telling};
    struct jitney_lines *pieces = NULL;
    struct jitney_event event;
    bool is_kept = false;

    if (!is_sound(load)) {
        atomic_fetch_add(&session->counters.refused, 1);
        return JITNEY_ERR_ARGUMENT;
    }
    is_kept = is_user_code(session, load);
    begin(telling, time_ns, tid);
    pieces = jt_pending_lines_take(&session->pending, load->address);
    if (pieces && load->line_count == 0) {
        load->lines = pieces->rows;
        load->line_count = pieces->count;
    }
    event = event_of(telling, JITNEY_CODE_LOAD, load);
    if (is_kept)
        add_code(telling, &event, &overwritten);
    else
        add_filtered(telling, load, &overwritten);
    end(telling, JITNEY_CODE_LOAD);
    call_implied(telling);
    if (is_kept && event.code)
        call_listeners(telling, &event);
    jitney_lines_drop(pieces);
    return telling->status;
}

/* Code that nobody knows: not the user's, or a mistake of the engine. */
static int end_unknown(struct telling *telling, enum jitney_event_type type)
{
    struct jitney_session *session = telling->session;
    bool is_filtering = session->user_code || session->is_user_code;

    atomic_fetch_add(is_filtering ? &session->counters.filtered : &session->counters.refused, 1);
    telling->has_listeners = false;
    end(telling, type);
    telling->has_listeners = false;
    jt_buf_release(&telling->implied);
    return is_filtering ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}

static int emit_move(struct telling *telling, struct jitney_code_move *move, uint64_t time_ns,
                     uint32_t tid)
{
    struct jitney_session *session = telling->session;
    const struct jt_codemap_overwritten overwritten = {end_overwritten, telling};
    const struct jt_code *code = NULL;
    struct jitney_event event;
    int status = JITNEY_OK;

    begin(telling, time_ns, tid);
    code = session->codes ? jt_codemap_at(session->codes, move->from) : NULL;
    if (!code || move->to + code->load.bytes - 1 < move->to)
        return end_unknown(telling, JITNEY_CODE_MOVE);
    move->bytes = code->load.bytes;
    event = event_of(telling, JITNEY_CODE_MOVE, move);
    event.code = code->number;
    status = jt_codemap_move(session->codes, move->from, move->to, &overwritten, &code);
    if (status) {
        jt_session_count_drop(session, status);
        telling->status = status;
    }
    tell_sinks(telling, &event);
    end(telling, JITNEY_CODE_MOVE);
    call_implied(telling);
    call_listeners(telling, &event);
    return telling->status;
}

static int emit_unload(struct telling *telling, struct jitney_code_unload *unload, uint64_t time_ns,
                       uint32_t tid)
{
    struct jitney_session *session = telling->session;
    const struct jt_code *code = NULL;
    struct jitney_event event;

    begin(telling, time_ns, tid);
    code = session->codes ? jt_codemap_at(session->codes, unload->address) : NULL;
    if (!code)
        return end_unknown(telling, JITNEY_CODE_UNLOAD);
    unload->bytes = code->load.bytes;
    event = event_of(telling, JITNEY_CODE_UNLOAD, unload);
    event.code = code->number;
    tell_sinks(telling, &event);
    if (session->codes) {
        int status = jt_codemap_remove(session->codes, unload->address);

        if (status && !telling->status)
            telling->status = status;
    }
    end(telling, JITNEY_CODE_UNLOAD);
    call_listeners(telling, &event);
    return telling->status;
}

/* ---- what the engine does ---- */

static int emit_engine(struct telling *telling, enum jitney_event_type type, const void *body,
                       uint64_t time_ns, uint32_t tid)
{
    struct jitney_event event;

    begin(telling, time_ns, tid);
    event = event_of(telling, type, body);
    tell_sinks(telling, &event);
    end(telling, type);
    call_listeners(telling, &event);
    return telling->status;
}

static int emit_slowly(struct jitney_session *session, enum jitney_event_type type,
                       const void *body, uint64_t time_ns, uint32_t tid)
{
    struct telling telling = {.session = session,
                              .implied = JT_BUF_INIT_IN(&session->heap, IMPLIED_LIMIT)};
    union any_body ours;
    int status = jt_take_struct(&ours, event_bytes[type], event_bytes[type], body);

    if (status) {
        atomic_fetch_add(&session->counters.refused, 1);
        return status;
    }
    switch (type) {
    case JITNEY_CODE_LOAD:
        return emit_load(&telling, &ours.code_load, time_ns, tid);
    case JITNEY_CODE_MOVE:
        return emit_move(&telling, &ours.code_move, time_ns, tid);
    case JITNEY_CODE_UNLOAD:
        return emit_unload(&telling, &ours.code_unload, time_ns, tid);
    default:
        return emit_engine(&telling, type, &ours, time_ns, tid);
    }
}

int jitney_emit_at(struct jitney_session *session, enum jitney_event_type type, const void *body,
                   uint64_t time_ns, uint32_t tid)
{
    int saved = errno;
    int status = JITNEY_OK;
    size_t bytes = 0;

    if (!session)
        return JITNEY_OK;
    if ((unsigned)type >= JITNEY_FUNCTION || !body)
        return JITNEY_ERR_ARGUMENT;
    if (!jitney_wants(session, type))
        return JITNEY_OK;
    memcpy(&bytes, body, sizeof(bytes));
    if (bytes == event_bytes[type] &&
        !(atomic_load_explicit(&session->serial, memory_order_relaxed) & JITNEY_EVENT_BIT(type))) {
        struct jitney_event event = {
            .size = sizeof(event), .type = type, .time_ns = time_ns, .tid = tid, .body = body};
        void *recording = atomic_load_explicit(&session->recording, memory_order_acquire);

        if (recording)
            status = jt_recording_sink.event(recording, &event);
        if (status)
            jt_session_count_drop(session, status);
    } else {
        status = emit_slowly(session, type, body, time_ns, tid);
    }
    errno = saved;
    return status;
}

/* What the recording alone wants, and happens now, takes the quick way: it leaves errno alone. */
int jitney_emit(struct jitney_session *session, enum jitney_event_type type, const void *body)
{
    void *recording = NULL;
    size_t bytes = 0;

    if (session && body && (unsigned)type < JITNEY_FUNCTION) {
        memcpy(&bytes, body, sizeof(bytes));
        if (bytes == event_bytes[type] &&
            !(atomic_load_explicit(&session->serial, memory_order_relaxed) &
              JITNEY_EVENT_BIT(type)))
            recording = atomic_load_explicit(&session->recording, memory_order_acquire);
        if (recording && jt_recording_sink_emit(recording, type, body))
            return JITNEY_OK;
    }
    return jitney_emit_at(session, type, body, 0, 0);
}

/* ---- functions ---- */

int jitney_function_define(struct jitney_session *session, const struct jitney_function *function,
                           uint32_t *number)
{
    struct telling telling = {.session = session};
    struct jitney_function ours;
    struct jitney_event event;
    int saved = errno;
    int status = JITNEY_OK;

    if (!number)
        return JITNEY_ERR_ARGUMENT;
    *number = 0;
    status = jt_take_struct(&ours, sizeof(ours), sizeof(ours), function);
    if (!status && (!ours.name || (!ours.body && ours.body_bytes > 0)))
        status = JITNEY_ERR_ARGUMENT;
    if (status || !session)
        return status;
    begin(&telling, 0, 0);
    status =
        jt_functions_add(&session->functions, &session->heap, &ours, telling.time_ns, telling.tid);
    if (!status) {
        *number = session->functions.count;
        event = event_of(&telling, JITNEY_FUNCTION, &ours);
        event.number = *number;
        tell_sinks(&telling, &event);
    } else {
        jt_session_count_drop(session, status);
    }
    end(&telling, JITNEY_FUNCTION);
    if (!status)
        call_listeners(&telling, &event);
    errno = saved;
    return status;
}
