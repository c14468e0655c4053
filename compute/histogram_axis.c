#include "compute/histogram_axis.h"

#include <math.h>

static uint64_t search(const double *edges, uint64_t n, double x)
{
    uint64_t low = 0, high = n; /* edges[low] <= x < edges[high] */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (edges[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The bin of an element that is at an edge, about that of number k. */
static int32_t bin_near(const shoal_histogram_axis *a, double x, int32_t k)
{
    int32_t n = (int32_t)a->n;
    if (k >= n) k = n - 1;
    if (k > 0 && x < a->edges[k]) return k - 1;
    return k + 1 < n && x >= a->edges[k + 1] ? k + 1 : k;
}

/* The bin of each element; n where it is in none. */
void shoal_histogram_axis_find(const shoal_histogram_axis *a, const double *x, size_t n,
                               int32_t *bin)
{
    if (a->is_even) {
        shoal_kernel_bins()(x, n, &a->even, bin);
        for (size_t i = 0; i < n; i++)
            if (__builtin_expect(bin[i] < 0, 0)) bin[i] = bin_near(a, x[i], -1 - bin[i]);
        return;
    }
    for (size_t i = 0; i < n; i++)
        bin[i] = (int32_t)(x[i] >= a->low && x[i] <= a->high ? search(a->edges, a->n, x[i]) : a->n);
}

/* Where an element is among the bins is estimated by its distance from the first edge, which rises
   with it. So if that is off by at most `near` at all edges, only an element that is so near to one
   may be on its other side. */
void shoal_histogram_axis_even(shoal_histogram_axis *a)
{
    double scale = (double)a->n / (a->high - a->low);
    double near = 0;
    for (uint64_t j = 0; j <= a->n; j++)
        near = fmax(near, fabs((a->edges[j] - a->low) * scale - (double)j));
    a->is_even = isfinite(scale) && near < 0.1;
    a->even = (shoal_equal_bins){a->low, a->high, scale, 2 * near, (int32_t)a->n};
}
