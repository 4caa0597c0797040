/* See filenames.h. */
#include "runtime/filenames.h"

#include "base/hash.h"

#include <stdbool.h>
#include <string.h>

enum {
    HEAD_BYTES = offsetof(struct jt_filename, text),
    LINES_MAX = 4,
    BUCKETS_MIN = 64,
    BLOCK_BYTES = JT_FILENAMES_BLOCK * sizeof(uint32_t),
};

/* As pieces of code have, see quick.c: the slab knows few sizes. */
static uint32_t lines_for(size_t bytes)
{
    uint32_t lines = 1;

    while ((size_t)lines * JT_SLAB_LINE < bytes)
        lines *= 2;
    return lines;
}

static struct jt_filename *name_at(const struct jt_filenames *names, uint16_t number)
{
    return (struct jt_filename *)jt_filenames_at(names, number);
}

static uint16_t *bucket_of(const struct jt_filenames *names, uint32_t hash)
{
    return &names->buckets[hash & (names->bucket_count - 1)];
}

static uint16_t find(const struct jt_filenames *names, uint32_t hash, const char *text,
                     size_t bytes)
{
    uint16_t number = names->bucket_count > 0 ? *bucket_of(names, hash) : 0;

    while (number > 0) {
        const struct jt_filename *name = jt_filenames_at(names, number);

        if (name->hash == hash && name->bytes == bytes && memcmp(name->text, text, bytes) == 0)
            return number;
        number = name->next;
    }
    return 0;
}

static void link_name(struct jt_filenames *names, uint16_t number)
{
    struct jt_filename *name = name_at(names, number);
    uint16_t *bucket = bucket_of(names, name->hash);

    name->next = *bucket;
    *bucket = number;
}

static uint32_t piece_of(const struct jt_filenames *names, uint32_t number)
{
    const uint32_t *block = names->blocks[number / JT_FILENAMES_BLOCK];

    return block ? block[number % JT_FILENAMES_BLOCK] : 0;
}

/* Without memory the chains are longer than they should be, which is no harm. */
static bool grow_buckets(struct jt_filenames *names)
{
    struct jt_heap *heap = names->slab->heap;
    uint32_t count = names->bucket_count > 0 ? 2 * names->bucket_count : BUCKETS_MIN;
    uint16_t *buckets = NULL;

    if (names->count < names->bucket_count || names->bucket_count > UINT16_MAX)
        return true;
    buckets = jt_heap_take(heap, count * sizeof(*buckets));
    if (!buckets)
        return names->bucket_count > 0;
    jt_heap_free(heap, names->buckets, names->bucket_count * sizeof(*buckets));
    names->buckets = buckets;
    names->bucket_count = count;
    for (uint32_t number = 1; number <= UINT16_MAX; number++)
        if (!names->blocks[number / JT_FILENAMES_BLOCK])
            number |= JT_FILENAMES_BLOCK - 1;
        else if (piece_of(names, number) > 0)
            link_name(names, (uint16_t)number);
    return true;
}

static uint32_t *free_number(struct jt_filenames *names, uint32_t *number)
{
    uint32_t **block = NULL;

    *number = names->free_from > 0 ? names->free_from : 1;
    while (*number <= UINT16_MAX && piece_of(names, *number) > 0)
        ++*number;
    names->free_from = *number;
    if (*number > UINT16_MAX)
        return NULL;
    block = &names->blocks[*number / JT_FILENAMES_BLOCK];
    if (!*block)
        *block = jt_heap_take(names->slab->heap, BLOCK_BYTES);
    return *block ? &(*block)[*number % JT_FILENAMES_BLOCK] : NULL;
}

static uint16_t add(struct jt_filenames *names, uint32_t hash, const char *text, size_t bytes)
{
    uint32_t lines = lines_for(HEAD_BYTES + bytes);
    uint32_t number = 0;
    struct jt_filename *name = NULL;
    uint32_t *piece =
        lines <= LINES_MAX && grow_buckets(names) ? free_number(names, &number) : NULL;

    if (piece)
        name = jt_slab_take(names->slab, lines, piece);
    if (!name)
        return 0;
    name->users = 1;
    name->hash = hash;
    name->bytes = (uint8_t)bytes;
    memcpy(name->text, text, bytes);
    link_name(names, (uint16_t)number);
    names->count++;
    return (uint16_t)number;
}

uint16_t jt_filenames_take(struct jt_filenames *names, const char *text, size_t bytes)
{
    uint32_t hash = (uint32_t)jt_hash_bytes(text, bytes);
    uint16_t number = find(names, hash, text, bytes);

    if (number == 0)
        return add(names, hash, text, bytes);
    name_at(names, number)->users++;
    return number;
}

void jt_filenames_give(struct jt_filenames *names, uint16_t number)
{
    struct jt_filename *name = number > 0 ? name_at(names, number) : NULL;
    uint32_t *block = names->blocks[number / JT_FILENAMES_BLOCK];
    uint16_t *link = NULL;

    if (!name || --name->users > 0)
        return;
    link = bucket_of(names, name->hash);
    while (*link != number)
        link = &name_at(names, *link)->next;
    *link = name->next;
    jt_slab_give(names->slab, block[number % JT_FILENAMES_BLOCK]);
    block[number % JT_FILENAMES_BLOCK] = 0;
    names->count--;
    if (number < names->free_from)
        names->free_from = number;
}

void jt_filenames_release(struct jt_filenames *names)
{
    struct jt_heap *heap = names->slab->heap;

    for (unsigned i = 0; i < JT_FILENAMES_BLOCK; i++)
        jt_heap_free(heap, names->blocks[i], BLOCK_BYTES);
    jt_heap_free(heap, names->buckets, names->bucket_count * sizeof(*names->buckets));
}
