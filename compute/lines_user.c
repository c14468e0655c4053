/* Lines by users' kernels: whole ones, and stencils, for which lines are continued at their ends.
 */
#include "compute/lines.h"
#include "compute/pass_user.h"

#include <string.h>

const shoal_user_use *shoal_lines_user_use(const shoal_line_kind *kind, const void *params)
{
    bool is_user = kind == &shoal_lines_user || kind == &shoal_lines_user_kept ||
                   kind == &shoal_lines_user_stencil;
    if (kind == &shoal_lines_user_box) return ((const shoal_box_stencil *)params)->use;
    if (kind == &shoal_lines_user_planes) return ((const shoal_box_lines *)params)->use;
    return is_user ? ((const shoal_user_lines *)params)->use : NULL;
}

static size_t no_scratch(const void *params, uint64_t n)
{
    (void)params;
    (void)n;
    return 0; /* the worker has the kernel's */
}

static void run_line(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_user_lines *p = params;
    (void)scratch;
    shoal_user_line(p->use, n, x, p->length, out);
}

const shoal_line_kind shoal_lines_user = {.scratch_bytes = no_scratch, .run = run_line};
const shoal_line_kind shoal_lines_user_kept = {
    .scratch_bytes = no_scratch, .run = run_line, .keeps_index = true};

/* A part with all of its neighbours. */
static size_t stencil_scratch(const void *params, uint64_t n)
{
    const shoal_user_lines *p = params;
    return (size_t)((n + p->before + p->after) * p->size) + 64;
}

static bool stencil_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                          uint64_t *from, uint64_t *to)
{
    const shoal_user_lines *p = params;
    return shoal_edge_reach(p->mode, p->before, p->after, n, start, count, from, to);
}

static void stencil_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_user_lines *p = params;
    const uint8_t *x = part->x;
    size_t size = (size_t)p->size;
    uint64_t end = part->start + part->count, n_all = part->count + p->before + p->after;
    if (part->count == 0) return;
    if (part->start >= p->before && p->after <= part->n && end <= part->n - p->after) {
        x += (size_t)(part->start - part->from) * size;
        shoal_user_stencil(p->use, part->count, part->start, x, part->out);
        return;
    }
    uint8_t *wide = scratch;
    uint64_t low = p->before > part->start ? p->before - part->start : 0;
    uint64_t high = part->n - part->start + p->before;
    if (high > n_all) high = n_all;
    for (uint64_t i = 0; i < n_all; i++) {
        if (i == low) i = high; /* inside of the line: copied at once */
        if (i == n_all) break;
        int64_t at = (int64_t)(part->start + i) - (int64_t)p->before;
        int64_t k = shoal_edge_inside(p->mode, at, (int64_t)part->n);
        const uint8_t *from = k < 0 ? p->constant : x + ((uint64_t)k - part->from) * size;
        memcpy(wide + i * size, from, size);
    }
    uint64_t first = part->start + low - p->before;
    memcpy(wide + low * size, x + (first - part->from) * size, (size_t)(high - low) * size);
    shoal_user_stencil(p->use, part->count, part->start, wide + p->before * size, part->out);
}

const shoal_line_kind shoal_lines_user_stencil = {.scratch_bytes = stencil_scratch,
                                                  .keeps_index = true,
                                                  .run_part = stencil_part,
                                                  .reach = stencil_reach};
