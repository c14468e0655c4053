/* Template: sums, means and moments over one floating type. Included by kernels_reduce.c with
     CODE   the element type
     PARTS  2 for complex types, else 1
     RESULT the type of the results' parts
     SKIP   1: elements that are NaN (in either part) are left out and the others counted
     K(x)   the name of x in this instance
   Blocks are summed in double lanes, and block sums (of 8-byte types: every element) added with
   what rounding loses kept aside (Neumaier), so errors do not grow with the number of elements.
   Fields of a sum, for each part: high, low; then with SKIP the count. Fields of moments: count,
   mean of each part, sum of squared distances from the mean. */
#define T SHOAL_PASTE(T_, CODE)

static inline bool K(keeps)(const T *x, size_t j)
{
    if (!SKIP) return true;
    if (PARTS == 1) return !IS_NAN(x[j]);
    return !IS_NAN(x[j & ~(size_t)1]) & !IS_NAN(x[j | 1]);
}

/* Part j as a double, 0 where it is left out. */
static inline double K(value)(const T *x, size_t j)
{
    double v = (double)SHOAL_PASTE(LOAD_, CODE)(x[j]);
    return K(keeps)(x, j) ? v : 0.0;
}

/* Four-byte and smaller elements leave doubles room enough; wider ones are added exactly. */
#define EXACT     (sizeof(SHOAL_PASTE(V_, CODE)) == 8)
#define SUM_LANES (EXACT ? EXACT_LANES : LANES)

static inline void K(step)(double *lane, double *low, uint32_t *seen, const T *x, size_t n)
{
    for (size_t l = 0; l < n; l++) {
        double v = K(value)(x, l), sum = lane[l] + v, part = sum - lane[l];
        if (EXACT) low[l] += (lane[l] - (sum - part)) + (v - part);
        lane[l] = sum;
        if (SKIP) seen[l] += K(keeps)(x, l);
    }
}

/* The sum of each part is sum[p] + low[p]. */
static void K(sum_block)(const T *x, size_t n, double sum[PARTS], double lost[PARTS],
                         uint64_t *count)
{
    double lane[SUM_LANES] = {0}, low[SUM_LANES] = {0};
    uint32_t seen[SUM_LANES] = {0};
    size_t j = 0;
    for (; j + SUM_LANES <= n * PARTS; j += SUM_LANES) K(step)(lane, low, seen, x + j, SUM_LANES);
    K(step)(lane, low, seen, x + j, n * PARTS - j);
    for (size_t l = 0; l < SUM_LANES; l++) low[l] = lane[l] - lane[l] == 0 ? low[l] : 0;
    for (size_t w = SUM_LANES / 2; w >= PARTS; w /= 2) {
        for (size_t l = 0; l < w; l++) {
            low[l] += low[l + w];
            seen[l] += seen[l + w];
            add_exactly(&lane[l], &low[l], lane[l + w]);
        }
    }
    for (size_t p = 0; p < PARTS; p++) {
        sum[p] = lane[p];
        lost[p] = low[p];
    }
    *count = SKIP ? seen[0] : n;
}

static void K(sum_init)(void *const *fields, size_t n_cells)
{
    for (int f = 0; f < 2 * PARTS + SKIP; f++) memset(fields[f], 0, n_cells * 8);
}

/* Not inlined: the integer types share these loops. */
__attribute__((noinline)) static void K(sum_run)(void *const *fields, size_t cell, const void *x,
                                                 size_t n, uint64_t index)
{
    (void)index;
    for (size_t i = 0; i < n; i += SUM_BLOCK) {
        double sum[PARTS], lost[PARTS];
        uint64_t count;
        K(sum_block)
        ((const T *)x + i * PARTS, n - i < SUM_BLOCK ? n - i : SUM_BLOCK, sum, lost, &count);
        for (size_t p = 0; p < PARTS; p++) {
            double *low = (double *)fields[2 * p + 1] + cell;
            add_exactly((double *)fields[2 * p] + cell, low, sum[p]);
            *low += lost[p];
        }
        if (SKIP) ((uint64_t *)fields[2 * PARTS])[cell] += count;
    }
}

