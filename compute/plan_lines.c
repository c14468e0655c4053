/* Boxes of whole lines: as many lines as each thread's share of the memory holds. Where that is
   less than the chunks along the other axes, a chunk is decoded once for each box that it lies in.
 */
#include "compute/plan.h"

#include "chunk/checked.h"

#include <string.h>

#define CHUNK_BYTES      ((uint64_t)4 << 20) /* of a result, where the user says nothing */
#define GOOD_BOX         ((double)(8 << 20)) /* bytes of a box of parts */
#define MOST_EXTRA_SLOTS 2                   /* beside one a thread (plan_memory.c) */
#define ENDS             ((uint64_t)64)      /* parts that lie near a line's ends, and more */
#define SMALL_PART       ((double)(1 << 16)) /* elements; smaller ones cost more than they do */

const shoal_node *shoal_pass_lines_node(const shoal_pass *pass)
{
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].node->kind == SHOAL_NODE_LINES) return pass->output[k].node;
    return NULL;
}

/* Bytes that a worker and its share of the slots need for each line, about, when n_in of its
   elements make n_out of its result. */
static double bytes_a_line(const shoal_pass *pass, const shoal_node *node, double n_in,
                           double n_out)
{
    double out = n_out * node->type.n_bytes, bytes = out, n = (double)shoal_line_length(node);
    if (shoal_target_has_chunks(pass->output[0].target)) bytes += 2.5 * out;
    if (pass->output[0].load < 0) bytes += n_in * node->arg[0]->type.n_bytes;
    for (int k = 0; k < pass->n_loads; k++) {
        double along = pass->load[k].leaf->type.n_bytes;
        for (int j = 0; j < pass->rank; j++)
            if ((node->axes >> j & 1) && pass->load[k].base_axis[j] >= 0)
                along *= (double)node->arg[0]->shape[j];
        if (pass->load[k].dataset) bytes += along * (n > 0 ? n_in / n : 1);
    }
    return bytes;
}

/* What a worker needs beside its lines. */
static double fixed_bytes(const shoal_pass *pass)
{
    double n = 1 << 20;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_dataset *d = pass->load[k].dataset;
        if (d) n += (double)shoal_reader_bytes(d);
    }
    return n;
}

/* A chunk's extent that the user gave: files have none beyond the array. */
static uint64_t given_chunk(const shoal_plan *plan, const shoal_node *node, int d)
{
    uint64_t most = node->shape[d] ? node->shape[d] : 1;
    return plan->storage.chunk[d] < most ? plan->storage.chunk[d] : most;
}

static uint64_t least(const shoal_plan *plan, const shoal_pass *pass, const shoal_node *node, int k)
{
    if (!pass->output[0].target->path || !plan->storage.chunk[0]) return 1;
    for (int d = 0; d < node->rank; d++)
        if (node->from[d] == k) return given_chunk(plan, node, d);
    return 1;
}

/* Halves the slowest of the other axes that is not yet as short as it may be. */
static bool shrink(const shoal_plan *plan, shoal_pass *pass, const shoal_node *node)
{
    for (int k = 0; k < pass->rank; k++) {
        uint64_t unit = least(plan, pass, node, k), half = (pass->box[k] + 1) / 2;
        if ((node->axes >> k & 1) || pass->box[k] <= unit) continue;
        pass->box[k] = shoal_ceil_div(half, unit) * unit;
        if (pass->box[k] > half && half < unit) pass->box[k] = unit;
        return true;
    }
    return false;
}

static double lines_of_box(const shoal_pass *pass, const shoal_node *node)
{
    double lines = 1;
    for (int k = 0; k < pass->rank; k++)
        if (!(node->axes >> k & 1)) lines *= (double)pass->box[k];
    return lines;
}

/* A box of whole lines, with what encoding a chunk of them needs. */
static double box_bytes(const shoal_pass *pass, const shoal_node *node)
{
    double lines = lines_of_box(pass, node), n_out = (double)node->line_length;
    double chunk = lines * n_out * node->type.n_bytes;
    double bytes = lines * bytes_a_line(pass, node, (double)shoal_line_length(node), n_out);
    if (!shoal_target_has_chunks(pass->output[0].target)) return bytes;
    return bytes + 3 * (chunk < (double)CHUNK_BYTES ? chunk : (double)CHUNK_BYTES);
}

