/* Lines of V8's own log (--log-deopt, --log-ic, --log-function-events), which a user asks for on
 * node's command line. */
#include "agent.h"
#include "engine_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 12 };

struct fields {
    char *at[FIELDS];
    int count;
    char room[NODE_LINE_BYTES];
};

static void split(struct fields *fields, const struct node_line *line)
{
    char *text = fields->room;

    memcpy(fields->room, line->text, line->bytes + 1);
    fields->count = 0;
    while (text && fields->count < FIELDS) {
        fields->at[fields->count++] = text;
        text = strchr(text, ',');
        if (text)
            *text++ = '\0';
    }
}

/* Undo `\xNN` and `\\` in place. */
static void unescape(char *text)
{
    char *out = text;

    for (const char *in = text; *in; out++) {
        char digits[3] = {0};

        if (in[0] == '\\' && in[1] == 'x' && in[2] && in[3]) {
            memcpy(digits, in + 2, 2);
            *out = (char)strtoul(digits, NULL, 16);
            in += 4;
        } else if (in[0] == '\\' && in[1] == '\\') {
            *out = '\\';
            in += 2;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}

/* A line is seen after it was written: the earliest that any line allows is the best guess of when
 * the log began. */
static uint64_t time_of(const struct node_line *line, const char *microseconds)
{
    uint64_t since = strtoull(microseconds, NULL, 10) * 1000;
    int64_t offset = (int64_t)(line->time_ns - since);

    if (since > line->time_ns)
        return line->time_ns;
    if (!line->engine->has_offset || offset < line->engine->log_offset_ns)
        line->engine->log_offset_ns = offset;
    line->engine->has_offset = true;
    return (uint64_t)line->engine->log_offset_ns + since;
}

/* `<FILE:LINE:COLUMN> inlined at <…>`. */
static void set_place(struct jitney_deopt *event, const char *place)
{
    const char *end = strchr(place, '>');
    const char *at = end;
    int colons = 0;

    while (at && at > place && colons < 2) {
        at--;
        if (*at != ':')
            continue;
        colons++;
        if (colons == 1)
            event->column = (uint32_t)strtoul(at + 1, NULL, 10);
        else
            event->line = (uint32_t)strtoul(at + 1, NULL, 10);
    }
}

/* code-deopt,time,size,address,inlining,offset,kind,place,reason */
static void deopt(const struct node_line *line, struct fields *fields)
{
    struct jitney_found found = {.size = sizeof(found)};
    struct jitney_deopt event = {
        .size = sizeof(event), .slot_kind = JITNEY_FEEDBACK_OTHER, .slot = JITNEY_SLOT_NONE};

    if (fields->count < 9)
        return;
    event.address = strtoull(fields->at[3], NULL, 16);
    if (jitney_find(event.address, &found) == JITNEY_OK)
        event.function = found.function;
    event.kind = strncmp(fields->at[6], "deopt-", 6) == 0 ? fields->at[6] + 6 : fields->at[6];
    unescape(fields->at[7]);
    unescape(fields->at[8]);
    set_place(&event, fields->at[7]);
    event.reason = fields->at[8];
    jitney_emit_at(line->engine->session, JITNEY_DEOPT, &event, time_of(line, fields->at[1]), 0);
}

static const char *state_name(const char *letter)
{
    static const struct {
        char letter;
        const char *name;
    } states[] = {{'X', "no feedback"}, {'0', "uninitialized"}, {'.', "premonomorphic"},
                  {'1', "monomorphic"}, {'^', "recompute"},     {'P', "polymorphic"},
                  {'N', "megamorphic"}, {'D', "megadom"},       {'G', "generic"}};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (letter[0] == states[i].letter)
            return states[i].name;
    }
    return letter;
}

/* …IC,pc,time,line,column,old,new,map,key,modifier,slow */
static void inline_cache(const struct node_line *line, struct fields *fields)
{
    char before[300];
    char after[300];
    struct jitney_found found = {.size = sizeof(found)};
    struct jitney_type_feedback event = {
        .size = sizeof(event),
        .has_before = 1,
        .before = {.kind = JITNEY_FEEDBACK_TYPE, .slot = JITNEY_SLOT_NONE, .text = before},
        .after = {.kind = JITNEY_FEEDBACK_TYPE, .slot = JITNEY_SLOT_NONE, .text = after}};

    if (fields->count < 9)
        return;
    unescape(fields->at[8]);
    if (jitney_find(strtoull(fields->at[1], NULL, 16), &found) == JITNEY_OK)
        event.function = found.function;
    snprintf(before, sizeof(before), "%s", state_name(fields->at[5]));
    snprintf(after, sizeof(after), "%s, %s of %.80s at %s:%s", state_name(fields->at[6]),
             fields->at[0], fields->at[8], fields->at[3], fields->at[4]);
    jitney_emit_at(line->engine->session, JITNEY_TYPE_FEEDBACK, &event,
                   time_of(line, fields->at[2]), 0);
}

/* code-disable-optimization,name,reason */
static void disabled(const struct node_line *line, struct fields *fields)
{
    struct jitney_compile_abort event = {.size = sizeof(event), .tier = JITNEY_TIER_OPTIMIZED};

    if (fields->count < 3 || line->engine->is_tracing)
        return;
    event.reason = fields->at[2];
    event.function = node_function_of(fields->at[1], strlen(fields->at[1]), "", 0);
    jitney_emit_at(line->engine->session, JITNEY_COMPILE_ABORT, &event, line->time_ns, 0);
}

/* ---- what code was made of ---- */

static struct node_source *find_source(struct node_engine *engine, uint64_t address)
{
    for (size_t i = 0; i < NODE_SOURCES; i++)
        if (engine->sources[i].address == address)
            return &engine->sources[i];
    return NULL;
}

/* code-creation,JS,kind,time,address,size,name,function,tier */
static void created(const struct node_line *line, const struct fields *fields)
{
    struct node_engine *engine = line->engine;
    uint64_t address = fields->count > 8 ? strtoull(fields->at[4], NULL, 16) : 0;
    struct node_source *source = find_source(engine, address);

    time_of(line, fields->at[3]);
    if (address == 0)
        return;
    if (!source)
        source = &engine->sources[engine->source_at++ % NODE_SOURCES];
    free(source->inlining);
    *source =
        (struct node_source){.address = address, .function = strtoull(fields->at[7], NULL, 16)};
}

/* It follows the line of its code. */
static void inlined(const struct node_line *line)
{
    const char *address = strchr(line->text, ',') + 1;
    struct node_source *source = find_source(line->engine, strtoull(address, NULL, 16));

    if (!source || source->address == 0)
        return;
    free(source->inlining);
    source->inlining = strstr(address, ",F") ? strdup(line->text) : NULL;
}

static bool is_inline_cache(const char *tag)
{
    size_t length = strlen(tag);

    return (length > 2 && strcmp(tag + length - 2, "IC") == 0) ||
           strcmp(tag, "StoreInArrayLiteralIC") == 0;
}

void node_log_line(const struct node_line *line)
{
    struct fields fields;

    if (strncmp(line->text, "code-source-info,", 17) == 0)
        inlined(line);
    if (line->bytes < 4 || line->bytes >= sizeof(fields.room))
        return;
    split(&fields, line);
    if (strcmp(fields.at[0], "code-deopt") == 0)
        deopt(line, &fields);
    else if (strcmp(fields.at[0], "code-creation") == 0 && fields.count > 3)
        created(line, &fields);
    else if (strcmp(fields.at[0], "code-disable-optimization") == 0)
        disabled(line, &fields);
    else if (jitney_wants(line->engine->session, JITNEY_TYPE_FEEDBACK) &&
             is_inline_cache(fields.at[0]))
        inline_cache(line, &fields);
}
