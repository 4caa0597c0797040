/* Dates: milliseconds since 1970, and their parts. */
#ifndef RJ_LIB_DATE_H
#define RJ_LIB_DATE_H

#include "lib/builtin.h"

#define RJ_DAY_MS 86400000.0
#define RJ_TIME_LIMIT 8.64e15 /* milliseconds either way */

struct rj_date_parts { /* month from 0, day from 1, weekday from Sunday */
    double year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    int millisecond;
    int weekday;
};

/* Of a time that is no NaN. */
struct rj_date_parts rj_date_split(double time);
/* Days since 1970 of a year and a month, which may be any number. */
double rj_date_days(double year, double month);
/* What the time zone adds at that moment (UTC), in milliseconds; *name may be NULL. */
double rj_date_offset(double time, const char **name);
/* Of a local time: the moment in UTC. */
double rj_date_from_local(double local);
/* NaN if it is no date. ISO 8601 alone, and what toString() and toUTCString() write. */
double rj_date_parse(const char *text);

#endif
