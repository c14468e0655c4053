/* What a field's text means: numbers, bools, times, missing. All take a field's bytes, blanks not
   taken off, in memory where SHOAL_CSV_PAD bytes behind the field may be read. */
#ifndef SHOAL_STORE_CSV_VALUE_H
#define SHOAL_STORE_CSV_VALUE_H

#include <shoal/shoal.h>

typedef enum shoal_csv_match {
    SHOAL_CSV_NO,
    SHOAL_CSV_YES,
    SHOAL_CSV_BIG, /* a number, but of a size that its type does not hold */
} shoal_csv_match;

/* An integer: [blanks][sign]digits[blanks]. BIG when beyond 64 bits. */
shoal_csv_match shoal_csv_integer(const char *p, size_t n, bool *negative, uint64_t *magnitude);

/* A number in decimal notation, or inf or infinity, correctly rounded. BIG when it is finite and
   beyond a double; then *value is infinite. */
shoal_csv_match shoal_csv_float(const char *p, size_t n, double *value);
/* The same without the value, faster. */
shoal_csv_match shoal_csv_is_float(const char *p, size_t n);

/* True or false in any case. */
bool shoal_csv_bool(const char *p, size_t n, bool *value);

typedef enum shoal_csv_unit {
    SHOAL_CSV_DAYS,
    SHOAL_CSV_SECONDS,
    SHOAL_CSV_MILLISECONDS,
    SHOAL_CSV_MICROSECONDS,
    SHOAL_CSV_NANOSECONDS,
    SHOAL_CSV_N_UNITS,
} shoal_csv_unit;

typedef struct shoal_csv_time {
    int64_t days; /* since 1970-01-01, proleptic Gregorian; in UTC where a zone was given */
    int32_t second, nanosecond;
    bool zoned;          /* ended in Z or +hh:mm */
    shoal_csv_unit unit; /* the coarsest that holds the text's digits */
} shoal_csv_time;

/* YYYY-MM-DD, or YYYY-MM-DD[T ]HH:MM[:SS[.f{1..9}]][Z|+hh:mm|-hh:mm]. */
bool shoal_csv_time_parse(const char *p, size_t n, shoal_csv_time *out);
/* False when the time is finer than the unit or beyond 64 bits. */
bool shoal_csv_time_count(const shoal_csv_time *time, shoal_csv_unit unit, int64_t *out);
/* "D", "s", "ms", "us", "ns", as NumPy; and "days since 1970-01-01", ... */
const char *shoal_csv_unit_name(shoal_csv_unit unit);
const char *shoal_csv_unit_text(shoal_csv_unit unit);
/* The reverse of both; false for any other text. */
bool shoal_csv_unit_parse(const char *text, shoal_csv_unit *out);
/* Writes the time as "2020-02-29", or with " 17:30:00[.fff]" for units finer than days; 40 bytes
   hold it, the closing NUL included. Gives its length. */
size_t shoal_csv_time_format(int64_t count, shoal_csv_unit unit, char text[40]);

/* The texts that mean "missing": pandas' own, and more. */
typedef struct shoal_csv_missing {
    const char *const *more; /* borrowed */
    size_t n_more;
    size_t longest;
    bool starts[256], ends[256]; /* whether any of the texts starts or ends with this byte */
} shoal_csv_missing;

void shoal_csv_missing_init(shoal_csv_missing *missing, const char *const *more, size_t n_more);
bool shoal_csv_missing_word(const shoal_csv_missing *missing, const char *p, size_t n);

static inline bool shoal_csv_is_missing(const shoal_csv_missing *missing, const char *p, size_t n)
{
    if (n == 0) return true;
    return n <= missing->longest && missing->starts[(unsigned char)p[0]] &&
           missing->ends[(unsigned char)p[n - 1]] && shoal_csv_missing_word(missing, p, n);
}

#endif
