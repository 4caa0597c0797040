/* See take.h. */
#include "runtime/take.h"

#include "jitney/status.h"

#include <string.h>

int jt_take_struct(void *ours, size_t our_bytes, size_t least, const void *theirs)
{
    size_t bytes = 0;

    if (!theirs)
        return JITNEY_ERR_ARGUMENT;
    memcpy(&bytes, theirs, sizeof(bytes));
    if (bytes < least)
        return JITNEY_ERR_ARGUMENT;
    for (size_t i = our_bytes; i < bytes; i++)
        if (((const unsigned char *)theirs)[i] != 0)
            return JITNEY_ERR_VERSION;
    memset(ours, 0, our_bytes);
    memcpy(ours, theirs, bytes < our_bytes ? bytes : our_bytes);
    memcpy(ours, &our_bytes, sizeof(our_bytes));
    return JITNEY_OK;
}
