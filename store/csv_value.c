#include "store/csv_value.h"

#include "chunk/checked.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static inline bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline unsigned digit_of(char c)
{
    return (unsigned)(unsigned char)c - '0';
}

static void trim(const char **p, size_t *n)
{
    while (*n && is_space(**p)) ++*p, --*n;
    while (*n && is_space((*p)[*n - 1])) --*n;
}

/* Up to eight digits at once, in one 64-bit word whose lowest byte is the first digit. */
static inline bool eight_digits(uint64_t w)
{
    const uint64_t high = 0xF0F0F0F0F0F0F0F0u;
    return ((w & high) | (((w + 0x0606060606060606u) & high) >> 4)) == 0x3333333333333333u;
}

static inline uint64_t eight_value(uint64_t w)
{
    w = (w & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
    w = (w & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    return (w & 0x0000FFFF0000FFFFu) * 42949672960001u >> 32;
}

/* The value of n <= 8 digits; reads 8 bytes. */
static inline bool few_digits(const char *p, size_t n, uint64_t *value)
{
    uint64_t w;
    memcpy(&w, p, 8);
    if (n < 8) w = w << (64 - 8 * n) | 0x3030303030303030u >> (8 * n);
    *value = eight_value(w);
    return eight_digits(w);
}

static shoal_csv_match many_digits(const char *p, size_t n, uint64_t *value)
{
    uint64_t v = 0;
    bool fits = true;
    for (size_t k = 0; k < n; k++) {
        unsigned d = digit_of(p[k]);
        if (d > 9) return SHOAL_CSV_NO;
        if (!shoal_mul_u64(v, 10, &v) || !shoal_add_u64(v, d, &v)) fits = false;
    }
    *value = v;
    return fits ? SHOAL_CSV_YES : SHOAL_CSV_BIG;
}

shoal_csv_match shoal_csv_integer(const char *p, size_t n, bool *negative, uint64_t *magnitude)
{
    if (n && (is_space(p[0]) || is_space(p[n - 1]))) trim(&p, &n);
    *negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+')) p++, n--;
    if (n == 0) return SHOAL_CSV_NO;
    if (n <= 8) return few_digits(p, n, magnitude) ? SHOAL_CSV_YES : SHOAL_CSV_NO;
    if (n > 16) return many_digits(p, n, magnitude);
    uint64_t high, low;
    if (!few_digits(p, n - 8, &high) || !few_digits(p + n - 8, 8, &low)) return SHOAL_CSV_NO;
    *magnitude = high * 100000000 + low;
    return SHOAL_CSV_YES;
}

/* A decimal number as mantissa x 10^exponent. */
typedef struct decimal {
    uint64_t mantissa;
    int exponent;
    bool negative;
    bool exact; /* all digits went into the mantissa */
} decimal;

/* Adds digits from p on; gives how many there were. */
static inline size_t take_digits(const char *p, const char *end, decimal *d, int *n_significant)
{
    const char *from = p;
    uint64_t m = d->mantissa;
    for (; p < end; p++) {
        unsigned digit = digit_of(*p);
        if (digit > 9) break;
        if (m == 0 && digit == 0) continue;
        if (++*n_significant <= 19) m = m * 10 + digit;
    }
    d->mantissa = m;
    return (size_t)(p - from);
}

static const char *take_exponent(const char *p, const char *end, int *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end) return NULL;
    int e = 0;
    for (; p < end; p++) {
        unsigned digit = digit_of(*p);
        if (digit > 9) return NULL;
        if (e < 100000) e = e * 10 + (int)digit;
    }
    *exponent += negative ? -e : e;
    return p;
}

/* Most numbers: a sign, and up to 18 digits and a point. False: look more closely. */
static bool decompose_short(const char *p, size_t n, decimal *d)
{
    const char *end = p + n, *point = NULL;
    bool negative = *p == '-';
    uint64_t m = 0;
    if (*p == '-' || *p == '+') p++;
    const char *first = p;
    for (; p < end; p++) {
        unsigned digit = digit_of(*p);
        if (digit <= 9)
            m = m * 10 + digit;
        else if (*p == '.' && !point)
            point = p;
        else
            return false;
    }
    if (end - first == (point != NULL)) return false; /* no digits */
    *d = (decimal){m, point ? -(int)(end - point - 1) : 0, negative, true};
    return true;
}

static bool decompose(const char *p, size_t n, decimal *d)
{
    if (n > 0 && n <= 19 && decompose_short(p, n, d)) return true;

    const char *end = p + n;
    int n_significant = 0;
    *d = (decimal){.negative = n && *p == '-'};
    if (n && (*p == '-' || *p == '+')) p++;
    size_t n_whole = take_digits(p, end, d, &n_significant), n_fraction = 0;
    p += n_whole;
    if (n_whole == 0 && !(p < end && *p == '.')) return false;
    int beyond = n_significant > 19 ? n_significant - 19 : 0;
    if (p < end && *p == '.') {
        n_fraction = take_digits(p + 1, end, d, &n_significant);
        p += 1 + n_fraction;
    }
    if (n_whole + n_fraction == 0) return false;
    d->exact = n_significant <= 19;
    if (n_fraction > 1000000000)
        d->exact = false;
    else
        d->exponent = d->exact ? -(int)n_fraction : beyond;
    if (p == end) return true;
    if (*p != 'e' && *p != 'E') return false;
    return take_exponent(p + 1, end, &d->exponent) != NULL;
}

static bool infinity_word(const char *p, size_t n, double *value)
{
    bool negative = n && *p == '-';
    if (n && (*p == '-' || *p == '+')) p++, n--;
    if (n == 0 || (*p != 'i' && *p != 'I')) return false;
    if ((n != 3 || strncasecmp(p, "inf", 3)) && (n != 8 || strncasecmp(p, "infinity", 8)))
        return false;
    *value = negative ? -INFINITY : INFINITY;
    return true;
}

/* Any number of any length, through the C library in the "C" locale. */
static double slow_float(const char *p, size_t n)
{
    char small[128];
    char *text = n < sizeof small ? small : malloc(n + 1);
    if (!text) return NAN;
    memcpy(text, p, n);
    text[n] = '\0';
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = c ? strtod_l(text, NULL, c) : NAN;
    if (c) freelocale(c);
    if (text != small) free(text);
    return value;
}

static const double power_of_10[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if LDBL_MANT_DIG == 64
static const long double long_power_of_10[28] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                                 1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                                 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                                 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* With 64 bits of mantissa one operation on exact operands errs by half a unit of the 64th bit at
   most: the rounding to 53 bits is then right unless the 11 bits below are next to their middle. */
static bool long_float(const decimal *d, double *value)
{
    if (d->exponent < -27 || d->exponent > 27) return false;
    uint64_t bits, odd = d->mantissa | (uint64_t)1 << 63 | 1;
    long double x = (long double)odd;
    memcpy(&bits, &x, 8);
    if (bits != odd) return false; /* an emulator (valgrind) that has doubles alone */
    x = (long double)d->mantissa;
    x = d->exponent < 0 ? x / long_power_of_10[-d->exponent] : x * long_power_of_10[d->exponent];
    memcpy(&bits, &x, 8);
    unsigned low = (unsigned)(bits & 0x7FF);
    *value = (double)x;
    return low < 0x3FF || low > 0x401;
}
#else
static bool long_float(const decimal *d, double *value)
{
    (void)d, (void)value;
    return false;
}
#endif

/* With at most 53 bits and an exact power of ten, one correctly rounded operation does it. */
static bool short_float(const decimal *d, double *value)
{
    if (d->mantissa >> 53 || d->exponent < -22 || d->exponent > 22) return false;
    double m = (double)d->mantissa;
    *value = d->exponent < 0 ? m / power_of_10[-d->exponent] : m * power_of_10[d->exponent];
    return true;
}

shoal_csv_match shoal_csv_float(const char *p, size_t n, double *value)
{
    decimal d;
    if (infinity_word(p, n, value)) return SHOAL_CSV_YES;
    if (n && (is_space(p[0]) || is_space(p[n - 1]))) trim(&p, &n);
    if (!decompose(p, n, &d)) return SHOAL_CSV_NO;
    if (d.exact && (short_float(&d, value) || long_float(&d, value))) {
        if (d.negative) *value = -*value;
        return SHOAL_CSV_YES;
    }
    *value = slow_float(p, n);
    return isinf(*value) ? SHOAL_CSV_BIG : SHOAL_CSV_YES;
}

shoal_csv_match shoal_csv_is_float(const char *p, size_t n)
{
    decimal d;
    double value;
    if (n && (is_space(p[0]) || is_space(p[n - 1])))
        trim(&p, &n);
    else if (infinity_word(p, n, &value))
        return SHOAL_CSV_YES;
    if (!decompose(p, n, &d)) return SHOAL_CSV_NO;
    if (d.exponent > 250 || n > 250) return isinf(slow_float(p, n)) ? SHOAL_CSV_BIG : SHOAL_CSV_YES;
    return SHOAL_CSV_YES;
}

bool shoal_csv_bool(const char *p, size_t n, bool *value)
{
    if (n == 4 && !strncasecmp(p, "true", 4))
        *value = true;
    else if (n == 5 && !strncasecmp(p, "false", 5))
        *value = false;
    else
        return false;
    return true;
}

static const char *const missing_words[] = {
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",      "NA",  "NULL",    "NaN",      "None", "n/a",  "nan",    "null"};
#define N_MISSING_WORDS (sizeof missing_words / sizeof *missing_words)

static void missing_note(shoal_csv_missing *missing, const char *word)
{
    size_t n = strlen(word);
    if (n > missing->longest) missing->longest = n;
    missing->starts[(unsigned char)word[0]] = true;
    missing->ends[(unsigned char)word[n - 1]] = true;
}

void shoal_csv_missing_init(shoal_csv_missing *missing, const char *const *more, size_t n_more)
{
    *missing = (shoal_csv_missing){.more = more, .n_more = n_more};
    for (size_t k = 0; k < N_MISSING_WORDS; k++) missing_note(missing, missing_words[k]);
    for (size_t k = 0; k < n_more; k++) missing_note(missing, more[k]);
}

static bool listed(const char *const *words, size_t n_words, const char *p, size_t n)
{
    for (size_t k = 0; k < n_words; k++)
        if (words[k][0] == p[0] && strlen(words[k]) == n && !memcmp(words[k], p, n)) return true;
    return false;
}

bool shoal_csv_missing_word(const shoal_csv_missing *missing, const char *p, size_t n)
{
    return listed(missing_words, N_MISSING_WORDS, p, n) ||
           listed(missing->more, missing->n_more, p, n);
}
