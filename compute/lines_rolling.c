/* Rolling windows. Sums are kept from one window to the next, with what rounding leaves out of
   them, and begun afresh at every so many results of a line, so that neither errors nor the parts
   of a line show. */
#include "compute/lines.h"

#include "chunk/type.h"
#include "compute/kernel.h"

#include <math.h>
#include <string.h>

void shoal_line_cast(shoal_type_code from, shoal_type_code to, const void *x, uint64_t n, void *out)
{
    const void *in[1] = {x};
    if (from == to)
        memcpy(out, x, (size_t)n * shoal_code_size(from));
    else
        shoal_kernel_cast(from, to)((size_t)n, in, out);
}

typedef struct total {
    double sum, rest;
} total;

static inline void add(total *t, double x)
{
    double s = t->sum + x, b = s - t->sum;
    t->rest += (t->sum - (s - b)) + (x - b);
    t->sum = s;
}

/* What a window holds. */
typedef struct window {
    uint64_t n, high, low; /* elements that are not NaN; infinities among them */
    double about;          /* squares are of differences to it */
    total sum, squares;
} window;

static inline void enter(window *w, double x)
{
    if (x != x) return;
    w->n++;
    w->high += x == (double)INFINITY;
    w->low += x == -(double)INFINITY;
    if (!isfinite(x)) return;
    add(&w->sum, x - w->about);
    add(&w->squares, (x - w->about) * (x - w->about));
}

static inline void leave(window *w, double x)
{
    if (x != x) return;
    w->n--;
    w->high -= x == (double)INFINITY;
    w->low -= x == -(double)INFINITY;
    if (!isfinite(x)) return;
    add(&w->sum, -(x - w->about));
    add(&w->squares, -((x - w->about) * (x - w->about)));
}

/* `extent`: elements of the window, NaN included; a count wants so many of these. */
static double value_of(const shoal_rolling *p, const window *w, uint64_t extent)
{
    double n = (double)w->n;
    bool counts = p->op == SHOAL_WINDOW_COUNT;
    if ((counts ? extent : w->n) < p->min_periods) return (double)NAN;
    if (counts) return n;
    if (p->op != SHOAL_WINDOW_SUM && w->n == 0) return (double)NAN;
    double sum = w->sum.sum + w->sum.rest;
    if (p->op <= SHOAL_WINDOW_MEAN) {
        if (w->high && w->low) return (double)NAN;
        if (w->high || w->low) return w->high ? (double)INFINITY : -(double)INFINITY;
        return p->op == SHOAL_WINDOW_SUM ? sum + w->about * n : w->about + sum / n;
    }
    if (w->high || w->low || n <= p->ddof) return (double)NAN;
    double squares = w->squares.sum + w->squares.rest - sum / n * sum;
    double v = squares > 0 ? squares / (n - p->ddof) : 0;
    return p->op == SHOAL_WINDOW_VAR ? v : sqrt(v);
}

static uint64_t restart(const shoal_rolling *p)
{
    uint64_t n = 1024;
    while (n < p->before + p->after + 1 && n < UINT64_C(1) << 40) n *= 2;
    return n;
}

/* Windows in a line of n, of which x[0] is element `from`. */
typedef struct line {
    const shoal_rolling *p;
    const double *x;
    uint64_t n, from;
} line;

static uint64_t first_of(const line *l, uint64_t i)
{
    return i > l->p->before ? i - l->p->before : 0;
}

static uint64_t end_of(const line *l, uint64_t i)
{
    return l->n - i > l->p->after + 1 ? i + l->p->after + 1 : l->n;
}

static window begin(const line *l, uint64_t i)
{
    window w = {0};
    uint64_t low = first_of(l, i), high = end_of(l, i);
    bool squares = l->p->op == SHOAL_WINDOW_STD || l->p->op == SHOAL_WINDOW_VAR;
    for (uint64_t k = low; k < high && squares; k++) {
        double x = l->x[k - l->from];
        if (!isfinite(x)) continue;
        w.about = x;
        break;
    }
    for (uint64_t k = low; k < high; k++) enter(&w, l->x[k - l->from]);
    return w;
}

