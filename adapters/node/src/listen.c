/* The listener: V8's code events, told to the session. Moves come on threads of the
 * garbage collector, where nothing of V8 may be touched. */
#include "agent.h"
#include "names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READY_LIMIT = 256, ROW_LIMIT = 1 << 20 };

struct node_agent node_agent = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct node_isolate *here; /* the isolate that runs on this thread */

/* ---- line tables ---- */

static struct node_rows *rows_take_spare(void)
{
    struct node_rows *rows = NULL;

    pthread_mutex_lock(&node_agent.lock);
    rows = node_agent.spare;
    if (rows)
        node_agent.spare = rows->next;
    pthread_mutex_unlock(&node_agent.lock);
    return rows ? rows : calloc(1, sizeof(*rows));
}

/* Under the lock. */
static void rows_put_spare(struct node_rows *rows)
{
    rows->count = 0;
    rows->next = node_agent.spare;
    node_agent.spare = rows;
}

static void rows_start(const struct v8_code_event *event)
{
    bool is_wanted = node_agent.output_sinks != 0;

    /* V8 hands the value that stands here to the events of the table. */
    ((struct v8_code_event *)event)->user_data = is_wanted ? rows_take_spare() : NULL;
}

static void rows_add(const struct v8_code_event *event)
{
    struct node_rows *rows = event->user_data;

    if (!rows || rows->count >= ROW_LIMIT || event->line.offset > UINT32_MAX ||
        event->line.position > UINT32_MAX)
        return;
    /* A statement's row is followed by a position's for the same place. */
    if (rows->count > 0 && rows->rows[rows->count - 1].offset == event->line.offset)
        rows->count--;
    if (rows->count == rows->room) {
        size_t room = rows->room ? rows->room * 2 : 64;
        struct node_row *larger = realloc(rows->rows, room * sizeof(larger[0]));

        if (!larger)
            return;
        rows->rows = larger;
        rows->room = room;
    }
    rows->rows[rows->count++] =
        (struct node_row){(uint32_t)event->line.offset, (uint32_t)event->line.position};
}

/* Under the lock: its code never came. */
static void rows_drop_oldest(void)
{
    struct node_rows **at = &node_agent.ready;
    struct node_rows *rows = NULL;

    while (*at && (*at)->next)
        at = &(*at)->next;
    rows = *at;
    if (!rows)
        return;
    *at = NULL;
    node_agent.ready_count--;
    rows_put_spare(rows);
}

static void rows_end(const struct v8_code_event *event)
{
    struct node_rows *rows = event->user_data;

    if (!rows)
        return;
    rows->start = (uint64_t)(uintptr_t)event->code_start;
    pthread_mutex_lock(&node_agent.lock);
    rows->next = node_agent.ready;
    node_agent.ready = rows;
    node_agent.ready_count++;
    if (node_agent.ready_count > READY_LIMIT)
        rows_drop_oldest();
    pthread_mutex_unlock(&node_agent.lock);
}

/* The table of this code; NULL: it has none. */
static struct node_rows *rows_take(uint64_t start)
{
    struct node_rows **at = &node_agent.ready;
    struct node_rows *rows = NULL;

    pthread_mutex_lock(&node_agent.lock);
    while (*at && (*at)->start != start)
        at = &(*at)->next;
    rows = *at;
    if (rows) {
        *at = rows->next;
        node_agent.ready_count--;
    }
    pthread_mutex_unlock(&node_agent.lock);
    return rows;
}

static void rows_give_back(struct node_rows *rows)
{
    if (!rows)
        return;
    pthread_mutex_lock(&node_agent.lock);
    rows_put_spare(rows);
    pthread_mutex_unlock(&node_agent.lock);
}

static struct jitney_line *room_for_lines(struct node_isolate *isolate, size_t count)
{
    if (count > isolate->line_room) {
        struct jitney_line *larger = realloc(isolate->lines, count * sizeof(larger[0]));

        if (!larger)
            return NULL;
        isolate->lines = larger;
        isolate->line_room = count;
    }
    return isolate->lines;
}

