/* The layout of a recording, events-PID.jtr, and its records: written and read
 * side by side. The format is documented byte by byte in
 * docs/formats/recording.md; all numbers in the file are little endian. */
#ifndef JT_FORMAT_RECORDING_H
#define JT_FORMAT_RECORDING_H

#include "base/buf.h"
#include "base/bytes.h"
#include "jitney/event.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JT_RECORDING_MAGIC "JITNEYR"        /* with its NUL: 8 bytes */
#define JT_RECORDING_CHUNK_MAGIC 0x4843544a /* "JTCH" */

enum {
    JT_RECORDING_VERSION = 1,
    JT_RECORDING_HEADER_BYTES = 4096,
    JT_RECORDING_HEADER_LIMIT = 1 << 20, /* a later version's header may be longer */
    JT_RECORDING_GRANULE = 65536,        /* chunks but the first begin at multiples of it */
    JT_RECORDING_CHUNK_LIMIT = 128 << 20,
    JT_RECORDING_RECORD_LIMIT = 64 << 20, /* one record; longer events are dropped */
    JT_RECORDING_PLAIN_BYTES = 256,       /* no record without a tail is longer */
    JT_RECORDING_SHARED_TEXT = 200,       /* longer texts stand in their records */
};

/* Field `state`. */
enum { JT_RECORDING_OPEN = 1, JT_RECORDING_CLOSED = 2 };
/* Field `clock`: what counts the time of records. */
enum { JT_RECORDING_NANOSECONDS = 0, JT_RECORDING_TSC = 1, JT_RECORDING_CNTVCT = 2 };
/* Field `kind` of a chunk. */
enum { JT_RECORDING_EVENTS = 1, JT_RECORDING_DEFINITIONS = 2 };

struct jt_recording_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t header_bytes;
    uint32_t granule;
    uint32_t machine; /* ELF e_machine */
    uint32_t pid;
    uint32_t clock;
    uint64_t serial; /* another one: the recording began anew */
    uint64_t start_counter;
    uint64_t start_ns; /* CLOCK_MONOTONIC at start_counter */
    uint64_t wall_ns;
    uint64_t frequency; /* counts a second, roughly; anchors know better */
    uint8_t byte_order; /* of the machine: 1 little, 2 big endian */
    uint8_t pointer_bytes;
    uint8_t reserved_1[54];
    uint64_t state; /* from here on it changes while the recording is written */
    uint64_t dropped;
    uint64_t dropped_memory;
    uint64_t dropped_io;
    uint64_t dropped_limit;
    uint8_t reserved_2[88];
    char engine[256]; /* ends with a NUL */
};

struct jt_recording_chunk_header {
    uint32_t magic;
    uint16_t header_bytes;
    uint16_t kind;
    uint64_t bytes;     /* of the whole chunk */
    uint64_t committed; /* bytes of whole records behind this header */
    uint8_t reserved[40];
};

_Static_assert(offsetof(struct jt_recording_header, state) == 128, "layout");
_Static_assert(offsetof(struct jt_recording_header, engine) == 256, "layout");
_Static_assert(sizeof(struct jt_recording_header) == 512, "layout");
_Static_assert(sizeof(struct jt_recording_chunk_header) == 64, "layout");

/* ---- records ---- */

enum jt_record_type {
    JT_RECORD_TEXT = 1,    /* a text that records name by its number */
    JT_RECORD_ANCHOR = 2,  /* what CLOCK_MONOTONIC said at a count */
    JT_RECORD_THREAD = 3,  /* the thread that wrote what follows, and the count it begins with */
    JT_RECORD_EVENT = 16,  /* plus enum jitney_event_type */
    JT_RECORD_FULL = 0x80, /* a bit: the event has its own time, thread, flags and numbers */
};

/* The fields of each class in the file's order. New ones are added at the end only. U32, U64, S32:
 * numbers; TEXT: a text worth keeping once; LONG: one that stands in its record; NAME: the same,
 * of `name_bytes`; SMALL: four numbers of a byte, 255 when they are more. */
#define JT_RECORDING_CODE_LOAD(U32, U64, S32, TEXT, LONG, NAME, SMALL)                             \
    U64(address)                                                                                   \
    U64(bytes)                                                                                     \
    NAME(name)                                                                                     \
    U32(kind)                                                                                      \
    U32(tier)                                                                                      \
    TEXT(tier_name)                                                                                \
    TEXT(file)                                                                                     \
    U32(line)                                                                                      \
    U32(column)                                                                                    \
    U32(function)                                                                                  \
    U32(flags)                                                                                     \
    U64(version)                                                                                   \
    U32(line_count)                                                                                \
    U32(inlined_count)
