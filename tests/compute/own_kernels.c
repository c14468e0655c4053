/* Kernels of every kind, for test_own_kernels.py: compiled by shoal itself. */
#include <shoal/kernel.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- Element by element ---- */

#define POLYNOMIAL(T)                                                                         \
    static int polynomial_##T(const shoal_kernel_call *call, size_t n, const void *const *in, \
                              void *const *out)                                               \
    {                                                                                         \
        const T *x = in[0], *y = in[1];                                                       \
        T *z = out[0], a = (T)call->parameters[0], b = (T)call->parameters[1];                \
        for (size_t i = 0; i < n; i++) {                                                      \
            T ax = a * x[i];                                                                  \
            T by = b * y[i];                                                                  \
            __asm__ volatile("" : "+x"(ax), "+x"(by)); /* no contraction */                   \
            z[i] = ax + by;                                                                   \
        }                                                                                     \
        return 0;                                                                             \
    }
POLYNOMIAL(float)
POLYNOMIAL(double)

static int polynomial_int(const shoal_kernel_call *call, size_t n, const void *const *in,
                          void *const *out)
{
    const int16_t *x = in[0], *y = in[1];
    int64_t *z = out[0], a = (int64_t)call->parameters[0], b = (int64_t)call->parameters[1];
    for (size_t i = 0; i < n; i++) z[i] = a * x[i] + b * y[i];
    return 0;
}

/* Quotient and remainder, and whether it is 0. */
static int divide(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    const int32_t *x = in[0], *y = in[1];
    int32_t *quotient = out[0];
    int64_t *rest = out[1];
    uint8_t *whole = out[2];
    (void)call;
    for (size_t i = 0; i < n; i++) {
        quotient[i] = y[i] ? x[i] / y[i] : 0;
        rest[i] = y[i] ? x[i] % y[i] : 0;
        whole[i] = rest[i] == 0;
    }
    return 0;
}

/* Eight arguments, through the scratch. */
static int eight(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    double *sum = call->scratch;
    if (call->scratch_bytes < n * sizeof *sum || (uintptr_t)sum % 64) return 1;
    memset(sum, 0, n * sizeof *sum);
    for (int k = 0; k < 8; k++)
        for (size_t i = 0; i < n; i++) sum[i] += (k + 1) * ((const double *)in[k])[i];
    memcpy(out[0], sum, n * sizeof *sum);
    return 0;
}

static size_t eight_scratch(void *user, const double *parameters, uint64_t n)
{
    (void)user;
    (void)parameters;
    return (size_t)n * sizeof(double);
}

static int turn_half(const shoal_kernel_call *call, size_t n, const void *const *in,
                     void *const *out)
{
    const uint16_t *x = in[0];
    (void)call;
    for (size_t i = 0; i < n; i++) ((uint16_t *)out[0])[i] = x[i] ^ 0x8000; /* the sign */
    return 0;
}

static int turn_complex(const shoal_kernel_call *call, size_t n, const void *const *in,
                        void *const *out)
{
    const float *x = in[0];
    float *y = out[0];
    (void)call;
    for (size_t i = 0; i < n; i++) {
        y[2 * i] = -x[2 * i + 1];
        y[2 * i + 1] = x[2 * i];
    }
    return 0;
}

static int flip(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    (void)call;
    for (size_t i = 0; i < n; i++) ((uint8_t *)out[0])[i] = !((const uint8_t *)in[0])[i];
    return 0;
}

/* Where the element stands, in C order of the array: what the call tells about the box. */
static int place(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    (void)in;
    for (size_t i = 0; i < n; i++) {
        uint64_t rest = call->index + i, step = 1, at = 0;
        for (uint32_t k = call->rank; k-- > 0;) {
            at += (call->start[k] + rest % call->count[k]) * step;
            rest /= call->count[k];
            step *= call->shape[k];
        }
        ((int64_t *)out[0])[i] = (int64_t)at;
    }
    return 0;
}

