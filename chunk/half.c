/* IEEE 754 binary16 <-> binary32 and binary64, in integers: the same bits on every machine. */
#include "chunk/type.h"

#include <string.h>

float shoal_half_to_float(uint16_t half)
{
    uint32_t exponent = half & 0x7C00u, fraction = half & 0x3FFu;
    uint32_t magnitude = (uint32_t)(half & 0x7FFFu) << 13;
    /* Zeros and subnormals are multiples of 2^-24, exact as a float. No branches: selects. */
    float tiny = (float)fraction * 0x1p-24f, value;
    uint32_t tiny_bits;
    memcpy(&tiny_bits, &tiny, sizeof tiny_bits);
    uint32_t special = magnitude | 0x7F800000u | (fraction != 0 ? 0x00400000u : 0); /* quiet */
    uint32_t bits = exponent == 0 ? tiny_bits : magnitude + (112u << 23);
    bits = exponent == 0x7C00u ? special : bits;
    bits |= (uint32_t)(half & 0x8000u) << 16;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rounds a finite magnitude, given as `significand` x 2^(exponent - n_fraction) with its leading
   bit at n_fraction, to the nearest half, ties to even. */
static uint16_t round_to_half(uint64_t significand, int exponent, int n_fraction)
{
    if (exponent > 15) return 0x7C00;
    int drop = n_fraction - 10; /* bits below a normal half's last one */
    if (exponent < -14) drop += -14 - exponent;
    if (drop > 62) return 0;
    uint64_t kept = significand >> drop;
    uint64_t rest = significand & ((UINT64_C(1) << drop) - 1), tie = UINT64_C(1) << (drop - 1);
    if (rest > tie || (rest == tie && (kept & 1))) kept++;
    /* The leading bit of a normal adds one to the exponent field, and so does a carry. */
    uint64_t field = exponent < -14 ? 0 : (uint64_t)(exponent + 14);
    return (uint16_t)((field << 10) + kept);
}

uint16_t shoal_float_to_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    int exponent = (int)(bits >> 23 & 0xFFu);
    uint32_t fraction = bits & 0x7FFFFFu;
    if (exponent == 255)
        return (uint16_t)(sign | 0x7C00u | (fraction != 0 ? 0x200u | fraction >> 13 : 0));
    if (exponent == 0) return sign; /* far below the least half */
    return sign | round_to_half(fraction | 0x800000u, exponent - 127, 23);
}

uint16_t shoal_double_to_half(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 48 & 0x8000u);
    int exponent = (int)(bits >> 52 & 0x7FFu);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent == 2047)
        return (uint16_t)(sign | 0x7C00u | (fraction != 0 ? 0x200u | fraction >> 42 : 0));
    if (exponent == 0) return sign;
    return sign | round_to_half(fraction | UINT64_C(1) << 52, exponent - 1023, 52);
}