/* What a part of the result's lines takes. */
typedef struct part_plan {
    double share;      /* bytes of a worker */
    double ratio;      /* elements of a line for one of its result */
    double more;       /* elements beyond these that each part needs */
    double n_out;      /* of the result's line */
    uint64_t unit;     /* parts are multiples of it */
    uint64_t in_chunk; /* results that a chunk of the input makes */
    bool chained;
} part_plan;

/* Boxes that lie beside each other across the lines: as many as keep the parts of a chain apart, as
   the last tasks that are not merged are no more than the slots. */
static bool can_chain(const shoal_plan *plan, const shoal_pass *pass, const shoal_node *node)
{
    double n = 1;
    for (int k = 0; k < pass->rank; k++)
        if (!(node->axes >> k & 1)) n *= (double)shoal_ceil_div(pass->shape[k], pass->box[k]);
    return n >= plan->n_threads + MOST_EXTRA_SLOTS;
}

static bool plan_part(const shoal_plan *plan, shoal_pass *pass, const shoal_node *node,
                      double share, part_plan *out)
{
    const shoal_line_kind *kind = node->lines;
    uint64_t n = shoal_line_length(node), from, to, row = 1;
    if (!kind->run_part || n == 0 || node->line_length == 0 || node->axes == 0) return false;
    if (!kind->reach(node->params, n, node->line_length / 2, 1, &from, &to)) return false;
    int axis = __builtin_ctz(node->axes);
    for (int k = axis + 1; k < pass->rank; k++)
        if (node->axes >> k & 1) row *= node->arg[0]->shape[k];
    *out = (part_plan){.share = share, .n_out = (double)node->line_length, .unit = 1};
    out->ratio = (double)n / (double)node->line_length;
    out->more = (double)(to - from) + (row > 1 ? 2 * (double)row : 0);
    out->unit = least(plan, pass, node, SHOAL_FROM_LINE) * shoal_line_row(node);
    out->in_chunk = (uint64_t)((double)(pass->box[axis] * row) / out->ratio);
    if (!kind->carry_bytes) return true;
    while (!(out->chained = can_chain(plan, pass, node)) && n < 8 * SHOAL_LINE_BLOCK)
        if (!shrink(plan, pass, node)) return false;
    if (!out->chained) out->more += (double)SHOAL_LINE_BLOCK;
    return true;
}

static bool part_fits(const shoal_pass *pass, const shoal_node *node, const part_plan *p,
                      uint64_t n_out, double most)
{
    double length = (double)n_out;
    if (length > p->n_out) length = p->n_out;
    double n_in = length * p->ratio + p->more;
    double group = n_in * node->arg[0]->type.n_bytes + length * node->type.n_bytes +
                   (double)node->lines->scratch_bytes(node->params, (uint64_t)n_in);
    return lines_of_box(pass, node) * bytes_a_line(pass, node, n_in, length) + group <= most;
}

/* Boxes that follow the input's chunks along all axes, with parts that are long beside what is read
   twice. */
static void cut_lines(const shoal_plan *plan, shoal_pass *pass, const shoal_node *node,
                      const part_plan *p)
{
    int axis = __builtin_ctz(node->axes);
    uint64_t n = node->line_length, unit = p->unit, part = p->in_chunk;
    double lines = lines_of_box(pass, node), least_part = 4 * p->more / p->ratio;
    if (least_part < SMALL_PART / lines) least_part = SMALL_PART / lines;
    if ((double)part < least_part) part = (uint64_t)least_part + 1;
    bool in_blocks = node->lines->carry_bytes && !p->chained;
    if (in_blocks && unit == 1) unit = SHOAL_LINE_BLOCK;
    part = shoal_ceil_div(part, unit) * unit;
    while (!part_fits(pass, node, p, part, p->share) && shrink(plan, pass, node))
        ;
    while (part > unit && !part_fits(pass, node, p, part, p->share))
        part = shoal_ceil_div((part + 1) / 2, unit) * unit;
    while (part < n / (4 * (uint64_t)plan->n_threads) &&
           part_fits(pass, node, p, 2 * part, p->share < GOOD_BOX ? p->share : GOOD_BOX))
        part *= 2;
    pass->cut =
        (shoal_pass_cut){.cuts = true, .chained = p->chained, .axis = axis, .row = 1, .n_lines = 1};
    for (int k = 0, j = 1; k < pass->rank && p->chained; k++)
        if (k != axis) pass->order[j++] = k;
    if (p->chained) pass->order[0] = axis;
    pass->cut.n = shoal_line_length(node);
    pass->cut.n_blocks = shoal_ceil_div(pass->cut.n, SHOAL_LINE_BLOCK);
    for (int k = 0; k < pass->rank; k++) {
        bool lined = node->axes >> k & 1;
        if (!lined) pass->cut.n_lines *= pass->shape[k];
        if (lined && k != axis) pass->cut.row *= pass->shape[k];
    }
    pass->shape[axis] = n;
    pass->box[axis] = part < n ? part : n;
}

