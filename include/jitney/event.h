/* What an engine can tell: events about code, and events about the engine.
 *
 * Each event is a struct of plain data that begins with its `size`; set it to
 * sizeof, and leave what you do not know zero. The library copies what it keeps:
 * nothing that an event points to needs to live longer than the call. Text is
 * UTF-8, NUL-terminated, and NULL when there is none. Addresses are addresses of
 * this process, times are CLOCK_MONOTONIC in nanoseconds. */
#ifndef JITNEY_EVENT_H
#define JITNEY_EVENT_H

#include "jitney/api.h"

#include <stddef.h>
#include <stdint.h>

/** One row per class of events: id, value, name in tables, group in filters. Released values
 * stay. */
#define JITNEY_EVENT_LIST(ROW)                                                                     \
    ROW(JITNEY_CODE_LOAD, 0, "CodeLoad", "Code")                                                   \
    ROW(JITNEY_CODE_MOVE, 1, "CodeMove", "Code")                                                   \
    ROW(JITNEY_CODE_UNLOAD, 2, "CodeUnload", "Code")                                               \
    ROW(JITNEY_COMPILE_START, 3, "CompilationStart", "Compile")                                    \
    ROW(JITNEY_COMPILE, 4, "Compilation", "Compile")                                               \
    ROW(JITNEY_COMPILE_END, 5, "CompilationEnd", "Compile")                                        \
    ROW(JITNEY_COMPILE_ABORT, 6, "CompilationAborted", "Compile")                                  \
    ROW(JITNEY_DEOPT, 7, "Deopt", "Deopt")                                                         \
    ROW(JITNEY_INVOCATION, 8, "Invocation", "Invoke")                                              \
    ROW(JITNEY_INVOCATION_UNDO, 9, "UnregisterInvocation", "Invoke")                               \
    ROW(JITNEY_TYPE_FEEDBACK, 10, "SpeculativeContext", "TypeFeedback")                            \
    ROW(JITNEY_CONTEXTUAL_FEEDBACK, 11, "ContextualTypeFeedback", "ContextualTypeFeedback")        \
    ROW(JITNEY_OSR_ENTRY, 12, "OsrEntry", "Osr")                                                   \
    ROW(JITNEY_CACHE, 13, "Cache", "Cache")                                                        \
    ROW(JITNEY_NOTE, 14, "Note", "Note")                                                           \
    ROW(JITNEY_FUNCTION, 15, "Function", "Function")

enum jitney_event_type {
#define JITNEY_EVENT_ROW(id, value, name, group) id = value,
    JITNEY_EVENT_LIST(JITNEY_EVENT_ROW)
#undef JITNEY_EVENT_ROW
};

/** A set of event classes: one bit each. */
#define JITNEY_EVENT_BIT(type) (UINT32_C(1) << (type))
#define JITNEY_EVENTS_CODE                                                                         \
    (JITNEY_EVENT_BIT(JITNEY_CODE_LOAD) | JITNEY_EVENT_BIT(JITNEY_CODE_MOVE) |                     \
     JITNEY_EVENT_BIT(JITNEY_CODE_UNLOAD))
#define JITNEY_EVENTS_COMPILE                                                                      \
    (JITNEY_EVENT_BIT(JITNEY_COMPILE_START) | JITNEY_EVENT_BIT(JITNEY_COMPILE) |                   \
     JITNEY_EVENT_BIT(JITNEY_COMPILE_END) | JITNEY_EVENT_BIT(JITNEY_COMPILE_ABORT))
#define JITNEY_EVENTS_DEOPT JITNEY_EVENT_BIT(JITNEY_DEOPT)
#define JITNEY_EVENTS_INVOKE                                                                       \
    (JITNEY_EVENT_BIT(JITNEY_INVOCATION) | JITNEY_EVENT_BIT(JITNEY_INVOCATION_UNDO))
