/* The recording: events of all threads, each into its own chunk of one mapped file,
 * without a lock. Format: docs/formats/recording.md. */
#include "runtime/recording.h"

#include "runtime/sink/recording_parts.h"

#include <errno.h>

static const uint32_t always = JITNEY_EVENTS_NOTE | JITNEY_EVENTS_FUNCTION;

/* ---- events ---- */

static uint64_t find_text(void *context, const char *text)
{
    struct recorder_writer *writer = context;
    const struct recorder_cached *cached = recorder_cached_of(writer, text);

    if (cached->pointer == text && strcmp(cached->text->bytes, text) == 0)
        return cached->text->number;
    return recorder_find_text_slowly(writer, text);
}

/* One thread of those that see it is due writes the anchor. */
static void write_anchor(struct recorder *recorder, struct recorder_writer *writer,
                         uint64_t counter)
{
    uint64_t due = atomic_load_explicit(&recorder->anchor_due, memory_order_relaxed);
    uint64_t time_ns = 0;

    if (counter < due || !atomic_compare_exchange_strong(&recorder->anchor_due, &due,
                                                         recorder_next_anchor(recorder, counter)))
        return;
    recorder_read_clocks(recorder->clock, &counter, &time_ns);
    writer->at = jt_recording_encode_anchor(writer->at, counter - writer->counter, time_ns);
    writer->counter = counter;
    recorder_commit(&writer->space, writer->at);
}

/* Into a chunk that has room for it. */
static void write_record(struct recorder *recorder, struct recorder_writer *writer,
                         const struct jitney_event *event, const struct jt_recording_plan *plan)
{
    uint64_t counter = 0;

    if (event->time_ns != 0) {
        writer->at = jt_recording_encode(writer->at, event, NULL, plan);
    } else {
        counter = recorder_count(recorder->clock);
        if (__builtin_expect(
                counter >= atomic_load_explicit(&recorder->anchor_due, memory_order_relaxed), 0)) {
            write_anchor(recorder, writer, counter);
            counter = recorder_count(recorder->clock);
        }
        counter -= writer->counter;
        writer->at = jt_recording_encode(writer->at, event, &counter, plan);
        writer->counter += counter;
    }
    recorder_commit(&writer->space, writer->at);
}

static int drop(struct recorder *recorder, int status)
{
    struct jt_recording_header *header = NULL;
    uint64_t *cause = NULL;
    int error = errno;

    pthread_mutex_lock(&recorder->lock);
    header = recorder->header;
    if (header && atomic_load(recorder->live) == recorder->id) {
        cause = status == JITNEY_ERR_MEMORY  ? &header->dropped_memory
                : status == JITNEY_ERR_LIMIT ? &header->dropped_limit
                                             : &header->dropped_io;
        *cause = htole64(le64toh(*cause) + 1);
        header->dropped = htole64(le64toh(header->dropped) + 1);
    }
    pthread_mutex_unlock(&recorder->lock);
    errno = error;
    return status;
}

/* Texts that are new become definitions, so that the next attempt finds them. */
static void define_texts(struct recorder *recorder, const struct jitney_event *event)
{
    const struct jt_recording_finder finder = {recorder_add_text, recorder};
    struct jt_recording_plan plan;

    jt_recording_plan(&plan, event, &finder);
}

static int refuse(struct recorder *recorder, int status, int error)
{
    errno = error;
    return drop(recorder, status);
}

/* Write the event if there is room for it, and if its texts are definitions or may stand in it. */
static inline __attribute__((always_inline)) bool try_event(struct recorder *recorder,
                                                            struct recorder_writer *writer,
                                                            const struct jitney_event *event,
                                                            struct jt_recording_plan *plan)
{
    const struct jt_recording_finder finder = {find_text, writer};
    const uint8_t *limit = recorder_enter(writer, recorder->needs_fence);
    bool is_done = false;

    plan->tail = 0;
    writer->has_missed = false;
    if (__builtin_expect(limit != NULL, 1)) {
        jt_recording_plan(plan, event, &finder);
        is_done = (uintptr_t)writer->at + RECORDER_SLACK + plan->tail <= (uintptr_t)limit &&
                  (!writer->has_missed || plan->is_final);
        if (__builtin_expect(is_done, 1))
            write_record(recorder, writer, event, plan);
    }
    recorder_leave(writer);
    return is_done;
}

/* A few rounds at most: one that finds new texts, one without room, and those into which a reset
 * falls. */
