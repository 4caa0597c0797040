/* The sink that tells debuggers: objects that describe code, in the list that gdb and lldb read.
 *
 * Each time the list changes, a debugger stops the process, for a third of a millisecond with few
 * objects and for much longer with thousands of them. Two rules keep that small:
 *
 *   - Objects are merged as they pile up, eight of one order of magnitude into one of the next, so
 *     that there are few of them, and what describes a piece of code is told a few times at most.
 *   - Code is told before its load returns, for as long as there is time to spare: BURST_NS at
 * once, and a quarter of the time that passes. When more code comes than that, it is held back
 * until a thread tells it some milliseconds later: nothing else would at the end of a burst. The
 *     thread exists during bursts alone, and never where nobody debugs (without a debugger, a
 *     change costs nothing worth mentioning).
 *
 * Code that goes is struck out in place, its object told again. Where new code lies in the middle
 * of a run of old pieces, what survives of the run is told anew: sections never overlap, for both
 * debuggers look names up by section. */
#include "runtime/sink.h"

#include "base/clock.h"
#include "format/elf_writer.h"
#include "runtime/codemap.h"
#include "runtime/debugger.h"
#include "runtime/debugobject.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    BURST_NS = 200 * 1000 * 1000,   /* what a burst may cost before code is held back */
    SHARE = 4,                      /* of the time that passes, one in so many may be spent */
    LONGEST_NS = 100 * 1000 * 1000, /* a longer call was somebody looking at a prompt */
    HOLD_NS = 5 * 1000 * 1000,      /* code is held back at least so long, */
    HOLD_LIMIT_NS = 100 * 1000 * 1000,
    LINGER_NS = 300 * 1000 * 1000, /* the thread waits so long for more */
    LOOK_NS = 50 * 1000 * 1000,    /* between looks for a tracer */
    DRAFT_MEMBERS = 1024,
    DRAFT_BYTES = 8 << 20,
    TIER_OBJECTS = 8, /* of one order of magnitude are merged */
    TIER_MEMBERS = 8, /* an order of magnitude */
    TIERS = 3,        /* objects of 512 pieces and more are not merged */
    OBJECTS_LIMIT = 1 << 20,
    THREAD_STACK_BYTES = 128 << 10,
};

struct gdb_sink {
    const struct jt_sink_host *host;
    struct jt_buf objects; /* struct jt_debug_object *, registered */
    struct jt_debug_object *draft;
    struct jt_debug_object *spare; /* what the draft becomes; has room for it at any time */
    bool is_always;
    bool is_active;   /* somebody looks, or may look later */
    bool is_watched;  /* a debugger listened at the last event */
    bool has_stale;   /* some object was struck out */
    uint64_t look_ns; /* when to look for a tracer again */

    uint64_t debt_ns;      /* time spent that has not been earned back */
    uint64_t earned_ns;    /* until when it was */
    uint64_t last_cost_ns; /* of one change of the list */
    uint64_t due_ns;       /* when the thread tells what is held back; 0: nothing is */

    pthread_t thread;
    pthread_cond_t wake;
    pid_t thread_pid; /* of the process that has the thread; 0: there is none */
    bool should_end;
    bool has_ended;
};

static struct jt_debug_object **objects_of(const struct gdb_sink *sink)
{
    return (struct jt_debug_object **)(void *)sink->objects.bytes;
}

static size_t object_count(const struct gdb_sink *sink)
{
    return sink->objects.length / sizeof(struct jt_debug_object *);
}

/* ---- the list, and what changes cost ---- */

static void earn(struct gdb_sink *sink, uint64_t now_ns)
{
    uint64_t earned = (now_ns - sink->earned_ns) / SHARE;

    sink->debt_ns -= earned < sink->debt_ns ? earned : sink->debt_ns;
    sink->earned_ns = now_ns;
}

/* Only what the debugger takes counts: nothing, when there is none. */
static void pay(struct gdb_sink *sink, uint64_t start_ns)
{
    uint64_t cost = jt_clock_ns() - start_ns;

    cost = cost < LONGEST_NS ? cost : LONGEST_NS;
    sink->last_cost_ns += cost;
    sink->debt_ns += cost;
}