#define JITNEY_EVENTS_TYPE_FEEDBACK JITNEY_EVENT_BIT(JITNEY_TYPE_FEEDBACK)
#define JITNEY_EVENTS_CONTEXTUAL_FEEDBACK JITNEY_EVENT_BIT(JITNEY_CONTEXTUAL_FEEDBACK)
#define JITNEY_EVENTS_OSR JITNEY_EVENT_BIT(JITNEY_OSR_ENTRY)
#define JITNEY_EVENTS_CACHE JITNEY_EVENT_BIT(JITNEY_CACHE)
#define JITNEY_EVENTS_NOTE JITNEY_EVENT_BIT(JITNEY_NOTE)
#define JITNEY_EVENTS_FUNCTION JITNEY_EVENT_BIT(JITNEY_FUNCTION)
#define JITNEY_EVENTS_ALL UINT32_C(0xffff)
/** What a recording keeps unless it is told otherwise. Notes and functions are always kept. */
#define JITNEY_EVENTS_DEFAULT (JITNEY_EVENTS_CODE | JITNEY_EVENTS_COMPILE | JITNEY_EVENTS_DEOPT)

/** How hard the compiler tried: id, value, name. The engine's own word goes into `tier_name`. */
#define JITNEY_TIER_LIST(ROW)                                                                      \
    ROW(JITNEY_TIER_UNKNOWN, 0, "jit")                                                             \
    ROW(JITNEY_TIER_INTERPRETED, 1, "interpreted")                                                 \
    ROW(JITNEY_TIER_BASELINE, 2, "baseline")                                                       \
    ROW(JITNEY_TIER_MID, 3, "mid-tier")                                                            \
    ROW(JITNEY_TIER_OPTIMIZED, 4, "optimized")

enum jitney_tier {
#define JITNEY_TIER_ROW(id, value, name) id = value,
    JITNEY_TIER_LIST(JITNEY_TIER_ROW)
#undef JITNEY_TIER_ROW
};

/** What kind of code: id, value, name. */
#define JITNEY_CODE_KIND_LIST(ROW)                                                                 \
    ROW(JITNEY_CODE_JIT, 0, "jit")                                                                 \
    ROW(JITNEY_CODE_BYTECODE, 1, "bytecode") /* data to the processor: no sink for machine code */ \
    ROW(JITNEY_CODE_WASM, 2, "wasm")                                                               \
    ROW(JITNEY_CODE_STUB, 3, "stub") /* trampolines, builtins, inline caches, regular expressions  \
                                      */

enum jitney_code_kind {
#define JITNEY_CODE_KIND_ROW(id, value, name) id = value,
    JITNEY_CODE_KIND_LIST(JITNEY_CODE_KIND_ROW)
#undef JITNEY_CODE_KIND_ROW
};

/* ---- code ---- */

/** A row of a line table: the code from `offset` up to the next row comes from this line. Rows
 * are best sorted by offset; the library sorts them if they are not. */
struct jitney_line {
    uint32_t offset;  /* bytes from the start of the code */
    uint32_t line;    /* from 1; 0: no line */
    uint32_t column;  /* from 1; 0: not known */
    uint32_t inlined; /* 0: of the function itself; n: of `inlined[n - 1]` of its load */
    const char *file; /* NULL: the file of its inlined frame or load */
};

/** A function whose body was inlined into the code. */
struct jitney_inlined {
    const char *name;
    const char *file;     /* NULL: the file of the load */
    uint32_t caller;      /* 0: the function itself; n: inlined[n - 1], which comes before this */
    uint32_t call_line;   /* where in the caller it is called; 0: not known */
    uint32_t call_column; /* from 1; 0: not known */
    uint32_t function;    /* of jitney_function_define(); 0: not defined */
};

