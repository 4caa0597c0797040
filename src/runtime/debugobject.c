/* See debugobject.h. Sections of an object: one .text for each run, which has no
 * content because the code is in memory already, then those of `enum section`. */
#include "runtime/debugobject.h"

#include "format/dwarf_writer.h"
#include "format/eh_frame.h"
#include "format/elf_writer.h"
#include "format/plain.h"
#include "jitney/status.h"

#include <elf.h>
#include <string.h>

enum section { SYMBOLS, STRINGS, ABBREVIATIONS, INFO, LINES, FRAMES, SECTION_COUNT };

enum {
    IMAGE_LIMIT = 1 << 29,
    MEMBER_LIMIT = 32768, /* each may need a section of its own, of which there are 65,280 */
    MEMBERS_LIMIT = MEMBER_LIMIT * sizeof(struct jt_debug_member),
    RUNS_LIMIT = MEMBER_LIMIT * sizeof(struct jt_debug_run),
    NAME_LIMIT = 4096,
    /* Padding between pieces of code: engines align it, and leave room for perf's unwinding data
     * (jitney_code_gap()). */
    GAP_LIMIT = 256,
    /* What is struck out around new code: the smaller, the less has to be described again. */
    RUN_MEMBERS = 64,
    ABBREVIATIONS_ROOM = 512,
    ALIGN = 8,
};

struct jt_debug_object *jt_debug_object_new(struct jt_heap *heap)
{
    struct jt_debug_object *object = jt_heap_take(heap, sizeof(*object));

    if (!object)
        return NULL;
    object->image = (struct jt_buf)JT_BUF_INIT_IN(heap, IMAGE_LIMIT);
    object->members = (struct jt_buf)JT_BUF_INIT_IN(heap, MEMBERS_LIMIT);
    object->runs = (struct jt_buf)JT_BUF_INIT_IN(heap, RUNS_LIMIT);
    return object;
}

void jt_debug_object_free(struct jt_heap *heap, struct jt_debug_object *object)
{
    if (!object)
        return;
    jt_buf_release(&object->image);
    jt_buf_release(&object->members);
    jt_buf_release(&object->runs);
    jt_heap_free(heap, object, sizeof(*object));
}

/* ---- searching ---- */

