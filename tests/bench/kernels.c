/* The kernels of bench kernels: what is measured beside the built-in expressions. */
#include <shoal/kernel.h>

#include <string.h>

#define ELEMENTS(T)                                                                      \
    static int line_##T(const shoal_kernel_call *call, size_t n, const void *const *in,  \
                        void *const *out)                                                \
    {                                                                                    \
        const T *x = in[0];                                                              \
        T *restrict y = out[0];                                                          \
        (void)call;                                                                      \
        for (size_t i = 0; i < n; i++) y[i] = x[i] * 2 + 1;                              \
        return 0;                                                                        \
    }                                                                                    \
    static int ratio_##T(const shoal_kernel_call *call, size_t n, const void *const *in, \
                         void *const *out)                                               \
    {                                                                                    \
        const T *x = in[0];                                                              \
        T *restrict y = out[0];                                                          \
        (void)call;                                                                      \
        for (size_t i = 0; i < n; i++)                                                   \
            y[i] = (x[i] - (T)1.5) * (x[i] + (T)0.5) / (x[i] * x[i] + 1);                \
        return 0;                                                                        \
    }
ELEMENTS(float)
ELEMENTS(double)

/* The plain sum, in lanes, so that the compiler can keep them in vectors. */
enum { LANES = 64 };

static int init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    *(double *)state = 0;
    return 0;
}

#define STEP(T)                                                                              \
    static int step_##T(const shoal_kernel_call *call, void *state, size_t n, const void *x) \
    {                                                                                        \
        const T *v = x;                                                                      \
        double lane[LANES] = {0}, sum = 0;                                                   \
        size_t i = 0;                                                                        \
        (void)call;                                                                          \
        for (; i + LANES <= n; i += LANES)                                                   \
            for (int k = 0; k < LANES; k++) lane[k] += (double)v[i + (size_t)k];             \
        for (; i < n; i++) sum += (double)v[i];                                              \
        for (int k = 0; k < LANES; k++) sum += lane[k];                                      \
        *(double *)state += sum;                                                             \
        return 0;                                                                            \
    }
STEP(float)
STEP(double)

static int merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    (void)call;
    *(double *)state += *(const double *)behind;
    return 0;
}

static int finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    (void)call;
    (void)n;
    memcpy(result, state, sizeof(double));
    return 0;
}

#define REDUCES(TYPES, STEP)                                                               \
    {                                                                                      \
        .name = "plain_sum", .kind = SHOAL_KERNEL_REDUCTION, .types = TYPES, .init = init, \
        .step = STEP, .merge = merge, .finish = finish, .state_bytes = sizeof(double)      \
    }
#define MAPS(NAME, TYPES, FUNCTION)                                                       \
    {                                                                                     \
        .name = NAME, .kind = SHOAL_KERNEL_ELEMENTS, .types = TYPES, .elements = FUNCTION \
    }

static const shoal_kernel_spec kernels[] = {
    MAPS("own_line", "float32 -> float32", line_float),
    MAPS("own_line", "float64 -> float64", line_double),
    MAPS("own_ratio", "float32 -> float32", ratio_float),
    MAPS("own_ratio", "float64 -> float64", ratio_double),
    REDUCES("float32 -> float64", step_float),
    REDUCES("float64 -> float64", step_double),
};
SHOAL_KERNELS(kernels);