/** How a stack is unwound through code. */
enum jitney_unwind {
    JITNEY_UNWIND_UNKNOWN = 0,
    /* Every caller can be found by the frame pointer: the code begins with the processor's usual
     * prologue (x86-64: push rbp; mov rbp, rsp, aarch64: stp x29, x30 with pre-index;
     * mov x29, sp) or, with JITNEY_CODE_NO_FRAME in `flags`, touches neither stack nor frame
     * pointer. */
    JITNEY_UNWIND_FRAME_POINTER = 1,
    /* `unwind` holds the instructions of one DWARF FDE (DW_CFA_*) that begins where the call
     * instruction left the stack; code alignment 1, data alignment -8. */
    JITNEY_UNWIND_CFI = 2,
    /* `unwind` holds an .eh_frame: CIEs and FDEs. Addresses in it are absolute or relative to
     * where it lies, at `unwind_address`. */
    JITNEY_UNWIND_EH_FRAME = 3,
};

enum jitney_code_flag {
    JITNEY_CODE_NO_FRAME = 1,  /* see JITNEY_UNWIND_FRAME_POINTER */
    JITNEY_CODE_USER = 2,      /* the user's own: passes a session's user code filter */
    JITNEY_CODE_OSR = 4,       /* entered in the middle of a loop */
    JITNEY_CODE_FROM_CACHE = 8 /* restored, not compiled */
};

/** New code. What lived at its addresses before is dead. */
struct jitney_code_load {
    size_t size;
    uint64_t address; /* where it runs */
    uint64_t bytes;
    const void *code;      /* where its bytes can be read now; NULL: at `address` */
    const char *name;      /* as users know it; may hold anything */
    size_t name_bytes;     /* 0: `name` is NUL-terminated */
    uint32_t kind;         /* enum jitney_code_kind */
    uint32_t tier;         /* enum jitney_tier */
    const char *tier_name; /* as the engine calls it; NULL: the tier's name */
    const char *file;      /* of the source */
    uint32_t line;         /* where the function begins; 0: not known */
    uint32_t column;
    uint32_t function; /* of jitney_function_define(); 0: none */
    uint32_t flags;    /* enum jitney_code_flag */
    uint64_t version;  /* which of several codes of one function; engine's own number */
    const struct jitney_line *lines;
    const struct jitney_inlined *inlined;
    uint32_t line_count;
    uint32_t inlined_count;
    uint32_t unwind_kind; /* enum jitney_unwind */
    uint32_t reserved;    /* 0 */
    const void *unwind;
    size_t unwind_bytes;
    uint64_t unwind_address; /* 0: where `unwind` lies */
};

/** Code that the engine's memory manager moved. */
struct jitney_code_move {
    size_t size;
    uint64_t from;  /* its start before */
    uint64_t to;    /* its start now */
    uint64_t bytes; /* 0: as it was loaded */
};

/** Code that is gone. */
struct jitney_code_unload {
    size_t size;
    uint64_t address; /* its start */
    uint64_t bytes;   /* 0: as it was loaded */
};

/* ---- functions ---- */

/** A function of the program that the engine runs; events name it by its number. */
struct jitney_function {
    size_t size;
    const char *name;
    const char *name_space; /* module, class, package or environment it belongs to */
    const char *file;
    uint32_t line;
    uint32_t column;
    int32_t primitive_index; /* number of a built-in, counted by the engine; -1: none */
    uint32_t reserved;       /* 0 */
    uint64_t address;        /* of the engine's object; 0: none */
    const void *body;        /* serialized by the engine; kept when recordings ask for bodies */
    size_t body_bytes;
};

/* ---- compilation ---- */

/** Why something was done: a name, and a count that goes with it (invocations, loop rounds). */
struct jitney_reason {
    const char *name; /* NULL: not for this reason */
    uint64_t count;   /* 0: none */
};

enum jitney_feedback_kind {
    JITNEY_FEEDBACK_CALL = 0, /* which functions are called */
    JITNEY_FEEDBACK_TEST = 1, /* which way a branch goes */
    JITNEY_FEEDBACK_TYPE = 2, /* which types, shapes or values are seen */
    JITNEY_FEEDBACK_OTHER = 3,
};

enum {
    JITNEY_SLOT_NONE = 0xffffff, /* a slot that is not known */
    JITNEY_FEEDBACK_CALLEES = 3,
};

/** In `callees`: a delayed argument, not a function. */
#define JITNEY_CALLEE_PROMISE UINT32_C(0xfffffffe)

