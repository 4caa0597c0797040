#include "analysis/sample/ring.h"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

int jt_ring_open(struct jt_ring *ring, int fd, size_t data_bytes)
{
    size_t page = page_bytes();
    void *base = mmap(NULL, page + data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (base == MAP_FAILED)
        return -1;
    *ring = (struct jt_ring){
        .base = base, .data = (uint8_t *)base + page, .data_bytes = data_bytes, .tail = 0};
    return 0;
}

void jt_ring_close(struct jt_ring *ring)
{
    if (ring->base)
        munmap(ring->base, page_bytes() + ring->data_bytes);
    *ring = (struct jt_ring){0};
}

int jt_ring_peek(const struct jt_ring *ring, struct iovec pieces[2])
{
    struct perf_event_mmap_page *page = ring->base;
    /* Pairs with the kernel's barrier between the data and data_head. */
    uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
    size_t start = (size_t)(ring->tail & (ring->data_bytes - 1));
    size_t bytes = (size_t)(head - ring->tail);
    size_t first = ring->data_bytes - start;

    if (bytes == 0)
        return 0;
    pieces[0] = (struct iovec){ring->data + start, bytes < first ? bytes : first};
    if (bytes <= first)
        return 1;
    pieces[1] = (struct iovec){ring->data, bytes - first};
    return 2;
}

void jt_ring_consume(struct jt_ring *ring, size_t bytes)
{
    struct perf_event_mmap_page *page = ring->base;

    ring->tail += bytes;
    __atomic_store_n(&page->data_tail, ring->tail, __ATOMIC_RELEASE);
}
