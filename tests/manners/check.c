/* See check.h. */
#include "manners/check.h"

#include "format/jitdump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often the event of each step was seen. Moves and unloads carry no name: their place is
 * counted. One more step than done may be there: its call was under way. */
struct seen {
    const struct expected *expected;
    unsigned char steps[THREADS][STEPS + 1];
    unsigned moves[THREADS][SLOTS];
    unsigned unloads[THREADS][SLOTS];
    int64_t last[THREADS]; /* step, for order */
    unsigned faults;
    const char *what;
};

enum { SHOWN_FAULTS = 5 };

__attribute__((format(printf, 2, 3))) static void fault(struct seen *seen, const char *format, ...)
{
    va_list arguments;

    if (seen->faults++ >= SHOWN_FAULTS)
        return;
    fprintf(stderr, "%s: ", seen->what);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static struct seen *seen_new(const struct expected *expected, const char *what)
{
    struct seen *seen = calloc(1, sizeof(*seen));

    if (!seen)
        abort();
    seen->expected = expected;
    seen->what = what;
    for (unsigned i = 0; i < THREADS; i++)
        seen->last[i] = -1;
    return seen;
}

static void see(struct seen *seen, unsigned thread, uint32_t step)
{
    if (thread >= THREADS || step > STEPS || step > seen->expected->done[thread]) {
        fault(seen, "step %u of thread %u, which was not told", step, thread);
        return;
    }
    seen->steps[thread][step]++;
}

/* "t2_17" anywhere in the text, as a word; false when there is none. */
static bool find_name(const char *text, unsigned *thread, uint32_t *step)
{
    for (const char *at = strchr(text, 't'); at; at = strchr(at + 1, 't')) {
        char *end = NULL;

        if (at[1] < '0' || at[1] > '9' || at[2] != '_' || at[3] < '0' || at[3] > '9')
            continue;
        *thread = (unsigned)(at[1] - '0');
        *step = (uint32_t)strtoul(at + 3, &end, 10);
        return true;
    }
    return false;
}

static void see_in_order(struct seen *seen, unsigned thread, uint32_t step)
{
    see(seen, thread, step);
    if (thread < THREADS) {
        if ((int64_t)step <= seen->last[thread])
            fault(seen, "step %u of thread %u comes after %" PRId64, step, thread,
                  seen->last[thread]);
        seen->last[thread] = step;
    }
}

static void see_name(struct seen *seen, const char *name)
{
    unsigned thread;
    uint32_t step;

    if (!name || !find_name(name, &thread, &step))
        fault(seen, "a name that was not told: %s", name ? name : "(none)");
    else
        see_in_order(seen, thread, step);
}

static void see_place(struct seen *seen, unsigned counts[THREADS][SLOTS], uint64_t address)
{
    uint64_t place = (address - seen->expected->memory) / SLOT_BYTES;
    uint64_t thread = place / (2 * SLOTS);

    if (address < seen->expected->memory || thread >= THREADS || place % (2 * SLOTS) >= SLOTS)
        fault(seen, "a move or unload of %#" PRIx64 ", which was not told", address);
    else
        counts[thread][place % (2 * SLOTS)]++;
}

static int see_event(void *context, const struct jitney_event *event)
{
    struct seen *seen = context;

    if (event->flags & (JITNEY_EVENT_IMPLIED | JITNEY_EVENT_REPLAYED))
        return 0;
    switch (event->type) {
    case JITNEY_CODE_LOAD:
        see_name(seen, event->code_load->name);
        break;
    case JITNEY_CODE_MOVE:
        see_place(seen, seen->moves, event->code_move->from);
        break;
    case JITNEY_CODE_UNLOAD:
        see_place(seen, seen->unloads, event->code_unload->address);
        break;
    case JITNEY_NOTE:
        see_name(seen, event->note->text);
        break;
    case JITNEY_DEOPT:
        see_name(seen, event->deopt->reason);
        break;
    case JITNEY_TYPE_FEEDBACK:
        see_name(seen, event->type_feedback->after.text);
        break;
    case JITNEY_COMPILE_END:
        see_in_order(seen, (unsigned)(event->compile_end->compilation >> 32),
                     (uint32_t)event->compile_end->compilation);
        break;
    case JITNEY_INVOCATION:
        see_in_order(seen, (unsigned)(event->invocation->context >> 32),
                     (uint32_t)event->invocation->context);
        break;
    case JITNEY_FUNCTION:
        break;
    default:
        fault(seen, "an event of class %u, which was not told", event->type);
    }
    return 0;
}

/* `kinds` has the bits of the step kinds that must be there, `exactly` says once. */
static unsigned compare(struct seen *seen, unsigned kinds, bool exactly)
{
    unsigned moves[THREADS][SLOTS] = {{0}}, unloads[THREADS][SLOTS] = {{0}};
    unsigned faults;

    for (unsigned thread = 0; thread < THREADS; thread++) {
        for (uint32_t i = 0; i < seen->expected->done[thread]; i++) {
            struct step step = step_of(seen->expected->memory, thread, i);
            unsigned slot = i / CYCLE % SLOTS;

            if (!(kinds & 1U << step.kind))
                continue;
            if (step.kind == STEP_MOVE)
                moves[thread][slot]++;
            else if (step.kind == STEP_UNLOAD)
                unloads[thread][slot]++;
            else if (seen->steps[thread][i] == 0 || (exactly && seen->steps[thread][i] > 1))
                fault(seen, "step %s was done and is there %u times", step.name,
                      seen->steps[thread][i]);
        }
        for (unsigned slot = 0; slot < SLOTS; slot++) {
            if (seen->moves[thread][slot] < moves[thread][slot] ||
                seen->unloads[thread][slot] < unloads[thread][slot])
                fault(seen, "place %u of thread %u: %u moves for %u, %u unloads for %u", slot,
                      thread, seen->moves[thread][slot], moves[thread][slot],
                      seen->unloads[thread][slot], unloads[thread][slot]);
        }
    }
    faults = seen->faults;
    free(seen);
    return faults;
}

static bool is_anything_expected(const struct expected *expected)
{
    for (unsigned i = 0; i < THREADS; i++) {
        if (expected->done[i] > 0)
            return true;
    }
    return false;
}

unsigned check_recording(const char *path, const struct expected *expected)
{
    struct seen *seen = seen_new(expected, "recording");
    struct jitney_recording_visitor visitor = {sizeof(visitor), see_event, seen};
    int status = jitney_recording_load(path, &visitor);

    if (status && is_anything_expected(expected))
        fault(seen, "%s", jitney_status_text(status));
    return compare(seen, ~0U, true);
}

static char *read_whole(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    long length = 0;

    *bytes = 0;
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    length = ftell(file);
    rewind(file);
    text = calloc(1, (size_t)length + 1);
    if (!text)
        abort();
    *bytes = fread(text, 1, (size_t)length, file);
    fclose(file);
    return text;
}

/* One line by perf's rules (tools/perf/util/symbol.c): two numbers in hexadecimal without 0x and
 * a name of at least three bytes. */
static void see_line(struct seen *seen, const char *line)
{
    char *end = NULL;
    uint64_t start = strtoull(line, &end, 16);
    uint64_t bytes = end > line && *end == ' ' ? strtoull(end + 1, &end, 16) : 0;
    unsigned thread;
    uint32_t number;
    struct step step;

    if (bytes == 0 || *end != ' ' || strlen(end + 1) < 3 || strncmp(line, "0x", 2) == 0) {
        fault(seen, "a line that perf does not read: %s", line);
        return;
    }
    if (!find_name(end, &thread, &number) || thread >= THREADS) {
        fault(seen, "a line that was not told: %s", line);
        return;
    }
    step = step_of(seen->expected->memory, thread, number);
    if (bytes != CODE_BYTES)
        fault(seen, "a line with a wrong length: %s", line);
    if (start == step.to && step.kind == STEP_LOAD)
        seen->moves[thread][number / CYCLE % SLOTS]++;
    else if (start == step.address)
        see_in_order(seen, thread, number);
    else
        fault(seen, "a line with a wrong address: %s", line);
}

unsigned check_perfmap(const char *path, const struct expected *expected)
{
    const unsigned kinds = 1U << STEP_LOAD | 1U << STEP_LOAD_AGAIN | 1U << STEP_MOVE;
    struct seen *seen = seen_new(expected, "perf map");
    size_t bytes;
    char *text = read_whole(path, &bytes);

    if (!text && is_anything_expected(expected))
        fault(seen, "is not there");
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');

        if (!end)
            break; /* the kernel may cut the write that it was killed in */
        *end = '\0';
        see_line(seen, line);
        line = end + 1;
    }
    free(text);
    return compare(seen, kinds, true);
}