static void register_object(struct gdb_sink *sink, struct jt_debug_object *object)
{
    uint64_t start_ns = jt_clock_ns();

    jt_debugger_register(&object->entry);
    object->is_registered = true;
    object->is_stale = false;
    pay(sink, start_ns);
}

static void unregister_object(struct gdb_sink *sink, struct jt_debug_object *object)
{
    uint64_t start_ns = jt_clock_ns();

    if (!object->is_registered)
        return;
    jt_debugger_unregister(&object->entry);
    object->is_registered = false;
    pay(sink, start_ns);
}

/* Take object `i` out of the list, and free it. */
static void end_object(struct gdb_sink *sink, size_t i)
{
    struct jt_debug_object **objects = objects_of(sink);
    size_t count = object_count(sink);

    unregister_object(sink, objects[i]);
    jt_debug_object_free(sink->host->heap, objects[i]);
    memmove(objects + i, objects + i + 1, (count - i - 1) * sizeof(struct jt_debug_object *));
    sink->objects.length -= sizeof(struct jt_debug_object *);
}

static void end_all_objects(struct gdb_sink *sink)
{
    while (object_count(sink) > 0)
        end_object(sink, object_count(sink) - 1);
    jt_debug_draft_clear(sink->draft);
    sink->has_stale = false;
    sink->due_ns = 0;
}

/* Objects of which nothing is left: the thread must not free, so events do. */
static void end_empty_objects(struct gdb_sink *sink)
{
    for (size_t i = object_count(sink); i-- > 0;)
        if (objects_of(sink)[i]->living == 0 && !objects_of(sink)[i]->is_registered)
            end_object(sink, i);
}

/* ---- telling ---- */

static bool is_overlapping(const struct jt_debug_object *object, uint64_t start, uint64_t end)
{
    const struct jt_debug_run *runs = jt_debug_object_runs(object);
    size_t count = jt_debug_object_run_count(object);

    if (count == 0 || runs[0].start >= end || runs[count - 1].end <= start)
        return false;
    for (size_t i = jt_debug_object_run_behind(object, start); i < count && runs[i].start < end;
         i++)
        if (runs[i].living > 0)
            return true;
    return false;
}

/* Objects that are being merged are no neighbours of their own: they lie in `except`. */
struct vicinity {
    const struct gdb_sink *sink;
    struct jt_debug_object *const *except;
    size_t except_count;
};

static bool has_neighbours(void *context, uint64_t start, uint64_t end)
{
    const struct vicinity *vicinity = context;

    for (size_t i = 0; i < object_count(vicinity->sink); i++) {
        const struct jt_debug_object *object = objects_of(vicinity->sink)[i];
        bool is_excepted = false;

        for (size_t k = 0; k < vicinity->except_count; k++)
            is_excepted = is_excepted || vicinity->except[k] == object;
        if (!is_excepted && is_overlapping(object, start, end))
            return true;
    }
    return false;
}

static void renew_stale(struct gdb_sink *sink)
{
    for (size_t i = 0; sink->has_stale && i < object_count(sink); i++) {
        struct jt_debug_object *object = objects_of(sink)[i];

        if (!object->is_stale)
            continue;
        unregister_object(sink, object);
        if (object->living > 0)
            register_object(sink, object);
    }
    sink->has_stale = false;
}

/* Make the draft an object of the list. Allocates nothing: the thread does it too. */
static void tell_draft(struct gdb_sink *sink)
{
    const struct vicinity vicinity = {.sink = sink};
    const struct jt_debug_neighbours neighbours = {has_neighbours, (void *)&vicinity};
    struct jt_debug_object *object = sink->spare;

    if (sink->draft->living == 0 || !object)
        return;
    if (jt_debug_object_merge(object, &sink->draft, 1, &neighbours) == JITNEY_OK) {
        jt_buf_append(&sink->objects, (const void *)&object, sizeof(object));
        register_object(sink, object);
        sink->spare = NULL;
    }
    jt_debug_draft_clear(sink->draft);
}

