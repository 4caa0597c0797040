/* Metadata of compiled code: gathered, packed, checked. */
#include "jit/meta.h"

#include "jit/arena.h"

#include <stdlib.h>

#define MAGIC UINT32_C(0x4d4a5231) /* "1RJM" */

struct header {
    uint32_t magic;
    uint32_t bytes;
    uint32_t count[RJ_META_TABLE_COUNT];
    uint32_t offset[RJ_META_TABLE_COUNT];
};

static const uint32_t row_bytes[RJ_META_TABLE_COUNT] = {
#define RJ_META_ROW(name, type) sizeof(type),
    RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
};

#define RJ_META_ROW(name, type)                                                                    \
    uint32_t rj_meta_add_##name(struct rj_meta *meta, type row)                                    \
    {                                                                                              \
        uint32_t *count = &meta->count[RJ_META_##name];                                            \
                                                                                                   \
        meta->name =                                                                               \
            rj_jit_grow(meta->name, *count, &meta->capacity[RJ_META_##name], sizeof(row));         \
        meta->name[*count] = row;                                                                  \
        return (*count)++;                                                                         \
    }
RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW

uint32_t rj_meta_text(struct rj_meta *meta, const char *text)
{
    uint32_t start = meta->count[RJ_META_texts];

    if (!text)
        text = "";
    for (uint32_t i = 0; i < start; i += (uint32_t)strlen(meta->texts + i) + 1)
        if (strcmp(meta->texts + i, text) == 0)
            return i;
    for (const char *at = text; *at; at++)
        rj_meta_add_texts(meta, *at);
    rj_meta_add_texts(meta, '\0');
    return start;
}

void rj_meta_clear(struct rj_meta *meta)
{
    memset(meta->count, 0, sizeof(meta->count));
}

void rj_meta_release(struct rj_meta *meta)
{
#define RJ_META_ROW(name, type) free(meta->name);
    RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
    memset(meta, 0, sizeof(*meta));
}

void *rj_meta_pack(const struct rj_meta *meta, size_t *bytes)
{
    const void *tables[RJ_META_TABLE_COUNT] = {
#define RJ_META_ROW(name, type) meta->name,
        RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
    };
    struct header header = {.magic = MAGIC};
    size_t total = sizeof(header);
    char *block;

    for (int i = 0; i < RJ_META_TABLE_COUNT; i++) {
        total = (total + 7) & ~(size_t)7;
        header.count[i] = meta->count[i];
        header.offset[i] = (uint32_t)total;
        total += (size_t)row_bytes[i] * meta->count[i];
    }
    if (total > UINT32_MAX / 2)
        return NULL;
    header.bytes = (uint32_t)total;
    block = calloc(1, total);
    if (!block)
        return NULL;
    memcpy(block, &header, sizeof(header));
    for (int i = 0; i < RJ_META_TABLE_COUNT; i++)
        if (header.count[i])
            memcpy(block + header.offset[i], tables[i], (size_t)row_bytes[i] * header.count[i]);
    *bytes = total;
    return block;
}

/* ---- reading: every number in the block is checked here, so that nobody has to later ---- */

static bool is_below(uint32_t number, uint32_t count)
{
    return number < count;
}

static bool is_below_or_none(uint32_t number, uint32_t count)
{
    return number == RJ_NOWHERE || number < count;
}

static bool values_are_good(const struct rj_meta *meta)
{
    for (uint32_t i = 0; i < meta->count[RJ_META_values]; i++) {
        const struct rj_meta_value *value = &meta->values[i];

        if (value->rep > RJ_REP_BOXED || !is_below_or_none(value->link, meta->count[RJ_META_links]))
            return false;
    }
    return true;
}

static bool frames_are_good(const struct rj_meta *meta)
{
    for (uint32_t i = 0; i < meta->count[RJ_META_frames]; i++) {
        const struct rj_meta_frame *frame = &meta->frames[i];
        uint64_t end = (uint64_t)frame->first_value + frame->value_count + 1 + frame->is_construct;

        /* A caller is made before its callee: chains end. */
        if (!is_below(frame->function, meta->count[RJ_META_functions]) ||
            end > meta->count[RJ_META_values] || frame->is_construct > 1 ||
            (frame->caller != RJ_NOWHERE && frame->caller >= i))
            return false;
    }
    return true;
}

static bool guards_are_good(const struct rj_meta *meta)
{
    const uint32_t *count = meta->count;

    for (uint32_t i = 0; i < count[RJ_META_guards]; i++) {
        const struct rj_meta_guard *guard = &meta->guards[i];

        if (!is_below(guard->frame, count[RJ_META_frames]) ||
            !is_below(guard->function, count[RJ_META_functions]) ||
            !is_below(guard->place, count[RJ_META_places]) ||
            !is_below(guard->reason, count[RJ_META_texts]) ||
            !is_below(guard->expected, count[RJ_META_texts]))
            return false;
    }
    return true;
}

static bool places_are_good(const struct rj_meta *meta)
{
    const uint32_t *count = meta->count;

    for (uint32_t i = 0; i < count[RJ_META_places]; i++) {
        const struct rj_meta_place *place = &meta->places[i];

        if (!is_below(place->function, count[RJ_META_functions]) ||
            (place->caller != RJ_NOWHERE && place->caller >= i) ||
            place->inlined > count[RJ_META_inlined])
            return false;
    }
    for (uint32_t i = 0; i < count[RJ_META_inlined]; i++)
        if (!is_below(meta->inlined[i].function, count[RJ_META_functions]) ||
            !is_below(meta->inlined[i].call_place, count[RJ_META_places]))
            return false;
    return true;
}

static bool names_are_good(const struct rj_meta *meta)
{
    uint32_t texts = meta->count[RJ_META_texts];

    for (uint32_t i = 0; i < meta->count[RJ_META_functions]; i++) {
        const struct rj_meta_function *function = &meta->functions[i];

        if (!is_below(function->path, texts) || !is_below(function->name, texts) ||
            !is_below(function->file, texts) ||
            !is_below(function->code, meta->count[RJ_META_links]))
            return false;
    }
    for (uint32_t i = 0; i < meta->count[RJ_META_links]; i++)
        if (!is_below(meta->links[i].text, texts))
            return false;
    return texts > 0 && meta->texts[texts - 1] == '\0';
}

bool rj_meta_unpack(struct rj_meta *meta, const void *block, size_t bytes)
{
    const char *start = block;
    struct header header;

    memset(meta, 0, sizeof(*meta));
    if (bytes < sizeof(header))
        return false;
    memcpy(&header, block, sizeof(header));
    if (header.magic != MAGIC || header.bytes != bytes)
        return false;
    for (int i = 0; i < RJ_META_TABLE_COUNT; i++) {
        uint64_t end = header.offset[i] + (uint64_t)header.count[i] * row_bytes[i];

        if (header.offset[i] % 8 || header.offset[i] < sizeof(header) || end > bytes)
            return false;
        meta->count[i] = header.count[i];
    }
#define RJ_META_ROW(name, type)                                                                    \
    meta->name = (type *)(uintptr_t)(start + header.offset[RJ_META_##name]);
    RJ_META_TABLES(RJ_META_ROW)
#undef RJ_META_ROW
    return names_are_good(meta) && values_are_good(meta) && frames_are_good(meta) &&
           guards_are_good(meta) && places_are_good(meta);
}