/* ---- Reductions ---- */

/* A digest that knows the order of its elements: h * B ** n + ..., merged exactly. */
typedef struct digest {
    uint64_t hash, power;
} digest;
#define BASE UINT64_C(6364136223846793005)

static int digest_init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    *(digest *)state = (digest){0, 1};
    return 0;
}

static int digest_step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    digest *d = state;
    const int32_t *v = x;
    (void)call;
    for (size_t i = 0; i < n; i++) {
        d->hash = d->hash * BASE + (uint64_t)(int64_t)v[i];
        d->power *= BASE;
    }
    return 0;
}

static int digest_merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    digest *d = state;
    const digest *b = behind;
    (void)call;
    d->hash = d->hash * b->power + b->hash;
    d->power *= b->power;
    return 0;
}

static int digest_finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    (void)call;
    *(uint64_t *)result = ((const digest *)state)->hash + n;
    return 0;
}

/* Sums of float64 and float32: whose bits depend on the order. */
#define SUM(T)                                                                                   \
    static int sum_init_##T(const shoal_kernel_call *call, void *state)                          \
    {                                                                                            \
        (void)call;                                                                              \
        *(T *)state = 0;                                                                         \
        return 0;                                                                                \
    }                                                                                            \
    static int sum_step_##T(const shoal_kernel_call *call, void *state, size_t n, const void *x) \
    {                                                                                            \
        T sum = *(T *)state;                                                                     \
        (void)call;                                                                              \
        for (size_t i = 0; i < n; i++) sum += ((const T *)x)[i];                                 \
        *(T *)state = sum;                                                                       \
        return 0;                                                                                \
    }                                                                                            \
    static int sum_merge_##T(const shoal_kernel_call *call, void *state, const void *behind)     \
    {                                                                                            \
        (void)call;                                                                              \
        *(T *)state += *(const T *)behind;                                                       \
        return 0;                                                                                \
    }                                                                                            \
    static int sum_finish_##T(const shoal_kernel_call *call, const void *state, uint64_t n,      \
                              void *result)                                                      \
    {                                                                                            \
        (void)n;                                                                                 \
        *(T *)result = *(const T *)state * (T)call->parameters[0];                               \
        return 0;                                                                                \
    }
SUM(double)
SUM(float)

/* The same digest, of pairs. */
static int pairs_step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    digest *d = state;
    const void *const *all = x;
    const int8_t *u = all[0];
    const int32_t *v = all[1];
    if (((uintptr_t)u | (uintptr_t)v) % 64) return call->parameters != NULL;
    for (size_t i = 0; i < n; i++) {
        d->hash = d->hash * BASE + (uint64_t)(1000 * (int64_t)v[i] + u[i]);
        d->power *= BASE;
    }
    return 0;
}

/* A weighted mean: sums of w * x and of w. */
static int weigh_init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    memset(state, 0, 2 * sizeof(double));
    return 0;
}

static int weigh_step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    const void *const *all = x;
    const double *value = all[0], *weight = all[1];
    double sums[2] = {0, 0};
    (void)call;
    for (size_t i = 0; i < n; i++) {
        sums[0] += weight[i] * value[i];
        sums[1] += weight[i];
    }
    for (int k = 0; k < 2; k++) ((double *)state)[k] += sums[k];
    return 0;
}

static int weigh_merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    (void)call;
    for (int k = 0; k < 2; k++) ((double *)state)[k] += ((const double *)behind)[k];
    return 0;
}

static int weigh_finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    const double *sums = state;
    (void)n;
    *(double *)result = sums[0] / sums[1] * call->parameters[0];
    return 0;
}

