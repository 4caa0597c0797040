/* Joining ropes, without recursion: a rope may be millions deep on either side.
 *
 * A program that appends to a string and looks into it in turn joins a slightly longer rope each
 * time. The units of a joined rope therefore lie in a buffer that may have room behind them: when
 * the next rope begins with that string, only what was appended is copied, to the same buffer.
 * Strings that share the buffer see its beginning, which never changes. */
#include "vm/string.h"

#include <stdlib.h>

/* Strings with this flag have their units in a buffer, which `left` points to. */
#define IN_BUFFER 16

struct buffer {
    uint32_t used; /* units */
    uint32_t capacity;
    char units[];
};

struct part { /* a rope whose units go to [from, to) */
    struct rj_string *rope;
    uint32_t from;
    uint32_t to;
};

/* Only where both halves are ropes does one of them wait here. The parts are reachable from the
 * rope that is being joined, so the collector need not see this memory. */
struct waiting {
    struct part *parts;
    size_t count;
    size_t capacity;
    bool has_start; /* what begins at 0 is in its place already */
};

static bool wait_with(struct waiting *waiting, struct part part)
{
    if (waiting->count == waiting->capacity) {
        size_t capacity = waiting->capacity ? waiting->capacity * 2 : 64;
        struct part *parts = realloc(waiting->parts, capacity * sizeof(*parts));

        if (!parts)
            return false;
        waiting->parts = parts;
        waiting->capacity = capacity;
    }
    waiting->parts[waiting->count++] = part;
    return true;
}

static bool is_rope(const struct rj_string *string)
{
    return (string->cell.flags & RJ_STRING_ROPE) != 0;
}

static void put_flat(const struct waiting *waiting, const struct rj_string *string, char *units,
                     uint32_t at, bool wide)
{
    if (at == 0 && waiting->has_start)
        return;
    rj_string_copy(string, 0, string->length, units + ((size_t)at << wide), wide);
}

/* Write one rope's flat halves, going down the other; a second rope waits. */
static bool join_part(struct waiting *waiting, struct part part, char *units, bool wide)
{
    struct rj_string *string = part.rope;

    while (is_rope(string)) {
        struct rj_string *left = string->left;
        struct rj_string *right = string->right;

        if (!is_rope(right)) {
            part.to -= right->length;
            put_flat(waiting, right, units, part.to, wide);
            string = left;
        } else {
            if (!is_rope(left)) {
                put_flat(waiting, left, units, part.from, wide);
            } else if (!wait_with(waiting,
                                  (struct part){left, part.from, part.from + left->length})) {
                return false;
            }
            part.from += left->length;
            string = right;
        }
    }
    put_flat(waiting, string, units, part.from, wide);
    return true;
}

static bool join(struct rj_string *string, char *units, bool wide, bool has_start)
{
    struct waiting waiting = {.has_start = has_start};
    bool joined = join_part(&waiting, (struct part){string, 0, string->length}, units, wide);

    while (joined && waiting.count)
        joined = join_part(&waiting, waiting.parts[--waiting.count], units, wide);
    free(waiting.parts);
    return joined;
}

static struct buffer *buffer_new(struct rj_vm *vm, uint64_t capacity, bool wide)
{
    struct buffer *buffer = rj_allocate_atomic(vm, sizeof(*buffer) + (size_t)(capacity << wide));

    if (buffer)
        *buffer = (struct buffer){.capacity = (uint32_t)capacity};
    return buffer;
}

/* The buffer that the rope is joined in: that of the string it begins with, if there is room and
 * nobody has appended to it; else a new one, larger if the rope began as one before. */
static struct buffer *buffer_for(struct rj_vm *vm, const struct rj_string *string, bool wide,
                                 bool *has_start)
{
    const struct rj_string *first = string;
    uint64_t capacity = string->length;
    struct buffer *buffer;

    while (is_rope(first))
        first = first->left;
    *has_start = false;
    if (!(first->cell.flags & IN_BUFFER))
        return buffer_new(vm, capacity, wide);
    buffer = (struct buffer *)first->left;
    *has_start = rj_string_is_wide(first) == wide && buffer->used == first->length &&
                 buffer->capacity >= string->length;
    if (*has_start)
        return buffer;
    if (first->length > string->length / 2)
        capacity *= 2;
    return buffer_new(vm, capacity, wide);
}

bool rj_flatten(struct rj_vm *vm, struct rj_string *string)
{
    bool wide = rj_string_is_wide(string);
    bool has_start;
    struct buffer *buffer;

    if (!is_rope(string))
        return true;
    buffer = buffer_for(vm, string, wide, &has_start);
    if (!buffer)
        return false;
    if (!join(string, buffer->units, wide, has_start)) {
        rj_throw_memory(vm);
        return false;
    }
    buffer->used = string->length;
    string->chars = buffer->units;
    string->left = (struct rj_string *)buffer;
    string->right = NULL;
    string->cell.flags = (uint8_t)((string->cell.flags & ~RJ_STRING_ROPE) | IN_BUFFER);
    return true;
}
