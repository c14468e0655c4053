/* Weighted sums of neighbours along several axes, with weights of any values: some elements of a
   result's last axis at a time, to which each row of the weights adds what lies under it. And
   NumPy's convolution along one. */
#include "compute/filters.h"

#include "chunk/type.h"

#include <string.h>

#define AT_ONCE                                                                      \
    ((uint64_t)1024) /* results that stay in the cache while all weights are applied \
                      */

/* ---- Several axes ---- */

static size_t neighbours_scratch(const void *params, uint64_t n)
{
    const shoal_neighbours *p = params;
    (void)n;
    return (size_t)(2 * AT_ONCE + p->axis[p->n_axes - 1].size + 16) * sizeof(double);
}

static bool neighbours_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                             uint64_t *from, uint64_t *to)
{
    const shoal_neighbours *p = params;
    return shoal_filter_reach(p->n_axes, p->axis, n, start, count, from, to);
}

/* n elements along the last axis from index `first` on, which may be outside, of a line that begins
   at x; NULL: of constants. */
static void widen(const shoal_neighbours *p, const uint8_t *x, int64_t first, uint64_t n,
                  double *to)
{
    const shoal_filter_axis *a = &p->axis[p->n_axes - 1];
    size_t size = shoal_code_size(p->type);
    int64_t length = (int64_t)a->shape;
    for (uint64_t i = 0; i < n;) {
        int64_t at = first + (int64_t)i;
        uint64_t m = 1;
        bool inside = at >= 0 && at < length;
        if (inside) m = n - i < (uint64_t)(length - at) ? n - i : (uint64_t)(length - at);
        if (!inside) at = shoal_edge_inside(a->mode, at, length);
        if (!x || at < 0)
            to[i] = p->constant;
        else
            shoal_line_cast(p->type, SHOAL_FLOAT64, x + (uint64_t)at * size, m, to + i);
        i += x ? m : 1;
    }
}

static void add_row(const double *weight, uint64_t size, const double *x, uint64_t n, double *out)
{
    for (uint64_t k = 0; k < size; k++) {
        if (weight[k] == 0) continue;
        for (uint64_t i = 0; i < n; i++) out[i] += weight[k] * x[i + k];
    }
}

static bool all_zero(const double *weight, uint64_t n)
{
    for (uint64_t k = 0; k < n; k++)
        if (weight[k] != 0) return false;
    return true;
}

/* The line under a row of the weights: of results at `at`, with the weights' row `under`, both by
   all axes but the last. NULL: it is outside. */
static const uint8_t *line_under(const shoal_neighbours *p, const shoal_line_part *part,
                                 const uint64_t *at, const uint64_t *under)
{
    uint64_t element = 0;
    for (uint32_t k = 0; k + 1 < p->n_axes; k++) {
        const shoal_filter_axis *a = &p->axis[k];
        int64_t i = (int64_t)(at[k] + under[k]) - (int64_t)a->before;
        i = shoal_edge_inside(a->mode, i, (int64_t)a->shape);
        if (i < 0) return NULL;
        element = element * a->shape + (uint64_t)i;
    }
    if (p->n_axes > 1) element *= p->axis[p->n_axes - 1].shape;
    /* of one axis the part may begin within the line */
    return (const uint8_t *)part->x +
           ((int64_t)element - (int64_t)part->from) * (int64_t)shoal_code_size(p->type);
}

/* The next index in C order, by all axes but the last; false: it was the last one. */
static bool step(const shoal_neighbours *p, bool of_weights, uint64_t *at)
{
    for (uint32_t k = p->n_axes - 1; k-- > 0;) {
        if (++at[k] < (of_weights ? p->axis[k].size : p->axis[k].shape)) return true;
        at[k] = 0;
    }
    return false;
}

/* Results [first, first + n) of a line. */
static void run_piece(const shoal_neighbours *p, const shoal_line_part *part, const uint64_t *at,
                      uint64_t first, uint64_t n, double *scratch)
{
    const shoal_filter_axis *last = &p->axis[p->n_axes - 1];
    uint64_t under[SHOAL_FILTER_AXES] = {0};
    const double *weight = p->weight;
    double *out = scratch, *wide = scratch + AT_ONCE;
    memset(out, 0, (size_t)n * sizeof *out);
    do {
        if (!all_zero(weight, last->size)) {
            widen(p, line_under(p, part, at, under), (int64_t)first - (int64_t)last->before,
                  n + last->size - 1, wide);
            add_row(weight, last->size, wide, n, out);
        }
        weight += last->size;
    } while (step(p, true, under));
}

