/* Processes as the samples' file tells of them: who was forked from whom, what
 * they execute and what is mapped where, at the moment the reading is at. Exits
 * end nothing: a first thread may go while others run on, and a pid that is used
 * again begins with a fork. */
#ifndef JT_SYMBOL_PROCESS_H
#define JT_SYMBOL_PROCESS_H

#include "analysis/load/samples.h"
#include "analysis/symbol/kinds.h"
#include "analysis/symbol/regions.h"
#include "analysis/symbol/timeline.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/strings.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum jt_resolution_flags {
    JT_RESOLVED_AMBIGUOUS = 1, /* the address was used again, the map has no times */
    JT_RESOLVED_UNKNOWN = 2,
    JT_RESOLVED_JIT = 4
};

/* What an address is: a frame, or a chain of inlined ones. */
struct jt_resolution {
    uint32_t frame; /* the outermost */
    uint32_t first; /* of its frames, in the resolver's list, outermost first */
    uint8_t count;
    uint8_t flags;
    uint8_t tier;
    uint8_t kind; /* enum jt_frame_kind */
    uint8_t role; /* enum jt_native_role */
};

/* What addresses of one piece of code have in common. */
struct jt_answer {
    uint64_t valid_until;
    struct jt_resolution resolution;
};

/* Where the answer for an address is; small, for they are many and lie anywhere. */
struct jt_known_address {
    uint64_t address;
    uint32_t answer;  /* number of the answer plus 1; 0: the slot is empty */
    uint32_t changes; /* of the process, when it was last checked */
};

struct jt_change { /* a range that something was mapped over */
    uint64_t start;
    uint64_t end;
};

struct jt_process_source {
    uint32_t source;
    uint64_t from_ns;  /* what an earlier process of this pid did is not ours */
    uint64_t until_ns; /* nor is a parent's code after the fork */
};

struct jt_process {
    uint32_t pid;
    uint32_t image;          /* number of this program image: no two have the same */
    uint32_t forgets;        /* how often all answers were dropped */
    uint32_t command;        /* id into the strings; of its first thread */
    uint64_t image_ns;       /* when it was forked or executed what it runs */
    enum jt_runtime runtime; /* of the last engine it mapped */
    struct jt_regions *regions;
    bool saw_anonymous; /* some executable memory of no file */
    /* Code that runtimes told about; filled by the resolver. */
    struct jt_vec(struct jt_process_source) sources;
    bool sources_were_sought;
    bool foreign_was_sought; /* maps of processes that the recording does not know */
    bool has_foreign;
    bool injected_was_sought; /* a dump beside the ELFs of perf inject */
    size_t sources_in_timelines;
    struct jt_timeline *timed;    /* of dumps */
    struct jt_timeline *timeless; /* of maps */
    enum jt_reason fault;         /* the gravest of its sources, for what they do not name */
    /* Answers so far: a hash table. */
    struct jt_known_address *known;
    size_t known_count;
    size_t known_mask;
    struct jt_vec(struct jt_answer) answers;
    struct jt_map answer_of; /* resolution -> its latest answer */
    struct jt_vec(struct jt_change) changes;
};

struct jt_process_table {
    struct jt_vec(struct jt_process *) list;
    struct jt_map by_pid;       /* the latest of each pid */
    struct jt_map commands;     /* tid -> id into the strings */
    struct jt_strings *strings; /* not owned */
    uint32_t images;            /* made so far */
    uint32_t changes;           /* of processes and names, so far: whether to look again */
    size_t regions_total;
    uint64_t refused_mappings; /* more than a process can have */
    struct jt_process kernel;  /* holds answers for kernel addresses */
};

void jt_process_table_init(struct jt_process_table *processes, struct jt_strings *strings);
void jt_process_table_release(struct jt_process_table *processes);
/* The process of this pid, made when it was never heard of. */
struct jt_process *jt_process_table_find(struct jt_process_table *processes, uint32_t pid);
/* NULL when there is none. */
struct jt_process *jt_process_table_peek(const struct jt_process_table *processes, uint32_t pid);
void jt_process_table_fork(struct jt_process_table *processes, const struct jt_task *task);
void jt_process_table_comm(struct jt_process_table *processes, const struct jt_comm *comm);
void jt_process_table_map(struct jt_process_table *processes, struct jt_process *process,
                          const struct jt_region *region);
/* The name of a thread, or of its process; id into the strings. */
uint32_t jt_process_table_command(const struct jt_process_table *processes,
                                  const struct jt_process *process, uint32_t tid);

/* Have the slot of an answer that will be wanted soon brought near. */
static inline void jt_process_prefetch(const struct jt_process *process, uint64_t address)
{
    if (process->known)
        __builtin_prefetch(&process->known[jt_hash_u64(address) & process->known_mask]);
}

/* Have the answer itself brought near, when its slot is. */
static inline void jt_process_prefetch_answer(const struct jt_process *process, uint64_t address)
{
    const struct jt_known_address *known = NULL;

    if (!process->known)
        return;
    known = &process->known[jt_hash_u64(address) & process->known_mask];
    if (known->answer)
        __builtin_prefetch(&process->answers.at[known->answer - 1]);
}

/* A kept answer for `address` at `time_ns`, or NULL. */
const struct jt_answer *jt_process_recall(struct jt_process *process, uint64_t address,
                                          uint64_t time_ns);
/* Keep (or replace) the answer; gives where it is kept, until the next is. */
const struct jt_answer *jt_process_keep(struct jt_process *process, uint64_t address,
                                        const struct jt_answer *answer);
/* Forget all answers: the code timelines were made anew. */
void jt_process_forget(struct jt_process *process);

#endif
