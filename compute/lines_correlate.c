/* Weighted sums of neighbours: correlation with a short row of weights, and slopes. */
#include "compute/lines.h"

#include "chunk/type.h"

#include <string.h>

#define AT_ONCE                                                                      \
    ((uint64_t)1024) /* results that stay in the cache while all weights are applied \
                      */

static size_t correlate_scratch(const void *params, uint64_t n)
{
    const shoal_correlation *p = params;
    return (size_t)(3 * n + p->n + 8) * sizeof(double);
}

int64_t shoal_edge_inside(shoal_edge_mode mode, int64_t at, int64_t n)
{
    if (at >= 0 && at < n) return at;
    int64_t period = mode == SHOAL_EDGE_WRAP ? n : mode == SHOAL_EDGE_REFLECT ? 2 * n : 2 * n - 2;
    switch (mode) {
    case SHOAL_EDGE_CONSTANT: return -1;
    case SHOAL_EDGE_NEAREST: return at < 0 ? 0 : n - 1;
    default: break;
    }
    if (n == 1) return 0;
    int64_t k = at % period;
    if (k < 0) k += period;
    if (k < n) return k;
    return mode == SHOAL_EDGE_REFLECT ? period - 1 - k : period - k;
}

bool shoal_edge_reach(shoal_edge_mode mode, uint64_t before, uint64_t after, uint64_t n,
                      uint64_t start, uint64_t count, uint64_t *from, uint64_t *to)
{
    uint64_t last = start + count - 1;
    *from = start > before ? start - before : 0;
    *to = n - last > after ? last + after + 1 : n;
    if (mode == SHOAL_EDGE_WRAP) return false;
    if (before + 2 >= n || after + 2 >= n) { /* more than one reflection */
        *from = 0;
        *to = n;
        return true;
    }
    /* what is reflected into the part */
    if (start < before && *to < before - start + 1) *to = before - start + 1;
    if (last + after >= n && *from > n - 2 - (last + after - n)) *from = n - 2 - (last + after - n);
    return true;
}

static bool correlate_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                            uint64_t *from, uint64_t *to)
{
    const shoal_correlation *p = params;
    return shoal_edge_reach(p->mode, p->before, p->n - 1 - p->before, n, start, count, from, to);
}

static void correlate_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_correlation *p = params;
    double *x = scratch, *wide = x + part->n_in, *out = wide + part->count + p->n;
    shoal_line_cast(p->type, SHOAL_FLOAT64, part->x, part->n_in, x);
    for (uint64_t i = 0; i < part->count + p->n - 1; i++) {
        int64_t at = (int64_t)(part->start + i) - (int64_t)p->before;
        int64_t k = shoal_edge_inside(p->mode, at, (int64_t)part->n);
        wide[i] = k < 0 ? p->constant : x[(uint64_t)k - part->from];
    }
    for (uint64_t i = 0; i < part->count; i += AT_ONCE) {
        uint64_t m = part->count - i < AT_ONCE ? part->count - i : AT_ONCE;
        memset(out + i, 0, (size_t)m * sizeof *out);
        for (uint64_t k = 0; k < p->n; k++) {
            double weight = p->weight[k], *to = out + i;
            const double *v = wide + i + k;
            for (uint64_t j = 0; j < m; j++) to[j] += weight * v[j];
        }
    }
    shoal_line_cast(SHOAL_FLOAT64, p->result, out, part->count, part->out);
}

const shoal_line_kind shoal_lines_correlate = {.scratch_bytes = correlate_scratch,
                                               .keeps_index = true,
                                               .run_part = correlate_part,
                                               .reach = correlate_reach};

static size_t gradient_scratch(const void *params, uint64_t n)
{
    (void)params;
    return (size_t)n * 2 * sizeof(double);
}

static bool gradient_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                           uint64_t *from, uint64_t *to)
{
    (void)params;
    *from = start ? start - 1 : 0;
    *to = start + count < n ? start + count + 1 : n;
    return true;
}

/* Shorter floats are rounded after each step, as NumPy does. */
static void gradient_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_gradient *p = params;
    double *x = scratch, *out = x + part->n_in;
    bool is_short = p->result != SHOAL_FLOAT64;
    double one = is_short ? (double)(float)p->spacing : p->spacing;
    double two = is_short ? (double)(float)(2 * p->spacing) : 2 * p->spacing;
    shoal_line_cast(p->type, SHOAL_FLOAT64, part->x, part->n_in, x);
    for (uint64_t i = 0; i < part->count; i++) {
        uint64_t at = part->start + i;
        bool edge = at == 0 || at == part->n - 1;
        uint64_t a = at == 0 ? at : at - 1, b = at == part->n - 1 ? at : at + 1;
        double d = x[b - part->from] - x[a - part->from];
        if (is_short) d = (double)(float)d;
        out[i] = d / (edge ? one : two);
    }
    shoal_line_cast(SHOAL_FLOAT64, p->result, out, part->count, part->out);
}

const shoal_line_kind shoal_lines_gradient = {.scratch_bytes = gradient_scratch,
                                              .keeps_index = true,
                                              .run_part = gradient_part,
                                              .reach = gradient_reach};
