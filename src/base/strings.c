#include "base/strings.h"

#include "base/hash.h"

#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, FIRST_SLOTS = 256 };

void jt_strings_init(struct jt_strings *strings)
{
    *strings = (struct jt_strings){.mask = FIRST_SLOTS - 1};
    strings->slots = jt_alloc(FIRST_SLOTS, sizeof(*strings->slots));
    jt_strings_put(strings, "", 0);
}

void jt_strings_release(struct jt_strings *strings)
{
    for (size_t i = 0; i < strings->chunks.count; i++)
        free(strings->chunks.at[i]);
    jt_vec_release(&strings->chunks);
    jt_vec_release(&strings->entries);
    free(strings->slots);
    *strings = (struct jt_strings){0};
}

static const char *copy_text(struct jt_strings *strings, const char *text, size_t bytes)
{
    size_t chunk_bytes = bytes + 1 > CHUNK_BYTES ? bytes + 1 : CHUNK_BYTES;
    char *copy = NULL;

    if (bytes + 1 > strings->chunk_left) {
        jt_vec_push(&strings->chunks, (char *)jt_alloc(chunk_bytes, 1));
        strings->chunk_left = chunk_bytes;
    }
    copy = strings->chunks.at[strings->chunks.count - 1];
    copy += (bytes + 1 > CHUNK_BYTES ? bytes + 1 : CHUNK_BYTES) - strings->chunk_left;
    if (bytes > 0)
        memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    strings->chunk_left -= bytes + 1;
    return copy;
}

static void grow(struct jt_strings *strings)
{
    size_t slots = (strings->mask + 1) * 2;
    size_t at = 0;

    free(strings->slots);
    strings->slots = jt_alloc(slots, sizeof(*strings->slots));
    strings->mask = slots - 1;
    for (size_t i = 0; i < strings->entries.count; i++) {
        at = strings->entries.at[i].hash & strings->mask;
        while (strings->slots[at])
            at = (at + 1) & strings->mask;
        strings->slots[at] = (uint32_t)i + 1;
    }
}

uint32_t jt_strings_put(struct jt_strings *strings, const char *text, size_t bytes)
{
    uint32_t hash = (uint32_t)jt_hash_bytes(text, bytes);
    size_t at = hash & strings->mask;
    const struct jt_strings_entry *entry = NULL;

    for (; strings->slots[at]; at = (at + 1) & strings->mask) {
        entry = &strings->entries.at[strings->slots[at] - 1];
        if (entry->hash == hash && entry->bytes == bytes && memcmp(entry->text, text, bytes) == 0)
            return strings->slots[at] - 1;
    }
    jt_vec_push(&strings->entries,
                (struct jt_strings_entry){copy_text(strings, text, bytes), (uint32_t)bytes, hash});
    strings->slots[at] = (uint32_t)strings->entries.count;
    if (strings->entries.count * 4 > (strings->mask + 1) * 3)
        grow(strings);
    return (uint32_t)strings->entries.count - 1;
}

uint32_t jt_strings_put_text(struct jt_strings *strings, const char *text)
{
    return jt_strings_put(strings, text, strlen(text));
}

const char *jt_strings_text(const struct jt_strings *strings, uint32_t id)
{
    return id < strings->entries.count ? strings->entries.at[id].text : "";
}

size_t jt_strings_bytes(const struct jt_strings *strings, uint32_t id)
{
    return id < strings->entries.count ? strings->entries.at[id].bytes : 0;
}