/* Tell what is held back, or came just now. */
static void tell(struct gdb_sink *sink)
{
    sink->last_cost_ns = 0;
    renew_stale(sink);
    tell_draft(sink);
    sink->due_ns = 0;
}

static bool has_untold(const struct gdb_sink *sink)
{
    return sink->has_stale || sink->draft->living > 0;
}

/* ---- merging ---- */

static int tier_of(const struct jt_debug_object *object)
{
    int tier = 0;

    for (uint32_t living = object->living; living >= TIER_MEMBERS; living /= TIER_MEMBERS)
        tier++;
    return tier;
}

/* Objects of a tier, as many as make one of the next. Returns how many; 0: too few. */
static size_t choose(const struct gdb_sink *sink, int tier,
                     struct jt_debug_object *chosen[JT_DEBUG_SOURCES])
{
    size_t count = 0;
    uint32_t living = 0;
    uint32_t enough = TIER_MEMBERS;

    for (int i = 0; i < tier; i++)
        enough *= TIER_MEMBERS;
    for (size_t i = 0; i < object_count(sink) && count < TIER_OBJECTS && living < enough; i++)
        if (tier_of(objects_of(sink)[i]) == tier && objects_of(sink)[i]->living > 0) {
            chosen[count++] = objects_of(sink)[i];
            living += objects_of(sink)[i]->living;
        }
    return living >= enough || count == TIER_OBJECTS ? count : 0;
}

static void replace(struct gdb_sink *sink, struct jt_debug_object *const *old, size_t count,
                    struct jt_debug_object *object)
{
    for (size_t k = 0; k < count; k++)
        for (size_t i = object_count(sink); i-- > 0;)
            if (objects_of(sink)[i] == old[k])
                end_object(sink, i);
    jt_buf_append(&sink->objects, (const void *)&object, sizeof(object)); /* there is room */
    register_object(sink, object);
}

/* Merge some of a tier. False when there is nothing to merge, or no memory. */
static bool merge_tier(struct gdb_sink *sink, int tier)
{
    struct jt_debug_object *chosen[JT_DEBUG_SOURCES];
    size_t count = choose(sink, tier, chosen);
    const struct vicinity vicinity = {sink, chosen, count};
    const struct jt_debug_neighbours neighbours = {has_neighbours, (void *)&vicinity};
    struct jt_debug_object *object = count > 1 ? jt_debug_object_new(sink->host->heap) : NULL;

    if (!object)
        return false;
    if (jt_debug_object_reserve(object, chosen, count) ||
        jt_debug_object_merge(object, chosen, count, &neighbours)) {
        jt_debug_object_free(sink->host->heap, object);
        return false;
    }
    replace(sink, chosen, count, object);
    return true;
}

static void merge(struct gdb_sink *sink)
{
    for (int tier = 0; tier < TIERS; tier++)
        while (merge_tier(sink, tier))
            continue;
}

/* ---- the thread that tells what was held back ---- */

static void *tell_later(void *context)
{
    struct gdb_sink *sink = context;
    uint64_t idle_ns = jt_clock_ns();

    jt_debugger_lock();
    while (!sink->should_end) {
        uint64_t now_ns = jt_clock_ns();

        if (sink->due_ns == 0 && now_ns >= idle_ns + LINGER_NS)
            break;
        if (sink->due_ns == 0) {
            jt_debugger_wait(&sink->wake, idle_ns + LINGER_NS);
        } else if (now_ns < sink->due_ns) {
            jt_debugger_wait(&sink->wake, sink->due_ns);
        } else {
            tell(sink);
            idle_ns = jt_clock_ns();
        }
    }
    sink->has_ended = true;
    jt_debugger_unlock();
    return NULL;
}

static bool start_thread(struct gdb_sink *sink)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    int error = 0;

    if (!jt_debugger_is_fork_safe() || pthread_attr_init(&attributes))
        return false;
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    sink->should_end = false;
    sink->has_ended = false;
    sigfillset(&all); /* the program's signals are for the program's threads */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&sink->thread, &attributes, tell_later, sink);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    sink->thread_pid = error ? 0 : getpid();
    return error == 0;
}

