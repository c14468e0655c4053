/* Template: exact means and variances of bool and integer types, converted to doubles block by
   block (which rounds 64-bit integers, as NumPy does). Included by kernels_exact.c with CODE and
   K(x); the FLOAT64 instances come before. */
#define T    SHOAL_PASTE(T_, CODE)
#define LOAD SHOAL_PASTE(LOAD_, CODE)

static inline void K(widen)(double *restrict to, const void *x, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = (double)LOAD(((const T *)x)[i]);
}

#define WIDENED(kind, name, other)                                                           \
    static void K(name##_run)(void *const *fields, size_t cell, const void *x, size_t n,     \
                              uint64_t index)                                                \
    {                                                                                        \
        double block[EXACT_BLOCK];                                                           \
        for (size_t i = 0; i < n; i += EXACT_BLOCK) {                                        \
            size_t m = n - i < EXACT_BLOCK ? n - i : EXACT_BLOCK;                            \
            K(widen)(block, (const T *)x + i, m);                                            \
            kind##_run_FLOAT64(fields, cell, block, m, index);                               \
        }                                                                                    \
    }                                                                                        \
    static void K(name##_columns)(void *const *fields, size_t cell, const void *x, size_t n, \
                                  size_t n_rows, size_t row_bytes, uint64_t index)           \
    {                                                                                        \
        double block[COLUMN_ROWS * COLUMN_PARTS];                                            \
        for (size_t c = 0; c < n; c += COLUMN_PARTS) {                                       \
            size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;                          \
            for (size_t r = 0; r < n_rows; r += COLUMN_ROWS) {                               \
                size_t rows = n_rows - r < COLUMN_ROWS ? n_rows - r : COLUMN_ROWS;           \
                const char *from = (const char *)((const T *)x + c) + r * row_bytes;         \
                for (size_t k = 0; k < rows; k++)                                            \
                    K(widen)(block + k * m, from + k * row_bytes, m);                        \
                kind##_columns_FLOAT64(fields, cell + c, block, m, rows, m * 8, index);      \
            }                                                                                \
        }                                                                                    \
    }                                                                                        \
    static const shoal_reduction K(name) = {SHOAL_EXACT_WORDS(1, false, 0, other),           \
                                            kind##_init_FLOAT64,                             \
                                            K(name##_run),                                   \
                                            K(name##_columns),                               \
                                            kind##_merge_FLOAT64,                            \
                                            kind##_##name##_finish_FLOAT64};
WIDENED(plain_sums, mean, 0)
WIDENED(plain_squares, var, 1)
static const shoal_reduction K(std) = {
    SHOAL_EXACT_WORDS(1, false, 0, 1), plain_squares_init_FLOAT64,      K(var_run), K(var_columns),
    plain_squares_merge_FLOAT64,       plain_squares_std_finish_FLOAT64};

#undef WIDENED
#undef T
#undef LOAD
