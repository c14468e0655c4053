/* The method is Giulietti's "Schubfach": scale the rounding interval of the number by one power
   of ten to about two more digits than needed, then look whether it holds a multiple of ten, else
   which of the two neighbouring integers. */
#include "chunk/digits.h"

/* floor(log10(2^e)), floor(log10(3/4 2^e)) and floor(log2(10^e)) for |e| below 1100, by
   multiplication with the logarithm as a fixed-point fraction. */
static int floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

static int floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* power x value / 2^128, with the last bit set when anything was cut off ("round to odd"). */
static uint64_t scale_to_odd(const uint64_t power[2], uint64_t value)
{
    unsigned __int128 low = (unsigned __int128)power[1] * value;
    unsigned __int128 high = (unsigned __int128)power[0] * value + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static shoal_decimal without_zeros(uint64_t digits, int exponent)
{
    while (digits != 0 && digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (shoal_decimal){digits, exponent};
}

shoal_decimal shoal_shortest_decimal(uint64_t significand, int exponent, bool lower_is_closer)
{
    bool open = significand & 1; /* ties go to the even neighbour, so odd numbers lose them */
    int k =
        lower_is_closer ? floor_log10_three_quarters_pow2(exponent) : floor_log10_pow2(exponent);
    int shift = exponent + floor_log2_pow10(-k) + 1;
    const uint64_t *power = shoal_powers_of_ten[-k - SHOAL_POWERS_FIRST];
    /* Four times the number and its interval's ends, in units of 10^k. */
    uint64_t value = scale_to_odd(power, (4 * significand) << shift);
    uint64_t low = scale_to_odd(power, (4 * significand - (lower_is_closer ? 1 : 2)) << shift);
    uint64_t high = scale_to_odd(power, (4 * significand + 2) << shift);
    low += open;
    high -= open;

    uint64_t below = value / 4;
    if (below >= 10) {
        uint64_t tens = below / 10;
        bool fits = low <= 40 * tens, next_fits = 40 * tens + 40 <= high;
        if (fits != next_fits) return without_zeros(tens + next_fits, k + 1);
    }
    bool fits = low <= 4 * below, next_fits = 4 * below + 4 <= high;
    if (fits != next_fits) return without_zeros(below + next_fits, k);
    uint64_t middle = 4 * below + 2;
    bool up = value > middle || (value == middle && (below & 1));
    return without_zeros(below + up, k);
}
