/* Template: the variance's part of kernels_sum.h, with the same parameters. Every block is read
   twice, for its mean and for the distances from it, while it is in cache; blocks are joined by
   Chan's formula. */

static inline double K(distance)(const T *x, size_t j, double mean)
{
    double d = (double)SHOAL_PASTE(LOAD_, CODE)(x[j]) - mean;
    if (SKIP && PARTS == 1) return IS_NAN(d) ? 0.0 : d;
    return K(keeps)(x, j) ? d : 0.0;
}

/* Squares less the correction for the rounding of the mean, unless that overflowed. NaN where an
   infinity is in the data, as infinite distances are. */
static inline double K(corrected)(double mean, double square, double rest, double count)
{
    if (!(mean - mean == 0)) return NAN;
    double correction = rest * (rest / count);
    return correction - correction == 0 ? square - correction : square;
}

/* Sum of squared distances of a block from its mean, corrected for the rounding of that mean. */
static double K(squares_block)(const T *x, size_t n, const double mean[PARTS], uint64_t count)
{
    double square[LANES] = {0}, rest[LANES] = {0};
    size_t j = 0;
    for (; j + LANES <= n * PARTS; j += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            double d = K(distance)(x + j, l, mean[l % PARTS]);
            square[l] += d * d;
            rest[l] += d;
        }
    }
    for (size_t l = 0; j + l < n * PARTS; l++) {
        double d = K(distance)(x + j, l, mean[l % PARTS]);
        square[l] += d * d;
        rest[l] += d;
    }
    for (size_t w = LANES / 2; w >= PARTS; w /= 2) {
        for (size_t l = 0; l < w; l++) {
            square[l] += square[l + w];
            rest[l] += rest[l + w];
        }
    }
    double total = 0;
    for (size_t p = 0; p < PARTS; p++)
        total += K(corrected)(mean[p], square[p], rest[p], (double)count);
    return total < 0 ? 0 : total;
}

/* Joins a block's moments to a cell's. */
static inline void K(join)(void *const *fields, size_t cell, double count, const double *mean,
                           double squares)
{
    double *n = (double *)fields[0] + cell;
    double *m2 = (double *)fields[PARTS + 1] + cell;
    if (count == 0) return;
    double total = *n + count, share = count / total;
    *m2 += squares;
    for (size_t p = 0; p < PARTS; p++) {
        double *m = (double *)fields[1 + p] + cell, d = mean[p] - *m;
        *m2 += d * (*n / total) * count * d;
        *m += d * share;
    }
    *n = total;
}

static void K(var_init)(void *const *fields, size_t n_cells)
{
    for (int f = 0; f < PARTS + 2; f++) memset(fields[f], 0, n_cells * 8);
}

__attribute__((noinline)) static void K(var_run)(void *const *fields, size_t cell, const void *x,
                                                 size_t n, uint64_t index)
{
    (void)index;
    for (size_t i = 0; i < n; i += SUM_BLOCK) {
        size_t m = n - i < SUM_BLOCK ? n - i : SUM_BLOCK;
        const T *block = (const T *)x + i * PARTS;
        double mean[PARTS], lost[PARTS];
        uint64_t count;
        K(sum_block)(block, m, mean, lost, &count);
        if (count == 0) continue;
        for (size_t p = 0; p < PARTS; p++) mean[p] = (mean[p] + lost[p]) / (double)count;
        K(join)(fields, cell, (double)count, mean, K(squares_block)(block, m, mean, count));
    }
}

/* As add_rows, of the squared distances from each column's mean and of the distances. */
static void K(add_squares)(double *restrict square, double *restrict rest,
                           const double *restrict mean, const char *x, size_t m, size_t n_rows,
                           size_t row_bytes)
{
    for (size_t r = 0; r < n_rows; r++, x += row_bytes) {
        const T *a = (const T *)x;
        for (size_t j = 0; j < m; j++) {
            double d = K(distance)(a, j, mean[j]);
            square[j] += d * d;
            rest[j] += d;
        }
    }
}

/* The moments of a few rows of m cells, joined to the cells'. */
__attribute__((noinline)) static void K(var_rows)(void *const *fields, size_t cell, const char *x,
                                                  size_t m, size_t n_rows, size_t row_bytes)
{
    double mean[VAR_PARTS] = {0}, square[VAR_PARTS] = {0}, rest[VAR_PARTS] = {0};
    uint32_t seen[VAR_PARTS] = {0};
    K(add_rows)(mean, seen, x, m * PARTS, n_rows, row_bytes);
    for (size_t j = 0; j < m * PARTS; j++) {
        if (!SKIP) seen[j] = (uint32_t)n_rows;
        mean[j] = seen[j] ? mean[j] / seen[j] : 0;
    }
    K(add_squares)(square, rest, mean, x, m * PARTS, n_rows, row_bytes);
    for (size_t i = 0; i < m; i++) {
        double total = 0, count = seen[i * PARTS];
        for (size_t j = i * PARTS; count > 0 && j < (i + 1) * PARTS; j++)
            total += K(corrected)(mean[j], square[j], rest[j], count);
        K(join)(fields, cell + i, count, mean + i * PARTS, total < 0 ? 0 : total);
    }
}

__attribute__((noinline)) static void K(var_columns)(void *const *fields, size_t cell,
                                                     const void *x, size_t n, size_t n_rows,
                                                     size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += VAR_PARTS / PARTS) {
        size_t m = n - c < VAR_PARTS / PARTS ? n - c : VAR_PARTS / PARTS;
        const char *from = (const char *)((const T *)x + c * PARTS);
        for (size_t r = 0; r < n_rows; r += VAR_ROWS) K(var_rows)
        (fields, cell + c, from + r * row_bytes, m, n_rows - r < VAR_ROWS ? n_rows - r : VAR_ROWS,
         row_bytes);
    }
}

static void K(var_merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double mean[PARTS];
        for (size_t p = 0; p < PARTS; p++) mean[p] = ((const double *)from[1 + p])[f + i];
        K(join)
        (into, t + i, ((const double *)from[0])[f + i], mean,
         ((const double *)from[PARTS + 1])[f + i]);
    }
}

/* NumPy: var divides by max(n - ddof, 0); nanvar gives NaN when that is 0. */
static inline double K(variance)(void *const *fields, size_t cell, double ddof)
{
    double n = ((const double *)fields[0])[cell] - ddof;
    if (SKIP && !(n > 0)) return NAN;
    return ((const double *)fields[PARTS + 1])[cell] / (n > 0 ? n : 0);
}

static bool K(var_finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                          void *out)
{
    RESULT *result = out;
    for (size_t i = 0; i < n; i++) result[i] = (RESULT)K(variance)(fields, cell + i, params->ddof);
    return true;
}

static bool K(std_finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                          void *out)
{
    RESULT *result = out;
    for (size_t i = 0; i < n; i++)
        result[i] = (RESULT)sqrt(K(variance)(fields, cell + i, params->ddof));
    return true;
}

static const shoal_reduction K(var) = {PARTS + 2,      K(var_init),  K(var_run),
                                       K(var_columns), K(var_merge), K(var_finish)};
static const shoal_reduction K(std) = {PARTS + 2,      K(var_init),  K(var_run),
                                       K(var_columns), K(var_merge), K(std_finish)};
