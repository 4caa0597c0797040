/* What is known about one piece of compiled code besides its bytes: how to leave it (frame states
 * and guards), where it comes from (places), whom it inlined (functions) and what it needs (links).
 *
 * It is gathered in growing tables and packed into one block of bytes without pointers, which can
 * be written to a file as it is and is checked when it is read again. */
#ifndef RJ_JIT_META_H
#define RJ_JIT_META_H

#include "vm/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rj_rep { RJ_REP_NONE, RJ_REP_INT, RJ_REP_DOUBLE, RJ_REP_BOOLEAN, RJ_REP_BOXED };

#define RJ_NOWHERE UINT32_MAX

/* What a link is, and how another process finds the same thing: id, name of its symbols. */
#define RJ_LINK_LIST(ROW)                                                                          \
    ROW(RJ_LINK_HELPER, "helper")     /* a C function: by name */                                  \
    ROW(RJ_LINK_VERSION, "version")   /* the struct rj_version of this code */                     \
    ROW(RJ_LINK_CODE, "code")         /* rj_code: the function's path */                           \
    ROW(RJ_LINK_CONSTANT, "constant") /* a cell among the function's constants: index */           \
    ROW(RJ_LINK_FEEDBACK, "feedback") /* the function's feedback: index is the slot */             \
    ROW(RJ_LINK_SHAPE, "shape")       /* seen at the function's slot `index`, way `way`; keys */   \
    ROW(RJ_LINK_NEXT, "next")         /* the shape after that way's store */                       \
    ROW(RJ_LINK_HOLDER, "holder")     /* the object that has the property of that way */           \
    ROW(RJ_LINK_EPOCH, "epoch")       /* not an address: vm->prototype_epoch of that way */        \
    ROW(RJ_LINK_TARGET, "target")     /* code called at the slot: target number `way` */           \
    ROW(RJ_LINK_FUNCTION, "function") /* the only function called at the slot */                   \
    ROW(RJ_LINK_REALM, "realm")       /* a builtin shape: index */

enum rj_link_kind {
#define RJ_LINK_ROW(id, name) id,
    RJ_LINK_LIST(RJ_LINK_ROW)
#undef RJ_LINK_ROW
};

struct rj_meta_function {
    uint32_t path; /* texts are offsets into the texts. "0.2.1": outer_index from the script on */
    uint32_t name;
    uint32_t file;
    uint32_t line;
    uint32_t column;
    uint32_t code; /* link */
};

struct rj_meta_value {
    uint32_t where;  /* register */
    uint32_t rep;    /* enum rj_rep; NONE: a constant or a link */
    uint32_t slot;   /* of the exit buffer; constant: RJ_NOWHERE */
    uint32_t link;   /* of a constant that is a cell; or RJ_NOWHERE */
    uint64_t number; /* other constants: boxed */
};

struct rj_meta_frame {
    uint32_t function;
    uint32_t at;     /* instruction to go on at, or that called the frame inside this one */
    uint32_t caller; /* frame; RJ_NOWHERE: the code's own */
    uint32_t first_value;
    uint32_t value_count; /* of registers; behind them the callee, then `this` of a construct */
    uint32_t is_construct;
    uint32_t is_inlined;
    uint32_t has_args; /* the buffer has argc, args and new.target */
};

enum rj_guard_flag {
    RJ_GUARD_THROW = 1,   /* not a guard: an exception goes on in the interpreter */
    RJ_GUARD_AFTER = 2,   /* stands behind its instruction, whose result is not as expected */
    RJ_GUARD_SOFT = 4,    /* not the code's fault: not counted */
    RJ_GUARD_UNSEEN = 8,  /* the instruction had never run */
    RJ_GUARD_ENTRY = 16,  /* of an argument */
    RJ_GUARD_FORCED = 32, /* made to fail always: --force-deopt */
};

struct rj_meta_guard {
    uint32_t frame;    /* innermost */
    uint32_t function; /* whose assumption */
    uint32_t slot;     /* its feedback; or RJ_NOWHERE */
    uint32_t place;
    uint32_t reason; /* text */
    uint32_t expected;
    uint32_t flags; /* enum rj_guard_flag */
    uint32_t where; /* register that was looked at; or RJ_NOWHERE */
};

/* Debug locations of the code: line number of the object's line table minus 1. */
struct rj_meta_place {
    uint32_t function;
    uint32_t at;
    uint32_t caller;  /* place of the call; RJ_NOWHERE */
    uint32_t inlined; /* number of the inlined body it is in, from 1; 0: the code's own */
    uint32_t line;
    uint32_t column;
};

struct rj_meta_link {
    uint32_t kind; /* enum rj_link_kind */
    uint32_t function;
    uint32_t index;
    uint32_t way;
    uint32_t text; /* helper's name; keys of a shape */
    uint32_t reserved;
};

struct rj_meta_inlined {
    uint32_t function;
    uint32_t call_place;
};

#define RJ_META_TABLES(ROW)                                                                        \
    ROW(functions, struct rj_meta_function)                                                        \
    ROW(values, struct rj_meta_value)                                                              \
    ROW(frames, struct rj_meta_frame)                                                              \
    ROW(guards, struct rj_meta_guard)                                                              \
    ROW(places, struct rj_meta_place)                                                              \
    ROW(inlined, struct rj_meta_inlined)                                                           \
    ROW(links, struct rj_meta_link)                                                                \
    ROW(texts, char)

enum rj_meta_table {
#define RJ_META_ROW(name, type) RJ_META_##name,
    RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
        RJ_META_TABLE_COUNT
};

struct rj_meta {
#define RJ_META_ROW(name, type) type *name;
    RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
    uint32_t count[RJ_META_TABLE_COUNT];
    uint32_t capacity[RJ_META_TABLE_COUNT];
};

uint32_t rj_meta_text(struct rj_meta *meta, const char *text);
#define RJ_META_ROW(name, type) uint32_t rj_meta_add_##name(struct rj_meta *meta, type row);
RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
void rj_meta_clear(struct rj_meta *meta); /* empty, memory kept */
void rj_meta_release(struct rj_meta *meta);

/* The block; malloc'ed; NULL if memory is short. */
void *rj_meta_pack(const struct rj_meta *meta, size_t *bytes);
/* Point the tables into a block, which is checked: false if anything in it is out of range. */
bool rj_meta_unpack(struct rj_meta *meta, const void *block, size_t bytes);

#endif
