/* The bins of one axis of a histogram, and which of them elements are in. */
#ifndef SHOAL_COMPUTE_HISTOGRAM_AXIS_H
#define SHOAL_COMPUTE_HISTOGRAM_AXIS_H

#include "compute/kernel.h"

#define SHOAL_HISTOGRAM_BLOCK 512 /* elements at a time */

typedef struct shoal_histogram_axis {
    shoal_type_code type; /* of the elements */
    double low, high;     /* the outer edges */
    uint64_t n;           /* bins */
    double *edges;        /* n + 1, rising */
    shoal_kernel cast;    /* of the elements to float64; NULL: they are */
    shoal_type_code loop; /* in which bins are found: float32 or float64 */
    bool is_even;         /* of nearly equal width: computed, not searched */
    shoal_equal_bins even;
} shoal_histogram_axis;

/* Fills in what follows `cast`, from all before. */
void shoal_histogram_axis_even(shoal_histogram_axis *axis);

/* A block of elements as float64. */
void shoal_histogram_axis_cast(const shoal_histogram_axis *axis, const void *x, size_t n,
                               double *out);

/* The bin of each element of a block; axis->n where it is in none. The last bin has both its
   edges. `bin` has room for a whole block. */
void shoal_histogram_axis_find(const shoal_histogram_axis *axis, const void *x, size_t n,
                               int32_t *bin);

#endif
