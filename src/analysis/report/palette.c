#include "analysis/report/palette.h"

#include "analysis/symbol/native.h"

#define CATEGORY_ROW(id, name, label, light, dark) [id] = {name, label, light, dark},
static const struct jt_category_row categories[] = {JT_CATEGORY_LIST(CATEGORY_ROW)};

const struct jt_category_row *jt_category_row(enum jt_category category)
{
    return &categories[category];
}

static enum jt_category of_tier(enum jt_tier tier, enum jt_category otherwise)
{
    switch (tier) {
    case JT_TIER_INTERPRETED:
        return JT_CATEGORY_INTERPRETED;
    case JT_TIER_BASELINE:
        return JT_CATEGORY_BASELINE;
    case JT_TIER_MID:
        return JT_CATEGORY_MID;
    case JT_TIER_OPTIMIZED:
        return JT_CATEGORY_OPTIMIZED;
    case JT_TIER_STUB:
        return JT_CATEGORY_STUB;
    case JT_TIER_UNKNOWN:
        return JT_CATEGORY_JIT;
    default:
        return otherwise;
    }
}

static enum jt_category of_native(const struct jt_frame *frame)
{
    switch (frame->role) {
    case JT_ROLE_GC:
        return JT_CATEGORY_GC;
    case JT_ROLE_COMPILER:
        return JT_CATEGORY_COMPILER;
    case JT_ROLE_INTERPRETER:
        return JT_CATEGORY_INTERPRETED;
    case JT_ROLE_STUB:
        return JT_CATEGORY_STUB;
    default:
        return frame->runtime == JT_RUNTIME_NONE ? JT_CATEGORY_NATIVE : JT_CATEGORY_RUNTIME;
    }
}

enum jt_category jt_category_of(const struct jt_frame *frame)
{
    switch (frame->kind) {
    case JT_FRAME_JIT:
        return of_tier(frame->tier, JT_CATEGORY_JIT);
    case JT_FRAME_NATIVE:
        return of_tier(frame->tier, of_native(frame));
    case JT_FRAME_KERNEL:
        return JT_CATEGORY_KERNEL;
    case JT_FRAME_COMMAND:
        return JT_CATEGORY_COMMAND;
    case JT_FRAME_UNKNOWN:
        return JT_CATEGORY_UNKNOWN;
    default:
        return of_tier(frame->tier, JT_CATEGORY_NAMED);
    }
}

static uint32_t mix(uint32_t from, uint32_t to, unsigned part, unsigned parts)
{
    uint32_t colour = 0;

    for (unsigned shift = 0; shift <= 16; shift += 8) {
        uint32_t a = from >> shift & 0xff;
        uint32_t b = to >> shift & 0xff;

        colour |= (a * (parts - part) + b * part) / parts << shift;
    }
    return colour;
}

uint32_t jt_diff_colour(unsigned shade, bool is_dark)
{
    const unsigned middle = JT_DIFF_SHADES / 2;
    uint32_t same = is_dark ? 0x4a4d52 : 0xe7e5e1;
    uint32_t less = is_dark ? 0x1f6fc4 : 0x6aaef0;
    uint32_t more = is_dark ? 0xc03b34 : 0xf28b7d;

    if (shade <= middle)
        return mix(less, same, shade, middle);
    return mix(same, more, shade - middle, middle);
}

unsigned jt_diff_shade(uint64_t before, uint64_t before_all, uint64_t after, uint64_t after_all)
{
    const int middle = JT_DIFF_SHADES / 2;
    double a = before_all ? (double)before / (double)before_all : 0;
    double b = after_all ? (double)after / (double)after_all : 0;
    double most = a > b ? a : b;
    double step = most > 0 ? (b - a) / most * middle : 0;

    return (unsigned)(middle + (int)(step < 0 ? step - 0.5 : step + 0.5));
}

void jt_category_weigh(const struct jt_profile *profile, uint32_t frame,
                       uint64_t weights[JT_CATEGORY_COUNT])
{
    struct jt_frame as = profile->frames.at[frame];

    for (size_t tier = 0; tier < JT_TIER_COUNT; tier++) {
        uint64_t self = profile->tiers.at[frame].self[tier];

        as.tier = (uint8_t)tier;
        if (self > 0)
            weights[jt_category_of(&as)] += self;
    }
}