static void neighbours_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_neighbours *p = params;
    uint64_t row = shoal_filter_row(p->n_axes, p->axis), at[SHOAL_FILTER_AXES] = {0};
    bool one = p->n_axes == 1;
    uint64_t length = one ? part->count : p->axis[p->n_axes - 1].shape;
    uint64_t begin = one ? part->start : 0;
    size_t size = shoal_code_size(p->result);
    uint8_t *out = part->out;
    if (part->count == 0) return;
    at[0] = part->start / row;
    for (uint64_t done = 0; done < part->count; done += length) {
        for (uint64_t i = 0; i < length; i += AT_ONCE) {
            uint64_t n = length - i < AT_ONCE ? length - i : AT_ONCE;
            run_piece(p, part, at, begin + i, n, scratch);
            shoal_line_cast(SHOAL_FLOAT64, p->result, scratch, n, out + (done + i) * size);
        }
        step(p, false, at);
    }
}

const shoal_line_kind shoal_lines_neighbours = {.scratch_bytes = neighbours_scratch,
                                                .keeps_index = true,
                                                .keeps_shape = true,
                                                .run_part = neighbours_part,
                                                .reach = neighbours_reach};

/* ---- NumPy's convolution ---- */

static size_t convolve_scratch(const void *params, uint64_t n)
{
    const shoal_convolution *p = params;
    (void)n;
    return (size_t)(2 * AT_ONCE + p->n + 16) * 8;
}

static bool convolve_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                           uint64_t *from, uint64_t *to)
{
    const shoal_convolution *p = params;
    int64_t low = (int64_t)start - p->before,
            high = (int64_t)(start + count - 1 + p->n) - p->before;
    *from = low < 0 ? 0 : (uint64_t)low < n ? (uint64_t)low : n - 1;
    *to = high < 1 ? 1 : (uint64_t)high < n ? (uint64_t)high : n;
    return true;
}

/* The sums of n results, of n + p->n - 1 elements of 8 bytes, of which [low, high) are inside of
   the line; the others take no part, as 0 times infinity is not 0. */
static void convolve_piece(const shoal_convolution *p, const void *wide, uint64_t low,
                           uint64_t high, uint64_t n, void *out)
{
    memset(out, 0, (size_t)n * 8);
    for (uint64_t k = 0; k < p->n; k++) {
        uint64_t first = low > k ? low - k : 0, end = high > k ? high - k : 0;
        if (end > n) end = n;
        if (p->loop == SHOAL_FLOAT64) {
            const double *x = (const double *)wide + k;
            double *to = out, weight = p->weight[k].real;
            for (uint64_t i = first; i < end; i++) to[i] += weight * x[i];
        } else {
            const uint64_t *x = (const uint64_t *)wide + k;
            uint64_t *to = out, weight = (uint64_t)p->weight[k].whole;
            for (uint64_t i = first; i < end; i++) to[i] += weight * x[i];
        }
    }
}

static void convolve_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_convolution *p = params;
    size_t size = shoal_code_size(p->type), of_result = shoal_code_size(p->result);
    uint8_t *out = scratch, *wide = out + AT_ONCE * 8;
    for (uint64_t i = 0; i < part->count; i += AT_ONCE) {
        uint64_t n = part->count - i < AT_ONCE ? part->count - i : AT_ONCE, all = n + p->n - 1;
        int64_t first = (int64_t)(part->start + i) - p->before, end = first + (int64_t)all;
        int64_t low = first < 0 ? 0 : first, high = end < (int64_t)part->n ? end : (int64_t)part->n;
        if (high < low) high = low;
        if (low < high)
            shoal_line_cast(p->type, p->loop,
                            (const uint8_t *)part->x + ((uint64_t)low - part->from) * size,
                            (uint64_t)(high - low), wide + (low - first) * 8);
        convolve_piece(p, wide, (uint64_t)(low - first), (uint64_t)(high - first), n, out);
        shoal_line_cast(p->loop, p->result, out, n, (uint8_t *)part->out + i * of_result);
    }
}

const shoal_line_kind shoal_lines_convolve = {
    .scratch_bytes = convolve_scratch, .run_part = convolve_part, .reach = convolve_reach};