#define JT_RECORDING_CODE_MOVE(U32, U64, S32, TEXT, LONG, NAME, SMALL)                             \
    U64(from)                                                                                      \
    U64(to)                                                                                        \
    U64(bytes)
#define JT_RECORDING_CODE_UNLOAD(U32, U64, S32, TEXT, LONG, NAME, SMALL)                           \
    U64(address)                                                                                   \
    U64(bytes)
#define JT_RECORDING_COMPILE_START(U32, U64, S32, TEXT, LONG, NAME, SMALL)                         \
    U32(function)                                                                                  \
    U32(tier)                                                                                      \
    U64(compilation)                                                                               \
    TEXT(name)                                                                                     \
    TEXT(heuristic.name)                                                                           \
    U64(heuristic.count)                                                                           \
    TEXT(condition.name)                                                                           \
    U64(condition.count)                                                                           \
    TEXT(osr.name)                                                                                 \
    U64(osr.count)
#define JT_RECORDING_COMPILE(U32, U64, S32, TEXT, LONG, NAME, SMALL)                               \
    U32(function)                                                                                  \
    U32(tier)                                                                                      \
    U64(compilation)                                                                               \
    U64(version)                                                                                   \
    U32(feedback_count)                                                                            \
    U32(deopt_count)                                                                               \
    U64(ir_bytes)                                                                                  \
    U64(bitcode_bytes)                                                                             \
    U64(address)                                                                                   \
    U64(code_bytes)
#define JT_RECORDING_COMPILE_END(U32, U64, S32, TEXT, LONG, NAME, SMALL)                           \
    U32(function)                                                                                  \
    U32(tier)                                                                                      \
    U64(compilation)                                                                               \
    U64(duration_ns)
#define JT_RECORDING_COMPILE_ABORT(U32, U64, S32, TEXT, LONG, NAME, SMALL)                         \
    U32(function)                                                                                  \
    U32(tier)                                                                                      \
    U64(compilation)                                                                               \
    U64(duration_ns)                                                                               \
    TEXT(reason)
#define JT_RECORDING_DEOPT(U32, U64, S32, TEXT, LONG, NAME, SMALL)                                 \
    U32(function)                                                                                  \
    U32(origin)                                                                                    \
    U64(version)                                                                                   \
    TEXT(kind)                                                                                     \
    TEXT(reason)                                                                                   \
    U32(slot_kind)                                                                                 \
    U32(slot)                                                                                      \
    TEXT(expected)                                                                                 \
    TEXT(seen)                                                                                     \
    U32(trigger)                                                                                   \
    U32(line)                                                                                      \
    U32(column)                                                                                    \
    U64(address)
#define JT_RECORDING_INVOCATION(U32, U64, S32, TEXT, LONG, NAME, SMALL)                            \
    U32(function)                                                                                  \
    SMALL(source, tier, is_native, missing)                                                        \
    U64(context)                                                                                   \
    U64(call_context)                                                                              \
    U64(address)
#define JT_RECORDING_INVOCATION_UNDO(U32, U64, S32, TEXT, LONG, NAME, SMALL)                       \
    U32(function)                                                                                  \
    U64(context)
#define JT_RECORDING_FEEDBACK(of, U32, TEXT)                                                       \
    U32(of kind)                                                                                   \
    U32(of slot)                                                                                   \
    U32(of outcome)                                                                                \
    U32(of callee_count)                                                                           \
    U32(of callees[0])                                                                             \
    U32(of callees[1])                                                                             \
    U32(of callees[2])                                                                             \
    U32(of packed)                                                                                 \
    TEXT(of text)
#define JT_RECORDING_TYPE_FEEDBACK(U32, U64, S32, TEXT, LONG, NAME, SMALL)                         \
    U32(function)                                                                                  \
    U32(is_promise)                                                                                \
    U32(caused_by_deopt)                                                                           \
    U32(has_before)                                                                                \
    JT_RECORDING_FEEDBACK(before., U32, TEXT)                                                      \
    JT_RECORDING_FEEDBACK(after., U32, TEXT)
