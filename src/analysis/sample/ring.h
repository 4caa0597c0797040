/* The memory that the kernel writes one CPU's records into
 * (linux: include/uapi/linux/perf_event.h, struct perf_event_mmap_page). */
#ifndef JT_SAMPLE_RING_H
#define JT_SAMPLE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct jt_ring {
    void *base; /* the control page, then the data; NULL: not mapped */
    uint8_t *data;
    size_t data_bytes; /* a power of two */
    uint64_t tail;     /* what was consumed so far */
};

/* Map the ring of the event `fd`. 0, or -1 with errno. */
int jt_ring_open(struct jt_ring *ring, int fd, size_t data_bytes);
void jt_ring_close(struct jt_ring *ring);

/* The unread bytes as one or two pieces; how many pieces. The kernel leaves
 * them alone until they are consumed. */
int jt_ring_peek(const struct jt_ring *ring, struct iovec pieces[2]);
void jt_ring_consume(struct jt_ring *ring, size_t bytes);

#endif
