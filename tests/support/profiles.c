#include "support/profiles.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {
    [JT_FRAME_JIT] = "jit",     [JT_FRAME_NATIVE] = "native",   [JT_FRAME_KERNEL] = "kernel",
    [JT_FRAME_NAMED] = "named", [JT_FRAME_COMMAND] = "command", [JT_FRAME_UNKNOWN] = "unknown"};

static void fail(const char *what, const char *text, size_t bytes)
{
    fprintf(stderr, "profiles.c: %s: %.*s\n", what, (int)bytes, text);
    exit(2);
}

static const char *kind_name(int kind)
{
    return kind_names[kind];
}

static const char *tier_name(int tier)
{
    return jt_tier_name(tier);
}

static const char *runtime_name(int runtime)
{
    return jt_runtime_name(runtime);
}

static const char *reason_name(int reason)
{
    return jt_reason_id(reason);
}

static uint8_t number_of(const char *name, const char *(*name_of)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name_of(i), name) == 0)
            return (uint8_t)i;
    fail("no such kind", name, strlen(name));
    return 0;
}

static void set_mark(struct jt_profile *profile, struct jt_frame *frame, char *mark)
{
    char *value = strchr(mark, '=');

    if (value)
        *value++ = '\0';
    if (strcmp(mark, "inlined") == 0)
        frame->is_inlined = true;
    else if (!value)
        fail("a mark without value", mark, strlen(mark));
    else if (strcmp(mark, "kind") == 0)
        frame->kind = number_of(value, kind_name, JT_FRAME_UNKNOWN + 1);
    else if (strcmp(mark, "tier") == 0)
        frame->tier = number_of(value, tier_name, JT_TIER_COUNT);
    else if (strcmp(mark, "runtime") == 0)
        frame->runtime = number_of(value, runtime_name, JT_RUNTIME_COUNT);
    else if (strcmp(mark, "reason") == 0)
        frame->reason = number_of(value, reason_name, JT_REASON_COUNT);
    else if (strcmp(mark, "line") == 0)
        frame->line = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(mark, "file") == 0)
        frame->file = jt_strings_put_text(&profile->strings, value);
    else if (strcmp(mark, "module") == 0)
        frame->module = jt_strings_put_text(&profile->strings, value);
    else
        fail("no such mark", mark, strlen(mark));
}

static struct jt_frame read_frame(struct jt_profile *profile, const char *text, size_t bytes)
{
    struct jt_frame frame = {.kind = JT_FRAME_NAMED};
    const char *open = bytes > 0 && text[bytes - 1] == '}' ? memrchr(text, '{', bytes) : NULL;
    char *marks = NULL;
    char *state = NULL;

    if (open) {
        marks = jt_strndup(open + 1, bytes - (size_t)(open - text) - 2);
        if (strstr(marks, "tier="))
            frame.kind = JT_FRAME_JIT;
        for (char *mark = strtok_r(marks, ",", &state); mark; mark = strtok_r(NULL, ",", &state))
            set_mark(profile, &frame, mark);
        bytes = (size_t)(open - text);
        free(marks);
    }
    frame.name = jt_strings_put(&profile->strings, text, bytes);
    return frame;
}

/* A count in folded text is one of samples. */
static void count(struct jt_profile *profile, uint32_t node, const struct jt_frame *frame,
                  uint64_t weight)
{
    struct jt_leaf leaf = {
        .frame = jt_nodes_frame(&profile->nodes, node), .kind = frame->kind, .tier = frame->tier};

    leaf.is_kernel = frame->kind == JT_FRAME_KERNEL;
    jt_nodes_add_self(&profile->nodes, node, jt_profile_tally(profile, &leaf, weight));
}

static void read_line(struct jt_profile *profile, const char *line, size_t bytes)
{
    const char *space = memrchr(line, ' ', bytes);
    uint64_t weight = space ? strtoull(space + 1, NULL, 10) : 0;
    const char *end = space;
    struct jt_frame frame = {0};
    uint32_t node = 0;

    if (weight == 0)
        fail("no count", line, bytes);
    for (const char *at = line; at <= end;) {
        const char *stop = memchr(at, ';', (size_t)(end - at));

        stop = stop ? stop : end;
        frame = read_frame(profile, at, (size_t)(stop - at));
        node = jt_nodes_child(&profile->nodes, node, jt_profile_frame(profile, &frame));
        at = stop + 1;
    }
    count(profile, node, &frame, weight);
}

void test_profile_from_folded(struct jt_profile *profile, const char *text, size_t bytes,
                              bool splits_tiers)
{
    jt_profile_init(profile);
    profile->weights_are_samples = true;
    profile->tiers_are_split = splits_tiers;
    while (bytes > 0) {
        const char *end = memchr(text, '\n', bytes);
        size_t length = end ? (size_t)(end - text) : bytes;

        if (length > 0)
            read_line(profile, text, length);
        length += end != NULL;
        text += length;
        bytes -= length;
    }
    jt_profile_finish(profile);
}

void test_profile_large(struct jt_profile *profile, uint32_t nodes, uint32_t depth,
                        uint32_t functions)
{
    uint64_t state = 1;
    char name[64];
    uint32_t *frames = jt_alloc(functions, sizeof(*frames));
    uint32_t *path = jt_alloc(depth + 1, sizeof(*path));
    uint32_t at = 0;

    jt_profile_init(profile);
    profile->weights_are_samples = true;
    for (uint32_t i = 0; i < functions; i++) {
        struct jt_frame frame = {.kind = JT_FRAME_JIT, .tier = (uint8_t)(2 + i % 5), .line = i};

        snprintf(name, sizeof(name), "function%u", i);
        frame.name = jt_strings_put_text(&profile->strings, name);
        frame.file = jt_strings_put_text(&profile->strings, "large.js");
        frame.runtime = JT_RUNTIME_V8;
        frames[i] = jt_profile_frame(profile, &frame);
    }
    while (profile->nodes.count < nodes) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        if (at == depth)
            at = (uint32_t)(state >> 33) % depth;
        path[at + 1] = jt_nodes_child(&profile->nodes, path[at], frames[(state >> 40) % functions]);
        at++;
        count(profile, path[at], &profile->frames.at[jt_nodes_frame(&profile->nodes, path[at])], 1);
    }
    free(frames);
    free(path);
    jt_profile_finish(profile);
}
