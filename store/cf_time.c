#include "store/cf_time.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND      INT64_C(1000000)
#define DAY         (86400 * SECOND)
#define MOST_YEARS  INT64_C(200000) /* either side: instants then fit 64 bits with room */
#define SWITCH_DATE (-141427)       /* 1582-10-15 of the Gregorian calendar, in days from 1970 */

typedef struct date {
    int64_t year;
    int month, day;
} date;

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- Days ---- */

static bool is_leap(shoal_calendar calendar, int64_t year)
{
    bool fourth = year % 4 == 0, gregorian = fourth && (year % 100 != 0 || year % 400 == 0);
    switch (calendar) {
    case SHOAL_CALENDAR_STANDARD: return year > 1582 ? gregorian : fourth;
    case SHOAL_CALENDAR_PROLEPTIC: return gregorian;
    case SHOAL_CALENDAR_JULIAN: return fourth;
    case SHOAL_CALENDAR_ALL_LEAP: return true;
    case SHOAL_CALENDAR_NOLEAP:
    case SHOAL_CALENDAR_360_DAY: return false;
    }
    return false;
}

static int days_of_month(shoal_calendar calendar, int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (calendar == SHOAL_CALENDAR_360_DAY) return 30;
    return days[month - 1] + (month == 2 && is_leap(calendar, year));
}

/* Days before a month, where February has `february` days. */
static int64_t days_before(int month, int february)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return before[month - 1] + (month > 2 ? february - 28 : 0);
}

/* Years of the two real calendars begin in March here, so that the leap day comes last. */
static int64_t real_days(date d, bool gregorian)
{
    int64_t y = d.month > 2 ? d.year : d.year - 1;
    int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    int64_t days = 365 * y + floor_divide(y, 4) + of_year;
    if (!gregorian) return days - 719470; /* Julian 1969-12-19 is Gregorian 1970-01-01 */
    return days - floor_divide(y, 100) + floor_divide(y, 400) - 719468;
}

/* From 1970-01-01 of the calendar; of the standard and the Julian one, of the Gregorian date. */
static int64_t days_of(shoal_calendar calendar, date d)
{
    bool early =
        d.year < 1582 || (d.year == 1582 && (d.month < 10 || (d.month == 10 && d.day < 15)));
    switch (calendar) {
    case SHOAL_CALENDAR_STANDARD: return real_days(d, !early);
    case SHOAL_CALENDAR_PROLEPTIC: return real_days(d, true);
    case SHOAL_CALENDAR_JULIAN: return real_days(d, false);
    case SHOAL_CALENDAR_NOLEAP: return 365 * (d.year - 1970) + days_before(d.month, 28) + d.day - 1;
    case SHOAL_CALENDAR_ALL_LEAP:
        return 366 * (d.year - 1970) + days_before(d.month, 29) + d.day - 1;
    case SHOAL_CALENDAR_360_DAY: return 360 * (d.year - 1970) + 30 * (d.month - 1) + d.day - 1;
    }
    return 0;
}

static date real_date(int64_t days, bool gregorian)
{
    date d;
    int64_t z = days + (gregorian ? 719468 : 719470), year = 0, of_year;
    if (gregorian) {
        int64_t era = floor_divide(z, 146097), rest = z - era * 146097;
        int64_t y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
        of_year = rest - (365 * y + y / 4 - y / 100);
        year = era * 400 + y;
    } else {
        int64_t era = floor_divide(z, 1461), rest = z - era * 1461;
        int64_t y = (rest - rest / 1460) / 365;
        of_year = rest - 365 * y;
        year = era * 4 + y;
    }
    int month = (int)((5 * of_year + 2) / 153);
    d.day = (int)(of_year - (153 * month + 2) / 5 + 1);
    d.month = month < 10 ? month + 3 : month - 9;
    d.year = year + (d.month <= 2);
    return d;
}

static date even_date(int64_t days, int64_t n_year, int february)
{
    date d = {.year = 1970 + floor_divide(days, n_year), .month = 12};
    int64_t rest = days - (d.year - 1970) * n_year;
    if (n_year == 360) {
        d.month = (int)(rest / 30) + 1;
        d.day = (int)(rest % 30) + 1;
        return d;
    }
    while (d.month > 1 && days_before(d.month, february) > rest) d.month--;
    d.day = (int)(rest - days_before(d.month, february)) + 1;
    return d;
}

