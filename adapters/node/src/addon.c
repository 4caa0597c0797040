/* The module that Node loads: functions for index.js, which makes them comfortable. All
 * return a number (enum jitney_status) or text. */
#include "agent.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 4096, FRAME_ROOM = 32, QUEUE_LIMIT = 1 << 16 };

#define EXPORT __attribute__((visibility("default")))

/* All sinks that can use a line table. */
#define LINE_SINKS                                                                                 \
    (JITNEY_SINK_JITDUMP | JITNEY_SINK_GDB | JITNEY_SINK_RECORD | JITNEY_SINK_LOG | JITNEY_SINK_MAP)

static napi_value undefined(napi_env env)
{
    napi_value value = NULL;

    napi_get_undefined(env, &value);
    return value;
}

static napi_value status_value(napi_env env, int status)
{
    napi_value value = NULL;

    napi_create_double(env, status, &value);
    return value;
}

static napi_value text_value(napi_env env, struct node_text *text)
{
    napi_value value = NULL;

    if (text->has_failed || napi_create_string_utf8(env, text->bytes ? text->bytes : "",
                                                    text->length, &value) != NAPI_OK)
        value = undefined(env);
    node_text_release(text);
    return value;
}

static uint32_t number_of(napi_env env, napi_value value)
{
    double number = 0;

    napi_get_value_double(env, value, &number);
    return number >= 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* NULL when the value is no text. */
static const char *string_of(napi_env env, napi_value value, char *room, size_t size)
{
    size_t bytes = 0;

    return napi_get_value_string_utf8(env, value, room, size, &bytes) == NAPI_OK ? room : NULL;
}

static uint32_t argument(napi_env env, napi_callback_info info, napi_value *first)
{
    size_t count = 1;

    *first = NULL;
    napi_get_cb_info(env, info, &count, first, NULL, NULL);
    return *first ? number_of(env, *first) : 0;
}

/* ---- the session ---- */

/* "keep only the user's": neither Node's own modules nor installed packages. */
static bool is_own(void *context, const struct jitney_code_load *load)
{
    const char *file = load->file;

    return file && file[0] != '\0' && strncmp(file, "node:", 5) != 0 &&
           !strstr(file, "/node_modules/");
}

static int open_session(struct jitney_session_options *options, uint32_t sinks)
{
    int status = JITNEY_OK;

    options->sinks = sinks | JITNEY_SINK_MAP;
    status = jitney_session_open(options, &node_agent.session);
    if (status)
        return status;
    node_agent.output_sinks = sinks & LINE_SINKS;
    node_engine_start(&node_agent.engine, node_agent.session, &node_agent.v8);
    return JITNEY_OK;
}

/* open(sinks, directory, recording, filter, log, user, isOwn) */
static napi_value open_callback(napi_env env, napi_callback_info info)
{
    char texts[4][PATH_ROOM];
    napi_value arguments[7] = {0};
    size_t count = 7;
    int status = JITNEY_OK;
    struct jitney_session_options options = {.size = sizeof(options), .engine = "V8"};

    if (node_agent.missing)
        return status_value(env, JITNEY_ERR_VERSION);
    if (node_agent.session)
        return status_value(env, JITNEY_OK);
    napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
    options.sinks = number_of(env, arguments[0]);
    jitney_options_from_environment(&options);
    if (string_of(env, arguments[1], texts[0], PATH_ROOM))
        options.directory = texts[0];
    if (string_of(env, arguments[2], texts[1], PATH_ROOM))
        options.record_file = texts[1];
    if (number_of(env, arguments[3]) != 0)
        options.record_filter = number_of(env, arguments[3]);
    if (string_of(env, arguments[4], texts[2], PATH_ROOM))
        options.log_file = texts[2];
    if (string_of(env, arguments[5], texts[3], PATH_ROOM))
        options.user_code = texts[3];
    if (number_of(env, arguments[6]) != 0)
        options.is_user_code = is_own;
    status = open_session(&options, options.sinks);
    return status_value(env, status);
}

static void leave(void *context)
{
    node_isolate_leave();
}

/* enter(isMain): listen to this isolate. */
static napi_value enter_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    bool is_main = argument(env, info, &first) != 0;
    bool is_new = false;
    int status = JITNEY_OK;

    if (!node_agent.session)
        return status_value(env, JITNEY_OK);
    status = node_isolate_enter(env, is_main, &is_new);
    if (!status && is_new)
        napi_add_env_cleanup_hook(env, leave, NULL);
    return status_value(env, status);
}

/* sinks(bits): on and off; the live map stays on. */
static napi_value sinks_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    uint32_t sinks = argument(env, info, &first);
    int status = JITNEY_OK;

    if (!node_agent.session)
        return status_value(env, JITNEY_ERR_NOT_FOUND);
    node_agent.output_sinks = sinks & LINE_SINKS;
    status = jitney_session_set_sinks(node_agent.session, sinks | JITNEY_SINK_MAP);
    node_engine_update(&node_agent.engine);
    return status_value(env, status);
}

