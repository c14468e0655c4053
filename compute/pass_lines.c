/* Lines in a pass: a box holds whole lines of the argument. They are gathered some at a time, so
   that each is contiguous and all are in cache, and what they give is scattered to the box of the
   result. */
#include "compute/pass.h"

#include "chunk/copy.h"

#include <string.h>

#define GROUP_BYTES ((uint64_t)256 << 10)
#define MOST_LINES  ((uint64_t)64)

uint64_t shoal_pass_line_length(const shoal_pass *pass, uint32_t axes)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++)
        if (axes >> k & 1) n *= pass->shape[k];
    return n;
}

static uint64_t group_lines(const shoal_pass *pass, const shoal_node *node)
{
    uint64_t n = shoal_pass_line_length(pass, node->axes), bytes = n * node->arg[0]->type.n_bytes;
    uint64_t lines = GROUP_BYTES / (bytes ? bytes : 1);
    return lines < 1 ? 1 : lines > MOST_LINES ? MOST_LINES : lines;
}

static size_t rounded(uint64_t n)
{
    return ((size_t)n + 127) & ~(size_t)63;
}

size_t shoal_pass_lines_bytes(const shoal_pass *pass, const shoal_node *node)
{
    uint64_t n = shoal_pass_line_length(pass, node->axes), lines = group_lines(pass, node);
    return rounded(lines * n * node->arg[0]->type.n_bytes) +
           rounded(lines * node->line_length * node->type.n_bytes) +
           rounded(node->lines->scratch_bytes(node->params, n));
}

void shoal_pass_lines_region(const shoal_node *node, const uint64_t *start, const uint64_t *count,
                             shoal_region *out)
{
    out->rank = node->rank;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d];
        out->axis[d] = k == SHOAL_FROM_LINE   ? (shoal_range){0, 1, node->line_length}
                       : k == SHOAL_FROM_NONE ? (shoal_range){0, 1, 1}
                                              : (shoal_range){(int64_t)start[k], 1, count[k]};
    }
}

/* The strides of the result's box by axis of the argument, and along a line. */
static void result_strides(const shoal_node *node, const uint64_t *count, int64_t *by_axis,
                           int64_t *along)
{
    int64_t step = node->type.n_bytes;
    *along = step;
    for (int d = node->rank - 1; d >= 0; d--) {
        int k = node->from[d];
        if (k == SHOAL_FROM_LINE) {
            *along = step;
            step *= (int64_t)node->line_length;
        } else if (k != SHOAL_FROM_NONE) {
            by_axis[k] = step;
            step *= (int64_t)count[k];
        }
    }
}

typedef struct walk {
    const shoal_node *node;
    int n_lined, n_kept;
    uint64_t lined[SHOAL_MAX_RANK + 1], kept[SHOAL_MAX_RANK]; /* extents; of lined, [0] the group */
    int64_t lined_from[SHOAL_MAX_RANK + 1], lined_to[SHOAL_MAX_RANK + 1];
    int64_t kept_from[SHOAL_MAX_RANK], kept_to[SHOAL_MAX_RANK]; /* in argument and result */
    uint64_t n;                                                 /* elements of a line */
    int64_t along;                                              /* in the result */
    uint8_t *in, *out, *scratch;
} walk;

/* A group of lines: `lines` of them, along the last kept axis. */
static void run_group(walk *w, const uint8_t *from, uint8_t *to, uint64_t lines)
{
    const shoal_node *node = w->node;
    size_t size = node->arg[0]->type.n_bytes, of_result = node->type.n_bytes;
    uint64_t length = node->line_length;
    int last = w->n_kept - 1;
    w->lined[0] = lines;
    w->lined_from[0] = last < 0 ? 0 : w->kept_from[last];
    shoal_copy_box(w->n_lined + 1, w->lined, from, w->lined_from, w->in, w->lined_to, size);
    for (uint64_t l = 0; l < lines; l++)
        node->lines->run(node->params, w->scratch, w->in + l * w->n * size, w->n,
                         w->out + l * length * of_result);
    uint64_t extent[2] = {lines, length};
    int64_t src[2] = {(int64_t)(length * of_result), (int64_t)of_result};
    int64_t dst[2] = {last < 0 ? 0 : w->kept_to[last], w->along};
    shoal_copy_box(2, extent, w->out, src, to, dst, of_result);
}

static void run_walk(walk *w, const uint8_t *from, uint8_t *to, uint64_t group)
{
    uint64_t at[SHOAL_MAX_RANK] = {0};
    int last = w->n_kept - 1;
    if (last < 0) {
        run_group(w, from, to, 1);
        return;
    }
    for (;;) {
        for (uint64_t l = 0; l < w->kept[last]; l += group) {
            uint64_t lines = w->kept[last] - l < group ? w->kept[last] - l : group;
            run_group(w, from + (int64_t)l * w->kept_from[last], to + (int64_t)l * w->kept_to[last],
                      lines);
        }
        int k = last - 1;
        for (; k >= 0; k--) {
            from += w->kept_from[k];
            to += w->kept_to[k];
            if (++at[k] < w->kept[k]) break;
            from -= (int64_t)at[k] * w->kept_from[k];
            to -= (int64_t)at[k] * w->kept_to[k];
            at[k] = 0;
        }
        if (k < 0) return;
    }
}

void shoal_pass_lines_run(shoal_pass_worker *worker, int output, const uint64_t *count)
{
    const shoal_pass *pass = worker->pass;
    const shoal_pass_output *o = &pass->output[output];
    const shoal_node *node = o->node;
    int64_t arg[SHOAL_MAX_RANK], result[SHOAL_MAX_RANK] = {0};
    const uint8_t *from = worker->result[output];
    size_t size = node->arg[0]->type.n_bytes;
    if (o->load >= 0) {
        from = worker->base[o->load];
        memcpy(arg, worker->stride[o->load], sizeof arg);
    } else {
        shoal_contiguous_strides(pass->rank, count, size, arg);
    }
    walk w = {.node = node, .n = shoal_pass_line_length(pass, node->axes)};
    uint64_t group = group_lines(pass, node);
    result_strides(node, count, result, &w.along);
    w.in = worker->lines[output];
    w.out = w.in + rounded(group * w.n * size);
    w.scratch = w.out + rounded(group * node->line_length * node->type.n_bytes);
    for (int k = 0; k < pass->rank; k++) {
        if (node->axes >> k & 1) {
            w.lined[++w.n_lined] = count[k];
            w.lined_from[w.n_lined] = arg[k];
        } else {
            w.kept[w.n_kept] = count[k];
            w.kept_from[w.n_kept] = arg[k];
            w.kept_to[w.n_kept++] = result[k];
        }
    }
    w.lined_to[0] = (int64_t)(w.n * size);
    shoal_contiguous_strides(w.n_lined, w.lined + 1, size, w.lined_to + 1);
    run_walk(&w, from, worker->line_result[output], group);
}
