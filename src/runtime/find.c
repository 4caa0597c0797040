/* jitney_find() and jitney_find_frames(). Nothing here waits, takes memory or changes
 * anything but the counters of readers. */
#include "runtime/find.h"

#include "jitney/status.h"
#include "runtime/codemap.h"
#include "runtime/quick.h"
#include "runtime/readers.h"

#include <stddef.h>
#include <string.h>

enum {
    SIZE_MIN = offsetof(struct jitney_found, bytes), /* an answer without an address is none */
    SIZE_MAX_SANE = 1 << 16,
};

/* A frame of code at one address, walked from the innermost function to the code's own. */
struct walk {
    struct jt_codemap_hit hit;
    uint32_t inlined; /* 0: the code itself; n: inlined[n - 1] */
    uint32_t line;
    uint32_t column;
    const char *file; /* NULL: the function's */
};

static const struct jitney_code_load *load_of(const struct walk *walk)
{
    return &walk->hit.quick->code->load;
}

static bool walk_begin(struct walk *walk, uint64_t pc)
{
    const struct jt_quick *quick = NULL;
    struct jt_quick_row row;

    if (!jt_codemap_lookup(pc, &walk->hit))
        return false;
    quick = walk->hit.quick;
    walk->inlined = 0;
    walk->file = NULL;
    if (!jt_quick_row(quick, pc - walk->hit.address, &row)) {
        walk->line = quick->is_wide ? load_of(walk)->line : quick->line;
        walk->column = quick->is_wide ? load_of(walk)->column : quick->column;
        return true;
    }
    walk->line = row.whole ? row.whole->line : row.line;
    walk->column = row.whole ? row.whole->column : row.column;
    walk->inlined = row.whole ? row.whole->inlined : 0;
    walk->file = row.whole ? row.whole->file : NULL;
    return true;
}

/* jt_code_copy() has made sure that callers have lower numbers: this ends. */
static void walk_to_caller(struct walk *walk)
{
    const struct jitney_inlined *callee = &load_of(walk)->inlined[walk->inlined - 1];

    walk->inlined = callee->caller;
    walk->line = callee->call_line;
    walk->column = callee->call_column;
    walk->file = NULL;
}

/* In steps of a constant size, the last of which covers again what the one before has: that is
 * much quicker than memcpy() of what is not known when this is compiled. */
static void copy_text(char *to, const char *text, size_t bytes)
{
    enum { STEP = 16, HALF = STEP / 2 };

    if (bytes >= STEP) {
        for (size_t i = 0; i < bytes - STEP; i += STEP)
            memcpy(to + i, text + i, STEP);
        memcpy(to + bytes - STEP, text + bytes - STEP, STEP);
    } else if (bytes >= HALF) {
        memcpy(to, text, HALF);
        memcpy(to + bytes - HALF, text + bytes - HALF, HALF);
    } else {
        for (size_t i = 0; i < bytes; i++)
            to[i] = text[i];
    }
    to[bytes] = '\0';
}

/* NULL: "". */
static void cut_text(char *to, const char *text, size_t room)
{
    copy_text(to, text, text ? jt_code_cut(text, strnlen(text, room), room) : 0);
}

static void fill_own_file(const struct walk *walk, char to[JITNEY_FOUND_FILE])
{
    const struct jt_quick *quick = walk->hit.quick;

    if (quick->is_wide) {
        cut_text(to, load_of(walk)->file, JITNEY_FOUND_FILE);
    } else if (quick->file > 0) {
        const struct jt_filename *file = jt_filenames_at(&walk->hit.store->files, quick->file);

        copy_text(to, file->text, file->bytes);
    } else {
        to[0] = '\0';
    }
}

static void fill_file(const struct walk *walk, const char *file, char to[JITNEY_FOUND_FILE])
{
    if (walk->file)
        file = walk->file;
    if (file)
        cut_text(to, file, JITNEY_FOUND_FILE);
    else
        fill_own_file(walk, to);
}

static void fill_inlined(const struct walk *walk, struct jitney_found *found)
{
    const struct jitney_inlined *inlined = &load_of(walk)->inlined[walk->inlined - 1];

    found->function = inlined->function;
    found->is_inlined = 1;
    cut_text(found->name, inlined->name, JITNEY_FOUND_NAME);
    fill_file(walk, inlined->file, found->file);
}

