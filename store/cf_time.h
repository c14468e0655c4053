/* Time axes: "hours since 2000-01-01" in CF's calendars. Pure functions. Instants are microseconds
   from 1970-01-01 of the calendar, so that instants of one calendar are compared as numbers. */
#ifndef SHOAL_STORE_CF_TIME_H
#define SHOAL_STORE_CF_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum shoal_calendar {
    SHOAL_CALENDAR_STANDARD,  /* Julian before 1582-10-15, Gregorian from then on */
    SHOAL_CALENDAR_PROLEPTIC, /* Gregorian throughout */
    SHOAL_CALENDAR_JULIAN,
    SHOAL_CALENDAR_NOLEAP,   /* 365 days a year */
    SHOAL_CALENDAR_ALL_LEAP, /* 366 days a year */
    SHOAL_CALENDAR_360_DAY,
} shoal_calendar;

typedef struct shoal_cf_time {
    shoal_calendar calendar;
    int64_t unit_ns; /* nanoseconds of one unit */
    int64_t epoch;   /* the instant that 0 stands for */
} shoal_cf_time;

/* Reads the attributes units and calendar (NULL: standard). False when they are no time axis. */
bool shoal_cf_time_parse(const char *units, const char *calendar, shoal_cf_time *out);

/* The instant of a value, rounded to microseconds; INT64_MIN for NaN, clipped to 64 bits. */
int64_t shoal_cf_time_instant(const shoal_cf_time *time, long double value);
/* The same of a whole number, rounded down. */
int64_t shoal_cf_time_whole_instant(const shoal_cf_time *time, int64_t value);

/* "2001-05-03", with "T12:30", "T12:30:15" or "T12:30:15.250000" where there is more to say. */
enum { SHOAL_CF_TIME_TEXT = 48 };
void shoal_cf_time_text(shoal_calendar calendar, int64_t instant, char text[SHOAL_CF_TIME_TEXT]);

/* The same, and so many nanoseconds more, 0 to 999. */
void shoal_cf_time_text_ns(shoal_calendar calendar, int64_t instant, int nano,
                           char text[SHOAL_CF_TIME_TEXT]);

/* The period that an ISO 8601 text names, from `begin` to before `end`: "2001" a year, "2001-05" a
   month, "2001-05-03T12" an hour. False when it is no date of the calendar. */
bool shoal_cf_period(shoal_calendar calendar, const char *text, int64_t *begin, int64_t *end);

/* A day, counted from 1970-01-01 of the calendar. */
typedef struct shoal_cf_date {
    int64_t year;
    int month, day, day_of_year; /* from 1 */
    int weekday;                 /* from Monday, 0; of calendars that skip days, cftime's */
} shoal_cf_date;

/* Days beyond 10^12 either side are taken as the last one there. */
void shoal_cf_date_of(shoal_calendar calendar, int64_t days, shoal_cf_date *out);

/* The first day of a month, from 1, counted likewise; of years within 200 000. */
int64_t shoal_cf_month_begin(shoal_calendar calendar, int64_t year, int month);

/* "noleap" and the like. */
const char *shoal_calendar_name(shoal_calendar calendar);

#endif