/* With the lock held, which the thread does not take any more. */
static void reap_thread(struct gdb_sink *sink)
{
    if (sink->thread_pid == 0 || !sink->has_ended)
        return;
    pthread_join(sink->thread, NULL);
    sink->thread_pid = 0;
}

/* Without the lock. */
static void end_thread(struct gdb_sink *sink)
{
    if (sink->thread_pid != getpid())
        return;
    jt_debugger_lock();
    sink->should_end = true;
    pthread_cond_signal(&sink->wake);
    jt_debugger_unlock();
    pthread_join(sink->thread, NULL);
    sink->thread_pid = 0;
}

static bool hold_back(struct gdb_sink *sink, uint64_t now_ns)
{
    uint64_t hold_ns = sink->last_cost_ns * SHARE;

    if (hold_ns < HOLD_NS)
        hold_ns = HOLD_NS;
    if (hold_ns > HOLD_LIMIT_NS)
        hold_ns = HOLD_LIMIT_NS;
    reap_thread(sink);
    if (sink->thread_pid == 0 && !start_thread(sink))
        return false;
    if (sink->due_ns == 0) {
        sink->due_ns = now_ns + hold_ns;
        pthread_cond_signal(&sink->wake);
    }
    return true;
}

/* ---- code ---- */

static int reserve_for_draft(struct gdb_sink *sink)
{
    if (!sink->spare)
        sink->spare = jt_debug_object_new(sink->host->heap);
    if (!sink->spare)
        return JITNEY_ERR_MEMORY;
    /* Two more places: one for the draft, one for an object of several merged ones. */
    if (!jt_buf_reserve(&sink->objects, 2 * sizeof(struct jt_debug_object *))) {
        sink->objects.status = JITNEY_OK;
        return JITNEY_ERR_MEMORY;
    }
    return jt_debug_object_reserve(sink->spare, &sink->draft, 1);
}

/* Room for what the draft becomes, so that telling it cannot fail. Without it the draft waits for
 * the next code. */
static int prepare_draft(struct gdb_sink *sink)
{
    int status = reserve_for_draft(sink);

    if (status) {
        jt_debug_object_free(sink->host->heap, sink->spare);
        sink->spare = NULL;
    }
    return status;
}

/* Strike out what lies in a run that overlaps new code, and take over what of it lives on. */
static int strike_run(struct gdb_sink *sink, struct jt_debug_object *object,
                      const struct jt_debug_run *run, uint64_t start, uint64_t end)
{
    struct jt_debug_member *members = jt_debug_object_members(object);
    int status = JITNEY_OK;

    for (uint32_t i = run->first; i < run->first + run->count; i++) {
        struct jt_debug_member *member = &members[i];
        bool is_over = member->address < end && member->address + member->bytes > start;

        if (member->is_gone)
            continue;
        if (!is_over && jt_debug_draft_copy(sink->draft, member))
            status = JITNEY_ERR_MEMORY;
        jt_debug_object_strike(object, member);
        sink->has_stale = true;
    }
    return status;
}

static int make_way(struct gdb_sink *sink, uint64_t start, uint64_t end)
{
    int status = JITNEY_OK;

    jt_debug_draft_remove(sink->draft, start, end);
    for (size_t i = 0; i < object_count(sink); i++) {
        struct jt_debug_object *object = objects_of(sink)[i];
        const struct jt_debug_run *runs = jt_debug_object_runs(object);

        if (!is_overlapping(object, start, end))
            continue;
        for (size_t k = jt_debug_object_run_behind(object, start);
             k < jt_debug_object_run_count(object) && runs[k].start < end; k++) {
            int failure = strike_run(sink, object, &runs[k], start, end);

            status = status ? status : failure;
        }
    }
    return status;
}

static int add_code(struct gdb_sink *sink, const struct jitney_code_load *load)
{
    int status = make_way(sink, load->address, load->address + load->bytes);
    int failure = JITNEY_OK;

    if (load->kind != JITNEY_CODE_BYTECODE)
        failure = jt_debug_draft_add(sink->draft, load);
    if (!failure && sink->draft->living > 0)
        failure = prepare_draft(sink);
    return status ? status : failure;
}

