#include "analysis/report/json.h"

#include "analysis/profile/functions.h"
#include "jitney/status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* JSON is UTF-8; what a runtime wrote may be anything. Each byte that is not
 * part of a character becomes '?'. */
static json_t *text_of(const struct jt_profile *profile, uint32_t id)
{
    const char *text = jt_strings_text(&profile->strings, id);
    size_t bytes = jt_strings_bytes(&profile->strings, id);
    json_t *value = json_stringn(text, bytes);
    char *copy = NULL;

    if (value)
        return value;
    copy = jt_strndup(text, bytes);
    for (size_t i = 0; i < bytes; i++)
        if ((unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    value = json_stringn(copy, bytes);
    free(copy);
    return value;
}

static void set_count(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static json_t *tiers_of(const struct jt_profile *profile, uint32_t frame)
{
    json_t *tiers = json_object();

    for (int tier = 1; tier < JT_TIER_COUNT; tier++)
        if (profile->tiers.at[frame].self[tier] > 0)
            set_count(tiers, jt_tier_name((enum jt_tier)tier), profile->tiers.at[frame].self[tier]);
    return tiers;
}

static const char *kind_of(const struct jt_frame *frame)
{
    static const char *const kinds[] = {
        [JT_FRAME_JIT] = "jit",     [JT_FRAME_NATIVE] = "native",   [JT_FRAME_KERNEL] = "kernel",
        [JT_FRAME_NAMED] = "named", [JT_FRAME_COMMAND] = "command", [JT_FRAME_UNKNOWN] = "unknown"};

    return kinds[frame->kind];
}

static json_t *function_of(const struct jt_profile *profile, const struct jt_function *function)
{
    const struct jt_frame *frame = &profile->frames.at[function->frame];
    json_t *object = json_object();

    json_object_set_new(object, "name", text_of(profile, frame->name));
    if (frame->file)
        json_object_set_new(object, "file", text_of(profile, frame->file));
    if (frame->line)
        set_count(object, "line", frame->line);
    if (frame->module)
        json_object_set_new(object, "module", text_of(profile, frame->module));
    json_object_set_new(object, "kind", json_string(kind_of(frame)));
    if (frame->runtime)
        json_object_set_new(object, "runtime",
                            json_string(jt_runtime_name((enum jt_runtime)frame->runtime)));
    if (frame->kind == JT_FRAME_UNKNOWN)
        json_object_set_new(object, "reason",
                            json_string(jt_reason_id((enum jt_reason)frame->reason)));
    if (frame->is_inlined)
        json_object_set_new(object, "inlined", json_true());
    if (frame->tier)
        json_object_set_new(object, "tiers", tiers_of(profile, function->frame));
    set_count(object, "self", function->self);
    set_count(object, "total", function->total);
    return object;
}

static json_t *functions_of(const struct jt_profile *profile)
{
    struct jt_functions functions;
    json_t *array = json_array();

    jt_functions_make(&functions, profile, false);
    for (size_t i = 0; i < functions.list.count; i++)
        json_array_append_new(array, function_of(profile, &functions.list.at[i]));
    jt_functions_release(&functions);
    return array;
}

static json_t *unknown_of(const struct jt_profile *profile)
{
    json_t *array = json_array();
    json_t *object = NULL;

    for (int reason = 0; reason < JT_REASON_COUNT; reason++) {
        if (profile->unknown[reason].frames == 0)
            continue;
        object = json_object();
        json_object_set_new(object, "reason", json_string(jt_reason_id((enum jt_reason)reason)));
        json_object_set_new(object, "text", json_string(jt_reason_text((enum jt_reason)reason)));
        json_object_set_new(object, "remedy",
                            json_string(jt_reason_remedy((enum jt_reason)reason)));
        set_count(object, "frames", profile->unknown[reason].frames);
        set_count(object, "leaves", profile->unknown[reason].samples);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *root_of(const struct jt_profile *profile)
{
    json_t *root = json_object();
    json_t *shares = json_object();

    if (profile->command)
        json_object_set_new(root, "command", json_string(profile->command));
    if (profile->event)
        json_object_set_new(root, "event", json_string(profile->event));
    json_object_set_new(root, "unit", json_string(profile->unit));
    set_count(root, "weight", profile->weight);
    set_count(root, "samples", profile->samples);
    set_count(root, "frequency_hz", profile->frequency);
    set_count(root, "start_ns", profile->start_ns);
    set_count(root, "end_ns", profile->end_ns);
    set_count(root, "user_samples", profile->user_samples);
    set_count(root, "user_samples_named", profile->user_samples_named);
    set_count(root, "jit_samples", profile->jit_samples);
    set_count(root, "ambiguous_samples", profile->ambiguous_samples);
    set_count(root, "cut_stacks", profile->cut_stacks);
    set_count(root, "broken_chains", profile->broken_chains);
    set_count(root, "lost_samples", profile->lost_samples);
    set_count(root, "other_samples", profile->other_samples);
    set_count(root, "bad_records", profile->bad_records);
    set_count(root, "torn_bytes", profile->torn_bytes);
    set_count(root, "frames", profile->frames_total);
    for (int share = 0; share < JT_SHARE_COUNT; share++)
        set_count(shares, jt_share_name((enum jt_share)share), profile->shares[share]);
    json_object_set_new(root, "shares", shares);
    json_object_set_new(root, "unknown", unknown_of(profile));
    json_object_set_new(root, "functions", functions_of(profile));
    return root;
}

/* The activity's text goes in as it is: it counts further than jansson's integers do. */
int jt_json_write(FILE *stream, const struct jt_profile *profile, const char *activity)
{
    json_t *root = root_of(profile);
    char *members = json_dumps(root, JSON_INDENT(1) | JSON_EMBED);

    json_decref(root);
    if (!members)
        return JITNEY_ERR_IO;
    for (size_t bytes = strlen(members); bytes > 0 && members[bytes - 1] == '\n'; bytes--)
        members[bytes - 1] = '\0';
    fprintf(stream, "{%s", members);
    if (activity)
        fprintf(stream, ",\n \"activity\": %s}\n", activity);
    else
        fputs("\n}\n", stream);
    free(members);
    return ferror(stream) ? JITNEY_ERR_IO : JITNEY_OK;
}
