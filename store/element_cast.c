#include "store/element_cast.h"

#include "chunk/type.h"
#include <math.h>
#include <string.h>

/* A real number of any type. */
typedef struct number {
    bool is_float, is_negative;
    double real;
    uint64_t magnitude; /* of an integer */
} number;

bool shoal_cast_is_needless(shoal_type from, shoal_type to)
{
    return from.code == to.code && from.n_bytes == to.n_bytes;
}

bool shoal_cast_is_possible(shoal_type from, shoal_type to)
{
    shoal_kind a = shoal_code_kind(from.code), b = shoal_code_kind(to.code);
    if (a == b) return true;
    return a != SHOAL_KIND_TEXT && b != SHOAL_KIND_TEXT && a != SHOAL_KIND_COMPLEX &&
           b != SHOAL_KIND_COMPLEX && a != SHOAL_KIND_BOOL && b != SHOAL_KIND_BOOL;
}

#define INTEGER(type) *(const type *)(const void *)at

static number of_integer(int64_t value)
{
    return (number){.is_negative = value < 0,
                    .magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value};
}

static number of_float(double value)
{
    return (number){.is_float = true, .real = value};
}

/* From any address. */
static number get(shoal_type_code code, const void *from)
{
    _Alignas(16) uint8_t at[16];
    memcpy(at, from, shoal_code_size(code));
    switch (code) {
    case SHOAL_BOOL:
    case SHOAL_UINT8: return (number){.magnitude = INTEGER(uint8_t)};
    case SHOAL_UINT16: return (number){.magnitude = INTEGER(uint16_t)};
    case SHOAL_UINT32: return (number){.magnitude = INTEGER(uint32_t)};
    case SHOAL_UINT64: return (number){.magnitude = INTEGER(uint64_t)};
    case SHOAL_INT8: return of_integer(INTEGER(int8_t));
    case SHOAL_INT16: return of_integer(INTEGER(int16_t));
    case SHOAL_INT32: return of_integer(INTEGER(int32_t));
    case SHOAL_INT64: return of_integer(INTEGER(int64_t));
    case SHOAL_FLOAT16: return of_float((double)shoal_half_to_float(INTEGER(uint16_t)));
    case SHOAL_FLOAT32: return of_float((double)INTEGER(float));
    default: return of_float(INTEGER(double));
    }
}

/* The nearest integer of `bits` bits, as its pattern. */
static uint64_t to_integer(number value, int bits, bool is_signed)
{
    uint64_t highest = UINT64_MAX >> (64 - bits + is_signed);
    uint64_t lowest = is_signed ? highest + 1 : 0; /* its magnitude */
    if (value.is_float) {
        double whole = trunc(fabs(value.real));
        value.is_negative = value.real < 0;
        value.magnitude = isnan(value.real)                 ? 0
                          : whole >= 18446744073709551616.0 ? UINT64_MAX
                                                            : (uint64_t)whole;
    }
    if (!value.is_negative) return value.magnitude < highest ? value.magnitude : highest;
    return -(value.magnitude < lowest ? value.magnitude : lowest);
}

static double to_float(number value)
{
    if (value.is_float) return value.real;
    double magnitude = (double)value.magnitude;
    return value.is_negative ? -magnitude : magnitude;
}

static float to_float32(number value)
{
    if (value.is_float) return (float)value.real;
    float magnitude = (float)value.magnitude; /* rounded once */
    return value.is_negative ? -magnitude : magnitude;
}

/* To any address. */
static void put(shoal_type_code code, number value, void *at)
{
    int n_bytes = (int)shoal_code_size(code);
    union {
        uint16_t half;
        float single;
        double real;
        uint64_t bits; /* little-endian: narrow ones are its first bytes */
    } element = {.bits = 0};
    switch (code) {
    case SHOAL_FLOAT16: element.half = shoal_double_to_half(to_float(value)); break;
    case SHOAL_FLOAT32: element.single = to_float32(value); break;
    case SHOAL_FLOAT64: element.real = to_float(value); break;
    default: element.bits = to_integer(value, 8 * n_bytes, shoal_code_kind(code) == SHOAL_KIND_INT);
    }
    memcpy(at, &element, (size_t)n_bytes);
}

static void cast_text(shoal_type from, const uint8_t *src, shoal_type to, uint8_t *dst, size_t n)
{
    size_t kept = from.n_bytes < to.n_bytes ? from.n_bytes : to.n_bytes;
    memset(dst, 0, n * to.n_bytes);
    for (size_t k = 0; k < n; k++) memcpy(dst + k * to.n_bytes, src + k * from.n_bytes, kept);
}

void shoal_cast(shoal_type from, const void *src, shoal_type to, void *dst, size_t n)
{
    const uint8_t *in = src;
    uint8_t *out = dst;
    shoal_type_code a = from.code, b = to.code;
    if (a == SHOAL_TEXT) {
        cast_text(from, in, to, out, n);
        return;
    }
    if (shoal_code_kind(a) == SHOAL_KIND_COMPLEX) { /* as twice as many halves */
        a = a == SHOAL_COMPLEX64 ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
        b = b == SHOAL_COMPLEX64 ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
        n *= 2;
    }
    size_t in_bytes = shoal_code_size(a), out_bytes = shoal_code_size(b);
    for (size_t k = 0; k < n; k++) put(b, get(a, in + k * in_bytes), out + k * out_bytes);
}
