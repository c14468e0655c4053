/* Reductions of one instruction set: templates instantiated for every element type. The plain ones
   of a type have names in plain_, those that skip NaNs in nan_. */
#include "compute/kernel_types.h"

#define LANES        ((size_t)32)   /* of doubles that a block is summed in; the same everywhere */
#define EXACT_LANES  ((size_t)16)   /* where each lane keeps what rounding loses */
#define SUM_BLOCK    ((size_t)4096) /* elements summed before the sum is added exactly */
#define SUM_ROWS     ((size_t)64)   /* the same for rows, in columns */
#define COLUMN_PARTS ((size_t)512)  /* columns whose state is kept in L1 at once */
#define VAR_PARTS    ((size_t)256)  /* the same, and rows, where blocks are read twice */
#define VAR_ROWS     ((size_t)32)
#define WIDE_BLOCK   ((size_t)4096) /* integers converted to double at once */
#define WIDE_ROWS    ((size_t)16)

/* *high + *low += x, where low takes what rounding loses; infinities and NaN go to high alone. */
static inline void add_exactly(double *high, double *low, double x)
{
    double sum = *high + x, part = sum - *high;
    double lost = (*high - (sum - part)) + (x - part);
    *low += lost - lost == 0 ? lost : 0;
    *high = sum;
}

static void zero_init(void *const *fields, size_t n_cells)
{
    memset(fields[0], 0, n_cells * 8);
}

static void one_float_init(void *const *fields, size_t n_cells)
{
    for (size_t c = 0; c < n_cells; c++) ((double *)fields[0])[c] = 1;
}

static void complex_one_init(void *const *fields, size_t n_cells)
{
    one_float_init(fields, n_cells);
    memset(fields[1], 0, n_cells * 8);
}

static void complex_extreme_init(void *const *fields, size_t n_cells)
{
    for (size_t c = 0; c < n_cells; c++) ((double *)fields[0])[c] = ((double *)fields[1])[c] = NAN;
    memset(fields[2], 0xff, n_cells * 8);
}

#define MERGE(name, V, op)                                                               \
    static void name(void *const *into, size_t t, void *const *from, size_t f, size_t n) \
    {                                                                                    \
        V *to = (V *)into[0] + t;                                                        \
        const V *more = (const V *)from[0] + f;                                          \
        for (size_t i = 0; i < n; i++) to[i] op more[i];                                 \
    }
MERGE(add_merge, uint64_t, +=)
MERGE(product_merge, double, *=)

/* Of int64 and uint64 results alike. */
static bool uint64_finish(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                          void *out)
{
    (void)params;
    memcpy(out, (const uint64_t *)fields[0] + cell, n * 8);
    return true;
}

/* ---- Whole numbers that tell when they wrap around ---- */

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

static void wide_init(void *const *fields, size_t n_cells)
{
    memset(fields[0], 0, n_cells * 8);
    memset(fields[1], 0, n_cells * 8);
}

static inline void add_wide(void *const *fields, size_t cell, wide x)
{
    uint64_t *low = (uint64_t *)fields[0] + cell, before = *low;
    int64_t *high = (int64_t *)fields[1] + cell;
    *low += (uint64_t)x;
    *high += (int64_t)(x >> 64) + (*low < before);
}

static void wide_merge(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    const uint64_t *low = (const uint64_t *)from[0] + f;
    const int64_t *high = (const int64_t *)from[1] + f;
    for (size_t i = 0; i < n; i++)
        add_wide(into, t + i, (wide)((unsigned_wide)high[i] << 64 | low[i]));
}

static void whole_product_init(void *const *fields, size_t n_cells)
{
    for (size_t c = 0; c < n_cells; c++) {
        ((uint64_t *)fields[0])[c] = 1;
        ((double *)fields[1])[c] = 1;
    }
}

static void whole_product_merge(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((uint64_t *)into[0])[t + i] *= ((const uint64_t *)from[0])[f + i];
        ((double *)into[1])[t + i] *= ((const double *)from[1])[f + i];
    }
}

/* Is the product not about what it should be? NaN: infinity times 0, which wraps to 0 too. */
static bool product_wraps(double product, double about)
{
    return fabs(about - product) > 1e-6 * fabs(about) || isinf(about);
}

#define WRAPPING_FINISH(name, V, wraps_at)                                                   \
    static bool name(void *const *fields, size_t cell, size_t n, const shoal_finish *params, \
                     void *out)                                                              \
    {                                                                                        \
        const V *x = (const V *)fields[0] + cell;                                            \
        const int64_t *high = (const int64_t *)fields[1] + cell;                             \
        const double *about = (const double *)fields[1] + cell;                              \
        bool wraps = false;                                                                  \
        (void)high, (void)about;                                                             \
        for (size_t i = 0; i < n; i++) wraps |= wraps_at;                                    \
        if (params->wraps) *params->wraps |= wraps;                                          \
        memcpy(out, x, n * 8);                                                               \
        return true;                                                                         \
    }
WRAPPING_FINISH(wide_finish_signed, int64_t, high[i] != x[i] >> 63)
WRAPPING_FINISH(wide_finish_unsigned, uint64_t, high[i] != 0)
WRAPPING_FINISH(whole_product_finish_signed, int64_t, product_wraps((double)x[i], about[i]))
WRAPPING_FINISH(whole_product_finish_unsigned, uint64_t, product_wraps((double)x[i], about[i]))

