/* Floats of other formats than IEEE's: the fields are where a format says. As in libhdf5, an
   exponent of all ones means infinity or NaN, and one of all zeros a number below the normal
   ones. */
#include "chunk/conversion_kernel.h"

#include "chunk/error.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_BYTES = 16, MAX_EXPONENT_BITS = 30, MAX_MANTISSA_BITS = 120 };

__extension__ typedef unsigned __int128 wide;

/* significand x 2^exponent, or what the exponent of all ones means. */
typedef struct parts {
    bool negative, infinite, nan;
    wide significand;
    int64_t exponent;
} parts;

bool shoal_float_known(const shoal_float_format *f)
{
    uint32_t n_bits = 8 * f->n_bytes;
    return f->n_bytes >= 1 && f->n_bytes <= MAX_BYTES && f->exponent_bits >= 1 &&
           f->exponent_bits <= MAX_EXPONENT_BITS && f->mantissa_bits >= 1 &&
           f->mantissa_bits <= MAX_MANTISSA_BITS && f->sign_at < n_bits &&
           f->exponent_at < n_bits && f->exponent_bits <= n_bits - f->exponent_at &&
           f->mantissa_at < n_bits && f->mantissa_bits <= n_bits - f->mantissa_at &&
           (f->order != SHOAL_ORDER_VAX || f->n_bytes % 2 == 0);
}

/* True when all values are exact with `digits` bits, exponents up to `most`, and no bit below
   2^least. */
static bool fits(const shoal_float_format *f, uint32_t digits, int64_t most, int64_t least)
{
    int64_t bias = f->exponent_bias;
    int64_t greatest = ((int64_t)1 << f->exponent_bits) - 2 - bias;
    int64_t lowest = 1 - bias - (int64_t)f->mantissa_bits;
    return f->mantissa_bits + f->implied <= digits && greatest <= most && lowest >= least;
}

static bool fits_double(const shoal_float_format *f)
{
    return fits(f, 53, 1023, -1074);
}

shoal_type_code shoal_float_target(const shoal_float_format *format)
{
    return fits(format, 24, 127, -149) ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
}

/* The element's bits, the lowest first. The machines that we run on are little-endian. */
static inline wide load(const shoal_float_format *f, const uint8_t *from)
{
    wide bits = 0;
    uint32_t n = f->n_bytes;
    uint8_t turned[MAX_BYTES];
    if (f->order != SHOAL_ORDER_LITTLE) {
        for (uint32_t k = 0; k < n; k++)
            turned[k] = from[f->order == SHOAL_ORDER_BIG ? n - 1 - k : (n - 2 - k / 2 * 2) + k % 2];
        from = turned;
    }
    memcpy(&bits, from, n);
    return bits;
}

static inline wide field(wide bits, uint32_t at, uint32_t n)
{
    return bits >> at & (((wide)1 << n) - 1);
}

static parts take_apart(const shoal_float_format *f, const uint8_t *from)
{
    wide bits = load(f, from);
    int64_t exponent = (int64_t)field(bits, f->exponent_at, f->exponent_bits);
    int64_t shift = (int64_t)f->exponent_bias + (int64_t)f->mantissa_bits;
    parts p = {.negative = bits >> f->sign_at & 1,
               .significand = field(bits, f->mantissa_at, f->mantissa_bits)};
    if (exponent == ((int64_t)1 << f->exponent_bits) - 1) {
        wide top = (wide)1 << (f->mantissa_bits - 1);
        p.infinite = p.significand == 0 || (!f->implied && p.significand == top);
        p.nan = !p.infinite;
    } else if (f->implied && exponent != 0) {
        p.significand |= (wide)1 << f->mantissa_bits;
        p.exponent = exponent - shift;
    } else {
        p.exponent = exponent - shift + 1;
    }
    return p;
}

/* Takes zeros at the end off the significand, which is not 0. */
static inline void strip(parts *p)
{
    uint64_t low = (uint64_t)p->significand;
    int zeros =
        low != 0 ? __builtin_ctzll(low) : 64 + __builtin_ctzll((uint64_t)(p->significand >> 64));
    p->significand >>= zeros;
    p->exponent += zeros;
}

static double power_of_two(int64_t exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* False when the number is not exact. */
static bool put_together(parts *p, double *out)
{
    double value = 0;
    if (p->infinite || p->nan) {
        value = p->nan ? (double)NAN : (double)INFINITY;
    } else if (p->significand != 0) {
        strip(p);
        if (p->significand >> 53 != 0 || p->exponent < -1074 || p->exponent > 1023) return false;
        value = (double)(uint64_t)p->significand;
        value = p->exponent >= -1022
                    ? value * power_of_two(p->exponent)
                    : value * power_of_two(-1022) * power_of_two(p->exponent + 1022);
        if (isinf(value)) return false;
    }
    *out = p->negative ? -value : value;
    return true;
}

static size_t to_double(const shoal_step *step, const uint8_t *from, uint8_t *to,
                        shoal_stride stride, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        parts p = take_apart(&step->format, from + k * stride.from);
        double value;
        if (!put_together(&p, &value)) return k;
        memcpy(to + k * stride.to, &value, sizeof value);
    }
    return n;
}

