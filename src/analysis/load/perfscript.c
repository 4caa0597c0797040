/* The text of `perf script` has as many forms as fields can be chosen with -F
 * (linux: tools/perf/builtin-script.c, evsel_fprintf.c). A header line is found
 * by its time or its process id, wherever they stand; a frame line begins with
 * a blank and an address. Names may hold anything, so the file of the code is
 * the last balanced group in parentheses, and the name is all before it. */
#include "analysis/load/perfscript.h"

#include "analysis/load/lines.h"
#include "base/alloc.h"
#include "jitney/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAMES_MOST = 1 << 14, /* of a sample */
    TEXT_MOST = 1 << 20,   /* bytes of names of a sample */
    NAME_MOST = 1 << 16,   /* bytes of one frame */
    HEADER_MOST = 4096,    /* bytes of a header line looked at */
    HEADER_WORDS_MOST = 64,
    COMMAND_MOST = 16, /* linux: include/linux/sched.h, TASK_COMM_LEN */
    ADDRESS_DIGITS_MOST = 16,
    FRACTION_DIGITS = 9,
};

struct slice {
    const char *text;
    size_t bytes;
};

/* A header line, taken apart. */
struct header {
    struct slice command;
    struct slice rest; /* what follows the event's name: a frame, or trace text */
    uint64_t time_ns;
    uint32_t pid;
    uint32_t tid;
    bool has_task; /* a process or thread id was found */
    bool has_time;
    bool has_event; /* a name ending in ':' was found */
    bool is_record; /* a PERF_RECORD_ line, which is no sample */
};

struct script {
    const struct jt_sample_sink *sink;
    struct jt_text_facts *facts;
    struct jt_named_sample sample;
    struct jt_named_frame *frames; /* FRAMES_MOST */
    char *text;                    /* TEXT_MOST; what the frames point to */
    size_t text_bytes;
    bool is_open;          /* a header was read, its sample not given yet */
    bool is_doubtful;      /* the header had neither time nor event: frames must prove it */
    bool first_is_address; /* frame 0 may be the address that was sampled */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct slice trimmed(struct slice slice)
{
    while (slice.bytes > 0 && is_blank(slice.text[0])) {
        slice.text++;
        slice.bytes--;
    }
    while (slice.bytes > 0 && is_blank(slice.text[slice.bytes - 1]))
        slice.bytes--;
    return slice;
}

static struct slice from(struct slice slice, size_t at)
{
    return (struct slice){slice.text + at, slice.bytes - at};
}

/* Digits from the front of `*slice`; false when there are none or too many. */
static bool take_number(struct slice *slice, uint64_t *number)
{
    size_t at = 0;

    *number = 0;
    for (; at < slice->bytes && is_digit(slice->text[at]); at++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(slice->text[at] - '0'), number))
            return false;
    *slice = from(*slice, at);
    return at > 0;
}

static bool is_number(struct slice word)
{
    uint64_t number = 0;

    return take_number(&word, &number) && word.bytes == 0;
}

/* An id, "-1" too, of a process or a thread. */
static bool take_id(struct slice *word, uint32_t *id)
{
    uint64_t number = 0;
    bool is_negative = word->bytes > 0 && word->text[0] == '-';

    if (is_negative)
        *word = from(*word, 1);
    if (!take_number(word, &number) || number > UINT32_MAX)
        return false;
    *id = is_negative ? UINT32_MAX : (uint32_t)number;
    return true;
}

/* `PID/TID`, or one number, which perf prints for the thread. */
static bool parse_task(struct slice word, struct header *header, bool *has_both)
{
    uint32_t first = 0;

    *has_both = false;
    if (!take_id(&word, &first))
        return false;
    if (word.bytes == 0) {
        header->pid = 0;
        header->tid = first;
        return true;
    }
    if (word.text[0] != '/')
        return false;
    word = from(word, 1);
    header->pid = first;
    *has_both = true;
    return take_id(&word, &header->tid) && word.bytes == 0;
}

