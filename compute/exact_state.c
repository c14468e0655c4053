#include "compute/exact_state.h"

#include "compute/exact_sum.h"

#include <math.h>
#include <string.h>

#define INFINITIES   (SHOAL_EXACT_INFINITY | SHOAL_EXACT_MINUS)
#define MOST_LIMBS   (SHOAL_EXACT_SQUARE_LIMBS(false) + 2) /* of squares times a count */
#define PRODUCT_BITS 53

static int sum_limbs(const shoal_exact_form *form)
{
    return SHOAL_EXACT_SUM_LIMBS(form->single);
}

static int square_limbs(const shoal_exact_form *form)
{
    return SHOAL_EXACT_SQUARE_LIMBS(form->single);
}

static size_t words(const shoal_exact_form *form)
{
    return (size_t)SHOAL_EXACT_WORDS(form->parts, form->single, form->skips, form->squares);
}

static uint64_t *sum_of(const shoal_exact_form *form, uint64_t *record, int part)
{
    return record + form->parts + form->skips + part * sum_limbs(form);
}

static uint64_t *squares_of(const shoal_exact_form *form, uint64_t *record)
{
    return sum_of(form, record, form->parts);
}

void shoal_exact_state_add(const shoal_exact_form *form, uint64_t *record, int part, int64_t value,
                           int unit)
{
    if (!value) return;
    if (part < 0)
        shoal_limbs_add(squares_of(form, record), square_limbs(form), value,
                        unit - SHOAL_EXACT_SQUARE_UNIT(form->single));
    else
        shoal_limbs_add(sum_of(form, record, part), sum_limbs(form), value,
                        unit - SHOAL_EXACT_SUM_UNIT(form->single));
}

/* A finite x as value * 2^unit, where the value is odd, or 0. */
static int64_t odd_value(double x, int *unit)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int field = bits >> 52 & 0x7ff;
    int64_t value = (int64_t)(bits & (UINT64_MAX >> 12));
    if (field) value |= (int64_t)1 << 52;
    if (!value) return 0;
    int zeros = __builtin_ctzll((uint64_t)value);
    *unit = (field ? field : 1) - 1075 + zeros;
    return bits >> 63 ? -(value >> zeros) : value >> zeros;
}

void shoal_exact_state_value(const shoal_exact_form *form, uint64_t *record, int part, double x)
{
    int unit = 0;
    int64_t value = odd_value(x, &unit);
    shoal_exact_state_add(form, record, part, value, unit);
}

void shoal_exact_state_product(const shoal_exact_form *form, uint64_t *record, double x, double y)
{
    int unit = 0, unit_y = 0;
    __int128 product = (__int128)odd_value(x, &unit) * odd_value(y, &unit_y);
    bool negative = product < 0;
    shoal_u128 size = (shoal_u128)(negative ? -product : product);
    int64_t low = (int64_t)((uint64_t)size & ((UINT64_C(1) << PRODUCT_BITS) - 1));
    int64_t high = (int64_t)(size >> PRODUCT_BITS);
    unit += unit_y;
    shoal_exact_state_add(form, record, -1, negative ? -low : low, unit);
    shoal_exact_state_add(form, record, -1, negative ? -high : high, unit + PRODUCT_BITS);
}

void shoal_exact_state_square(const shoal_exact_form *form, uint64_t *record, double x)
{
    shoal_exact_state_product(form, record, x, x);
}

void shoal_exact_state_special(uint64_t *record, int part, double x)
{
    uint64_t infinity = x < 0 ? SHOAL_EXACT_MINUS : SHOAL_EXACT_INFINITY;
    record[part] |= isnan(x) ? SHOAL_EXACT_NAN : infinity;
}

void shoal_exact_state_count(const shoal_exact_form *form, uint64_t *record, uint64_t n)
{
    if (form->skips) record[form->parts] += n;
}

