#include "compute/resample.h"

#include <ctype.h>
#include <string.h>

#define SECOND    INT64_C(1000000)
#define DAY       (86400 * SECOND)
#define MOST_TICK (INT64_C(1) << 56) /* microseconds, some 2283 years */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- Names ---- */

/* The index of a three-letter name in a list of them; -1 when it is none. */
static int name_index(const char *names, const char *text)
{
    if (strlen(text) != 3) return -1;
    for (int k = 0; names[3 * k]; k++)
        if (strncmp(names + 3 * k, text, 3) == 0) return k;
    return -1;
}

static bool parse_fixed(const char *unit, shoal_frequency *f)
{
    static const struct {
        const char *name;
        int64_t ticks;
    } fixed[] = {{"us", 1}, {"ms", 1000}, {"s", SECOND}, {"min", 60 * SECOND}, {"h", 3600 * SECOND},
                 {"D", DAY}};
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++) {
        if (strcmp(fixed[k].name, unit) != 0) continue;
        f->unit = SHOAL_FREQUENCY_TICKS;
        return !__builtin_mul_overflow(f->n, fixed[k].ticks, &f->n) && f->n <= MOST_TICK;
    }
    return false;
}

/* "W", "W-WED" */
static bool parse_weeks(const char *unit, shoal_frequency *f)
{
    if (unit[0] != 'W' || (unit[1] && unit[1] != '-')) return false;
    int day = unit[1] ? name_index("MONTUEWEDTHUFRISATSUN", unit + 2) : 6;
    f->unit = SHOAL_FREQUENCY_WEEKS;
    f->anchor = day;
    f->ends = true;
    return day >= 0 && f->n <= MOST_TICK / (7 * DAY);
}

/* "MS", "ME", "QS", "QE-NOV", "YS-JUL", "YE" */
static bool parse_months(const char *unit, shoal_frequency *f)
{
    if (!unit[0] || !strchr("MQY", unit[0]) || !unit[1] || !strchr("SE", unit[1])) return false;
    f->unit = SHOAL_FREQUENCY_MONTHS;
    f->months = unit[0] == 'M' ? 1 : unit[0] == 'Q' ? 3 : 12;
    f->ends = unit[1] == 'E';
    int month = f->ends ? 11 : 0;
    if (unit[2]) {
        if (unit[2] != '-' || f->months == 1) return false;
        month = name_index("JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", unit + 3);
        if (month < 0) return false;
    }
    f->anchor = (month + f->ends) % f->months; /* they begin after the month that they end with */
    return f->n <= MOST_TICK / (31 * DAY * f->months);
}

bool shoal_frequency_parse(const char *text, shoal_frequency *out)
{
    const int64_t most = 1000000000;
    *out = (shoal_frequency){.n = 1};
    if (isdigit((unsigned char)*text)) out->n = 0;
    for (; isdigit((unsigned char)*text); text++) {
        out->n = out->n * 10 + (*text - '0');
        if (out->n > most) return false;
    }
    if (out->n == 0) return false;
    return parse_fixed(text, out) || parse_weeks(text, out) || parse_months(text, out);
}

/* ---- Bins ---- */

static int64_t day_of(int64_t instant)
{
    return floor_divide(instant, DAY);
}

/* The number of the week that a day is in, and its last day. */
static int64_t week_of(const shoal_frequency *f, shoal_calendar calendar, int64_t days,
                       int64_t *last_day)
{
    shoal_cf_date date;
    shoal_cf_date_of(calendar, days, &date);
    *last_day = days + (f->anchor - date.weekday + 7) % 7;
    return floor_divide(*last_day, 7);
}

/* Periods of months, counted from year 0. */
static int64_t period_of(const shoal_frequency *f, shoal_calendar calendar, int64_t days)
{
    shoal_cf_date date;
    shoal_cf_date_of(calendar, days, &date);
    return floor_divide(date.year * 12 + date.month - 1 - f->anchor, f->months);
}

/* Of several at a time, the first one is the first of its bin, or the last where bins are called
   after their end. */
static int64_t grouped(const shoal_frequency *f, int64_t number, int64_t first)
{
    return floor_divide(number - first + (f->ends ? f->n - 1 : 0), f->n);
}

int64_t shoal_frequency_bin(const shoal_frequency *f, shoal_calendar calendar, int64_t first,
                            int64_t instant)
{
    int64_t last_day;
    switch (f->unit) {
    case SHOAL_FREQUENCY_TICKS: return floor_divide(instant - day_of(first) * DAY, f->n);
    case SHOAL_FREQUENCY_WEEKS:
        return grouped(f, week_of(f, calendar, day_of(instant), &last_day),
                       week_of(f, calendar, day_of(first), &last_day));
    case SHOAL_FREQUENCY_MONTHS: break;
    }
    return grouped(f, period_of(f, calendar, day_of(instant)),
                   period_of(f, calendar, day_of(first)));
}

int64_t shoal_frequency_label(const shoal_frequency *f, shoal_calendar calendar, int64_t first,
                              int64_t bin)
{
    int64_t last_day, days = day_of(first);
    switch (f->unit) {
    case SHOAL_FREQUENCY_TICKS: return days * DAY + bin * f->n;
    case SHOAL_FREQUENCY_WEEKS:
        week_of(f, calendar, days, &last_day);
        return (last_day + 7 * f->n * bin) * DAY;
    case SHOAL_FREQUENCY_MONTHS: break;
    }
    int64_t period = period_of(f, calendar, days) + bin * f->n + f->ends;
    int64_t month = period * f->months + f->anchor, year = floor_divide(month, 12);
    days = shoal_cf_month_begin(calendar, year, (int)(month - year * 12) + 1);
    return (days - f->ends) * DAY;
}