static bool is_known(const struct gdb_sink *sink, const struct jitney_code_load *load)
{
    for (size_t i = 0; i < object_count(sink); i++) {
        const struct jt_debug_member *member =
            jt_debug_object_find(objects_of(sink)[i], load->address);

        if (member && member->bytes == load->bytes)
            return true;
    }
    return false;
}

static void remove_code(struct gdb_sink *sink, uint64_t address)
{
    struct jt_debug_member *member = jt_debug_object_find(sink->draft, address);

    if (member) {
        jt_debug_draft_remove(sink->draft, address, address + 1);
        return;
    }
    for (size_t i = 0; i < object_count(sink) && !member; i++) {
        member = jt_debug_object_find(objects_of(sink)[i], address);
        if (member) {
            jt_debug_object_strike(objects_of(sink)[i], member);
            sink->has_stale = true;
        }
    }
}

static int move_code(struct gdb_sink *sink, const struct jitney_code_move *move)
{
    const struct jt_code *code =
        sink->host->codes ? jt_codemap_at(sink->host->codes, move->to) : NULL;

    remove_code(sink, move->from);
    if (code)
        return add_code(sink, &code->load);
    return make_way(sink, move->to, move->to + move->bytes);
}

/* ---- whether anybody looks ---- */

static int catch_up_with(void *context, const struct jt_code *code)
{
    struct gdb_sink *sink = context;
    int status = JITNEY_OK;

    if (code->load.kind == JITNEY_CODE_BYTECODE)
        return JITNEY_OK;
    status = jt_debug_draft_add(sink->draft, &code->load);
    if (!status &&
        (sink->draft->living >= DRAFT_MEMBERS || sink->draft->image.length > DRAFT_BYTES)) {
        status = prepare_draft(sink);
        if (!status)
            tell(sink);
    }
    return status;
}

static int catch_up(struct gdb_sink *sink)
{
    int status =
        sink->host->codes ? jt_codemap_each(sink->host->codes, catch_up_with, sink) : JITNEY_OK;

    if (!status && sink->draft->living > 0)
        status = prepare_draft(sink);
    if (!status)
        tell(sink);
    return status;
}

static bool is_attached(struct gdb_sink *sink, uint64_t now_ns)
{
    if (jt_debugger_is_listening())
        return true;
    if (now_ns < sink->look_ns)
        return sink->is_active;
    sink->look_ns = now_ns + LOOK_NS;
    return jt_debugger_is_tracing();
}

/* lldb that attaches without being told the program forgets what it has read when it finds the
 * program out: a debugger that came since the last event is told the whole list once more. */
static void tell_again(struct gdb_sink *sink)
{
    bool was_watched = sink->is_watched;

    sink->is_watched = jt_debugger_is_listening();
    if (!sink->is_watched || was_watched)
        return;
    for (size_t i = 0; i < object_count(sink); i++)
        objects_of(sink)[i]->is_stale = true;
    sink->has_stale = object_count(sink) > 0;
    renew_stale(sink);
}

/* Debuggers come and go. While replays last, nothing is decided: they end with all code told. */
static int look(struct gdb_sink *sink, const struct jitney_event *event, uint64_t now_ns)
{
    bool is_now = false;

    if (sink->is_always)
        tell_again(sink);
    if (sink->is_always || (event->flags & JITNEY_EVENT_REPLAYED))
        return JITNEY_OK;
    is_now = is_attached(sink, now_ns);
    if (!is_now && sink->is_active)
        end_all_objects(sink);
    /* The code map is about to change when an unload is implied: it must not be read. */
    if (is_now && !sink->is_active && (event->flags & JITNEY_EVENT_IMPLIED))
        return JITNEY_OK;
    if (is_now && !sink->is_active) {
        sink->is_active = true;
        return catch_up(sink);
    }
    sink->is_active = is_now;
    return JITNEY_OK;
}

/* ---- the sink ---- */

