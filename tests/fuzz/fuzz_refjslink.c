/* What refjs loads back when code comes from a cache: a relocatable object and a block of metadata.
 *
 * The input: the first byte says what it is ('o' object, 'm' metadata, 'b' both, the object's
 * length in the next four bytes). */
#include "jit/lines.h"
#include "jit/link.h"
#include "jit/meta.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 20 };

/* Aligned as memory from anywhere is, and exactly as long. */
static uint8_t *copy_of(const uint8_t *bytes, size_t count)
{
    uint8_t *copy = malloc(count ? count : 1);

    if (!copy)
        abort();
    memcpy(copy, bytes, count);
    return copy;
}

/* Every symbol that is asked for is there. */
static bool resolve(void *context, const char *name, uint64_t *value)
{
    *value = UINT64_C(0x100000) + strlen(name);
    return name[0] != '!';
}

static void link_object(const uint8_t *object, size_t bytes)
{
    size_t needed = rj_link_bytes(object, bytes);
    struct rj_code_piece piece = {.bytes = needed};
    struct rj_object_code code;

    if (needed == 0 || needed > MOST_BYTES)
        return;
    piece.write = malloc(needed); /* exactly: the sanitizer sees a byte too much */
    piece.run = piece.write;
    if (piece.write && !rj_link_at(&piece, object, bytes, resolve, NULL, &code))
        if (code.start < piece.run || code.start + code.bytes > piece.run + needed ||
            code.entry >= code.bytes)
            abort();
    free(piece.write);
}

static void read_metadata(const uint8_t *block, size_t bytes, const uint8_t *object,
                          size_t object_bytes)
{
    struct rj_meta meta = {0};
    uint8_t *aligned = copy_of(block, bytes);
    struct rj_line *lines;
    void *again;
    size_t again_bytes;
    uint32_t count;

    if (rj_meta_unpack(&meta, aligned, bytes)) {
        again = rj_meta_pack(&meta, &again_bytes);
        if (!again || !rj_meta_unpack(&meta, again, again_bytes))
            abort(); /* what was taken once is good */
        rj_meta_unpack(&meta, aligned, bytes);
        free(again);
        lines = object ? rj_lines_read((const char *)object, object_bytes, &meta, &count) : NULL;
        for (uint32_t i = 0; lines && i < count; i++)
            if (lines[i].place >= meta.count[RJ_META_places])
                abort();
        free(lines);
    }
    free(aligned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t object_bytes = 0;
    uint8_t *object;

    if (size < 1 || size > MOST_BYTES)
        return 0;
    if (data[0] == 'o') {
        object = copy_of(data + 1, size - 1);
        link_object(object, size - 1);
        free(object);
    }
    if (data[0] == 'm')
        read_metadata(data + 1, size - 1, NULL, 0);
    if (data[0] != 'b' || size < 5)
        return 0;
    memcpy(&object_bytes, data + 1, sizeof(object_bytes));
    if (object_bytes > size - 5)
        return 0;
    object = copy_of(data + 5, object_bytes);
    link_object(object, object_bytes);
    read_metadata(data + 5 + object_bytes, size - 5 - object_bytes, object, object_bytes);
    free(object);
    return 0;
}
