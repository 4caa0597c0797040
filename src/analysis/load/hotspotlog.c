/* The log is XML in lines: the elements that matter begin a line and have all in
 * attributes (openjdk: src/hotspot/share/code/nmethod.cpp, runtime/deoptimization.cpp,
 * utilities/xmlstream.cpp). A killed VM leaves it torn, so no whole document is asked
 * for. */
#include "analysis/load/hotspotlog.h"

#include "analysis/load/lines.h"
#include "jitney/status.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXTS = 4, /* of one event */
    SECONDS_MOST = 1000000000,
    PROBE_BYTES = 1024,
};

/* One element: its attributes are ` name='value'`. */
struct tag {
    const char *at;
    size_t bytes;
};

struct reader {
    const struct jt_hotspotlog_sink *sink;
    struct jt_hotspotlog_facts *facts;
    struct jt_hotspotlog_event trap; /* waits for the line that says where it was */
    bool has_trap;
    int status;
    char texts[TEXTS][JT_HOTSPOTLOG_TEXT];
    char trap_texts[TEXTS][JT_HOTSPOTLOG_TEXT];
};

/* ---- attributes ---- */

static bool find(struct tag tag, const char *name, struct tag *value)
{
    const char *at = memchr(tag.at, ' ', tag.bytes);
    const char *end = tag.at + tag.bytes;
    size_t name_bytes = strlen(name);

    while (at && at < end) {
        const char *equals = memchr(at, '=', (size_t)(end - at));
        const char *close = NULL;

        while (at < end && *at == ' ')
            at++;
        if (!equals || equals < at || end - equals < 2 || equals[1] != '\'')
            return false;
        close = memchr(equals + 2, '\'', (size_t)(end - equals - 2));
        if (!close)
            return false;
        if ((size_t)(equals - at) == name_bytes && memcmp(at, name, name_bytes) == 0) {
            *value = (struct tag){equals + 2, (size_t)(close - equals - 2)};
            return true;
        }
        at = close + 1;
    }
    return false;
}

static bool has(struct tag tag, const char *name)
{
    struct tag value;

    return find(tag, name, &value);
}

/* The character of the entity at `at`; `*bytes` is how many it takes. */
static char unescape(const char *at, size_t left, size_t *bytes)
{
    static const struct {
        const char *text;
        char is;
    } entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

    *bytes = 1;
    for (size_t i = 0; *at == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
        size_t length = strlen(entities[i].text);

        if (length <= left && memcmp(at, entities[i].text, length) == 0) {
            *bytes = length;
            return entities[i].is;
        }
    }
    return *at;
}

static const char *text_of(struct tag tag, const char *name, char text[JT_HOTSPOTLOG_TEXT])
{
    struct tag value = {0};
    size_t used = 0;
    size_t step = 0;

    if (find(tag, name, &value)) {
        for (size_t i = 0; i < value.bytes && used + 1 < JT_HOTSPOTLOG_TEXT; i += step)
            text[used++] = unescape(value.at + i, value.bytes - i, &step);
    }
    text[used] = '\0';
    return text;
}

/* Decimal or 0x…; false when it is missing, negative or something else. */
static bool number_of(struct tag tag, const char *name, uint64_t *number)
{
    struct tag value = {0};
    char digits[24];
    char *end = NULL;

    *number = 0;
    if (!find(tag, name, &value) || value.bytes == 0 || value.bytes >= sizeof(digits) ||
        !isdigit((unsigned char)value.at[0]))
        return false;
    memcpy(digits, value.at, value.bytes);
    digits[value.bytes] = '\0';
    *number = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
    return *end == '\0';
}

/* Seconds with a fraction; some locales write it with a comma. */
static bool stamp_of(struct tag tag, uint64_t *ns)
{
    struct tag value = {0};
    uint64_t seconds = 0;
    uint64_t unit = 1000000000;
    size_t i = 0;

    *ns = 0;
    if (!find(tag, "stamp", &value))
        return false;
    for (; i < value.bytes && isdigit((unsigned char)value.at[i]); i++) {
        seconds = seconds * 10 + (uint64_t)(value.at[i] - '0');
        if (seconds > SECONDS_MOST)
            return false;
    }
    if (i == 0)
        return false;
    *ns = seconds * unit;
    if (i < value.bytes && (value.at[i] == '.' || value.at[i] == ','))
        i++;
    for (; i < value.bytes && isdigit((unsigned char)value.at[i]) && unit > 1; i++) {
        unit /= 10;
        *ns += (uint64_t)(value.at[i] - '0') * unit;
    }
    return true;
}

