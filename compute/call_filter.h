/* What the calls of filters over several axes share. */
#ifndef SHOAL_COMPUTE_CALL_FILTER_H
#define SHOAL_COMPUTE_CALL_FILTER_H

#include "compute/call.h"
#include "compute/filters.h"

typedef struct shoal_filter_call {
    const shoal_syntax *call;
    shoal_node *x;
    int n, axes[SHOAL_MAX_RANK]; /* those that are filtered, in the order in which they are named */
    shoal_filter_axis axis[SHOAL_MAX_RANK]; /* by axis of x: of one element where it is not */
} shoal_filter_call;

/* The array and its axes; NULL, None: all. Their sizes are 1 then. */
shoal_status shoal_filter_begin(shoal_graph *graph, const shoal_syntax *call,
                                const shoal_syntax *array, const shoal_syntax *axes,
                                shoal_filter_call *f, shoal_error *err);
/* What an argument says of the k-th of these axes: one for each, or the same for all. */
shoal_status shoal_filter_each(const shoal_filter_call *f, const shoal_syntax *s, const char *what,
                               int k, const shoal_syntax **out, shoal_error *err);
/* origin= (may be NULL): how many of an axis's neighbours come before; turned: as convolutions have
   them. */
shoal_status shoal_filter_origin(shoal_graph *graph, const shoal_syntax *s, bool turned,
                                 shoal_filter_axis *a, shoal_error *err);
/* The first and last axis that has neighbours; checks that what lies between can be counted. */
shoal_status shoal_filter_span(const shoal_filter_call *f, int *first, int *last, shoal_error *err);

/* call_correlate.c: a bell's width, and how many weights it has, SHOAL_FILTER_WEIGHTS at most; it
   may be 0 only with `or_none`, of one weight then. */
shoal_status shoal_call_gaussian(shoal_graph *graph, const shoal_syntax *s,
                                 const shoal_syntax *truncate, bool or_none, double *sigma,
                                 uint64_t *n, shoal_error *err);
void shoal_gaussian_weights(double sigma, uint64_t n, double *weights);
/* Floats stay what they are; others become float64. */
shoal_type_code shoal_filter_type(shoal_type_code type);

#endif