static date date_of(shoal_calendar calendar, int64_t days)
{
    switch (calendar) {
    case SHOAL_CALENDAR_STANDARD: return real_date(days, days >= SWITCH_DATE);
    case SHOAL_CALENDAR_PROLEPTIC: return real_date(days, true);
    case SHOAL_CALENDAR_JULIAN: return real_date(days, false);
    case SHOAL_CALENDAR_NOLEAP: return even_date(days, 365, 28);
    case SHOAL_CALENDAR_ALL_LEAP: return even_date(days, 366, 29);
    case SHOAL_CALENDAR_360_DAY: return even_date(days, 360, 30);
    }
    return (date){0};
}

/* The weekday of 1970-01-01: Thursday; in calendars of no real world, as cftime counts. */
static int64_t first_weekday(shoal_calendar calendar)
{
    switch (calendar) {
    case SHOAL_CALENDAR_ALL_LEAP: return 6;
    case SHOAL_CALENDAR_360_DAY: return 2;
    default: return 3;
    }
}

void shoal_cf_date_of(shoal_calendar calendar, int64_t days, shoal_cf_date *out)
{
    const int64_t most = INT64_C(1000000000000);
    if (days > most || days < -most) days = days < 0 ? -most : most;
    date d = date_of(calendar, days), first = {.year = d.year, .month = 1, .day = 1};
    int64_t week = (days + first_weekday(calendar)) % 7;
    *out = (shoal_cf_date){.year = d.year, .month = d.month, .day = d.day};
    out->day_of_year = (int)(days - days_of(calendar, first)) + 1;
    out->weekday = (int)(week < 0 ? week + 7 : week);
}

int64_t shoal_cf_month_begin(shoal_calendar calendar, int64_t year, int month)
{
    if (year > MOST_YEARS || year < -MOST_YEARS) year = year < 0 ? -MOST_YEARS : MOST_YEARS;
    return days_of(calendar, (date){.year = year, .month = month, .day = 1});
}

const char *shoal_calendar_name(shoal_calendar calendar)
{
    static const char *const names[] = {
        "standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day"};
    return names[calendar];
}

static bool is_date(shoal_calendar calendar, date d)
{
    if (d.year < -MOST_YEARS || d.year > MOST_YEARS || d.month < 1 || d.month > 12) return false;
    if (calendar == SHOAL_CALENDAR_STANDARD && d.year == 1582 && d.month == 10 && d.day > 4 &&
        d.day < 15)
        return false;
    return d.day >= 1 && d.day <= days_of_month(calendar, d.year, d.month);
}

/* ---- Texts ---- */

/* A text's instant, and how fine it is: 0 a year, 1 a month, ... 5 a second, 6 and more digits of
   its fraction. */
typedef struct moment {
    date date;
    int64_t of_day; /* microseconds */
    int precision;
} moment;

static bool digits(const char **at, int most, int64_t *out)
{
    int n = 0;
    *out = 0;
    for (; n < most && isdigit((unsigned char)**at); n++) *out = *out * 10 + *(*at)++ - '0';
    return n > 0;
}

static bool fraction(const char **at, moment *m)
{
    int64_t scale = SECOND;
    const char *start = *at;
    for (; isdigit((unsigned char)**at); ++*at) {
        if (scale == 1) continue; /* finer than microseconds */
        scale /= 10;
        m->of_day += (**at - '0') * scale;
        m->precision++;
    }
    return *at > start || m->precision == 5; /* "0." is how some write whole seconds */
}

/* HH[:MM[:SS[.f]]] */
static bool clock(const char **at, moment *m)
{
    int64_t part[3] = {0};
    static const int64_t size[] = {3600 * SECOND, 60 * SECOND, SECOND}, most[] = {23, 59, 59};
    for (int k = 0; k < 3; k++) {
        if (k && *(*at)++ != ':') return false;
        if (!digits(at, 2, &part[k]) || part[k] > most[k]) return false;
        m->of_day += part[k] * size[k];
        m->precision = 3 + k;
        if (**at != ':') break;
    }
    if (m->precision < 5 || **at != '.') return true;
    ++*at;
    return fraction(at, m);
}

