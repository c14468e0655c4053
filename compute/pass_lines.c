/* Lines in a pass: a box holds whole lines of the argument. They are gathered some at a time, so
   that each is contiguous and all are in cache, and what they give is scattered to the box of the
   result. */
#include "compute/pass.h"

#include "chunk/checked.h"
#include "chunk/copy.h"

#include <string.h>

#define GROUP_BYTES ((uint64_t)256 << 10)
#define MOST_LINES  ((uint64_t)64)

uint64_t shoal_line_length(const shoal_node *node)
{
    uint64_t n = 1;
    for (int k = 0; k < node->arg[0]->rank; k++)
        if (node->axes >> k & 1) n *= node->arg[0]->shape[k];
    return n;
}

uint64_t shoal_line_row(const shoal_node *node)
{
    uint64_t n = 1;
    for (int d = 0; d < node->rank; d++)
        if (node->from[d] == SHOAL_FROM_ROW) n *= node->shape[d];
    return n ? n : 1;
}

uint64_t shoal_pass_line_most(const shoal_pass *pass, const shoal_node *node)
{
    return pass->cut.cuts ? pass->most[pass->cut.axis] * pass->cut.row : shoal_line_length(node);
}

uint64_t shoal_pass_line_result(const shoal_pass *pass, const shoal_node *node)
{
    uint64_t n = pass->cut.cuts ? pass->box[pass->cut.axis] : node->line_length;
    return n < node->line_length ? n : node->line_length;
}

static uint64_t group_lines(const shoal_pass *pass, const shoal_node *node)
{
    uint64_t bytes = shoal_pass_line_most(pass, node) * node->arg[0]->type.n_bytes;
    uint64_t lines = GROUP_BYTES / (bytes ? bytes : 1);
    return lines < 1 ? 1 : lines > MOST_LINES ? MOST_LINES : lines;
}

static size_t rounded(uint64_t n)
{
    return ((size_t)n + 127) & ~(size_t)63;
}

size_t shoal_pass_lines_bytes(const shoal_pass *pass, const shoal_node *node)
{
    uint64_t n = shoal_pass_line_most(pass, node), lines = group_lines(pass, node);
    return rounded(lines * n * node->arg[0]->type.n_bytes) +
           rounded(lines * shoal_pass_line_result(pass, node) * node->type.n_bytes) +
           rounded(node->lines->scratch_bytes(node->params, n));
}

void shoal_pass_lines_region(const shoal_pass *pass, const shoal_node *node, const uint64_t *start,
                             const uint64_t *count, shoal_region *out)
{
    const shoal_pass_cut *cut = &pass->cut;
    shoal_range line = {0, 1, node->line_length};
    uint64_t row = shoal_line_row(node);
    if (cut->cuts) line = (shoal_range){(int64_t)start[cut->axis], 1, count[cut->axis]};
    if (row > 1)
        line = (shoal_range){line.start / (int64_t)row, 1, shoal_ceil_div(line.count, row)};
    out->rank = node->rank;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d];
        out->axis[d] = k == SHOAL_FROM_LINE   ? line
                       : k == SHOAL_FROM_ROW  ? (shoal_range){0, 1, node->shape[d]}
                       : k == SHOAL_FROM_NONE ? (shoal_range){0, 1, 1}
                                              : (shoal_range){(int64_t)start[k], 1, count[k]};
    }
}

/* The strides of the result's box by axis of the argument, and along a line. */
static void result_strides(const shoal_node *node, const uint64_t *count, uint64_t length,
                           int64_t *by_axis, int64_t *along)
{
    int64_t step = node->type.n_bytes;
    bool in_line = false;
    *along = step;
    for (int d = node->rank - 1; d >= 0; d--) {
        int k = node->from[d];
        if (k == SHOAL_FROM_LINE || k == SHOAL_FROM_ROW) { /* beside each other: one step for all */
            if (!in_line) *along = step;
            if (!in_line) step *= (int64_t)length;
            in_line = true;
        } else if (k != SHOAL_FROM_NONE) {
            by_axis[k] = step;
            step *= (int64_t)count[k];
        }
    }
}