/* `SECONDS.FRACTION:` */
static bool parse_time(struct slice word, uint64_t *time_ns)
{
    uint64_t seconds = 0;
    uint64_t fraction = 0;
    size_t digits = 0;

    if (word.bytes < 4 || word.text[word.bytes - 1] != ':')
        return false;
    word.bytes--;
    if (!take_number(&word, &seconds) || word.bytes < 2 || word.text[0] != '.')
        return false;
    word = from(word, 1);
    digits = word.bytes;
    if (digits > FRACTION_DIGITS || !take_number(&word, &fraction) || word.bytes > 0)
        return false;
    for (; digits < FRACTION_DIGITS; digits++)
        fraction *= 10;
    return !__builtin_mul_overflow(seconds, UINT64_C(1000000000), time_ns) &&
           !__builtin_add_overflow(*time_ns, fraction, time_ns);
}

static bool is_cpu(struct slice word)
{
    return word.bytes > 2 && word.text[0] == '[' && word.text[word.bytes - 1] == ']' &&
           is_number((struct slice){word.text + 1, word.bytes - 2});
}

static size_t split_words(struct slice line, struct slice *words)
{
    size_t count = 0;
    size_t at = 0;
    size_t start = 0;

    while (count < HEADER_WORDS_MOST) {
        while (at < line.bytes && is_blank(line.text[at]))
            at++;
        if (at == line.bytes)
            break;
        start = at;
        while (at < line.bytes && !is_blank(line.text[at]))
            at++;
        words[count++] = (struct slice){line.text + start, at - start};
    }
    return count;
}

/* The word that names process and thread, among those before the time: the
 * last `PID/TID`, or else the last number that can be a thread. */
static size_t find_task_before(const struct slice *words, size_t end, struct header *header)
{
    bool has_both = false;
    size_t at = end;

    while (at > 0 && at + 3 > end) {
        at--;
        if (parse_task(words[at], header, &has_both)) {
            header->has_task = true;
            return at;
        }
        if (!is_cpu(words[at]) && words[at].bytes > 8) /* 8: more than perf's flag letters */
            break;
    }
    header->pid = header->tid = 0;
    return end;
}

/* Without a time: the first `PID/TID`, or else the first number after a word. */
static size_t find_task(const struct slice *words, size_t count, struct header *header)
{
    bool has_both = false;

    for (size_t i = 0; i < count; i++)
        if (parse_task(words[i], header, &has_both) && has_both) {
            header->has_task = true;
            return i;
        }
    for (size_t i = 1; i < count && words[i].text[words[i].bytes - 1] != ':'; i++)
        if (parse_task(words[i], header, &has_both)) {
            header->has_task = true;
            return i;
        }
    header->pid = header->tid = 0;
    return count;
}

static bool starts_with(struct slice slice, const char *prefix)
{
    size_t bytes = strlen(prefix);

    return slice.bytes >= bytes && memcmp(slice.text, prefix, bytes) == 0;
}

/* The rest of a header line after task and time: `[PERIOD] EVENT: [FRAME]`. An
 * event's name may hold colons (cpu-clock:u), so it ends at the first colon
 * that a blank or the end follows. */
static void parse_event(struct slice rest, struct header *header)
{
    struct slice name = trimmed(rest);
    uint64_t period = 0;
    struct slice after = name;
    const char *colon = NULL;
    size_t at = 0;

    header->rest = name;
    if (take_number(&after, &period) && after.bytes > 0 && is_blank(after.text[0]))
        name = trimmed(after);
    while (at < name.bytes) {
        colon = memchr(name.text + at, ':', name.bytes - at);
        if (!colon)
            return;
        at = (size_t)(colon - name.text) + 1;
        if (at == name.bytes || is_blank(name.text[at])) {
            header->has_event = true;
            header->is_record = starts_with(name, "PERF_RECORD_");
            header->rest = trimmed(from(name, at));
            return;
        }
    }
    header->is_record = starts_with(name, "PERF_RECORD_");
}

/* Nothing but a command (-F comm,ip,sym): the frames below it must prove it. */
static bool parse_command_alone(struct slice line, struct slice first, struct header *header)
{
    header->command = trimmed(line);
    return first.text == line.text && header->command.bytes < COMMAND_MOST;
}

