/* HotSpot describes places in code by the address where an instruction ends, which is
 * what a return address shows (openjdk: pcDesc.hpp; CompiledMethod's search takes
 * the first description at or behind an address). So each description holds for
 * the bytes between the one before and itself. */
#include "frames.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_ROWS = 1 << 20,
    MOST_DEPTH = 256, /* inlining is at most a few dozen deep */
};

void jvm_frames_release(struct jvm_frames *frames)
{
    free(frames->lines);
    free(frames->inlined);
    jvm_table_release(&frames->known, NULL);
    *frames = (struct jvm_frames){0};
}

/* Make room for one more of `bytes`. */
static void *grow(void *old, uint32_t count, uint32_t *room, size_t bytes)
{
    void *larger = NULL;

    if (count < *room)
        return old;
    if (count >= MOST_ROWS)
        return NULL;
    larger = realloc(old, (*room ? *room * 2 : 32) * bytes);
    if (larger)
        *room = *room ? *room * 2 : 32;
    return larger;
}

/* Rows that say the same as the one before are left out. */
static void add_line(struct jvm_frames *frames, uint32_t offset, uint32_t line, uint32_t inlined)
{
    const struct jitney_line *last =
        frames->line_count ? &frames->lines[frames->line_count - 1] : NULL;
    struct jitney_line *lines = NULL;

    if (last && last->line == line && last->inlined == inlined)
        return;
    lines = grow(frames->lines, frames->line_count, &frames->line_room, sizeof(*lines));
    if (!lines)
        return;
    frames->lines = lines;
    frames->lines[frames->line_count++] =
        (struct jitney_line){.offset = offset, .line = line, .inlined = inlined};
}

/* The number of `method` inlined in frame `caller`, called in this line; 0 when memory is out. */
static uint32_t inlined_frame(struct jvm_frames *frames, uint32_t caller,
                              const struct jvm_method *method, uint32_t call_line)
{
    uint64_t key = (((uint64_t)(uintptr_t)method) * UINT64_C(0xff51afd7ed558ccd)) ^
                   ((uint64_t)caller << 32 | call_line);
    struct jitney_inlined *inlined = NULL;
    uint32_t number = 0;

    key = key ? key : 1;
    for (;; key = key + 1 ? key + 1 : 1) {
        number = (uint32_t)jvm_table_number(&frames->known, key);
        if (number == 0)
            break;
        inlined = &frames->inlined[number - 1];
        if (inlined->name == method->name && inlined->caller == caller &&
            inlined->call_line == call_line)
            return number;
    }
    inlined = grow(frames->inlined, frames->inlined_count, &frames->inlined_room, sizeof(*inlined));
    if (!inlined)
        return 0;
    frames->inlined = inlined;
    number = frames->inlined_count + 1;
    if (!jvm_table_put_number(&frames->known, key, number))
        return 0;
    frames->inlined[frames->inlined_count++] =
        (struct jitney_inlined){.name = method->name,
                                .file = method->file,
                                .caller = caller,
                                .call_line = call_line,
                                .function = method->function};
    return number;
}

struct builder {
    struct jvm_frames *frames;
    struct jvm_methods *methods;
    JNIEnv *jni;
    const struct jvm_method *method;
    const struct jvm_load_event *event;
    uint32_t covered; /* how much of the code has rows */
};

/* Where a description ends, as an offset; false when it is not in the code or out of order. */
static bool end_of(const struct builder *builder, const void *pc, uint32_t *end)
{
    uint64_t start = (uint64_t)(uintptr_t)builder->event->code;
    uint64_t at = (uint64_t)(uintptr_t)pc;

    if (at <= start || at - start > (uint64_t)builder->event->bytes ||
        at - start <= builder->covered)
        return false;
    *end = (uint32_t)(at - start);
    return true;
}

static void add_stack(struct builder *builder, const PCStackInfo *info)
{
    const struct jvm_method *method = builder->method;
    uint32_t end = 0, inlined = 0, line = 0;
    jint depth = info->numstackframes;

    if (!end_of(builder, info->pc, &end) || depth <= 0 || depth > MOST_DEPTH || !info->bcis ||
        !info->methods)
        return;
    line = jvm_method_line(method, info->bcis[depth - 1]);
    for (jint i = depth - 2; i >= 0; i--) {
        uint32_t callee = 0;

        method = jvm_methods_get(builder->methods, builder->jni, info->methods[i]);
        if (method)
            callee = inlined_frame(builder->frames, inlined, method, line);
        if (!callee)
            break;
        inlined = callee;
        line = jvm_method_line(method, info->bcis[i]);
    }
    add_line(builder->frames, builder->covered, line, inlined);
    builder->covered = end;
}

static bool add_records(struct builder *builder, const jvmtiCompiledMethodLoadRecordHeader *record)
{
    bool any = false;

    for (int i = 0; record && i < 16; i++, record = record->next) {
        const jvmtiCompiledMethodLoadInlineRecord *inlining = (const void *)record;

        if (record->kind != JVMTI_CMLR_INLINE_INFO ||
            record->majorinfoversion != JVMTI_CMLR_MAJOR_VERSION_1 || !inlining->pcinfo)
            continue;
        for (jint pc = 0; pc < inlining->numpcs; pc++)
            add_stack(builder, &inlining->pcinfo[pc]);
        any = any || inlining->numpcs > 0;
    }
    return any;
}

static void add_map(struct builder *builder)
{
    const struct jvm_load_event *event = builder->event;

    for (jint i = 0; event->map && i < event->map_count; i++) {
        uint32_t end = 0;

        if (!end_of(builder, event->map[i].start_address, &end))
            continue;
        add_line(builder->frames, builder->covered,
                 jvm_method_line(builder->method, event->map[i].location), 0);
        builder->covered = end;
    }
}

void jvm_frames_build(struct jvm_frames *frames, struct jvm_methods *methods, JNIEnv *jni,
                      const struct jvm_method *method, const struct jvm_load_event *event)
{
    struct builder builder = {
        .frames = frames, .methods = methods, .jni = jni, .method = method, .event = event};

    if (!add_records(&builder, event->compile_info))
        add_map(&builder);
    /* Nothing is known of what lies behind the last description. */
    if (builder.covered > 0 && builder.covered < (uint32_t)event->bytes)
        add_line(frames, builder.covered, 0, 0);
}