static napi_value state_callback(napi_env env, napi_callback_info info)
{
    struct node_text text = {0};

    if (node_agent.missing)
        node_text_add(&text, node_agent.missing, strlen(node_agent.missing));
    else if (node_agent.session)
        node_text_add(&text, "open", 4);
    return text_value(env, &text);
}

static napi_value counters_callback(napi_env env, napi_callback_info info)
{
    struct jitney_counters counters = {.size = sizeof(counters)};
    struct node_text text = {0};

    if (node_agent.session)
        jitney_session_counters(node_agent.session, &counters);
    node_text_add_counters(&text, &counters);
    return text_value(env, &text);
}

/* ---- the live map ---- */

static void collect(void *context, const struct jitney_event *event)
{
    struct node_text *text = context;

    if (event->type != JITNEY_CODE_LOAD || !(event->flags & JITNEY_EVENT_REPLAYED))
        return;
    node_text_add(text, text->length ? "," : "[", 1);
    node_text_add_event(text, event);
}

static napi_value codes_callback(napi_env env, napi_callback_info info)
{
    struct node_text text = {0};
    struct jitney_listener listener = {.size = sizeof(listener),
                                       .events = JITNEY_EVENT_BIT(JITNEY_CODE_LOAD),
                                       .flags = JITNEY_LISTENER_REPLAY,
                                       .on_event = collect,
                                       .context = &text};
    uint32_t number = 0;

    if (node_agent.session &&
        jitney_session_add_listener(node_agent.session, &listener, &number) == JITNEY_OK)
        jitney_session_remove_listener(node_agent.session, number);
    node_text_add(&text, text.length ? "]" : "[]", text.length ? 1 : 2);
    return text_value(env, &text);
}

static napi_value resolve_callback(napi_env env, napi_callback_info info)
{
    struct jitney_found found[FRAME_ROOM];
    struct node_text text = {0};
    napi_value first = NULL;
    double address = 0;
    int count = 0;

    argument(env, info, &first);
    if (first)
        napi_get_value_double(env, first, &address);
    found[0].size = sizeof(found[0]);
    if (address > 0 && address < 1e19)
        count = jitney_find_frames((uint64_t)address, found, FRAME_ROOM);
    node_text_add(&text, "[", 1);
    for (int i = 0; i < count; i++) {
        node_text_add(&text, ",", i > 0);
        node_text_add_found(&text, &found[i]);
    }
    node_text_add(&text, "]", 1);
    return text_value(env, &text);
}

/* ---- listeners in JavaScript ---- */

static void call_script(napi_env env, napi_value function, void *context, void *data)
{
    struct node_text *text = data;
    napi_value value = NULL;

    if (env && napi_create_string_utf8(env, text->bytes, text->length, &value) == NAPI_OK)
        napi_call_function(env, undefined(env), function, 1, &value, NULL);
    node_text_release(text);
    free(text);
}

static void on_event(void *context, const struct jitney_event *event)
{
    struct node_text *text = calloc(1, sizeof(*text));
    int status = !NAPI_OK;

    if (!text)
        return;
    node_text_add_event(text, event);
    if (!text->has_failed)
        status = napi_call_threadsafe_function(context, text, NAPI_NONBLOCKING);
    if (status != NAPI_OK) {
        node_text_release(text);
        free(text);
    }
}

/* listen(events, function): returns a number, by which it ends. */
static napi_value listen_callback(napi_env env, napi_callback_info info)
{
    napi_value arguments[2] = {0};
    napi_value name = NULL;
    napi_threadsafe_function function = NULL;
    size_t count = 2;
    uint32_t number = 0;
    int status = JITNEY_ERR_NOT_FOUND;
    struct jitney_listener listener = {.size = sizeof(listener), .on_event = on_event};

    napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
    napi_create_string_utf8(env, "jitney", NAPI_AUTO_LENGTH, &name);
    if (!node_agent.session ||
        napi_create_threadsafe_function(env, arguments[1], NULL, name, QUEUE_LIMIT, 1, NULL, NULL,
                                        NULL, call_script, &function) != NAPI_OK)
        return status_value(env, status);
    napi_unref_threadsafe_function(env, function);
    listener.events = number_of(env, arguments[0]);
    listener.context = function;
    status = jitney_session_add_listener(node_agent.session, &listener, &number);
    if (status)
        napi_release_threadsafe_function(function, NAPI_ABORT);
    node_engine_update(&node_agent.engine);
    return status_value(env, status ? status : (int)number);
}

static napi_value unlisten_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    uint32_t number = argument(env, info, &first);
    int status = jitney_session_remove_listener(node_agent.session, number);

    node_engine_update(&node_agent.engine);
    return status_value(env, status);
}

