/* Events as JSON, one object a line, and as `name=value` for dump. JSON is UTF-8:
 * bytes that are none become U+FFFD there and \xNN in text. Addresses and contexts
 * are strings, for numbers are exact up to 2^53 only in JSON. */
#include "analysis/report/events_fields.h"
#include "analysis/report/out.h"

#include <inttypes.h>
#include <string.h>

enum { CLASS_WIDTH = 8 };

/* Both forms end a list or an object alike. */
static void end_group(struct jt_event_field_sink *sink, bool is_list)
{
    jt_buf_append_text(sink->line, is_list ? "]" : "}");
    sink->follows = true;
}

/* ---- JSON ---- */

void jt_event_append_json(struct jt_buf *line, const char *text, size_t bytes)
{
    uint32_t point = 0;
    size_t step = 0;

    jt_buf_append_text(line, "\"");
    for (size_t i = 0; i < bytes; i += step) {
        step = jt_utf8_next(text + i, bytes - i, &point);
        if (point == '"' || point == '\\')
            jt_buf_printf(line, "\\%c", (int)point);
        else if (point == '\n')
            jt_buf_append_text(line, "\\n");
        else if (point == '\t')
            jt_buf_append_text(line, "\\t");
        else if (point < 0x20 || point == 0x7f)
            jt_buf_printf(line, "\\u%04x", point);
        else if (point == 0xfffd)
            jt_buf_append_text(line, "\xef\xbf\xbd");
        else
            jt_buf_append(line, text + i, step);
    }
    jt_buf_append_text(line, "\"");
}

static void json_name(struct jt_event_field_sink *sink, const char *name)
{
    if (sink->follows)
        jt_buf_append_text(sink->line, ",");
    if (name)
        jt_buf_printf(sink->line, "\"%s\":", name);
    sink->follows = true;
}

static void json_number(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    json_name(sink, name);
    jt_buf_printf(sink->line, "%" PRIu64, value);
}

static void json_address(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    json_name(sink, name);
    jt_buf_printf(sink->line, "\"0x%" PRIx64 "\"", value);
}

static void json_flag(struct jt_event_field_sink *sink, const char *name)
{
    json_name(sink, name);
    jt_buf_append_text(sink->line, "true");
}

static void json_text(struct jt_event_field_sink *sink, const char *name, const char *text,
                      size_t bytes)
{
    json_name(sink, name);
    jt_event_append_json(sink->line, text, bytes);
}

static void json_begin(struct jt_event_field_sink *sink, const char *name, bool is_list)
{
    json_name(sink, name);
    jt_buf_append_text(sink->line, is_list ? "[" : "{");
    sink->follows = false;
}

void jt_event_json_line(struct jt_buf *line, const struct jt_event_view *view)
{
    struct jt_event_field_sink sink = {
        .line = line,
        .number = json_number,
        .address = json_address,
        .flag = json_flag,
        .text = json_text,
        .begin = json_begin,
        .end = end_group,
    };
    const char *type = jt_event_class(view->event->type);

    jt_buf_append_text(line, "{");
    json_text(&sink, "type", type, strlen(type));
    json_number(&sink, "idx", view->index);
    if (view->has_time) {
        json_number(&sink, "time_ns", view->event->time_ns);
        json_number(&sink, "since_ns", view->since_ns);
    }
    if (view->pid)
        json_number(&sink, "pid", view->pid);
    if (view->event->tid)
        json_number(&sink, "tid", view->event->tid);
    jt_event_fields(&sink, view);
    jt_buf_append_text(line, "}\n");
}

/* ---- text ---- */

static void append_quoted(struct jt_buf *line, const char *text, size_t bytes)
{
    uint32_t point = 0;
    size_t step = 0;

    jt_buf_append_text(line, "\"");
    for (size_t i = 0; i < bytes; i += step) {
        step = jt_utf8_next(text + i, bytes - i, &point);
        if (point == '"' || point == '\\')
            jt_buf_printf(line, "\\%c", (int)point);
        else if (point == '\n')
            jt_buf_append_text(line, "\\n");
        else if (point == '\t')
            jt_buf_append_text(line, "\\t");
        else if (point < 0x20 || point == 0x7f || (step == 1 && point == 0xfffd))
            jt_buf_printf(line, "\\x%02x", (unsigned char)text[i]);
        else
            jt_buf_append(line, text + i, step);
    }
    jt_buf_append_text(line, "\"");
}

static void text_name(struct jt_event_field_sink *sink, const char *name)
{
    if (sink->follows)
        jt_buf_append_text(sink->line, " ");
    if (name)
        jt_buf_printf(sink->line, "%s=", name);
    sink->follows = true;
}

static void text_number(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    text_name(sink, name);
    jt_buf_printf(sink->line, "%" PRIu64, value);
}

static void text_address(struct jt_event_field_sink *sink, const char *name, uint64_t value)
{
    text_name(sink, name);
    jt_buf_printf(sink->line, "0x%" PRIx64, value);
}

static void text_flag(struct jt_event_field_sink *sink, const char *name)
{
    text_name(sink, NULL);
    jt_buf_append_text(sink->line, name);
}

static void text_text(struct jt_event_field_sink *sink, const char *name, const char *text,
                      size_t bytes)
{
    text_name(sink, name);
    append_quoted(sink->line, text, bytes);
}

static void text_begin(struct jt_event_field_sink *sink, const char *name, bool is_list)
{
    text_name(sink, name);
    jt_buf_append_text(sink->line, is_list ? "[" : "{");
    sink->follows = false;
}

void jt_event_dump_line(struct jt_buf *line, const struct jt_event_view *view)
{
    struct jt_event_field_sink sink = {
        .line = line,
        .follows = true,
        .number = text_number,
        .address = text_address,
        .flag = text_flag,
        .text = text_text,
        .begin = text_begin,
        .end = end_group,
    };

    jt_buf_printf(line, "%-*s", CLASS_WIDTH, jt_event_class(view->event->type));
    if (view->has_time)
        jt_buf_printf(line, " time=%" PRIu64 ".%09" PRIu64, view->event->time_ns / 1000000000,
                      view->event->time_ns % 1000000000);
    if (view->pid)
        text_number(&sink, "pid", view->pid);
    if (view->event->tid)
        text_number(&sink, "tid", view->event->tid);
    jt_event_fields(&sink, view);
    jt_buf_append_text(line, "\n");
}
