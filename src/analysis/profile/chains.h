/* From a sample's call chain, as the kernel wrote it, to addresses from the root
 * on. Successive stacks of a thread share most of their callers: only what
 * differs from the thread's last one is passed on. Knows no process and no name,
 * so that it can run ahead of those who do. */
#ifndef JT_PROFILE_CHAINS_H
#define JT_PROFILE_CHAINS_H

#include "analysis/load/samples.h"

#include <stddef.h>
#include <stdint.h>

enum {
    JT_STACK_SLOTS = 64,  /* threads whose last stack is remembered; a power of two */
    JT_STACK_DEPTH = 512, /* deeper addresses are passed on each time */
    /* Linux keeps addresses below this for user space on x86-64 and aarch64;
     * below it no program is mapped (vm.mmap_min_addr). */
    JT_LOWEST_ADDRESS = 4096
};
#define JT_HIGHEST_USER_ADDRESS UINT64_C(0x00ffffffffffffff)

struct jt_stack {
    uint64_t time_ns; /* JT_TIME_NONE when the file has none */
    uint64_t period;
    uint32_t pid;
    uint32_t tid;
    uint32_t count;        /* addresses, from the root on: user code, then the kernel's */
    uint32_t user;         /* so many of them are in user code */
    uint32_t shared;       /* the first ones are those of the slot's last stack */
    const uint64_t *added; /* the others */
};

static inline uint32_t jt_stack_slot(uint32_t tid)
{
    return tid & (JT_STACK_SLOTS - 1);
}

static inline bool jt_is_bad_user_address(uint64_t address)
{
    return address < JT_LOWEST_ADDRESS || address > JT_HIGHEST_USER_ADDRESS;
}

struct jt_chains;

struct jt_chains *jt_chains_new(void);
void jt_chains_free(struct jt_chains *chains);
/* The stack of a sample; `added` is valid until the next call. */
void jt_chains_stack(struct jt_chains *chains, const struct jt_sample *sample,
                     struct jt_stack *stack);
/* Samples as deep as the kernel keeps, and with a garbage frame pointer. */
uint64_t jt_chains_cut(const struct jt_chains *chains);
uint64_t jt_chains_broken(const struct jt_chains *chains);

#endif
