#include "compute/histogram_axis.h"

#include <math.h>
#include <string.h>

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

static double element(const shoal_histogram_axis *a, const void *x, size_t k)
{
    double wide; /* at any address */
    float narrow;
    if (a->loop == SHOAL_FLOAT64) {
        memcpy(&wide, (const char *)x + k * sizeof wide, sizeof wide);
        return wide;
    }
    memcpy(&narrow, (const char *)x + k * sizeof narrow, sizeof narrow);
    return (double)narrow;
}

void shoal_histogram_axis_cast(const shoal_histogram_axis *a, const void *x, size_t n, double *out)
{
    if (a->cast)
        a->cast(n, &x, out);
    else
        memcpy(out, x, n * sizeof *out);
}

void shoal_histogram_axis_find(const shoal_histogram_axis *a, const void *x, size_t n, int32_t *bin)
{
    double v[SHOAL_HISTOGRAM_BLOCK];
    bool casts = a->cast && a->loop == SHOAL_FLOAT64;
    const void *in = casts ? v : x;
    if (casts) a->cast(n, &x, v);
    if (a->is_even) {
        uint16_t near[SHOAL_HISTOGRAM_BLOCK];
        size_t n_near = shoal_kernel_bins(a->loop)(in, n, &a->even, bin, near);
        for (size_t k = 0; k < n_near; k++)
            bin[near[k]] = bin_near(a, element(a, in, near[k]), ~bin[near[k]]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double at = element(a, in, i);
        bin[i] = (int32_t)(at >= a->low && at <= a->high ? search(a->edges, a->n, at) : a->n);
    }
}

/* Where an element is among the bins is estimated by its distance from the first edge, which rises
   with it. So if that is off by at most `near` at all edges, only an element that is so near to one
   may be on its other side. */
static bool even_doubles(const shoal_histogram_axis *a, shoal_equal_bins *out)
{
    double scale = (double)a->n / (a->high - a->low), near = 0;
    for (uint64_t j = 0; j <= a->n; j++)
        near = fmax(near, fabs((a->edges[j] - a->low) * scale - (double)j));
    *out = (shoal_equal_bins){a->low, a->high, a->low, scale, 2 * near, (int32_t)a->n};
    return isfinite(scale) && scale > 0 && near < 0.1; /* 0: the width is beyond a double */
}

/* The same in float32, at the floats around each edge. */
static bool even_floats(const shoal_histogram_axis *a, shoal_equal_bins *out)
{
    float origin = (float)a->low, scale = (float)((double)a->n / (a->high - a->low));
    float low = origin, high = (float)a->high;
    double near = 0;
    if (!isfinite(low) || !isfinite(high) || !isfinite(scale)) return false;
    for (uint64_t j = 0; j <= a->n; j++) {
        float edge = (float)a->edges[j];
        float around[3] = {nextafterf(edge, -INFINITY), edge, nextafterf(edge, INFINITY)};
        for (int k = 0; k < 3; k++)
            near = fmax(near, fabs((double)((around[k] - origin) * scale) - (double)j));
    }
    if ((double)low < a->low) low = nextafterf(low, INFINITY);
    if ((double)high > a->high) high = nextafterf(high, -INFINITY);
    *out = (shoal_equal_bins){(double)low,   (double)high, (double)origin,
                              (double)scale, 2 * near,     (int32_t)a->n};
    return near < 0.01; /* of wider ones, more are searched for than this saves */
}

void shoal_histogram_axis_even(shoal_histogram_axis *a)
{
    bool floats = a->type == SHOAL_FLOAT32 && even_floats(a, &a->even);
    a->loop = floats ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
    a->is_even = floats || even_doubles(a, &a->even);
}
