/* Exact sums, means and variances of one instruction set: templates instantiated for every element
   type. The plain ones of a type have names in plain_, those that skip NaNs in nan_. */
#include "compute/exact_state.h"
#include "compute/exact_sum.h"
#include "compute/kernel_vector.h"

#define EXACT_BLOCK     ((size_t)2048) /* parts that share their grids; see on_grid */
#define COLUMN_PARTS    ((size_t)128)  /* columns whose sums are kept in L1 at once, and rows */
#define COLUMN_VECTORS  (COLUMN_PARTS / VECTOR)
#define COLUMN_ROWS     ((size_t)64)
#define FEWEST_ELEMENTS ((size_t)8) /* fewer are added one by one */
#define FEWEST_ROWS     ((size_t)3)
#define MOST_GRIDS      5
#define MOST_ROUNDS     8    /* of a block that is taken grid by grid */
#define MOST_EXPONENT   1020 /* of values that a grid can take */
#define LEAST_UNIT      (-1074)
#define MOST_ROOT       500 /* of values whose squares one can */

#define GRID_BITS 50 /* of a multiple of a grid's unit */
#define GRID_STEP 51 /* from a grid to the next: what is left is half a unit at most */

#define SINGLES      (2 * VECTOR) /* floats of a vector */
#define SINGLE_BITS  21           /* as above; 2^9 of these, a block's in a lane, fit in 32 bits */
#define SINGLE_STEP  22
#define MOST_SINGLE  100 /* of values that these grids are for */
#define LEAST_SINGLE (-80)

typedef struct grid {
    double great; /* 1.5 * 2^52 units: adding it rounds to whole units */
    int unit;     /* 2^unit */
} grid;

typedef struct grids {
    grid grid[MOST_GRIDS];
} grids;

typedef struct great_numbers {
    doubles great[MOST_GRIDS];
} great_numbers;

#define VECTOR_FLOAT32 singles
#define VECTOR_FLOAT64 doubles

static inline uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* n grids for magnitudes below 2^e whose units are all multiples of 2^lowest. */
static void place_grids(grid *g, int e, int n, int lowest)
{
    int unit = e - GRID_BITS, least = lowest + GRID_STEP * (n - 1);
    if (unit < least) unit = least;
    for (int k = 0; k < n; k++, unit -= GRID_STEP) {
        uint64_t bits = (uint64_t)(unit + 52 + 1023) << 52 | UINT64_C(1) << 51;
        memcpy(&g[k].great, &bits, sizeof bits);
        g[k].unit = unit;
    }
}

static inline great_numbers spread(const grids *g, int n)
{
    great_numbers out;
    for (int k = 0; k < n; k++) out.great[k] = all_doubles(g->grid[k].great);
    return out;
}

/* Adds x, in whole units, to a sum, and gives back the rest. The bits of x + great are those of
   great and the whole number of units, up to 2^50 in size; 2^12 of these fit in 64 bits. */
static inline doubles on_grid(doubles x, doubles great, words *sum)
{
    doubles moved = x + great;
    *sum += (words)moved;
    return x - (moved - great);
}

