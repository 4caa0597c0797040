#include "analysis/load/perfdata_input.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void jt_perf_input_init_file(struct jt_perf_input *input, int fd, uint64_t bytes, bool is_pipe)
{
    *input = (struct jt_perf_input){.fd = fd, .bytes = is_pipe ? 0 : bytes, .is_pipe = is_pipe};
    input->owns_fd = fd != STDIN_FILENO;
    if (!is_pipe)
        input->blocks = jt_alloc(JT_PERF_BLOCKS, sizeof(*input->blocks));
}

void jt_perf_input_init_memory(struct jt_perf_input *input, const void *bytes, uint64_t count)
{
    *input = (struct jt_perf_input){.fd = -1, .memory = bytes, .bytes = count};
}

void jt_perf_input_release(struct jt_perf_input *input)
{
    for (size_t i = 0; input->blocks && i < JT_PERF_BLOCKS; i++)
        free(input->blocks[i].bytes);
    free(input->blocks);
    free(input->scratch);
    if (input->owns_fd && input->fd >= 0)
        close(input->fd);
    *input = (struct jt_perf_input){.fd = -1};
}

static void fail(struct jt_perf_input *input)
{
    input->failed = true;
    input->error = errno;
}

static size_t read_at(struct jt_perf_input *input, uint64_t offset, uint8_t *out, size_t bytes)
{
    size_t done = 0;
    ssize_t got = 1;

    while (done < bytes && got > 0) {
        got = pread(input->fd, out + done, bytes - done, (off_t)(offset + done));
        if (got > 0)
            done += (size_t)got;
        if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (got < 0)
        fail(input);
    return done;
}

static struct jt_perf_block *load_block(struct jt_perf_input *input, uint64_t number)
{
    struct jt_perf_block *block = &input->blocks[number % JT_PERF_BLOCKS];

    if (block->number == number && block->filled > 0)
        return block;
    if (!block->bytes)
        block->bytes = jt_alloc(JT_PERF_BLOCK_BYTES, 1);
    block->number = number;
    block->filled = read_at(input, number * JT_PERF_BLOCK_BYTES, block->bytes, JT_PERF_BLOCK_BYTES);
    return block;
}

bool jt_perf_input_copy(struct jt_perf_input *input, uint64_t offset, void *out, size_t bytes)
{
    const struct jt_perf_block *block = NULL;
    uint8_t *to = out;

    if (offset > input->bytes || bytes > input->bytes - offset)
        return false;
    if (input->memory) {
        if (bytes)
            memcpy(out, input->memory + offset, bytes);
        return true;
    }
    while (bytes > 0) {
        size_t within = offset % JT_PERF_BLOCK_BYTES;
        size_t part = JT_PERF_BLOCK_BYTES - within < bytes ? JT_PERF_BLOCK_BYTES - within : bytes;

        block = load_block(input, offset / JT_PERF_BLOCK_BYTES);
        if (within + part > block->filled)
            return false;
        memcpy(to, block->bytes + within, part);
        to += part;
        offset += part;
        bytes -= part;
    }
    return true;
}

const uint8_t *jt_perf_input_piece(struct jt_perf_input *input, uint64_t offset, size_t bytes)
{
    uint64_t within = offset % JT_PERF_BLOCK_BYTES;
    const struct jt_perf_block *block = NULL;
    uint8_t *at = NULL;

    if (bytes > JT_PERF_PIECE_BYTES || offset > input->bytes || bytes > input->bytes - offset)
        return NULL;
    if (input->memory)
        return input->memory + offset;
    if (within + bytes <= JT_PERF_BLOCK_BYTES) {
        block = load_block(input, offset / JT_PERF_BLOCK_BYTES);
        return within + bytes <= block->filled ? block->bytes + within : NULL;
    }
    if (!input->scratch)
        input->scratch = jt_alloc(JT_PERF_PIECE_BYTES + 8, 1);
    at = input->scratch + offset % 8;
    return jt_perf_input_copy(input, offset, at, bytes) ? at : NULL;
}

size_t jt_perf_input_pull(struct jt_perf_input *input, uint8_t *out, size_t bytes)
{
    ssize_t got = 0;

    do
        got = read(input->fd, out, bytes);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        fail(input);
    return got > 0 ? (size_t)got : 0;
}
