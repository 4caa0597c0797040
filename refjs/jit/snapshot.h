/* All that the compiler needs to know of the program, copied on the main thread: afterwards the
 * compiler's thread looks at nothing else. Cells are entries of the table of links. */
#ifndef RJ_JIT_SNAPSHOT_H
#define RJ_JIT_SNAPSHOT_H

#include "jit/arena.h"
#include "jit/meta.h"
#include "vm/vm.h"

struct rj_link {
    enum rj_link_kind kind;
    uint32_t function; /* which of the snapshot's */
    uint32_t index;
    uint32_t way;
    uint64_t address; /* what its symbol stands for, here and now */
    const char *text;
};

struct rj_snap_constant {
    rj_value value; /* no cell */
    uint32_t link;  /* a cell; or RJ_NOWHERE */
    uint32_t kind;  /* enum rj_kind of the cell */
};

struct rj_snap_way {
    uint32_t shape; /* links; RJ_NOWHERE: none */
    uint32_t holder;
    uint32_t next;
    uint32_t epoch;
    uint32_t slot;
    uint32_t kind;       /* enum rj_kind of objects of the shape */
    uint32_t next_slots; /* slot_count of `next` */
    uint32_t is_string;  /* the receiver is a string */
};

struct rj_snap_target {
    uint32_t link; /* its code */
    uint32_t flags;
    uint32_t intrinsic;
    uint32_t construct_slots;
    uint32_t body; /* which of the snapshot's functions; RJ_NOWHERE: not to be inlined */
};

struct rj_snap_feedback {
    uint8_t kind, seen, result, element, ways, failures, accessor;
    uint32_t link; /* of the feedback itself */
    uint32_t taken, not_taken;
    const struct rj_snap_way *way;       /* PROPERTY */
    const struct rj_snap_target *target; /* CALL */
    uint32_t function;                   /* CALL: link of the only function; or RJ_NOWHERE */
};

struct rj_flow;

struct rj_snap_function {
    uint32_t number; /* which of the snapshot's */
    uint32_t code;   /* link */
    uint32_t flags;
    uint32_t depth; /* inlined how deep at least; 0: the one compiled */
    uint32_t parameter_count;
    uint32_t register_count;
    uint32_t instruction_count;
    uint32_t constant_count;
    uint32_t function_count;
    uint32_t handler_count;
    uint32_t position_count;
    uint32_t slot_count;
    uint32_t line, column;
    uint32_t discards;
    const char *path, *name, *file;
    const struct rj_instruction *instructions;
    const struct rj_snap_constant *constants;
    const uint32_t *functions; /* links */
    const struct rj_handler *handlers;
    const struct rj_position *positions;
    const struct rj_snap_feedback *feedback;
    const uint8_t *argument_seen;
    const struct rj_flow *flow; /* from its start; the compiler's own */
    struct rj_code *origin;     /* main thread only */
    bool inlines;               /* may be inlined */
};

struct rj_snapshot {
    struct rj_arena *arena;
    const struct rj_options *options;
    struct rj_snap_function **functions; /* [0] is the one to compile */
    uint32_t function_count, function_capacity;
    struct rj_link *links;
    uint32_t link_count, link_capacity;
    uint32_t *link_table; /* by address and kind */
    uint32_t link_table_size;
    uint32_t instruction_total;
    uint32_t entry;            /* 0, or the LOOP instruction to enter at */
    uint64_t context;          /* of the arguments: see jit/context.h */
    const uint8_t *entry_seen; /* OSR: enum rj_seen of each register there */
    bool is_osr;
};

/* Copy `code` and what may be inlined into it. False: too large. */
bool rj_snapshot_take(struct rj_snapshot *snapshot, struct rj_vm *vm, struct rj_code *code);
void rj_snapshot_release(struct rj_snapshot *snapshot);

/* The link to something, found or made. The compiler's thread adds helpers only. */
uint32_t rj_link_add(struct rj_snapshot *snapshot, struct rj_link link);

/* `out` gets the symbol's name: "shape.12"; helpers are called by their own. */
const char *rj_link_name(const struct rj_snapshot *snapshot, uint32_t link, char *out,
                         size_t bytes);

struct rj_position rj_snap_position(const struct rj_snap_function *function, uint32_t at);

#endif
