/* The exact sum of doubles: a fixed-point number wide enough for 2^63 of any of them. The order of
   the additions does not matter, so every rounding of it has the same bits whatever the order.
   Pure: no allocation, no state; one sum belongs to one thread at a time. */
#ifndef SHOAL_COMPUTE_EXACT_SUM_H
#define SHOAL_COMPUTE_EXACT_SUM_H

#include <stdbool.h>
#include <stdint.h>

#define SHOAL_EXACT_LIMBS 34
#define SHOAL_EXACT_UNIT  (-1074) /* limbs count units of 2^-1074 */

/* What has been added beside finite numbers. */
#define SHOAL_EXACT_NAN      UINT64_C(1)
#define SHOAL_EXACT_INFINITY UINT64_C(2)
#define SHOAL_EXACT_MINUS    UINT64_C(4) /* minus infinity */

typedef struct shoal_exact_sum {
    uint64_t seen;                    /* SHOAL_EXACT_... */
    uint64_t limb[SHOAL_EXACT_LIMBS]; /* two's complement, the lowest first */
} shoal_exact_sum;

void shoal_exact_init(shoal_exact_sum *sum); /* all zeros do as well */
void shoal_exact_add(shoal_exact_sum *sum, double x);
void shoal_exact_merge(shoal_exact_sum *into, const shoal_exact_sum *from);

/* The nearest double, and the nearest float straight from the exact sum, halves to even. As IEEE
   and NumPy: NaN when there was one or both infinities, an infinity when there was one or when the
   sum is beyond the greatest number; 0.0 for nothing, and for zeros of either sign. */
double shoal_exact_double(const shoal_exact_sum *sum);
float shoal_exact_float(const shoal_exact_sum *sum);

/* The sum as three doubles, the greatest first, whose exact sum it is. False when three do not
   suffice; part[] is undefined then. An infinite sum or NaN is {that, 0.0, 0.0}: a sum of the parts
   always rounds as this one does. */
bool shoal_exact_parts(const shoal_exact_sum *sum, double part[3]);

#endif
