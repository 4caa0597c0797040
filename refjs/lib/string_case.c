/* Upper and lower case, and the order of strings for people.
 *
 * localeCompare() knows the order of ASCII as the root locale has it, and the letters of Latin-1 by
 * their base letters; the rest goes by code units. normalize() leaves strings as they are. */
#include "lib/builtin.h"
#include "lib/units.h"

struct range { /* each step'th code point from first to last is mapped by adding */
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t added;
};

struct expansion {
    uint32_t from;
    uint16_t to[3];
};

#include "lib/case_data.h"

struct case_table {
    const struct range *ranges;
    const struct expansion *expansions;
    size_t range_count;
    size_t expansion_count;
    char first; /* of ASCII */
    char last;
};

static const struct case_table upper = {upper_ranges,
                                        upper_expansions,
                                        sizeof(upper_ranges) / sizeof(*upper_ranges),
                                        sizeof(upper_expansions) / sizeof(*upper_expansions),
                                        'a',
                                        'z'};
static const struct case_table lower = {lower_ranges,
                                        lower_expansions,
                                        sizeof(lower_ranges) / sizeof(*lower_ranges),
                                        sizeof(lower_expansions) / sizeof(*lower_expansions),
                                        'A',
                                        'Z'};

static uint32_t map_simply(const struct case_table *table, uint32_t point)
{
    for (size_t i = 0; i < table->range_count && table->ranges[i].first <= point; i++) {
        const struct range *range = &table->ranges[i];

        if (point <= range->last && (point - range->first) % range->step == 0)
            return (uint32_t)((int32_t)point + range->added);
    }
    return point;
}

static void map_point(struct rj_units *units, const struct case_table *table, uint32_t point)
{
    for (size_t i = 0; i < table->expansion_count; i++) {
        const struct expansion *expansion = &table->expansions[i];

        if (expansion->from != point)
            continue;
        for (size_t j = 0; j < 3 && expansion->to[j]; j++)
            rj_units_put(units, expansion->to[j]);
        return;
    }
    rj_units_code_point(units, map_simply(table, point));
}

static bool has_case(uint32_t point)
{
    if (point < 0x80)
        return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
    return map_simply(&upper, point) != point || map_simply(&lower, point) != point;
}

/* A capital sigma at the end of a word has a small form of its own. */
static bool is_final_sigma(const struct rj_string *string, uint32_t at)
{
    return rj_string_at(string, at) == 0x3a3 && at > 0 && has_case(rj_string_at(string, at - 1)) &&
           (at + 1 == string->length || !has_case(rj_string_at(string, at + 1)));
}

static uint32_t point_at(const struct rj_string *string, uint32_t at)
{
    uint32_t high = rj_string_at(string, at);
    uint32_t low = at + 1 < string->length ? rj_string_at(string, at + 1) : 0;

    if ((high & 0xfc00) != 0xd800 || (low & 0xfc00) != 0xdc00)
        return high;
    return 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
}

static bool is_unchanged(const struct rj_string *string, const struct case_table *table)
{
    for (uint32_t i = 0; i < string->length; i++) {
        uint16_t unit = rj_string_at(string, i);

        if (unit >= 0x80 || (unit >= table->first && unit <= table->last))
            return false;
    }
    return true;
}

static rj_value change_case(struct rj_vm *vm, struct rj_string *string,
                            const struct case_table *table)
{
    struct rj_units units;

    if (!string)
        return RJ_THROWN;
    if (is_unchanged(string, table))
        return rj_cell_value(string);
    rj_units_init(&units, vm);
    for (uint32_t i = 0; i < string->length; i++) {
        uint32_t point = point_at(string, i);

        if (point < 0x80)
            rj_units_put(
                &units,
                point ^
                    (point >= (uint8_t)table->first && point <= (uint8_t)table->last ? 0x20u : 0u));
        else if (table == &lower && is_final_sigma(string, i))
            rj_units_put(&units, 0x3c2);
        else
            map_point(&units, table, point);
        i += point > 0xffff;
    }
    return rj_result(rj_units_finish(&units));
}

RJ_BUILTIN(to_upper_case)
{
    return change_case(vm, rj_this_string(vm, this_value, "toUpperCase"), &upper);
}

RJ_BUILTIN(to_lower_case)
{
    return change_case(vm, rj_this_string(vm, this_value, "toLowerCase"), &lower);
}

/* ---- the order of strings ---- */

static const char ascii_order[] = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
                                  "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ";
static const char latin1_bases[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTs"
                                   "aaaaaaaceeeeiiiidnooooo/ouuuuyty"; /* from U+00C0 on */

/* Where the unit stands, small and capital letters together. */
static uint32_t primary(uint16_t unit)
{
    const char *place;

    if (unit >= 0xc0 && unit < 0x100)
        unit = (uint8_t)latin1_bases[unit - 0xc0];
    if (unit >= 0x80)
        return 0x100u + unit;
    if (unit >= 'A' && unit <= 'Z')
        unit |= 0x20;
    place = unit ? strchr(ascii_order, unit) : NULL;
    return place ? (uint32_t)(place - ascii_order) + 1 : 0;
}

static bool is_capital(uint16_t unit)
{
    return unit < 0x100 && map_simply(&lower, unit) != unit;
}

static int compare_units(const struct rj_string *left, const struct rj_string *right, int level)
{
    uint32_t length = left->length < right->length ? left->length : right->length;

    for (uint32_t i = 0; i < length; i++) {
        uint16_t a = rj_string_at(left, i);
        uint16_t b = rj_string_at(right, i);
        bool same_letter = (a | 0x20) == (b | 0x20);

        if (a == b)
            continue;
        if (level == 0 && primary(a) != primary(b))
            return primary(a) < primary(b) ? -1 : 1;
        if (level == 1 && !same_letter) /* accents */
            return (a | 0x20) < (b | 0x20) ? -1 : 1;
        if (level == 2 && (a < 0x80 ? a >= 'A' && a <= 'Z' : is_capital(a)) !=
                              (b < 0x80 ? b >= 'A' && b <= 'Z' : is_capital(b)))
            return is_capital(b) || (b >= 'A' && b <= 'Z') ? -1 : 1;
    }
    if (left->length == right->length)
        return 0;
    return left->length < right->length ? -1 : 1;
}

RJ_BUILTIN(locale_compare)
{
    struct rj_string *left = rj_this_string(vm, this_value, "localeCompare");
    struct rj_string *right = left ? rj_to_flat(vm, RJ_ARG(0)) : NULL;
    int order = 0;

    if (!right)
        return RJ_THROWN;
    for (int level = 0; level < 3 && !order; level++)
        order = compare_units(left, right, level);
    return rj_int(order);
}

RJ_BUILTIN(string_normalize)
{
    return rj_result(rj_this_string(vm, this_value, "normalize"));
}

const struct rj_builtin rj_string_cases[] = {
    {"toUpperCase", to_upper_case, 0, 0},
    {"toLowerCase", to_lower_case, 0, 0},
    {"toLocaleUpperCase", to_upper_case, 0, 0},
    {"toLocaleLowerCase", to_lower_case, 0, 0},
    {"localeCompare", locale_compare, 1, 0},
    {"normalize", string_normalize, 0, 0},
    {0},
};