void shoal_exact_state_merge(const shoal_exact_form *form, void *const *into, size_t t,
                             void *const *from, size_t f, size_t n)
{
    size_t n_words = words(form);
    for (size_t i = 0; i < n; i++) {
        uint64_t *to = (uint64_t *)into[0] + (t + i) * n_words;
        uint64_t *more = (uint64_t *)from[0] + (f + i) * n_words;
        for (int p = 0; p < form->parts; p++) {
            to[p] |= more[p];
            shoal_limbs_merge(sum_of(form, to, p), sum_of(form, more, p), sum_limbs(form));
        }
        if (form->skips) to[form->parts] += more[form->parts];
        if (form->squares)
            shoal_limbs_merge(squares_of(form, to), squares_of(form, more), square_limbs(form));
    }
}

/* ---- Results ---- */

static uint64_t count_of(const shoal_exact_form *form, const uint64_t *record,
                         const shoal_finish *params)
{
    return form->skips ? record[form->parts] : params->n_reduced;
}

/* What was seen of a part, and NaN where elements were left out that should not be. */
static uint64_t seen_of(const shoal_exact_form *form, const uint64_t *record, int part,
                        const shoal_finish *params)
{
    bool left_out = form->all && record[form->parts] != params->n_reduced;
    return left_out ? SHOAL_EXACT_NAN : record[part];
}

static double special(uint64_t seen)
{
    if (seen & SHOAL_EXACT_NAN || (seen & INFINITIES) == INFINITIES) return NAN;
    return seen & SHOAL_EXACT_INFINITY ? INFINITY : -INFINITY;
}

/* Result number `at`: straight to its type. */
static void put(const shoal_exact_form *form, void *out, size_t at, shoal_scaled x)
{
    if (form->single)
        ((float *)out)[at] = shoal_scaled_float(x);
    else
        ((double *)out)[at] = shoal_scaled_double(x);
}

static void put_double(const shoal_exact_form *form, void *out, size_t at, double x)
{
    if (form->single)
        ((float *)out)[at] = (float)x;
    else
        ((double *)out)[at] = x;
}

/* A part's sum divided by a count. */
static shoal_scaled divided(const shoal_exact_form *form, uint64_t *record, int part, uint64_t n)
{
    uint64_t limb[SHOAL_EXACT_SUM_LIMBS(false)];
    int n_limbs = sum_limbs(form), unit = SHOAL_EXACT_SUM_UNIT(form->single);
    memcpy(limb, sum_of(form, record, part), (size_t)n_limbs * sizeof *limb);
    bool negative = shoal_limbs_magnitude(limb, n_limbs);
    shoal_scaled x = n == 1 ? shoal_limbs_leading(limb, n_limbs, unit)
                            : shoal_limbs_quotient(limb, n_limbs, unit, n);
    x.negative = negative;
    return x;
}

bool shoal_exact_finish_sum(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t *record = (uint64_t *)fields[0] + (cell + i) * words(form);
        for (int p = 0; p < form->parts; p++) {
            size_t at = i * (size_t)form->parts + (size_t)p;
            uint64_t seen = seen_of(form, record, p, params);
            if (seen)
                put_double(form, out, at, special(seen));
            else
                put(form, out, at, divided(form, record, p, 1));
        }
    }
    return true;
}

bool shoal_exact_finish_mean(const shoal_exact_form *form, void *const *fields, size_t cell,
                             size_t n, const shoal_finish *params, void *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t *record = (uint64_t *)fields[0] + (cell + i) * words(form);
        uint64_t count = count_of(form, record, params);
        for (int p = 0; p < form->parts; p++) {
            size_t at = i * (size_t)form->parts + (size_t)p;
            /* NumPy divides by a complex count: infinities make the other part NaN. */
            bool spread = form->parts == 2 && record[1 - p];
            uint64_t seen = seen_of(form, record, p, params);
            if (seen || spread || count == 0)
                put_double(form, out, at, spread || !seen ? NAN : special(seen));
            else
                put(form, out, at, divided(form, record, p, count));
        }
    }
    return true;
}

