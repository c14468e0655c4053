/* Elementary functions of complex numbers: scalar loops over C's own. Included by kernels_math.c.
   With these the bits are the C library's. */
#include <complex.h>
#undef I
#define MAKE_COMPLEX64(re, im)  __builtin_complex((float)(re), (float)(im))
#define MAKE_COMPLEX128(re, im) __builtin_complex((double)(re), (double)(im))

/* name_CODE from C's function of a complex float or double. */
#define COMPLEX_CALL(name, ff, f)                                                                 \
    COMPLEX_UNARY(name, COMPLEX64, float complex y = ff(MAKE_COMPLEX64(xr, xi)); re = crealf(y);  \
                  im = cimagf(y);)                                                                \
    COMPLEX_UNARY(name, COMPLEX128, double complex y = f(MAKE_COMPLEX128(xr, xi)); re = creal(y); \
                  im = cimag(y);)
COMPLEX_CALL(sqrt, csqrtf, csqrt)
COMPLEX_CALL(exp, cexpf, cexp)
COMPLEX_CALL(log, clogf, clog)
COMPLEX_CALL(sin, csinf, csin)
COMPLEX_CALL(cos, ccosf, ccos)
COMPLEX_CALL(tan, ctanf, ctan)
COMPLEX_CALL(arcsin, casinf, casin)
COMPLEX_CALL(arccos, cacosf, cacos)
COMPLEX_CALL(arctan, catanf, catan)
COMPLEX_CALL(sinh, csinhf, csinh)
COMPLEX_CALL(cosh, ccoshf, ccosh)
COMPLEX_CALL(tanh, ctanhf, ctanh)
COMPLEX_CALL(arcsinh, casinhf, casinh)
COMPLEX_CALL(arccosh, cacoshf, cacosh)
COMPLEX_CALL(arctanh, catanhf, catanh)

/* Logarithms to other bases scale; float32 goes through double for its last bits. */
#define SCALED_LOG(name, factor)                                                         \
    COMPLEX_UNARY(name, COMPLEX64, double complex y = clog(MAKE_COMPLEX128(xr, xi));     \
                  re = (float)(creal(y) * (factor)); im = (float)(cimag(y) * (factor));) \
    COMPLEX_UNARY(name, COMPLEX128, double complex y = clog(MAKE_COMPLEX128(xr, xi));    \
                  re = creal(y) * (factor); im = cimag(y) * (factor);)
SCALED_LOG(log2, M_LOG2E)
SCALED_LOG(log10, M_LOG10E)

COMPLEX_UNARY(exp2, COMPLEX64, double complex y = cexp(MAKE_COMPLEX128(xr * M_LN2, xi *M_LN2));
              re = (float)creal(y); im = (float)cimag(y);)
COMPLEX_UNARY(exp2, COMPLEX128, double complex y = cexp(MAKE_COMPLEX128(xr * M_LN2, xi *M_LN2));
              re = creal(y); im = cimag(y);)

/* e**x * cos(y) - 1 without cancelling: expm1(x) * cos(y) - 2 sin(y/2)**2; and log |1 + z| near 0
   from |1 + z|**2 - 1. */
static inline double log_of_1_plus(double re, double im)
{
    if (fabs(re) < 0.5 && fabs(im) < 0.5) return 0.5 * log1p(re * (2 + re) + im * im);
    return log(hypot(re + 1, im));
}
#define EXPM1_LOG1P(C)                                                                           \
    COMPLEX_UNARY(expm1, C, double half = sin(0.5 * xi);                                         \
                  re = (V)(expm1(xr) * cos(xi) - 2 * half * half); im = (V)(exp(xr) * sin(xi));) \
    COMPLEX_UNARY(log1p, C, re = (V)log_of_1_plus(xr, xi); im = (V)atan2(xi, (double)xr + 1);)
EXPM1_LOG1P(COMPLEX64)
EXPM1_LOG1P(COMPLEX128)

/* NumPy's power: exact cases first, small whole exponents by squaring, the rest by cpow. */
#define COMPLEX_POWER(C, CPOW, MAKE, REAL, IMAG)                                              \
    static inline void times_##C(V_##C *re, V_##C *im, V_##C xr, V_##C xi)                    \
    {                                                                                         \
        V_##C r = *re * xr - *im * xi, i = *re * xi + *im * xr;                               \
        *re = r;                                                                              \
        *im = i;                                                                              \
    }                                                                                         \
    static void whole_power_##C(V_##C xr, V_##C xi, int n, V_##C *re, V_##C *im)              \
    {                                                                                         \
        unsigned m = n < 0 ? (unsigned)-n : (unsigned)n;                                      \
        V_##C r = 1, i = 0;                                                                   \
        for (; m; m >>= 1) {                                                                  \
            if (m & 1) times_##C(&r, &i, xr, xi);                                             \
            if (m > 1) times_##C(&xr, &xi, xr, xi);                                           \
        }                                                                                     \
        if (n < 0) { /* 1 / (r, i), scaled by the greater part */                             \
            bool flat = FABS_##C(i) <= FABS_##C(r);                                           \
            V_##C ratio = flat ? i / r : r / i, scale = flat ? r + i * ratio : i + r * ratio; \
            r = (flat ? 1 : ratio) / scale;                                                   \
            i = -(flat ? ratio : 1) / scale;                                                  \
        }                                                                                     \
        *re = r;                                                                              \
        *im = i;                                                                              \
    }                                                                                         \
    static void power_of_##C(V_##C xr, V_##C xi, V_##C yr, V_##C yi, V_##C *re, V_##C *im)    \
    {                                                                                         \
        *re = *im = 0;                                                                        \
        if (yr == 0 && yi == 0) {                                                             \
            *re = 1;                                                                          \
        } else if (xr == 0 && xi == 0) {                                                      \
            if (!(yr > 0)) *re = *im = (V_##C)NAN;                                            \
        } else if (yi == 0 && yr > -100 && yr < 100 && (V_##C)(int)yr == yr) {                \
            whole_power_##C(xr, xi, (int)yr, re, im);                                         \
        } else {                                                                              \
            COMPLEX_TYPE_##C y = CPOW(MAKE(xr, xi), MAKE(yr, yi));                            \
            *re = REAL(y);                                                                    \
            *im = IMAG(y);                                                                    \
        }                                                                                     \
    }                                                                                         \
    COMPLEX_BINARY(power, C, power_of_##C(xr, xi, yr, yi, &re, &im);)
#define COMPLEX_TYPE_COMPLEX64  float complex
#define COMPLEX_TYPE_COMPLEX128 double complex
#define FABS_COMPLEX64(x)       fabsf(x)
#define FABS_COMPLEX128(x)      fabs(x)
COMPLEX_POWER(COMPLEX64, cpowf, MAKE_COMPLEX64, crealf, cimagf)
COMPLEX_POWER(COMPLEX128, cpow, MAKE_COMPLEX128, creal, cimag)