enum jitney_outcome { /* of a test: what has been seen */
                      JITNEY_OUTCOME_NONE = 0,
                      JITNEY_OUTCOME_TRUE = 1,
                      JITNEY_OUTCOME_FALSE = 2,
                      JITNEY_OUTCOME_BOTH = 3,
};

/** What an engine knows about one place of a function (its feedback slot). */
struct jitney_feedback {
    uint32_t kind;                             /* enum jitney_feedback_kind */
    uint32_t slot;                             /* number of the place; JITNEY_SLOT_NONE */
    uint32_t outcome;                          /* TEST: enum jitney_outcome */
    uint32_t callee_count;                     /* CALL: at most JITNEY_FEEDBACK_CALLEES */
    uint32_t callees[JITNEY_FEEDBACK_CALLEES]; /* CALL: functions by number */
    uint32_t packed;  /* TYPE: the engine's own bits; shown when there is no text */
    const char *text; /* how people write it: "Smi|Double", "monomorphic {x,y}" */
};

/** A compiler starts to work on a function. */
struct jitney_compile_start {
    size_t size;
    uint32_t function;
    uint32_t tier;        /* enum jitney_tier: what is asked for */
    uint64_t compilation; /* engine's own number: ties start, results and end together; 0: none */
    const char *name;     /* NULL: the function's */
    struct jitney_reason heuristic; /* hot, marked … */
    struct jitney_reason condition; /* not optimized yet, improved context … */
    struct jitney_reason osr;       /* for on-stack replacement */
};

/** A compiler made code. */
struct jitney_compile {
    size_t size;
    uint32_t function;
    uint32_t tier;
    uint64_t compilation;
    uint64_t version; /* for which context (assumptions on arguments) it was made */
    const struct jitney_feedback *feedback; /* what it believed */
    uint32_t feedback_count;
    uint32_t deopt_count;   /* how often this version was given up before */
    uint64_t ir_bytes;      /* length of the compiler's own intermediate code */
    uint64_t bitcode_bytes; /* length of what its back end was given */
    uint64_t address;       /* of the code, when it is known */
    uint64_t code_bytes;
};

/** A compiler is done. */
struct jitney_compile_end {
    size_t size;
    uint32_t function;
    uint32_t tier;
    uint64_t compilation;
    uint64_t duration_ns;
};

/** A compiler gave up. */
struct jitney_compile_abort {
    size_t size;
    uint32_t function;
    uint32_t tier;
    uint64_t compilation;
    uint64_t duration_ns;
    const char *reason;
};

/* ---- running ---- */

/** Optimized code was left because an assumption did not hold. */
struct jitney_deopt {
    size_t size;
    uint32_t function; /* whose code was left */
    uint32_t origin;   /* whose assumption it was, when it was inlined; 0: the same */
    uint64_t version;
    const char *kind; /* "eager", "lazy", "soft" …; "replaced": by better code, nothing failed */
    const char *reason; /* "not a Smi" … */
    uint32_t slot_kind; /* enum jitney_feedback_kind */
    uint32_t slot;      /* where the assumption came from; JITNEY_SLOT_NONE */
    const char *expected;
    const char *seen;
    uint32_t trigger; /* function that was seen instead; 0: none */
    uint32_t line;    /* in the origin; 0: not known */
    uint32_t column;
    uint32_t reserved; /* 0 */
    uint64_t address;  /* where in the code; 0: not known */
};

enum jitney_invocation_source {
    JITNEY_SOURCE_UNKNOWN = 0,
    JITNEY_SOURCE_CALL = 1,        /* the engine's generic call */
    JITNEY_SOURCE_NATIVE_CALL = 2, /* a call from compiled code */
    JITNEY_SOURCE_INTERPRETER = 3,
};

enum jitney_missing { /* assumptions that the callee's version asks for */
                      JITNEY_MISSING_NONE = 0,
                      JITNEY_MISSING_NOT_PRESENT = 1,
                      JITNEY_MISSING_NOT_RECOVERED = 2,
                      JITNEY_MISSING_RECOVERED = 3,
};

