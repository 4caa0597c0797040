#include "analysis/symbol/kinds.h"

struct reason_row {
    const char *id;
    const char *text;
    const char *remedy;
};

struct tier_row {
    const char *name;
    const char *mark;
};

#define RUNTIME_ROW(id, name) [id] = (name),
#define TIER_ROW(id, name, mark) [id] = {name, mark},
#define REASON_ROW(id, name, text, remedy) [id] = {name, text, remedy},

static const char *const runtime_names[] = {JT_RUNTIME_LIST(RUNTIME_ROW)};
static const struct tier_row tiers[] = {JT_TIER_LIST(TIER_ROW)};
static const struct reason_row reasons[] = {JT_REASON_LIST(REASON_ROW)};

const char *jt_runtime_name(enum jt_runtime runtime)
{
    return runtime_names[runtime];
}

const char *jt_tier_name(enum jt_tier tier)
{
    return tiers[tier].name;
}

const char *jt_tier_mark(enum jt_tier tier)
{
    return tiers[tier].mark;
}

const char *jt_reason_id(enum jt_reason reason)
{
    return reasons[reason].id;
}

const char *jt_reason_text(enum jt_reason reason)
{
    return reasons[reason].text;
}

const char *jt_reason_remedy(enum jt_reason reason)
{
    return reasons[reason].remedy;
}
