#include "loglines.h"

#include <stdlib.h>
#include <string.h>

void jvm_log_init(struct jvm_log *log,
                  void (*on_event)(void *context, const struct jvm_log_event *event), void *context)
{
    memset(log, 0, sizeof(*log));
    log->on_event = on_event;
    log->context = context;
}

static struct jvm_log_event empty_event(enum jvm_log_kind kind)
{
    return (struct jvm_log_event){
        .kind = kind, .level = -1, .bci = -1, .method = "", .reason = "", .action = ""};
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- attributes of XML ---- */

/* Find the value of ` name='value'` in a tag: where it begins; its length in `*bytes`. */
static const char *find_attribute(const char *tag, const char *name, size_t *bytes)
{
    size_t name_bytes = strlen(name);
    const char *at = strchr(tag, ' ');

    while (at) {
        const char *equals = NULL, *end = NULL;

        at += strspn(at, " ");
        equals = strchr(at, '=');
        if (!equals || equals[1] != '\'')
            return NULL;
        end = strchr(equals + 2, '\'');
        if (!end)
            return NULL;
        if ((size_t)(equals - at) == name_bytes && memcmp(at, name, name_bytes) == 0) {
            *bytes = (size_t)(end - equals - 2);
            return equals + 2;
        }
        at = end + 1;
        if (*at != ' ')
            return NULL;
    }
    return NULL;
}

/* The character that an entity stands for, and how long it is; '&' itself when it is none. */
static char entity(const char *at, size_t left, size_t *bytes)
{
    static const struct {
        const char *text;
        char is;
    } known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        *bytes = strlen(known[i].text);
        if (*bytes <= left && memcmp(at, known[i].text, *bytes) == 0)
            return known[i].is;
    }
    *bytes = 1;
    return *at;
}

/* Copy an attribute without entities into `text`, which has JVM_LOG_TEXT bytes. "" when it is
 * missing. */
static const char *text_of(const char *tag, const char *name, char *text)
{
    size_t bytes = 0, used = 0, step = 1;
    const char *value = find_attribute(tag, name, &bytes);

    for (size_t i = 0; value && i < bytes && used + 1 < JVM_LOG_TEXT; i += step)
        text[used++] = entity(value + i, bytes - i, &step);
    text[used] = '\0';
    return text;
}

static uint64_t number_of(const char *tag, const char *name)
{
    size_t bytes = 0;
    const char *value = find_attribute(tag, name, &bytes);

    return value ? strtoull(value, NULL, 10) : 0;
}

/* Seconds with a fraction, as nanoseconds. */
static uint64_t read_seconds(const char *text)
{
    char *end = NULL;
    uint64_t seconds = strtoull(text, &end, 10);
    uint64_t unit = UINT64_C(1000000000), ns = 0;

    if (seconds > UINT64_C(1000000000)) /* thirty years */
        return 0;
    ns = seconds * unit;
    if (*end != '.' && *end != ',') /* the JVM follows the locale */
        return ns;
    for (end++; *end >= '0' && *end <= '9' && unit > 1; end++) {
        unit /= 10;
        ns += (uint64_t)(*end - '0') * unit;
    }
    return ns;
}

static uint64_t stamp_of(const char *tag)
{
    size_t bytes = 0;
    const char *value = find_attribute(tag, "stamp", &bytes);

    return value ? read_seconds(value) : 0;
}

static bool has(const char *tag, const char *name)
{
    size_t bytes = 0;

    return find_attribute(tag, name, &bytes) != NULL;
}

/* ---- elements ---- */

static struct jvm_log_event xml_event(const char *tag, enum jvm_log_kind kind, char *kind_text)
{
    struct jvm_log_event event = empty_event(kind);

    event.is_xml = true;
    event.compilation = number_of(tag, "compile_id");
    event.uptime_ns = stamp_of(tag);
    event.tid = number_of(tag, "thread");
    event.is_osr = strcmp(text_of(tag, "compile_kind", kind_text), "osr") == 0;
    if (has(tag, "level"))
        event.level = (int32_t)(number_of(tag, "level") & 7);
    return event;
}

static void tell(struct jvm_log *log, const struct jvm_log_event *event)
{
    log->on_event(log->context, event);
}

