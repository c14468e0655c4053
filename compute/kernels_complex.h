/* Element-wise arithmetic, order and parts of complex numbers, as NumPy defines them. Included by
   kernels_element.c. */

#define C_ADD(C, name)      COMPLEX_BINARY(name, C, re = xr + yr; im = xi + yi;)
#define C_SUBTRACT(C, name) COMPLEX_BINARY(name, C, re = xr - yr; im = xi - yi;)
#define PRODUCT             \
    re = xr * yr - xi * yi; \
    im = xr * yi + xi * yr;
#define C_MULTIPLY(C, name)  COMPLEX_BINARY(name, C, PRODUCT)
#define C_NEGATIVE(C, name)  COMPLEX_UNARY(name, C, re = -xr; im = -xi;)
#define C_SAME(C, name)      COMPLEX_UNARY(name, C, re = xr; im = xi;)
#define C_CONJUGATE(C, name) COMPLEX_UNARY(name, C, re = xr; im = -xi;)
#define C_SQUARE(C, name)    COMPLEX_UNARY(name, C, re = xr * xr - xi * xi; im = xr * xi + xi * xr;)
FOR_COMPLEX(C_ADD, add)
FOR_COMPLEX(C_SUBTRACT, subtract)
FOR_COMPLEX(C_MULTIPLY, multiply)
FOR_COMPLEX(C_NEGATIVE, negative)
FOR_COMPLEX(C_SAME, same)
FOR_COMPLEX(C_CONJUGATE, conjugate)
FOR_COMPLEX(C_SQUARE, square)

/* Smith's algorithm: scales by the greater part of the divisor, so that its square does not
   overflow. 0 divides each part. */
