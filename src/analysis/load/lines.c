#include "analysis/load/lines.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 256 << 10 };

void jt_lines_init(struct jt_lines *lines, FILE *stream)
{
    *lines = (struct jt_lines){.stream = stream, .room = BLOCK_BYTES};
    lines->buffer = jt_alloc(lines->room, 1);
}

void jt_lines_release(struct jt_lines *lines)
{
    free(lines->buffer);
    *lines = (struct jt_lines){0};
}

/* Move what is left to the front and read behind it; grow when it fills all. */
static void refill(struct jt_lines *lines)
{
    size_t left = lines->end - lines->start;
    size_t count = 0;

    if (lines->start > 0)
        memmove(lines->buffer, lines->buffer + lines->start, left);
    lines->start = 0;
    lines->end = left;
    if (left == lines->room) {
        lines->room *= 2;
        lines->buffer = jt_realloc(lines->buffer, lines->room, 1);
    }
    count = fread(lines->buffer + left, 1, lines->room - left, lines->stream);
    lines->end += count;
    if (count == 0)
        lines->is_at_end = true;
}

void jt_lines_peek(struct jt_lines *lines, const char **text, size_t *bytes)
{
    if (lines->end == lines->start && !lines->is_at_end)
        refill(lines);
    *text = lines->buffer + lines->start;
    *bytes = lines->end - lines->start;
}

/* Drop the stream up to and with the next newline. */
static void skip_rest(struct jt_lines *lines)
{
    const char *newline = NULL;

    while (!newline && !lines->is_at_end) {
        lines->start = lines->end;
        refill(lines);
        newline = memchr(lines->buffer, '\n', lines->end);
    }
    lines->start = newline ? (size_t)(newline - lines->buffer) + 1 : lines->end;
}

static void trim_return(struct jt_text_line *line)
{
    if (line->bytes > 0 && line->text[line->bytes - 1] == '\r')
        line->bytes--;
}

bool jt_lines_next(struct jt_lines *lines, struct jt_text_line *line)
{
    size_t searched = 0;
    const char *start = NULL;
    const char *newline = NULL;

    if (lines->skips_rest)
        skip_rest(lines);
    lines->skips_rest = false;
    for (;;) {
        start = lines->buffer + lines->start;
        newline = memchr(start + searched, '\n', lines->end - lines->start - searched);
        if (newline) {
            *line = (struct jt_text_line){start, (size_t)(newline - start), false, true};
            lines->start += line->bytes + 1;
            trim_return(line);
            return true;
        }
        searched = lines->end - lines->start;
        if (lines->is_at_end)
            break;
        if (searched >= JT_LINES_MOST) {
            *line = (struct jt_text_line){start, searched, true, false};
            lines->start = lines->end;
            lines->skips_rest = true;
            return true;
        }
        refill(lines);
    }
    *line = (struct jt_text_line){start, searched, false, false};
    lines->start = lines->end;
    return searched > 0;
}
