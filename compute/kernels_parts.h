/* Floats taken apart and put together. Included by kernels_element.c. */
#include "chunk/type.h"

/* Exponents beyond this give 0 or infinity for every float. */
#define MOST_EXPONENT 10000
#define EXPONENT(y) \
    ((int)((y) < -MOST_EXPONENT ? -MOST_EXPONENT : (y) > MOST_EXPONENT ? MOST_EXPONENT : (y)))
BINARY_AS(ldexp_FLOAT32, FLOAT32, INT64, FLOAT32, ldexpf(x, EXPONENT(y)))
BINARY_AS(ldexp_FLOAT64, FLOAT64, INT64, FLOAT64, ldexp(x, EXPONENT(y)))

/* Infinities and NaN are their own fractions, with the exponent 0. */
#define TAKE_APART(C, FREXP)                         \
    static inline V_##C fraction_of_##C(V_##C x)     \
    {                                                \
        int exponent;                                \
        return x - x == 0 ? FREXP(x, &exponent) : x; \
    }                                                \
    static inline int exponent_of_##C(V_##C x)       \
    {                                                \
        int exponent = 0;                            \
        if (x - x == 0) (void)FREXP(x, &exponent);   \
        return exponent;                             \
    }                                                \
    UNARY(frexp_fraction, C, C, fraction_of_##C(x))  \
    UNARY(frexp_exponent, C, INT32, exponent_of_##C(x))
TAKE_APART(FLOAT32, frexpf)
TAKE_APART(FLOAT64, frexp)

#define INFINITE(C, x) (((x) == (V_##C)INFINITY) | ((x) == -(V_##C)INFINITY))
UNARY(modf_fraction, FLOAT32, FLOAT32, copysignf(INFINITE(FLOAT32, x) ? 0 : x - truncf(x), x))
UNARY(modf_fraction, FLOAT64, FLOAT64, copysign(INFINITE(FLOAT64, x) ? 0 : x - trunc(x), x))

/* To the next float away from 0, with the sign of x; of both zeros the smallest float. */
UNARY(spacing, FLOAT32, FLOAT32,
      x == 0 ? nextafterf(0, 1) : nextafterf(x, copysignf(INFINITY, x)) - x)
UNARY(spacing, FLOAT64, FLOAT64,
      x == 0 ? nextafter(0, 1) : nextafter(x, copysign((double)INFINITY, x)) - x)

/* NumPy's halves step upwards instead. */
static inline uint16_t half_spacing(uint16_t x)
{
    if ((x & 0x7c00u) == 0x7c00u) return 0x7e00;
    uint16_t next = half_nextafter(x & 0x7fffu ? x : 0, 0x7c00);
    return shoal_float_to_half(shoal_half_to_float(next) - shoal_half_to_float(x));
}
UNARY(spacing, FLOAT16, FLOAT16, half_spacing(x))

#define COMPLEX_OF(C, name)                                            \
    static void name##_##C(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_##C *a = in[0];                                        \
        const T_##C *b = in[1];                                        \
        T_##C *o = out;                                                \
        for (size_t i = 0; i < n; i++) {                               \
            const V_##C re = a[i], im = b[i];                          \
            o[2 * i] = re;                                             \
            o[2 * i + 1] = im;                                         \
        }                                                              \
    }
FOR_FLOATS(COMPLEX_OF, complex)
