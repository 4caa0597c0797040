/* Fields are separated by commas, but since V8 9.4 names hold commas and newlines
 * of their own: a line is split from both ends, and a name goes on in the next line
 * until one begins with a word of V8's (v8: src/logging/log.cc). */
#include "analysis/load/v8log.h"

#include "analysis/load/lines.h"
#include "base/buf.h"
#include "jitney/status.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_MOST = 1 << 20,
    PROBED_LINES = 8,
    NS_PER_US = 1000,
    FIRST_RAW_MAJOR = 9, /* names are written as they are since 9.4 */
    FIRST_RAW_MINOR = 4,
};

#define TIME_MOST_US UINT64_C(1000000000000000) /* thirty years */

struct reader {
    const struct jt_v8log_sink *sink;
    struct jt_v8log_facts *facts;
    struct jt_buf pending; /* a code-creation whose name may go on */
    struct jt_buf plain;   /* a name without escapes */
    bool is_pending;
    int status;
};

/* ---- fields ---- */

static struct jt_v8log_text text_of(const char *at, size_t bytes)
{
    return (struct jt_v8log_text){at, bytes};
}

static bool starts(struct jt_v8log_text text, const char *with)
{
    size_t bytes = strlen(with);

    return text.bytes >= bytes && memcmp(text.at, with, bytes) == 0;
}

static bool is(struct jt_v8log_text text, const char *word)
{
    return text.bytes == strlen(word) && starts(text, word);
}

/* Cut the first field off, with its comma. False when there is no comma. */
static bool cut_first(struct jt_v8log_text *rest, struct jt_v8log_text *field)
{
    const char *comma = rest->bytes > 0 ? memchr(rest->at, ',', rest->bytes) : NULL;

    if (!comma)
        return false;
    *field = text_of(rest->at, (size_t)(comma - rest->at));
    rest->at += field->bytes + 1;
    rest->bytes -= field->bytes + 1;
    return true;
}

/* The same with the last one. */
static bool cut_last(struct jt_v8log_text *rest, struct jt_v8log_text *field)
{
    const char *comma = rest->bytes > 0 ? memrchr(rest->at, ',', rest->bytes) : NULL;

    if (!comma)
        return false;
    *field = text_of(comma + 1, rest->bytes - (size_t)(comma - rest->at) - 1);
    rest->bytes = (size_t)(comma - rest->at);
    return true;
}

static bool read_number(struct jt_v8log_text text, uint64_t *value)
{
    char digits[24];
    char *end = NULL;

    if (text.bytes == 0 || text.bytes >= sizeof(digits) || !isdigit((unsigned char)text.at[0]))
        return false;
    memcpy(digits, text.at, text.bytes);
    digits[text.bytes] = '\0';
    errno = 0;
    *value = strtoull(digits, &end, starts(text, "0x") ? 16 : 10);
    return *end == '\0' && errno == 0;
}

static int32_t signed_number(struct jt_v8log_text text)
{
    uint64_t value = 0;
    bool is_negative = starts(text, "-");

    if (is_negative)
        text = text_of(text.at + 1, text.bytes - 1);
    if (!read_number(text, &value) || value > INT32_MAX)
        return -1;
    return is_negative ? -(int32_t)value : (int32_t)value;
}

static bool take_number(struct jt_v8log_text *rest, uint64_t *value)
{
    struct jt_v8log_text field;

    return cut_first(rest, &field) && read_number(field, value);
}

static bool take_time(struct jt_v8log_text *rest, struct jt_v8log_event *event)
{
    uint64_t us = 0;

    if (!take_number(rest, &us) || us > TIME_MOST_US)
        return false;
    event->has_time = true;
    event->time_ns = us * NS_PER_US;
    return true;
}

static bool is_code(uint64_t address, uint64_t bytes)
{
    return address > 0 && bytes > 0 && address + bytes > address;
}

/* ---- escapes: of V8 before 9.4, and of regular expressions ---- */

static bool has_escapes(const struct jt_v8log_facts *facts)
{
    return facts->major > 0 &&
           (facts->major < FIRST_RAW_MAJOR ||
            (facts->major == FIRST_RAW_MAJOR && facts->minor < FIRST_RAW_MINOR));
}

static bool hex_value(const char *at, size_t digits, uint32_t *value)
{
    static const char known[] = "0123456789abcdefABCDEF";

    *value = 0;
    for (size_t i = 0; i < digits; i++) {
        const char *digit = memchr(known, at[i], sizeof(known) - 1);
        uint32_t is = digit ? (uint32_t)(digit - known) : 0;

        if (!digit)
            return false;
        *value = *value << 4 | (is < 16 ? is : is - 6);
    }
    return true;
}

