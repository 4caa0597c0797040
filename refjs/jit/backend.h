/* LLVM's part: from a snapshot to an object in memory. Runs on the compiler's thread. */
#ifndef RJ_JIT_BACKEND_H
#define RJ_JIT_BACKEND_H

#include "jit/events.h"
#include "jit/meta.h"
#include "jit/snapshot.h"

#include <llvm-c/Core.h>

struct rj_backend; /* a target machine; used by one thread at a time */

struct rj_backend *rj_backend_new(void); /* NULL: LLVM does not know this machine */
void rj_backend_free(struct rj_backend *backend);

struct rj_product {
    LLVMMemoryBufferRef object; /* NULL: not compiled */
    const char *why;            /* then */
    void *block;                /* packed metadata; malloc'ed */
    size_t block_bytes;
    struct rj_line *lines; /* malloc'ed */
    uint32_t line_count;
    uint64_t stage_ns[RJ_STAGE_COUNT];
    uint64_t ir_bytes, bitcode_bytes;
    char *ir_text; /* of LLVMPrintModuleToString; NULL unless asked for */
};

void rj_backend_compile(struct rj_backend *backend, struct rj_snapshot *snapshot,
                        const char *symbol, bool measures, struct rj_product *product);
void rj_product_release(struct rj_product *product);

uint64_t rj_now_ns(void);
uint64_t rj_work_ns(void);

/* Print machine code at `run`. */
void rj_print_code(const uint8_t *run, size_t bytes, FILE *out);

#endif