/* YYYY[-MM[-DD[(T| )clock]]]; what follows is left. */
static bool parse_moment(const char **at, moment *m)
{
    int64_t year, part;
    *m = (moment){.date = {.month = 1, .day = 1}};
    bool before = **at == '-';
    if (before || **at == '+') ++*at;
    if (!digits(at, 7, &year)) return false;
    m->date.year = before ? -year : year;
    if (**at != '-') return true;
    ++*at;
    if (!digits(at, 2, &part)) return false;
    m->date.month = (int)part;
    m->precision = 1;
    if (**at != '-') return true;
    ++*at;
    if (!digits(at, 2, &part)) return false;
    m->date.day = (int)part;
    m->precision = 2;
    bool time = (**at == 'T' || **at == ' ') && isdigit((unsigned char)(*at)[1]);
    if (!time) return true;
    ++*at;
    return clock(at, m);
}

static int64_t instant_of(shoal_calendar calendar, const moment *m)
{
    return days_of(calendar, m->date) * DAY + m->of_day;
}

/* "Z", "UTC", "+01:00", "-0330", "+1" behind a time; *east in microseconds. */
static bool parse_zone(const char **at, int64_t *east)
{
    int64_t hours = 0, minutes = 0;
    *east = 0;
    while (**at == ' ') ++*at;
    static const char *const zero[] = {"UTC", "GMT", "Z"};
    for (size_t k = 0; k < sizeof zero / sizeof *zero; k++) {
        size_t n = strlen(zero[k]);
        if (strncasecmp(*at, zero[k], n) != 0) continue;
        *at += n;
        return true;
    }
    if (**at != '+' && **at != '-') return true;
    int64_t sign = *(*at)++ == '-' ? -1 : 1;
    if (!digits(at, 2, &hours)) return false;
    if (**at == ':') ++*at;
    if (isdigit((unsigned char)**at) && !digits(at, 2, &minutes)) return false;
    *east = sign * (hours * 3600 + minutes * 60) * SECOND;
    return true;
}

static bool parse_calendar(const char *text, shoal_calendar *out)
{
    static const struct {
        const char *name;
        shoal_calendar calendar;
    } known[] = {{"standard", SHOAL_CALENDAR_STANDARD},
                 {"gregorian", SHOAL_CALENDAR_STANDARD},
                 {"proleptic_gregorian", SHOAL_CALENDAR_PROLEPTIC},
                 {"julian", SHOAL_CALENDAR_JULIAN},
                 {"noleap", SHOAL_CALENDAR_NOLEAP},
                 {"365_day", SHOAL_CALENDAR_NOLEAP},
                 {"all_leap", SHOAL_CALENDAR_ALL_LEAP},
                 {"366_day", SHOAL_CALENDAR_ALL_LEAP},
                 {"360_day", SHOAL_CALENDAR_360_DAY}};
    *out = SHOAL_CALENDAR_STANDARD;
    if (!text || !*text) return true;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcasecmp(text, known[k].name) != 0) continue;
        *out = known[k].calendar;
        return true;
    }
    return false;
}

/* UDUNITS' and cftime's names of units; "s" is left off. */
static int64_t unit_of(const char *text, size_t n)
{
    static const struct {
        const char *name;
        int64_t ns;
    } known[] = {{"nanosecond", 1},
                 {"ns", 1},
                 {"microsecond", 1000},
                 {"microsec", 1000},
                 {"us", 1000},
                 {"millisecond", 1000000},
                 {"millisec", 1000000},
                 {"msec", 1000000},
                 {"ms", 1000000},
                 {"second", 1000000000},
                 {"sec", 1000000000},
                 {"s", 1000000000},
                 {"minute", 60000000000},
                 {"min", 60000000000},
                 {"hour", 3600000000000},
                 {"hr", 3600000000000},
                 {"h", 3600000000000},
                 {"day", 86400000000000},
                 {"d", 86400000000000}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t length = strlen(known[k].name);
        bool plural = n == length + 1 && length > 2 && tolower((unsigned char)text[length]) == 's';
        if ((n == length || plural) && strncasecmp(text, known[k].name, length) == 0)
            return known[k].ns;
    }
    return 0;
}

