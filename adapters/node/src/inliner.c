#include "inliner.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_KNOWN = 1 << 20, MOST_LINES = 1 << 24 };

static uint64_t line_key(uint64_t key, uint32_t position)
{
    return node_key(key, (const char *)&position, sizeof(position));
}

void node_inliner_add_line(struct node_inliner *inliner, uint64_t key, uint32_t position,
                           uint32_t line)
{
    if (line != 0 && inliner->lines.count < MOST_LINES)
        node_table_put(&inliner->lines, line_key(key, position), line);
}

static bool has_room(struct node_inliner *inliner)
{
    size_t room = inliner->known_room ? inliner->known_room * 2 : 256;
    struct node_known_function *larger = NULL;

    if (inliner->known_count < inliner->known_room)
        return true;
    larger = room <= MOST_KNOWN ? realloc(inliner->known, room * sizeof(*larger)) : NULL;
    if (!larger)
        return false;
    inliner->known = larger;
    inliner->known_room = room;
    return true;
}

void node_inliner_add_function(struct node_inliner *inliner, uint64_t address, uint64_t key,
                               const struct jitney_code_load *load)
{
    uint32_t number = node_table_get(&inliner->by_address, address);
    struct node_known_function made = {.key = key, .function = load->function};

    if (address == 0 || (number > 0 && inliner->known[number - 1].key == key) || !has_room(inliner))
        return;
    made.name = strdup(load->name);
    made.file = load->file ? strdup(load->file) : NULL;
    if (!made.name)
        return free(made.file);
    inliner->known[inliner->known_count++] = made;
    node_table_put(&inliner->by_address, address, (uint32_t)inliner->known_count);
}

static bool reserve(struct node_inliner *inliner, size_t count)
{
    struct jitney_inlined *frames = NULL;
    uint64_t *keys = NULL;

    if (count <= inliner->frame_room)
        return true;
    frames = realloc(inliner->frames, count * sizeof(*frames));
    if (frames)
        inliner->frames = frames;
    keys = realloc(inliner->keys, count * sizeof(*keys));
    if (keys)
        inliner->keys = keys;
    if (!frames || !keys)
        return false;
    inliner->frame_room = count;
    return true;
}

static uint32_t line_of(const struct node_inliner *inliner, uint64_t key, uint32_t position)
{
    return key ? node_table_get(&inliner->lines, line_key(key, position)) : 0;
}

bool node_inliner_describe(struct node_inliner *inliner, const struct node_inlining *inlining,
                           uint64_t key)
{
    if (!reserve(inliner, inlining->call_count))
        return false;
    for (size_t i = 0; i < inlining->call_count; i++) {
        const struct node_inlining_call *call = &inlining->calls[i];
        uint32_t number = node_table_get(&inliner->by_address, call->function);
        const struct node_known_function *known = number ? &inliner->known[number - 1] : NULL;
        uint64_t caller = call->caller ? inliner->keys[call->caller - 1] : key;

        /* What is called by something unknown is not told either. */
        inliner->keys[i] = known && caller ? known->key : 0;
        inliner->frames[i] =
            (struct jitney_inlined){.name = known ? known->name : "(not known)",
                                    .file = known ? known->file : NULL,
                                    .caller = call->caller,
                                    .call_line = line_of(inliner, caller, call->position),
                                    .function = known ? known->function : 0};
    }
    return true;
}

uint32_t node_inliner_line(const struct node_inliner *inliner, const struct node_inlining_row *row)
{
    return row->inlined ? line_of(inliner, inliner->keys[row->inlined - 1], row->position) : 0;
}

void node_inliner_release(struct node_inliner *inliner)
{
    for (size_t i = 0; i < inliner->known_count; i++) {
        free(inliner->known[i].name);
        free(inliner->known[i].file);
    }
    free(inliner->known);
    free(inliner->frames);
    free(inliner->keys);
    node_table_release(&inliner->by_address);
    node_table_release(&inliner->lines);
    *inliner = (struct node_inliner){0};
}