/* A sum of five arrays of other types, one of them by the index. */
static int five_step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    const void *const *all = x;
    const uint8_t *b = all[0];
    const double *z = all[1];
    const uint16_t *h = all[2];
    const int32_t *i = all[3];
    const int64_t *l = all[4];
    int64_t *sum = state;
    for (size_t k = 0; k < n; k++)
        *sum += b[k] + (int64_t)z[2 * k] + 3 * (int64_t)z[2 * k + 1] + h[k] + i[k] +
                l[k] * (int64_t)(call->index + k);
    return 0;
}

static int five_init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    *(int64_t *)state = 0;
    return 0;
}

static int five_merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    (void)call;
    *(int64_t *)state += *(const int64_t *)behind;
    return 0;
}

static int five_finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    (void)call;
    (void)n;
    *(int64_t *)result = *(const int64_t *)state;
    return 0;
}

/* The last place of the greatest: by what a call tells of the index. */
typedef struct greatest {
    double value;
    int64_t at;
} greatest;

static int last_init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    *(greatest *)state = (greatest){-INFINITY, -1};
    return 0;
}

static int last_step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    greatest *g = state;
    const double *v = x;
    for (size_t i = 0; i < n; i++) {
        int64_t at = (int64_t)(call->index + i);
        if (v[i] > g->value || (v[i] == g->value && at > g->at)) *g = (greatest){v[i], at};
    }
    return 0;
}

static int last_merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    greatest *g = state;
    const greatest *b = behind;
    (void)call;
    if (b->value > g->value || (b->value == g->value && b->at > g->at)) *g = *b;
    return 0;
}

static int last_finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    (void)call;
    (void)n;
    *(int64_t *)result = ((const greatest *)state)->at;
    return 0;
}

/* ---- Lines ---- */

static int backwards(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out,
                     void *out)
{
    (void)call;
    if (n_out != n) return 1;
    for (uint64_t i = 0; i < n; i++) ((float *)out)[i] = ((const float *)x)[n - 1 - i];
    return 0;
}

static uint64_t every_length(void *user, const double *parameters, uint64_t n)
{
    (void)user;
    return (n + (uint64_t)parameters[0] - 1) / (uint64_t)parameters[0];
}

static int every(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out,
                 void *out)
{
    uint64_t step = (uint64_t)call->parameters[0];
    (void)n;
    for (uint64_t i = 0; i < n_out; i++) ((double *)out)[i] = ((const int32_t *)x)[i * step] * 0.5;
    return 0;
}

/* ---- Stencils ---- */

static int slope(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    const double *v = x;
    (void)call;
    for (uint64_t i = 0; i < n; i++) ((double *)out)[i] = v[(int64_t)i + 2] - v[(int64_t)i - 1];
    return 0;
}

static void window_halo(void *user, const double *parameters, uint64_t *before, uint64_t *after)
{
    (void)user;
    *before = (uint64_t)parameters[0];
    *after = (uint64_t)parameters[1];
}

static int window_max(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    const int32_t *v = x;
    int64_t before = (int64_t)call->parameters[0], after = (int64_t)call->parameters[1];
    for (uint64_t i = 0; i < n; i++) {
        int32_t most = v[(int64_t)i - before];
        for (int64_t k = -before; k <= after; k++)
            if (v[(int64_t)i + k] > most) most = v[(int64_t)i + k];
        ((int32_t *)out)[i] = most;
    }
    return 0;
}

/* Nine neighbours, each with a weight of its own; exact for small whole numbers. */
static int nine(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    const double *v = x;
    int64_t up = call->strides[0];
    if (call->strides[1] != 1) return 1;
    for (int64_t i = 0; i < (int64_t)n; i++) {
        double sum = 0;
        for (int64_t a = -1; a <= 1; a++)
            for (int64_t b = -1; b <= 1; b++) sum += (double)(9 + 3 * a + b) * v[i + a * up + b];
        ((double *)out)[i] = sum;
    }
    return 0;
}

