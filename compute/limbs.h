/* Wide integers of n limbs of 64 bits, the lowest first, and the rounding of what they stand for:
   the last step of exact sums. Pure: no allocation, no state. */
#ifndef SHOAL_COMPUTE_LIMBS_H
#define SHOAL_COMPUTE_LIMBS_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 shoal_u128;

/* Two's complement: limb += value * 2^shift. The caller has limbs enough: shift / 64 + 1 < n, and
   the sum fits. */
void shoal_limbs_add(uint64_t *limb, int n, int64_t value, int shift);
/* Two's complement: into += from. */
void shoal_limbs_merge(uint64_t *into, const uint64_t *from, int n);
/* Makes a two's complement number its magnitude; true when it was negative. */
bool shoal_limbs_magnitude(uint64_t *limb, int n);

/* Magnitudes: limb += a * by, and limb -= a * a, where the result is not negative. `limb` has
   n limbs; m limbs of a, and of its square, that are not 0 lie within these. */
void shoal_limbs_add_product(uint64_t *limb, int n, const uint64_t *a, int m, uint64_t by);
void shoal_limbs_subtract_square(uint64_t *limb, int n, const uint64_t *a, int m);

/* top * 2^exponent, and where `more`, less than 2^exponent beyond it. top is 0, or 2^62 at least.
 */
typedef struct shoal_scaled {
    bool negative, more;
    uint64_t top;
    int exponent;
} shoal_scaled;

/* Of a magnitude in units of 2^unit: itself; divided by a divisor below 2^127 that is not 0; and
   the square root of that quotient. */
shoal_scaled shoal_limbs_leading(const uint64_t *magnitude, int n, int unit);
shoal_scaled shoal_limbs_quotient(const uint64_t *magnitude, int n, int unit, shoal_u128 divisor);
shoal_scaled shoal_limbs_root(const uint64_t *magnitude, int n, int unit, shoal_u128 divisor);

/* The nearest float, halves to even; infinity beyond the greatest one. */
double shoal_scaled_double(shoal_scaled x);
float shoal_scaled_float(shoal_scaled x);

#endif