#define JT_RECORDING_CONTEXTUAL_FEEDBACK(U32, U64, S32, TEXT, LONG, NAME, SMALL)                   \
    U32(function)                                                                                  \
    U32(is_promise)                                                                                \
    U64(context)                                                                                   \
    TEXT(context_text)                                                                             \
    U32(caused_by_deopt)                                                                           \
    U32(has_before)                                                                                \
    JT_RECORDING_FEEDBACK(before., U32, TEXT)                                                      \
    JT_RECORDING_FEEDBACK(after., U32, TEXT)
#define JT_RECORDING_OSR_ENTRY(U32, U64, S32, TEXT, LONG, NAME, SMALL)                             \
    U32(function)                                                                                  \
    U32(tier)                                                                                      \
    U64(version)                                                                                   \
    U64(address)                                                                                   \
    U64(loop_count)                                                                                \
    U32(line)                                                                                      \
    U32(column)
#define JT_RECORDING_CACHE_EVENT(U32, U64, S32, TEXT, LONG, NAME, SMALL)                           \
    U32(function)                                                                                  \
    U32(outcome)                                                                                   \
    LONG(key)                                                                                      \
    TEXT(reason)                                                                                   \
    U64(code_bytes)                                                                                \
    U64(duration_ns)
#define JT_RECORDING_NOTE(U32, U64, S32, TEXT, LONG, NAME, SMALL)                                  \
    U32(function)                                                                                  \
    LONG(text)
#define JT_RECORDING_FUNCTION(U32, U64, S32, TEXT, LONG, NAME, SMALL)                              \
    LONG(name)                                                                                     \
    TEXT(name_space)                                                                               \
    TEXT(file)                                                                                     \
    U32(line)                                                                                      \
    U32(column)                                                                                    \
    S32(primitive_index)                                                                           \
    U64(address)                                                                                   \
    U64(body_bytes)

/* Rows of the lists behind the fields of CODE_LOAD: lines, then inlined functions. Those of COMPILE
 * are JT_RECORDING_FEEDBACK. */
#define JT_RECORDING_LINE(U32, TEXT)                                                               \
    U32(offset)                                                                                    \
    U32(line)                                                                                      \
    U32(column)                                                                                    \
    U32(inlined)                                                                                   \
    TEXT(file)
#define JT_RECORDING_INLINED(U32, TEXT)                                                            \
    TEXT(name)                                                                                     \
    TEXT(file)                                                                                     \
    U32(caller)                                                                                    \
    U32(call_line)                                                                                 \
    U32(call_column)                                                                               \
    U32(function)

/* All classes: value, struct jitney_NAME, fields. */
#define JT_RECORDING_CLASSES(ROW)                                                                  \
    ROW(JITNEY_CODE_LOAD, code_load, JT_RECORDING_CODE_LOAD)                                       \
    ROW(JITNEY_CODE_MOVE, code_move, JT_RECORDING_CODE_MOVE)                                       \
    ROW(JITNEY_CODE_UNLOAD, code_unload, JT_RECORDING_CODE_UNLOAD)                                 \
    ROW(JITNEY_COMPILE_START, compile_start, JT_RECORDING_COMPILE_START)                           \
    ROW(JITNEY_COMPILE, compile, JT_RECORDING_COMPILE)                                             \
    ROW(JITNEY_COMPILE_END, compile_end, JT_RECORDING_COMPILE_END)                                 \
    ROW(JITNEY_COMPILE_ABORT, compile_abort, JT_RECORDING_COMPILE_ABORT)                           \
    ROW(JITNEY_DEOPT, deopt, JT_RECORDING_DEOPT)                                                   \
    ROW(JITNEY_INVOCATION, invocation, JT_RECORDING_INVOCATION)                                    \
    ROW(JITNEY_INVOCATION_UNDO, invocation_undo, JT_RECORDING_INVOCATION_UNDO)                     \
    ROW(JITNEY_TYPE_FEEDBACK, type_feedback, JT_RECORDING_TYPE_FEEDBACK)                           \
    ROW(JITNEY_CONTEXTUAL_FEEDBACK, contextual_feedback, JT_RECORDING_CONTEXTUAL_FEEDBACK)         \
    ROW(JITNEY_OSR_ENTRY, osr_entry, JT_RECORDING_OSR_ENTRY)                                       \
    ROW(JITNEY_CACHE, cache_event, JT_RECORDING_CACHE_EVENT)                                       \
    ROW(JITNEY_NOTE, note, JT_RECORDING_NOTE)                                                      \
    ROW(JITNEY_FUNCTION, function, JT_RECORDING_FUNCTION)