static int take(struct gdb_sink *sink, const struct jitney_event *event)
{
    switch (event->type) {
    case JITNEY_CODE_LOAD:
        if ((event->flags & JITNEY_EVENT_REPLAYED) && is_known(sink, event->code_load))
            return JITNEY_OK;
        return add_code(sink, event->code_load);
    case JITNEY_CODE_MOVE:
        return move_code(sink, event->code_move);
    case JITNEY_CODE_UNLOAD:
        remove_code(sink, event->code_unload->address);
        return JITNEY_OK;
    default:
        return JITNEY_OK;
    }
}

static void settle(struct gdb_sink *sink, uint64_t now_ns)
{
    bool is_full = sink->draft->living >= DRAFT_MEMBERS || sink->draft->image.length > DRAFT_BYTES;
    bool is_rich = sink->debt_ns < BURST_NS;

    if (!has_untold(sink))
        return;
    if (!is_full && !is_rich && hold_back(sink, now_ns))
        return;
    tell(sink);
    merge(sink);
}

static int gdb_event(void *context, const struct jitney_event *event)
{
    struct gdb_sink *sink = context;
    uint64_t now_ns = jt_clock_ns();
    int status = JITNEY_OK;

    jt_debugger_lock();
    earn(sink, now_ns);
    status = look(sink, event, now_ns);
    if (sink->is_active) {
        int failure = take(sink, event);

        status = status ? status : failure;
        /* An implied unload is followed by what implied it. */
        if (!(event->flags & JITNEY_EVENT_IMPLIED))
            settle(sink, now_ns);
        end_empty_objects(sink);
    }
    jt_debugger_unlock();
    return status;
}

static int init_wake(struct gdb_sink *sink)
{
    pthread_condattr_t attributes;
    int error = pthread_condattr_init(&attributes);

    if (error)
        return JITNEY_ERR_MEMORY;
    error = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!error)
        error = pthread_cond_init(&sink->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return error ? JITNEY_ERR_MEMORY : JITNEY_OK;
}

static int gdb_open(const struct jt_sink_host *host, void **opened)
{
    struct gdb_sink *sink = NULL;

    *opened = NULL;
    if (jt_elf_machine() == 0)
        return JITNEY_ERR_NOT_FOUND;
    sink = jt_heap_take(host->heap, sizeof(*sink));
    if (!sink)
        return JITNEY_ERR_MEMORY;
    sink->host = host;
    sink->objects = (struct jt_buf)JT_BUF_INIT_IN(host->heap, OBJECTS_LIMIT);
    sink->draft = jt_debug_object_new(host->heap);
    if (!sink->draft || init_wake(sink)) {
        jt_debug_object_free(host->heap, sink->draft);
        jt_heap_free(host->heap, sink, sizeof(*sink));
        return JITNEY_ERR_MEMORY;
    }
    sink->is_always = (host->flags & JITNEY_SESSION_GDB_ALWAYS) != 0;
    sink->earned_ns = jt_clock_ns();
    sink->is_active = sink->is_always || is_attached(sink, sink->earned_ns);
    *opened = sink;
    return JITNEY_OK;
}

/* The child has the list, the objects and, if it was told to follow it, the debugger; all of it
 * stays as it is, and replayed code is found to be known. What it does not have is the thread. */
static int gdb_forked(void *context)
{
    struct gdb_sink *sink = context;

    sink->thread_pid = 0;
    sink->look_ns = 0;
    return init_wake(sink);
}

static void gdb_close(void *context)
{
    struct gdb_sink *sink = context;
    struct jt_heap *heap = sink->host->heap;

    end_thread(sink);
    jt_debugger_lock();
    end_all_objects(sink);
    jt_debugger_unlock();
    jt_debug_object_free(heap, sink->draft);
    jt_debug_object_free(heap, sink->spare);
    jt_buf_release(&sink->objects);
    jt_heap_free(heap, sink, sizeof(*sink));
}

const struct jt_sink_class jt_gdb_sink = {
    .name = "gdb",
    .flag = JITNEY_SINK_GDB,
    .events = JITNEY_EVENTS_CODE,
    .open = gdb_open,
    .event = gdb_event,
    .forked = gdb_forked,
    .close = gdb_close,
};