/* Code of another tier is made of the function's bytecode alone. */
static bool is_optimized(const struct jitney_code_load *load)
{
    return load->kind == JITNEY_CODE_JIT && load->tier >= JITNEY_TIER_MID;
}

static uint64_t key_of(const struct node_script *known, const struct jitney_code_load *load)
{
    uint32_t place[3] = {(uint32_t)known->id, load->line, load->column};

    return node_key(node_key(0, load->name, load->name_bytes), (const char *)place, sizeof(place));
}

/* Have `isolate->positions` know what the function's own are: from its bytecode, which comes before
 * code that is made of it. */
static void learn_positions(struct node_isolate *isolate, uint64_t key,
                            const struct node_rows *rows, const struct jitney_code_load *load)
{
    if (is_optimized(load))
        node_positions_choose(&isolate->positions, key);
    else
        node_positions_add(&isolate->positions, key, rows->rows, rows->count);
}

/* The function's first position, that of its name, is in optimized code alone. */
static bool is_begin(const struct jitney_code_load *load, const struct jitney_line *line)
{
    return line->line == load->line && (load->column == 0 || line->column == load->column);
}

/* Rows of functions that were inlined are left out: their positions may be those of another file.
 * What is there goes on as part of the place before it, which is mostly that of the call. */
static void set_lines(struct node_isolate *isolate, struct node_script *known, void *script,
                      const struct node_rows *rows, struct jitney_code_load *load)
{
    struct jitney_line *lines = room_for_lines(isolate, rows->count);
    uint64_t key = key_of(known, load);
    uint32_t count = 0;

    learn_positions(isolate, key, rows, load);
    for (size_t i = 0; lines && i < rows->count; i++) {
        struct jitney_line *line = &lines[count];
        bool is_own =
            !is_optimized(load) || node_positions_has(&isolate->positions, rows->rows[i].position);

        *line = (struct jitney_line){.offset = rows->rows[i].offset};
        node_script_place(&node_agent.v8, known, script, rows->rows[i].position, &line->line,
                          &line->column);
        if (!is_own && !is_begin(load, line))
            continue;
        if (!is_optimized(load) && node_agent.engine.log.fd >= 0)
            node_inliner_add_line(&isolate->inliner, key, rows->rows[i].position, line->line);
        /* A row that goes on as the one before it says nothing. */
        if (line->line != 0 && (count == 0 || line->line != lines[count - 1].line ||
                                line->column != lines[count - 1].column))
            count++;
    }
    load->lines = lines;
    load->line_count = count;
}

/* The same from V8's log, which tells whose each row is. False: it does not. */
static bool set_inlined(struct node_isolate *isolate, struct node_script *known, void *script,
                        const struct node_source *source, struct jitney_code_load *load)
{
    struct node_inliner *inliner = &isolate->inliner;
    struct node_inlining inlining = {0};
    struct jitney_line *lines = NULL;
    uint32_t count = 0;

    if (!source->inlining || !is_optimized(load) ||
        !node_inlining_parse(&inlining, source->inlining))
        return false;
    if (node_inliner_describe(inliner, &inlining, key_of(known, load)))
        lines = room_for_lines(isolate, inlining.row_count);
    for (size_t i = 0; lines && i < inlining.row_count; i++) {
        const struct node_inlining_row *row = &inlining.rows[i];

        lines[count] = (struct jitney_line){.offset = row->offset,
                                            .line = node_inliner_line(inliner, row),
                                            .inlined = row->inlined};
        if (row->inlined == 0)
            node_script_place(&node_agent.v8, known, script, row->position, &lines[count].line,
                              &lines[count].column);
        count += lines[count].line != 0;
    }
    if (lines) {
        load->lines = lines;
        load->line_count = count;
        load->inlined = inliner->frames;
        load->inlined_count = (uint32_t)inlining.call_count;
    }
    node_inlining_release(&inlining);
    return lines != NULL;
}

