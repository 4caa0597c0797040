/* Memory for one large array that grows: in pages of two megabytes where the
 * kernel has them, and without a copy. Small ones lie on the heap. */
#ifndef JT_PROFILE_PAGES_H
#define JT_PROFILE_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct jt_pages {
    void *at;
    size_t bytes;   /* there is room for */
    bool is_mapped; /* not on the heap */
};

/* Make room for `bytes` at least and for some more, here or elsewhere. What is
 * new is not zero. */
void jt_pages_grow(struct jt_pages *pages, size_t bytes);
void jt_pages_release(struct jt_pages *pages);

#endif
