/* Dual-mapped code memory with a list of free pieces. */
#include "jit/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GRAIN = 64, MOST_FREE = 4096 };

#define WHOLE_BYTES ((size_t)64 << 20) /* reserved, not used, until code is written */

struct free_piece { /* sorted by offset; neighbours are joined */
    size_t offset;
    size_t bytes;
};

struct rj_code_memory {
    uint8_t *write;
    uint8_t *run;
    size_t grain;
    bool is_private;
    struct free_piece pieces[MOST_FREE];
    uint32_t count;
};

/* Near the engine's own code, so that calls of helpers reach; anywhere if that is taken. */
static uint8_t *map_to_run(int fd, int sharing)
{
    uintptr_t own = (uintptr_t)&rj_code_memory_new & ~(uintptr_t)0xfffff;
    void *mapped = MAP_FAILED;

    for (uintptr_t away = WHOLE_BYTES * 2; away < ((uintptr_t)1 << 30) && mapped == MAP_FAILED;
         away += WHOLE_BYTES)
        mapped = mmap((void *)(own - away), WHOLE_BYTES, PROT_READ | PROT_EXEC,
                      sharing | MAP_FIXED_NOREPLACE, fd, 0);
    if (mapped == MAP_FAILED)
        mapped = mmap(NULL, WHOLE_BYTES, PROT_READ | PROT_EXEC, sharing, fd, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

struct rj_code_memory *rj_code_memory_new(bool debugged)
{
    struct rj_code_memory *memory = calloc(1, sizeof(*memory));
    int fd = memfd_create("refjs-code", MFD_CLOEXEC);
    void *write = MAP_FAILED;

    if (!memory || fd < 0 || ftruncate(fd, (off_t)WHOLE_BYTES) != 0)
        goto failed;
    write = mmap(NULL, WHOLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (write == MAP_FAILED)
        goto failed;
    memory->write = write;
    memory->is_private = debugged;
    memory->grain = debugged ? (size_t)sysconf(_SC_PAGESIZE) : GRAIN;
    memory->run = map_to_run(fd, debugged ? MAP_PRIVATE : MAP_SHARED);
    if (!memory->run)
        goto failed;
    memory->pieces[0].bytes = WHOLE_BYTES;
    memory->count = 1;
    close(fd);
    return memory;
failed:
    if (write != MAP_FAILED)
        munmap(write, WHOLE_BYTES);
    if (fd >= 0)
        close(fd);
    free(memory);
    return NULL;
}

void rj_code_memory_free(struct rj_code_memory *memory)
{
    if (!memory)
        return;
    munmap(memory->write, WHOLE_BYTES);
    munmap(memory->run, WHOLE_BYTES);
    free(memory);
}

static void remove_piece(struct rj_code_memory *memory, uint32_t i)
{
    memmove(&memory->pieces[i], &memory->pieces[i + 1],
            (memory->count - i - 1) * sizeof(memory->pieces[0]));
    memory->count--;
}

struct rj_code_piece rj_code_memory_take(struct rj_code_memory *memory, size_t bytes)
{
    struct rj_code_piece piece = {0};

    if (bytes == 0 || bytes > WHOLE_BYTES)
        return piece;
    bytes = (bytes + memory->grain - 1) & ~(memory->grain - 1);
    for (uint32_t i = 0; i < memory->count; i++) {
        struct free_piece *from = &memory->pieces[i];

        if (from->bytes < bytes)
            continue;
        piece.write = memory->write + from->offset;
        piece.run = memory->run + from->offset;
        piece.bytes = bytes;
        from->offset += bytes;
        from->bytes -= bytes;
        if (from->bytes == 0)
            remove_piece(memory, i);
        if (memory->is_private) /* forget what a debugger wrote here */
            madvise(piece.run, bytes, MADV_DONTNEED);
        break;
    }
    return piece;
}

static bool join_neighbours(struct rj_code_memory *memory, uint32_t i)
{
    struct free_piece *pieces = memory->pieces;

    if (i + 1 >= memory->count || pieces[i].offset + pieces[i].bytes != pieces[i + 1].offset)
        return false;
    pieces[i].bytes += pieces[i + 1].bytes;
    remove_piece(memory, i + 1);
    return true;
}

void rj_code_memory_give(struct rj_code_memory *memory, uint8_t *run, size_t bytes)
{
    size_t offset = (size_t)(run - memory->run);
    uint32_t at = 0;

    bytes = (bytes + memory->grain - 1) & ~(memory->grain - 1);
    memset(memory->write + offset, 0xcc, bytes); /* x86-64: int3; aarch64: not an instruction */
    if (memory->count == MOST_FREE)
        return; /* too scattered: lost */
    while (at < memory->count && memory->pieces[at].offset < offset)
        at++;
    memmove(&memory->pieces[at + 1], &memory->pieces[at],
            (memory->count - at) * sizeof(memory->pieces[0]));
    memory->pieces[at] = (struct free_piece){offset, bytes};
    memory->count++;
    join_neighbours(memory, at);
    if (at)
        join_neighbours(memory, at - 1);
}
