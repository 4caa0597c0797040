/* See engine.h. Everything that this engine tells jitney is on this page. */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

bool engine_open(struct engine *engine, const char *file)
{
    /* The user, not the engine, decides what is written: JITNEY_PERFMAP=1 and so on. Without any
     * of these a session costs next to nothing. */
    struct jitney_session_options options = {.size = sizeof(options), .engine = "toy"};
    int status;
    /* Anonymous memory: perf asks a perf map about no other. */
    unsigned char *memory = mmap(NULL, 2 * (size_t)SPACE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return false;
    *engine = (struct engine){.file = file, .spaces = {memory, memory + SPACE_BYTES}};
    if (jitney_options_from_environment(&options))
        fprintf(stderr, "toy: a JITNEY_ variable is not understood\n");
    status = jitney_session_open(&options, &engine->session);
    if (status) /* the session is NULL then, which wants nothing */
        fprintf(stderr, "toy: jitney: %s\n", jitney_status_text(status));
    return true;
}

void engine_close(struct engine *engine)
{
    struct jitney_counters counters = {.size = sizeof(counters)};

    if (jitney_session_counters(engine->session, &counters) == JITNEY_OK && counters.dropped > 0)
        fprintf(stderr, "toy: %" PRIu64 " events were lost\n", counters.dropped);
    jitney_session_close(engine->session);
}

struct word *engine_find(struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->word_count; i++) {
        if (strcmp(engine->words[i].name, name) == 0)
            return &engine->words[i];
    }
    return NULL;
}

/* Events name a function of the program by the number that it gets here, once. */
struct word *engine_define(struct engine *engine, const char *name, uint32_t line, uint32_t column)
{
    struct word *word = engine_find(engine, name);
    struct jitney_function function = {.size = sizeof(function),
                                       .name = name,
                                       .file = engine->file,
                                       .line = line,
                                       .column = column,
                                       .primitive_index = -1};

    if (word || engine->word_count == MAX_WORDS)
        return word;
    word = &engine->words[engine->word_count++];
    snprintf(word->name, sizeof(word->name), "%s", name);
    jitney_function_define(engine->session, &function, &word->function);
    return word;
}

/* NULL when the space is full. What perf needs for unwinding lies behind the code, so some
 * air stays there. */
static unsigned char *put(struct engine *engine, const void *code, const struct word *word)
{
    unsigned char *to = engine->spaces[0] + engine->used_bytes;

    if (word->code_bytes + word->gap_bytes > SPACE_BYTES - engine->used_bytes)
        return NULL;
    engine->used_bytes += (word->code_bytes + word->gap_bytes + 15) & ~(size_t)15;
    memcpy(to, code, word->code_bytes);
    __builtin___clear_cache((char *)to, (char *)to + word->code_bytes);
    return to;
}

/* Move all living code to the other space; nothing of it runs now. */
static void compact(struct engine *engine)
{
    unsigned char *full = engine->spaces[0];

    engine->spaces[0] = engine->spaces[1];
    engine->spaces[1] = full;
    engine->used_bytes = 0;
    for (size_t i = 0; i < engine->word_count; i++) {
        struct word *word = &engine->words[i];
        struct jitney_code_move move = {.size = sizeof(move), .from = (uintptr_t)word->code};

        if (!word->code)
            continue;
        word->code = put(engine, word->code, word);
        move.to = (uintptr_t)word->code;
        jitney_code_move(engine->session, &move);
        engine->moves++;
    }
}

static void unload(struct engine *engine, struct word *word)
{
    struct jitney_code_unload gone = {.size = sizeof(gone), .address = (uintptr_t)word->code};

    if (!word->code)
        return;
    jitney_code_unload(engine->session, &gone);
    word->code = NULL;
    engine->unloads++;
}

void engine_begin(struct engine *engine, const struct word *word)
{
    struct jitney_compile_start start = {.size = sizeof(start),
                                         .function = word->function,
                                         .tier = JITNEY_TIER_BASELINE,
                                         .compilation = ++engine->compilations,
                                         .condition = {.name = "defined anew"}};

    jitney_compile_start(engine->session, &start);
}

bool engine_install(struct engine *engine, struct word *word, const struct assembler *code,
                    const struct jitney_line *rows, uint32_t row_count)
{
    struct jitney_code_load load = {
        .size = sizeof(load),
        .bytes = code->length,
        .name = word->name,
        .tier = JITNEY_TIER_BASELINE,
        .file = engine->file,
        .line = rows[0].line,
        .function = word->function,
        .version = engine->compilations,
        .lines = rows,
        .line_count = row_count,
        .unwind_kind = JITNEY_UNWIND_FRAME_POINTER, /* each word has the usual prologue */
    };
    struct jitney_compile_end done = {.size = sizeof(done),
                                      .function = word->function,
                                      .tier = JITNEY_TIER_BASELINE,
                                      .compilation = engine->compilations};

    unload(engine, word);
    word->code_bytes = code->length;
    word->gap_bytes = jitney_code_gap(&load);
    word->code = put(engine, code->bytes, word);
    if (!word->code) {
        compact(engine);
        word->code = put(engine, code->bytes, word);
    }
    if (!word->code)
        return false;
    load.address = (uintptr_t)word->code;
    jitney_code_load(engine->session, &load);
    jitney_compile_end(engine->session, &done);
    return true;
}
