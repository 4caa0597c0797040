/* Date: making, reading, and as text. */
#include "lib/date.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char day_names[] = "SunMonTueWedThuFriSat";
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

enum { NAME = 3, TEXT_BYTES = 128 };

static double clip(double time)
{
    return fabs(time) <= RJ_TIME_LIMIT ? trunc(time) + 0 : NAN;
}

double rj_date_days(double year, double month)
{
    double y = year + floor(month / 12);
    int m = (int)(month - floor(month / 12) * 12);
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool leap = (fmod(y, 4) == 0 && fmod(y, 100) != 0) || fmod(y, 400) == 0;
    double past = y - 1;

    return 365 * (y - 1970) + floor(past / 4) - floor(past / 100) + floor(past / 400) - 477 +
           before[m] + (leap && m > 1);
}

struct rj_date_parts rj_date_split(double time)
{
    struct rj_date_parts parts = {0};
    double days = floor(time / RJ_DAY_MS);
    int within = (int)(time - days * RJ_DAY_MS);

    parts.year = floor(days / 365.2425) + 1970;
    while (rj_date_days(parts.year, 0) > days)
        parts.year--;
    while (rj_date_days(parts.year + 1, 0) <= days)
        parts.year++;
    while (parts.month < 11 && rj_date_days(parts.year, parts.month + 1) <= days)
        parts.month++;
    parts.day = (int)(days - rj_date_days(parts.year, parts.month)) + 1;
    parts.hour = within / 3600000;
    parts.minute = within / 60000 % 60;
    parts.second = within / 1000 % 60;
    parts.millisecond = within % 1000;
    parts.weekday = (int)(days + 4 - floor((days + 4) / 7) * 7);
    return parts;
}

double rj_date_offset(double time, const char **name)
{
    time_t seconds = (time_t)floor(time / 1000);
    struct tm local;

    if (name)
        *name = "UTC";
    if (!localtime_r(&seconds, &local))
        return 0;
    if (name)
        *name = local.tm_zone;
    return (double)local.tm_gmtoff * 1000;
}

double rj_date_from_local(double local)
{
    double guess = local - rj_date_offset(local, NULL);

    return local - rj_date_offset(guess, NULL);
}

void rj_date_iso(double time, char *text)
{
    struct rj_date_parts parts = rj_date_split(time);
    char year[16];

    if (parts.year >= 0 && parts.year <= 9999)
        snprintf(year, sizeof(year), "%04d", (int)parts.year);
    else
        snprintf(year, sizeof(year), "%c%06d", parts.year < 0 ? '-' : '+', abs((int)parts.year));
    snprintf(text, 32, "%.7s-%02u-%02uT%02u:%02u:%02u.%03uZ", year,
             (unsigned)(parts.month + 1) % 100, (unsigned)parts.day % 100,
             (unsigned)parts.hour % 100, (unsigned)parts.minute % 100, (unsigned)parts.second % 100,
             (unsigned)parts.millisecond % 1000);
}

static struct rj_boxed *this_date(struct rj_vm *vm, rj_value this_value)
{
    if (rj_is_kind(this_value, RJ_DATE))
        return (struct rj_boxed *)(void *)rj_as_cell(this_value);
    rj_throw_error(vm, RJ_ERROR_TYPE, "this is not a Date object.");
    return NULL;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec * 1000 + (double)(time.tv_nsec / 1000000);
}

/* The moment of year, month, day, hour and so on, given as arguments; in local time or not. */
static bool from_parts(struct rj_vm *vm, uint32_t argc, const rj_value *args, double *time)
{
    double parts[7] = {NAN, 0, 1, 0, 0, 0, 0};
    bool valid = true;

    for (uint32_t i = 0; i < argc && i < 7; i++) {
        rj_value number = rj_to_number(vm, args[i]);

        if (number == RJ_THROWN)
            return false;
        parts[i] = trunc(rj_as_number(number));
        valid = valid && fabs(parts[i]) < RJ_TIME_LIMIT;
    }
    *time = NAN;
    if (!valid || isnan(parts[0]) || fabs(parts[0]) > 400000 || fabs(parts[1]) > 4e6)
        return true;
    if (parts[0] >= 0 && parts[0] <= 99)
        parts[0] += 1900;
    *time = (rj_date_days(parts[0], parts[1]) + parts[2] - 1) * RJ_DAY_MS + parts[3] * 3600000 +
            parts[4] * 60000 + parts[5] * 1000 + parts[6];
    return true;
}