/* The greatest magnitude of n elements at any address, NaN aside. */
#define GREATEST(CODE)                                                                      \
    static double greatest_##CODE(const void *from, size_t n)                               \
    {                                                                                       \
        const char *x = from;                                                               \
        const size_t size = sizeof(V_##CODE), width = VECTOR * 8 / size;                    \
        VECTOR_##CODE a = {0}, b = {0};                                                     \
        V_##CODE most[VECTOR * 8 / sizeof(V_##CODE)];                                       \
        size_t j = 0;                                                                       \
        for (; j + 2 * width <= n; j += 2 * width) {                                        \
            a = greater_##CODE(x + j * size, a);                                            \
            b = greater_##CODE(x + (j + width) * size, b);                                  \
        }                                                                                   \
        for (; j < n; j += width) {                                                         \
            V_##CODE rest[VECTOR * 8 / sizeof(V_##CODE)] = {0};                             \
            memcpy(rest, x + j * size, (n - j < width ? n - j : width) * size);             \
            a = greater_##CODE(rest, a);                                                    \
        }                                                                                   \
        b = greater_##CODE(&b, a);                                                          \
        memcpy(most, &b, sizeof most);                                                      \
        for (size_t l = 1; l < width; l++) most[0] = most[l] > most[0] ? most[l] : most[0]; \
        return (double)most[0];                                                             \
    }
GREATEST(FLOAT32)
GREATEST(FLOAT64)

static inline int exponent_of(double most) /* most < 2^e */
{
    return (int)(bits_of(most) >> 52) - 1022;
}

/* ---- A block of float32 in its own arithmetic: twice as many in a vector ---- */

typedef struct single_sums {
    int64_t whole[2]; /* in units of 2^unit */
    int unit[2];
    size_t n_seen; /* elements that are not NaN */
} single_sums;

static inline singles on_single_grid(singles x, singles great, halves *sum)
{
    singles moved = x + great;
    *sum += (halves)moved;
    return x - (moved - great);
}

static inline uint32_t great_bits(int unit)
{
    return (uint32_t)(unit + 23 + 127) << 23 | UINT32_C(1) << 22;
}

/* A vector on both grids; what is left is 0, but for signs, when nothing was lost. */
static inline halves split_singles(const void *x, bool skips, const halves *great, halves *sum,
                                   halves *seen)
{
    singles v = (singles)SIMD(loadu_ps)((const float *)x);
    if (skips) {
        halves keeps = (halves)(v == v);
        *seen -= keeps;
        v = (singles)((halves)v & keeps);
    }
    for (int k = 0; k < 2; k++) v = on_single_grid(v, (singles)great[k], &sum[k]);
    return (halves)v;
}

/* n floats, at most a block, onto two grids. False: they do not cover the values. */
static inline __attribute__((always_inline)) bool sum_singles(const char *x, size_t n, double most,
                                                              bool skips, single_sums *out)
{
    int e = exponent_of(most);
    if (e > MOST_SINGLE) return false;
    if (e < LEAST_SINGLE) e = LEAST_SINGLE;
    *out = (single_sums){.unit = {e - SINGLE_BITS, e - SINGLE_BITS - SINGLE_STEP}};
    halves great[2], sum[2] = {0}, left = {0}, seen = {0};
    for (int k = 0; k < 2; k++) great[k] = great_bits(out->unit[k]) + (halves){0};
    size_t j = 0;
    for (; j + SINGLES <= n; j += SINGLES)
        left |= split_singles(x + j * sizeof(float), skips, great, sum, &seen);
    if (j < n) {
        float rest[SINGLES] = {0};
        memcpy(rest, x + j * sizeof(float), (n - j) * sizeof(float));
        left |= split_singles(rest, skips, great, sum, &seen);
        j += SINGLES;
    }
    uint32_t lost = 0, n_added = (uint32_t)(j / SINGLES);
    for (size_t l = 0; l < SINGLES; l++) {
        lost |= left[l] << 1; /* but for the sign */
        out->n_seen += seen[l];
        for (int k = 0; k < 2; k++) out->whole[k] += (int32_t)(sum[k][l] - n_added * great[k][l]);
    }
    out->n_seen -= j - n; /* the padding */
    return lost == 0;
}

/* ---- What does not fit the usual grids ---- */

/* Adds n finite values to a part's sum, or to that of the squares (part -1): grid by grid, then
   what is left one by one. Destroys the values. */
static void add_values(const shoal_exact_form *form, uint64_t *record, int part, double *x,
                       size_t n)
{
    int lowest =
        part < 0 ? SHOAL_EXACT_SQUARE_UNIT(form->single) : SHOAL_EXACT_SUM_UNIT(form->single);
    if (lowest < LEAST_UNIT) lowest = LEAST_UNIT;
    for (int round = 0; round < MOST_ROUNDS; round++) {
        double most = greatest_FLOAT64(x, n);
        if (most == 0) return;
        if (exponent_of(most) > MOST_EXPONENT) break;
        grid g;
        uint64_t sum = 0;
        place_grids(&g, exponent_of(most), 1, lowest);
        for (size_t i = 0; i < n; i++) {
            double moved = x[i] + g.great;
            sum += bits_of(moved);
            x[i] -= moved - g.great;
        }
        shoal_exact_state_add(form, record, part, (int64_t)(sum - n * bits_of(g.great)), g.unit);
    }
    for (size_t i = 0; i < n; i++) shoal_exact_state_value(form, record, part, x[i]);
}

/* Squares of finite values: as two doubles each, unless they are too great or small for that. */
static void add_squares(const shoal_exact_form *form, uint64_t *record, const double *x, size_t n)
{
    double high[EXACT_BLOCK], low[EXACT_BLOCK];
    bool fit = true;
    for (size_t i = 0; i < n; i++) {
        int e = exponent_of(x[i] < 0 ? -x[i] : x[i]);
        fit &= x[i] == 0 || (e > -480 && e <= MOST_ROOT);
    }
    for (size_t i = 0; i < n && !fit; i++) shoal_exact_state_square(form, record, x[i]);
    if (!fit) return;
    for (size_t i = 0; i < n; i += VECTOR) {
        doubles v = {0};
        memcpy(&v, x + i, (n - i < VECTOR ? n - i : VECTOR) * sizeof *x);
        doubles square = v * v, rest = rest_of_square(v, square);
        memcpy(high + i, &square, sizeof square);
        memcpy(low + i, &rest, sizeof rest);
    }
    add_values(form, record, -1, high, n);
    add_values(form, record, -1, low, n);
}

/* n values of a part, at most a block. */
static __attribute__((noinline)) void add_slowly(const shoal_exact_form *form, uint64_t *record,
                                                 int part, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] - x[i] == 0) continue;
        shoal_exact_state_special(record, part, x[i]);
        x[i] = 0;
    }
    if (n < FEWEST_ELEMENTS) {
        for (size_t i = 0; i < n; i++) {
            shoal_exact_state_value(form, record, part, x[i]);
            if (form->squares) shoal_exact_state_square(form, record, x[i]);
        }
        return;
    }
    if (form->squares) add_squares(form, record, x, n);
    add_values(form, record, part, x, n);
}