/* Code that has moved may be loaded once more where it is now, after its move. */
static void see_jitdump_load(struct seen *seen, const char *record, uint64_t address)
{
    unsigned thread;
    uint32_t number;

    if (find_name(record + JT_JITDUMP_LOAD_BYTES, &thread, &number) && thread < THREADS) {
        struct step step = step_of(seen->expected->memory, thread, number);

        if (step.kind == STEP_LOAD && address == step.to)
            return;
        if (address != step.address)
            fault(seen, "a load of %s at a wrong address", step.name);
    }
    see_name(seen, record + JT_JITDUMP_LOAD_BYTES);
}

static void see_jitdump_record(struct seen *seen, const char *record, uint32_t id, uint32_t bytes)
{
    uint64_t fields[8]; /* linux: tools/perf/util/jitdump.h */

    if (id == JT_JITDUMP_LOAD && bytes > JT_JITDUMP_LOAD_BYTES) {
        memcpy(fields, record, JT_JITDUMP_LOAD_BYTES);
        if (!memchr(record + JT_JITDUMP_LOAD_BYTES, '\0', bytes - JT_JITDUMP_LOAD_BYTES))
            fault(seen, "a load with no end of its name");
        else
            see_jitdump_load(seen, record, fields[4]);
    } else if (id == JT_JITDUMP_MOVE && bytes >= JT_JITDUMP_MOVE_BYTES) {
        memcpy(fields, record, sizeof(fields));
        see_place(seen, seen->moves, fields[4]);
    }
}