static void set_wasm_lines(struct node_isolate *isolate, const struct v8_wasm_source *source,
                           struct jitney_code_load *load)
{
    struct jitney_line *lines = NULL;

    if (source->line_count > ROW_LIMIT)
        return;
    lines = room_for_lines(isolate, source->line_count);
    for (size_t i = 0; lines && i < source->line_count; i++)
        lines[i] = (struct jitney_line){.offset = (uint32_t)source->lines[i].offset,
                                        .line = (uint32_t)source->lines[i].position};
    load->lines = lines;
    load->line_count = lines ? (uint32_t)source->line_count : 0;
}

/* ---- functions ---- */

uint32_t node_function_of(const char *name, size_t name_bytes, const char *file, size_t file_bytes)
{
    uint64_t key = node_key(node_key(0, name, name_bytes), file, file_bytes);
    uint32_t number = 0;

    pthread_mutex_lock(&node_agent.lock);
    number = node_table_get(&node_agent.functions, key);
    pthread_mutex_unlock(&node_agent.lock);
    return number;
}

/* The number of the function that was loaded; it gets one when it is new. */
static uint32_t define_function(const struct jitney_code_load *load)
{
    const char *file = load->file ? load->file : "";
    uint32_t place[2] = {load->line, load->column};
    uint64_t by_name = node_key(node_key(0, load->name, load->name_bytes), file, strlen(file));
    uint64_t by_place = node_key(by_name, (const char *)place, sizeof(place));
    struct jitney_function function = {.size = sizeof(function),
                                       .name = load->name,
                                       .file = load->file,
                                       .line = load->line,
                                       .column = load->column,
                                       .primitive_index = -1};
    uint32_t number = 0;

    pthread_mutex_lock(&node_agent.lock);
    number = node_table_get(&node_agent.functions, by_place);
    pthread_mutex_unlock(&node_agent.lock);
    if (number == 0 && jitney_function_define(node_agent.session, &function, &number) != JITNEY_OK)
        return 0;
    pthread_mutex_lock(&node_agent.lock);
    node_table_put(&node_agent.functions, by_place, number);
    node_table_put(&node_agent.functions, by_name, number);
    node_table_put(&node_agent.functions,
                   node_key(node_key(0, load->name, load->name_bytes), "", 0), number);
    pthread_mutex_unlock(&node_agent.lock);
    return number;
}

/* ---- code ---- */

/* Builtins lie in the program's own image, shared by all isolates, or in a mapping of it that an
 * isolate has for itself. Under the lock. */
static bool is_builtin_news(struct node_isolate *isolate, const struct jitney_code_load *load)
{
    uint64_t key = node_key(load->bytes, load->name, load->name_bytes);
    uint32_t mark = (uint32_t)(key >> 32) | 1;

    if (node_table_get(&node_agent.shared, load->address) == mark)
        return false;
    node_table_put(&node_agent.shared, load->address, mark);
    if (!isolate->is_main)
        node_table_put(&isolate->codes, load->address, 1);
    return true;
}

/* Whether this isolate is the first to tell this code. */
static bool is_news(struct node_isolate *isolate, const struct jitney_code_load *load)
{
    bool is_new = true;

    pthread_mutex_lock(&node_agent.lock);
    if (isolate->is_enumerating && load->kind == JITNEY_CODE_STUB) {
        is_new = is_builtin_news(isolate, load);
    } else if (isolate->is_enumerating && node_table_has(&node_agent.shared, load->address)) {
        is_new = false; /* A function of JavaScript that is such a builtin. */
    } else {
        /* What another isolate had here is gone. */
        for (struct node_isolate *at = node_agent.isolates; at; at = at->next) {
            if (at != isolate)
                node_table_remove(&at->codes, load->address);
        }
        node_table_put(&isolate->codes, load->address, 1);
    }
    pthread_mutex_unlock(&node_agent.lock);
    return is_new;
}

