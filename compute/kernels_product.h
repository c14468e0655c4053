/* Template: products of floats, in double. Included by kernels_reduce.c with CODE, SKIP, RESULT and
   K(x) as in kernels_sum.h. Field: the product. */
#define T SHOAL_PASTE(T_, CODE)

static inline double K(factor)(const T *x, size_t i)
{
    double v = (double)x[i];
    return SKIP && x[i] != x[i] ? 1.0 : v;
}

static void K(product_run)(void *const *fields, size_t cell, const void *from, size_t n,
                           uint64_t index)
{
    (void)index;
    const T *x = from;
    double lane[16];
    size_t i = 0;
    for (size_t l = 0; l < 16; l++) lane[l] = 1;
    for (; i + 16 <= n; i += 16) {
        for (size_t l = 0; l < 16; l++) lane[l] *= K(factor)(x + i, l);
    }
    for (size_t l = 0; i + l < n; l++) lane[l] *= K(factor)(x + i, l);
    for (size_t w = 8; w; w /= 2) {
        for (size_t l = 0; l < w; l++) lane[l] *= lane[l + w];
    }
    ((double *)fields[0])[cell] *= lane[0];
}

static void K(product_columns)(void *const *fields, size_t cell, const void *x, size_t n,
                               size_t n_rows, size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t c = 0; c < n; c += COLUMN_PARTS) {
        size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;
        double *product = (double *)fields[0] + cell + c;
        for (size_t r = 0; r < n_rows; r++) {
            const T *row = (const T *)((const char *)x + r * row_bytes) + c;
            INDEPENDENT for (size_t i = 0; i < m; i++) product[i] *= K(factor)(row, i);
        }
    }
}

static bool K(product_finish)(void *const *fields, size_t cell, size_t n,
                              const shoal_finish *params, void *out)
{
    (void)params;
    RESULT *result = out;
    for (size_t i = 0; i < n; i++) result[i] = (RESULT)((const double *)fields[0])[cell + i];
    return true;
}

static const shoal_reduction K(product) = {
    1, one_float_init, K(product_run), K(product_columns), product_merge, K(product_finish)};

#undef T