/* The first member at or behind `address`. */
static size_t member_from(const struct jt_debug_object *object, uint64_t address)
{
    const struct jt_debug_member *members = jt_debug_object_members(object);
    size_t low = 0;
    size_t high = jt_debug_object_count(object);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (members[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct jt_debug_member *jt_debug_object_find(const struct jt_debug_object *object, uint64_t address)
{
    size_t i = member_from(object, address);
    struct jt_debug_member *member = NULL;

    if (i == jt_debug_object_count(object))
        return NULL;
    member = jt_debug_object_members(object) + i;
    return member->address == address && !member->is_gone ? member : NULL;
}

size_t jt_debug_object_run_behind(const struct jt_debug_object *object, uint64_t address)
{
    const struct jt_debug_run *runs = jt_debug_object_runs(object);
    size_t low = 0;
    size_t high = jt_debug_object_run_count(object);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (runs[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- drafts ---- */

static void append_frame(struct jt_buf *out, const struct jitney_code_load *load)
{
    struct jt_eh_frame_layout layout = {.machine = jt_elf_machine(),
                                        .is_absolute = true,
                                        .may_read_code = true,
                                        .text = load->address};
    struct jt_eh_frame_size size;
    uint8_t *at = NULL;

    if (load->address == 0 || jt_eh_frame_measure(load, &layout, &size))
        return;
    at = jt_buf_reserve(out, size.frame_bytes);
    if (at && jt_eh_frame_build(load, &layout, &size, at) == JITNEY_OK)
        out->length += size.frame_bytes;
}

/* What was appended since `start`. */
static struct jt_debug_span span_since(const struct jt_buf *image, size_t start)
{
    return (struct jt_debug_span){(uint32_t)start, (uint32_t)(image->length - start)};
}

static int insert_member(struct jt_debug_object *draft, const struct jt_debug_member *member)
{
    size_t i = member_from(draft, member->address);
    size_t count = jt_debug_object_count(draft);
    struct jt_debug_member *at = NULL;

    if (!jt_buf_reserve(&draft->members, sizeof(*member)))
        return jt_buf_status(&draft->members);
    at = jt_debug_object_members(draft) + i;
    memmove(at + 1, at, (count - i) * sizeof(*at));
    *at = *member;
    draft->members.length += sizeof(*member);
    draft->living++;
    return JITNEY_OK;
}

/* Undo what a failure left behind, so that the draft can go on. */
static int undo(struct jt_debug_object *draft, size_t length, int status)
{
    draft->image.length = length;
    draft->image.status = JITNEY_OK;
    draft->members.status = JITNEY_OK;
    return status;
}

static int add_lines_and_info(struct jt_debug_object *draft, const struct jitney_code_load *load,
                              struct jt_debug_member *member)
{
    struct jt_buf lines = JT_BUF_INIT_IN(draft->image.heap, IMAGE_LIMIT);
    size_t start = draft->image.length;
    int status = JITNEY_OK;

    jt_dwarf_describe(load, &draft->image, &lines);
    member->info = span_since(&draft->image, start);
    start = draft->image.length;
    jt_buf_append(&draft->image, lines.bytes, lines.length);
    member->lines = span_since(&draft->image, start);
    status = jt_buf_status(&lines);
    jt_buf_release(&lines);
    return status;
}

int jt_debug_draft_add(struct jt_debug_object *draft, const struct jitney_code_load *load)
{
    struct jt_debug_member member = {.address = load->address, .bytes = load->bytes};
    size_t length = draft->image.length;
    size_t start = 0;
    int status = add_lines_and_info(draft, load, &member);

    start = draft->image.length;
    append_frame(&draft->image, load);
    member.frame = span_since(&draft->image, start);
    start = draft->image.length;
    jt_plain_append(&draft->image, load->name,
                    load->name_bytes ? load->name_bytes : strlen(load->name), NAME_LIMIT);
    jt_buf_append_zeros(&draft->image, 1);
    member.name = span_since(&draft->image, start);
    if (!status)
        status = jt_buf_status(&draft->image);
    if (!status)
        status = insert_member(draft, &member);
    return status ? undo(draft, length, status) : JITNEY_OK;
}

static struct jt_debug_span append_span(struct jt_buf *out, const uint8_t *image,
                                        struct jt_debug_span span)
{
    size_t start = out->length;

    jt_buf_append(out, image + span.at, span.bytes);
    return span_since(out, start);
}

int jt_debug_draft_copy(struct jt_debug_object *draft, const struct jt_debug_member *member)
{
    struct jt_debug_member copy = *member;
    size_t length = draft->image.length;
    int status = JITNEY_OK;

    copy.info = append_span(&draft->image, member->image, member->info);
    copy.lines = append_span(&draft->image, member->image, member->lines);
    copy.frame = append_span(&draft->image, member->image, member->frame);
    copy.name = append_span(&draft->image, member->image, member->name);
    status = jt_buf_status(&draft->image);
    if (!status)
        status = insert_member(draft, &copy);
    return status ? undo(draft, length, status) : JITNEY_OK;
}

void jt_debug_draft_remove(struct jt_debug_object *draft, uint64_t start, uint64_t end)
{
    struct jt_debug_member *members = jt_debug_object_members(draft);
    size_t count = jt_debug_object_count(draft);
    size_t first = member_from(draft, start);
    size_t last = 0;

    if (first > 0 && members[first - 1].address + members[first - 1].bytes > start)
        first--;
    for (last = first; last < count && members[last].address < end;)
        last++;
    if (last == first)
        return;
    memmove(members + first, members + last, (count - last) * sizeof(*members));
    draft->members.length -= (last - first) * sizeof(*members);
    draft->living -= (uint32_t)(last - first);
}

void jt_debug_draft_clear(struct jt_debug_object *draft)
{
    jt_buf_clear(&draft->image);
    jt_buf_clear(&draft->members);
    draft->living = 0;
}

/* ---- striking out ---- */

/* Unwinding data cannot be taken out of the middle of its section: it becomes a CIE that
 * no FDE refers to, filled with DW_CFA_nop. */
static void drop_frame(uint8_t *frame, uint32_t bytes)
{
    static const uint8_t cie[] = {0, 0, 0, 0, 1, 0, 1, 0x78, 16};
    uint32_t length = bytes - (uint32_t)sizeof(length);

    if (bytes < sizeof(length) + sizeof(cie))
        return;
    memset(frame, 0, bytes);
    memcpy(frame, &length, sizeof(length));
    memcpy(frame + sizeof(length), cie, sizeof(cie));
}

static struct jt_debug_run *run_of(const struct jt_debug_object *object, size_t member)
{
    struct jt_debug_run *runs = jt_debug_object_runs(object);
    size_t low = 0;
    size_t high = jt_debug_object_run_count(object);

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (runs[middle].first <= member)
            low = middle;
        else
            high = middle;
    }
    return runs + low;
}

void jt_debug_object_strike(struct jt_debug_object *object, struct jt_debug_member *member)
{
    size_t i = (size_t)(member - jt_debug_object_members(object));
    struct jt_debug_run *run = run_of(object, i);
    size_t section = (size_t)(run - jt_debug_object_runs(object)) + 1;
    uint8_t *image = object->image.bytes;

    if (member->is_gone)
        return;
    member->is_gone = true;
    object->is_stale = true;
    object->living--;
    jt_elf_drop_symbol(image + object->symbols_at + (i + 1) * JT_ELF_SYMBOL_BYTES);
    jt_dwarf_drop_unit(image + member->info.at);
    drop_frame(image + member->frame.at, member->frame.bytes);
    run->living--;
    if (run->living == 0)
        jt_elf_drop_section(image + JT_ELF_HEADER_BYTES + section * JT_ELF_SECTION_BYTES);
}

/* ---- merging: room ---- */

/* The first reservation is exact: most objects never grow again. */
static void reserve(struct jt_buf *buf, size_t bytes)
{
    if (!buf->bytes && bytes <= buf->limit) {
        buf->bytes = jt_heap_resize(buf->heap, NULL, 0, bytes);
        buf->room = buf->bytes ? bytes : 0;
    }
    jt_buf_reserve(buf, bytes);
}

int jt_debug_object_reserve(struct jt_debug_object *object, struct jt_debug_object *const *sources,
                            size_t count)
{
    size_t members = 0;
    size_t bytes = JT_ELF_HEADER_BYTES + (SECTION_COUNT + 2) * (JT_ELF_SECTION_BYTES + ALIGN) +
                   JT_ELF_SYMBOL_BYTES + ABBREVIATIONS_ROOM + JT_ELF_NAMES_ROOM;

    for (size_t i = 0; i < count; i++) {
        members += jt_debug_object_count(sources[i]);
        bytes += sources[i]->image.length;
    }
    bytes += members * (JT_ELF_SYMBOL_BYTES + JT_ELF_SECTION_BYTES);
    members += members == 0;
    reserve(&object->image, bytes);
    reserve(&object->members, members * sizeof(struct jt_debug_member));
    reserve(&object->runs, members * sizeof(struct jt_debug_run));
    return jt_buf_status(&object->image)     ? jt_buf_status(&object->image)
           : jt_buf_status(&object->members) ? jt_buf_status(&object->members)
                                             : jt_buf_status(&object->runs);
}

/* ---- merging: members and runs ---- */

/* The source whose next living member has the lowest address; `count` when all are at
 * their end. */
static size_t lowest_source(struct jt_debug_object *const *sources, size_t *next, size_t count)
{
    size_t lowest = count;
    uint64_t address = 0;

    for (size_t i = 0; i < count; i++) {
        const struct jt_debug_member *members = jt_debug_object_members(sources[i]);
        size_t end = jt_debug_object_count(sources[i]);

        while (next[i] < end && members[next[i]].is_gone)
            next[i]++;
        if (next[i] < end && (lowest == count || members[next[i]].address < address)) {
            lowest = i;
            address = members[next[i]].address;
        }
    }
    return lowest;
}

static void collect_members(struct jt_debug_object *object, struct jt_debug_object *const *sources,
                            size_t count)
{
    size_t next[JT_DEBUG_SOURCES] = {0};
    size_t from = lowest_source(sources, next, count);

    for (; from < count; from = lowest_source(sources, next, count)) {
        struct jt_debug_member member = jt_debug_object_members(sources[from])[next[from]++];

        member.image = sources[from]->image.bytes;
        jt_buf_append(&object->members, &member, sizeof(member));
        object->living++;
    }
}

static bool may_join(const struct jt_debug_run *run, const struct jt_debug_member *member,
                     const struct jt_debug_neighbours *neighbours)
{
    if (run->count == RUN_MEMBERS || member->address < run->end ||
        member->address - run->end > GAP_LIMIT)
        return false;
    return member->address == run->end ||
           !neighbours->are_there(neighbours->context, run->end, member->address);
}

static void collect_runs(struct jt_debug_object *object,
                         const struct jt_debug_neighbours *neighbours)
{
    const struct jt_debug_member *members = jt_debug_object_members(object);
    struct jt_debug_run *run = NULL;

    for (size_t i = 0; i < jt_debug_object_count(object); i++) {
        const struct jt_debug_run fresh = {.start = members[i].address, .first = (uint32_t)i};

        if (!run || !may_join(run, &members[i], neighbours)) {
            jt_buf_append(&object->runs, &fresh, sizeof(fresh));
            run = jt_debug_object_runs(object) + jt_debug_object_run_count(object) - 1;
        }
        run->end = members[i].address + members[i].bytes;
        run->count++;
        run->living++;
    }
}

/* ---- merging: sections ---- */

static void write_text(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    const struct jt_debug_run *runs = jt_debug_object_runs(object);

    for (size_t i = 0; i < jt_debug_object_run_count(object); i++) {
        const struct jt_elf_section text = {.name = ".text",
                                            .type = SHT_NOBITS,
                                            .flags = SHF_ALLOC | SHF_EXECINSTR,
                                            .address = runs[i].start,
                                            .bytes = runs[i].end - runs[i].start};

        jt_elf_section(writer, &text);
    }
}

static void write_symbols(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    const struct jt_debug_member *members = jt_debug_object_members(object);
    const struct jt_debug_run *runs = jt_debug_object_runs(object);
    const struct jt_elf_section symbols = {.name = ".symtab",
                                           .type = SHT_SYMTAB,
                                           .link = (uint32_t)jt_debug_object_run_count(object) + 1 +
                                                   STRINGS,
                                           .info = 1, /* the first that is not local */
                                           .align = ALIGN,
                                           .entry_bytes = JT_ELF_SYMBOL_BYTES};
    uint32_t name = 1;

    jt_elf_section(writer, &symbols);
    object->symbols_at = object->image.length;
    jt_buf_append_zeros(&object->image, JT_ELF_SYMBOL_BYTES);
    for (size_t run = 0; run < jt_debug_object_run_count(object); run++)
        for (size_t i = 0; i < runs[run].count; i++) {
            const struct jt_debug_member *member = &members[runs[run].first + i];

            jt_elf_function(&object->image, name, (uint16_t)(run + 1), member->address,
                            member->bytes);
            name += member->name.bytes;
        }
}

static void write_strings(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    struct jt_debug_member *members = jt_debug_object_members(object);
    const struct jt_elf_section strings = {.name = ".strtab", .type = SHT_STRTAB};

    jt_elf_section(writer, &strings);
    jt_buf_append_zeros(&object->image, 1);
    for (size_t i = 0; i < jt_debug_object_count(object); i++)
        members[i].name = append_span(&object->image, members[i].image, members[i].name);
}

static void write_info(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    struct jt_debug_member *members = jt_debug_object_members(object);
    const struct jt_elf_section abbreviations = {.name = ".debug_abbrev", .type = SHT_PROGBITS};
    const struct jt_elf_section info = {.name = ".debug_info", .type = SHT_PROGBITS};
    uint32_t lines_at = 0;

    jt_elf_section(writer, &abbreviations);
    jt_dwarf_abbreviations(&object->image);
    jt_elf_section(writer, &info);
    for (size_t i = 0; i < jt_debug_object_count(object); i++) {
        members[i].info = append_span(&object->image, members[i].image, members[i].info);
        if (!jt_buf_status(&object->image))
            jt_dwarf_place_unit(object->image.bytes + members[i].info.at, lines_at);
        lines_at += members[i].lines.bytes;
    }
}

static void write_lines(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    struct jt_debug_member *members = jt_debug_object_members(object);
    const struct jt_elf_section lines = {.name = ".debug_line", .type = SHT_PROGBITS};

    jt_elf_section(writer, &lines);
    for (size_t i = 0; i < jt_debug_object_count(object); i++)
        members[i].lines = append_span(&object->image, members[i].image, members[i].lines);
}

/* gdb reads this section only when it is said to be in memory, and is very slow when several
 * such sections have one address: it gets the address where it really lies. */
static void write_frames(struct jt_debug_object *object, struct jt_elf_writer *writer)
{
    struct jt_debug_member *members = jt_debug_object_members(object);
    size_t at = (object->image.length + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    const struct jt_elf_section frames = {.name = ".eh_frame",
                                          .type = SHT_PROGBITS,
                                          .flags = SHF_ALLOC,
                                          .address = (uint64_t)(uintptr_t)object->image.bytes + at,
                                          .align = ALIGN};

    jt_elf_section(writer, &frames);
    for (size_t i = 0; i < jt_debug_object_count(object); i++)
        members[i].frame = append_span(&object->image, members[i].image, members[i].frame);
    jt_buf_append_u32(&object->image, 0); /* the end */
}

int jt_debug_object_merge(struct jt_debug_object *object, struct jt_debug_object *const *sources,
                          size_t count, const struct jt_debug_neighbours *neighbours)
{
    struct jt_elf_writer writer;
    struct jt_debug_member *members = NULL;

    collect_members(object, sources, count);
    collect_runs(object, neighbours);
    jt_elf_begin(&writer, &object->image, jt_elf_machine(), ET_EXEC,
                 (uint32_t)jt_debug_object_run_count(object) + SECTION_COUNT);
    write_text(object, &writer);
    write_symbols(object, &writer);
    write_strings(object, &writer);
    write_info(object, &writer);
    write_lines(object, &writer);
    write_frames(object, &writer);
    jt_elf_end(&writer);
    members = jt_debug_object_members(object);
    for (size_t i = 0; i < jt_debug_object_count(object); i++)
        members[i].image = object->image.bytes;
    object->entry.object = object->image.bytes;
    object->entry.object_bytes = object->image.length;
    return jt_buf_status(&object->image);
}
