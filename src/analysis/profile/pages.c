#include "analysis/profile/pages.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)2 << 20)

/* Fresh memory that begins at a multiple of a large page; NULL without any. */
static uint8_t *map_pages(size_t bytes)
{
    size_t all = bytes + PAGE;
    void *mapped =
        mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint8_t *start = mapped;
    size_t before = 0;

    if (mapped == MAP_FAILED)
        return NULL;
    before = (PAGE - (uintptr_t)mapped % PAGE) % PAGE;
    if (before > 0)
        munmap(start, before);
    munmap(start + before + bytes, PAGE - before);
    madvise(start + before, bytes, MADV_HUGEPAGE);
    return start + before;
}

/* From one multiple of their size to another, pages move as a whole. */
static bool move_pages(const struct jt_pages *pages, uint8_t *to, size_t bytes)
{
    return pages->is_mapped &&
           mremap(pages->at, pages->bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == (void *)to;
}

static void grow_mapped(struct jt_pages *pages, size_t bytes)
{
    struct jt_pages grown = {.at = map_pages(bytes), .bytes = bytes, .is_mapped = true};

    if (!grown.at) {
        grown.at = jt_realloc(NULL, bytes, 1);
        grown.is_mapped = false;
    }
    if (!grown.is_mapped || !move_pages(pages, grown.at, bytes)) {
        memcpy(grown.at, pages->at, pages->bytes);
        jt_pages_release(pages);
    }
    *pages = grown;
}

void jt_pages_grow(struct jt_pages *pages, size_t bytes)
{
    size_t room = pages->bytes ? pages->bytes : PAGE / 64;

    while (room < bytes)
        room *= 2;
    if (room > PAGE) {
        grow_mapped(pages, room);
        return;
    }
    pages->at = jt_realloc(pages->at, room, 1);
    pages->bytes = room;
}

void jt_pages_release(struct jt_pages *pages)
{
    if (pages->is_mapped)
        munmap(pages->at, pages->bytes);
    else
        free(pages->at);
    *pages = (struct jt_pages){0};
}