enum { JT_RECORDING_CLASS_COUNT = 16, JT_RECORDING_CLASS_TEXTS = 4 };

/* ---- writing ---- */

/* Where a class keeps its texts, in the order of its fields. */
struct jt_recording_shape {
    uint8_t text_count;
    bool has_tail; /* lists or a body */
    struct {
        uint16_t offset;
        uint8_t is_long;
        uint8_t is_name;
    } texts[JT_RECORDING_CLASS_TEXTS];
};

extern const struct jt_recording_shape jt_recording_shapes[JT_RECORDING_CLASS_COUNT];

/* Knows the numbers of texts; 0: this one is to stand in its record. */
struct jt_recording_finder {
    uint64_t (*find)(void *context, const char *text);
    void *context;
};

/* How a record is going to be written. */
struct jt_recording_plan {
    struct jt_recording_finder finder;        /* for the lists */
    uint64_t texts[JT_RECORDING_CLASS_TEXTS]; /* as they stand in fields */
    bool is_final; /* texts without a number stand in the record; their writer's */
    size_t tail;   /* bytes behind the fields, at most; 0: none */
};

/* The field of a text that definitions hold, of one that stands in the record, of none: 0. */
static inline uint64_t jt_recording_shared(uint64_t number)
{
    return number << 1;
}

static inline uint64_t jt_recording_inline(uint64_t length)
{
    return length << 1 | 1;
}

/* Look up what an event's record needs. */
void jt_recording_plan(struct jt_recording_plan *plan, const struct jitney_event *event,
                       const struct jt_recording_finder *finder);

/* Write the record of an event, at most JT_RECORDING_PLAIN_BYTES and the plan's tail; the end of it
 * is returned. With `ticks` its time is the count since the record before; when that is NULL the
 * record is full: it tells the event's own time, thread, flags and numbers. */
uint8_t *jt_recording_encode(uint8_t *at, const struct jitney_event *event, const uint64_t *ticks,
                             const struct jt_recording_plan *plan);

uint8_t *jt_recording_encode_text(uint8_t *at, uint64_t number, const char *text, size_t length);
uint8_t *jt_recording_encode_anchor(uint8_t *at, uint64_t ticks, uint64_t time_ns);
uint8_t *jt_recording_encode_thread(uint8_t *at, uint64_t counter, uint32_t tid);

/* ---- reading ---- */

/* One record as it lies in a chunk. */
struct jt_record {
    uint8_t type; /* enum jt_record_type, without JT_RECORD_FULL */
    bool is_full;
    struct jt_bytes body; /* fields and tail */
};

/* The next record; false when no whole one follows. */
bool jt_record_next(struct jt_bytes *in, struct jt_record *record);

/* Up to `count` fields of a record's body; those it lacks are 0. False when it is broken. `body` is
 * behind them afterwards, at the tail. */
bool jt_record_fields(struct jt_bytes *body, uint64_t *fields, unsigned count);

/* The first two fields alone. */
bool jt_record_first_fields(const struct jt_record *record, uint64_t fields[2]);

/* Knows the texts of definitions; NULL: there is none of this number. */
struct jt_recording_texts {
    const char *(*text)(void *context, uint64_t number);
    void *context;
};

/* Any event's struct. */
union jt_recording_body {
#define JT_RECORDING_MEMBER(value, name, fields) struct jitney_##name name;
    JT_RECORDING_CLASSES(JT_RECORDING_MEMBER)
#undef JT_RECORDING_MEMBER
};

/* A decoded event; its lists lie in the buffers, which are used again and again. */
struct jt_recording_event {
    struct jitney_event event; /* a plain record: its time is the count since the record before */
    union jt_recording_body body;
    struct jt_buf lists[2];
    uint64_t lost_texts; /* counts texts that no definition holds */
};

/* Decode an event's record. JITNEY_ERR_FORMAT when it is broken or of no known class,
 * JITNEY_ERR_MEMORY. */
int jt_recording_decode(const struct jt_record *record, const struct jt_recording_texts *texts,
                        struct jt_recording_event *out);

#endif