static void read_queued(struct jvm_log *log, const char *tag, enum jvm_log_kind kind)
{
    struct jvm_log_event event = xml_event(tag, kind, log->text[0]);

    event.method = text_of(tag, "method", log->text[0]);
    event.reason = text_of(tag, "comment", log->text[1]);
    event.count = number_of(tag, event.is_osr ? "backedge_count" : "count");
    tell(log, &event);
}

static void read_task(struct jvm_log *log, const char *tag)
{
    read_queued(log, tag, JVM_LOG_START);
    log->task = number_of(tag, "compile_id");
    log->task_level = has(tag, "level") ? (int32_t)(number_of(tag, "level") & 7) : -1;
    log->failure[0] = '\0';
}

static void read_task_done(struct jvm_log *log, const char *tag)
{
    struct jvm_log_event event = empty_event(JVM_LOG_ABORT);
    bool has_failed = has(tag, "success") && number_of(tag, "success") == 0;

    event.is_xml = true;
    event.compilation = log->task;
    event.level = log->task_level;
    event.uptime_ns = stamp_of(tag);
    event.reason = log->failure;
    if (log->task && has_failed)
        tell(log, &event);
    log->task = 0;
}

static void read_not_entrant(struct jvm_log *log, const char *tag)
{
    struct jvm_log_event event = xml_event(tag, JVM_LOG_NOT_ENTRANT, log->text[0]);

    event.reason = text_of(tag, "reason", log->text[1]);
    tell(log, &event);
}

/* The trap is told with the first line that says where it was. Those without a thread are what a
 * compiler plans, not what happened. */
static void read_trap(struct jvm_log *log, const char *tag)
{
    if (!has(tag, "thread") || !has(tag, "stamp"))
        return;
    log->trap = xml_event(tag, JVM_LOG_TRAP, log->text[0]);
    log->trap.reason = text_of(tag, "reason", log->trap_reason);
    log->trap.action = text_of(tag, "action", log->trap_action);
    log->has_trap = true;
}

static void read_place(struct jvm_log *log, const char *tag)
{
    if (!log->has_trap)
        return;
    log->has_trap = false;
    log->trap.method = text_of(tag, "method", log->text[0]);
    log->trap.bci = has(tag, "bci") ? (int64_t)number_of(tag, "bci") : -1;
    tell(log, &log->trap);
}

/* A trap without a place. */
static void end_trap(struct jvm_log *log)
{
    if (log->has_trap)
        tell(log, &log->trap);
    log->has_trap = false;
}

static void read_head(struct jvm_log *log, const char *tag)
{
    struct jvm_log_event event = empty_event(JVM_LOG_BEGIN);

    event.is_xml = true;
    event.time_ms = number_of(tag, "time_ms");
    tell(log, &event);
}

static void read_xml(struct jvm_log *log, const char *tag)
{
    if (starts(tag, "<jvms ")) {
        read_place(log, tag);
        return;
    }
    end_trap(log);
    if (starts(tag, "<task_queued "))
        read_queued(log, tag, JVM_LOG_QUEUED);
    else if (starts(tag, "<uncommon_trap "))
        read_trap(log, tag);
    else if (starts(tag, "<make_not_entrant "))
        read_not_entrant(log, tag);
    else if (starts(tag, "<task "))
        read_task(log, tag);
    else if (starts(tag, "<task_done "))
        read_task_done(log, tag);
    else if (starts(tag, "<failure ") && log->task)
        text_of(tag, "reason", log->failure);
    else if (starts(tag, "<hotspot_log "))
        read_head(log, tag);
}

/* ---- text ---- */

/* Cut the next word off `*text`; "" at the end. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " ");
    char *end = word + strcspn(word, " ");

    if (*end)
        *end++ = '\0';
    *text = end;
    return word;
}

/* `cid=  10     level=4 Work.advance([LWork$Body;D)V trap_bci=5 class_check maybe_recompile pc=0x…`
 */
static void read_trap_text(struct jvm_log *log, char *text, struct jvm_log_event *event)
{
    char *word = NULL;
    bool has_method = false;

    event->kind = JVM_LOG_TRAP;
    text += strlen("cid=");
    event->compilation = strtoull(next_word(&text), NULL, 10);
    for (word = next_word(&text); *word; word = next_word(&text)) {
        if (strcmp(word, "osr") == 0 && !has_method)
            event->is_osr = true;
        else if (starts(word, "level="))
            event->level = (int32_t)(strtoul(word + 6, NULL, 10) & 7);
        else if (starts(word, "trap_bci="))
            event->bci = strtol(word + 9, NULL, 10);
        else if (starts(word, "pc="))
            event->pc = strtoull(word + 3, NULL, 16);
        else if (strchr(word, '='))
            continue;
        else if (!has_method) {
            event->method = word;
            has_method = true;
        } else if (!*event->reason)
            event->reason = word;
        else if (!*event->action)
            event->action = word;
    }
    if (event->compilation && has_method)
        tell(log, event);
}

