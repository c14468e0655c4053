#include "store/csv_value.h"

#include "chunk/checked.h"

#include <stdio.h>
#include <string.h>

#define DAY_SECONDS 86400

static const struct unit {
    const char *name, *text;
    int64_t per_second; /* 0: days */
    int digits;         /* of the fraction */
} units[SHOAL_CSV_N_UNITS] = {
    {"D", "days since 1970-01-01", 0, 0},
    {"s", "seconds since 1970-01-01", 1, 0},
    {"ms", "milliseconds since 1970-01-01", 1000, 3},
    {"us", "microseconds since 1970-01-01", 1000000, 6},
    {"ns", "nanoseconds since 1970-01-01", 1000000000, 9},
};

const char *shoal_csv_unit_name(shoal_csv_unit unit)
{
    return units[unit].name;
}
const char *shoal_csv_unit_text(shoal_csv_unit unit)
{
    return units[unit].text;
}

bool shoal_csv_unit_parse(const char *text, shoal_csv_unit *out)
{
    for (int k = 0; k < SHOAL_CSV_N_UNITS; k++)
        if (!strcmp(text, units[k].name) || !strcmp(text, units[k].text)) {
            *out = (shoal_csv_unit)k;
            return true;
        }
    return false;
}

static inline bool two_digits(const char *p, int limit, int *out)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0', b = (unsigned)(unsigned char)p[1] - '0';
    *out = (int)(a * 10 + b);
    return a <= 9 && b <= 9 && *out <= limit;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar. Years are counted from March, so that
   the leap day is a year's last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t in_era = y - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static int month_days(int year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2) return leap ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool parse_date(const char *p, int64_t *days)
{
    int century, year, month, day;
    if (p[4] != '-' || p[7] != '-' || !two_digits(p, 99, &century) || !two_digits(p + 2, 99, &year))
        return false;
    if (!two_digits(p + 5, 12, &month) || !two_digits(p + 8, 31, &day)) return false;
    year += century * 100;
    if (month < 1 || day < 1 || day > month_days(year, month)) return false;
    *days = days_of(year, month, day);
    return true;
}

static const char *parse_fraction(const char *p, const char *end, shoal_csv_time *out)
{
    int n = 0, value = 0;
    for (; p < end && *p >= '0' && *p <= '9' && n < 9; p++, n++) value = value * 10 + (*p - '0');
    if (n == 0) return NULL;
    out->unit = n <= 3   ? SHOAL_CSV_MILLISECONDS
                : n <= 6 ? SHOAL_CSV_MICROSECONDS
                         : SHOAL_CSV_NANOSECONDS;
    for (; n < 9; n++) value *= 10;
    out->nanosecond = value;
    return p;
}

/* "", "Z" or "+hh:mm" at the end: moves the time to UTC. */
static bool parse_zone(const char *p, const char *end, shoal_csv_time *out)
{
    int hours, minutes;
    if (p == end) return true;
    out->zoned = true;
    if (end - p == 1) return *p == 'Z';
    if (end - p != 6 || (*p != '+' && *p != '-') || p[3] != ':') return false;
    if (!two_digits(p + 1, 23, &hours) || !two_digits(p + 4, 59, &minutes)) return false;
    int shift = hours * 3600 + minutes * 60;
    out->second += *p == '+' ? -shift : shift;
    if (out->second < 0) out->second += DAY_SECONDS, out->days--;
    if (out->second >= DAY_SECONDS) out->second -= DAY_SECONDS, out->days++;
    return true;
}

bool shoal_csv_time_parse(const char *p, size_t n, shoal_csv_time *out)
{
    const char *end = p + n;
    int hour, minute, second = 0;
    *out = (shoal_csv_time){.unit = SHOAL_CSV_DAYS};
    if (n < 10 || !parse_date(p, &out->days)) return false;
    if (n == 10) return true;
    if (n < 16 || (p[10] != 'T' && p[10] != ' ') || p[13] != ':') return false;
    if (!two_digits(p + 11, 23, &hour) || !two_digits(p + 14, 59, &minute)) return false;
    out->unit = SHOAL_CSV_SECONDS;
    p += 16;
    if (end - p >= 3 && *p == ':') {
        if (!two_digits(p + 1, 59, &second)) return false;
        p += 3;
        if (p < end && *p == '.' && !(p = parse_fraction(p + 1, end, out))) return false;
    }
    out->second = hour * 3600 + minute * 60 + second;
    return parse_zone(p, end, out);
}

bool shoal_csv_time_count(const shoal_csv_time *time, shoal_csv_unit unit, int64_t *out)
{
    int64_t per_second = units[unit].per_second;
    if (per_second == 0) {
        *out = time->days;
        return time->second == 0 && time->nanosecond == 0;
    }
    int64_t seconds =
        time->days * DAY_SECONDS + time->second; /* years 0..9999: far from wrapping */
    int64_t nanos_each = 1000000000 / per_second;
    /* In the very first second of the range the whole seconds alone are out of it: refused. */
    return time->nanosecond % nanos_each == 0 &&
           !__builtin_mul_overflow(seconds, per_second, out) &&
           !__builtin_add_overflow(*out, time->nanosecond / nanos_each, out);
}

/* Floor division by a positive number. */
static int64_t split(int64_t value, int64_t by, int64_t *rest)
{
    int64_t q = value / by, r = value % by;
    if (r < 0) q--, r += by;
    *rest = r;
    return q;
}

/* The reverse of days_of. */
static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t in_era, era = split(days + 719468, 146097, &in_era);
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

size_t shoal_csv_time_format(int64_t count, shoal_csv_unit unit, char text[40])
{
    const struct unit *u = &units[unit];
    int64_t days = count, second = 0, fraction = 0, year;
    int month, day;
    if (u->per_second) days = split(split(count, u->per_second, &fraction), DAY_SECONDS, &second);
    if (days > INT64_MAX - 719468) days = INT64_MAX - 719468;
    date_of(days, &year, &month, &day);
    int n = snprintf(text, 40, "%04lld-%02d-%02d", (long long)year, month, day);
    if (u->per_second && n < 30)
        n += snprintf(text + n, (size_t)(40 - n), " %02d:%02d:%02d", (int)(second / 3600),
                      (int)(second / 60 % 60), (int)(second % 60));
    if (u->digits && n < 29)
        n += snprintf(text + n, (size_t)(40 - n), ".%0*lld", u->digits, (long long)fraction);
    return (size_t)n;
}
