#include "analysis/load/jitdump_load.h"

#include "format/jitdump.h"

#include <string.h>

static bool is_pad(const uint8_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (at[i])
            return false;
    return true;
}

/* Whether the bytes between a name's first NUL and where the code would begin
 * when counted from the record's end are more of the name, and not code. */
static bool is_more_name(const uint8_t *at, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (at[i] < 0x20 || at[i] == 0x7f)
            return false;
    return at[count - 1] == 0;
}

/* The code begins behind the name (the specification) and ends with the record
 * (perf); `gap` more bytes are there than both take. */
static void settle_gap(struct jt_jitdump_load_parts *parts, uint64_t gap, size_t seen)
{
    const uint8_t *behind = (const uint8_t *)parts->name + parts->name_bytes + 1;

    parts->is_repaired = true;
    if (gap > seen)
        return;
    if (is_pad(behind, (size_t)gap)) {
        parts->code_at += gap;
    } else if (is_more_name(behind, (size_t)gap)) {
        parts->code_at += gap;
        parts->name_bytes += (size_t)gap;
    }
}

/* The record ends before the code does. A record that holds no code at all
 * leaves it out on purpose; of another one the size is wrong. */
static void settle_lack(struct jt_jitdump_load_parts *parts, uint64_t left)
{
    parts->is_repaired = true;
    if (left == 0)
        parts->code_at = 0;
    else
        parts->code_bytes = left;
}

void jt_jitdump_load_split(struct jt_jitdump_load_parts *parts, const char *text, size_t seen,
                           uint64_t body)
{
    uint64_t name_room = parts->code_bytes <= body ? body - parts->code_bytes : body;
    size_t searched = name_room < seen ? (size_t)name_room : seen;
    const char *nul = memchr(text, 0, searched);
    uint64_t code_from_name = 0;

    parts->name = text;
    parts->name_bytes = nul ? (size_t)(nul - text) : searched;
    if (!nul) {
        /* With no code either, nothing tells where the name ends. */
        if (parts->code_bytes > body)
            parts->code_bytes = 0;
        parts->is_repaired = true;
        parts->code_at = JT_JITDUMP_LOAD_BYTES + name_room;
        return;
    }
    code_from_name = parts->name_bytes + 1;
    parts->code_at = JT_JITDUMP_LOAD_BYTES + code_from_name;
    if (parts->code_bytes > body - code_from_name)
        settle_lack(parts, body - code_from_name);
    else if (code_from_name < name_room)
        settle_gap(parts, name_room - code_from_name, searched - (size_t)code_from_name);
}