static void append_point(struct jt_buf *out, uint32_t point)
{
    uint8_t bytes[3] = {(uint8_t)point};
    size_t count = 1;

    if (point >= 0x800) {
        bytes[0] = (uint8_t)(0xe0 | point >> 12);
        bytes[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
        bytes[2] = (uint8_t)(0x80 | (point & 0x3f));
        count = 3;
    } else if (point >= 0x80) {
        bytes[0] = (uint8_t)(0xc0 | point >> 6);
        bytes[1] = (uint8_t)(0x80 | (point & 0x3f));
        count = 2;
    }
    jt_buf_append(out, bytes, count);
}

/* Append what the escape at `at` stands for. Returns how many bytes it takes; what is no escape
 * is itself. */
static size_t append_unescaped(struct jt_buf *out, const char *at, size_t left)
{
    uint32_t point = 0;

    if (left >= 2 && at[1] == 'n') {
        jt_buf_append_text(out, "\n");
        return 2;
    }
    if (left >= 2 && at[1] == '\\') {
        jt_buf_append_text(out, "\\");
        return 2;
    }
    if (left >= 4 && at[1] == 'x' && hex_value(at + 2, 2, &point)) {
        append_point(out, point);
        return 4;
    }
    if (left >= 6 && at[1] == 'u' && hex_value(at + 2, 4, &point)) {
        append_point(out, point);
        return 6;
    }
    jt_buf_append(out, at, 1);
    return 1;
}

static struct jt_v8log_text unescaped(struct reader *reader, struct jt_v8log_text text,
                                      bool is_escaped)
{
    struct jt_buf *plain = &reader->plain;
    size_t i = 0;

    if (!is_escaped || text.bytes == 0 || !memchr(text.at, '\\', text.bytes))
        return text;
    jt_buf_clear(plain);
    while (i < text.bytes) {
        if (text.at[i] == '\\') {
            i += append_unescaped(plain, text.at + i, text.bytes - i);
        } else {
            jt_buf_append(plain, text.at + i, 1);
            i++;
        }
    }
    return jt_buf_status(plain) ? text : text_of((const char *)plain->bytes, plain->length);
}

/* ---- events ---- */

static void give(struct reader *reader, const struct jt_v8log_event *event)
{
    reader->facts->last_ns = event->time_ns;
    if (!reader->status)
        reader->status = reader->sink->event(reader->sink->context, event);
}

static bool is_mark(struct jt_v8log_text text)
{
    if (text.bytes > 4)
        return false;
    for (size_t i = 0; i < text.bytes; i++)
        if (!strchr("~^+*'?o", text.at[i]) || !text.at[i])
            return false;
    return true;
}

/* Cut `,0xFUNCTION,MARK` off the end, which the code of functions has. */
static bool cut_function(struct jt_v8log_text *rest, struct jt_v8log_event *event)
{
    struct jt_v8log_text left = *rest;
    struct jt_v8log_text mark, function;

    if (!cut_last(&left, &mark) || !is_mark(mark) || !cut_last(&left, &function) ||
        !starts(function, "0x") || !read_number(function, &event->function))
        return false;
    event->mark = mark;
    *rest = left;
    return true;
}

/* tag,kind,time,address,size,name[,function,mark] */
static bool read_code(struct reader *reader, struct jt_v8log_text rest)
{
    struct jt_v8log_event event = {.kind = JT_V8LOG_CODE, .script_offset = -1};
    struct jt_v8log_text kind;

    if (!cut_first(&rest, &event.tag) || !cut_first(&rest, &kind) || !take_time(&rest, &event) ||
        !take_number(&rest, &event.address) || !take_number(&rest, &event.bytes) ||
        !is_code(event.address, event.bytes))
        return false;
    event.code_kind = signed_number(kind);
    cut_function(&rest, &event);
    event.name = unescaped(reader, rest, has_escapes(reader->facts) || is(event.tag, "RegExp"));
    reader->facts->codes++;
    give(reader, &event);
    return true;
}

/* from,to */
static bool read_move(struct reader *reader, struct jt_v8log_text rest)
{
    struct jt_v8log_event event = {
        .kind = JT_V8LOG_MOVE, .time_ns = reader->facts->last_ns, .script_offset = -1};

    if (!take_number(&rest, &event.address) || !read_number(rest, &event.to))
        return false;
    reader->facts->moves++;
    give(reader, &event);
    return true;
}

/* time,size,address,inlining,offset,kind,place,reason: a file's name may hold commas. */
static bool read_deopt(struct reader *reader, struct jt_v8log_text rest)
{
    struct jt_v8log_event event = {.kind = JT_V8LOG_DEOPT};
    struct jt_v8log_text inlining, offset;
    const char *end = NULL;

    if (!take_time(&rest, &event) || !take_number(&rest, &event.bytes) ||
        !take_number(&rest, &event.address) || !cut_first(&rest, &inlining) ||
        !cut_first(&rest, &offset) || !cut_first(&rest, &event.cause))
        return false;
    event.script_offset = signed_number(offset);
    end = memmem(rest.at, rest.bytes, ">,", 2);
    for (const char *next = end; next;
         next = memmem(end + 1, rest.bytes - (size_t)(end + 1 - rest.at), ">,", 2))
        end = next;
    if (end) {
        event.place = text_of(rest.at, (size_t)(end + 1 - rest.at));
        event.reason = text_of(end + 2, rest.bytes - event.place.bytes - 1);
    } else if (!cut_last(&rest, &event.reason)) {
        return false;
    } else {
        event.place = rest;
    }
    event.place = unescaped(reader, event.place, has_escapes(reader->facts));
    reader->facts->deopts++;
    give(reader, &event);
    return true;
}

/* name,reason */
static bool read_disabled(struct reader *reader, struct jt_v8log_text rest)
{
    struct jt_v8log_event event = {
        .kind = JT_V8LOG_DISABLED, .time_ns = reader->facts->last_ns, .script_offset = -1};

    if (!cut_last(&rest, &event.reason))
        return false;
    event.name = unescaped(reader, rest, has_escapes(reader->facts));
    give(reader, &event);
    return true;
}

/* major,minor,build,patch,embedder,candidate */
static bool read_version(struct reader *reader, struct jt_v8log_text rest)
{
    struct jt_v8log_facts *facts = reader->facts;
    uint64_t numbers[4] = {0};

    for (size_t i = 0; i < 4; i++)
        if (!take_number(&rest, &numbers[i]) || numbers[i] > UINT32_MAX)
            return false;
    facts->major = (uint32_t)numbers[0];
    facts->minor = (uint32_t)numbers[1];
    facts->build = (uint32_t)numbers[2];
    facts->patch = (uint32_t)numbers[3];
    return true;
}

/* ---- lines ---- */

/* All that begins a line in V8 8.4 to 13.6, those that are read first. */
static const struct {
    const char *tag;
    bool (*read)(struct reader *reader, struct jt_v8log_text rest);
} tags[] = {
    {"code-creation", read_code},
    {"code-move", read_move},
    {"code-deopt", read_deopt},
    {"code-disable-optimization", read_disabled},
    {"v8-version", read_version},
    {"v8-platform", NULL},
    {"shared-library", NULL},
    {"shared-library-end", NULL},
    {"profiler", NULL},
    {"code-source-info", NULL},
    {"sfi-move", NULL},
    {"code-delete", NULL},
    {"code-disassemble", NULL},
    {"feedback-vector", NULL},
    {"script-source", NULL},
    {"script-details", NULL},
    {"script", NULL},
    {"function", NULL},
    {"compilation-cache", NULL},
    {"tick", NULL},
    {"LoadIC", NULL},
    {"KeyedLoadIC", NULL},
    {"StoreIC", NULL},
    {"KeyedStoreIC", NULL},
    {"LoadGlobalIC", NULL},
    {"StoreGlobalIC", NULL},
    {"StoreInArrayLiteralIC", NULL},
    {"DefineNamedOwnIC", NULL},
    {"DefineKeyedOwnIC", NULL},
    {"map", NULL},
    {"map-create", NULL},
    {"map-details", NULL},
    {"timer-event", NULL},
    {"timer-event-start", NULL},
    {"timer-event-end", NULL},
    {"heap-capacity", NULL},
    {"heap-available", NULL},
    {"heap-sample-begin", NULL},
    {"heap-sample-end", NULL},
    {"heap-sample-item", NULL},
    {"heap-sample-stats", NULL},
    {"new", NULL},
    {"delete", NULL},
    {"current-time", NULL},
    {"snapshot-code-name", NULL},
    {"api", NULL},
    {"suspect-read", NULL},
    {"active-runtime-timer", NULL},
};

enum { TAG_COUNT = sizeof(tags) / sizeof(tags[0]) };

static size_t find_tag(struct jt_v8log_text line)
{
    struct jt_v8log_text rest = line;
    struct jt_v8log_text tag = line;
    size_t i = 0;

    cut_first(&rest, &tag);
    while (i < TAG_COUNT && !is(tag, tags[i].tag))
        i++;
    return i;
}

/* Only functions have names of their program's making. They end with a mark; WebAssembly's is
 * empty, which is no proof. */
static bool may_go_on(struct jt_v8log_text rest)
{
    static const char *const functions[] = {"JS", "LazyCompile", "Function", "Script", "Eval"};
    struct jt_v8log_event event = {0};
    struct jt_v8log_text tag;

    if (!cut_first(&rest, &tag) || (cut_function(&rest, &event) && event.mark.bytes > 0))
        return false;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (is(tag, functions[i]))
            return true;
    return false;
}

static void end_pending(struct reader *reader)
{
    const struct jt_v8log_text line =
        text_of((const char *)reader->pending.bytes, reader->pending.length);

    if (!reader->is_pending)
        return;
    reader->is_pending = false;
    if (!read_code(reader, line))
        reader->facts->skipped++;
    jt_buf_clear(&reader->pending);
}

/* A code-creation without its tag. What does not fit into a name is left out. */
static void begin_pending(struct reader *reader, struct jt_v8log_text rest)
{
    if (rest.bytes > NAME_MOST) {
        rest.bytes = NAME_MOST;
        reader->facts->cut++;
    }
    jt_buf_clear(&reader->pending);
    jt_buf_append(&reader->pending, rest.at, rest.bytes);
    reader->is_pending = !jt_buf_status(&reader->pending);
}

static void go_on(struct reader *reader, struct jt_v8log_text line)
{
    if (reader->pending.length + line.bytes + 1 > NAME_MOST) {
        reader->facts->cut++;
        end_pending(reader);
        return;
    }
    jt_buf_append_text(&reader->pending, "\n");
    jt_buf_append(&reader->pending, line.at, line.bytes);
    if (!may_go_on(text_of((const char *)reader->pending.bytes, reader->pending.length)))
        end_pending(reader);
}

static bool read_fields(struct reader *reader, struct jt_v8log_text line,
                        bool (*read)(struct reader *reader, struct jt_v8log_text rest))
{
    struct jt_v8log_text word;

    return cut_first(&line, &word) && read(reader, line);
}

static void read_line(struct reader *reader, struct jt_v8log_text line)
{
    size_t tag = find_tag(line);
    struct jt_v8log_text rest = line;
    struct jt_v8log_text word;

    if (tag == TAG_COUNT) {
        if (reader->is_pending)
            go_on(reader, line);
        else if (line.bytes > 0)
            reader->facts->skipped++;
        return;
    }
    end_pending(reader);
    if (!tags[tag].read)
        return;
    if (tags[tag].read == read_code && cut_first(&rest, &word) && may_go_on(rest))
        begin_pending(reader, rest);
    else if (!read_fields(reader, line, tags[tag].read))
        reader->facts->skipped++;
}

int jt_v8log_read(FILE *stream, const char *name, struct jt_diag *diag,
                  const struct jt_v8log_sink *sink, struct jt_v8log_facts *facts)
{
    struct reader reader = {.sink = sink,
                            .facts = facts,
                            .pending = JT_BUF_INIT((size_t)2 * NAME_MOST),
                            .plain = JT_BUF_INIT(JT_LINES_MOST)};
    struct jt_text_line line;
    struct jt_lines lines;

    *facts = (struct jt_v8log_facts){0};
    jt_lines_init(&lines, stream);
    while (!reader.status && jt_lines_next(&lines, &line)) {
        facts->is_torn = !line.has_end && !line.is_cut;
        if (line.is_cut)
            facts->cut++;
        read_line(&reader, text_of(line.text, line.bytes));
    }
    end_pending(&reader);
    if (!reader.status && ferror(stream)) {
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "%s", strerror(errno));
        reader.status = JITNEY_ERR_IO;
    }
    jt_lines_release(&lines);
    jt_buf_release(&reader.pending);
    jt_buf_release(&reader.plain);
    return reader.status;
}

