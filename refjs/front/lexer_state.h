/* The lexer's own state, shared by lexer.c and literal.c. */
#ifndef RJ_FRONT_LEXER_STATE_H
#define RJ_FRONT_LEXER_STATE_H

#include "front/ast.h"

struct word { /* an ASCII identifier or keyword seen before */
    const char *text;
    uint32_t length;
    uint32_t hash;
    uint8_t kind;
    struct rj_string *atom;
};

struct rj_lexer {
    struct rj_front *front;
    const char *source;
    uint32_t bytes;
    uint32_t at;
    uint32_t line, line_start;
    uint32_t token_capacity;
    uint32_t *open; /* numbers of the brackets that are open */
    uint32_t open_count, open_capacity;
    uint16_t *units; /* of the literal being read */
    uint32_t unit_count, unit_capacity;
    struct word *words;
    uint32_t word_count, word_capacity;
    const char *error;
};

static inline int rj_lexer_peek(const struct rj_lexer *lexer, uint32_t ahead)
{
    return lexer->bytes - lexer->at > ahead ? (unsigned char)lexer->source[lexer->at + ahead] : -1;
}

/* The code point at the position (U+FFFD for bytes that are none), and its length; -1 at the
 * end. */
int32_t rj_lexer_point(const struct rj_lexer *lexer, uint32_t *length);
void rj_lexer_unit(struct rj_lexer *lexer, uint16_t unit);
void rj_lexer_append(struct rj_lexer *lexer, uint32_t point);
struct rj_string *rj_lexer_atom(struct rj_lexer *lexer); /* of the units */
/* Count a line end of `length` bytes at the position and go behind it. */
void rj_lexer_line(struct rj_lexer *lexer, uint32_t length);
/* How many bytes of line end are here; 0 for none. */
uint32_t rj_lexer_line_end(const struct rj_lexer *lexer);

/* May a code point beyond ASCII begin a name; be inside one (letter.c)? */
bool rj_is_letter(uint32_t point, bool inside);

/* These stand at the beginning of the literal (a template: behind ` or }) and go behind it; false
 * with lexer->error. */
bool rj_lex_number(struct rj_lexer *lexer, double *number);
bool rj_lex_string(struct rj_lexer *lexer);
bool rj_lex_template(struct rj_lexer *lexer, bool *open); /* open: up to ${ */
/* \uXXXX or \u{X} behind the backslash. */
bool rj_lex_unicode_escape(struct rj_lexer *lexer, uint32_t *point);

#endif