typedef struct walk {
    const shoal_pass *pass;
    const shoal_node *node;
    int n_lined, n_kept;
    uint64_t lined[SHOAL_MAX_RANK + 1], kept[SHOAL_MAX_RANK]; /* extents; of lined, [0] the group */
    int64_t lined_from[SHOAL_MAX_RANK + 1], lined_to[SHOAL_MAX_RANK + 1];
    int64_t kept_from[SHOAL_MAX_RANK], kept_to[SHOAL_MAX_RANK]; /* in argument and result */
    uint64_t kept_line[SHOAL_MAX_RANK];                         /* in the lines of the array */
    uint64_t n;                                                 /* elements of a line at hand */
    uint64_t skip;         /* of which these are before the part, in its first row */
    shoal_line_part part;  /* what is the same for all lines */
    uint64_t carry_of;     /* block that the part begins with */
    int64_t along;         /* in the result */
    bool lies_so, goes_so; /* lines are contiguous in the argument, in the result */
    uint8_t *in, *out, *scratch;
    uint8_t start[SHOAL_LINE_CARRY];
} walk;

static uint8_t *carry_at(const walk *w, uint64_t line, uint64_t block)
{
    const shoal_pass_cut *cut = &w->pass->cut;
    return cut->carries + (line * cut->n_blocks + block) * SHOAL_LINE_CARRY;
}

/* The state before a part of a line, where it is kept or put together. */
static uint8_t *state_of(const walk *w, uint64_t line, uint8_t *own)
{
    const shoal_pass_cut *cut = &w->pass->cut;
    if (cut->chained) return cut->carries + line * 2 * SHOAL_LINE_CARRY;
    memcpy(own, cut->cuts ? carry_at(w, line, w->carry_of) : w->start, SHOAL_LINE_CARRY);
    memcpy(own + SHOAL_LINE_CARRY, w->start, SHOAL_LINE_CARRY);
    return own;
}

static void run_line(walk *w, const uint8_t *x, uint8_t *out, uint64_t line)
{
    const shoal_node *node = w->node;
    const shoal_line_kind *kind = node->lines;
    size_t size = node->arg[0]->type.n_bytes;
    if (!kind->run_part) {
        kind->run(node->params, w->scratch, x, w->n, out);
        return;
    }
    shoal_line_part part = w->part;
    part.x = x + w->skip * size;
    part.out = out;
    if (!w->pass->cut.gathers) {
        uint8_t own[2 * SHOAL_LINE_CARRY];
        part.state = kind->carry_bytes ? state_of(w, line, own) : NULL;
        kind->run_part(node->params, w->scratch, &part);
        return;
    }
    for (uint64_t at = 0; at < part.n_in; at += SHOAL_LINE_BLOCK) {
        uint64_t n = part.n_in - at < SHOAL_LINE_BLOCK ? part.n_in - at : SHOAL_LINE_BLOCK;
        kind->carry_of(node->params, (const uint8_t *)part.x + at * size, n,
                       carry_at(w, line, w->carry_of + at / SHOAL_LINE_BLOCK));
    }
}

/* A group of lines: `lines` of them, along the last kept axis. */
static void run_group(walk *w, const uint8_t *from, uint8_t *to, uint64_t line, uint64_t lines)
{
    size_t size = w->node->arg[0]->type.n_bytes, of_result = w->node->type.n_bytes;
    uint64_t length = w->part.count;
    int last = w->n_kept - 1;
    int64_t step = last < 0 ? 0 : w->kept_from[last], step_to = last < 0 ? 0 : w->kept_to[last];
    const uint8_t *x = from;
    uint8_t *out = to;
    if (!w->lies_so) {
        w->lined[0] = lines;
        w->lined_from[0] = step;
        shoal_copy_box(w->n_lined + 1, w->lined, from, w->lined_from, w->in, w->lined_to, size);
        x = w->in;
        step = (int64_t)(w->n * size);
    }
    if (!w->goes_so) {
        out = w->out;
        step_to = (int64_t)(length * of_result);
    }
    for (uint64_t l = 0; l < lines; l++)
        run_line(w, x + (int64_t)l * step, out + (int64_t)l * step_to,
                 line + l * (last < 0 ? 0 : w->kept_line[last]));
    if (w->goes_so || w->pass->cut.gathers) return;
    uint64_t extent[2] = {lines, length};
    int64_t src[2] = {(int64_t)(length * of_result), (int64_t)of_result};
    int64_t dst[2] = {last < 0 ? 0 : w->kept_to[last], w->along};
    shoal_copy_box(2, extent, w->out, src, to, dst, of_result);
}

