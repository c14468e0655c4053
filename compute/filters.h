/* Filters over neighbours along one axis or several, as lines (compute/lines.h): the axes from the
   first to the last that has neighbours are one line in C order, whose parts are whole rows. */
#ifndef SHOAL_COMPUTE_FILTERS_H
#define SHOAL_COMPUTE_FILTERS_H

#include "compute/lines.h"

/* Axes of a line at most; weights, and neighbours along an axis, at most. */
#define SHOAL_FILTER_AXES    8
#define SHOAL_FILTER_WEIGHTS 65536

/* Along an axis, element i has the neighbours i - before to i - before + size - 1. */
typedef struct shoal_filter_axis {
    uint64_t shape, before, size;
    uint64_t first; /* of its weights among all */
    shoal_edge_mode mode;
    uint32_t unused;
} shoal_filter_axis;

typedef enum shoal_filter_op {
    SHOAL_FILTER_SUM,
    SHOAL_FILTER_MIN,
    SHOAL_FILTER_MAX
} shoal_filter_op;

/* One axis after another, each beyond its own ends: weighted sums in float64, or extremes (NaN
   where there is one) in 64 bits of the type's kind. */
typedef struct shoal_axis_filter {
    shoal_type_code type, result;
    shoal_filter_op op;
    uint32_t n_axes;
    shoal_filter_axis axis[SHOAL_FILTER_AXES];
    double constant;
    double weight[]; /* SUM */
} shoal_axis_filter;
extern const shoal_line_kind shoal_lines_filter;

/* The sum of weight[k] * x at the k-th neighbour, in C order over all axes; weights of 0 take no
   part. All axes have one mode. In float64. */
typedef struct shoal_neighbours {
    shoal_type_code type, result;
    uint32_t n_axes, unused;
    shoal_filter_axis axis[SHOAL_FILTER_AXES];
    double constant;
    double weight[];
} shoal_neighbours;
extern const shoal_line_kind shoal_lines_neighbours;

/* NumPy's along one axis: element i is the sum of weight[k] * x[i - before + k], 0 beyond the ends;
   the result has a length of its own. In `loop`: float64, or int64, which wraps. */
typedef struct shoal_convolution {
    shoal_type_code type, loop, result;
    uint32_t unused;
    int64_t before;
    uint64_t n;
    union {
        double real;
        int64_t whole;
    } weight[];
} shoal_convolution;
extern const shoal_line_kind shoal_lines_convolve;

/* Elements of a row: of all but the first of the axes. */
uint64_t shoal_filter_row(uint32_t n_axes, const shoal_filter_axis *axis);
/* reach of both kinds over several axes. */
bool shoal_filter_reach(uint32_t n_axes, const shoal_filter_axis *axis, uint64_t n, uint64_t start,
                        uint64_t count, uint64_t *from, uint64_t *to);

#endif
