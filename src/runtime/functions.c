/* See functions.h. */
#include "runtime/functions.h"

#include "jitney/status.h"

#include <string.h>

enum { FIRST_ROOM = 64 };

static int grow(struct jt_functions *functions, struct jt_heap *heap)
{
    uint32_t room = functions->room ? functions->room * 2 : FIRST_ROOM;
    struct jt_function *grown = NULL;

    if (room < functions->room)
        return JITNEY_ERR_LIMIT;
    grown = jt_heap_resize(heap, functions->at, functions->room * sizeof(*grown),
                           room * sizeof(*grown));
    if (!grown)
        return JITNEY_ERR_MEMORY;
    functions->at = grown;
    functions->room = room;
    return JITNEY_OK;
}

static size_t bytes_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

/* Append a text to the block; NULL stays NULL. */
static const char *put_text(char **at, const char *text)
{
    const char *copy = *at;
    size_t bytes = bytes_of(text);

    if (!text)
        return NULL;
    memcpy(*at, text, bytes);
    *at += bytes;
    return copy;
}

int jt_functions_add(struct jt_functions *functions, struct jt_heap *heap,
                     const struct jitney_function *function, uint64_t time_ns, uint32_t tid)
{
    size_t block_bytes =
        bytes_of(function->name) + bytes_of(function->name_space) + bytes_of(function->file);
    struct jt_function *added = NULL;
    char *at = NULL;
    int status = functions->count == functions->room ? grow(functions, heap) : JITNEY_OK;

    if (status)
        return status;
    at = jt_heap_resize(heap, NULL, 0, block_bytes);
    if (!at)
        return JITNEY_ERR_MEMORY;
    added = &functions->at[functions->count++];
    *added = (struct jt_function){
        .facts = *function, .time_ns = time_ns, .tid = tid, .block_bytes = block_bytes};
    added->facts.name = put_text(&at, function->name);
    added->facts.name_space = put_text(&at, function->name_space);
    added->facts.file = put_text(&at, function->file);
    added->facts.body = NULL;
    added->facts.body_bytes = 0;
    return JITNEY_OK;
}

void jt_functions_release(struct jt_functions *functions, struct jt_heap *heap)
{
    /* The name comes first in its block and is never NULL. */
    for (uint32_t i = 0; i < functions->count; i++)
        jt_heap_free(heap, (void *)functions->at[i].facts.name, functions->at[i].block_bytes);
    jt_heap_free(heap, functions->at, functions->room * sizeof(*functions->at));
    *functions = (struct jt_functions){0};
}
