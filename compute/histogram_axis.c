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

/* The bin of an element that is near an edge: the estimated one or a neighbour. */
static int32_t bin_near(const shoal_histogram_axis *a, double x)
{
    int32_t n = (int32_t)a->n;
    if (!(x >= a->low && x <= a->high)) return n;
    double at = (x - a->even.origin) * a->even.scale;
    int32_t k = at < 0 ? 0 : at < n - 1 ? (int32_t)at : n - 1;
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
        uint16_t near[SHOAL_HISTOGRAM_BLOCK + 1];
        size_t n_near = shoal_kernel_bins(a->loop)(in, n, &a->even, bin, near);
        for (size_t k = 0; k < n_near; k++) bin[near[k]] = bin_near(a, element(a, in, near[k]));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double at = element(a, in, i);
        bin[i] = (int32_t)(at >= a->low && at <= a->high ? search(a->edges, a->n, at) : a->n);
    }
}

/* The nearest edge of an element is estimated by its distance from the first one, which rises with
   it: so it is one of the element's own two where the estimate is off by less than half at each. */
#define MOST_OFF   0.25
#define MOST_DOUBT 0.01 /* of a bin: with more, more are searched for than this saves */

static bool even_doubles(const shoal_histogram_axis *a, shoal_equal_bins *out)
{
    double width = (a->high - a->low) / (double)a->n, scale = (double)a->n / (a->high - a->low);
    double off = 0, doubt = -1;
    for (uint64_t j = 0; j <= a->n; j++) {
        double d = fabs((double)j * width + a->low - a->edges[j]);
        off = fmax(off, fabs((a->edges[j] - a->low) * scale - (double)j));
        if (j < a->n && d > 0) doubt = fmax(doubt, d);
    }
    *out = (shoal_equal_bins){a->low, a->high,       a->low, scale, width,
                              doubt,  (int32_t)a->n, false,  0,     0};
    return isfinite(scale) && scale > 0 && off < MOST_OFF; /* 0: the width is beyond a double */
}

/* The same in float32; off at the floats around each edge. */
static bool even_floats(const shoal_histogram_axis *a, shoal_equal_bins *out)
{
    float origin = (float)a->low, width = (float)((a->high - a->low) / (double)a->n);
    float scale = (float)((double)a->n / (a->high - a->low)), low = origin, high = (float)a->high;
    double off = 0, doubt = -1, wide_width = (a->high - a->low) / (double)a->n;
    bool is_wide = true;
    if (!isfinite(low) || !isfinite(high) || !isfinite(scale)) return false;
    for (uint64_t j = 0; j <= a->n; j++) {
        float edge = (float)a->edges[j];
        float around[3] = {nextafterf(edge, -INFINITY), edge, nextafterf(edge, INFINITY)};
        double d = fabs((double)((float)j * width + origin) - a->edges[j]);
        for (int k = 0; k < 3; k++)
            off = fmax(off, fabs((double)((around[k] - origin) * scale) - (double)j));
        if (j < a->n && d > 0) doubt = fmax(doubt, (double)nextafterf((float)d, INFINITY));
        is_wide &= j == a->n || (double)(float)((double)j * wide_width + a->low) == a->edges[j];
    }
    if ((double)low < a->low) low = nextafterf(low, INFINITY);
    if ((double)high > a->high) high = nextafterf(high, -INFINITY);
    is_wide &= doubt >= 0; /* it takes longer */
    if (is_wide) doubt = -1;
    *out = (shoal_equal_bins){(double)low,   (double)high,  (double)origin, (double)scale,
                              (double)width, (double)doubt, (int32_t)a->n,  is_wide,
                              a->low,        wide_width};
    return off < MOST_OFF && doubt < MOST_DOUBT * (double)width;
}

void shoal_histogram_axis_even(shoal_histogram_axis *a)
{
    bool floats = a->type == SHOAL_FLOAT32 && even_floats(a, &a->even);
    a->loop = floats ? SHOAL_FLOAT32 : SHOAL_FLOAT64;
    a->is_even = floats || even_doubles(a, &a->even);
}
