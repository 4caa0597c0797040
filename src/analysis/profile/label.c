#include "analysis/profile/label.h"

#include <string.h>

/* A newline or an escape sequence in a name must not change what is printed
 * around it. */
static void append_clean(struct jt_buf *out, const char *text, size_t bytes)
{
    size_t start = out->length;

    jt_buf_append(out, text, bytes);
    for (size_t i = start; i < out->length; i++)
        if (out->bytes[i] < 0x20 || out->bytes[i] == 0x7f)
            out->bytes[i] = ' ';
}

static void append_string(struct jt_buf *out, const struct jt_profile *profile, uint32_t id)
{
    append_clean(out, jt_strings_text(&profile->strings, id),
                 jt_strings_bytes(&profile->strings, id));
}

static void append_unknown(struct jt_buf *out, const struct jt_profile *profile,
                           const struct jt_frame *frame)
{
    const char *module = jt_strings_text(&profile->strings, frame->module);

    if (!frame->module)
        jt_buf_append_text(out, "[unknown]");
    else if (module[0] == '[')
        append_string(out, profile, frame->module);
    else {
        jt_buf_append(out, "[", 1);
        append_string(out, profile, frame->module);
        jt_buf_append(out, "]", 1);
    }
}

static void append_place(struct jt_buf *out, const struct jt_profile *profile,
                         const struct jt_frame *frame)
{
    const char *file = jt_strings_text(&profile->strings, frame->file);
    const char *slash = strrchr(file, '/');
    const char *base = slash && slash[1] ? slash + 1 : file;

    jt_buf_append(out, " ", 1);
    append_clean(out, base, strlen(base));
    if (frame->line)
        jt_buf_printf(out, ":%u", frame->line);
}

static const char *annotation(const struct jt_frame *frame)
{
    if (frame->is_inlined)
        return "_[i]";
    if (frame->kind == JT_FRAME_KERNEL)
        return "_[k]";
    if (frame->kind == JT_FRAME_JIT)
        return jt_tier_mark(frame->tier ? frame->tier : JT_TIER_UNKNOWN);
    return "";
}

void jt_label_append(struct jt_buf *out, const struct jt_profile *profile, uint32_t id,
                     unsigned flags)
{
    const struct jt_frame *frame = &profile->frames.at[id];

    if (frame->kind == JT_FRAME_UNKNOWN)
        append_unknown(out, profile, frame);
    else
        append_string(out, profile, frame->name);
    if ((flags & JT_LABEL_PLACE) && frame->kind == JT_FRAME_JIT && frame->file)
        append_place(out, profile, frame);
    if ((flags & JT_LABEL_TIER) && frame->kind == JT_FRAME_JIT && frame->tier)
        jt_buf_printf(out, " (%s)", jt_tier_name(frame->tier));
    if (flags & JT_LABEL_ANNOTATE)
        jt_buf_append_text(out, annotation(frame));
}
