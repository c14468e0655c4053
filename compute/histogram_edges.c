#include "compute/histogram_edges.h"

#include "chunk/error.h"

#include <math.h>
#include <string.h>

shoal_histogram_look shoal_histogram_look_nothing(void)
{
    return (shoal_histogram_look){.low = INFINITY, .high = -INFINITY};
}

void shoal_histogram_look_at(shoal_histogram_look *l, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        l->low = x[i] < l->low ? x[i] : l->low;
        l->high = x[i] > l->high ? x[i] : l->high;
        l->nan |= x[i] != x[i];
    }
    l->n += n;
}

void shoal_histogram_look_merge(shoal_histogram_look *l, const shoal_histogram_look *m)
{
    l->low = m->low < l->low ? m->low : l->low;
    l->high = m->high > l->high ? m->high : l->high;
    l->nan |= m->nan;
    l->n += m->n;
}

/* The outer edges, as numpy.histogram finds them. */
static shoal_status outer_edges(const shoal_bins *b, const shoal_histogram_look *l,
                                shoal_histogram_axis *a, shoal_error *err)
{
    a->low = b->has_range ? b->range[0] : l->n ? l->low : 0;
    a->high = b->has_range ? b->range[1] : l->n ? l->high : 1;
    if (!b->has_range && l->nan) a->low = a->high = NAN;
    if (!isfinite(a->low) || !isfinite(a->high))
        return shoal_fail(err, SHOAL_DATA,
                          "histogram: the data's range, %g to %g, is not finite; give "
                          "range=(low, high)",
                          a->low, a->high);
    if (a->low == a->high) {
        a->low = shoal_bins_rounded(b, a->low - 0.5);
        a->high = shoal_bins_rounded(b, a->high + 0.5);
    }
    return SHOAL_OK;
}

shoal_status shoal_histogram_axis_set(shoal_histogram_axis *a, const shoal_histogram *p, uint32_t k,
                                      const shoal_histogram_look *l, const shoal_bin_facts *facts,
                                      shoal_error *err)
{
    const shoal_bins *b = &p->bins[k];
    a->n = b->n;
    if (b->has_edges) {
        memcpy(a->edges, p->edges + b->first_edge, (b->n + 1) * sizeof *a->edges);
        a->low = a->edges[0];
        a->high = a->edges[a->n];
        shoal_histogram_axis_even(a);
        return SHOAL_OK;
    }
    shoal_status status = outer_edges(b, l, a, err);
    if (status) return status;
    if (b->rule != SHOAL_BINS_GIVEN) {
        double n = shoal_bins_by_rule(b, facts, a->low, a->high);
        if (!(n <= (double)SHOAL_MAX_BINS))
            return shoal_fail(err, SHOAL_MEMORY,
                              "histogram: the rule asks for %.4g bins, more than %llu; give their "
                              "number",
                              n, (unsigned long long)SHOAL_MAX_BINS);
        a->n = (uint64_t)n;
    }
    shoal_bins_fill(b, a->low, a->high, a->n, a->edges);
    for (uint64_t j = 0; j < a->n && p->rank == 1; j++) /* numpy.histogram2d does not mind */
        if (!(a->edges[j] < a->edges[j + 1]))           /* NaN: the range is wider than a double */
            return shoal_fail(err, SHOAL_DATA,
                              "histogram: %llu bins are too many for the range %g to %g",
                              (unsigned long long)a->n, a->low, a->high);
    /* the range itself is compared in the edges' type, as NumPy does */
    a->low = a->edges[0];
    a->high = a->edges[a->n];
    shoal_histogram_axis_even(a);
    return SHOAL_OK;
}

double shoal_histogram_axis_width(const shoal_histogram_axis *a, const shoal_bins *b, uint64_t bin)
{
    double w = a->edges[bin + 1] - a->edges[bin];
    return b->has_edges ? w : shoal_bins_rounded(b, w);
}