/* The seven-point stencil of three axes. */
static int seven(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    const float *v = x;
    const int64_t *s = call->strides;
    for (int64_t i = 0; i < (int64_t)n; i++) {
        float sum = -6 * v[i];
        for (int k = 0; k < 3; k++) sum += (float)(k + 1) * v[i - s[k]] + v[i + s[k]];
        ((float *)out)[i] = sum;
    }
    return 0;
}

/* The sum of a box that the parameters tell, with the place: which row it is in C order. */
static int box_sum(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    const int32_t *v = x;
    const double *p = call->parameters;
    for (int64_t i = 0; i < (int64_t)n; i++) {
        int64_t sum = (int64_t)call->index + i;
        for (int64_t a = -(int64_t)p[0]; a <= (int64_t)p[1]; a++)
            for (int64_t b = -(int64_t)p[2]; b <= (int64_t)p[3]; b++)
                sum += (3 + a) * (7 + b) * v[i + a * call->strides[0] + b];
        ((int64_t *)out)[i] = sum;
    }
    return 0;
}

static void box_halo(void *user, const double *parameters, uint64_t *before, uint64_t *after)
{
    (void)user;
    for (int k = 0; k < 2; k++) {
        before[k] = (uint64_t)parameters[2 * k];
        after[k] = (uint64_t)parameters[2 * k + 1];
    }
}

/* The sums of blocks of `step` elements along each of the axes, the last ones of fewer. */
static int pool(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out, void *out)
{
    const int32_t *v = x;
    int64_t *sum = out;
    const uint64_t *from = call->lengths, *to = call->out_lengths;
    uint64_t step = (uint64_t)call->parameters[0];
    if (n != from[0] * from[1] || n_out != to[0] * to[1] || call->strides) return 1;
    memset(out, 0, (size_t)n_out * sizeof *sum);
    for (uint64_t i = 0; i < from[0]; i++)
        for (uint64_t j = 0; j < from[1]; j++)
            sum[i / step * to[1] + j / step] += v[i * from[1] + j];
    return 0;
}

/* A volume from the other end along all axes, each element with its number. */
static int turn_volume(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out,
                       void *out)
{
    const float *v = x;
    const uint64_t *m = call->lengths;
    if (n != m[0] * m[1] * m[2] || n != n_out) return 1;
    for (uint64_t i = 0; i < n; i++) ((float *)out)[i] = v[n - 1 - i] + (float)i;
    return 0;
}

static const shoal_kernel_parameter around[] = {{.name = "up", .value = 1, .is_whole = 1},
                                                {.name = "down", .value = 1, .is_whole = 1},
                                                {.name = "left", .value = 1, .is_whole = 1},
                                                {.name = "right", .value = 1, .is_whole = 1}};
static const shoal_kernel_parameter ab[] = {{.name = "a", .value = 2},
                                            {.name = "b", .is_needed = 1}};
static const shoal_kernel_parameter scale[] = {{.name = "scale", .value = 1}};
static const shoal_kernel_parameter step[] = {{.name = "step", .value = 2, .is_whole = 1}};
static const shoal_kernel_parameter halo[] = {{.name = "before", .value = 1, .is_whole = 1},
                                              {.name = "after", .value = 1, .is_whole = 1}};

#define ELEMENTS(NAME, TYPES, FUNCTION) \
    .name = NAME, .kind = SHOAL_KERNEL_ELEMENTS, .types = TYPES, .elements = FUNCTION
#define REDUCTION(NAME, TYPES, PREFIX, SUFFIX)                                                   \
    .name = NAME, .kind = SHOAL_KERNEL_REDUCTION, .types = TYPES, .init = PREFIX##_init##SUFFIX, \
    .step = PREFIX##_step##SUFFIX, .merge = PREFIX##_merge##SUFFIX,                              \
    .finish = PREFIX##_finish##SUFFIX