/* Are parts better than whole lines, which fit? These may be too few for the threads, or be in
   boxes so thin that each chunk is decoded again and again; but scans in parts read all twice. */
static bool cuts_better(const shoal_plan *plan, const shoal_pass *pass, const shoal_node *node,
                        const part_plan *p, double chunk_lines, double left)
{
    double lines = lines_of_box(pass, node), tasks = 1, all = 1;
    for (int k = 0; k < pass->rank; k++) {
        all *= (double)pass->shape[k];
        if (!(node->axes >> k & 1)) tasks *= (double)shoal_ceil_div(pass->shape[k], pass->box[k]);
    }
    bool scan = node->lines->carry_bytes && !p->chained,
         large = all * node->type.n_bytes > GOOD_BOX;
    double n = (double)shoal_line_length(node), states = SHOAL_LINE_CARRY * all / n;
    states *= !node->lines->carry_bytes ? 0 : p->chained ? 2 : n / SHOAL_LINE_BLOCK + 1;
    if (states > left / 4) return false; /* there are too many lines to hold one for each */
    if (lines * (scan ? 2 : 1) < chunk_lines) return true;
    return large && tasks < 2 * plan->n_threads && (!scan || tasks * 2 <= plan->n_threads);
}

/* False: not even the fewest fit. */
static bool whole_lines(const shoal_plan *plan, shoal_pass *pass, const shoal_node *node,
                        double share)
{
    for (int k = 0; k < pass->rank; k++)
        if (node->axes >> k & 1) pass->box[k] = pass->shape[k] ? pass->shape[k] : 1;
    while (box_bytes(pass, node) > share && shrink(plan, pass, node))
        ;
    return box_bytes(pass, node) <= share;
}

/* Threads that each have room for more than what they need beside their parts; the others are left
   out when the plan is fitted to its limit. */
static int threads_with_parts(const shoal_plan *plan, const shoal_pass *pass, double left)
{
    int n = plan->n_threads;
    while (n > 1 && 0.9 * left / n < 2 * fixed_bytes(pass)) n--;
    return n;
}

void shoal_plan_lines_box(const shoal_plan *plan, shoal_pass *pass)
{
    const shoal_node *node = shoal_pass_lines_node(pass);
    uint64_t base = shoal_plan_base_bytes(plan), box[SHOAL_MAX_RANK];
    double left = plan->memory_limit > base ? (double)(plan->memory_limit - base) : 0;
    part_plan part;
    for (int k = 0; k < pass->rank; k++) {
        uint64_t unit = least(plan, pass, node, k);
        pass->shift[k] = 0;
        pass->repeat[k] = 1;
        if (!(node->axes >> k & 1)) pass->box[k] = shoal_ceil_div(pass->box[k], unit) * unit;
    }
    int threads = threads_with_parts(plan, pass, left);
    double share = 0.9 * left / threads, chunk_lines = lines_of_box(pass, node);
    bool can_cut = plan_part(plan, pass, node, share - fixed_bytes(pass), &part);
    memcpy(box, pass->box, sizeof box);
    /* parts, else fewer threads, where a line does not fit */
    bool fits = false;
    for (int n = can_cut ? threads : plan->n_threads; !fits && n > 0; n--) {
        memcpy(pass->box, box, sizeof box);
        share = 0.9 * left / n;
        fits = whole_lines(plan, pass, node,
                           share - fixed_bytes(pass) - (double)shoal_pass_lines_bytes(pass, node));
        if (can_cut) break;
    }
    if (!can_cut || (fits && !cuts_better(plan, pass, node, &part, chunk_lines, left))) return;
    for (int k = 0; k < pass->rank; k++)
        if (!(node->axes >> k & 1)) pass->box[k] = box[k];
    cut_lines(plan, pass, node, &part);
}

