/* Events as rows of a table. Widths are fixed, so that the first row can be printed
 * before the last is known; on a terminal a row is cut at its edge, and elsewhere a
 * name too long for its column moves the rest of its row. */
#include "analysis/report/events.h"
#include "analysis/report/out.h"

#include <inttypes.h>
#include <string.h>

enum {
    TIME_COLUMNS = 11,
    ID_COLUMNS = 7,
    TYPE_COLUMNS = 18,
    TYPE_COLUMNS_WIDE = 22,
    NAME_COLUMNS = 20,
    NAME_COLUMNS_WIDE = 32,
    WIDE_COLUMNS = 110,
    NS_PER_US = 1000,
    US_PER_S = 1000000,
};

static bool is_narrow(const struct jt_event_table_style *style)
{
    return style->columns > 0 && style->columns < WIDE_COLUMNS;
}

static size_t type_columns(const struct jt_event_table_style *style)
{
    return is_narrow(style) ? TYPE_COLUMNS : TYPE_COLUMNS_WIDE;
}

static size_t name_columns(const struct jt_event_table_style *style)
{
    return is_narrow(style) ? NAME_COLUMNS : NAME_COLUMNS_WIDE;
}

/* Characters as a terminal shows them, about: one column each. Control characters would
 * move its cursor, and stand as '?'; bytes that are no UTF-8 too. */
static void append_plain(struct jt_buf *line, const char *text, size_t bytes, size_t most,
                         size_t *columns)
{
    uint32_t point = 0;
    size_t step = 0;

    *columns = 0;
    for (size_t i = 0; i < bytes && *columns < most; i += step) {
        step = jt_utf8_next(text + i, bytes - i, &point);
        if (point < 0x20 || (point >= 0x7f && point < 0xa0) || (point == 0xfffd && step == 1))
            jt_buf_append_text(line, "?");
        else
            jt_buf_append(line, text + i, step);
        (*columns)++;
    }
}

static size_t count_columns(const char *text, size_t bytes)
{
    size_t columns = 0;

    for (size_t i = 0; i < bytes; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* A column of text and the gap behind it. Where lines are cut, a name too long loses its end. */
static size_t append_column(struct jt_buf *line, const struct jt_event_table_style *style,
                            const char *text, size_t bytes, size_t width)
{
    bool is_cut = style->columns > 0 && count_columns(text, bytes) > width;
    size_t columns = 0;

    append_plain(line, text, bytes, is_cut ? width - 2 : SIZE_MAX, &columns);
    if (is_cut) {
        jt_buf_append_text(line, "..");
        columns += 2;
    }
    for (; columns < width; columns++)
        jt_buf_append_text(line, " ");
    jt_buf_append_text(line, "  ");
    return columns + 2;
}

/* Cut the line behind `columns` columns; what is cut ends with "..". */
static void append_rest(struct jt_buf *line, const struct jt_event_table_style *style,
                        const char *text, size_t bytes, size_t used)
{
    size_t room = style->columns > used ? style->columns - used : 0;
    size_t columns = 0;

    if (style->columns == 0)
        append_plain(line, text, bytes, SIZE_MAX, &columns);
    else if (count_columns(text, bytes) <= room)
        append_plain(line, text, bytes, room, &columns);
    else if (room >= 2) {
        append_plain(line, text, bytes, room - 2, &columns);
        jt_buf_append_text(line, "..");
    }
}

static void end_line(struct jt_buf *line)
{
    while (line->length > 0 && line->bytes[line->length - 1] == ' ')
        line->length--;
    jt_buf_append_text(line, "\n");
}

void jt_event_table_head(struct jt_buf *line, const struct jt_event_table_style *style)
{
    if (style->shows_time)
        jt_buf_printf(line, "%*s  ", TIME_COLUMNS, "time");
    if (style->shows_pid)
        jt_buf_printf(line, "%*s  ", ID_COLUMNS, "process");
    if (style->shows_time)
        jt_buf_printf(line, "%*s  ", ID_COLUMNS, "thread");
    jt_buf_printf(line, "%-*s  %-*s  what it says\n", (int)type_columns(style), "type",
                  (int)name_columns(style), "function");
}

void jt_event_table_row(struct jt_buf *line, const struct jt_event_table_style *style,
                        const struct jt_event_view *view)
{
    struct jt_buf words = JT_BUF_INIT(JT_EVENT_LINE_LIMIT);
    const char *type = jt_event_class(view->event->type);
    size_t bytes = 0;
    const char *name = jt_event_name(view, &bytes);
    uint64_t since_us = view->since_ns / NS_PER_US;
    size_t start = line->length;
    size_t used = 0;

    if (style->shows_time && view->has_time)
        jt_buf_printf(line, "%*" PRIu64 ".%06" PRIu64 "  ", TIME_COLUMNS - 7, since_us / US_PER_S,
                      since_us % US_PER_S);
    else if (style->shows_time)
        jt_buf_printf(line, "%*s  ", TIME_COLUMNS, "-");
    if (style->shows_pid)
        jt_buf_printf(line, "%*" PRIu32 "  ", ID_COLUMNS, view->pid);
    if (style->shows_time)
        jt_buf_printf(line, "%*" PRIu32 "  ", ID_COLUMNS, view->event->tid);
    used = line->length - start;
    used += append_column(line, style, type, strlen(type), type_columns(style));
    used += append_column(line, style, name, bytes, name_columns(style));
    jt_event_append_words(&words, view);
    if (!jt_buf_status(&words) && words.length > 0)
        append_rest(line, style, (const char *)words.bytes, words.length, used);
    end_line(line);
    jt_buf_release(&words);
}
