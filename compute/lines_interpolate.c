/* Gaps of NaN in lines, filled on the straight line between their neighbours, as numpy.interp has
   it. */
#include "compute/lines.h"

#include "chunk/type.h"

#include <math.h>
#include <string.h>

static size_t scratch_bytes(const void *params, uint64_t n)
{
    (void)params;
    return (size_t)n * sizeof(double) + 16;
}

/* Between a at index 0 and b at index n. */
static double between(double a, double b, uint64_t n, uint64_t at)
{
    double slope = (b - a) / (double)n;
    double v = slope * (double)at + a;
    if (!isnan(v)) return v;
    v = slope * ((double)at - (double)n) + b; /* an infinite neighbour */
    return isnan(v) && a == b ? a : v;
}

static void run(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_scan *p = params;
    size_t size = shoal_code_size(p->type);
    double *v = scratch;
    uint64_t last = UINT64_MAX; /* that is no NaN */
    shoal_line_cast(p->type, SHOAL_FLOAT64, x, n, v);
    memcpy(out, x, (size_t)n * size);
    for (uint64_t i = 0; i < n; i++) {
        if (isnan(v[i])) continue;
        for (uint64_t k = last + 1; last != UINT64_MAX && k < i; k++)
            v[k] = between(v[last], v[i], i - last, k - last);
        if (last != UINT64_MAX && i > last + 1)
            shoal_line_cast(SHOAL_FLOAT64, p->type, v + last + 1, i - last - 1,
                            (char *)out + (last + 1) * size);
        last = i;
    }
}

const shoal_line_kind shoal_lines_interpolate = {
    .scratch_bytes = scratch_bytes, .run = run, .keeps_index = true};
