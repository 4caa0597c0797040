#include "analysis/profile/named.h"

#include "analysis/symbol/name.h"
#include "analysis/symbol/native.h"

#include <string.h>

struct slice {
    const char *text;
    size_t bytes;
};

static bool ends_with(struct slice slice, const char *end)
{
    size_t bytes = strlen(end);

    return slice.bytes >= bytes && memcmp(slice.text + slice.bytes - bytes, end, bytes) == 0;
}

static bool starts_with(struct slice slice, const char *start)
{
    size_t bytes = strlen(start);

    return slice.bytes >= bytes && memcmp(slice.text, start, bytes) == 0;
}

static struct slice base_of(struct slice path)
{
    const char *slash = path.bytes ? memrchr(path.text, '/', path.bytes) : NULL;

    if (!slash || slash + 1 == path.text + path.bytes)
        return path;
    return (struct slice){slash + 1, path.bytes - (size_t)(slash + 1 - path.text)};
}

/* Where perf puts JIT code: the map's own name, or the ELF it made of a dump. */
static bool is_jit_module(struct slice base)
{
    return (starts_with(base, "perf-") && ends_with(base, ".map")) ||
           (starts_with(base, "jitted-") && ends_with(base, ".so")) || starts_with(base, "[JIT]");
}

static bool is_kernel_module(struct slice module)
{
    return starts_with(module, "[kernel") || starts_with(module, "[guest.kernel") ||
           (module.bytes > 2 && module.text[0] == '[' && ends_with(module, "]") &&
            !starts_with(module, "[vdso") && !starts_with(module, "[unknown"));
}

/* FlameGraph's annotations: _[k] kernel, _[j] JIT, _[i] inlined, _[w] waker. */
static bool take_annotation(struct slice *name, struct jt_frame *frame)
{
    if (name->bytes < 5 || memcmp(name->text + name->bytes - 4, "_[", 2) != 0 ||
        name->text[name->bytes - 1] != ']')
        return false;
    switch (name->text[name->bytes - 2]) {
    case 'k':
        frame->kind = JT_FRAME_KERNEL;
        break;
    case 'j':
        frame->kind = JT_FRAME_JIT;
        frame->tier = JT_TIER_UNKNOWN;
        break;
    case 'i':
        frame->is_inlined = true;
        break;
    default:
        return false;
    }
    name->bytes -= 4;
    return true;
}

static void parse_raw(struct jt_strings *strings, struct slice raw, struct jt_frame *frame)
{
    struct jt_name name = {0};

    jt_name_parse(raw.text, raw.bytes, JT_RUNTIME_NONE, &name);
    frame->name = jt_strings_put(strings, name.function, name.function_bytes);
    if (name.file)
        frame->file = jt_strings_put(strings, name.file, name.file_bytes);
    frame->line = name.line;
    frame->tier = (uint8_t)name.tier;
    frame->runtime = (uint8_t)name.runtime;
}

/* What the module says of a frame that has no annotation. */
static void classify(const struct jt_named_frame *named, struct slice name, struct jt_frame *frame)
{
    struct slice module = {named->module, named->module ? named->module_bytes : 0};

    if (name.bytes == 9 && memcmp(name.text, "[unknown]", 9) == 0) {
        frame->kind = JT_FRAME_UNKNOWN;
        frame->reason = is_jit_module(base_of(module)) ? JT_REASON_NOT_IN_MAP : JT_REASON_STRIPPED;
    } else if (is_jit_module(base_of(module))) {
        frame->kind = JT_FRAME_JIT;
        frame->tier = JT_TIER_UNKNOWN;
    } else if (is_kernel_module(module)) {
        frame->kind = JT_FRAME_KERNEL;
    } else if (module.bytes > 0) {
        frame->kind = JT_FRAME_NATIVE;
    }
}

struct jt_frame jt_named_frame(struct jt_strings *strings, const struct jt_named_frame *named,
                               bool parses)
{
    struct jt_frame frame = {.kind = JT_FRAME_NAMED};
    struct slice name = {named->name, named->name_bytes};
    struct slice module = {named->module, named->module ? named->module_bytes : 0};

    if (!take_annotation(&name, &frame))
        classify(named, name, &frame);
    if (module.bytes > 0)
        frame.module = jt_strings_put(strings, base_of(module).text, base_of(module).bytes);
    if (named->file && named->file_bytes > 0)
        frame.file = jt_strings_put(strings, named->file, named->file_bytes);
    if (is_jit_module(base_of(module)))
        frame.module = jt_strings_put_text(strings, "[jit]");
    if (frame.kind == JT_FRAME_JIT && parses && module.bytes > 0) {
        parse_raw(strings, name, &frame);
    } else {
        frame.name = jt_strings_put(strings, name.text, name.bytes);
    }
    if (frame.kind == JT_FRAME_NATIVE) {
        frame.runtime = (uint8_t)jt_runtime_of_file(jt_strings_text(strings, frame.module));
        frame.role =
            (uint8_t)jt_native_role(frame.runtime, jt_strings_text(strings, frame.name), NULL);
    }
    return frame;
}

void jt_named_count(struct jt_profile *profile, const struct jt_named_sample *sample, uint32_t node,
                    const struct jt_frame *leaf)
{
    const struct jt_leaf counted = {.frame = jt_nodes_frame(&profile->nodes, node),
                                    .kind = leaf->kind,
                                    .tier = leaf->tier,
                                    .role = leaf->role,
                                    .is_kernel = leaf->kind == JT_FRAME_KERNEL};

    jt_nodes_add_self(&profile->nodes, node, jt_profile_tally(profile, &counted, sample->weight));
    jt_profile_note_time(profile, sample->time_ns);
}
