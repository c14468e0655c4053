/* The bins of one axis of a histogram, and which of them elements are in. */
#ifndef SHOAL_COMPUTE_HISTOGRAM_AXIS_H
#define SHOAL_COMPUTE_HISTOGRAM_AXIS_H

#include "compute/kernel.h"

typedef struct shoal_histogram_axis {
    double low, high; /* the outer edges */
    uint64_t n;       /* bins */
    double *edges;    /* n + 1, rising */
    bool is_even;     /* of nearly equal width: */
    shoal_equal_bins even;
    shoal_kernel cast; /* of the elements to float64; NULL: they are */
} shoal_histogram_axis;

/* For edges that divide the range evenly but for rounding: bins are computed then, not searched. */
void shoal_histogram_axis_even(shoal_histogram_axis *axis);

/* The bin of each of n elements; axis->n where it is in none. The last bin has both its edges. */
void shoal_histogram_axis_find(const shoal_histogram_axis *axis, const double *x, size_t n,
                               int32_t *bin);

#endif