static void tell_compile(const struct jitney_code_load *load)
{
    struct jitney_compile compile = {.size = sizeof(compile),
                                     .function = load->function,
                                     .tier = load->tier,
                                     .address = load->address,
                                     .code_bytes = load->bytes};

    compile.compilation = node_engine_compilation(&node_agent.engine, load->function, load->tier);
    jitney_compile(node_agent.session, &compile);
}

/* A copy: sinks and functions want text that ends with NUL. */
static const char *text_end(char *room, size_t size, const char *text, size_t bytes)
{
    size_t length = bytes < size - 1 ? bytes : size - 1;

    memcpy(room, text, length);
    room[length] = '\0';
    return room;
}

static void tell_load(struct node_isolate *isolate, struct jitney_code_load *load)
{
    bool is_compiled = (load->kind == JITNEY_CODE_JIT || load->kind == JITNEY_CODE_WASM) &&
                       load->tier >= JITNEY_TIER_BASELINE;

    if (!is_news(isolate, load))
        return;
    if (load->kind != JITNEY_CODE_STUB)
        load->function = define_function(load);
    jitney_code_load(node_agent.session, load);
    if (is_compiled && !isolate->is_enumerating && jitney_wants(node_agent.session, JITNEY_COMPILE))
        tell_compile(load);
}

static void fill_load(struct node_isolate *isolate, const struct v8_code_event *event,
                      struct node_script *known, struct node_rows *rows)
{
    char name_room[1024];
    char file_room[1024];
    struct node_name name;
    struct node_source source = {0};
    struct jitney_code_load load = {.size = sizeof(load),
                                    .address = (uint64_t)(uintptr_t)event->code_start,
                                    .bytes = event->code_bytes};

    node_name_parse(&name, event->name.text, event->name.bytes, known ? known->name : NULL);
    load.name = text_end(name_room, sizeof(name_room), name.name, name.name_bytes);
    load.name_bytes = strlen(load.name);
    load.kind = event->code_type == V8_BYTE_CODE   ? JITNEY_CODE_BYTECODE
                : event->code_type == V8_WASM_CODE ? JITNEY_CODE_WASM
                                                   : name.kind;
    load.tier = name.tier;
    load.tier_name = name.tier_name;
    load.flags = name.flags;
    load.line = name.line;
    load.column = name.column;
    if (name.kind == JITNEY_CODE_JIT && known && known->file)
        load.file = known->file;
    else if (name.file)
        load.file = text_end(file_room, sizeof(file_room), name.file, name.file_bytes);
    node_engine_take_source(&node_agent.engine, load.address, &source);
    if (rows && known && load.kind != JITNEY_CODE_STUB &&
        !set_inlined(isolate, known, event->script, &source, &load))
        set_lines(isolate, known, event->script, rows, &load);
    if (event->code_type == V8_WASM_CODE && load.tier == JITNEY_TIER_UNKNOWN) {
        load.tier = JITNEY_TIER_BASELINE; /* Only the other one has a mark. */
        load.tier_name = "Liftoff";
    }
    if (event->code_type == V8_WASM_CODE && event->wasm) {
        load.file =
            text_end(file_room, sizeof(file_room), event->wasm->file, event->wasm->file_bytes);
        set_wasm_lines(isolate, event->wasm, &load);
    }
    tell_load(isolate, &load);
    if (known && !is_optimized(&load))
        node_inliner_add_function(&isolate->inliner, source.function, key_of(known, &load), &load);
    free(source.inlining);
}

static void added(const struct v8_code_event *event)
{
    struct node_isolate *isolate = here;
    struct node_rows *rows = rows_take((uint64_t)(uintptr_t)event->code_start);
    struct node_script *known = NULL;
    struct v8_handle_scope scope;

    /* Without its isolate on this thread V8 cannot be asked. */
    if (isolate && isolate->isolate == event->isolate && event->code_bytes > 0) {
        node_engine_read(&node_agent.engine);
        if (event->script) {
            node_agent.v8.scope_enter(&scope, event->isolate);
            known = node_scripts_find(&isolate->scripts, event->script);
        }
        fill_load(isolate, event, known, rows);
        if (event->script)
            node_agent.v8.scope_leave(&scope);
    }
    rows_give_back(rows);
}

