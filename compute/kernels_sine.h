/* Sine and cosine of float32, in double arithmetic without FMA: x is reduced by the nearest
   multiple of pi (Cody and Waite: the high part of pi has 33 bits, so that its product with the
   multiple is exact), and sin(r) = r (1 + r**2 P(r**2)) with P the Chebyshev fit of degree 4 over
   [0, (pi/2)**2], whose relative error is 1.1e-10: results are within 0.502 ulp. NaN and
   infinities give NaN by themselves; blocks that hold a large x go through SLEEF too, for those
   elements. Included by kernels_math.c. */
#ifndef SHOAL_COMPUTE_KERNELS_SINE_H
#define SHOAL_COMPUTE_KERNELS_SINE_H

#define SINE_LIMIT 1e6f
#define TO_INTEGER 0x1.8p52 /* added, it leaves a double's nearest integer in the low bits */
#define PI_HIGH    0x1.921fb54400000p+1
#define PI_LOW     0x1.0b4611a626331p-33

/* sin(r) for |r| <= pi/2, with the sign turned when the integer in `shifted` is odd. */
static inline double sine_of(double r, double shifted)
{
    double z = r * r;
    double p = -2.4079999732104250e-8;
    p = p * z + 2.7536455323909118e-6;
    p = p * z - 1.9841086452506194e-4;
    p = p * z + 8.3333327683050490e-3;
    p = p * z - 1.6666666663878465e-1;
    double y = r * (1 + z * p); /* keeps the sign of zero */
    uint64_t bits, odd;
    memcpy(&odd, &shifted, sizeof odd);
    memcpy(&bits, &y, sizeof bits);
    bits ^= odd << 63;
    memcpy(&y, &bits, sizeof y);
    return y;
}

static inline float sine(float x)
{
    double shifted = (double)x * M_1_PI + TO_INTEGER, q = shifted - TO_INTEGER;
    return (float)sine_of(((double)x - q * PI_HIGH) - q * PI_LOW, shifted);
}

/* cos(r + (k + 1/2) pi) = -(-1)**k sin(r) */
static inline float cosine(float x)
{
    double shifted = ((double)x * M_1_PI - 0.5) + TO_INTEGER, q = (shifted - TO_INTEGER) + 0.5;
    return (float)-sine_of(((double)x - q * PI_HIGH) - q * PI_LOW, shifted);
}

#define SINE_KERNEL(name, function, f)                                              \
    static void name##_FLOAT32(size_t n, const void *const *in, void *out)          \
    {                                                                               \
        _Alignas(64) float xs[BLOCK], ys[BLOCK], zs[BLOCK];                         \
        for (size_t i = 0; i < n; i += BLOCK) {                                     \
            size_t m = n - i < BLOCK ? n - i : BLOCK;                               \
            int any = 0;                                                            \
            take_FLOAT32(xs, (const T_FLOAT32 *)in[0] + i, m);                      \
            for (size_t k = 0; k < BLOCK; k++) ys[k] = function(xs[k]);             \
            for (size_t k = 0; k < BLOCK; k++) any |= fabsf(xs[k]) > SINE_LIMIT;    \
            for (size_t k = 0; any && k < BLOCK; k += WIDTH_FLOAT32)                \
                WRITE_FLOAT32(zs + k, SLEEF_FLOAT32(f, u10)(READ_FLOAT32(xs + k))); \
            for (size_t k = 0; any && k < BLOCK; k++)                               \
                ys[k] = fabsf(xs[k]) > SINE_LIMIT ? zs[k] : ys[k];                  \
            memcpy((T_FLOAT32 *)out + i, ys, m * sizeof *ys);                       \
        }                                                                           \
    }
SINE_KERNEL(sin, sine, sin)
SINE_KERNEL(cos, cosine, cos)

#endif