/* Whether the line is a header; what it says goes into `*header`. */
static bool parse_header(struct slice line, struct header *header)
{
    struct slice words[HEADER_WORDS_MOST];
    size_t count = 0;
    size_t task = 0;
    size_t time = 0;
    size_t last = 0; /* word before the event */

    *header = (struct header){.time_ns = JT_TIME_NONE};
    count = split_words(
        (struct slice){line.text, line.bytes < HEADER_MOST ? line.bytes : HEADER_MOST}, words);
    while (time < count && !parse_time(words[time], &header->time_ns))
        time++;
    if (time < count) {
        header->has_time = true;
        task = find_task_before(words, time, header);
        last = time;
    } else {
        task = find_task(words, count, header);
        if (!header->has_task)
            return parse_command_alone(line, words[0], header);
        last = task;
        if (last + 1 < count && is_cpu(words[last + 1]))
            last++;
    }
    if (task > 0)
        header->command = (struct slice){
            words[0].text, (size_t)(words[task - 1].text - words[0].text) + words[task - 1].bytes};
    parse_event(from(line, (size_t)(words[last].text - line.text) + words[last].bytes), header);
    return true;
}

/* The start of the last balanced group in parentheses that ends the text, with
 * a blank or nothing before it; `bytes` when there is none. */
static size_t find_module(struct slice text)
{
    size_t depth = 0;
    size_t at = text.bytes;

    if (at == 0 || text.text[at - 1] != ')')
        return text.bytes;
    while (at > 0) {
        at--;
        if (text.text[at] == ')')
            depth++;
        else if (text.text[at] == '(')
            depth--;
        if (depth == 0)
            break;
    }
    if (depth == 0 && (at == 0 || is_blank(text.text[at - 1])))
        return at;
    /* Parentheses in the file's own name: the last one after a blank. */
    for (at = text.bytes - 1; at > 0; at--)
        if (text.text[at] == '(' && is_blank(text.text[at - 1]))
            return at;
    return text.bytes;
}

/* Without `+0x1f` at the end. */
static size_t without_offset(struct slice name)
{
    size_t at = name.bytes;

    while (at > 0 && hex_value(name.text[at - 1]) >= 0)
        at--;
    if (at == name.bytes || at < 4 || memcmp(name.text + at - 3, "+0x", 3) != 0)
        return name.bytes;
    return at - 3;
}

static const char *keep_text(struct script *script, struct slice slice)
{
    char *copy = script->text + script->text_bytes;

    if (slice.bytes > 0)
        memcpy(copy, slice.text, slice.bytes);
    script->text_bytes += slice.bytes;
    return copy;
}

static void add_frame(struct script *script, uint64_t address, struct slice name,
                      struct slice module)
{
    struct jt_named_frame *frame = &script->frames[script->sample.frame_count];

    if (script->sample.frame_count == FRAMES_MOST || name.bytes + module.bytes > NAME_MOST ||
        script->text_bytes + name.bytes + module.bytes > TEXT_MOST - HEADER_MOST) {
        script->facts->skipped_lines++;
        return;
    }
    *frame = (struct jt_named_frame){.address = address, .name_bytes = name.bytes};
    frame->name = keep_text(script, name);
    if (module.bytes > 0) {
        frame->module = keep_text(script, module);
        frame->module_bytes = module.bytes;
    }
    script->sample.frame_count++;
}

/* `ADDRESS [NAME[+0xOFF]] [(MODULE)]` or the same without the address. */
static void parse_frame(struct script *script, struct slice text)
{
    static const struct slice unknown = {"[unknown]", 9};
    uint64_t address = 0;
    size_t digits = 0;
    size_t at = 0;
    struct slice name = trimmed(text);
    struct slice module = {0};

    if (starts_with(name, "0x"))
        name = from(name, 2);
    for (; digits < name.bytes && hex_value(name.text[digits]) >= 0; digits++)
        address = address << 4 | (uint64_t)hex_value(name.text[digits]);
    if (digits > 0 && digits <= ADDRESS_DIGITS_MOST &&
        (digits == name.bytes || is_blank(name.text[digits])))
        name = trimmed(from(name, digits));
    else
        address = 0;
    at = find_module(name);
    if (at < name.bytes) {
        module = (struct slice){name.text + at + 1, name.bytes - at - 2};
        name = trimmed((struct slice){name.text, at});
    }
    if (module.bytes == 7 && memcmp(module.text, "inlined", 7) == 0)
        module.bytes = 0;
    name.bytes = without_offset(name);
    if (name.bytes == 0)
        name = unknown;
    add_frame(script, address, name, module);
}

