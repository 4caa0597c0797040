/* The bytes of one file of a perf.data: a file that can be read again at any
 * offset through a small cache of blocks, bytes in memory, or a pipe that
 * gives each byte once. Nothing is mapped: a file that shrinks while it is
 * read must be a short read and not a SIGBUS. */
#ifndef JT_LOAD_PERFDATA_INPUT_H
#define JT_LOAD_PERFDATA_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64 KiB are read in one go and stay in a processor's cache; 128 blocks keep
 * a round of perf's rings, so that few are read twice. */
#define JT_PERF_BLOCK_BYTES ((uint64_t)1 << 16)
#define JT_PERF_BLOCKS 128
#define JT_PERF_PIECE_BYTES ((size_t)1 << 18) /* the most that _at() gives */

struct jt_perf_block {
    uint64_t number; /* its offset / JT_PERF_BLOCK_BYTES */
    size_t filled;   /* bytes of it that are there; 0: none */
    uint8_t *bytes;
};

struct jt_perf_input {
    int fd; /* -1: memory */
    bool owns_fd;
    bool is_pipe;
    bool failed; /* a read failed with `error` */
    int error;
    const uint8_t *memory;
    uint64_t bytes; /* of the file when it was opened; 0 for a pipe */
    struct jt_perf_block *blocks;
    uint8_t *scratch; /* a piece that lies in more than one block */
};

/* Take over `fd`, of a regular file of this size or (is_pipe) something that
 * can be read once. */
void jt_perf_input_init_file(struct jt_perf_input *input, int fd, uint64_t bytes, bool is_pipe);
void jt_perf_input_init_memory(struct jt_perf_input *input, const void *bytes, uint64_t count);
void jt_perf_input_release(struct jt_perf_input *input);

const uint8_t *jt_perf_input_piece(struct jt_perf_input *input, uint64_t offset, size_t bytes);
/* Copy; false when the input ends before that. */
bool jt_perf_input_copy(struct jt_perf_input *input, uint64_t offset, void *out, size_t bytes);
/* The next bytes of a pipe, `bytes` at the most; 0 at its end or at a failure. */
size_t jt_perf_input_pull(struct jt_perf_input *input, uint8_t *out, size_t bytes);

/* These bytes (JT_PERF_PIECE_BYTES at the most), valid until the next call;
 * NULL when the input ends before that. Aligned as their offset is. */
static inline const uint8_t *jt_perf_input_at(struct jt_perf_input *input, uint64_t offset,
                                              size_t bytes)
{
    uint64_t within = offset % JT_PERF_BLOCK_BYTES;
    uint64_t number = offset / JT_PERF_BLOCK_BYTES;
    const struct jt_perf_block *block = NULL;

    if (input->blocks) {
        block = &input->blocks[number % JT_PERF_BLOCKS];
        if (block->number == number && within + bytes <= block->filled)
            return block->bytes + within;
    }
    return jt_perf_input_piece(input, offset, bytes);
}

#endif