#define CODE  FLOAT32
#define PART  FLOAT32
#define PARTS 1
#include "compute/kernels_exact_type.h"
#define CODE  FLOAT64
#define PART  FLOAT64
#define PARTS 1
#include "compute/kernels_exact_type.h"
#define CODE  COMPLEX64
#define PART  FLOAT32
#define PARTS 2
#include "compute/kernels_exact_type.h"
#define CODE  COMPLEX128
#define PART  FLOAT64
#define PARTS 2
#include "compute/kernels_exact_type.h"

#define K(x) SHOAL_PASTE(SHOAL_PASTE(whole_, x), SHOAL_PASTE(_, CODE))
#define CODE BOOL
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE INT8
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE INT16
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE INT32
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE INT64
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE UINT8
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE UINT16
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE UINT32
#include "compute/kernels_exact_whole.h"
#undef CODE
#define CODE UINT64
#include "compute/kernels_exact_whole.h"
#undef CODE
#undef K

#define POINT(CODE, name) [SHOAL_##CODE] = &name##_##CODE,
#define WHOLES(name)      POINT(BOOL, name) FOR_INTEGERS(POINT, name)
#define OTHERS(name)      FOR_FLOATS(POINT, name) FOR_COMPLEX(POINT, name)

enum name { SUM, MEAN, VAR, STD, N_NAMES };

/* By whether NaNs are skipped (2: the plain results of floats from a state that skips them), and by
   whether squares are summed. */
/* clang-format off */
static const shoal_reduction *const table[3][2][N_NAMES][SHOAL_N_NUMERIC_TYPES] = {
    {{[SUM] = {OTHERS(plain_sums_sum)},
      [MEAN] = {WHOLES(whole_sums_mean) OTHERS(plain_sums_mean)}},
     {[SUM] = {OTHERS(plain_squares_sum)},
      [MEAN] = {WHOLES(whole_squares_mean) OTHERS(plain_squares_mean)},
      [VAR] = {WHOLES(whole_squares_var) OTHERS(plain_squares_var)},
      [STD] = {WHOLES(whole_squares_std) OTHERS(plain_squares_std)}}},
    {{[SUM] = {OTHERS(nan_sums_sum)},
      [MEAN] = {OTHERS(nan_sums_mean)}},
     {[SUM] = {OTHERS(nan_squares_sum)},
      [MEAN] = {OTHERS(nan_squares_mean)},
      [VAR] = {OTHERS(nan_squares_var)},
      [STD] = {OTHERS(nan_squares_std)}}},
    {{[SUM] = {FOR_FLOATS(POINT, nan_sums_all_sum)},
      [MEAN] = {FOR_FLOATS(POINT, nan_sums_all_mean)}},
     {[SUM] = {FOR_FLOATS(POINT, nan_squares_all_sum)},
      [MEAN] = {FOR_FLOATS(POINT, nan_squares_all_mean)},
      [VAR] = {FOR_FLOATS(POINT, nan_squares_all_var)},
      [STD] = {FOR_FLOATS(POINT, nan_squares_all_std)}}},
};
/* clang-format on */

static enum name name_of(shoal_op op)
{
    switch (op) {
    case SHOAL_OP_SUM:
    case SHOAL_OP_NANSUM: return SUM;
    case SHOAL_OP_MEAN:
    case SHOAL_OP_NANMEAN: return MEAN;
    case SHOAL_OP_VAR:
    case SHOAL_OP_NANVAR: return VAR;
    case SHOAL_OP_STD:
    case SHOAL_OP_NANSTD: return STD;
    default: return N_NAMES;
    }
}

const shoal_reduction *SHOAL_FOR_ISA(shoal_exact_reduction_)(shoal_op op, shoal_type_code loop,
                                                             shoal_exact_kind kind)
{
    enum name name = name_of(op);
    if (name == N_NAMES || (unsigned)loop >= SHOAL_N_NUMERIC_TYPES) return NULL;
    bool skips = shoal_kernel_exact_kind(op).skips;
    if (loop < SHOAL_FLOAT16) return table[0][kind.squares][name][loop]; /* integers are no NaN */
    if (skips && !kind.skips) return NULL;
    return table[skips ? 1 : 2 * kind.skips][kind.squares][name][loop];
}
