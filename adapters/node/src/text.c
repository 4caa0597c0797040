/* See text.h. Fields have the names of their structs, in JavaScript's spelling. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void node_text_add(struct node_text *text, const char *bytes, size_t count)
{
    if (text->length + count > text->room && !text->has_failed) {
        size_t room = (text->length + count) * 2 + 256;
        char *larger = realloc(text->bytes, room);

        if (larger) {
            text->bytes = larger;
            text->room = room;
        }
        text->has_failed = !larger;
    }
    if (text->has_failed)
        return;
    memcpy(text->bytes + text->length, bytes, count);
    text->length += count;
}

void node_text_release(struct node_text *text)
{
    free(text->bytes);
    *text = (struct node_text){0};
}

static void add(struct node_text *text, const char *plain)
{
    node_text_add(text, plain, strlen(plain));
}

/* `{` before the first field, `,` before all others. */
static void add_key(struct node_text *text, const char *key)
{
    bool is_first = text->length > 0 && text->bytes[text->length - 1] == '{';

    add(text, is_first ? "\"" : ",\"");
    add(text, key);
    add(text, "\":");
}

static void add_string(struct node_text *text, const char *value, size_t bytes)
{
    add(text, "\"");
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)value[i];
        char escape[8];

        if (c == '"' || c == '\\' || c < 0x20) {
            snprintf(escape, sizeof(escape), "\\u%04x", c);
            add(text, escape);
        } else {
            node_text_add(text, value + i, 1);
        }
    }
    add(text, "\"");
}

static void text_field(struct node_text *text, const char *key, const char *value)
{
    if (!value)
        return;
    add_key(text, key);
    add_string(text, value, strlen(value));
}

static void number(struct node_text *text, const char *key, uint64_t value)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    add_key(text, key);
    add(text, digits);
}

/* Zero is "not known" in most fields. */
static void known(struct node_text *text, const char *key, uint64_t value)
{
    if (value != 0)
        number(text, key, value);
}

static const char *tier_name(uint32_t tier)
{
    switch (tier) {
#define TIER_ROW(id, value, name)                                                                  \
    case id:                                                                                       \
        return name;
        JITNEY_TIER_LIST(TIER_ROW)
#undef TIER_ROW
    default:
        return "jit";
    }
}

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
#define KIND_ROW(id, value, name)                                                                  \
    case id:                                                                                       \
        return name;
        JITNEY_CODE_KIND_LIST(KIND_ROW)
#undef KIND_ROW
    default:
        return "other";
    }
}

static const char *type_name(uint32_t type)
{
    switch (type) {
#define TYPE_ROW(id, value, name, group)                                                           \
    case id:                                                                                       \
        return name;
        JITNEY_EVENT_LIST(TYPE_ROW)
#undef TYPE_ROW
    default:
        return "Other";
    }
}

static void add_lines(struct node_text *text, const struct jitney_code_load *load)
{
    char row[96];

    if (load->line_count == 0)
        return;
    add_key(text, "lines");
    for (uint32_t i = 0; i < load->line_count; i++) {
        snprintf(row, sizeof(row), "%s[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "]", i ? "," : "[",
                 load->lines[i].offset, load->lines[i].line, load->lines[i].column);
        add(text, row);
    }
    add(text, "]");
}

static void add_load(struct node_text *text, const struct jitney_code_load *load)
{
    size_t bytes = load->name_bytes ? load->name_bytes : strlen(load->name);

    number(text, "address", load->address);
    number(text, "size", load->bytes);
    add_key(text, "name");
    add_string(text, load->name, bytes);
    text_field(text, "kind", kind_name(load->kind));
    text_field(text, "tier", tier_name(load->tier));
    text_field(text, "tierName", load->tier_name);
    text_field(text, "file", load->file);
    known(text, "line", load->line);
    known(text, "column", load->column);
    known(text, "function", load->function);
    known(text, "version", load->version);
    add_lines(text, load);
}

static void add_function(struct node_text *text, const struct jitney_event *event)
{
    number(text, "number", event->number);
    text_field(text, "name", event->function->name);
    text_field(text, "file", event->function->file);
    known(text, "line", event->function->line);
    known(text, "column", event->function->column);
}

static void add_reason(struct node_text *text, const char *key, const struct jitney_reason *reason)
{
    text_field(text, key, reason->name);
}

static void add_start(struct node_text *text, const struct jitney_compile_start *start)
{
    known(text, "function", start->function);
    known(text, "compilation", start->compilation);
    text_field(text, "tier", tier_name(start->tier));
    add_reason(text, "reason", &start->heuristic);
    add_reason(text, "condition", &start->condition);
    add_reason(text, "osr", &start->osr);
}