static size_t to_single(const shoal_step *step, const uint8_t *from, uint8_t *to,
                        shoal_stride stride, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        parts p = take_apart(&step->format, from + k * stride.from);
        double value;
        if (!put_together(&p, &value)) return k;
        float single = (float)value;
        memcpy(to + k * stride.to, &single, sizeof single);
    }
    return n;
}

/* ---- IEEE's formats with fewer bits of mantissa, such as bfloat16: a shift ---- */

/* The bits with the sign at the top of 64. */
static inline uint64_t load_top(const shoal_float_format *f, const uint8_t *from)
{
    return (uint64_t)load(f, from) << (63 - f->sign_at);
}

static size_t shift_to_single(const shoal_step *step, const uint8_t *from, uint8_t *to,
                              shoal_stride stride, size_t n)
{
    uint32_t keep = UINT32_MAX << (23 - step->format.mantissa_bits);
    for (size_t k = 0; k < n; k++) {
        uint64_t bits = load_top(&step->format, from + k * stride.from);
        uint32_t single = (uint32_t)(bits >> 32) & keep;
        memcpy(to + k * stride.to, &single, sizeof single);
    }
    return n;
}

/* bfloat16, as it lies. */
static size_t widen_bfloat16(const shoal_step *step, const uint8_t *restrict from,
                             uint8_t *restrict to, shoal_stride stride, size_t n)
{
    (void)step;
    for (size_t k = 0; k < n; k++) {
        uint16_t half;
        memcpy(&half, from + k * stride.from, sizeof half);
        uint32_t single = (uint32_t)half << 16;
        memcpy(to + k * stride.to, &single, sizeof single);
    }
    return n;
}

static size_t shift_to_double(const shoal_step *step, const uint8_t *from, uint8_t *to,
                              shoal_stride stride, size_t n)
{
    uint64_t keep = UINT64_MAX << (52 - step->format.mantissa_bits);
    for (size_t k = 0; k < n; k++) {
        uint64_t bits = load_top(&step->format, from + k * stride.from) & keep;
        memcpy(to + k * stride.to, &bits, sizeof bits);
    }
    return n;
}

/* Sign, exponent and mantissa one behind another, in at most 8 bytes. */
static bool is_dense(const shoal_float_format *f)
{
    return f->implied && f->n_bytes <= 8 && f->order != SHOAL_ORDER_VAX &&
           f->mantissa_at + f->mantissa_bits == f->exponent_at &&
           f->exponent_at + f->exponent_bits == f->sign_at;
}

shoal_step_kernel *shoal_float_kernel_find(const shoal_step *step)
{
    const shoal_float_format *f = &step->format;
    if (!shoal_float_known(f) || step->from_bytes != f->n_bytes) return NULL;
    if (step->to_bytes == 4) {
        if (shoal_float_target(f) != SHOAL_FLOAT32) return NULL;
        bool shifts = is_dense(f) && f->exponent_bits == 8 && f->exponent_bias == 127;
        if (shifts && f->n_bytes == 2 && f->mantissa_bits == 7 && f->order == SHOAL_ORDER_LITTLE)
            return widen_bfloat16;
        return shifts ? shift_to_single : to_single;
    }
    if (step->to_bytes != 8) return NULL;
    bool shifts =
        is_dense(f) && f->exponent_bits == 11 && f->exponent_bias == 1023 && fits_double(f);
    return shifts ? shift_to_double : to_double;
}

/* ---- For people ---- */

shoal_status shoal_float_fail(const shoal_step *step, const uint8_t *from, shoal_error *err)
{
    char value[80];
    shoal_float_print(&step->format, from, value);
    return shoal_fail(err, SHOAL_DATA, "a value of its %u-byte floats is not exact in float64: %s",
                      (unsigned)step->format.n_bytes, value);
}

void shoal_float_print(const shoal_float_format *format, const uint8_t *from, char text[80])
{
    parts p = take_apart(format, from);
    if (p.significand != 0) strip(&p);
    uint64_t high = (uint64_t)(p.significand >> 64), low = (uint64_t)p.significand;
    if (high != 0)
        (void)snprintf(text, 80, "%s0x%" PRIx64 "%016" PRIx64 " x 2^%" PRId64,
                       p.negative ? "-" : "", high, low, p.exponent);
    else
        (void)snprintf(text, 80, "%s0x%" PRIx64 " x 2^%" PRId64, p.negative ? "-" : "", low,
                       p.exponent);
}
