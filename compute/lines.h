/* Line functions: each line of an array - its elements along one axis, or along several taken in C
   order - makes a line of the result, of a length that the shape alone gives. Some kinds take a
   line in parts, so that lines may be longer than memory; the bits do not depend on the parts. */
#ifndef SHOAL_COMPUTE_LINES_H
#define SHOAL_COMPUTE_LINES_H

#include <shoal/shoal.h>

/* Scans sum each so many elements from nothing. */
#define SHOAL_LINE_BLOCK ((uint64_t)32768)
#define SHOAL_LINE_CARRY 32 /* bytes of what a stretch of elements comes to, at most */

typedef struct shoal_line_part {
    uint64_t n;    /* elements of the whole line */
    const void *x; /* the line's elements [from, from + n_in) */
    uint64_t from, n_in;
    void *out; /* for the result's elements [start, start + count) */
    uint64_t start, count;
    void *state; /* scans: two carries, of the blocks before `from` and of its own block so far;
                    those at the part's end are put there */
} shoal_line_part;

typedef struct shoal_line_kind {
    /* Bytes that run may use, for lines (or parts) of n elements. */
    size_t (*scratch_bytes)(const void *params, uint64_t n);
    /* From one line of n elements to one of the result; both are contiguous, and apart. */
    void (*run)(const void *params, void *scratch, const void *x, uint64_t n, void *out);
    bool keeps_index; /* element i of the result stands where element i of the line does */
    bool keeps_shape; /* so it does, and lines along several axes have these in the result */

    /* Kinds that take parts have these instead of run. The elements [*from, *to) that results
       [start, start + count) of a line of n > 0 need, for scans beside the state before; false: all
       of them, always. */
    void (*run_part)(const void *params, void *scratch, const shoal_line_part *part);
    bool (*reach)(const void *params, uint64_t n, uint64_t start, uint64_t count, uint64_t *from,
                  uint64_t *to);
    /* Scans: the carry before a line; that of a block alone; of one stretch and the next. */
    size_t carry_bytes; /* 0: no scan */
    void (*carry_start)(const void *params, void *carry);
    void (*carry_of)(const void *params, const void *x, uint64_t n, void *carry);
    void (*carry_join)(const void *params, void *carry, const void *next);
} shoal_line_kind;

/* Quantiles of each line (compute/quantile.h has the parameters). */
extern const shoal_line_kind shoal_lines_quantiles;
/* Those of each group of the line's elements, group by group. */
extern const shoal_line_kind shoal_lines_group_quantiles;

/* Parameters of the others; compared by their bytes, so padding must be 0. */

typedef enum shoal_scan_op {
    SHOAL_SCAN_SUM, /* of int64, uint64, floats and complex */
    SHOAL_SCAN_PROD,
    SHOAL_SCAN_MAX, /* of real types; NaN from the first one on */
    SHOAL_SCAN_MIN,
    SHOAL_SCAN_FILL, /* of floats: NaN becomes the last element that is not */
} shoal_scan_op;

/* Running sums and so on. Real sums of float64 are compensated, those of shorter floats are kept in
   float64, and so are products; each element is rounded once. */
typedef struct shoal_scan {
    shoal_scan_op op;
    shoal_type_code type;
    uint32_t initial; /* 1: the result starts with the sum of nothing */
} shoal_scan;
extern const shoal_line_kind shoal_lines_scan;
/* ffill from the other end; shoal_scan has the type. */
extern const shoal_line_kind shoal_lines_fill_back;

/* Gaps of NaN between numbers, on the straight line between these, by index; shoal_scan has the
   type, a float. */
extern const shoal_line_kind shoal_lines_interpolate;

typedef enum shoal_window_op {
    SHOAL_WINDOW_SUM,
    SHOAL_WINDOW_MEAN,
    SHOAL_WINDOW_STD,
    SHOAL_WINDOW_VAR,
    SHOAL_WINDOW_MIN,
    SHOAL_WINDOW_MAX,
    SHOAL_WINDOW_MEDIAN,
    SHOAL_WINDOW_COUNT,
} shoal_window_op;

/* Statistics of the elements that are not NaN among those from i - before to i + after; NaN where
   they are fewer than min_periods. Computed in float64. */
typedef struct shoal_rolling {
    shoal_window_op op;
    shoal_type_code type, result;
    uint32_t unused;
    uint64_t before, after, min_periods;
    double ddof;
} shoal_rolling;
extern const shoal_line_kind shoal_lines_rolling;