/* What stands behind the method of a compilation: its size, and what became of it. */
static bool read_message(char *text, struct jvm_log_event *event)
{
    static const char skipped[] = "COMPILE SKIPPED: ";
    char *message = strstr(text, "made not entrant");

    if (message) {
        event->kind = JVM_LOG_NOT_ENTRANT;
        message += strlen("made not entrant");
        event->reason = starts(message, ": ") ? message + 2 : "";
        return true;
    }
    message = strstr(text, skipped);
    if (message) {
        event->kind = JVM_LOG_ABORT;
        event->reason = message + sizeof(skipped) - 1;
        return true;
    }
    event->kind = JVM_LOG_START;
    text = strchr(text, ')');
    if (!text)
        return false;
    text += 1 + strspn(text + 1, " ");
    return *text == '\0' || strcmp(text, "(static)") == 0;
}

/* `  10 %     4       Work::nbody @ 119 (144 bytes)   made not entrant: uncommon trap` */
static void read_compilation(struct jvm_log *log, char *text, struct jvm_log_event *event)
{
    char *word = next_word(&text);
    char *end = NULL;

    event->compilation = strtoull(word, &end, 10);
    if (event->compilation == 0 || *end)
        return;
    /* Marks in columns, then the level, which is not told when there is but one. */
    for (int i = 0; i < 8 && !strstr(word, "::"); i++) {
        word = next_word(&text);
        if (strchr(word, '%'))
            event->is_osr = true;
        if (word[0] >= '0' && word[0] <= '4' && !word[1])
            event->level = word[0] - '0';
    }
    event->method = word;
    if (strstr(event->method, "::") && read_message(text, event))
        tell(log, event);
}

/* `[24300716946089ns][33648256ns][28535] …`, or without the first. */
const char *jvm_log_times(const char *line, uint64_t *clock_ns, uint64_t *uptime_ns)
{
    char *end = NULL;
    uint64_t second = 0;

    *clock_ns = 0;
    if (*line != '[')
        return NULL;
    *uptime_ns = strtoull(line + 1, &end, 10);
    if (!starts(end, "ns]["))
        return NULL;
    line = end + 4;
    second = strtoull(line, &end, 10);
    if (!starts(end, "ns]["))
        return line;
    *clock_ns = *uptime_ns;
    *uptime_ns = second;
    return end + 4;
}

static void read_text(struct jvm_log *log, char *line)
{
    struct jvm_log_event event = empty_event(JVM_LOG_START);
    const char *thread = jvm_log_times(line, &event.clock_ns, &event.uptime_ns);
    char *end = NULL;

    if (!thread)
        return;
    event.tid = strtoull(thread, &end, 10);
    if (*end != ']')
        return;
    end += 1 + strspn(end + 1, " ");
    if (starts(end, "cid="))
        read_trap_text(log, end, &event);
    else
        read_compilation(log, end, &event);
}

/* ---- lines ---- */

static void end_line(struct jvm_log *log)
{
    log->line[log->used] = '\0';
    if (log->is_cut)
        log->skipped++;
    else if (log->line[0] == '<')
        read_xml(log, log->line);
    else if (log->line[0] == '[')
        read_text(log, log->line);
    log->used = 0;
    log->is_cut = false;
}

void jvm_log_feed(struct jvm_log *log, const char *bytes, size_t count)
{
    while (count > 0) {
        const char *newline = memchr(bytes, '\n', count);
        size_t part = newline ? (size_t)(newline - bytes) : count;
        size_t room = sizeof(log->line) - 1 - log->used;

        if (part > room)
            log->is_cut = true;
        memcpy(log->line + log->used, bytes, part < room ? part : room);
        log->used += part < room ? part : room;
        if (newline)
            end_line(log);
        part += newline ? 1 : 0;
        bytes += part;
        count -= part;
    }
}
