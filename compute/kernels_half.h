/* Half floats in blocks: exact to float, rounded to nearest even back. NaNs keep their sign and
   upper bits and become quiet, as F16C does. Included by kernels_cast.c. */

#if defined(__F16C__)
#include <immintrin.h>
#endif

#define HALF_BLOCK 256 /* elements of the local buffers; a multiple of 16 */

static inline uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, 4);
    return u;
}

static inline float float_of(uint32_t u)
{
    float x;
    memcpy(&x, &u, 4);
    return x;
}

/* The exponent is rebased by adding; subnormal halves by a float subtraction that normalises. */
static inline float widen(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, magnitude = (uint32_t)(h & 0x7fffu) << 13;
    uint32_t normal = magnitude + (112u << 23);
    uint32_t special = (magnitude + (224u << 23)) | (magnitude > (31u << 23) ? 1u << 22 : 0);
    uint32_t small = bits_of(float_of(magnitude + (113u << 23)) - float_of(113u << 23));
    uint32_t value = magnitude >= (31u << 23) ? special : magnitude < (1u << 23) ? small : normal;
    return float_of(value | sign);
}

/* Adding 0.5 to a value below 2**-14 leaves its multiple of 2**-24, rounded, in the low bits. */
static inline uint16_t narrow(float x)
{
    uint32_t u = bits_of(x), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
    uint32_t normal = (magnitude - (112u << 23) + 0xfffu + (magnitude >> 13 & 1)) >> 13;
    uint32_t small =
        bits_of(float_of(magnitude < (113u << 23) ? magnitude : 0) + 0.5f) - bits_of(0.5f);
    uint32_t nan = 0x7e00u | (magnitude >> 13 & 0x3ffu);
    uint32_t special = magnitude > (255u << 23) ? nan : 0x7c00u;
    uint32_t value = magnitude >= (143u << 23)  ? special
                     : magnitude < (113u << 23) ? small
                                                : normal;
    return (uint16_t)(value | sign);
}

/* A double with 24 significant bits whose last one says whether any was dropped: rounding that to
   half is rounding the double to half, once. */
static inline float odd_float(double x)
{
    uint64_t u;
    memcpy(&u, &x, 8);
    uint64_t dropped = u & 0x1fffffffu;
    u = (u & ~(uint64_t)0x1fffffffu) | (dropped ? 0x20000000u : 0);
    memcpy(&x, &u, 8);
    return (float)x;
}

static void cast_FLOAT16_FLOAT32(size_t n, const void *const *in, void *out)
{
    const T_FLOAT16 *a = in[0];
    T_FLOAT32 *o = out;
    size_t i = 0;
#if defined(__F16C__)
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps((void *)(o + i), _mm256_cvtph_ps(_mm_loadu_si128((const void *)(a + i))));
#endif
    for (; i < n; i++) o[i] = widen(a[i]);
}

static void cast_FLOAT32_FLOAT16(size_t n, const void *const *in, void *out)
{
    const T_FLOAT32 *a = in[0];
    T_FLOAT16 *o = out;
    size_t i = 0;
#if defined(__F16C__)
    for (; i + 8 <= n; i += 8)
        _mm_storeu_si128((void *)(o + i), _mm256_cvtps_ph(_mm256_loadu_ps((const void *)(a + i)),
                                                          _MM_FROUND_TO_NEAREST_INT));
#endif
    for (; i < n; i++) o[i] = narrow(a[i]);
}

static void cast_FLOAT64_FLOAT16(size_t n, const void *const *in, void *out)
{
    float block[HALF_BLOCK];
    const T_FLOAT64 *a = in[0];
    for (size_t i = 0; i < n; i += HALF_BLOCK) {
        size_t m = n - i < HALF_BLOCK ? n - i : HALF_BLOCK;
        for (size_t k = 0; k < m; k++) block[k] = odd_float(a[i + k]);
        const void *from = block;
        cast_FLOAT32_FLOAT16(m, &from, (T_FLOAT16 *)out + i);
    }
}

/* Through float: exact for halves, and every integer beyond a float's exact ones is too great for
   a half in any case. */
#define CAST_VIA(FROM, MID, TO)                                                \
    static void cast_##FROM##_##TO(size_t n, const void *const *in, void *out) \
    {                                                                          \
        V_##MID block[HALF_BLOCK];                                             \
        const void *mid = block;                                               \
        for (size_t i = 0; i < n; i += HALF_BLOCK) {                           \
            size_t m = n - i < HALF_BLOCK ? n - i : HALF_BLOCK;                \
            const void *from = (const T_##FROM *)in[0] + i * PARTS_##FROM;     \
            cast_##FROM##_##MID(m, &from, block);                              \
            cast_##MID##_##TO(m, &mid, (T_##TO *)out + i * PARTS_##TO);        \
        }                                                                      \
    }
