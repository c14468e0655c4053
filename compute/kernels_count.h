/* Template: counts, products and whole sums over one element type. Included by kernels_reduce.c
   with CODE, PARTS and K(x) as in kernels_sum.h, and
     WHOLE  1 for bool and integer types */
#define T    SHOAL_PASTE(T_, CODE)
#define LOAD SHOAL_PASTE(LOAD_, CODE)

/* name_run and name_columns of a field of integers: op= of an expression of the element x[i]. */
#define TALLY(name, U, op, expression)                                                          \
    static void K(name##_run)(void *const *fields, size_t cell, const void *from, size_t n,     \
                              uint64_t index)                                                   \
    {                                                                                           \
        (void)index;                                                                            \
        const T *x = from;                                                                      \
        U total = ((U *)fields[0])[cell];                                                       \
        (void)x;                                                                                \
        for (size_t i = 0; i < n; i++) total op(U)(expression);                                 \
        ((U *)fields[0])[cell] = total;                                                         \
    }                                                                                           \
    static void K(name##_columns)(void *const *fields, size_t cell, const void *from, size_t n, \
                                  size_t n_rows, size_t row_bytes, uint64_t index)              \
    {                                                                                           \
        (void)index;                                                                            \
        for (size_t c = 0; c < n; c += COLUMN_PARTS) {                                          \
            size_t m = n - c < COLUMN_PARTS ? n - c : COLUMN_PARTS;                             \
            U *total = (U *)fields[0] + cell + c;                                               \
            for (size_t r = 0; r < n_rows; r++) {                                               \
                const T *x = (const T *)((const char *)from + r * row_bytes) + c * PARTS;       \
                (void)x;                                                                        \
                INDEPENDENT for (size_t i = 0; i < m; i++) total[i] op(U)(expression);          \
            }                                                                                   \
        }                                                                                       \
    }

#define PART_IS_SET(p)  (x[i * PARTS + (p)] != 0)
#define PART_IS_REAL(p) (!IS_NAN(x[i * PARTS + (p)]))
TALLY(nonzero, uint64_t, +=, PART_IS_SET(0) | PART_IS_SET(PARTS - 1))
TALLY(count, uint64_t, +=, PART_IS_REAL(0) & PART_IS_REAL(PARTS - 1))

static const shoal_reduction K(count) = {1,         zero_init,    K(count_run), K(count_columns),
                                         add_merge, uint64_finish};
static const shoal_reduction K(count_nonzero) = {
    1, zero_init, K(nonzero_run), K(nonzero_columns), add_merge, uint64_finish};
static const shoal_reduction K(any) = {1,         zero_init, K(nonzero_run), K(nonzero_columns),
                                       add_merge, any_finish};
static const shoal_reduction K(all) = {1,         zero_init, K(nonzero_run), K(nonzero_columns),
                                       add_merge, all_finish};

#if WHOLE
#include "compute/kernels_total.h"
#endif

#undef TALLY
#undef PART_IS_SET
#undef PART_IS_REAL
#undef T
#undef LOAD
