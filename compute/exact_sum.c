#include "compute/exact_sum.h"

#include "compute/limbs.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define INFINITIES (SHOAL_EXACT_INFINITY | SHOAL_EXACT_MINUS)

void shoal_exact_init(shoal_exact_sum *sum)
{
    memset(sum, 0, sizeof *sum);
}

void shoal_exact_add(shoal_exact_sum *sum, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bool negative = bits >> 63;
    int exponent = bits >> 52 & 0x7ff;
    int64_t value = (int64_t)(bits & (UINT64_MAX >> 12));
    if (exponent == 0x7ff) {
        uint64_t infinity = negative ? SHOAL_EXACT_MINUS : SHOAL_EXACT_INFINITY;
        sum->seen |= value ? SHOAL_EXACT_NAN : infinity;
        return;
    }
    if (exponent) value |= (int64_t)1 << 52;
    if (value)
        shoal_limbs_add(sum->limb, SHOAL_EXACT_LIMBS, negative ? -value : value,
                        exponent ? exponent - 1 : 0);
}

void shoal_exact_merge(shoal_exact_sum *into, const shoal_exact_sum *from)
{
    into->seen |= from->seen;
    shoal_limbs_merge(into->limb, from->limb, SHOAL_EXACT_LIMBS);
}

static double special(uint64_t seen)
{
    if (seen & SHOAL_EXACT_NAN || (seen & INFINITIES) == INFINITIES) return NAN;
    return seen & SHOAL_EXACT_INFINITY ? INFINITY : -INFINITY;
}

static shoal_scaled scaled(const shoal_exact_sum *sum)
{
    uint64_t limb[SHOAL_EXACT_LIMBS];
    memcpy(limb, sum->limb, sizeof limb);
    bool negative = shoal_limbs_magnitude(limb, SHOAL_EXACT_LIMBS);
    shoal_scaled s = shoal_limbs_leading(limb, SHOAL_EXACT_LIMBS, SHOAL_EXACT_UNIT);
    s.negative = negative;
    return s;
}

double shoal_exact_double(const shoal_exact_sum *sum)
{
    if (sum->seen) return special(sum->seen);
    return shoal_scaled_double(scaled(sum));
}

float shoal_exact_float(const shoal_exact_sum *sum)
{
    if (sum->seen) return (float)special(sum->seen);
    return shoal_scaled_float(scaled(sum));
}

bool shoal_exact_parts(const shoal_exact_sum *sum, double part[3])
{
    shoal_exact_sum rest = *sum;
    part[0] = shoal_exact_double(sum);
    part[1] = part[2] = 0;
    if (sum->seen) return true;
    for (int k = 0; k < 3; k++) {
        double x = shoal_exact_double(&rest);
        if (x == 0 && k > 0) return true;
        if (isinf(x)) x = copysign(DBL_MAX, x);
        part[k] = x;
        shoal_exact_add(&rest, -x);
    }
    return shoal_exact_double(&rest) == 0;
}