static void roll_sums(const line *l, uint64_t start, uint64_t count, double *out)
{
    uint64_t every = restart(l->p), i = start / every * every;
    window w = {0};
    for (; i < start + count; i++) {
        if (i % every == 0) {
            w = begin(l, i);
        } else {
            if (i > l->p->before) leave(&w, l->x[i - l->p->before - 1 - l->from]);
            if (l->n - i > l->p->after) enter(&w, l->x[i + l->p->after - l->from]);
        }
        if (i >= start) out[i - start] = value_of(l->p, &w, end_of(l, i) - first_of(l, i));
    }
}

/* Candidates stand in the order of their elements, each better than those after it. */
static void roll_extremes(const line *l, uint64_t start, uint64_t count, double *out,
                          uint64_t *queue)
{
    bool max = l->p->op == SHOAL_WINDOW_MAX;
    uint64_t head = 0, tail = 0, next = first_of(l, start), gone = next, n = 0;
    for (uint64_t i = start; i < start + count; i++) {
        for (uint64_t end = end_of(l, i); next < end; next++) {
            double v = l->x[next - l->from];
            if (v != v) continue;
            n++;
            while (tail > head) {
                double last = l->x[queue[tail - 1] - l->from];
                if (max ? last > v : last < v) break;
                tail--;
            }
            queue[tail++] = next;
        }
        for (uint64_t low = first_of(l, i); gone < low; gone++) {
            double v = l->x[gone - l->from];
            n -= v == v;
        }
        while (head < tail && queue[head] < gone) head++;
        bool enough = n >= l->p->min_periods && head < tail;
        out[i - start] = enough ? l->x[queue[head] - l->from] : (double)NAN;
    }
}

static uint64_t place(const double *sorted, uint64_t n, double v)
{
    uint64_t low = 0;
    while (low < n) {
        uint64_t middle = low + (n - low) / 2;
        if (sorted[middle] < v)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* The window's elements are kept sorted. */
static void roll_medians(const line *l, uint64_t start, uint64_t count, double *out, double *sorted)
{
    uint64_t next = first_of(l, start), gone = next, n = 0;
    for (uint64_t i = start; i < start + count; i++) {
        for (uint64_t low = first_of(l, i); gone < low && gone < next; gone++) {
            double v = l->x[gone - l->from];
            if (v != v) continue;
            uint64_t at = place(sorted, n, v);
            memmove(sorted + at, sorted + at + 1, (size_t)(--n - at) * sizeof v);
        }
        for (uint64_t end = end_of(l, i); next < end; next++) {
            double v = l->x[next - l->from];
            if (v != v) continue;
            uint64_t at = place(sorted, n, v);
            memmove(sorted + at + 1, sorted + at, (size_t)(n++ - at) * sizeof v);
            sorted[at] = v;
        }
        bool enough = n > 0 && n >= l->p->min_periods;
        double a = enough ? sorted[(n - 1) / 2] : (double)NAN, b = enough ? sorted[n / 2] : a;
        out[i - start] = a == b ? a : a / 2 + b / 2;
    }
}

static size_t scratch_bytes(const void *params, uint64_t n)
{
    (void)params;
    return (size_t)n * 24;
}

static void run_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_rolling *p = params;
    double *x = scratch, *out = x + part->n_in;
    void *more = out + part->count;
    shoal_line_cast(p->type, SHOAL_FLOAT64, part->x, part->n_in, x);
    line l = {p, x, part->n, part->from};
    if (p->op == SHOAL_WINDOW_MEDIAN)
        roll_medians(&l, part->start, part->count, out, more);
    else if (p->op == SHOAL_WINDOW_MIN || p->op == SHOAL_WINDOW_MAX)
        roll_extremes(&l, part->start, part->count, out, more);
    else
        roll_sums(&l, part->start, part->count, out);
    shoal_line_cast(SHOAL_FLOAT64, p->result, out, part->count, part->out);
}

static bool reach(const void *params, uint64_t n, uint64_t start, uint64_t count, uint64_t *from,
                  uint64_t *to)
{
    const shoal_rolling *p = params;
    uint64_t last = start + count - 1, back = p->before;
    if (p->op != SHOAL_WINDOW_MEDIAN && p->op != SHOAL_WINDOW_MIN && p->op != SHOAL_WINDOW_MAX)
        back += restart(p) - 1;
    *from = start > back ? start - back : 0;
    *to = n - last > p->after + 1 ? last + p->after + 1 : n;
    return true;
}

const shoal_line_kind shoal_lines_rolling = {
    .scratch_bytes = scratch_bytes, .keeps_index = true, .run_part = run_part, .reach = reach};
