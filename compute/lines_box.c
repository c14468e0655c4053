/* Users' stencils over several neighbouring axes: the plane, or the volume, is a line in C order,
   whose parts are whole rows. Some rows at a time are put into a box with all of their neighbours,
   so that a kernel meets no edge. */
#include "compute/lines.h"
#include "compute/pass_user.h"

#include <string.h>

#define BAND_BYTES ((uint64_t)512 << 10) /* of such a box, where its rows are not longer */

/* Elements of one row of the box: what lies along all but the first of the axes. */
static uint64_t wide_row(const shoal_box_stencil *p)
{
    uint64_t n = 1;
    for (uint32_t k = 1; k < p->n_axes; k++) n *= p->shape[k] + p->before[k] + p->after[k];
    return n;
}

static uint64_t plain_row(const shoal_box_stencil *p)
{
    uint64_t n = 1;
    for (uint32_t k = 1; k < p->n_axes; k++) n *= p->shape[k];
    return n;
}

/* Rows of results at a time: as many as fit, but enough to be worth their neighbours. */
static uint64_t band_rows(const shoal_box_stencil *p)
{
    uint64_t bytes = wide_row(p) * p->size, around = p->before[0] + p->after[0];
    uint64_t fit = BAND_BYTES / (bytes ? bytes : 1), rows = fit > around ? fit - around : 1;
    if (rows < around) rows = around;
    return rows < p->shape[0] ? rows : p->shape[0];
}

static size_t box_scratch(const void *params, uint64_t n)
{
    const shoal_box_stencil *p = params;
    (void)n;
    return (size_t)((band_rows(p) + p->before[0] + p->after[0]) * wide_row(p) * p->size) + 64;
}

static bool box_reach(const void *params, uint64_t n, uint64_t start, uint64_t count,
                      uint64_t *from, uint64_t *to)
{
    const shoal_box_stencil *p = params;
    uint64_t row = plain_row(p), first = start / row, last = (start + count - 1) / row;
    bool some = shoal_edge_reach(p->mode, p->before[0], p->after[0], n / row, first,
                                 last - first + 1, from, to);
    *from *= row;
    *to *= row;
    return some;
}

static void fill(const shoal_box_stencil *p, uint8_t *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) memcpy(to + i * p->size, p->constant, (size_t)p->size);
}

/* The elements along the last axis, with those beyond its ends. */
static void widen_line(const shoal_box_stencil *p, const uint8_t *x, uint8_t *to)
{
    uint32_t k = p->n_axes - 1;
    uint64_t n = p->shape[k], before = p->before[k], all = before + n + p->after[k];
    for (uint64_t i = 0; i < all; i++) {
        if (i == before) {
            memcpy(to + i * p->size, x, (size_t)(n * p->size));
            i += n;
            if (i == all) break;
        }
        int64_t at = shoal_edge_inside(p->mode, (int64_t)i - (int64_t)before, (int64_t)n);
        memcpy(to + i * p->size, at < 0 ? p->constant : x + (uint64_t)at * p->size,
               (size_t)p->size);
    }
}

/* A row of the box, from one of the array. */
static void widen_row(const shoal_box_stencil *p, const uint8_t *x, uint8_t *to)
{
    uint32_t last = p->n_axes - 1;
    if (last == 1) {
        widen_line(p, x, to);
        return;
    }
    uint64_t line = p->shape[last], wide = line + p->before[last] + p->after[last];
    uint64_t all = p->before[1] + p->shape[1] + p->after[1];
    for (uint64_t i = 0; i < all; i++) {
        int64_t at =
            shoal_edge_inside(p->mode, (int64_t)i - (int64_t)p->before[1], (int64_t)p->shape[1]);
        if (at < 0)
            fill(p, to + i * wide * p->size, wide);
        else
            widen_line(p, x + (uint64_t)at * line * p->size, to + i * wide * p->size);
    }
}

/* Rows [first, first + n) with their neighbours. */
static void widen(const shoal_box_stencil *p, const shoal_line_part *part, uint64_t first,
                  uint64_t n, uint8_t *to)
{
    uint64_t row = plain_row(p), wide = wide_row(p) * p->size;
    for (uint64_t i = 0; i < n + p->before[0] + p->after[0]; i++) {
        int64_t at = shoal_edge_inside(p->mode, (int64_t)(first + i) - (int64_t)p->before[0],
                                       (int64_t)p->shape[0]);
        if (at < 0)
            fill(p, to + i * wide, wide / p->size);
        else
            widen_row(p, (const uint8_t *)part->x + ((uint64_t)at * row - part->from) * p->size,
                      to + i * wide);
    }
}

/* The kernel over n rows that have been widened, line by line along the last axis. */
static void run_rows(const shoal_box_stencil *p, const uint8_t *box, uint64_t first, uint64_t n,
                     uint8_t *out)
{
    uint32_t last = p->n_axes - 1;
    int64_t strides[SHOAL_BOX_AXES];
    uint64_t wide = 1, centre = 0, row = plain_row(p);
    for (uint32_t k = p->n_axes; k-- > 0;) {
        strides[k] = (int64_t)wide;
        centre += p->before[k] * wide;
        wide *= p->shape[k] + p->before[k] + p->after[k];
    }
    shoal_user_rows r = {.n = p->shape[last],
                         .strides = strides,
                         .x_step = (size_t)strides[last - 1] * (size_t)p->size,
                         .y_step = (size_t)(p->shape[last] * p->result_size)};
    r.n_rows = last == 1 ? n : p->shape[1];
    for (uint64_t i = 0; i < (last == 1 ? 1 : n); i++) {
        r.index = (first + i) * row;
        r.x = box + (centre + i * (uint64_t)strides[0]) * p->size;
        r.out = out + i * row * p->result_size;
        shoal_user_stencil_rows(p->use, &r);
    }
}

static void box_part(const void *params, void *scratch, const shoal_line_part *part)
{
    const shoal_box_stencil *p = params;
    uint64_t row = plain_row(p), band = band_rows(p);
    if (part->count == 0) return;
    uint64_t first = part->start / row, rows = part->count / row;
    for (uint64_t i = 0; i < rows; i += band) {
        uint64_t n = rows - i < band ? rows - i : band;
        widen(p, part, first + i, n, scratch);
        run_rows(p, scratch, first + i, n, (uint8_t *)part->out + i * row * p->result_size);
    }
}

const shoal_line_kind shoal_lines_user_box = {
    .scratch_bytes = box_scratch, .keeps_index = true, .run_part = box_part, .reach = box_reach};