#define C_DIVIDE(C, FABS)                                                                         \
    static inline void quotient_##C(V_##C xr, V_##C xi, V_##C yr, V_##C yi, V_##C *re, V_##C *im) \
    {                                                                                             \
        V_##C ar = FABS(yr), ai = FABS(yi);                                                       \
        if (ar >= ai) {                                                                           \
            if (ar == 0 && ai == 0) {                                                             \
                *re = xr / ar;                                                                    \
                *im = xi / ar;                                                                    \
                return;                                                                           \
            }                                                                                     \
            V_##C ratio = yi / yr, scale = 1 / (yr + yi * ratio);                                 \
            *re = (xr + xi * ratio) * scale;                                                      \
            *im = (xi - xr * ratio) * scale;                                                      \
        } else {                                                                                  \
            V_##C ratio = yr / yi, scale = 1 / (yi + yr * ratio);                                 \
            *re = (xr * ratio + xi) * scale;                                                      \
            *im = (xi * ratio - xr) * scale;                                                      \
        }                                                                                         \
    }                                                                                             \
    static inline void inverse_##C(V_##C xr, V_##C xi, V_##C *re, V_##C *im)                      \
    {                                                                                             \
        bool flat = FABS(xi) <= FABS(xr);                                                         \
        V_##C ratio = flat ? xi / xr : xr / xi;                                                   \
        V_##C scale = flat ? xr + xi * ratio : xi + xr * ratio;                                   \
        *re = (flat ? 1 : ratio) / scale;                                                         \
        *im = -(flat ? ratio : 1) / scale;                                                        \
    }                                                                                             \
    COMPLEX_BINARY(divide, C, quotient_##C(xr, xi, yr, yi, &re, &im);)                            \
    COMPLEX_UNARY(reciprocal, C, inverse_##C(xr, xi, &re, &im);)
C_DIVIDE(COMPLEX64, fabsf)
C_DIVIDE(COMPLEX128, fabs)

/* x / |x|; an infinite part alone counts as 1. */
#define C_SIGN(C, HYPOT)                                                     \
    static inline void sign_of_##C(V_##C xr, V_##C xi, V_##C *re, V_##C *im) \
    {                                                                        \
        V_##C size = HYPOT(xr, xi);                                          \
        if (size != size || (isinf(xr) && isinf(xi))) {                      \
            *re = *im = (V_##C)NAN;                                          \
        } else if (isinf(size)) {                                            \
            *re = isinf(xr) ? (xr > 0 ? 1 : -1) : 0;                         \
            *im = isinf(xi) ? (xi > 0 ? 1 : -1) : 0;                         \
        } else {                                                             \
            *re = size == 0 ? 0 : xr / size;                                 \
            *im = size == 0 ? 0 : xi / size;                                 \
        }                                                                    \
    }                                                                        \
    COMPLEX_UNARY(sign, C, sign_of_##C(xr, xi, &re, &im);)
C_SIGN(COMPLEX64, hypotf)
C_SIGN(COMPLEX128, hypot)

COMPLEX_UNARY(rint, COMPLEX64, re = rintf(xr); im = rintf(xi);)
COMPLEX_UNARY(rint, COMPLEX128, re = rint(xr); im = rint(xi);)
COMPLEX_TO(real, COMPLEX64, FLOAT32, xr)
COMPLEX_TO(real, COMPLEX128, FLOAT64, xr)
COMPLEX_TO(imag, COMPLEX64, FLOAT32, xi)
COMPLEX_TO(imag, COMPLEX128, FLOAT64, xi)

#define C_ISNAN(C, name)    COMPLEX_TO(name, C, BOOL, (xr != xr) | (xi != xi))
#define C_ISFINITE(C, name) COMPLEX_TO(name, C, BOOL, ((xr - xr) == 0) & ((xi - xi) == 0))
#define C_ISINF(C, name)    COMPLEX_TO(name, C, BOOL, (isinf(xr) != 0) | (isinf(xi) != 0))
FOR_COMPLEX(C_ISNAN, isnan)
FOR_COMPLEX(C_ISFINITE, isfinite)
FOR_COMPLEX(C_ISINF, isinf)

/* By the real parts, then by the imaginary ones; a NaN in an imaginary part makes it false. */
#define C_ORDER(op, or_tie) \
    (((xr op yr) & (xr != yr) & (xi == xi) & (yi == yi)) | ((xr == yr) & (xi or_tie yi)))
#define C_EQUAL(C, name)         COMPLEX_COMPARE(name, C, (xr == yr) & (xi == yi))
#define C_NOT_EQUAL(C, name)     COMPLEX_COMPARE(name, C, (xr != yr) | (xi != yi))
#define C_LESS(C, name)          COMPLEX_COMPARE(name, C, C_ORDER(<, <))
#define C_LESS_EQUAL(C, name)    COMPLEX_COMPARE(name, C, C_ORDER(<, <=))
#define C_GREATER(C, name)       COMPLEX_COMPARE(name, C, C_ORDER(>, >))
#define C_GREATER_EQUAL(C, name) COMPLEX_COMPARE(name, C, C_ORDER(>, >=))
FOR_COMPLEX(C_EQUAL, equal)
FOR_COMPLEX(C_NOT_EQUAL, not_equal)
FOR_COMPLEX(C_LESS, less)
FOR_COMPLEX(C_LESS_EQUAL, less_equal)
FOR_COMPLEX(C_GREATER, greater)
FOR_COMPLEX(C_GREATER_EQUAL, greater_equal)

#define X_NAN ((xr != xr) | (xi != xi))
#define Y_NAN ((yr != yr) | (yi != yi))
#define C_PICK(name, C, first) \
    COMPLEX_BINARY(name, C, bool pick = first; re = pick ? xr : yr; im = pick ? xi : yi;)
#define C_MINIMUM(C, name) C_PICK(name, C, X_NAN | C_ORDER(<, <=))
#define C_MAXIMUM(C, name) C_PICK(name, C, X_NAN | C_ORDER(>, >=))
#define C_FMIN(C, name)    C_PICK(name, C, Y_NAN | C_ORDER(<, <=))
#define C_FMAX(C, name)    C_PICK(name, C, Y_NAN | C_ORDER(>, >=))
FOR_COMPLEX(C_MINIMUM, minimum)
FOR_COMPLEX(C_MAXIMUM, maximum)
FOR_COMPLEX(C_FMIN, fmin)
FOR_COMPLEX(C_FMAX, fmax)

#define C_WHERE(C, name)                                               \
    static void name##_##C(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_BOOL *a = in[0];                                       \
        const T_##C *b = in[1];                                        \
        const T_##C *c = in[2];                                        \
        T_##C *o = out;                                                \
        INDEPENDENT for (size_t i = 0; i < n; i++)                     \
        {                                                              \
            const V_##C re = a[i] ? b[2 * i] : c[2 * i];               \
            const V_##C im = a[i] ? b[2 * i + 1] : c[2 * i + 1];       \
            o[2 * i] = re;                                             \
            o[2 * i + 1] = im;                                         \
        }                                                              \
    }
FOR_COMPLEX(C_WHERE, where)

/* NumPy's clip orders without a look at NaNs in the bounds' imaginary parts. */
#define C_SIMPLE_ORDER(op, ar, ai, br, bi) ((ar) == (br) ? (ai)op(bi) : (ar)op(br))
#define C_CLIP(C, name)                                                       \
    static void name##_##C(size_t n, const void *const *in, void *out)        \
    {                                                                         \
        const T_##C *a = in[0];                                               \
        const T_##C *b = in[1];                                               \
        const T_##C *c = in[2];                                               \
        T_##C *o = out;                                                       \
        for (size_t i = 0; i < 2 * n; i += 2) {                               \
            V_##C re = a[i], im = a[i + 1];                                   \
            const V_##C lr = b[i], li = b[i + 1], hr = c[i], hi = c[i + 1];   \
            bool nan = IS_NAN(re) || IS_NAN(im);                              \
            if (!nan && !C_SIMPLE_ORDER(>, re, im, lr, li)) re = lr, im = li; \
            nan = IS_NAN(re) || IS_NAN(im);                                   \
            if (!nan && !C_SIMPLE_ORDER(<, re, im, hr, hi)) re = hr, im = hi; \
            o[i] = re;                                                        \
            o[i + 1] = im;                                                    \
        }                                                                     \
    }
FOR_COMPLEX(C_CLIP, clip)
