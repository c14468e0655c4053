/* The widest vectors of doubles of an instruction set, for kernels whose results do not depend on
   the width. Arithmetic is the compiler's own on them (+, -, *, &, |, ==). */
#ifndef SHOAL_COMPUTE_KERNEL_VECTOR_H
#define SHOAL_COMPUTE_KERNEL_VECTOR_H

#include "compute/kernel_types.h"

#include <immintrin.h>

#if defined(__AVX512F__)
#define VECTOR             8 /* doubles */
#define SIMD(name)         _mm512_##name
#define SWAPPED            1, 0, 3, 2, 5, 4, 7, 6
#define WIDENED_SINGLES(x) _mm512_cvtps_pd(_mm256_loadu_ps(x))
#elif defined(__AVX__)
#define VECTOR             4
#define SIMD(name)         _mm256_##name
#define SWAPPED            1, 0, 3, 2
#define WIDENED_SINGLES(x) _mm256_cvtps_pd(_mm_loadu_ps(x))
#else
#define VECTOR             2
#define SIMD(name)         _mm_##name
#define SWAPPED            1, 0
#define WIDENED_SINGLES(x) _mm_cvtps_pd(two_singles(x))
#endif

typedef double doubles __attribute__((vector_size(VECTOR * 8)));
typedef float singles __attribute__((vector_size(VECTOR * 8)));
typedef uint64_t words __attribute__((vector_size(VECTOR * 8)));
typedef uint32_t halves __attribute__((vector_size(VECTOR * 8)));
typedef int64_t signed_words __attribute__((vector_size(VECTOR * 8)));
typedef int32_t signed_halves __attribute__((vector_size(VECTOR * 8)));
typedef int32_t few __attribute__((vector_size(VECTOR * 4))); /* as many as doubles */
typedef uint32_t unsigned_few __attribute__((vector_size(VECTOR * 4)));

#if VECTOR == 2
static inline __m128 two_singles(const void *x)
{
    double both;
    memcpy(&both, x, sizeof both);
    return _mm_castpd_ps(_mm_set_sd(both));
}
#endif

static inline doubles all_doubles(double x)
{
    return (doubles)SIMD(set1_pd)(x);
}

/* Elements at any address, as doubles. */
static inline doubles load_FLOAT64(const void *x)
{
    return (doubles)SIMD(loadu_pd)((const double *)x);
}

static inline doubles load_FLOAT32(const void *x)
{
    return (doubles)WIDENED_SINGLES((const float *)x);
}

/* The greater of |x| and most, by element; most where x is NaN. */
static inline doubles greater_FLOAT64(const void *x, doubles most)
{
    words size = (words)load_FLOAT64(x) & (UINT64_MAX >> 1);
    return (doubles)SIMD(max_pd)((doubles)size, most);
}

static inline singles greater_FLOAT32(const void *x, singles most)
{
    halves size = (halves)SIMD(loadu_ps)((const float *)x) & (UINT32_MAX >> 1);
    return (singles)SIMD(max_ps)((singles)size, most);
}

/* The nearest integers, of halves the even ones; INT32_MIN beyond these, and of NaN. */
static inline signed_halves nearest_singles(singles x)
{
    return (signed_halves)SIMD(cvtps_epi32)(x);
}

static inline few nearest_doubles(doubles x)
{
#if VECTOR == 2
    __m128i both = _mm_cvtpd_epi32(x);
    few out;
    memcpy(&out, &both, sizeof out);
    return out;
#else
    return (few)SIMD(cvtpd_epi32)(x);
#endif
}

/* The first and the last half of integers as doubles; and two halves as floats behind one another.
 */
#if VECTOR == 8
#define FIRST_HALF(x) _mm512_castsi512_si256((__m512i)(x))
#define LAST_HALF(x)  _mm512_extracti64x4_epi64((__m512i)(x), 1)
#define JOINED(a, b)  \
    _mm512_castpd_ps( \
        _mm512_insertf64x4(_mm512_castpd256_pd512(_mm256_castps_pd(a)), _mm256_castps_pd(b), 1))
#elif VECTOR == 4
#define FIRST_HALF(x) _mm256_castsi256_si128((__m256i)(x))
#define LAST_HALF(x)  _mm256_extracti128_si256((__m256i)(x), 1)
#define JOINED(a, b)  _mm256_insertf128_ps(_mm256_castps128_ps256(a), b, 1)
#else
#define FIRST_HALF(x) (__m128i)(x)
#define LAST_HALF(x)  _mm_unpackhi_epi64((__m128i)(x), (__m128i)(x))
#define JOINED(a, b)  _mm_movelh_ps(a, b)
#endif

static inline doubles first_half(signed_halves x)
{
    return (doubles)SIMD(cvtepi32_pd)(FIRST_HALF(x));
}

static inline doubles last_half(signed_halves x)
{
    return (doubles)SIMD(cvtepi32_pd)(LAST_HALF(x));
}

static inline singles joined_singles(doubles first, doubles last)
{
    return (singles)JOINED(SIMD(cvtpd_ps)(first), SIMD(cvtpd_ps)(last));
}

/* The lesser ones as unsigned numbers, of which b are below INT32_MAX. */
#if VECTOR == 2
#define LESSER(I, native, minimum)             \
    static inline I lesser_##I(I a, I b)       \
    {                                          \
        I is_less = (a < b) & (a >= 0);        \
        return (a & is_less) | (b & ~is_less); \
    }
#else
#define LESSER(I, native, minimum)               \
    static inline I lesser_##I(I a, I b)         \
    {                                            \
        return (I)minimum((native)a, (native)b); \
    }
#endif
#if VECTOR == 8
LESSER(signed_halves, __m512i, _mm512_min_epu32)
LESSER(few, __m256i, _mm256_min_epu32)
#else
LESSER(signed_halves, __m256i, _mm256_min_epu32)
LESSER(few, __m128i, _mm_min_epu32)
#endif

/* A bit for each lane: its top one. */
static inline unsigned negative_lanes_uint32_t(halves x)
{
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)x, _mm512_set1_epi32(INT32_MIN));
#else
    return (unsigned)SIMD(movemask_ps)((singles)x);
#endif
}

static inline unsigned negative_lanes_uint64_t(words x)
{
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)x, _mm512_set1_epi64(INT64_MIN));
#else
    return (unsigned)SIMD(movemask_pd)((doubles)x);
#endif
}

/* Each pair the other way round. */
static inline words swapped(words x)
{
    return __builtin_shufflevector(x, x, SWAPPED);
}

/* x * x - square, exactly, where square is x * x rounded and nothing over- or underflows. */
static inline doubles rest_of_square(doubles x, doubles square)
{
#if defined(__FMA__)
    return (doubles)SIMD(fmsub_pd)(x, x, square);
#else
    doubles c = x * 134217729.0, high = c - (c - x), low = x - high; /* Veltkamp and Dekker */
    return ((high * high - square) + 2 * high * low) + low * low;
#endif
}

#endif