static bool begins_with_address(struct slice text)
{
    size_t at = 0;

    text = trimmed(text);
    if (starts_with(text, "0x"))
        text = from(text, 2);
    while (at < text.bytes && hex_value(text.text[at]) >= 0)
        at++;
    return at > 0 && at <= ADDRESS_DIGITS_MOST && (at == text.bytes || is_blank(text.text[at]));
}

/* `FILE:LINE`, perf's srcline, which follows the line of its frame. */
static bool parse_source(struct script *script, struct slice text)
{
    struct jt_named_frame *frame = NULL;
    struct slice file = trimmed(text);
    const char *colon = memrchr(file.text, ':', file.bytes);
    uint64_t line = 0;
    struct slice number;

    if (!colon || script->sample.frame_count == 0)
        return false;
    frame = &script->frames[script->sample.frame_count - 1];
    number = from(file, (size_t)(colon - file.text) + 1);
    if (!take_number(&number, &line) || line > UINT32_MAX ||
        (number.bytes > 0 && number.text[0] != ' '))
        return false;
    file.bytes = (size_t)(colon - file.text);
    if (line == 0 || file.bytes == 0 || frame->file || file.bytes > NAME_MOST ||
        script->text_bytes + file.bytes > TEXT_MOST - HEADER_MOST)
        return true;
    frame->file = keep_text(script, file);
    frame->file_bytes = file.bytes;
    frame->line = (uint32_t)line;
    return true;
}

/* perf's srcline for code without lines: `MODULE[ADDRESS]`, `MODULE+0xOFF`. */
static bool is_place_without_source(const struct script *script, struct slice text)
{
    struct slice place = trimmed(text);

    return script->sample.frame_count > 0 && place.bytes > 0 &&
           (place.text[place.bytes - 1] == ']' || without_offset(place) < place.bytes);
}

static int close_sample(struct script *script)
{
    if (!script->is_open)
        return JITNEY_OK;
    script->is_open = false;
    if (script->is_doubtful && script->sample.frame_count == 0) {
        script->facts->skipped_lines++;
        return JITNEY_OK;
    }
    script->facts->samples++;
    script->sample.frames = script->frames;
    if (!script->sink->named)
        return JITNEY_OK;
    return script->sink->named(script->sink->context, &script->sample);
}

/* What stands behind the event: nothing, a frame (no call chains were
 * recorded), a sampled address, or the text of a trace point. */
static void take_rest(struct script *script, struct slice rest)
{
    size_t end = 0;
    struct slice after;

    if (!begins_with_address(rest))
        return;
    while (end < rest.bytes && !is_blank(rest.text[end]))
        end++;
    after = trimmed(from(rest, end));
    if (begins_with_address(after) && memchr(after.text, ' ', after.bytes))
        rest = after; /* the sampled address is before that of the code */
    parse_frame(script, rest);
    script->first_is_address = after.bytes == 0;
}

static int open_sample(struct script *script, const struct header *header)
{
    int status = close_sample(script);

    if (status || header->is_record)
        return status;
    script->sample = (struct jt_named_sample){
        .time_ns = header->time_ns,
        .weight = 1,
        .pid = header->pid,
        .tid = header->tid,
        .command_bytes = header->command.bytes,
    };
    script->text_bytes = 0;
    script->is_open = true;
    script->is_doubtful = !header->has_time && !header->has_event;
    script->first_is_address = false;
    script->sample.command = keep_text(script, header->command);
    take_rest(script, header->rest);
    return JITNEY_OK;
}

/* A line that begins with a blank, inside a sample. */
static void take_frame_line(struct script *script, struct slice line)
{
    if (begins_with_address(line)) {
        if (script->first_is_address)
            script->sample.frame_count = 0;
        script->first_is_address = false;
        parse_frame(script, line);
        return;
    }
    if (line.text[0] == ' ' && line.text[1] == ' ' &&
        (parse_source(script, line) || is_place_without_source(script, line)))
        return;
    if (script->is_doubtful)
        script->facts->skipped_lines++;
    else
        parse_frame(script, line);
}

