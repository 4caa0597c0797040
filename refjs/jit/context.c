/* Versions for types of arguments. */
#include "jit/context.h"

#include "jit/internal.h"
#include "vm/interpret.h"

static const struct {
    const char *name;
    uint8_t seen;
} classes[] = {
    [RJ_CONTEXT_ANY] = {"*", 0},
    [RJ_CONTEXT_INT] = {"int", RJ_SEEN_INT},
    [RJ_CONTEXT_NUMBER] = {"number", RJ_SEEN_NUMBER},
    [RJ_CONTEXT_BOOLEAN] = {"boolean", RJ_SEEN_BOOLEAN},
    [RJ_CONTEXT_NULLISH] = {"nullish", RJ_SEEN_NULLISH},
    [RJ_CONTEXT_STRING] = {"string", RJ_SEEN_STRING},
    [RJ_CONTEXT_OBJECT] = {"object", RJ_SEEN_OBJECT},
    [RJ_CONTEXT_FUNCTION] = {"function", RJ_SEEN_FUNCTION},
    [RJ_CONTEXT_ARRAY] = {"array", RJ_SEEN_ARRAY},
};

enum { CLASS_COUNT = sizeof(classes) / sizeof(classes[0]), CLASS_BITS = 4 };

uint8_t rj_context_seen(uint64_t context, uint32_t i)
{
    uint32_t class = (uint32_t)(context >> (i * CLASS_BITS)) & 15;

    return i < RJ_CONTEXT_ARGUMENTS && class < CLASS_COUNT ? classes[class].seen : 0;
}

/* Numbers, booleans, strings and objects want different code; null may be among any of them. */
bool rj_context_is_wanted(const struct rj_code *code)
{
    const uint8_t objects = RJ_SEEN_OBJECT | RJ_SEEN_FUNCTION | RJ_SEEN_ARRAY;

    for (uint32_t i = 1; i <= code->parameter_count && i <= RJ_CONTEXT_ARGUMENTS; i++) {
        uint8_t seen = code->argument_seen[i];

        if (!!(seen & RJ_SEEN_NUMBER) + !!(seen & RJ_SEEN_BOOLEAN) + !!(seen & RJ_SEEN_STRING) +
                !!(seen & objects) >
            1)
            return true;
    }
    return false;
}

static uint32_t class_of(const struct rj_code *code, uint32_t i, rj_value value)
{
    uint8_t seen = rj_seen_of(value);

    /* One class of numbers where doubles have been seen: ints are doubles there. */
    if (seen & RJ_SEEN_NUMBER && code->argument_seen[i + 1] & RJ_SEEN_DOUBLE)
        return RJ_CONTEXT_NUMBER;
    for (uint32_t class = 1; class < CLASS_COUNT; class ++)
        if (classes[class].seen & seen)
            return class;
    return RJ_CONTEXT_ANY;
}

uint64_t rj_context_of(const struct rj_code *code, uint32_t argc, const rj_value *args)
{
    uint64_t context = 0;

    for (uint32_t i = 0; i < code->parameter_count && i < RJ_CONTEXT_ARGUMENTS; i++)
        context |= (uint64_t)class_of(code, i, i < argc ? args[i] : RJ_UNDEFINED)
                   << (i * CLASS_BITS);
    return context;
}

const char *rj_jit_context_text(uint64_t context, char *text, size_t bytes)
{
    size_t used = 0;

    if (!context)
        snprintf(text, bytes, "any");
    for (uint32_t i = 0; context >> (i * CLASS_BITS) && i < RJ_CONTEXT_ARGUMENTS; i++) {
        uint32_t class = (uint32_t)(context >> (i * CLASS_BITS)) & 15;
        int wrote = snprintf(text + used, bytes - used, "%s%s", i ? "," : "",
                             class < CLASS_COUNT ? classes[class].name : "?");

        if (wrote < 0 || (size_t)wrote >= bytes - used)
            break;
        used += (size_t)wrote;
    }
    return text;
}

static struct rj_version *find(const struct rj_tiering *tiering, uint64_t context)
{
    struct rj_version *version = tiering->normal;

    while (version && version->context && version->context != context)
        version = version->next;
    return version;
}

rj_value rj_context_entry(struct rj_vm *vm, struct rj_function *callee, rj_value this_value,
                          uint32_t argc, const rj_value *args, rj_value new_target)
{
    struct rj_code *code = callee->code;
    struct rj_tiering *tiering = code->tiering;
    uint64_t context = rj_context_of(code, argc, args);
    struct rj_version *version = find(tiering, context);

    if (version)
        return rj_version_entry(version)(vm, callee, this_value, argc, args, new_target);
    if (vm->interrupt & RJ_INTERRUPT_INSTALL) {
        __atomic_fetch_and(&vm->interrupt, ~(uint32_t)RJ_INTERRUPT_INSTALL, __ATOMIC_ACQUIRE);
        rj_jit_install(vm);
    }
    if (++tiering->misses >= vm->options.call_threshold) {
        tiering->misses = 0;
        rj_jit_request_context(vm, code, context);
    }
    return rj_interpret_call(vm, callee, this_value, argc, args, new_target);
}