static int record_slowly(struct recorder *recorder, struct recorder_writer *writer,
                         const struct jitney_event *event, struct jt_recording_plan *plan)
{
    int status = JITNEY_OK;

    do {
        if (plan->tail > JT_RECORDING_RECORD_LIMIT)
            return refuse(recorder, JITNEY_ERR_LIMIT, EFBIG);
        if (writer->has_missed && !plan->is_final) {
            define_texts(recorder, event);
            plan->is_final = true;
            continue;
        }
        status = recorder_attach(recorder, writer, plan->tail);
        if (status)
            return drop(recorder, status);
    } while (!try_event(recorder, writer, event, plan));
    return JITNEY_OK;
}

static int record_event(struct recorder *recorder, struct recorder_writer *writer,
                        const struct jitney_event *event)
{
    struct jt_recording_plan plan;

    plan.is_final = false;
    if (__builtin_expect(try_event(recorder, writer, event, &plan), 1))
        return JITNEY_OK;
    return record_slowly(recorder, writer, event, &plan);
}

/* ---- definitions ---- */

static int write_function(struct recorder *recorder, const struct jitney_event *event)
{
    const struct jt_recording_finder finder = {recorder_add_text, recorder};
    struct jt_recording_plan plan;
    uint8_t *at = NULL;
    int status = JITNEY_OK;

    jt_recording_plan(&plan, event, &finder);
    if (plan.tail > JT_RECORDING_RECORD_LIMIT)
        return refuse(recorder, JITNEY_ERR_LIMIT, EFBIG);
    pthread_mutex_lock(&recorder->lock);
    if (atomic_load(recorder->live) == recorder->id)
        at = recorder_reserve_definition(recorder, JT_RECORDING_PLAIN_BYTES + plan.tail, &status);
    else
        status = JITNEY_ERR_IO;
    if (at)
        recorder_commit_definition(recorder, jt_recording_encode(at, event, NULL, &plan));
    pthread_mutex_unlock(&recorder->lock);
    return status ? drop(recorder, status) : JITNEY_OK;
}

static int record_function(struct recorder *recorder, const struct jitney_event *given)
{
    struct jitney_function function = *given->function;
    struct jitney_event event = *given;

    if (!(recorder->host->flags & JITNEY_SESSION_BODIES) || !function.body) {
        function.body = NULL;
        function.body_bytes = 0;
    }
    event.function = &function;
    return write_function(recorder, &event);
}

static int record_unusual(struct recorder *recorder, const struct jitney_event *event)
{
    uint64_t id = atomic_load_explicit(recorder->live, memory_order_relaxed);
    const struct recorder_slot *slot = &recorder_slots[id % RECORDER_SLOTS];
    struct recorder_writer *writer = slot->id == id ? slot->writer : NULL;
    struct jitney_event there = *event;
    int status = JITNEY_OK;

    if (!writer)
        writer = recorder_find_writer(recorder, &status);
    if (!writer)
        return refuse(recorder, status, status == JITNEY_ERR_MEMORY ? ENOMEM : EPERM);
    if (event->tid != 0 && event->tid != writer->tid && event->time_ns == 0)
        there.time_ns = jt_clock_ns();
    return record_event(recorder, writer, &there);
}

static int recording_event(void *sink, const struct jitney_event *event)
{
    struct recorder *recorder = sink;

    if (event->time_ns == 0 && event->tid == 0 && event->type < JITNEY_FUNCTION &&
        jt_recording_sink_emit(sink, event->type, event->body))
        return JITNEY_OK;
    if (event->type == JITNEY_FUNCTION)
        return record_function(recorder, event);
    if (event->type > JITNEY_FUNCTION ||
        !(atomic_load_explicit(&recorder->mask, memory_order_relaxed) &
          JITNEY_EVENT_BIT(event->type)))
        return JITNEY_OK;
    return record_unusual(recorder, event);
}

/* ---- open and close ---- */

static void update_mask(struct recorder *recorder)
{
    uint32_t filter = atomic_load(&recorder->filter);
    uint32_t mask = (atomic_load(&recorder->is_on) ? filter : 0) | always;

    atomic_store(&recorder->mask, mask);
    if (recorder->needs_fence && !JT_UNDER_TSAN)
        mask = 0;
    atomic_store(&recorder->quick_mask, mask & recorder_quick_classes());
}

/* In a child of fork(): what was the parent's is not mapped here, and stays as it is. Threads that
 * are not here may have been anywhere. */
