/* See rds_private.h. */
#include "analysis/load/rds_private.h"

#include "base/alloc.h"
#include "jitney/status.h"

#include <stdlib.h>

enum { CHUNK_BYTES = 64 << 10, ALIGN = sizeof(max_align_t) };

void *jt_rds_allocate(struct jt_rds *rds, size_t bytes)
{
    struct jt_rds_memory *memory = &rds->memory;
    struct jt_rds_chunk *chunk = memory->last;
    size_t wanted = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    size_t room = wanted > CHUNK_BYTES ? wanted : CHUNK_BYTES;
    void *taken = NULL;

    if (jt_rds_failed(rds))
        return NULL;
    if (!chunk || chunk->room - chunk->used < wanted) {
        if (memory->total + room > JT_RDS_MEMORY_MOST) {
            jt_rds_fail(rds, JITNEY_ERR_LIMIT, "holds an object too large to be read");
            return NULL;
        }
        chunk = jt_alloc(1, sizeof(*chunk) + room);
        chunk->before = memory->last;
        chunk->room = room;
        memory->last = chunk;
        memory->total += room;
    }
    taken = (char *)chunk->bytes + chunk->used;
    chunk->used += wanted;
    return taken;
}

struct jt_rds_mark jt_rds_mark(const struct jt_rds *rds)
{
    return (struct jt_rds_mark){rds->memory.last, rds->memory.last ? rds->memory.last->used : 0};
}

void jt_rds_forget(struct jt_rds *rds, struct jt_rds_mark mark)
{
    struct jt_rds_memory *memory = &rds->memory;
    struct jt_rds_chunk *chunk = NULL;

    while (memory->last && memory->last != mark.chunk) {
        chunk = memory->last;
        memory->last = chunk->before;
        memory->total -= chunk->room;
        free(chunk);
    }
    if (memory->last)
        memory->last->used = mark.used;
}
