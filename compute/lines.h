/* Line functions: each line of an array - its elements along one axis, or along several taken in C
   order - makes a line of the result, of a length that the shape alone gives. */
#ifndef SHOAL_COMPUTE_LINES_H
#define SHOAL_COMPUTE_LINES_H

#include <shoal/shoal.h>

typedef struct shoal_line_kind {
    /* Bytes that run may use, for lines of n elements. */
    size_t (*scratch_bytes)(const void *params, uint64_t n);
    /* From one line of n elements to one of the result; both are contiguous, and apart. */
    void (*run)(const void *params, void *scratch, const void *x, uint64_t n, void *out);
    bool keeps_index; /* element i of the result stands where element i of the line does */
} shoal_line_kind;

/* Quantiles of each line (compute/quantile.h has the parameters). */
extern const shoal_line_kind shoal_lines_quantiles;

#endif
