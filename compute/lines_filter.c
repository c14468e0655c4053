/* Filters that go one axis after another. Some rows at a time are gathered along the first axis
   with their neighbours; the other axes are gone through within these. What is gathered is
   [elements along the axis][some elements behind it], so that neighbours lie at one distance. */
#include "compute/filters.h"

#include "chunk/type.h"

#include <math.h>
#include <string.h>

#define BAND    ((uint64_t)65536)   /* elements of the rows at a time, where one has not more */
#define HIGHEST ((uint64_t)1 << 20) /* where as many rows as there are neighbours take more */
#define GATHER  ((uint64_t)16384)   /* elements that are gathered at a time */
#define LEAST   ((uint64_t)16)      /* of them beside each other, where there are so many */

static const size_t SIZE = 8; /* of an element while it is computed on */

uint64_t shoal_filter_row(uint32_t n_axes, const shoal_filter_axis *axis)
{
    uint64_t n = 1;
    for (uint32_t k = 1; k < n_axes; k++) n *= axis[k].shape;
    return n;
}

bool shoal_filter_reach(uint32_t n_axes, const shoal_filter_axis *axis, uint64_t n, uint64_t start,
                        uint64_t count, uint64_t *from, uint64_t *to)
{
    uint64_t row = shoal_filter_row(n_axes, axis), first = start / row;
    uint64_t last = (start + count - 1) / row;
    bool some = shoal_edge_reach(axis->mode, axis->before, axis->size - 1 - axis->before, n / row,
                                 first, last - first + 1, from, to);
    *from *= row;
    *to *= row;
    return some;
}

static uint64_t band_rows(const shoal_axis_filter *p)
{
    uint64_t row = shoal_filter_row(p->n_axes, p->axis), around = p->axis[0].size - 1;
    uint64_t rows = BAND / (row ? row : 1);
    if (rows < 1) rows = 1;
    if (rows < around && row < HIGHEST / (around + 1)) rows = around;
    return rows < p->axis[0].shape ? rows : p->axis[0].shape;
}

/* How many of `inner` elements beside each other are gathered, for n elements of the axis. */
static uint64_t beside(const shoal_filter_axis *a, uint64_t n, uint64_t inner)
{
    uint64_t fit = GATHER / (n + a->size);
    if (fit < LEAST) fit = LEAST;
    return fit < inner ? fit : inner;
}

/* Elements of scratch: the rows; what is gathered; what comes of it. */
static void sizes(const shoal_axis_filter *p, uint64_t *band, uint64_t *wide, uint64_t *out)
{
    uint64_t rows = band_rows(p), inner = shoal_filter_row(p->n_axes, p->axis);
    *band = rows * inner;
    *wide = *out = 0;
    for (uint32_t k = 0; k < p->n_axes; k++) {
        uint64_t n = k ? p->axis[k].shape : rows;
        if (k && p->axis[k].shape) inner /= p->axis[k].shape;
        uint64_t some = beside(&p->axis[k], n, inner);
        if (*wide < (n + p->axis[k].size) * some) *wide = (n + p->axis[k].size) * some;
        if (*out < n * some) *out = n * some;
    }
}

static size_t filter_scratch(const void *params, uint64_t n)
{
    uint64_t band, wide, out;
    (void)n;
    sizes(params, &band, &wide, &out);
    return (size_t)(band + wide + out + 24) * SIZE;
}

static bool filter_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                         uint64_t *from, uint64_t *to)
{
    const shoal_axis_filter *p = params;
    return shoal_filter_reach(p->n_axes, p->axis, n, start, count, from, to);
}

static shoal_type_code loop_of(const shoal_axis_filter *p)
{
    if (p->op == SHOAL_FILTER_SUM) return SHOAL_FLOAT64;
    switch (shoal_code_kind(p->type)) {
    case SHOAL_KIND_BOOL:
    case SHOAL_KIND_UINT: return SHOAL_UINT64;
    case SHOAL_KIND_INT: return SHOAL_INT64;
    default: return SHOAL_FLOAT64;
    }
}

