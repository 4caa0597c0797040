/* What is mapped where in one process at this moment. Children of a fork share
 * their parent's list until one of them maps something. */
#ifndef JT_SYMBOL_REGIONS_H
#define JT_SYMBOL_REGIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jt_region {
    uint64_t start;
    uint64_t end;         /* first address after it */
    uint64_t file_offset; /* of start */
    uint64_t time_ns;     /* when it was mapped */
    uint32_t module;      /* the caller's number of the mapped file */
};

/* As many mappings as Linux lets a process have (vm.max_map_count). */
enum { JT_REGIONS_MOST = 65530 };

struct jt_regions;

struct jt_regions *jt_regions_new(void);
struct jt_regions *jt_regions_share(struct jt_regions *regions);
void jt_regions_free(struct jt_regions *regions);
/* Map `region` over whatever was there. `*regions` may become another list when
 * it was shared. false: the list is full, nothing was mapped. */
bool jt_regions_map(struct jt_regions **regions, const struct jt_region *region);
/* NULL when nothing is mapped at `address`. Valid until the next map. */
const struct jt_region *jt_regions_find(const struct jt_regions *regions, uint64_t address);
size_t jt_regions_count(const struct jt_regions *regions);

#endif