/* Adds rows of m parts into acc; four at once, as acc is read and written each time. */
static void K(add_rows)(double *restrict acc, uint32_t *restrict seen, const char *x, size_t m,
                        size_t n_rows, size_t row_bytes)
{
    size_t r = 0;
    for (; r + 4 <= n_rows; r += 4, x += 4 * row_bytes) {
        const T *a = (const T *)x, *b = (const T *)(x + row_bytes);
        const T *c = (const T *)(x + 2 * row_bytes), *d = (const T *)(x + 3 * row_bytes);
        for (size_t j = 0; j < m; j++) {
            acc[j] += (K(value)(a, j) + K(value)(b, j)) + (K(value)(c, j) + K(value)(d, j));
            if (SKIP)
                seen[j] += (uint32_t)(K(keeps)(a, j) + K(keeps)(b, j)) +
                           (uint32_t)(K(keeps)(c, j) + K(keeps)(d, j));
        }
    }
    for (; r < n_rows; r++, x += row_bytes) {
        const T *a = (const T *)x;
        for (size_t j = 0; j < m; j++) {
            acc[j] += K(value)(a, j);
            if (SKIP) seen[j] += K(keeps)(a, j);
        }
    }
}

__attribute__((noinline)) static void K(sum_columns)(void *const *fields, size_t cell,
                                                     const void *x, size_t n, size_t n_rows,
                                                     size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += COLUMN_PARTS / PARTS) {
        size_t m = n - c < COLUMN_PARTS / PARTS ? n - c : COLUMN_PARTS / PARTS;
        for (size_t r = 0; r < n_rows; r += SUM_ROWS) {
            double acc[COLUMN_PARTS] = {0};
            uint32_t seen[COLUMN_PARTS] = {0};
            const char *from = (const char *)((const T *)x + c * PARTS) + r * row_bytes;
            K(add_rows)
            (acc, seen, from, m * PARTS, n_rows - r < SUM_ROWS ? n_rows - r : SUM_ROWS, row_bytes);
            for (size_t p = 0; p < PARTS; p++) {
                double *high = (double *)fields[2 * p] + cell + c;
                double *low = (double *)fields[2 * p + 1] + cell + c;
                for (size_t i = 0; i < m; i++) add_exactly(high + i, low + i, acc[i * PARTS + p]);
            }
            if (!SKIP) continue;
            uint64_t *count = (uint64_t *)fields[2 * PARTS] + cell + c;
            for (size_t i = 0; i < m; i++) count[i] += seen[i * PARTS];
        }
    }
}

static void K(sum_merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    for (size_t p = 0; p < PARTS; p++) {
        double *high = (double *)into[2 * p] + t, *low = (double *)into[2 * p + 1] + t;
        const double *more = (const double *)from[2 * p] + f;
        const double *more_low = (const double *)from[2 * p + 1] + f;
        for (size_t i = 0; i < n; i++) {
            add_exactly(high + i, low + i, more[i]);
            low[i] += more_low[i];
        }
    }
    for (size_t i = 0; SKIP && i < n; i++)
        ((uint64_t *)into[2 * PARTS])[t + i] += ((const uint64_t *)from[2 * PARTS])[f + i];
}

static bool K(mean_finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                           void *out)
{
    RESULT *result = out;
    for (size_t i = 0; i < n * PARTS; i++) {
        size_t at = cell + i / PARTS, p = i % PARTS;
        uint64_t count = SKIP ? ((uint64_t *)fields[2 * PARTS])[at] : params->n_reduced;
        double sum = ((double *)fields[2 * p])[at] + ((double *)fields[2 * p + 1])[at];
        /* NumPy divides by a complex count: NaN and infinities spread to the other part. */
        if (PARTS == 2) sum += 0 * ((double *)fields[2 * (PARTS - 1 - p)])[at];
        result[i] = (RESULT)(sum / (double)count);
    }
    return true;
}

static const shoal_reduction K(mean) = {2 * PARTS + SKIP, K(sum_init),  K(sum_run),
                                        K(sum_columns),   K(sum_merge), K(mean_finish)};

static bool K(sum_finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                          void *out)
{
    (void)params;
    RESULT *result = out;
    for (size_t i = 0; i < n * PARTS; i++) {
        size_t at = cell + i / PARTS, p = i % PARTS;
        result[i] = (RESULT)(((double *)fields[2 * p])[at] + ((double *)fields[2 * p + 1])[at]);
    }
    return true;
}

static const shoal_reduction K(sum) = {2 * PARTS + SKIP, K(sum_init),  K(sum_run),
                                       K(sum_columns),   K(sum_merge), K(sum_finish)};

#include "compute/kernels_moments.h"

#undef EXACT
#undef SUM_LANES
#undef T