/* Frames begin with a tab; text that went through an editor may have blanks. */
static bool is_frame_line(const struct script *script, struct slice line)
{
    struct header header;

    if (!script->is_open || !is_blank(line.text[0]))
        return false;
    if (line.text[0] == '\t')
        return true;
    if (!begins_with_address(line))
        return false;
    /* A command's name can look like an address: `  bad 12/12 1.000000: cycles:`. */
    return !parse_header(line, &header) || !header.has_time || !header.has_task ||
           !header.has_event;
}

static int take_line(struct script *script, const struct jt_text_line *text)
{
    struct slice line = {text->text, text->bytes};
    struct header header;
    bool is_indented = line.bytes > 0 && is_blank(line.text[0]);

    if (trimmed(line).bytes == 0)
        return close_sample(script);
    if (line.text[0] == '#' && !script->is_open)
        return JITNEY_OK;
    if (text->is_cut || (is_indented && !text->has_end && line.text[line.bytes - 1] != ')')) {
        script->facts->skipped_lines++;
        return JITNEY_OK;
    }
    if (is_frame_line(script, line)) {
        take_frame_line(script, line);
        return JITNEY_OK;
    }
    if (line.text[0] != '\t' && parse_header(line, &header) &&
        (header.has_time || header.has_event || !is_indented))
        return open_sample(script, &header);
    if (is_indented && script->is_open)
        take_frame_line(script, line);
    else
        script->facts->skipped_lines++;
    return JITNEY_OK;
}

int jt_perfscript_read(FILE *stream, const char *name, struct jt_diag *diag,
                       const struct jt_sample_sink *sink, struct jt_text_facts *facts)
{
    struct script script = {.sink = sink, .facts = facts};
    struct jt_lines lines;
    struct jt_text_line line;
    int status = JITNEY_OK;

    *facts = (struct jt_text_facts){0};
    script.frames = jt_alloc(FRAMES_MOST, sizeof(*script.frames));
    script.text = jt_alloc(TEXT_MOST, 1);
    jt_lines_init(&lines, stream);
    while (!status && jt_lines_next(&lines, &line))
        status = take_line(&script, &line);
    if (!status)
        status = close_sample(&script);
    if (!status && ferror(stream)) {
        jt_diag_error(diag, name, JT_DIAG_NO_OFFSET, "cannot be read: %s", strerror(errno));
        status = JITNEY_ERR_IO;
    }
    jt_lines_release(&lines);
    free(script.frames);
    free(script.text);
    return status;
}

/* Yes or no for a line that decides, -1 for one that does not. */
static int probe_line(struct slice line, struct slice next)
{
    struct header header;
    bool frame_follows = next.bytes > 0 && next.text[0] == '\t' && begins_with_address(next);

    if (memchr(line.text, '\0', line.bytes))
        return 0;
    if (trimmed(line).bytes == 0 || line.text[0] == '#')
        return -1;
    if (line.text[0] == '\t' && begins_with_address(line))
        return -1; /* the head was cut off */
    if (!parse_header(line, &header))
        return 0;
    return frame_follows || (header.has_task && (header.has_time || header.has_event)) ||
           (header.has_time && header.has_event);
}

bool jt_perfscript_probe(const void *bytes, size_t count)
{
    struct slice text = {bytes, count};
    struct slice line;
    struct slice next;
    const char *newline = NULL;
    int answer = -1;

    while (answer < 0 && text.bytes > 0) {
        newline = memchr(text.text, '\n', text.bytes);
        line = (struct slice){text.text, newline ? (size_t)(newline - text.text) : text.bytes};
        text = from(text, line.bytes + (newline ? 1 : 0));
        newline = text.bytes > 0 ? memchr(text.text, '\n', text.bytes) : NULL;
        next = (struct slice){text.text, newline ? (size_t)(newline - text.text) : text.bytes};
        if (line.bytes > 0 && line.text[line.bytes - 1] == '\r')
            line.bytes--;
        answer = probe_line(line, next);
    }
    return answer > 0;
}
