/* A small stack language with a JIT compiler. It compiles a file word by word, runs `main`, and
 * starts over until its time is up: new code takes the place of old code. What jitney is told is
 * in engine.c.
 *
 *     JITNEY_PERFMAP=1 toy shapes.toy 5 */
#include "engine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_ROWS = 256, MAX_LOOPS = 8, STACK_ITEMS = 4096, FILE_BYTES = 65536 };

struct source {
    const char *file;
    const char *at;
    const char *line_start;
    uint32_t line;
    char token[32]; /* "" at the end */
    uint32_t token_line, token_column;
};

struct compilation {
    struct assembler code;
    struct jitney_line rows[MAX_ROWS]; /* which code comes from which place of the source */
    uint32_t row_count;
    size_t loops[MAX_LOOPS];
    size_t loop_count;
};

static _Noreturn void die(const struct source *source, const char *what)
{
    fprintf(stderr, "%s:%" PRIu32 ":%" PRIu32 ": %s: %s\n", source->file, source->token_line,
            source->token_column, source->token, what);
    exit(1);
}

static void next_token(struct source *source)
{
    size_t length = 0;

    for (;; source->at++) {
        if (*source->at == '#')
            source->at += strcspn(source->at, "\n");
        if (!*source->at || !strchr(" \t\n", *source->at))
            break;
        if (*source->at == '\n') {
            source->line++;
            source->line_start = source->at + 1;
        }
    }
    source->token_line = source->line;
    source->token_column = (uint32_t)(source->at - source->line_start) + 1;
    length = strcspn(source->at, " \t\n#");
    snprintf(source->token, sizeof(source->token), "%.*s", (int)length, source->at);
    source->at += length;
}

static void add_row(struct compilation *job, const struct source *source)
{
    if (job->row_count == MAX_ROWS || job->code.is_full)
        die(source, "the word is too long");
    job->rows[job->row_count++] = (struct jitney_line){
        .offset = (uint32_t)job->code.length,
        .line = source->token_line,
        .column = source->token_column,
    };
}

static void compile_token(struct engine *engine, const struct source *source,
                          struct compilation *job)
{
    const struct word *callee = engine_find(engine, source->token);
    char *end = NULL;
    long number = strtol(source->token, &end, 10);

    add_row(job, source);
    if (*end == '\0')
        assemble_number(&job->code, (int32_t)number);
    else if (strcmp(source->token, "times") == 0 && job->loop_count < MAX_LOOPS)
        job->loops[job->loop_count++] = assemble_times(&job->code);
    else if (strcmp(source->token, "end") == 0 && job->loop_count > 0)
        assemble_end(&job->code, job->loops[--job->loop_count]);
    else if (callee)
        assemble_call(&job->code, &callee->code);
    else if (!assemble_builtin(&job->code, source->token))
        die(source, "not understood");
}

/* From behind the ":" to the ";". */
static void compile_word(struct engine *engine, struct source *source)
{
    struct compilation job = {.row_count = 0};
    struct word *word =
        engine_define(engine, source->token, source->token_line, source->token_column);

    if (!word)
        die(source, "too many words");
    engine_begin(engine, word);
    add_row(&job, source);
    assemble_entry(&job.code);
    for (next_token(source); strcmp(source->token, ";") != 0; next_token(source)) {
        if (!source->token[0])
            die(source, "a word has no end");
        compile_token(engine, source, &job);
    }
    if (job.loop_count > 0)
        die(source, "a loop has no end");
    add_row(&job, source);
    assemble_return(&job.code);
    if (job.code.is_full || !engine_install(engine, word, &job.code, job.rows, job.row_count))
        die(source, "no space for code");
}

static void compile_file(struct engine *engine, const char *text)
{
    struct source source = {.file = engine->file, .at = text, .line_start = text, .line = 1};

    for (next_token(&source); source.token[0]; next_token(&source)) {
        if (strcmp(source.token, ":") != 0)
            die(&source, "expected a definition");
        next_token(&source);
        compile_word(engine, &source);
    }
}

/* False when there is no such word. */
static bool run(struct engine *engine, const char *name, int64_t *result)
{
    static int64_t stack[STACK_ITEMS];
    const struct word *word = engine_find(engine, name);
    int64_t *(*code)(int64_t * top) = NULL;

    if (!word)
        return false;
    memcpy(&code, &word->code, sizeof(code));
    *result = *code(stack);
    return true;
}

static bool read_file(const char *path, char text[FILE_BYTES])
{
    FILE *file = fopen(path, "re");
    size_t bytes;

    if (!file)
        return false;
    bytes = fread(text, 1, FILE_BYTES - 1, file);
    text[bytes] = '\0';
    fclose(file);
    return true;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **words)
{
    static char text[FILE_BYTES];
    static struct engine engine;
    double end = now() + (count > 2 ? strtod(words[2], NULL) : 3);
    int64_t result = 0;
    unsigned rounds = 0;

    if (count < 2) {
        fprintf(stderr, "usage: toy FILE [SECONDS]\n");
        return 2;
    }
    if (!read_file(words[1], text) || !engine_open(&engine, words[1])) {
        fprintf(stderr, "toy: %s: %s\n", words[1], strerror(errno));
        return 1;
    }
    do {
        compile_file(&engine, text);
        if (!run(&engine, "main", &result)) {
            fprintf(stderr, "%s: there is no word `main`\n", words[1]);
            return 1;
        }
        rounds++;
    } while (now() < end);
    printf("main: %" PRId64 " (%u rounds, %u compilations, %u moves, %u unloads)\n", result, rounds,
           engine.compilations, engine.moves, engine.unloads);
    engine_close(&engine);
    return 0;
}