/* The same of each `factor` elements beside each other (sum, mean, min and max), the last ones of
   which may be fewer. */
typedef struct shoal_coarsen {
    shoal_window_op op;
    shoal_type_code type, result;
    uint32_t unused;
    uint64_t factor;
} shoal_coarsen;
extern const shoal_line_kind shoal_lines_coarsen;

/* Sorted lines, or the indices (int64) that sort them, stably; NaN last. Of the first `length` of
   the rising order, or of the falling one, where equal elements keep their order too. */
typedef struct shoal_sorting {
    shoal_type_code type;
    uint32_t falls, gives_index;
    uint64_t length;
} shoal_sorting;
extern const shoal_line_kind shoal_lines_sort;

/* Element i is x[i - by], and `fill` where there is none. */
typedef struct shoal_shifting {
    int64_t by;
    uint64_t size; /* of an element */
    uint8_t fill[16];
} shoal_shifting;
extern const shoal_line_kind shoal_lines_shift;

typedef enum shoal_edge_mode {                     /* SciPy's: what lies beyond a line's ends */
                               SHOAL_EDGE_REFLECT, /* d c b a | a b c d | d c b a */
                               SHOAL_EDGE_NEAREST,
                               SHOAL_EDGE_CONSTANT,
                               SHOAL_EDGE_WRAP,
                               SHOAL_EDGE_MIRROR, /* d c b | a b c d | c b a */
} shoal_edge_mode;

/* Element i is the sum of weight[k] * x[i - before + k], in float64. */
typedef struct shoal_correlation {
    shoal_type_code type, result;
    shoal_edge_mode mode;
    uint32_t unused;
    double constant;
    uint64_t before, n;
    double weight[];
} shoal_correlation;
extern const shoal_line_kind shoal_lines_correlate;

/* numpy.gradient with even spacing and first order at the ends; of two elements and more. */
typedef struct shoal_gradient {
    shoal_type_code type, result;
    double spacing;
} shoal_gradient;
extern const shoal_line_kind shoal_lines_gradient;

/* Users' kernels (compute/user_kernel.h): whole lines, those whose results keep their place, and
   stencils. */
typedef struct shoal_user_lines {
    const struct shoal_user_use *use;
    uint64_t length, size; /* of the result; of an element */
    uint64_t before, after;
    shoal_edge_mode mode;
    uint32_t unused;
    uint8_t constant[16];
} shoal_user_lines;
extern const shoal_line_kind shoal_lines_user;
extern const shoal_line_kind shoal_lines_user_kept;
extern const shoal_line_kind shoal_lines_user_stencil;
/* Stencils over several axes, beside each other: of each, the first to be whole rows of a part. */
#define SHOAL_BOX_AXES 3
typedef struct shoal_box_stencil {
    const struct shoal_user_use *use;
    uint64_t size, result_size; /* of an element */
    uint64_t shape[SHOAL_BOX_AXES], before[SHOAL_BOX_AXES], after[SHOAL_BOX_AXES];
    shoal_edge_mode mode;
    uint32_t n_axes; /* 2 or 3 */
    uint8_t constant[16];
} shoal_box_stencil;
extern const shoal_line_kind shoal_lines_user_box;
/* Functions of whole planes, likewise. */
typedef struct shoal_box_lines {
    const struct shoal_user_use *use;
    uint64_t shape[SHOAL_BOX_AXES], result[SHOAL_BOX_AXES];
    uint64_t n_axes;
} shoal_box_lines;
extern const shoal_line_kind shoal_lines_user_planes;
/* The use of a node of lines with these; NULL where its kind is another. */
const struct shoal_user_use *shoal_lines_user_use(const shoal_line_kind *kind, const void *params);

/* The element of a line of n that stands at `at`, which may be outside; -1: the constant. */
int64_t shoal_edge_inside(shoal_edge_mode mode, int64_t at, int64_t n);
/* What a part needs, for line kinds' reach, with so many neighbours before and after each. */
bool shoal_edge_reach(shoal_edge_mode mode, uint64_t before, uint64_t after, uint64_t n,
                      uint64_t start, uint64_t count, uint64_t *from, uint64_t *to);

/* n elements of a numeric type as another. */
void shoal_line_cast(shoal_type_code from, shoal_type_code to, const void *x, uint64_t n,
                     void *out);

#endif