static void moved(const struct v8_code_event *event)
{
    struct jitney_code_move move = {.size = sizeof(move),
                                    .from = (uint64_t)(uintptr_t)event->code_start,
                                    .to = (uint64_t)(uintptr_t)event->new_code_start};

    pthread_mutex_lock(&node_agent.lock);
    for (struct node_isolate *at = node_agent.isolates; at; at = at->next) {
        if (at->isolate == event->isolate && node_table_remove(&at->codes, move.from))
            node_table_put(&at->codes, move.to, 1);
    }
    pthread_mutex_unlock(&node_agent.lock);
    jitney_code_move(node_agent.session, &move);
}

static void removed(const struct v8_code_event *event)
{
    struct jitney_code_unload unload = {.size = sizeof(unload),
                                        .address = (uint64_t)(uintptr_t)event->code_start};

    jitney_code_unload(node_agent.session, &unload);
}

static void on_code_event(const struct v8_code_event *event)
{
    int saved = errno;

    switch (event->type) {
    case V8_CODE_ADDED:
        added(event);
        break;
    case V8_CODE_MOVED:
        moved(event);
        break;
    case V8_CODE_REMOVED:
        removed(event);
        break;
    case V8_LINE_ADD:
        rows_add(event);
        break;
    case V8_LINES_START:
        rows_start(event);
        break;
    case V8_LINES_END:
        rows_end(event);
        break;
    default:
        break;
    }
    errno = saved;
}

/* ---- isolates ---- */

int node_isolate_enter(napi_env env, bool is_main, bool *is_new)
{
    struct node_isolate *isolate = NULL;

    *is_new = !here;
    if (here)
        return JITNEY_OK;
    isolate = calloc(1, sizeof(*isolate));
    if (!isolate)
        return JITNEY_ERR_MEMORY;
    isolate->isolate = node_agent.v8.current_isolate();
    isolate->scripts.v8 = &node_agent.v8;
    isolate->scripts.env = env;
    isolate->is_main = is_main;
    pthread_mutex_lock(&node_agent.lock);
    isolate->next = node_agent.isolates;
    node_agent.isolates = isolate;
    pthread_mutex_unlock(&node_agent.lock);
    here = isolate;
    isolate->is_enumerating = true;
    node_agent.v8.set_code_handler(isolate->isolate, V8_ENUMERATE_EXISTING, on_code_event);
    isolate->is_enumerating = false;
    return JITNEY_OK;
}

/* The memory of a Worker's code is given back to the system. The main program's stays: its end
 * is the process's. */
static void unload_all(const struct node_isolate *isolate)
{
    for (size_t i = 0; i < isolate->codes.room; i++) {
        struct jitney_code_unload unload = {.size = sizeof(unload),
                                            .address = isolate->codes.rows[i].key};

        if (unload.address == 0)
            continue;
        pthread_mutex_lock(&node_agent.lock);
        node_table_remove(&node_agent.shared, unload.address);
        pthread_mutex_unlock(&node_agent.lock);
        jitney_code_unload(node_agent.session, &unload);
    }
}

void node_isolate_leave(void)
{
    struct node_isolate *isolate = here;

    if (!isolate)
        return;
    node_agent.v8.set_code_handler(isolate->isolate, 0, NULL);
    node_engine_read(&node_agent.engine);
    here = NULL;
    pthread_mutex_lock(&node_agent.lock);
    for (struct node_isolate **at = &node_agent.isolates; *at; at = &(*at)->next) {
        if (*at == isolate) {
            *at = isolate->next;
            break;
        }
    }
    pthread_mutex_unlock(&node_agent.lock);
    if (!isolate->is_main)
        unload_all(isolate);
    node_scripts_release(&isolate->scripts);
    node_positions_release(&isolate->positions);
    node_inliner_release(&isolate->inliner);
    node_table_release(&isolate->codes);
    free(isolate->lines);
    free(isolate);
}