bool shoal_cf_time_parse(const char *units, const char *calendar, shoal_cf_time *out)
{
    moment m;
    int64_t east;
    if (!units || !parse_calendar(calendar, &out->calendar)) return false;
    while (*units == ' ') units++;
    size_t n = strcspn(units, " ");
    out->unit_ns = unit_of(units, n);
    if (out->unit_ns == 0) return false;
    const char *at = units + n;
    while (*at == ' ') at++;
    if (strncasecmp(at, "since ", 6) != 0) return false;
    at += 6;
    while (*at == ' ') at++;
    if (!parse_moment(&at, &m) || !is_date(out->calendar, m.date) || !parse_zone(&at, &east))
        return false;
    while (*at == ' ') at++;
    if (*at) return false;
    out->epoch = instant_of(out->calendar, &m) - east;
    return true;
}

int64_t shoal_cf_time_instant(const shoal_cf_time *time, long double value)
{
    if (isnan(value)) return INT64_MIN;
    long double instant =
        rintl(value * (long double)time->unit_ns / 1000) + (long double)time->epoch;
    if (instant >= 0x1p63L) return INT64_MAX;
    if (instant <= -0x1p63L) return INT64_MIN + 1;
    return (int64_t)instant;
}

int64_t shoal_cf_time_whole_instant(const shoal_cf_time *time, int64_t value)
{
    __int128 ns = (__int128)value * time->unit_ns, us = ns / 1000 - (ns % 1000 < 0);
    us += time->epoch;
    return us > INT64_MAX ? INT64_MAX : us <= INT64_MIN ? INT64_MIN + 1 : (int64_t)us;
}

void shoal_cf_time_text(shoal_calendar calendar, int64_t instant, char text[SHOAL_CF_TIME_TEXT])
{
    shoal_cf_time_text_ns(calendar, instant, 0, text);
}

void shoal_cf_time_text_ns(shoal_calendar calendar, int64_t instant, int nano,
                           char text[SHOAL_CF_TIME_TEXT])
{
    int64_t days = floor_divide(instant, DAY), rest = (instant % DAY + DAY) % DAY;
    date d = date_of(calendar, days);
    int n = snprintf(text, SHOAL_CF_TIME_TEXT, "%s%04" PRId64 "-%02d-%02d", d.year < 0 ? "-" : "",
                     d.year < 0 ? -d.year : d.year, d.month, d.day);
    if ((rest == 0 && nano == 0) || n < 0 || n >= SHOAL_CF_TIME_TEXT) return;
    int64_t seconds = rest / SECOND, micro = rest % SECOND;
    n += snprintf(text + n, SHOAL_CF_TIME_TEXT - (size_t)n, "T%02d:%02d", (int)(seconds / 3600),
                  (int)(seconds / 60 % 60));
    if (seconds % 60 == 0 && micro == 0 && nano == 0) return;
    n += snprintf(text + n, SHOAL_CF_TIME_TEXT - (size_t)n, ":%02d", (int)(seconds % 60));
    if (micro || nano) n += snprintf(text + n, SHOAL_CF_TIME_TEXT - (size_t)n, ".%06d", (int)micro);
    if (nano) snprintf(text + n, SHOAL_CF_TIME_TEXT - (size_t)n, "%03d", nano);
}

bool shoal_cf_period(shoal_calendar calendar, const char *text, int64_t *begin, int64_t *end)
{
    moment m;
    if (!parse_moment(&text, &m)) return false;
    if (*text == 'Z') text++;
    if (*text || !is_date(calendar, m.date)) return false;
    *begin = instant_of(calendar, &m);
    static const int64_t length[] = {0, 0, DAY, 3600 * SECOND, 60 * SECOND, SECOND};
    if (m.precision >= 2) {
        int64_t n = length[m.precision > 5 ? 5 : m.precision];
        for (int k = 5; k < m.precision; k++) n /= 10;
        *end = *begin + n;
        return true;
    }
    m.date.year += m.precision == 0 || m.date.month == 12;
    m.date.month = m.precision == 0 ? 1 : m.date.month % 12 + 1;
    *end = instant_of(calendar, &m);
    return true;
}
