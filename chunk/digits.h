/* The shortest decimal digits of a binary floating-point number. Private to this room. */
#ifndef SHOAL_CHUNK_DIGITS_H
#define SHOAL_CHUNK_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct shoal_decimal {
    uint64_t digits; /* at most 17, the last not 0 (unless all are) */
    int exponent;    /* the number is digits x 10^exponent */
} shoal_decimal;

/* The shortest decimal that rounds (nearest, ties to even) to significand x 2^exponent in that
   number's own format, and of several the nearest. significand is not 0 and below 2^53;
   lower_is_closer says that the format's next number below is half as far away as the one above
   (powers of two). Exponents as of IEEE half, float and double. */
shoal_decimal shoal_shortest_decimal(uint64_t significand, int exponent, bool lower_is_closer);

/* Ceilings of 10^k scaled to 128 bits with the top bit set, for k from -292 to 324. */
#define SHOAL_POWERS_FIRST (-292)
#define SHOAL_POWERS_COUNT 617
extern const uint64_t shoal_powers_of_ten[SHOAL_POWERS_COUNT][2]; /* high, low */

#endif
