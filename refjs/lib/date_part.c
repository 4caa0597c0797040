/* The parts of a date, in UTC and in local time; and dates read from text. */
#include "lib/date.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool this_time(struct rj_vm *vm, rj_value this_value, bool local, double *time)
{
    if (!rj_is_kind(this_value, RJ_DATE)) {
        rj_throw_error(vm, RJ_ERROR_TYPE, "this is not a Date object.");
        return false;
    }
    *time = rj_as_number(((struct rj_boxed *)rj_as_cell(this_value))->boxed);
    if (local && !isnan(*time))
        *time += rj_date_offset(*time, NULL);
    return true;
}

/* Each part twice: getNAME() and getUTCNAME(). */
#define PART_LIST(ROW)                                                                             \
    ROW(FullYear, year)                                                                            \
    ROW(Month, month)                                                                              \
    ROW(Date, day)                                                                                 \
    ROW(Day, weekday)                                                                              \
    ROW(Hours, hour)                                                                               \
    ROW(Minutes, minute)                                                                           \
    ROW(Seconds, second)                                                                           \
    ROW(Milliseconds, millisecond)

#define GETTER(function, part, local)                                                              \
    RJ_BUILTIN(function)                                                                           \
    {                                                                                              \
        double time;                                                                               \
                                                                                                   \
        if (!this_time(vm, this_value, local, &time))                                              \
            return RJ_THROWN;                                                                      \
        return isnan(time) ? rj_double(NAN) : rj_number(rj_date_split(time).part);                 \
    }