/* ---- recordings ---- */

static int visit(void *context, const struct jitney_event *event)
{
    struct node_text *text = context;

    node_text_add(text, text->length ? "," : "[", 1);
    node_text_add_event(text, event);
    return text->has_failed ? JITNEY_ERR_MEMORY : JITNEY_OK;
}

/* The events as text, or a status. */
static napi_value visited(napi_env env, struct node_text *text, int status)
{
    if (status) {
        node_text_release(text);
        return status_value(env, status);
    }
    node_text_add(text, text->length ? "]" : "[]", text->length ? 1 : 2);
    return text_value(env, text);
}

static napi_value get_callback(napi_env env, napi_callback_info info)
{
    struct node_text text = {0};
    struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = visit, .context = &text};
    int status = node_agent.session ? jitney_recording_get(node_agent.session, &visitor)
                                    : JITNEY_ERR_NOT_FOUND;

    return visited(env, &text, status);
}

static napi_value load_callback(napi_env env, napi_callback_info info)
{
    char path[PATH_ROOM];
    struct node_text text = {0};
    struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = visit, .context = &text};
    napi_value first = NULL;

    argument(env, info, &first);
    if (!first || !string_of(env, first, path, sizeof(path)))
        return status_value(env, JITNEY_ERR_ARGUMENT);
    return visited(env, &text, jitney_recording_load(path, &visitor));
}

static napi_value save_callback(napi_env env, napi_callback_info info)
{
    char path[PATH_ROOM];
    napi_value first = NULL;

    argument(env, info, &first);
    if (!first || !string_of(env, first, path, sizeof(path)))
        return status_value(env, JITNEY_ERR_ARGUMENT);
    return status_value(env, node_agent.session ? jitney_recording_save(node_agent.session, path)
                                                : JITNEY_ERR_NOT_FOUND);
}

enum recording_verb { VERB_START = 1, VERB_STOP, VERB_RESET, VERB_ENABLED };

/* recording(verb): start, stop, reset, or whether it is enabled. */
static napi_value recording_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    uint32_t verb = argument(env, info, &first);
    int status = JITNEY_ERR_NOT_FOUND;

    if (!node_agent.session)
        return status_value(env, verb == VERB_ENABLED ? 0 : status);
    if (verb == VERB_START) {
        node_agent.output_sinks |= JITNEY_SINK_RECORD;
        status = jitney_recording_start(node_agent.session);
    } else if (verb == VERB_STOP) {
        status = jitney_recording_stop(node_agent.session);
    } else if (verb == VERB_RESET) {
        status = jitney_recording_reset(node_agent.session);
    } else if (verb == VERB_ENABLED) {
        status = jitney_recording_enabled(node_agent.session);
    }
    node_engine_update(&node_agent.engine);
    return status_value(env, status);
}

static napi_value filter_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    uint32_t events = argument(env, info, &first);
    int status = JITNEY_ERR_NOT_FOUND;

    if (!node_agent.session)
        return status_value(env, status);
    status = jitney_recording_set_filter(node_agent.session, events);
    node_engine_update(&node_agent.engine);
    return status_value(env, status);
}

/* The event classes: "VALUE NAME GROUP\n" each, and what statuses mean. */
static napi_value tables_callback(napi_env env, napi_callback_info info)
{
    static const char text[] =
#define EVENT_ROW(id, value, name, group) #value " " name " " group "\n"
        JITNEY_EVENT_LIST(EVENT_ROW)
#undef EVENT_ROW
        ;
    struct node_text copy = {0};

    node_text_add(&copy, text, sizeof(text) - 1);
    return text_value(env, &copy);
}

static napi_value status_callback(napi_env env, napi_callback_info info)
{
    napi_value first = NULL;
    struct node_text text = {0};
    const char *meaning = jitney_status_text(-(int)argument(env, info, &first));

    node_text_add(&text, meaning, strlen(meaning));
    return text_value(env, &text);
}

static const struct {
    const char *name;
    napi_callback callback;
} functions[] = {
    {"open", open_callback},          {"enter", enter_callback},
    {"sinks", sinks_callback},        {"state", state_callback},
    {"counters", counters_callback},  {"codes", codes_callback},
    {"resolve", resolve_callback},    {"listen", listen_callback},
    {"unlisten", unlisten_callback},  {"recording", recording_callback},
    {"recordingGet", get_callback},   {"recordingLoad", load_callback},
    {"recordingSave", save_callback}, {"recordingFilter", filter_callback},
    {"eventTable", tables_callback},  {"statusText", status_callback},
};

EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports);

EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports)
{
    if (!node_agent.v8.current_isolate)
        node_agent.missing = v8_functions_find(&node_agent.v8);
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        napi_value function = NULL;

        if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].callback,
                                 NULL, &function) == NAPI_OK)
            napi_set_named_property(env, exports, functions[i].name, function);
    }
    return exports;
}