unsigned check_jitdump(const char *path, const struct expected *expected, pid_t pid)
{
    const unsigned kinds = 1U << STEP_LOAD | 1U << STEP_LOAD_AGAIN | 1U << STEP_MOVE;
    struct seen *seen = seen_new(expected, "jitdump");
    size_t left;
    char *text = read_whole(path, &left), *at = text;
    uint32_t head[10] = {0};

    if (text && left >= sizeof(head)) {
        memcpy(head, text, sizeof(head));
        if (head[0] != JT_JITDUMP_MAGIC || head[1] != JT_JITDUMP_VERSION ||
            head[2] != JT_JITDUMP_HEADER_BYTES || head[5] != (uint32_t)pid)
            fault(seen, "a wrong header");
        at += sizeof(head);
        left -= sizeof(head);
    } else if (is_anything_expected(expected)) {
        fault(seen, "is not there");
        left = 0;
    }
    while (text && left >= JT_JITDUMP_PREFIX_BYTES) {
        uint32_t prefix[2]; /* id, bytes */

        memcpy(prefix, at, sizeof(prefix));
        if (prefix[1] > left)
            break; /* cut by the kill */
        if (prefix[0] > 4 || prefix[1] < JT_JITDUMP_PREFIX_BYTES) {
            fault(seen, "record %u of %u bytes, %zu before the end", prefix[0], prefix[1], left);
            break;
        }
        see_jitdump_record(seen, at, prefix[0], prefix[1]);
        at += prefix[1];
        left -= prefix[1];
    }
    free(text);
    return compare(seen, kinds, true);
}

unsigned check_listing(const char *path, const struct expected *expected)
{
    const unsigned kinds = 1U << STEP_LOAD | 1U << STEP_LOAD_AGAIN | 1U << STEP_NOTE |
                           1U << STEP_DEOPT | 1U << STEP_FEEDBACK;
    struct seen *seen = seen_new(expected, "listing");
    size_t bytes;
    char *text = read_whole(path, &bytes);

    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n');
        unsigned thread;
        uint32_t step;

        if (end)
            *end = '\0';
        if (find_name(line, &thread, &step))
            see(seen, thread, step);
        line = end ? end + 1 : NULL;
    }
    free(text);
    return compare(seen, kinds, false);
}
