/* What V8 traces or logs: any bytes are read without harm, in any pieces tell the same, and
 * each event is an object of JSON. The first byte chooses: `t` traces, else the log. */
#include "adapters/node/src/agent.h"
#include "adapters/node/src/engine_lines.h"
#include "adapters/node/src/inlining.h"
#include "adapters/node/src/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CODE = 0x7f0000001000, CODE_BYTES = 0x1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t events;
    uint64_t text;
};

/* Every name is a function. */
uint32_t node_function_of(const char *name, size_t name_bytes, const char *file, size_t file_bytes)
{
    uint32_t number = (uint32_t)file_bytes;

    for (size_t i = 0; i < name_bytes; i++)
        number = number * 31 + (unsigned char)name[i];
    for (size_t i = 0; i < file_bytes; i++)
        number = number * 31 + (unsigned char)file[i];
    return number;
}

/* Bytes that are no UTF-8 are Node's to replace. */
static void check_text(struct sum *sum, struct node_text *text)
{
    json_t *object = NULL;

    for (size_t i = 0; i < text->length; i++) {
        sum->text = sum->text * 31 + (unsigned char)text->bytes[i];
        if ((unsigned char)text->bytes[i] >= 0x7f)
            text->bytes[i] = '?';
    }
    object = json_loadb(text->bytes, text->length, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL,
                        NULL);
    if (!text->has_failed && !json_is_object(object))
        abort();
    json_decref(object);
}

static void on_event(void *context, const struct jitney_event *event)
{
    struct sum *sum = context;
    struct node_text text = {0};
    struct jitney_event copy = *event;

    if (event->type == JITNEY_CODE_LOAD)
        return;
    copy.tid = 0;
    sum->events++;
    node_text_add_event(&text, &copy);
    check_text(sum, &text);
    node_text_release(&text);
}

static struct jitney_session *open_session(struct sum *sum)
{
    struct jitney_session_options options = {
        .size = sizeof(options), .sinks = JITNEY_SINK_MAP, .engine = "V8"};
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENTS_ALL,
                                       .on_event = on_event,
                                       .context = sum};
    struct jitney_code_load load = {
        .size = sizeof(load), .address = CODE, .bytes = CODE_BYTES, .name = "code", .function = 7};
    struct jitney_session *session = NULL;
    uint32_t number = 0;

    if (jitney_session_open(&options, &session) != JITNEY_OK ||
        jitney_session_add_listener(session, &listener, &number) != JITNEY_OK)
        abort();
    jitney_code_load(session, &load);
    return session;
}

static void check_sources(struct sum *sum, struct node_engine *engine)
{
    for (size_t i = 0; i < NODE_SOURCES; i++) {
        struct node_source *source = &engine->sources[i];
        struct node_inlining inlining;

        sum->text = sum->text * 31 + source->address + source->function;
        if (source->inlining && node_inlining_parse(&inlining, source->inlining)) {
            for (size_t j = 0; j < inlining.row_count; j++)
                if (inlining.rows[j].inlined > inlining.call_count)
                    abort();
            for (size_t j = 0; j < inlining.call_count; j++)
                if (inlining.calls[j].caller > j)
                    abort();
            sum->text += inlining.row_count + inlining.call_count;
            node_inlining_release(&inlining);
        }
        free(source->inlining);
    }
}

static struct sum read_pieces(const uint8_t *data, size_t size, size_t piece)
{
    struct sum sum = {0};
    struct node_engine *engine = calloc(1, sizeof(*engine));
    struct node_follower *from = NULL;
    struct jitney_session *session = NULL;

    if (!engine)
        return sum;
    session = open_session(&sum);
    engine->session = session;
    from = size > 0 && data[0] == 't' ? &engine->trace : &engine->log;
    for (size_t at = 1; at < size; at += piece)
        node_follower_feed(engine, from, (const char *)data + at,
                           size - at < piece ? size - at : piece, UINT64_C(1000000000000));
    check_sources(&sum, engine);
    jitney_session_close(session);
    free(engine->trace.line);
    free(engine->log.line);
    free(engine);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sum whole = read_pieces(data, size, size ? size : 1);
    struct sum parts = read_pieces(data, size, 7);

    if (whole.events != parts.events || whole.text != parts.text)
        abort();
    return 0;
}
