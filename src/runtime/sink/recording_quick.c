/* The way of nearly all events into a recording: one function without a call, a lock or a
 * system call. What is not usual (a text that is new, a chunk that is full, an anchor that is
 * due, a list) it leaves to recording_event(). */
#include "format/recording_pen.h"
#include "runtime/recording.h"
#include "runtime/sink/recording_parts.h"

/* One event on its way. */
struct quick {
    struct recorder_writer *writer;
    bool is_unusual;
};

/* Texts mostly come from the same places, and mostly say there what they said before. Those in the
 * constants of the program always do. */
JT_INLINE uint64_t text_field(struct quick *quick, const char *text)
{
    const struct recorder_cached *cached = recorder_cached_of(quick->writer, text);

    if (!text)
        return 0;
    if (__builtin_expect(cached->pointer == text, 1) &&
        (cached->is_constant || strcmp(cached->text->bytes, text) == 0))
        return jt_recording_shared(cached->text->number);
    quick->is_unusual = true;
    return 0;
}

#define PUT_TEXT(field) jt_pen_put(pen, text_field(quick, body->field));
#define PUT_LONG(field)                                                                            \
    quick->is_unusual |= body->field != NULL;                                                      \
    jt_pen_put(pen, 0);
#define PUTTER(value, name, fields)                                                                \
    JT_INLINE void put_##name(struct jt_pen *pen, const struct jitney_##name *body,                \
                              struct quick *quick)                                                 \
    {                                                                                              \
        fields(JT_PUT_NUMBER, JT_PUT_NUMBER, JT_PUT_SIGNED, PUT_TEXT, PUT_LONG, PUT_LONG,          \
               JT_PUT_SMALL)                                                                       \
    }
#define CLASSES(ROW)                                                                               \
    ROW(JITNEY_COMPILE_START, compile_start, JT_RECORDING_COMPILE_START)                           \
    ROW(JITNEY_COMPILE_END, compile_end, JT_RECORDING_COMPILE_END)                                 \
    ROW(JITNEY_COMPILE_ABORT, compile_abort, JT_RECORDING_COMPILE_ABORT)                           \
    ROW(JITNEY_DEOPT, deopt, JT_RECORDING_DEOPT)                                                   \
    ROW(JITNEY_INVOCATION, invocation, JT_RECORDING_INVOCATION)                                    \
    ROW(JITNEY_INVOCATION_UNDO, invocation_undo, JT_RECORDING_INVOCATION_UNDO)                     \
    ROW(JITNEY_TYPE_FEEDBACK, type_feedback, JT_RECORDING_TYPE_FEEDBACK)                           \
    ROW(JITNEY_CONTEXTUAL_FEEDBACK, contextual_feedback, JT_RECORDING_CONTEXTUAL_FEEDBACK)         \
    ROW(JITNEY_OSR_ENTRY, osr_entry, JT_RECORDING_OSR_ENTRY)                                       \
    ROW(JITNEY_CACHE, cache_event, JT_RECORDING_CACHE_EVENT)
CLASSES(PUTTER)

/* One function for each class writes into the chunk, when that has room. */
JT_INLINE bool is_usual(const struct recorder *recorder, const uint8_t *at, const uint8_t *limit,
                        uint64_t counter)
{
    return __builtin_expect((uintptr_t)at + RECORDER_SLACK <= (uintptr_t)limit, 1) &&
           __builtin_expect(
               counter < atomic_load_explicit(&recorder->anchor_due, memory_order_relaxed), 1);
}

JT_INLINE bool leave(struct recorder_writer *writer, bool is_done)
{
    recorder_leave(writer);
    return is_done;
}

#define WRITER(value, name, fields)                                                                \
    static bool write_##name(struct recorder *recorder, struct recorder_writer *writer,            \
                             const void *body)                                                     \
    {                                                                                              \
        const uint8_t *limit = recorder_enter(writer, false);                                      \
        uint64_t counter = recorder_count(recorder->clock);                                        \
        struct quick quick = {.writer = writer};                                                   \
        uint8_t *start = writer->at;                                                               \
        struct jt_pen pen;                                                                         \
                                                                                                   \
        if (!is_usual(recorder, start, limit, counter))                                            \
            return leave(writer, false);                                                           \
        pen = jt_pen_begin(start + JT_SHORT_HEAD, 1 + (jt_fields_of_##name), true);                \
        jt_pen_put(&pen, counter - writer->counter);                                               \
        put_##name(&pen, body, &quick);                                                            \
        if (__builtin_expect(quick.is_unusual, 0))                                                 \
            return leave(writer, false);                                                           \
        writer->counter = counter;                                                                 \
        writer->at = jt_pen_end_short(start, JT_RECORD_EVENT + (value), jt_pen_end(&pen));         \
        recorder_commit(&writer->space, writer->at);                                               \
        return leave(writer, true);                                                                \
    }
CLASSES(WRITER)

static bool (*const writers[JT_RECORDING_CLASS_COUNT])(struct recorder *recorder,
                                                       struct recorder_writer *writer,
                                                       const void *body) = {
#define ENTRY(value, name, fields) [value] = write_##name,
    CLASSES(ENTRY)
#undef ENTRY
};

uint32_t recorder_quick_classes(void)
{
#define BIT(value, name, fields) | JITNEY_EVENT_BIT(value)
    return jt_has_leading_zeros() ? 0 CLASSES(BIT) : 0;
#undef BIT
}

bool jt_recording_sink_emit(void *sink, enum jitney_event_type type, const void *body)
{
    struct recorder *recorder = sink;
    uint64_t id = atomic_load_explicit(recorder->live, memory_order_relaxed);
    const struct recorder_slot *slot = &recorder_slots[id % RECORDER_SLOTS];
    struct recorder_writer *writer = slot->writer;

    if (__builtin_expect(slot->id != id || !writer, 0) ||
        !(atomic_load_explicit(&recorder->quick_mask, memory_order_relaxed) &
          JITNEY_EVENT_BIT(type)))
        return false;
    return writers[type](recorder, writer, body);
}