static void fill_facts(const struct walk *walk, struct jitney_found *found)
{
    const struct jt_quick *quick = walk->hit.quick;
    const struct jt_code *code = quick->is_wide ? quick->code : NULL;

    found->code = code ? code->number : quick->number;
    found->kind = code ? code->load.kind : quick->kind;
    found->tier = code ? code->load.tier : quick->tier;
    found->function = code ? code->load.function : quick->function;
}

static void fill(const struct walk *walk, struct jitney_found *found)
{
    const struct jt_quick *quick = walk->hit.quick;

    found->address = walk->hit.address;
    found->bytes = walk->hit.bytes;
    found->line = walk->line;
    found->column = walk->column;
    fill_facts(walk, found);
    if (walk->inlined > 0) {
        fill_inlined(walk, found);
        return;
    }
    found->is_inlined = 0;
    copy_text(found->name, jt_quick_name(quick), quick->name_bytes);
    fill_file(walk, NULL, found->file);
}

/* A caller of another version has another struct: no byte behind his is written, and what this
 * library does not know is zero. */
static void fill_sized(const struct walk *walk, struct jitney_found *found, size_t size)
{
    struct jitney_found whole;

    if (size == sizeof(*found)) {
        fill(walk, found);
    } else if (size > sizeof(*found)) {
        fill(walk, found);
        memset((char *)found + sizeof(*found), 0, size - sizeof(*found));
    } else {
        memset(&whole, 0, sizeof(whole));
        fill(walk, &whole);
        memcpy((char *)found + sizeof(size), (char *)&whole + sizeof(size), size - sizeof(size));
    }
    found->size = size;
}

static bool is_sane(const struct jitney_found *found)
{
    return found && found->size >= SIZE_MIN && found->size <= SIZE_MAX_SANE;
}

int jitney_find(uint64_t pc, struct jitney_found *found)
{
    struct jt_reader reader;
    struct walk walk;
    bool is_there = false;

    if (!is_sane(found))
        return JITNEY_ERR_ARGUMENT;
    reader = jt_readers_enter();
    is_there = walk_begin(&walk, pc);
    if (is_there) {
        while (walk.inlined > 0)
            walk_to_caller(&walk);
        fill_sized(&walk, found, found->size);
    }
    jt_readers_leave(reader);
    return is_there ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}

static int fill_frames(struct walk *walk, struct jitney_found *found, int room)
{
    size_t size = found->size;
    char *at = (char *)found;

    for (int i = 0; i < room; i++, at += size) {
        fill_sized(walk, (struct jitney_found *)at, size);
        if (walk->inlined == 0)
            return i + 1;
        walk_to_caller(walk);
    }
    return room > 0 ? room : 0;
}

int jitney_find_frames(uint64_t pc, struct jitney_found *found, int room)
{
    struct jt_reader reader;
    struct walk walk;
    int count = 0;

    if (!is_sane(found) || found->size % _Alignof(struct jitney_found) != 0)
        return 0;
    reader = jt_readers_enter();
    if (walk_begin(&walk, pc))
        count = fill_frames(&walk, found, room);
    jt_readers_leave(reader);
    return count;
}

int jt_find_frame(uint64_t pc, int index, struct jitney_found *found, bool *is_last)
{
    struct jt_reader reader = jt_readers_enter();
    struct walk walk;
    bool is_there = walk_begin(&walk, pc);

    for (; is_there && index > 0; index--) {
        is_there = walk.inlined > 0;
        if (is_there)
            walk_to_caller(&walk);
    }
    if (is_there) {
        *is_last = walk.inlined == 0;
        fill_sized(&walk, found, sizeof(*found));
    }
    jt_readers_leave(reader);
    return is_there ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}

int jt_find_facts(uint64_t pc, struct jt_find_facts *facts)
{
    struct jt_reader reader = jt_readers_enter();
    struct jt_codemap_hit hit;
    bool is_there = jt_codemap_lookup(pc, &hit);

    if (is_there)
        *facts = (struct jt_find_facts){.address = hit.address,
                                        .flags = hit.quick->code->load.flags,
                                        .unwind_kind = hit.quick->code->load.unwind_kind};
    jt_readers_leave(reader);
    return is_there ? JITNEY_OK : JITNEY_ERR_NOT_FOUND;
}