/* ---- what it is ---- */

/* Words that are V8's alone. */
static bool is_telling(size_t tag)
{
    static const char *const telling[] = {"code-creation", "v8-version",       "code-deopt",
                                          "code-move",     "code-source-info", "shared-library",
                                          "v8-platform",   "sfi-move"};

    for (size_t i = 0; tag < TAG_COUNT && i < sizeof(telling) / sizeof(telling[0]); i++)
        if (strcmp(tags[tag].tag, telling[i]) == 0)
            return true;
    return false;
}

bool jt_v8log_probe(const void *bytes, size_t count)
{
    const char *at = bytes;
    size_t left = count;

    for (int i = 0; i < PROBED_LINES && left > 0; i++) {
        const char *newline = memchr(at, '\n', left);
        size_t length = newline ? (size_t)(newline - at) : left;
        size_t tag = memchr(at, ',', length) ? find_tag(text_of(at, length)) : TAG_COUNT;

        if (is_telling(tag))
            return true;
        if (tag == TAG_COUNT || !newline)
            return false;
        left -= length + 1;
        at = newline + 1;
    }
    return false;
}

uint32_t jt_v8log_pid_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dash = strncmp(name, "isolate-0x", 10) == 0 ? strchr(name + 10, '-') : NULL;
    char *end = NULL;
    unsigned long pid = 0;

    if (!dash || !isdigit((unsigned char)dash[1]))
        return 0;
    pid = strtoul(dash + 1, &end, 10);
    return *end == '-' && pid <= UINT32_MAX ? (uint32_t)pid : 0;
}