/* Parts within a line need as much as each other, but where scans' blocks begin. */
void shoal_plan_cut_most(shoal_pass *pass)
{
    const shoal_node *node = shoal_pass_lines_node(pass);
    const shoal_pass_cut *cut = &pass->cut;
    uint64_t n = pass->shape[cut->axis], box = pass->box[cut->axis], most = 1, from, to;
    uint64_t n_parts = shoal_ceil_div(n, box), rows = shoal_ceil_div(cut->n, cut->row);
    for (uint64_t k = 0; k < n_parts; k++) {
        if (k == ENDS && n_parts > 2 * ENDS) k = n_parts - ENDS;
        uint64_t left = n - k * box, count = left < box ? left : box;
        shoal_pass_cut_rows(pass, node, k * box, count, &from, &to);
        if (to - from > most) most = to - from;
    }
    if (node->lines->carry_bytes) {
        uint64_t before = cut->chained ? 0 : SHOAL_LINE_BLOCK;
        most = (box + before + cut->row - 1) / cut->row + 1;
    }
    for (int k = 0; k < pass->rank; k++) {
        if (!(node->axes >> k & 1)) continue;
        pass->most[k] = node->arg[0]->shape[k];
        if (k != cut->axis) pass->shape[k] = pass->box[k] = 1; /* tasks count along one axis */
    }
    pass->most[cut->axis] = most < rows ? most : rows;
}

/* Along lines, chunks of a size that is good to read. */
static void chunk_lines(const shoal_pass *pass, const shoal_node *node, uint64_t *chunk)
{
    uint64_t n = node->type.n_bytes;
    int line = -1;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d];
        chunk[d] = k >= 0 ? pass->box[k] : 1;
        if (k == SHOAL_FROM_ROW && node->shape[d]) chunk[d] = node->shape[d];
        if (k == SHOAL_FROM_LINE) line = d;
        if (chunk[d] > node->shape[d] && node->shape[d]) chunk[d] = node->shape[d];
        n *= chunk[d] ? chunk[d] : 1;
    }
    if (line < 0) return;
    for (int d = 0; d < node->rank && n > CHUNK_BYTES; d++) /* rows of more than a chunk */
        while (node->from[d] == SHOAL_FROM_ROW && chunk[d] > 1 && n > CHUNK_BYTES) {
            n = n / chunk[d] * ((chunk[d] + 1) / 2);
            chunk[d] = (chunk[d] + 1) / 2;
        }
    uint64_t length = CHUNK_BYTES / (n ? n : 1);
    if (pass->cut.cuts) { /* so many fill a part */
        uint64_t part = shoal_ceil_div(shoal_pass_line_result(pass, node), shoal_line_row(node));
        while (part > length && part % 2 == 0) part /= 2;
        length = part;
    }
    chunk[line] = length < 1 ? 1 : length < node->shape[line] ? length : node->shape[line];
    if (chunk[line] == 0) chunk[line] = 1;
}

void shoal_plan_output_chunk(const shoal_plan *plan, const shoal_pass *pass, shoal_pass_output *o)
{
    uint64_t *chunk = o->target->spec.chunk;
    o->n_chunks = 1;
    if (o->node->kind != SHOAL_NODE_LINES) {
        memcpy(chunk, pass->box, sizeof o->target->spec.chunk);
        return;
    }
    bool given = plan->storage.chunk[0] && o->target->path;
    if (!given) chunk_lines(pass, o->node, chunk);
    for (int d = 0; d < o->node->rank && given; d++) chunk[d] = given_chunk(plan, o->node, d);
    for (int d = 0; d < o->node->rank; d++) {
        int k = o->node->from[d];
        uint64_t extent = k >= 0 ? pass->box[k] : 1;
        if (k == SHOAL_FROM_ROW) extent = o->node->shape[d];
        if (k == SHOAL_FROM_LINE)
            extent = shoal_ceil_div(shoal_pass_line_result(pass, o->node), shoal_line_row(o->node));
        o->n_chunks *= shoal_ceil_div(extent ? extent : 1, chunk[d]);
    }
}
