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

#endif