#define GETTERS(name, part)                                                                        \
    GETTER(get_##name, part, true)                                                                 \
    GETTER(get_utc_##name, part, false)
PART_LIST(GETTERS)

RJ_BUILTIN(get_offset)
{
    double time;

    if (!this_time(vm, this_value, false, &time))
        return RJ_THROWN;
    return isnan(time) ? rj_double(NAN) : rj_number(-rj_date_offset(time, NULL) / 60000 + 0);
}

/* The setters take a run of parts that begins with their own; where it begins and how long it may
 * be. */
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, MILLISECOND, PARTS };

static void to_array(double time, double parts[PARTS])
{
    struct rj_date_parts split = rj_date_split(isnan(time) ? 0 : time);

    parts[YEAR] = split.year;
    parts[MONTH] = split.month;
    parts[DAY] = split.day;
    parts[HOUR] = split.hour;
    parts[MINUTE] = split.minute;
    parts[SECOND] = split.second;
    parts[MILLISECOND] = split.millisecond;
}

struct setting {
    int first;
    int most;
    bool local;
};

static rj_value set_parts(struct rj_vm *vm, rj_value this_value, uint32_t argc,
                          const rj_value *args, struct setting setting)
{
    double parts[PARTS];
    double time;
    bool valid;

    if (!this_time(vm, this_value, setting.local, &time))
        return RJ_THROWN;
    to_array(time, parts);
    valid = argc > 0 && (!isnan(time) || setting.first == YEAR);
    for (int i = 0; i < (int)argc && i < setting.most; i++) {
        rj_value number = rj_to_number(vm, args[i]);

        if (number == RJ_THROWN)
            return RJ_THROWN;
        parts[setting.first + i] = trunc(rj_as_number(number));
        valid = valid && fabs(parts[setting.first + i]) < RJ_TIME_LIMIT;
    }
    time = NAN;
    if (valid && fabs(parts[YEAR]) < 400000 && fabs(parts[MONTH]) < 4e6)
        time = (rj_date_days(parts[YEAR], parts[MONTH]) + parts[DAY] - 1) * RJ_DAY_MS +
               parts[HOUR] * 3600000 + parts[MINUTE] * 60000 + parts[SECOND] * 1000 +
               parts[MILLISECOND];
    if (setting.local && !isnan(time))
        time = rj_date_from_local(time);
    if (!(fabs(time) <= RJ_TIME_LIMIT))
        time = NAN;
    ((struct rj_boxed *)rj_as_cell(this_value))->boxed = rj_double(time);
    return rj_number(time);
}

#define SETTER_LIST(ROW)                                                                           \
    ROW(FullYear, YEAR, 3)                                                                         \
    ROW(Month, MONTH, 2)                                                                           \
    ROW(Date, DAY, 1)                                                                              \
    ROW(Hours, HOUR, 4)                                                                            \
    ROW(Minutes, MINUTE, 3)                                                                        \
    ROW(Seconds, SECOND, 2)                                                                        \
    ROW(Milliseconds, MILLISECOND, 1)

#define SETTERS(name, first, most)                                                                 \
    RJ_BUILTIN(set_##name)                                                                         \
    {                                                                                              \
        return set_parts(vm, this_value, argc, args, (struct setting){first, most, true});         \
    }                                                                                              \
    RJ_BUILTIN(set_utc_##name)                                                                     \
    {                                                                                              \
        return set_parts(vm, this_value, argc, args, (struct setting){first, most, false});        \
    }
SETTER_LIST(SETTERS)

const struct rj_builtin rj_date_getters[] = {
#define GETTER_ROWS(name, part)                                                                    \
    {"get" #name, get_##name, 0, 0}, {"getUTC" #name, get_utc_##name, 0, 0},
    PART_LIST(GETTER_ROWS)
#define SETTER_ROWS(name, first, most)                                                             \
    {"set" #name, set_##name, most, 0}, {"setUTC" #name, set_utc_##name, most, 0},
        SETTER_LIST(SETTER_ROWS){"getTimezoneOffset", get_offset, 0, 0},
    {0},
};

/* ---- reading ---- */

/* Exactly `count` digits; -1 if there are not. */
static int digits(const char **text, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return -1;
        value = value * 10 + **text - '0';
    }
    return value;
}

static bool take(const char **text, char wanted)
{
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

/* HH:MM, with :SS and .mmm if they are there; milliseconds, or -1. */
static double clock_part(const char **text)
{
    int hour = digits(text, 2);
    int minute = take(text, ':') ? digits(text, 2) : -1;
    int second = 0;
    double fraction = 0;
    double weight = 100;

    if (hour < 0 || hour > 24 || minute < 0 || minute > 59)
        return -1;
    if (take(text, ':')) {
        second = digits(text, 2);
        if (second < 0 || second > 59)
            return -1;
        if (take(text, '.')) {
            if (!isdigit((unsigned char)**text))
                return -1;
            for (; isdigit((unsigned char)**text); (*text)++, weight /= 10)
                fraction += (**text - '0') * weight;
        }
    }
    if (hour == 24 && (minute || second || fraction > 0))
        return -1;
    return hour * 3600000.0 + minute * 60000.0 + second * 1000.0 + floor(fraction);
}

/* Z, or +HH:MM (colon or not); false for something else. */
static bool zone_part(const char **text, double *offset)
{
    bool negative = **text == '-';
    int hour;
    int minute;

    *offset = 0;
    if (take(text, 'Z'))
        return true;
    if (!take(text, '+') && !take(text, '-'))
        return false;
    hour = digits(text, 2);
    take(text, ':');
    minute = digits(text, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    *offset = (negative ? -1 : 1) * (hour * 3600000.0 + minute * 60000.0);
    return true;
}

static double parse_iso(const char *text)
{
    double sign = *text == '-' ? -1 : 1;
    bool extended = *text == '-' || *text == '+';
    int month = 1;
    int day = 1;
    int year;
    double clock = 0;
    double offset = 0;
    double time;
    bool local = false;

    text += extended;
    year = digits(&text, extended ? 6 : 4);
    if (year < 0)
        return NAN;
    if (take(&text, '-')) {
        month = digits(&text, 2);
        if (take(&text, '-'))
            day = digits(&text, 2);
    }
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return NAN;
    if (*text == 'T' || *text == ' ') {
        text++;
        clock = clock_part(&text);
        local = *text == '\0';
        if (clock < 0 || (!local && !zone_part(&text, &offset)))
            return NAN;
    }
    if (*text)
        return NAN;
    time = (rj_date_days(sign * year, month - 1) + day - 1) * RJ_DAY_MS + clock - offset;
    return local ? rj_date_from_local(time) : time;
}

/* "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)" and "Thu, 01 Jan 1970 00:00:00 GMT". */
static double parse_words(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month[4] = "";
    char zone[8] = "";
    const char *place;
    const char *zone_text = zone;
    int day;
    int year;
    int hour = 0;
    int minute = 0;
    int second = 0;
    double offset = 0;
    bool local;
    double time;

    if (sscanf(text, "%*3[A-Za-z]%*[, ]%3[A-Za-z] %2d %6d %2d:%2d:%2d GMT%5s", month, &day, &year,
               &hour, &minute, &second, zone) < 3 &&
        sscanf(text, "%*3[A-Za-z]%*[, ]%2d %3[A-Za-z] %6d %2d:%2d:%2d GMT%5s", &day, month, &year,
               &hour, &minute, &second, zone) < 3 &&
        sscanf(text, "%3[A-Za-z] %2d, %6d %2d:%2d:%2d GMT%5s", month, &day, &year, &hour, &minute,
               &second, zone) < 3)
        return NAN;
    place = strstr(names, month);
    if (!place || (place - names) % 3 || strlen(month) != 3 || hour > 24 || minute > 59 ||
        second > 59 || day < 1 || day > 31)
        return NAN;
    local = !strstr(text, "GMT");
    if (*zone && !zone_part(&zone_text, &offset))
        return NAN;
    time = (rj_date_days(year, (double)((place - names) / 3)) + day - 1) * RJ_DAY_MS +
           hour * 3600000.0 + minute * 60000.0 + second * 1000.0 - offset;
    return local ? rj_date_from_local(time) : time;
}

/* Numbers alone, in local time: year, month, day or month/day/year. */
static double parse_numbers(const char *text)
{
    int parts[6] = {0};
    int end = 0;
    double time;

    if (sscanf(text, "%4d%*1[-/]%2d%*1[-/]%2d%n", &parts[0], &parts[1], &parts[2], &end) < 3 &&
        sscanf(text, "%2d/%2d/%4d%n", &parts[1], &parts[2], &parts[0], &end) < 3)
        return NAN;
    sscanf(text + end, " %2d:%2d%n", &parts[3], &parts[4], &end);
    sscanf(text, "%*[^:]:%*2d:%2d", &parts[5]);
    if (strchr(text, 'T') || parts[0] < 1000 || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 ||
        parts[2] > 31 || parts[3] > 24 || parts[4] > 59 || parts[5] > 59)
        return NAN;
    time = (rj_date_days(parts[0], parts[1] - 1) + parts[2] - 1) * RJ_DAY_MS +
           parts[3] * 3600000.0 + parts[4] * 60000.0 + parts[5] * 1000.0;
    return rj_date_from_local(time);
}

double rj_date_parse(const char *text)
{
    double time = parse_iso(text);

    if (isnan(time))
        time = parse_words(text);
    return isnan(time) ? parse_numbers(text) : time;
}