static int32_t small_number_of(struct tag tag, const char *name)
{
    uint64_t number = 0;

    return number_of(tag, name, &number) && number <= INT32_MAX ? (int32_t)number : -1;
}

/* ---- elements ---- */

static void give(struct reader *reader, const struct jt_hotspotlog_event *event)
{
    if (!reader->status)
        reader->status = reader->sink->event(reader->sink->context, event);
}

/* What they all have. False when it cannot be used. */
static bool begin(struct reader *reader, struct tag tag, enum jt_hotspotlog_kind kind,
                  char texts[TEXTS][JT_HOTSPOTLOG_TEXT], struct jt_hotspotlog_event *event)
{
    *event = (struct jt_hotspotlog_event){.kind = kind,
                                          .level = small_number_of(tag, "level"),
                                          .bci = -1,
                                          .mode = text_of(tag, "compile_kind", texts[0]),
                                          .method = text_of(tag, "method", texts[1]),
                                          .reason = text_of(tag, "reason", texts[2]),
                                          .action = text_of(tag, "action", texts[3])};
    number_of(tag, "thread", &event->thread);
    if (!number_of(tag, "compile_id", &event->compilation) || !stamp_of(tag, &event->time_ns)) {
        reader->facts->skipped++;
        return false;
    }
    if (event->time_ns > reader->facts->last_ns)
        reader->facts->last_ns = event->time_ns;
    return true;
}

/* Code ends, stubs included, where its data begin, or at the end of the blob: that is what JVMTI
 * and the JVM's perf map call its size. Since JDK 23 data lie elsewhere, and their offsets are
 * from another start. */
static uint64_t end_of_code(struct tag tag, uint64_t start, uint64_t blob_bytes)
{
    static const char *const parts[] = {"oops_offset", "metadata_offset", "scopes_data_offset",
                                        "scopes_pcs_offset"};
    uint64_t end = blob_bytes;
    uint64_t offset = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (number_of(tag, parts[i], &offset) && offset > start && offset < end)
            end = offset;
    return end;
}

static void read_code(struct reader *reader, struct tag tag)
{
    struct jt_hotspotlog_event event;
    uint64_t blob = 0, blob_bytes = 0, start = 0;

    if (!begin(reader, tag, JT_HOTSPOTLOG_CODE, reader->texts, &event))
        return;
    if (!number_of(tag, "address", &blob) || !number_of(tag, "size", &blob_bytes) ||
        !number_of(tag, "insts_offset", &start) || start >= blob_bytes ||
        blob > UINT64_MAX - blob_bytes || blob == 0) {
        reader->facts->skipped++;
        return;
    }
    event.address = blob + start;
    event.bytes = end_of_code(tag, start, blob_bytes) - start;
    reader->facts->codes++;
    give(reader, &event);
}

static void read_not_entrant(struct reader *reader, struct tag tag)
{
    struct jt_hotspotlog_event event;

    if (!begin(reader, tag, JT_HOTSPOTLOG_NOT_ENTRANT, reader->texts, &event))
        return;
    reader->facts->not_entrants++;
    give(reader, &event);
}

static void read_gone(struct reader *reader, struct tag tag)
{
    struct jt_hotspotlog_event event;

    if (begin(reader, tag, JT_HOTSPOTLOG_GONE, reader->texts, &event))
        give(reader, &event);
}

static void end_trap(struct reader *reader)
{
    if (!reader->has_trap)
        return;
    reader->has_trap = false;
    reader->facts->traps++;
    give(reader, &reader->trap);
}

/* Those without a thread are what a compiler plans, not what happened. */
static void read_trap(struct reader *reader, struct tag tag)
{
    if (has(tag, "thread"))
        reader->has_trap =
            begin(reader, tag, JT_HOTSPOTLOG_TRAP, reader->trap_texts, &reader->trap);
}

/* The innermost of them comes first. */
static void read_place(struct reader *reader, struct tag tag)
{
    if (!reader->has_trap)
        return;
    reader->trap.method = text_of(tag, "method", reader->trap_texts[1]);
    reader->trap.bci = small_number_of(tag, "bci");
    end_trap(reader);
}

static void read_head(struct reader *reader, struct tag tag)
{
    uint64_t pid = 0;

    if (number_of(tag, "process", &pid) && pid <= UINT32_MAX)
        reader->facts->pid = (uint32_t)pid;
    number_of(tag, "time_ms", &reader->facts->wall_ms);
}

static void read_end(struct reader *reader, struct tag tag)
{
    reader->facts->is_ended = true;
}

