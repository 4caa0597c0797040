/* The global `recordings`: a program records itself. */
#include "tell/internal.h"

#include "vm/operations.h"

#define BUILTIN(name)                                                                              \
    static rj_value name(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,        \
                         uint32_t argc, const rj_value *args, rj_value new_target)

static rj_value answer(struct rj_vm *vm, int status)
{
    rj_tell_update(vm);
    if (status != JITNEY_OK)
        return rj_throw_error(vm, RJ_ERROR_ERROR, "recordings: %s", jitney_status_text(status));
    return RJ_UNDEFINED;
}

BUILTIN(start)
{
    return answer(vm, jitney_recording_start(vm->tell->session));
}

BUILTIN(stop)
{
    return answer(vm, jitney_recording_stop(vm->tell->session));
}

BUILTIN(reset)
{
    return answer(vm, jitney_recording_reset(vm->tell->session));
}

BUILTIN(enabled)
{
    return rj_boolean(jitney_recording_enabled(vm->tell->session));
}

static const char *path_of(struct rj_vm *vm, uint32_t argc, const rj_value *args)
{
    struct rj_string *path = argc ? rj_to_string(vm, args[0]) : NULL;

    if (!argc)
        rj_throw_error(vm, RJ_ERROR_TYPE, "recordings: the name of a file is asked for");
    return path ? rj_string_text(vm, path, NULL) : NULL;
}

BUILTIN(save)
{
    const char *path = path_of(vm, argc, args);

    return path ? answer(vm, jitney_recording_save(vm->tell->session, path)) : RJ_THROWN;
}

/* ---- reading ---- */

struct collection {
    struct rj_vm *vm;
    struct rj_array *events;
    struct rj_array *function_names; /* by number */
};

static bool name_function(struct collection *collection, const struct jitney_event *event)
{
    struct rj_vm *vm = collection->vm;
    const char *name = event->function->name ? event->function->name : "";
    struct rj_string *text = rj_string_utf8(vm, name, strlen(name));

    while (text && collection->function_names->length <= event->number)
        if (!rj_array_append(vm, collection->function_names, RJ_UNDEFINED))
            return false;
    if (text)
        collection->function_names->elements[event->number] = rj_cell_value(text);
    return text != NULL;
}

static int collect(void *context, const struct jitney_event *event)
{
    struct collection *collection = context;
    struct rj_object *object;

    if (event->type == JITNEY_FUNCTION)
        return name_function(collection, event) ? 0 : 1;
    object = rj_tell_event_object(collection->vm, event, collection->function_names);
    if (!object || !rj_array_append(collection->vm, collection->events, rj_cell_value(object)))
        return 1;
    return 0;
}

/* 1 is what collect() returns after something was thrown. */
static rj_value collected(struct rj_vm *vm, const struct collection *collection, int status)
{
    if (status == 1)
        return RJ_THROWN;
    return status == JITNEY_OK ? rj_cell_value(collection->events) : answer(vm, status);
}

static bool begin(struct rj_vm *vm, struct collection *collection)
{
    *collection = (struct collection){
        .vm = vm, .events = rj_array_new(vm, 0, NULL), .function_names = rj_array_new(vm, 0, NULL)};
    return collection->events && collection->function_names;
}

BUILTIN(get)
{
    struct collection collection;
    struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = collect, .context = &collection};

    if (!begin(vm, &collection))
        return RJ_THROWN;
    return collected(vm, &collection, jitney_recording_get(vm->tell->session, &visitor));
}

BUILTIN(load)
{
    struct collection collection;
    struct jitney_recording_visitor visitor = {
        .size = sizeof(visitor), .event = collect, .context = &collection};
    const char *path = path_of(vm, argc, args);

    if (!path || !begin(vm, &collection))
        return RJ_THROWN;
    return collected(vm, &collection, jitney_recording_load(path, &visitor));
}

/* ---- the filter ---- */

struct group {
    const char *name;
    uint32_t events;
};

static const struct group groups[] = {
    {"code", JITNEY_EVENTS_CODE},
    {"compile", JITNEY_EVENTS_COMPILE},
    {"deoptimize", JITNEY_EVENTS_DEOPT},
    {"typeFeedback", JITNEY_EVENTS_TYPE_FEEDBACK},
    {"invocation", JITNEY_EVENTS_INVOKE},
    {"contextualTypeFeedback", JITNEY_EVENTS_CONTEXTUAL_FEEDBACK},
    {"osr", JITNEY_EVENTS_OSR},
    {"cache", JITNEY_EVENTS_CACHE},
};

/* What the object does not mention is not recorded. */
BUILTIN(set_filter)
{
    uint32_t events = 0;

    if (!argc || !rj_is_object(args[0]))
        return rj_throw_error(vm, RJ_ERROR_TYPE, "recordings.setFilter: an object is asked for");
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        struct rj_string *key = rj_atom_text(vm, groups[i].name);
        rj_value wanted = key ? rj_get(vm, args[0], rj_cell_value(key)) : RJ_THROWN;

        if (wanted == RJ_THROWN)
            return RJ_THROWN;
        if (rj_truthy(wanted))
            events |= groups[i].events;
    }
    return answer(vm, jitney_recording_set_filter(vm->tell->session, events));
}

struct builtin {
    const char *name;
    rj_entry entry;
    uint32_t length;
};

static const struct builtin builtins[] = {
    {"start", start, 0}, {"stop", stop, 0},   {"get", get, 0},         {"save", save, 1},
    {"load", load, 1},   {"reset", reset, 0}, {"enabled", enabled, 0}, {"setFilter", set_filter, 1},
};

bool rj_tell_init_recordings(struct rj_vm *vm)
{
    struct rj_object *recordings = rj_object_plain(vm);

    for (size_t i = 0; recordings && i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        struct rj_function *function = rj_native_new(vm, builtins[i].name, builtins[i].entry,
                                                     builtins[i].length, RJ_INTRINSIC_NONE);

        if (!function ||
            !rj_define(vm, recordings, rj_cell_value(rj_atom_text(vm, builtins[i].name)),
                       rj_cell_value(function), RJ_HIDDEN))
            return false;
    }
    return recordings &&
           rj_define(vm, vm->realm.global, rj_cell_value(rj_atom_text(vm, "recordings")),
                     rj_cell_value(recordings), RJ_HIDDEN);
}
