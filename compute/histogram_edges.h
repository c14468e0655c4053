/* The edges of a histogram's bins: those that are given, or made for the range of the data, by a
   rule or not, as NumPy makes them. */
#ifndef SHOAL_COMPUTE_HISTOGRAM_EDGES_H
#define SHOAL_COMPUTE_HISTOGRAM_EDGES_H

#include "compute/histogram.h"
#include "compute/histogram_axis.h"

/* What a round over the data finds of one axis. */
typedef struct shoal_histogram_look {
    double low, high; /* inf and -inf where there is nothing */
    uint64_t n;       /* elements */
    bool nan;
} shoal_histogram_look;

shoal_histogram_look shoal_histogram_look_nothing(void);
void shoal_histogram_look_at(shoal_histogram_look *look, const double *x, size_t n);
void shoal_histogram_look_merge(shoal_histogram_look *into, const shoal_histogram_look *from);

/* Fills in all of an axis but its type and cast; `edges` has room for as many as there may be. The
   facts are for a rule. SHOAL_DATA: there are no such bins for the data; SHOAL_MEMORY: a rule asks
   for too many. */
shoal_status shoal_histogram_axis_set(shoal_histogram_axis *axis, const shoal_histogram *params,
                                      uint32_t k, const shoal_histogram_look *look,
                                      const shoal_bin_facts *facts, shoal_error *err);

/* The width of a bin in the type that the edges have. */
double shoal_histogram_axis_width(const shoal_histogram_axis *axis, const shoal_bins *bins,
                                  uint64_t bin);

#endif