static bool from_value(struct rj_vm *vm, rj_value value, double *time)
{
    struct rj_string *string;
    const char *text;

    if (rj_is_kind(value, RJ_DATE))
        value = ((struct rj_boxed *)rj_as_cell(value))->boxed;
    value = rj_to_primitive(vm, value, RJ_HINT_DEFAULT);
    if (value == RJ_THROWN)
        return false;
    if (rj_is_string(value)) {
        string = rj_as_string(value);
        text = rj_string_text(vm, string, NULL);
        *time = text ? rj_date_parse(text) : NAN;
        return text != NULL;
    }
    value = rj_to_number(vm, value);
    *time = value == RJ_THROWN ? NAN : rj_as_number(value);
    return value != RJ_THROWN;
}

static rj_value to_text(struct rj_vm *vm, double time);

RJ_BUILTIN(date_construct)
{
    struct rj_shape *shape = rj_as_object(callee->bound)->shape;
    struct rj_boxed *date;
    double time = now();

    if (new_target == RJ_UNDEFINED)
        return to_text(vm, time);
    if (argc == 1 && !from_value(vm, args[0], &time))
        return RJ_THROWN;
    if (argc > 1) {
        if (!from_parts(vm, argc, args, &time))
            return RJ_THROWN;
        time = isnan(time) ? time : rj_date_from_local(time);
    }
    date = (struct rj_boxed *)rj_new_for(vm, new_target, shape, sizeof(*date));
    if (date)
        date->boxed = rj_double(clip(time));
    return rj_result(date);
}

RJ_BUILTIN(date_now)
{
    return rj_number(now());
}

RJ_BUILTIN(date_parse)
{
    struct rj_string *string = rj_to_string(vm, RJ_ARG(0));
    const char *text = string ? rj_string_text(vm, string, NULL) : NULL;

    return text ? rj_number(clip(rj_date_parse(text))) : RJ_THROWN;
}

RJ_BUILTIN(date_utc)
{
    double time;

    return from_parts(vm, argc, args, &time) ? rj_number(clip(time)) : RJ_THROWN;
}

RJ_BUILTIN(date_set_time)
{
    struct rj_boxed *date = this_date(vm, this_value);
    rj_value number = date ? rj_to_number(vm, RJ_ARG(0)) : RJ_THROWN;

    if (number == RJ_THROWN)
        return RJ_THROWN;
    date->boxed = rj_double(clip(rj_as_number(number)));
    return date->boxed;
}

RJ_BUILTIN(date_get_time)
{
    struct rj_boxed *date = this_date(vm, this_value);

    return date ? rj_number(rj_as_number(date->boxed)) : RJ_THROWN;
}

RJ_BUILTIN(date_to_iso)
{
    struct rj_boxed *date = this_date(vm, this_value);
    char text[32];

    if (!date)
        return RJ_THROWN;
    if (isnan(rj_as_number(date->boxed)))
        return rj_throw_error(vm, RJ_ERROR_RANGE, "Invalid time value");
    rj_date_iso(rj_as_number(date->boxed), text);
    return rj_result(rj_string_utf8(vm, text, strlen(text)));
}

RJ_BUILTIN(date_to_json)
{
    struct rj_boxed *date = this_date(vm, this_value);

    if (date && isnan(rj_as_number(date->boxed)))
        return RJ_NULL;
    return date_to_iso(vm, callee, this_value, 0, NULL, RJ_UNDEFINED);
}

/* ---- text ---- */

enum { WITH_DATE = 1, WITH_TIME = 2 };