static void let_go(struct recorder *recorder)
{
    atomic_store(recorder->live, 0);
    recorder_forget_file(recorder);
    for (struct recorder_writer *at = recorder->writers; at; at = at->next)
        at->space = (struct recorder_space){0};
    if (recorder->is_torn) {
        recorder->writers = NULL;
        recorder->texts = (struct recorder_texts){.table = NULL};
        recorder->is_torn = false;
    }
    recorder_clear_texts(recorder);
    recorder_free_writers(recorder);
}

static void recording_close(void *sink)
{
    struct recorder *recorder = sink;
    struct jt_heap *heap = recorder->host->heap;
    bool is_ours = atomic_load(recorder->live) == recorder->id;

    recorder_unregister(recorder);
    pthread_mutex_lock(&recorder->lock);
    if (!is_ours) {
        let_go(recorder);
    } else if (recorder_detach_all(recorder)) {
        recorder_clear_texts(recorder);
        recorder_free_writers(recorder);
    }
    recorder_end_file(recorder, is_ours);
    pthread_mutex_unlock(&recorder->lock);
    pthread_mutex_destroy(&recorder->lock);
    recorder_unmap_live(recorder);
    jt_heap_free(heap, recorder, sizeof(*recorder));
}

static int recording_open(const struct jt_sink_host *host, void **sink)
{
    struct recorder *recorder = jt_heap_take(host->heap, sizeof(*recorder));
    int status = JITNEY_OK;
    int error = 0;

    *sink = NULL;
    if (!recorder)
        return JITNEY_ERR_MEMORY;
    recorder->host = host;
    recorder->fd = -1;
    recorder->clock = recorder_choose_clock();
    recorder_find_constants(recorder);
    atomic_store(&recorder->filter, host->record_filter);
    atomic_store(&recorder->is_on, true);
    status = recorder_register(recorder);
    if (status) {
        jt_heap_free(host->heap, recorder, sizeof(*recorder));
        return status;
    }
    update_mask(recorder);
    status = recorder_create_file(recorder, false);
    if (status) {
        error = errno;
        recording_close(recorder);
        errno = error;
        return status;
    }
    *sink = recorder;
    return JITNEY_OK;
}

static int recording_forked(void *sink)
{
    struct recorder *recorder = sink;
    int status = JITNEY_OK;

    pthread_mutex_lock(&recorder->lock);
    let_go(recorder);
    status = recorder_create_file(recorder, true);
    if (!status)
        recorder_begin_life(recorder);
    update_mask(recorder);
    pthread_mutex_unlock(&recorder->lock);
    return status;
}

static void recording_let_go(void *sink)
{
    let_go(sink);
}

/* ---- what recording.c asks for ---- */

static uint32_t recording_wanted(const void *sink)
{
    const struct recorder *recorder = sink;

    return atomic_load(&recorder->mask);
}

void jt_recording_sink_switch(void *sink, bool is_on)
{
    struct recorder *recorder = sink;

    atomic_store(&recorder->is_on, is_on);
    update_mask(recorder);
}

bool jt_recording_sink_is_on(const void *sink)
{
    const struct recorder *recorder = sink;

    return atomic_load(&recorder->is_on);
}

void jt_recording_sink_filter(void *sink, uint32_t events)
{
    struct recorder *recorder = sink;

    atomic_store(&recorder->filter, events);
    update_mask(recorder);
}

int jt_recording_sink_reset(void *sink)
{
    struct recorder *recorder = sink;
    int status = JITNEY_ERR_IO;

    pthread_mutex_lock(&recorder->lock);
    errno = EBUSY;
    if (recorder_detach_all(recorder)) {
        recorder_clear_texts(recorder);
        recorder->resets++;
        status = recorder_restart_file(recorder);
    }
    pthread_mutex_unlock(&recorder->lock);
    return status;
}

int jt_recording_sink_fd(const void *sink)
{
    const struct recorder *recorder = sink;

    return recorder->fd;
}

const struct jt_sink_class jt_recording_sink = {.name = "recording",
                                                .flag = JITNEY_SINK_RECORD,
                                                .events = JITNEY_EVENTS_ALL,
                                                .is_concurrent = true,
                                                .open = recording_open,
                                                .event = recording_event,
                                                .forked = recording_forked,
                                                .let_go = recording_let_go,
                                                .close = recording_close,
                                                .wanted = recording_wanted};