static void add_compile(struct node_text *text, const struct jitney_compile *compile)
{
    known(text, "function", compile->function);
    known(text, "compilation", compile->compilation);
    text_field(text, "tier", tier_name(compile->tier));
    known(text, "address", compile->address);
    known(text, "size", compile->code_bytes);
}

static void add_deopt(struct node_text *text, const struct jitney_deopt *deopt)
{
    known(text, "function", deopt->function);
    known(text, "origin", deopt->origin);
    text_field(text, "kind", deopt->kind);
    text_field(text, "reason", deopt->reason);
    known(text, "line", deopt->line);
    known(text, "column", deopt->column);
    known(text, "address", deopt->address);
}

static void add_end(struct node_text *text, const struct jitney_event *event)
{
    if (event->type == JITNEY_COMPILE_END) {
        known(text, "function", event->compile_end->function);
        known(text, "compilation", event->compile_end->compilation);
        text_field(text, "tier", tier_name(event->compile_end->tier));
        known(text, "duration", event->compile_end->duration_ns);
    } else {
        known(text, "function", event->compile_abort->function);
        known(text, "compilation", event->compile_abort->compilation);
        text_field(text, "tier", tier_name(event->compile_abort->tier));
        text_field(text, "reason", event->compile_abort->reason);
    }
}

static void add_feedback(struct node_text *text, const struct jitney_type_feedback *feedback)
{
    known(text, "function", feedback->function);
    text_field(text, "before", feedback->has_before ? feedback->before.text : NULL);
    text_field(text, "after", feedback->after.text);
}

static void add_body(struct node_text *text, const struct jitney_event *event)
{
    switch (event->type) {
    case JITNEY_CODE_LOAD:
        add_load(text, event->code_load);
        break;
    case JITNEY_CODE_MOVE:
        number(text, "from", event->code_move->from);
        number(text, "address", event->code_move->to);
        number(text, "size", event->code_move->bytes);
        break;
    case JITNEY_CODE_UNLOAD:
        number(text, "address", event->code_unload->address);
        number(text, "size", event->code_unload->bytes);
        break;
    case JITNEY_COMPILE_START:
        add_start(text, event->compile_start);
        break;
    case JITNEY_COMPILE:
        add_compile(text, event->compile);
        break;
    case JITNEY_COMPILE_END:
    case JITNEY_COMPILE_ABORT:
        add_end(text, event);
        break;
    case JITNEY_DEOPT:
        add_deopt(text, event->deopt);
        break;
    case JITNEY_TYPE_FEEDBACK:
        add_feedback(text, event->type_feedback);
        break;
    case JITNEY_OSR_ENTRY:
        known(text, "function", event->osr_entry->function);
        break;
    case JITNEY_NOTE:
        text_field(text, "text", event->note->text);
        break;
    case JITNEY_FUNCTION:
        add_function(text, event);
        break;
    default:
        break;
    }
}

void node_text_add_event(struct node_text *text, const struct jitney_event *event)
{
    add(text, "{");
    text_field(text, "type", type_name(event->type));
    number(text, "time", event->time_ns);
    known(text, "tid", event->tid);
    known(text, "code", event->code);
    if (event->flags & JITNEY_EVENT_REPLAYED)
        number(text, "replayed", 1);
    add_body(text, event);
    add(text, "}");
}

void node_text_add_found(struct node_text *text, const struct jitney_found *found)
{
    add(text, "{");
    text_field(text, "name", found->name);
    text_field(text, "file", found->file[0] ? found->file : NULL);
    known(text, "line", found->line);
    known(text, "column", found->column);
    number(text, "address", found->address);
    number(text, "size", found->bytes);
    text_field(text, "kind", kind_name(found->kind));
    text_field(text, "tier", tier_name(found->tier));
    known(text, "function", found->function);
    add(text, "}");
}

void node_text_add_counters(struct node_text *text, const struct jitney_counters *counters)
{
    add(text, "{");
    number(text, "events", counters->events);
    number(text, "dropped", counters->dropped);
    number(text, "droppedMemory", counters->dropped_memory);
    number(text, "droppedIo", counters->dropped_io);
    number(text, "droppedLimit", counters->dropped_limit);
    number(text, "refused", counters->refused);
    number(text, "filtered", counters->filtered);
    number(text, "sinks", counters->sinks);
    number(text, "failedSinks", counters->failed_sinks);
    number(text, "lastErrno", (uint64_t)(uint32_t)counters->last_errno);
    number(text, "livingCode", counters->living_code);
    add(text, "}");
}