/* "Thu Jan 01 1970" and "00:00:00 GMT+0000 (UTC)". */
static rj_value format(struct rj_vm *vm, double time, int what)
{
    struct rj_date_parts parts;
    const char *zone;
    char text[TEXT_BYTES];
    int minutes;
    int length = 0;

    if (isnan(time))
        return rj_result(rj_atom_text(vm, "Invalid Date"));
    minutes = (int)(rj_date_offset(time, &zone) / 60000);
    parts = rj_date_split(time + minutes * 60000.0);
    if (what & WITH_DATE)
        length = snprintf(text, sizeof(text), "%.3s %.3s %02d %s%04d",
                          day_names + NAME * parts.weekday, month_names + NAME * parts.month,
                          parts.day, parts.year < 0 ? "-" : "", abs((int)parts.year));
    if (what & WITH_TIME)
        snprintf(text + length, sizeof(text) - (size_t)length,
                 "%s%02d:%02d:%02d GMT%c%02d%02d (%.40s)", length ? " " : "", parts.hour,
                 parts.minute, parts.second, minutes < 0 ? '-' : '+', abs(minutes) / 60,
                 abs(minutes) % 60, strcmp(zone, "UTC") == 0 ? "Coordinated Universal Time" : zone);
    return rj_result(rj_string_utf8(vm, text, strlen(text)));
}

static rj_value to_text(struct rj_vm *vm, double time)
{
    return format(vm, time, WITH_DATE | WITH_TIME);
}

static rj_value this_format(struct rj_vm *vm, rj_value this_value, int what)
{
    struct rj_boxed *date = this_date(vm, this_value);

    return date ? format(vm, rj_as_number(date->boxed), what) : RJ_THROWN;
}

RJ_BUILTIN(date_to_string)
{
    return this_format(vm, this_value, WITH_DATE | WITH_TIME);
}

RJ_BUILTIN(date_to_date_string)
{
    return this_format(vm, this_value, WITH_DATE);
}

RJ_BUILTIN(date_to_time_string)
{
    return this_format(vm, this_value, WITH_TIME);
}

RJ_BUILTIN(date_to_utc_string)
{
    struct rj_boxed *date = this_date(vm, this_value);
    struct rj_date_parts parts;

    if (!date)
        return RJ_THROWN;
    if (isnan(rj_as_number(date->boxed)))
        return rj_result(rj_atom_text(vm, "Invalid Date"));
    parts = rj_date_split(rj_as_number(date->boxed));
    return rj_result(rj_string_format(
        vm, "%.3s, %02d %.3s %s%04d %02d:%02d:%02d GMT", day_names + NAME * parts.weekday,
        parts.day, month_names + NAME * parts.month, parts.year < 0 ? "-" : "",
        abs((int)parts.year), parts.hour, parts.minute, parts.second));
}

static const struct rj_builtin constructor = {"Date", date_construct, 7, 0};

static const struct rj_builtin statics[] = {
    {"now", date_now, 0, 0},
    {"parse", date_parse, 1, 0},
    {"UTC", date_utc, 7, 0},
    {0},
};

static const struct rj_builtin methods[] = {
    {"getTime", date_get_time, 0, 0},
    {"valueOf", date_get_time, 0, 0},
    {"setTime", date_set_time, 1, 0},
    {"toISOString", date_to_iso, 0, 0},
    {"toJSON", date_to_json, 1, 0},
    {"toString", date_to_string, 0, 0},
    {"toDateString", date_to_date_string, 0, 0},
    {"toTimeString", date_to_time_string, 0, 0},
    {"toUTCString", date_to_utc_string, 0, 0},
    {0},
};

bool rj_init_date(struct rj_vm *vm)
{
    struct rj_object *prototype = vm->realm.date_prototype;
    struct rj_function *function = rj_define_constructor(vm, &constructor, prototype);
    struct rj_shape *shape = function ? rj_shape_first(vm, RJ_DATE, prototype) : NULL;
    struct rj_boxed *first =
        shape ? (struct rj_boxed *)rj_object_new(vm, shape, sizeof(*first), 0) : NULL;

    tzset();
    if (!first)
        return false;
    first->boxed = rj_int(0);
    function->bound = rj_cell_value(first); /* has the shape of all dates */
    return rj_define_builtins(vm, &function->object, statics) &&
           rj_define_builtins(vm, prototype, methods) &&
           rj_define_builtins(vm, prototype, rj_date_getters);
}