static bool any_finish(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                       void *out)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = ((const uint64_t *)fields[0])[cell + i] != 0;
    return true;
}

static bool all_finish(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                       void *out)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = ((const uint64_t *)fields[0])[cell + i] == params->n_reduced;
    return true;
}

static bool indices_finish(const uint64_t *at, size_t n, void *out)
{
    bool all_found = true;
    memcpy(out, at, n * 8);
    for (size_t i = 0; i < n; i++) all_found &= at[i] != UINT64_MAX;
    return all_found;
}

static bool arg_finish(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                       void *out)
{
    (void)params;
    return indices_finish((const uint64_t *)fields[1] + cell, n, out);
}

static bool complex_arg_finish(void *const *fields, size_t cell, size_t n,
                               const shoal_finish *params, void *out)
{
    (void)params;
    return indices_finish((const uint64_t *)fields[2] + cell, n, out);
}

#define CODE FLOAT32
#include "compute/kernels_reduce_float.h"
#define CODE FLOAT64
#include "compute/kernels_reduce_float.h"
#define CODE   BOOL
#define SIGNED 1 /* is the result */
#define BIAS   0
#define STATE  uint64_t
#define LEAST  0
#define MOST   1
#include "compute/kernels_reduce_whole.h"
#define CODE   INT8
#define SIGNED 1 /* is the result */
#define BIAS   ((uint64_t)1 << 7)
#define STATE  int64_t
#define LEAST  INT8_MIN
#define MOST   INT8_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   INT16
#define SIGNED 1 /* is the result */
#define BIAS   ((uint64_t)1 << 15)
#define STATE  int64_t
#define LEAST  INT16_MIN
#define MOST   INT16_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   INT32
#define SIGNED 1 /* is the result */
#define BIAS   ((uint64_t)1 << 31)
#define STATE  int64_t
#define LEAST  INT32_MIN
#define MOST   INT32_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   INT64
#define SIGNED 1 /* is the result */
#define BIAS   ((uint64_t)1 << 63)
#define STATE  int64_t
#define LEAST  INT64_MIN
#define MOST   INT64_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   UINT8
#define SIGNED 0 /* is the result */
#define BIAS   0
#define STATE  uint64_t
#define LEAST  0
#define MOST   UINT8_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   UINT16
#define SIGNED 0 /* is the result */
#define BIAS   0
#define STATE  uint64_t
#define LEAST  0
#define MOST   UINT16_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   UINT32
#define SIGNED 0 /* is the result */
#define BIAS   0
#define STATE  uint64_t
#define LEAST  0
#define MOST   UINT32_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE   UINT64
#define SIGNED 0 /* is the result */
#define BIAS   0
#define STATE  uint64_t
#define LEAST  0
#define MOST   UINT64_MAX
#include "compute/kernels_reduce_whole.h"
#define CODE COMPLEX64
#include "compute/kernels_reduce_parts.h"
#define CODE COMPLEX128
#include "compute/kernels_reduce_parts.h"

#define POINT(CODE, name) [SHOAL_##CODE] = &name##_##CODE,
#define WHOLES(name)      POINT(BOOL, name) FOR_INTEGERS(POINT, name)
#define ROW(id, whole, others) \
    [SHOAL_OP_##id] = {WHOLES(whole) FOR_FLOATS(POINT, others) FOR_COMPLEX(POINT, others)},

/* clang-format off */
static const shoal_reduction *const table[SHOAL_N_OPS][SHOAL_N_NUMERIC_TYPES] = {
    ROW(SUM, plain_total, plain_sum)
    ROW(PROD, plain_product, plain_product)
    ROW(MIN, plain_min_best, plain_min_best)
    ROW(MAX, plain_max_best, plain_max_best)
    ROW(MEAN, plain_mean, plain_mean)
    ROW(VAR, plain_var, plain_var)
    ROW(STD, plain_std, plain_std)
    ROW(ANY, plain_any, plain_any)
    ROW(ALL, plain_all, plain_all)
    ROW(COUNT, plain_count, plain_count)
    ROW(COUNT_NONZERO, plain_count_nonzero, plain_count_nonzero)
    ROW(ARGMIN, plain_min_arg, plain_min_arg)
    ROW(ARGMAX, plain_max_arg, plain_max_arg)
    ROW(NANSUM, plain_total, nan_sum)
    ROW(NANPROD, plain_product, nan_product)
    ROW(NANMIN, plain_min_best, nan_min_best)
    ROW(NANMAX, plain_max_best, nan_max_best)
    ROW(NANMEAN, plain_mean, nan_mean)
    ROW(NANVAR, plain_var, nan_var)
    ROW(NANSTD, plain_std, nan_std)
    ROW(NANARGMIN, plain_min_arg, nan_min_arg)
    ROW(NANARGMAX, plain_max_arg, nan_max_arg)
};
/* clang-format on */

const shoal_reduction *SHOAL_FOR_ISA(shoal_reduction_)(shoal_op op, shoal_type_code loop)
{
    return (unsigned)loop < SHOAL_N_NUMERIC_TYPES ? table[op][loop] : NULL;
}