/* count * squares - sum * sum, which is count times the squared distances from the mean. */
static int spread_of(const shoal_exact_form *form, uint64_t *record, uint64_t count,
                     uint64_t limb[MOST_LIMBS])
{
    uint64_t sum[SHOAL_EXACT_SUM_LIMBS(false)];
    int n = square_limbs(form) + 2, n_sum = sum_limbs(form);
    memset(limb, 0, (size_t)n * sizeof *limb);
    shoal_limbs_add_product(limb, n, squares_of(form, record), square_limbs(form), count);
    for (int p = 0; p < form->parts; p++) {
        memcpy(sum, sum_of(form, record, p), (size_t)n_sum * sizeof *sum);
        shoal_limbs_magnitude(sum, n_sum);
        shoal_limbs_subtract_square(limb, n, sum, n_sum);
    }
    return n;
}

/* NumPy divides by max(n - ddof, 0); nanvar gives NaN when that is 0. */
static void finish_spread(const shoal_exact_form *form, uint64_t *record,
                          const shoal_finish *params, bool root, void *out, size_t at)
{
    uint64_t count = count_of(form, record, params), limb[MOST_LIMBS];
    double divisor = (double)count - params->ddof;
    bool odd = seen_of(form, record, 0, params) || record[form->parts - 1];
    bool skips = form->skips && !form->all;
    if (odd || count == 0 || isnan(divisor) || (skips && !(divisor > 0))) {
        put_double(form, out, at, NAN);
        return;
    }
    int n = spread_of(form, record, count, limb), exponent, unit;
    if (!(divisor > 0) || isinf(divisor)) {
        bool none = !shoal_limbs_leading(limb, n, 0).top;
        put_double(form, out, at, divisor > 0 ? 0 : none ? NAN : INFINITY);
        return;
    }
    uint64_t whole = (uint64_t)ldexp(frexp(divisor, &exponent), 53);
    unit = SHOAL_EXACT_SQUARE_UNIT(form->single) + 53 - exponent;
    put(form, out, at,
        (root ? shoal_limbs_root : shoal_limbs_quotient)(limb, n, unit, (shoal_u128)whole * count));
}

bool shoal_exact_finish_var(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out)
{
    for (size_t i = 0; i < n; i++)
        finish_spread(form, (uint64_t *)fields[0] + (cell + i) * words(form), params, false, out,
                      i);
    return true;
}

bool shoal_exact_finish_std(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out)
{
    for (size_t i = 0; i < n; i++)
        finish_spread(form, (uint64_t *)fields[0] + (cell + i) * words(form), params, true, out, i);
    return true;
}

shoal_scaled shoal_exact_state_sum(const shoal_exact_form *form, uint64_t *record, double *out)
{
    *out = record[0] ? special(record[0]) : 0;
    return divided(form, record, 0, 1);
}

shoal_scaled shoal_exact_state_total(const shoal_exact_form *form, uint64_t *record, bool root,
                                     double *out)
{
    uint64_t *sum = sum_of(form, record, 0), *limb = squares_of(form, record);
    int n = square_limbs(form), n_sum = sum_limbs(form), unit = SHOAL_EXACT_SQUARE_UNIT(false);
    int shift = SHOAL_EXACT_SUM_UNIT(false) - unit;
    *out = record[0] ? special(record[0]) : 0;
    for (int i = 0; i < n_sum; i++) {
        shoal_limbs_add(limb, n, (int64_t)(sum[i] & UINT32_MAX), shift + 64 * i);
        shoal_limbs_add(limb, n, (int64_t)(sum[i] >> 32), shift + 64 * i + 32);
    }
    if (sum[n_sum - 1] >> 63) shoal_limbs_add(limb, n, -1, shift + 64 * n_sum);
    bool negative = shoal_limbs_magnitude(limb, n);
    shoal_scaled x = root ? shoal_limbs_root(limb, n, unit, 1) : shoal_limbs_leading(limb, n, unit);
    x.negative = negative;
    return x;
}

void shoal_exact_state_round(shoal_scaled sum, double special, bool single, void *out)
{
    if (single)
        *(float *)out = special != 0 ? (float)special : shoal_scaled_float(sum);
    else
        *(double *)out = special != 0 ? special : shoal_scaled_double(sum);
}