/** A function is called. */
struct jitney_invocation {
    size_t size;
    uint32_t function;
    uint32_t source;       /* enum jitney_invocation_source */
    uint64_t context;      /* of the version that was chosen */
    uint64_t call_context; /* what the caller knew about its arguments */
    uint64_t address;      /* of the code that runs; 0: not known */
    uint32_t tier;
    uint32_t is_native; /* 1: machine code runs */
    uint32_t missing;   /* enum jitney_missing */
    uint32_t reserved;  /* 0 */
};

/** The last invocation of a function in this context did not take place after all. */
struct jitney_invocation_undo {
    size_t size;
    uint32_t function;
    uint32_t reserved; /* 0 */
    uint64_t context;
};

/** What is known about one place changed. */
struct jitney_type_feedback {
    size_t size;
    uint32_t function;
    uint32_t is_promise;      /* 1: the place is in a delayed argument */
    uint32_t caused_by_deopt; /* 1: a deoptimization taught it */
    uint32_t has_before;      /* 0: `before` is not known */
    struct jitney_feedback before;
    struct jitney_feedback after;
};

/** The same for one context of a function that is specialized per context. */
struct jitney_contextual_feedback {
    size_t size;
    uint32_t function;
    uint32_t is_promise;
    uint64_t context;
    const char *context_text; /* how people write the context */
    uint32_t caused_by_deopt;
    uint32_t has_before;
    struct jitney_feedback before;
    struct jitney_feedback after;
};

/** A running loop went on in compiled code. */
struct jitney_osr_entry {
    size_t size;
    uint32_t function;
    uint32_t tier;
    uint64_t version;
    uint64_t address;    /* of the entry; 0: not known */
    uint64_t loop_count; /* rounds until then; 0: not known */
    uint32_t line;
    uint32_t column;
};

enum jitney_cache_outcome {
    JITNEY_CACHE_HIT = 0,
    JITNEY_CACHE_MISS = 1,
    JITNEY_CACHE_STORE = 2,
    JITNEY_CACHE_REJECT = 3,
};

/** A code cache was asked. */
struct jitney_cache_event {
    size_t size;
    uint32_t function;
    uint32_t outcome; /* enum jitney_cache_outcome */
    const char *key;  /* hexadecimal */
    const char *reason;
    uint64_t code_bytes;
    uint64_t duration_ns;
};

/** Anything else worth a line. */
struct jitney_note {
    size_t size;
    uint32_t function; /* 0: none */
    uint32_t reserved; /* 0 */
    const char *text;
};

/* ---- an event on its way to a listener ---- */

enum jitney_event_flag {
    JITNEY_EVENT_REPLAYED = 1, /* it was true before the listener came */
    JITNEY_EVENT_IMPLIED = 2,  /* an unload of code that was overwritten */
};

struct jitney_event {
    size_t size;
    uint32_t type;    /* enum jitney_event_type: which member of the union */
    uint32_t flags;   /* enum jitney_event_flag */
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint32_t tid;
    uint32_t number; /* FUNCTION: the number it got */
    uint64_t code;   /* code events: number of the code in its session, from 1, stays when moved */
    union {
        const void *body;
        const struct jitney_code_load *code_load;
        const struct jitney_code_move *code_move;     /* `bytes` is filled in */
        const struct jitney_code_unload *code_unload; /* `bytes` is filled in */
        const struct jitney_compile_start *compile_start;
        const struct jitney_compile *compile;
        const struct jitney_compile_end *compile_end;
        const struct jitney_compile_abort *compile_abort;
        const struct jitney_deopt *deopt;
        const struct jitney_invocation *invocation;
        const struct jitney_invocation_undo *invocation_undo;
        const struct jitney_type_feedback *type_feedback;
        const struct jitney_contextual_feedback *contextual_feedback;
        const struct jitney_osr_entry *osr_entry;
        const struct jitney_cache_event *cache;
        const struct jitney_note *note;
        const struct jitney_function *function;
    };
};

#endif
