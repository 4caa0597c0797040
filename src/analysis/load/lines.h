/* Lines of a text stream, read in large blocks. Memory is bounded: a line
 * longer than JT_LINES_MOST bytes is given cut short and marked. */
#ifndef JT_LOAD_LINES_H
#define JT_LOAD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { JT_LINES_MOST = 16 << 20 };

struct jt_lines {
    FILE *stream;
    char *buffer;
    size_t room;
    size_t start; /* of what was not given yet */
    size_t end;
    bool is_at_end;  /* the stream has no more */
    bool skips_rest; /* of a line that was given cut short */
};

/* Valid until the next call. Neither '\n' nor a '\r' before it is part of it. */
struct jt_text_line {
    const char *text;
    size_t bytes;
    bool is_cut;  /* longer than JT_LINES_MOST: the rest was dropped */
    bool has_end; /* false: the stream ended before a newline */
};

void jt_lines_init(struct jt_lines *lines, FILE *stream);
void jt_lines_release(struct jt_lines *lines);
/* false at the end of the stream, or when reading fails (ferror tells). */
bool jt_lines_next(struct jt_lines *lines, struct jt_text_line *line);
/* Read the first block without taking any line from it. */
void jt_lines_peek(struct jt_lines *lines, const char **text, size_t *bytes);

#endif
