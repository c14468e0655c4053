/* Template: products and extremes of complex numbers. Included by kernels_reduce.c with
     CODE   the element type, V its part's
     SKIP   1: elements that are NaN in either part are left out
     K(x)   the name of x in this instance
   Fields of a product: real, imaginary. Fields of an extreme: real, imaginary, index (UINT64_MAX
   until there is one), for the value and for the index alike. Order and NaNs as in NumPy: by the
   real parts, then by the imaginary ones; the first NaN beats everything unless skipped. */
#define T SHOAL_PASTE(T_, CODE)
#define V SHOAL_PASTE(V_, CODE)

static inline void K(times)(void *const *fields, size_t cell, double re, double im)
{
    double *r = (double *)fields[0] + cell, *i = (double *)fields[1] + cell;
    double product = *r * re - *i * im;
    *i = *r * im + *i * re;
    *r = product;
}

static void K(product_columns)(void *const *fields, size_t cell, const void *x, size_t n,
                               size_t n_rows, size_t row_bytes, uint64_t index)
{
    (void)index;
    for (size_t r = 0; r < n_rows; r++) {
        const T *row = (const T *)((const char *)x + r * row_bytes);
        for (size_t i = 0; i < n; i++) {
            double re = row[2 * i], im = row[2 * i + 1];
            if (!SKIP || !(IS_NAN(re) || IS_NAN(im))) K(times)(fields, cell + i, re, im);
        }
    }
}

static void K(product_run)(void *const *fields, size_t cell, const void *from, size_t n,
                           uint64_t index)
{
    K(product_columns)(fields, cell, from, 1, n, 2 * sizeof(T), index);
}

static void K(product_merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        K(times)(into, t + i, ((double *)from[0])[f + i], ((double *)from[1])[f + i]);
}

static bool K(complex_finish)(void *const *fields, size_t cell, size_t n,
                              const shoal_finish *params, void *out)
{
    (void)params;
    V *result = out;
    for (size_t i = 0; i < 2 * n; i++) result[i] = (V)((const double *)fields[i % 2])[cell + i / 2];
    return true;
}

static const shoal_reduction K(product) = {
    2, complex_one_init, K(product_run), K(product_columns), K(product_merge), K(complex_finish)};

/* sign 1: less wins; -1: greater wins. */
static inline void K(offer)(void *const *fields, size_t cell, double re, double im, uint64_t index,
                            double sign)
{
    double *r = (double *)fields[0] + cell, *i = (double *)fields[1] + cell;
    uint64_t *at = (uint64_t *)fields[2] + cell;
    bool nan = IS_NAN(re) || IS_NAN(im), was_nan = IS_NAN(*r) || IS_NAN(*i);
    if (nan && SKIP) return;
    bool before = *r == re ? sign * im < sign * *i : sign * re < sign * *r;
    bool tie = (nan && was_nan) || (re == *r && im == *i);
    bool better = nan ? !was_nan : !was_nan && before;
    if (*at != UINT64_MAX && !better && !(tie && index < *at)) return;
    *r = re;
    *i = im;
    *at = index;
}

#define COMPLEX_EXTREME(name, sign)                                                          \
    static void K(name##_columns)(void *const *fields, size_t cell, const void *x, size_t n, \
                                  size_t n_rows, size_t row_bytes, uint64_t index)           \
    {                                                                                        \
        for (size_t r = 0; r < n_rows; r++) {                                                \
            const T *row = (const T *)((const char *)x + r * row_bytes);                     \
            for (size_t i = 0; i < n; i++)                                                   \
                K(offer)(fields, cell + i, row[2 * i], row[2 * i + 1], index + r, sign);     \
        }                                                                                    \
    }                                                                                        \
    static void K(name##_run)(void *const *fields, size_t cell, const void *from, size_t n,  \
                              uint64_t index)                                                \
    {                                                                                        \
        K(name##_columns)(fields, cell, from, 1, n, 2 * sizeof(T), index);                   \
    }                                                                                        \
    static void K(name##_merge)(void *const *into, size_t t, void *const *from, size_t f,    \
                                size_t n)                                                    \
    {                                                                                        \
        for (size_t i = 0; i < n; i++) {                                                     \
            uint64_t at = ((uint64_t *)from[2])[f + i];                                      \
            if (at == UINT64_MAX) continue;                                                  \
            K(offer)                                                                         \
            (into, t + i, ((double *)from[0])[f + i], ((double *)from[1])[f + i], at, sign); \
        }                                                                                    \
    }                                                                                        \
    static const shoal_reduction K(name##_best) = {3,                                        \
                                                   complex_extreme_init,                     \
                                                   K(name##_run),                            \
                                                   K(name##_columns),                        \
                                                   K(name##_merge),                          \
                                                   K(extreme_finish)};                       \
    static const shoal_reduction K(name##_arg) = {3,                                         \
                                                  complex_extreme_init,                      \
                                                  K(name##_run),                             \
                                                  K(name##_columns),                         \
                                                  K(name##_merge),                           \
                                                  complex_arg_finish};

static bool K(extreme_finish)(void *const *fields, size_t cell, size_t n,
                              const shoal_finish *params, void *out)
{
    K(complex_finish)(fields, cell, n, params, out);
    return params->n_reduced > 0 || n == 0;
}

COMPLEX_EXTREME(min, 1.0)
COMPLEX_EXTREME(max, -1.0)

#undef COMPLEX_EXTREME
#undef T
#undef V
