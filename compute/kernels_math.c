/* Elementary functions of one instruction set. Real ones come from SLEEF's consistent variants
   without FMA, whose bits are the same for every vector width; blocks are padded, so that an
   element's result does not depend on its place. */
#include "compute/kernel_types.h"

#include <immintrin.h>
#include <sleef.h>

#define SHOAL_ISA_baseline 1
#define SHOAL_ISA_avx2     2
#define SHOAL_ISA_avx512   3
#define ISA                SHOAL_PASTE(SHOAL_ISA_, SHOAL_ISA)

#if ISA == 1
#define WIDTH_FLOAT64       2
#define WIDTH_FLOAT32       4
#define READ_FLOAT64(p)     _mm_loadu_pd(p)
#define READ_FLOAT32(p)     _mm_loadu_ps(p)
#define WRITE_FLOAT64(p, v) _mm_storeu_pd(p, v)
#define WRITE_FLOAT32(p, v) _mm_storeu_ps(p, v)
#define SLEEF_FLOAT64(f, u) Sleef_cinz_##f##d2_##u##sse2
#define SLEEF_FLOAT32(f, u) Sleef_cinz_##f##f4_##u##sse2
#elif ISA == 2
#define WIDTH_FLOAT64       4
#define WIDTH_FLOAT32       8
#define READ_FLOAT64(p)     _mm256_loadu_pd(p)
#define READ_FLOAT32(p)     _mm256_loadu_ps(p)
#define WRITE_FLOAT64(p, v) _mm256_storeu_pd(p, v)
#define WRITE_FLOAT32(p, v) _mm256_storeu_ps(p, v)
#define SLEEF_FLOAT64(f, u) Sleef_cinz_##f##d4_##u##avx
#define SLEEF_FLOAT32(f, u) Sleef_cinz_##f##f8_##u##avx
#else
#define WIDTH_FLOAT64       8
#define WIDTH_FLOAT32       16
#define READ_FLOAT64(p)     _mm512_loadu_pd(p)
#define READ_FLOAT32(p)     _mm512_loadu_ps(p)
#define WRITE_FLOAT64(p, v) _mm512_storeu_pd(p, v)
#define WRITE_FLOAT32(p, v) _mm512_storeu_ps(p, v)
#define SLEEF_FLOAT64(f, u) Sleef_cinz_##f##d8_##u##avx512fnofma
#define SLEEF_FLOAT32(f, u) Sleef_cinz_##f##f16_##u##avx512fnofma
#endif

#define BLOCK 64 /* elements; a multiple of every vector's */

/* The elements of a block in a local array, padded with ones. */
#define TAKE(C)                                                            \
    static inline void take_##C(V_##C *block, const T_##C *from, size_t m) \
    {                                                                      \
        for (size_t k = m; k < BLOCK; k++) block[k] = 1;                   \
        memcpy(block, from, m * sizeof *block);                            \
    }
TAKE(FLOAT32)
TAKE(FLOAT64)

/* name_CODE: y = SLEEF's f(x) for each vector of a block, then `fix` of (x, y), where SLEEF does
   not give what C's Annex F and NumPy do. */
#define MATH_UNARY(C, name, f, u, fix)                                 \
    static void name##_##C(size_t n, const void *const *in, void *out) \
    {                                                                  \
        _Alignas(64) V_##C xs[BLOCK], ys[BLOCK];                       \
        for (size_t i = 0; i < n; i += BLOCK) {                        \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                  \
            take_##C(xs, (const T_##C *)in[0] + i, m);                 \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)              \
                WRITE_##C(ys + k, SLEEF_##C(f, u)(READ_##C(xs + k)));  \
            for (size_t k = 0; k < BLOCK; k++) {                       \
                const V_##C x = xs[k], y = ys[k];                      \
                (void)x;                                               \
                ys[k] = fix;                                           \
            }                                                          \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);              \
        }                                                              \
    }

/* The same of two arguments, x and z; y is SLEEF's f(x, z). */
#define MATH_BINARY(C, name, f, u, fix)                                                 \
    static void name##_##C(size_t n, const void *const *in, void *out)                  \
    {                                                                                   \
        _Alignas(64) V_##C xs[BLOCK], zs[BLOCK], ys[BLOCK];                             \
        for (size_t i = 0; i < n; i += BLOCK) {                                         \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                                   \
            take_##C(xs, (const T_##C *)in[0] + i, m);                                  \
            take_##C(zs, (const T_##C *)in[1] + i, m);                                  \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)                               \
                WRITE_##C(ys + k, SLEEF_##C(f, u)(READ_##C(xs + k), READ_##C(zs + k))); \
            for (size_t k = 0; k < BLOCK; k++) {                                        \
                const V_##C x = xs[k], z = zs[k], y = ys[k];                            \
                (void)x, (void)z;                                                       \
                ys[k] = fix;                                                            \
            }                                                                           \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);                               \
        }                                                                               \
    }

