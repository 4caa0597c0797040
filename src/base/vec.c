#include "base/vec.h"

void *jt_vec_grown(void *old, size_t *room, size_t needed, size_t element_bytes)
{
    *room = needed + needed / 2 + 8;
    return jt_realloc(old, *room, element_bytes);
}