static const shoal_kernel_spec kernels[] = {
    {ELEMENTS("polynomial", "int16, int16 -> int64", polynomial_int), .doc = "a * x + b * y",
     .parameters = ab, .n_parameters = 2},
    {ELEMENTS("polynomial", "f4,f4->f4", polynomial_float), .parameters = ab, .n_parameters = 2},
    {ELEMENTS("polynomial", "float64, float64 -> float64", polynomial_double), .parameters = ab,
     .n_parameters = 2},
    {ELEMENTS("divide3", "int32, int32 -> int32, int64, bool", divide),
     .arguments = "dividend, divisor"},
    {ELEMENTS("eight", "f8, f8, f8, f8, f8, f8, f8, f8 -> f8", eight), .scratch = eight_scratch},
    {ELEMENTS("turn_half", "float16 -> float16", turn_half)},
    {ELEMENTS("turn_complex", "complex64 -> complex64", turn_complex)},
    {ELEMENTS("flip_bool", "bool -> bool", flip)},
    {ELEMENTS("place", "int8 -> int64", place)},
    {REDUCTION("digest", "int32 -> uint64", digest, ), .state_bytes = sizeof(digest)},
    {REDUCTION("plain_sum", "float32 -> float32", sum, _float), .state_bytes = sizeof(float),
     .parameters = scale, .n_parameters = 1},
    {REDUCTION("plain_sum", "float64 -> float64", sum, _double), .state_bytes = sizeof(double),
     .parameters = scale, .n_parameters = 1},
    {REDUCTION("weigh", "float64, float64 -> float64", weigh, ), .state_bytes = 2 * sizeof(double),
     .parameters = scale, .n_parameters = 1, .arguments = "x, weight"},
    {.name = "pairs",
     .kind = SHOAL_KERNEL_REDUCTION,
     .types = "int8, int32 -> uint64",
     .init = digest_init,
     .step = pairs_step,
     .merge = digest_merge,
     .finish = digest_finish,
     .state_bytes = sizeof(digest)},
    {REDUCTION("five", "bool, complex128, float16, int32, int64 -> int64", five, ),
     .state_bytes = sizeof(int64_t)},
    {REDUCTION("last_greatest", "float64 -> int64", last, ), .state_bytes = sizeof(greatest)},
    {.name = "backwards",
     .kind = SHOAL_KERNEL_LINES,
     .types = "float32 -> float32",
     .line = backwards},
    {.name = "every",
     .kind = SHOAL_KERNEL_LINES,
     .types = "int32 -> float64",
     .line = every,
     .length = every_length,
     .parameters = step,
     .n_parameters = 1},
    {.name = "slope",
     .kind = SHOAL_KERNEL_STENCIL,
     .types = "float64 -> float64",
     .stencil = slope,
     .before = 1,
     .after = 2},
    {.name = "pool",
     .kind = SHOAL_KERNEL_LINES_2D,
     .types = "int32 -> int64",
     .line = pool,
     .length = every_length,
     .parameters = step,
     .n_parameters = 1},
    {.name = "turn_volume",
     .kind = SHOAL_KERNEL_LINES_3D,
     .types = "float32 -> float32",
     .line = turn_volume},
    {.name = "nine",
     .kind = SHOAL_KERNEL_STENCIL_2D,
     .types = "float64 -> float64",
     .stencil = nine,
     .before = 1,
     .after = 1},
    {.name = "seven",
     .kind = SHOAL_KERNEL_STENCIL_3D,
     .types = "float32 -> float32",
     .stencil = seven,
     .before = 1,
     .after = 1},
    {.name = "box_sum",
     .kind = SHOAL_KERNEL_STENCIL_2D,
     .types = "int32 -> int64",
     .stencil = box_sum,
     .halo = box_halo,
     .parameters = around,
     .n_parameters = 4},
    {.name = "window_max",
     .kind = SHOAL_KERNEL_STENCIL,
     .types = "int32 -> int32",
     .stencil = window_max,
     .halo = window_halo,
     .parameters = halo,
     .n_parameters = 2},
};
SHOAL_KERNELS(kernels);