static void read_line(struct reader *reader, struct tag line)
{
    static const struct {
        const char *start;
        void (*read)(struct reader *reader, struct tag tag);
    } elements[] = {
        {"<nmethod ", read_code},       {"<make_not_entrant ", read_not_entrant},
        {"<uncommon_trap ", read_trap}, {"<jvms ", read_place},
        {"<make_zombie ", read_gone},   {"<make_unloaded ", read_gone},
        {"<hotspot_log ", read_head},   {"<hotspot_log_done ", read_end},
    };

    while (line.bytes > 0 && *line.at == ' ') {
        line.at++;
        line.bytes--;
    }
    if (line.bytes < 2 || *line.at != '<')
        return;
    if (memcmp(line.at, "<j", 2) != 0)
        end_trap(reader);
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        size_t bytes = strlen(elements[i].start);

        if (line.bytes > bytes && memcmp(line.at, elements[i].start, bytes) == 0) {
            elements[i].read(reader, line);
            return;
        }
    }
}

int jt_hotspotlog_read(FILE *stream, const char *name, struct jt_diag *diag,
                       const struct jt_hotspotlog_sink *sink, struct jt_hotspotlog_facts *facts)
{
    struct reader reader = {.sink = sink, .facts = facts};
    struct jt_text_line line;
    struct jt_lines lines;

    *facts = (struct jt_hotspotlog_facts){0};
    jt_lines_init(&lines, stream);
    while (!reader.status && jt_lines_next(&lines, &line)) {
        if (line.is_cut)
            facts->skipped++;
        else
            read_line(&reader, (struct tag){line.text, line.bytes});
    }
    end_trap(&reader);
    if (!reader.status && ferror(stream)) {
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "%s", strerror(errno));
        reader.status = JITNEY_ERR_IO;
    }
    jt_lines_release(&lines);
    return reader.status;
}

bool jt_hotspotlog_probe(const void *bytes, size_t count)
{
    static const char head[] = "<hotspot_log ";

    return memmem(bytes, count < PROBE_BYTES ? count : PROBE_BYTES, head, sizeof(head) - 1) != NULL;
}

/* ---- names ---- */

/* Append the type that a descriptor begins with, without its package; `$` parts nested classes
 * as in the source. Returns what follows, or NULL when it is none. */
static const char *append_type(struct jt_buf *out, const char *at)
{
    static const struct {
        char letter;
        const char *name;
    } plain[] = {{'B', "byte"}, {'C', "char"},  {'D', "double"},  {'F', "float"}, {'I', "int"},
                 {'J', "long"}, {'S', "short"}, {'Z', "boolean"}, {'V', "void"}};
    size_t arrays = strspn(at, "[");
    const char *start = NULL;
    const char *end = NULL;

    at += arrays;
    if (*at == 'L') {
        end = strchr(at, ';');
        if (!end)
            return NULL;
        start = memrchr(at, '/', (size_t)(end - at));
        for (start = start ? start + 1 : at + 1; start < end; start++)
            jt_buf_append(out, *start == '$' ? "." : start, 1);
    } else {
        for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
            if (*at && plain[i].letter == *at)
                end = at;
        for (size_t i = 0; end && i < sizeof(plain) / sizeof(plain[0]); i++)
            if (plain[i].letter == *at)
                jt_buf_append_text(out, plain[i].name);
        if (!end)
            return NULL;
    }
    for (size_t i = 0; i < arrays; i++)
        jt_buf_append_text(out, "[]");
    return end + 1;
}

static bool append_types(struct jt_buf *out, const char *descriptor)
{
    const char *at = descriptor + 1;

    jt_buf_append_text(out, "(");
    while (at && *at && *at != ')') {
        if (at > descriptor + 1)
            jt_buf_append_text(out, ", ");
        at = append_type(out, at);
    }
    jt_buf_append_text(out, ")");
    return at && *at == ')';
}

void jt_hotspotlog_append_method(struct jt_buf *out, const char *method)
{
    const char *gap = strchr(method, ' ');
    const char *second = gap ? strchr(gap + 1, ' ') : NULL;
    size_t before = out->length;

    if (second && second[1] == '(') {
        for (const char *at = method; at < gap; at++)
            jt_buf_append(out, *at == '/' ? "." : at, 1);
        jt_buf_append_text(out, ".");
        jt_buf_append(out, gap + 1, (size_t)(second - gap - 1));
        if (append_types(out, second + 1))
            return;
        if (!jt_buf_status(out))
            out->length = before;
    }
    jt_buf_append_text(out, method);
}
