/* Statistics of so many elements beside each other: integers in 64 bits, floats in float64. */
#include "compute/lines.h"

#include "chunk/type.h"

#include <math.h>
#include <string.h>

static shoal_type_code loop_of(const shoal_coarsen *p)
{
    switch (shoal_code_kind(p->type)) {
    case SHOAL_KIND_BOOL:
    case SHOAL_KIND_UINT: return SHOAL_UINT64;
    case SHOAL_KIND_INT: return SHOAL_INT64;
    default: return SHOAL_FLOAT64;
    }
}

#define OF_WHOLE(name, T)                                                    \
    static T name(shoal_window_op op, const T *x, uint64_t n)                \
    {                                                                        \
        T v = op == SHOAL_WINDOW_SUM ? 0 : x[0];                             \
        for (uint64_t i = 0; i < n; i++)                                     \
            v = op == SHOAL_WINDOW_SUM   ? (T)((uint64_t)v + (uint64_t)x[i]) \
                : op == SHOAL_WINDOW_MIN ? (x[i] < v ? x[i] : v)             \
                                         : (x[i] > v ? x[i] : v);            \
        return v;                                                            \
    }

OF_WHOLE(of_signed, int64_t)
OF_WHOLE(of_unsigned, uint64_t)

static double of_floats(shoal_window_op op, const double *x, uint64_t n)
{
    double sum = 0, rest = 0, best = (double)NAN;
    uint64_t m = 0;
    for (uint64_t i = 0; i < n; i++) {
        double v = x[i];
        if (v != v) continue;
        m++;
        if (op == SHOAL_WINDOW_MIN || op == SHOAL_WINDOW_MAX) {
            bool better = op == SHOAL_WINDOW_MIN ? v < best : v > best;
            if (m == 1 || better) best = v;
            continue;
        }
        double s = sum + v, b = s - sum;
        rest += (sum - (s - b)) + (v - b);
        sum = s;
    }
    if (op == SHOAL_WINDOW_MIN || op == SHOAL_WINDOW_MAX) return best;
    if (isfinite(sum)) sum += rest;
    return op == SHOAL_WINDOW_SUM ? sum : sum / (double)m;
}

static size_t scratch_bytes(const void *params, uint64_t n)
{
    (void)params;
    return (size_t)n * 16 + 16;
}

static void run_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_coarsen *p = params;
    shoal_type_code loop = p->op == SHOAL_WINDOW_MEAN ? SHOAL_FLOAT64 : loop_of(p);
    uint8_t *x = scratch, *out = x + part->n_in * 8;
    shoal_line_cast(p->type, loop, part->x, part->n_in, x);
    for (uint64_t i = 0; i < part->count; i++) {
        uint64_t at = i * p->factor, left = part->n_in - at,
                 n = p->factor < left ? p->factor : left;
        const uint8_t *from = x + at * 8;
        uint8_t *to = out + i * 8;
        if (loop == SHOAL_FLOAT64)
            *(double *)(void *)to = of_floats(p->op, (const double *)(const void *)from, n);
        else if (loop == SHOAL_INT64)
            *(int64_t *)(void *)to = of_signed(p->op, (const int64_t *)(const void *)from, n);
        else
            *(uint64_t *)(void *)to = of_unsigned(p->op, (const uint64_t *)(const void *)from, n);
    }
    shoal_line_cast(loop, p->result, out, part->count, part->out);
}

static bool reach(const void *params, uint64_t n, uint64_t start, uint64_t count, uint64_t *from,
                  uint64_t *to)
{
    const shoal_coarsen *p = params;
    *from = start * p->factor;
    *to = (start + count) * p->factor;
    if (*to > n) *to = n;
    return true;
}

const shoal_line_kind shoal_lines_coarsen = {
    .scratch_bytes = scratch_bytes, .run_part = run_part, .reach = reach};