/* ---- Along an axis ---- */

/* n results, of neighbours `some` elements apart. */
static void weighted(const double *weight, uint64_t size, const double *x, uint64_t some,
                     uint64_t n, double *out)
{
    enum { AT_ONCE = 1024 }; /* stay in the cache while all weights are applied */
    for (uint64_t i = 0; i < n; i += AT_ONCE) {
        uint64_t m = n - i < AT_ONCE ? n - i : AT_ONCE, k = 0;
        double *to = out + i;
        memset(to, 0, (size_t)m * sizeof *to);
        for (; k + 4 <= size; k += 4) {
            const double *w = weight + k, *v = x + i + k * some;
            const double *v1 = v + some, *v2 = v1 + some, *v3 = v2 + some;
            for (uint64_t j = 0; j < m; j++)
                to[j] = to[j] + w[0] * v[j] + w[1] * v1[j] + w[2] * v2[j] + w[3] * v3[j];
        }
        for (; k < size; k++)
            for (uint64_t j = 0; j < m; j++) to[j] += weight[k] * x[i + k * some + j];
    }
}

/* Windows of 1, 2, 4, ... elements, each of two of the half; and two of the last length overlap. */
#define EXTREMES(name, T, better)                                            \
    static void name(uint64_t size, T *x, uint64_t some, uint64_t n, T *out) \
    {                                                                        \
        uint64_t width = 1, all = n + (size - 1) * some;                     \
        for (; 2 * width <= size; width *= 2) {                              \
            uint64_t step = width * some;                                    \
            all -= step;                                                     \
            for (uint64_t i = 0; i < all; i++) {                             \
                T a = x[i], b = x[i + step];                                 \
                x[i] = better ? a : b;                                       \
            }                                                                \
        }                                                                    \
        for (uint64_t i = 0, step = (size - width) * some; i < n; i++) {     \
            T a = x[i], b = x[i + step];                                     \
            out[i] = better ? a : b;                                         \
        }                                                                    \
    }

EXTREMES(least_float, double, (a < b) | (a != a))
EXTREMES(greatest_float, double, (a > b) | (a != a))
EXTREMES(least_signed, int64_t, a < b)
EXTREMES(greatest_signed, int64_t, a > b)
EXTREMES(least_unsigned, uint64_t, a < b)
EXTREMES(greatest_unsigned, uint64_t, a > b)

static void run_axis(const shoal_axis_filter *p, const shoal_filter_axis *a, void *x, uint64_t some,
                     uint64_t n, void *out)
{
    bool least = p->op == SHOAL_FILTER_MIN;
    if (p->op == SHOAL_FILTER_SUM)
        weighted(p->weight + a->first, a->size, x, some, n, out);
    else if (loop_of(p) == SHOAL_FLOAT64)
        (least ? least_float : greatest_float)(a->size, x, some, n, out);
    else if (loop_of(p) == SHOAL_INT64)
        (least ? least_signed : greatest_signed)(a->size, x, some, n, out);
    else
        (least ? least_unsigned : greatest_unsigned)(a->size, x, some, n, out);
}

/* ---- Gathering ---- */

typedef struct work {
    const shoal_axis_filter *p;
    shoal_type_code loop;
    uint8_t constant[8];
    uint8_t *band, *wide, *out;
} work;

static void fill(const work *w, uint8_t *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) memcpy(to + i * SIZE, w->constant, SIZE);
}