/* SLEEF gives up early on large arguments of some functions. Blocks that hold one (`rare`) go
   through the exponential or logarithm g of `inner` too, and those elements are `outer` of its
   result z. */
#define MATH_LARGE(C, name, f, rare, g, inner, outer)                   \
    static void name##_##C(size_t n, const void *const *in, void *out)  \
    {                                                                   \
        _Alignas(64) V_##C xs[BLOCK], ys[BLOCK], zs[BLOCK];             \
        for (size_t i = 0; i < n; i += BLOCK) {                         \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                   \
            int any = 0;                                                \
            take_##C(xs, (const T_##C *)in[0] + i, m);                  \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)               \
                WRITE_##C(ys + k, SLEEF_##C(f, u10)(READ_##C(xs + k))); \
            for (size_t k = 0; k < BLOCK; k++) {                        \
                const V_##C x = xs[k];                                  \
                any |= rare;                                            \
                zs[k] = inner;                                          \
            }                                                           \
            for (size_t k = 0; any && k < BLOCK; k += WIDTH_##C)        \
                WRITE_##C(zs + k, SLEEF_##C(g, u10)(READ_##C(zs + k))); \
            for (size_t k = 0; any && k < BLOCK; k++) {                 \
                const V_##C x = xs[k], z = zs[k];                       \
                ys[k] = rare ? (V_##C)(outer) : ys[k];                  \
            }                                                           \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);               \
        }                                                               \
    }

#define MATH1(name, f, u, fix) \
    MATH_UNARY(FLOAT32, name, f, u, fix) MATH_UNARY(FLOAT64, name, f, u, fix)
#define MATH2(name, f, u, fix) \
    MATH_BINARY(FLOAT32, name, f, u, fix) MATH_BINARY(FLOAT64, name, f, u, fix)

MATH1(cbrt, cbrt, u10, y)
MATH1(exp2, exp2, u10, y)
MATH1(log, log, u10, y)
MATH1(log2, log2, u10, y)
MATH1(log10, log10, u10, y)
MATH_UNARY(FLOAT64, sin, sin, u10, y)
MATH_UNARY(FLOAT64, cos, cos, u10, y)
MATH1(tan, tan, u10, y)
MATH1(arcsin, asin, u10, y)
MATH1(arccos, acos, u10, y)
MATH1(arctan, atan, u10, y)
MATH1(tanh, tanh, u10, y)
MATH1(arctanh, atanh, u10, y)
MATH2(arctan2, atan2, u10, y)
MATH2(hypot, hypot, u05, y)

#include "compute/kernels_sine.h"

#define FABS_FLOAT32(x)        fabsf(x)
#define FABS_FLOAT64(x)        fabs(x)
#define COPYSIGN_FLOAT32(x, y) copysignf(x, y)
#define COPYSIGN_FLOAT64(x, y) copysign(x, y)

/* The inverse functions of large arguments are log(2 |x|); the greatest ones cannot be doubled. */
#define LARGE_FLOAT32  1e15f
#define LARGE_FLOAT64  1e100
#define DOUBLE_FLOAT32 1.5e38f
#define DOUBLE_FLOAT64 8e307
#define TWICE(C)       (FABS_##C(x) < DOUBLE_##C ? 2 * FABS_##C(x) : FABS_##C(x))
#define LOG_TWICE(C)   (FABS_##C(x) < DOUBLE_##C ? z : z + (V_##C)M_LN2)
#define IS_LARGE(C)    (FABS_##C(x) > LARGE_##C)
#define LOG1P(C, name) MATH_LARGE(C, name, log1p, x > LARGE_##C, log, x, z)
#define ARCSINH(C, name) \
    MATH_LARGE(C, name, asinh, IS_LARGE(C), log, TWICE(C), COPYSIGN_##C(LOG_TWICE(C), x))
#define ARCCOSH(C, name) MATH_LARGE(C, name, acosh, x > LARGE_##C, log, TWICE(C), LOG_TWICE(C))
FOR_FLOATS(LOG1P, log1p)
FOR_FLOATS(ARCSINH, arcsinh)
FOR_FLOATS(ARCCOSH, arccosh)

/* Near the overflow, e**x / 2 is e**(x - c) * (e**c / 2), with such a c that the difference is
   exact and the constant within a thousandth of an ulp. */
#define STEEP_FLOAT32  88.0f
#define STEEP_FLOAT64  709.0
#define SHIFT_FLOAT32  34.953125f
#define SHIFT_FLOAT64  9.46875
#define FACTOR_FLOAT32 0x1.581a94p+49f
#define FACTOR_FLOAT64 0x1.94a587ac6b7d3p+12
#define HALF_EXP(C)    (z * FACTOR_##C)
#define IS_STEEP(C)    (FABS_##C(x) > STEEP_##C)
#define FULL_EXP(C)    (2 * z * FACTOR_##C)
#define EXP(C, name)   MATH_LARGE(C, name, exp, x > STEEP_##C, exp, x - SHIFT_##C, FULL_EXP(C))
#define EXPM1(C, name) \
    MATH_LARGE(C, name, expm1, x > STEEP_##C, exp, x - SHIFT_##C, 2 * z * FACTOR_##C)
#define SINH(C, name)                                                    \
    MATH_LARGE(C, name, sinh, IS_STEEP(C), exp, FABS_##C(x) - SHIFT_##C, \
               COPYSIGN_##C(HALF_EXP(C), x))
#define COSH(C, name) \
    MATH_LARGE(C, name, cosh, IS_STEEP(C), exp, FABS_##C(x) - SHIFT_##C, HALF_EXP(C))
FOR_FLOATS(EXP, exp)
FOR_FLOATS(EXPM1, expm1)
FOR_FLOATS(SINH, sinh)
FOR_FLOATS(COSH, cosh)

/* Exponents 1, 2 and -1 are rounded correctly. SLEEF overflows a little early: where it does, the
   power is the square of the one with half the exponent. */
#define POWER(C, name)                                                                      \
    static void square_root_powers_##C(V_##C *xs, V_##C *zs, V_##C *ys)                     \
    {                                                                                       \
        for (size_t k = 0; k < BLOCK; k++) {                                                \
            xs[k] = FABS_##C(xs[k]);                                                        \
            zs[k] *= (V_##C)0.5;                                                            \
        }                                                                                   \
        for (size_t k = 0; k < BLOCK; k += WIDTH_##C) {                                     \
            _Alignas(64) V_##C root[WIDTH_##C];                                             \
            WRITE_##C(root, SLEEF_##C(pow, u10)(READ_##C(xs + k), READ_##C(zs + k)));       \
            for (size_t l = 0; l < WIDTH_##C; l++)                                          \
                if (isinf(ys[k + l]) && xs[k + l] != 0 && !isinf(xs[k + l]))                \
                    ys[k + l] = COPYSIGN_##C(root[l] * root[l], ys[k + l]);                 \
        }                                                                                   \
    }                                                                                       \
    static void name##_##C(size_t n, const void *const *in, void *out)                      \
    {                                                                                       \
        _Alignas(64) V_##C xs[BLOCK], zs[BLOCK], ys[BLOCK];                                 \
        for (size_t i = 0; i < n; i += BLOCK) {                                             \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                                       \
            int overflow = 0;                                                               \
            take_##C(xs, (const T_##C *)in[0] + i, m);                                      \
            take_##C(zs, (const T_##C *)in[1] + i, m);                                      \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)                                   \
                WRITE_##C(ys + k, SLEEF_##C(pow, u10)(READ_##C(xs + k), READ_##C(zs + k))); \
            for (size_t k = 0; k < BLOCK; k++) {                                            \
                const V_##C x = xs[k], z = zs[k];                                           \
                ys[k] = z == 1 ? x : z == 2 ? x * x : z == -1 ? 1 / x : ys[k];              \
                overflow |= (FABS_##C(ys[k]) == (V_##C)INFINITY) & (z - z == 0);            \
            }                                                                               \
            if (overflow) square_root_powers_##C(xs, zs, ys);                               \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);                                   \
        }                                                                                   \
    }
FOR_FLOATS(POWER, power)

/* max + log1p(exp(-|difference|)); equal ones (infinities too) give x + log(2). To
   base 2 it is scaled. */
#define LOG_OF_SUM(C, name, f, scale)                                                          \
    static void name##_##C(size_t n, const void *const *in, void *out)                         \
    {                                                                                          \
        _Alignas(64) V_##C xs[BLOCK], zs[BLOCK], ys[BLOCK];                                    \
        for (size_t i = 0; i < n; i += BLOCK) {                                                \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                                          \
            take_##C(xs, (const T_##C *)in[0] + i, m);                                         \
            take_##C(zs, (const T_##C *)in[1] + i, m);                                         \
            for (size_t k = 0; k < BLOCK; k++) {                                               \
                ys[k] = xs[k] == zs[k] ? 0 : -FABS_##C(xs[k] - zs[k]);                         \
                xs[k] = xs[k] > zs[k] ? xs[k] : zs[k];                                         \
            }                                                                                  \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)                                      \
                WRITE_##C(ys + k, SLEEF_##C(log1p, u10)(SLEEF_##C(f, u10)(READ_##C(ys + k)))); \
            for (size_t k = 0; k < BLOCK; k++) ys[k] = ys[k] * (V_##C)(scale) + xs[k];         \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);                                      \
        }                                                                                      \
    }
#define LOGADDEXP(C, name)  LOG_OF_SUM(C, name, exp, 1)
#define LOGADDEXP2(C, name) LOG_OF_SUM(C, name, exp2, M_LOG2E)
FOR_FLOATS(LOGADDEXP, logaddexp)
FOR_FLOATS(LOGADDEXP2, logaddexp2)

/* Of complex numbers to reals: y = SLEEF's f(imaginary, real). */
#define MATH_PARTS(A, C, name, f, u)                                                    \
    static void name##_##A(size_t n, const void *const *in, void *out)                  \
    {                                                                                   \
        _Alignas(64) V_##C re[BLOCK], im[BLOCK], ys[BLOCK];                             \
        for (size_t i = 0; i < n; i += BLOCK) {                                         \
            const T_##C *a = (const T_##C *)in[0] + 2 * i;                              \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                                   \
            for (size_t k = 0; k < BLOCK; k++) {                                        \
                re[k] = k < m ? a[2 * k] : 1;                                           \
                im[k] = k < m ? a[2 * k + 1] : 1;                                       \
            }                                                                           \
            for (size_t k = 0; k < BLOCK; k += WIDTH_##C)                               \
                WRITE_##C(ys + k, SLEEF_##C(f, u)(READ_##C(im + k), READ_##C(re + k))); \
            memcpy((T_##C *)out + i, ys, m * sizeof *ys);                               \
        }                                                                               \
    }
MATH_PARTS(COMPLEX64, FLOAT32, absolute, hypot, u05)
MATH_PARTS(COMPLEX128, FLOAT64, absolute, hypot, u05)
MATH_PARTS(COMPLEX64, FLOAT32, angle, atan2, u10)
MATH_PARTS(COMPLEX128, FLOAT64, angle, atan2, u10)

#include "compute/kernels_complex_math.h"

#define BOTH_ROW(id, name)  [SHOAL_OP_##id] = {FOR_FLOATS(ENTRY, name) FOR_COMPLEX(ENTRY, name)},
#define FLOAT_ROW(id, name) [SHOAL_OP_##id] = {FOR_FLOATS(ENTRY, name)},

/* clang-format off */
static const shoal_kernel table[SHOAL_N_OPS][SHOAL_N_NUMERIC_TYPES] = {
    BOTH_ROW(POWER, power)
    [SHOAL_OP_FLOAT_POWER] = {ENTRY(FLOAT64, power) ENTRY(COMPLEX128, power)},
    FLOAT_ROW(CBRT, cbrt)
    [SHOAL_OP_ABSOLUTE] = {FOR_COMPLEX(ENTRY, absolute)},
    [SHOAL_OP_ANGLE] = {FOR_COMPLEX(ENTRY, angle)},
    [SHOAL_OP_SQRT] = {FOR_COMPLEX(ENTRY, sqrt)},
    BOTH_ROW(EXP, exp)
    BOTH_ROW(EXP2, exp2)
    BOTH_ROW(EXPM1, expm1)
    BOTH_ROW(LOG, log)
    BOTH_ROW(LOG2, log2)
    BOTH_ROW(LOG10, log10)
    BOTH_ROW(LOG1P, log1p)
    BOTH_ROW(SIN, sin)
    BOTH_ROW(COS, cos)
    BOTH_ROW(TAN, tan)
    BOTH_ROW(ARCSIN, arcsin)
    BOTH_ROW(ARCCOS, arccos)
    BOTH_ROW(ARCTAN, arctan)
    BOTH_ROW(SINH, sinh)
    BOTH_ROW(COSH, cosh)
    BOTH_ROW(TANH, tanh)
    BOTH_ROW(ARCSINH, arcsinh)
    BOTH_ROW(ARCCOSH, arccosh)
    BOTH_ROW(ARCTANH, arctanh)
    FLOAT_ROW(ARCTAN2, arctan2)
    FLOAT_ROW(HYPOT, hypot)
    FLOAT_ROW(LOGADDEXP, logaddexp)
    FLOAT_ROW(LOGADDEXP2, logaddexp2)
};
/* clang-format on */

shoal_kernel SHOAL_FOR_ISA(shoal_math_)(shoal_op op, shoal_type_code loop)
{
    return (unsigned)loop < SHOAL_N_NUMERIC_TYPES ? table[op][loop] : NULL;
}
