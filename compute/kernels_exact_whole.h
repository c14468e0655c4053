/* Template: exact means and variances of bool and integer types, converted to doubles block by
   block (which rounds 64-bit integers, as NumPy does). Included by kernels_exact.c with CODE and
   K(x); the FLOAT64 instances come before. */
#define T    SHOAL_PASTE(T_, CODE)
#define LOAD SHOAL_PASTE(LOAD_, CODE)

static inline void K(widen)(double *restrict to, const void *x, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = (double)LOAD(((const T *)x)[i]);
}

#define WIDENED(kind)                                                                           \
    static void K(kind##_run)(void *const *fields, size_t cell, const void *x, size_t n,        \
                              uint64_t index)                                                   \
    {                                                                                           \
        double block[EXACT_BLOCK];                                                              \
        for (size_t i = 0; i < n; i += EXACT_BLOCK) {                                           \
            size_t m = n - i < EXACT_BLOCK ? n - i : EXACT_BLOCK;                               \
            K(widen)(block, (const T *)x + i, m);                                               \
            plain_##kind##_run_FLOAT64(fields, cell, block, m, index);                          \
        }                                                                                       \
    }                                                                                           \
    static void K(kind##_columns)(void *const *fields, size_t cell, const void *x, size_t n,    \
                                  size_t n_rows, size_t row_bytes, uint64_t index)              \
    {                                                                                           \
        double block[COLUMN_ROWS * COLUMN_PARTS];                                               \
        for (size_t c = 0; c < n; c += COLUMN_PARTS) {                                          \
            size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;                             \
            for (size_t r = 0; r < n_rows; r += COLUMN_ROWS) {                                  \
                size_t rows = n_rows - r < COLUMN_ROWS ? n_rows - r : COLUMN_ROWS;              \
                const char *from = (const char *)((const T *)x + c) + r * row_bytes;            \
                for (size_t k = 0; k < rows; k++)                                               \
                    K(widen)(block + k * m, from + k * row_bytes, m);                           \
                plain_##kind##_columns_FLOAT64(fields, cell + c, block, m, rows, m * 8, index); \
            }                                                                                   \
        }                                                                                       \
    }
#define RESULT(kind, squares, name)                                                           \
    static const shoal_reduction K(kind##_##name) = {SHOAL_EXACT_WORDS(1, false, 0, squares), \
                                                     plain_##kind##_init_FLOAT64,             \
                                                     K(kind##_run),                           \
                                                     K(kind##_columns),                       \
                                                     plain_##kind##_merge_FLOAT64,            \
                                                     plain_##kind##_##name##_finish_FLOAT64};
WIDENED(sums)
WIDENED(squares)
RESULT(sums, 0, mean)
RESULT(squares, 1, mean)
RESULT(squares, 1, var)
RESULT(squares, 1, std)

#undef RESULT
#undef WIDENED
#undef T
#undef LOAD
