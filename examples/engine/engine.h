/* The part of the toy that jitney is about: where code lives, and who is told of it. */
#ifndef TOY_ENGINE_H
#define TOY_ENGINE_H

#include "assembler.h"
#include "jitney/jitney.h"

enum { SPACE_BYTES = 4096, MAX_WORDS = 32 };

/* A function of the language. */
struct word {
    char name[32];
    void *code; /* what calls of it go through; NULL: not compiled now */
    size_t code_bytes, gap_bytes;
    uint32_t function; /* its number in events */
};

struct engine {
    struct jitney_session *session;
    const char *file;
    unsigned char *spaces[2]; /* the one in use, and where code moves when that is full */
    size_t used_bytes;
    struct word words[MAX_WORDS];
    size_t word_count;
    unsigned compilations, moves, unloads;
};

/* False when there is no memory. A session that does not open is no reason to stop. */
bool engine_open(struct engine *engine, const char *file);
void engine_close(struct engine *engine);
/* NULL when there is no such word. */
struct word *engine_find(struct engine *engine, const char *name);
/* The word of that name, a new one when there is none; NULL when there are too many. */
struct word *engine_define(struct engine *engine, const char *name, uint32_t line, uint32_t column);
/* A compiler begins; ends with the code, for which `rows` say what comes from where. False when
 * there is no space. */
void engine_begin(struct engine *engine, const struct word *word);
bool engine_install(struct engine *engine, struct word *word, const struct assembler *code,
                    const struct jitney_line *rows, uint32_t row_count);

#endif