/* Rows [first, first + n), with their neighbours, to the band. */
static void first_axis(const work *w, const shoal_line_part *part, uint64_t first, uint64_t n)
{
    const shoal_filter_axis *a = w->p->axis;
    uint64_t row = shoal_filter_row(w->p->n_axes, a), some = beside(a, n, row);
    size_t size = shoal_code_size(w->p->type);
    for (uint64_t c = 0; c < row; c += some) {
        uint64_t m = row - c < some ? row - c : some;
        for (uint64_t i = 0; i < n + a->size - 1; i++) {
            int64_t at = (int64_t)(first + i) - (int64_t)a->before;
            at = shoal_edge_inside(a->mode, at, (int64_t)a->shape);
            uint8_t *to = w->wide + i * m * SIZE;
            if (at < 0)
                fill(w, to, m);
            else
                shoal_line_cast(
                    w->p->type, w->loop,
                    (const uint8_t *)part->x + ((uint64_t)at * row + c - part->from) * size, m, to);
        }
        run_axis(w->p, a, w->wide, m, n * m, w->out);
        for (uint64_t i = 0; i < n; i++)
            memcpy(w->band + (i * row + c) * SIZE, w->out + i * m * SIZE, (size_t)m * SIZE);
    }
}

/* `outer` times the elements along an axis, with `inner` ones for each of its indices, in place. */
static void next_axis(const work *w, const shoal_filter_axis *a, uint64_t outer, uint64_t inner)
{
    uint64_t n = a->shape, some = beside(a, n, inner);
    for (uint64_t o = 0; o < outer; o++) {
        uint8_t *x = w->band + o * n * inner * SIZE;
        for (uint64_t c = 0; c < inner; c += some) {
            uint64_t m = inner - c < some ? inner - c : some;
            for (uint64_t i = 0; i < n + a->size - 1; i++) {
                int64_t at = (int64_t)i - (int64_t)a->before;
                at = shoal_edge_inside(a->mode, at, (int64_t)n);
                uint8_t *to = w->wide + i * m * SIZE;
                if (at < 0)
                    fill(w, to, m);
                else if (m == 1)
                    memcpy(to, x + (uint64_t)at * SIZE, SIZE);
                else
                    memcpy(to, x + ((uint64_t)at * inner + c) * SIZE, (size_t)m * SIZE);
            }
            run_axis(w->p, a, w->wide, m, n * m, w->out);
            for (uint64_t i = 0; i < n; i++)
                memcpy(x + (i * inner + c) * SIZE, w->out + i * m * SIZE, (size_t)m * SIZE);
        }
    }
}

static bool is_nothing(const shoal_axis_filter *p, const shoal_filter_axis *a)
{
    return a->size == 1 && (p->op != SHOAL_FILTER_SUM || p->weight[a->first] == 1);
}

static void filter_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_axis_filter *p = params;
    uint64_t band, wide, out, row = shoal_filter_row(p->n_axes, p->axis), n_band = band_rows(p);
    if (part->count == 0) return;
    sizes(p, &band, &wide, &out);
    work w = {.p = p, .loop = loop_of(p), .band = scratch};
    w.wide = w.band + (band + 8) * SIZE;
    w.out = w.wide + (wide + 8) * SIZE;
    shoal_line_cast(SHOAL_FLOAT64, w.loop, &p->constant, 1, w.constant);
    uint64_t first = part->start / row, rows = part->count / row;
    for (uint64_t i = 0; i < rows; i += n_band) {
        uint64_t n = rows - i < n_band ? rows - i : n_band, outer = n, inner = row;
        first_axis(&w, part, first + i, n);
        for (uint32_t k = 1; k < p->n_axes; k++) {
            inner /= p->axis[k].shape;
            if (!is_nothing(p, &p->axis[k])) next_axis(&w, &p->axis[k], outer, inner);
            outer *= p->axis[k].shape;
        }
        shoal_line_cast(w.loop, p->result, w.band, n * row,
                        (uint8_t *)part->out + i * row * shoal_code_size(p->result));
    }
}

const shoal_line_kind shoal_lines_filter = {.scratch_bytes = filter_scratch,
                                            .keeps_index = true,
                                            .keeps_shape = true,
                                            .run_part = filter_part,
                                            .reach = filter_reach};
