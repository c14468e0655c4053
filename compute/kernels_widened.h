/* Template: means and variances of bool and integer types, converted to doubles block by block
   (which rounds 64-bit integers). Included by kernels_reduce_whole.h with CODE and K(x); the
   FLOAT64 instance comes before. */
#define T    SHOAL_PASTE(T_, CODE)
#define LOAD SHOAL_PASTE(LOAD_, CODE)

static inline void K(widen)(double *restrict to, const void *x, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = (double)LOAD(((const T *)x)[i]);
}

#define WIDENED(name)                                                                           \
    static void K(name##_run)(void *const *fields, size_t cell, const void *x, size_t n,        \
                              uint64_t index)                                                   \
    {                                                                                           \
        double block[WIDE_BLOCK];                                                               \
        for (size_t i = 0; i < n; i += WIDE_BLOCK) {                                            \
            size_t m = n - i < WIDE_BLOCK ? n - i : WIDE_BLOCK;                                 \
            K(widen)(block, (const T *)x + i, m);                                               \
            plain_##name##_run_FLOAT64(fields, cell, block, m, index);                          \
        }                                                                                       \
    }                                                                                           \
    static void K(name##_columns)(void *const *fields, size_t cell, const void *x, size_t n,    \
                                  size_t n_rows, size_t row_bytes, uint64_t index)              \
    {                                                                                           \
        double block[WIDE_ROWS * VAR_PARTS];                                                    \
        for (size_t c = 0; c < n; c += VAR_PARTS) {                                             \
            size_t m = n - c < VAR_PARTS ? n - c : VAR_PARTS;                                   \
            for (size_t r = 0; r < n_rows; r += WIDE_ROWS) {                                    \
                size_t rows = n_rows - r < WIDE_ROWS ? n_rows - r : WIDE_ROWS;                  \
                const char *from = (const char *)((const T *)x + c) + r * row_bytes;            \
                for (size_t k = 0; k < rows; k++)                                               \
                    K(widen)(block + k * m, from + k * row_bytes, m);                           \
                plain_##name##_columns_FLOAT64(fields, cell + c, block, m, rows, m * 8, index); \
            }                                                                                   \
        }                                                                                       \
    }
WIDENED(sum)
WIDENED(var)

static const shoal_reduction K(mean) = {2,
                                        plain_sum_init_FLOAT64,
                                        K(sum_run),
                                        K(sum_columns),
                                        plain_sum_merge_FLOAT64,
                                        plain_mean_finish_FLOAT64};
static const shoal_reduction K(var) = {3,
                                       plain_var_init_FLOAT64,
                                       K(var_run),
                                       K(var_columns),
                                       plain_var_merge_FLOAT64,
                                       plain_var_finish_FLOAT64};
static const shoal_reduction K(std) = {3,
                                       plain_var_init_FLOAT64,
                                       K(var_run),
                                       K(var_columns),
                                       plain_var_merge_FLOAT64,
                                       plain_std_finish_FLOAT64};

#undef WIDENED
#undef T
#undef LOAD