static void run_walk(walk *w, const uint8_t *from, uint8_t *to, uint64_t line, uint64_t group)
{
    uint64_t at[SHOAL_MAX_RANK] = {0};
    int last = w->n_kept - 1;
    if (last < 0) {
        run_group(w, from, to, line, 1);
        return;
    }
    for (;;) {
        for (uint64_t l = 0; l < w->kept[last]; l += group) {
            uint64_t lines = w->kept[last] - l < group ? w->kept[last] - l : group;
            run_group(w, from + (int64_t)l * w->kept_from[last], to + (int64_t)l * w->kept_to[last],
                      line + l * w->kept_line[last], lines);
        }
        int k = last - 1;
        for (; k >= 0; k--) {
            from += w->kept_from[k];
            to += w->kept_to[k];
            line += w->kept_line[k];
            if (++at[k] < w->kept[k]) break;
            from -= (int64_t)at[k] * w->kept_from[k];
            to -= (int64_t)at[k] * w->kept_to[k];
            line -= at[k] * w->kept_line[k];
            at[k] = 0;
        }
        if (k < 0) return;
    }
}

/* Which elements of the lines are at hand, and which of the result are wanted. */
static void set_part(walk *w, const shoal_pass_worker *worker, const uint64_t *start,
                     const uint64_t *count)
{
    const shoal_pass_cut *cut = &w->pass->cut;
    const shoal_node *node = w->node;
    uint64_t n = shoal_line_length(node), from = 0, to = n;
    w->n = n;
    w->part = (shoal_line_part){.n = n, .n_in = n, .count = node->line_length};
    if (node->lines->carry_bytes) node->lines->carry_start(node->params, w->start);
    if (!cut->cuts) return;
    w->n = worker->n_rows * cut->row;
    w->part.start = start[cut->axis];
    w->part.count = count[cut->axis];
    shoal_pass_cut_part(w->pass, node, w->part.start, w->part.count, &from, &to);
    w->part.from = from;
    w->part.n_in = to - from;
    w->skip = from - worker->from_row * cut->row;
    w->carry_of = from / SHOAL_LINE_BLOCK;
}

static void set_axes(walk *w, const uint64_t *count, const int64_t *arg, const int64_t *result)
{
    const shoal_node *node = w->node;
    size_t size = node->arg[0]->type.n_bytes;
    for (int k = 0; k < w->pass->rank; k++) {
        if (node->axes >> k & 1) {
            w->lined[++w->n_lined] = count[k];
            w->lined_from[w->n_lined] = arg[k];
        } else {
            w->kept[w->n_kept] = count[k];
            w->kept_from[w->n_kept] = arg[k];
            w->kept_to[w->n_kept++] = result[k];
        }
    }
    w->lined_to[0] = (int64_t)(w->n * size);
    shoal_contiguous_strides(w->n_lined, w->lined + 1, size, w->lined_to + 1);
    w->lies_so = true;
    for (int k = 1; k <= w->n_lined; k++)
        w->lies_so &= w->lined[k] == 1 || w->lined_from[k] == w->lined_to[k];
    w->goes_so = w->along == (int64_t)node->type.n_bytes;
}

void shoal_pass_lines_run(shoal_pass_worker *worker, int output, const uint64_t *start,
                          const uint64_t *count)
{
    const shoal_pass *pass = worker->pass;
    const shoal_pass_output *o = &pass->output[output];
    const shoal_node *node = o->node;
    int64_t arg[SHOAL_MAX_RANK], result[SHOAL_MAX_RANK] = {0};
    uint64_t extent[SHOAL_MAX_RANK], line = 0;
    const uint8_t *from = worker->result[output];
    size_t size = node->arg[0]->type.n_bytes;
    walk w = {.pass = pass, .node = node};
    set_part(&w, worker, start, count);
    memcpy(extent, count, sizeof extent);
    for (int k = 0; k < pass->rank && pass->cut.cuts; k++)
        if (node->axes >> k & 1) extent[k] = pass->most[k];
    if (pass->cut.cuts) extent[pass->cut.axis] = worker->n_rows;
    if (o->load >= 0) {
        from = worker->base[o->load];
        memcpy(arg, worker->stride[o->load], sizeof arg);
    } else {
        shoal_contiguous_strides(pass->rank, extent, size, arg);
    }
    result_strides(node, count, w.part.count, result, &w.along);
    set_axes(&w, extent, arg, result);
    uint64_t lines = 1;
    for (int k = pass->rank - 1, j = w.n_kept - 1; k >= 0; k--) {
        if (node->axes >> k & 1) continue;
        w.kept_line[j--] = lines;
        line += start[k] * lines;
        lines *= pass->shape[k];
    }
    uint64_t group = group_lines(pass, node);
    w.in = worker->lines[output];
    w.out = w.in + rounded(group * shoal_pass_line_most(pass, node) * size);
    w.scratch = w.out + rounded(group * shoal_pass_line_result(pass, node) * node->type.n_bytes);
    run_walk(&w, from, worker->line_result[output], line, group);
}
