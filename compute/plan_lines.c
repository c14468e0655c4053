/* Boxes of whole lines: as many lines as each thread's share of the memory holds. Where that is
   less than the chunks along the other axes, a chunk is decoded once for each box that it lies in.
 */
#include "compute/plan.h"

#include "chunk/checked.h"

#include <string.h>

#define CHUNK_BYTES ((uint64_t)4 << 20) /* of a result, where the user says nothing */

const shoal_node *shoal_pass_lines_node(const shoal_pass *pass)
{
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].node->kind == SHOAL_NODE_LINES) return pass->output[k].node;
    return NULL;
}

/* Bytes that a worker and its share of the slots need for each line, about. */
static double bytes_a_line(const shoal_pass *pass, const shoal_node *node)
{
    double n = (double)shoal_pass_line_length(pass, node->axes);
    double out = (double)node->line_length * node->type.n_bytes, bytes = out;
    if (pass->output[0].target->path) bytes += 2.5 * out;
    if (pass->output[0].load < 0) bytes += n * node->arg[0]->type.n_bytes;
    for (int k = 0; k < pass->n_loads; k++) {
        double along = pass->load[k].leaf->type.n_bytes;
        for (int j = 0; j < pass->rank; j++)
            if ((node->axes >> j & 1) && pass->load[k].base_axis[j] >= 0)
                along *= (double)pass->shape[j];
        if (pass->load[k].dataset) bytes += along;
    }
    return bytes;
}

/* What a worker needs beside its lines. */
static double fixed_bytes(const shoal_pass *pass, const shoal_node *node)
{
    double n = (double)shoal_pass_lines_bytes(pass, node) + (1 << 20);
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_dataset *d = pass->load[k].dataset;
        if (d) n += (double)shoal_reader_bytes(d);
    }
    return pass->output[0].target->path ? n + 3 * (double)CHUNK_BYTES : n;
}

static uint64_t least(const shoal_plan *plan, const shoal_pass *pass, const shoal_node *node, int k)
{
    if (!pass->output[0].target->path || !plan->storage.chunk[0]) return 1;
    for (int d = 0; d < node->rank; d++)
        if (node->from[d] == k) return plan->storage.chunk[d];
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

void shoal_plan_lines_box(const shoal_plan *plan, shoal_pass *pass)
{
    const shoal_node *node = shoal_pass_lines_node(pass);
    uint64_t base = shoal_plan_base_bytes(plan);
    double left = plan->memory_limit > base ? (double)(plan->memory_limit - base) : 0;
    double share = 0.9 * left / plan->n_threads - fixed_bytes(pass, node);
    for (int k = 0; k < pass->rank; k++) {
        uint64_t unit = least(plan, pass, node, k);
        pass->shift[k] = 0;
        pass->repeat[k] = 1;
        if (node->axes >> k & 1)
            pass->box[k] = pass->shape[k] ? pass->shape[k] : 1;
        else
            pass->box[k] = shoal_ceil_div(pass->box[k], unit) * unit;
    }
    for (;;) {
        double lines = 1;
        for (int k = 0; k < pass->rank; k++)
            if (!(node->axes >> k & 1)) lines *= (double)pass->box[k];
        if (lines * bytes_a_line(pass, node) <= share || !shrink(plan, pass, node)) return;
    }
}

/* Along lines, chunks of a size that is good to read. */
static void chunk_lines(const shoal_pass *pass, const shoal_node *node, uint64_t *chunk)
{
    uint64_t n = node->type.n_bytes;
    int line = -1;
    for (int d = 0; d < node->rank; d++) {
        int k = node->from[d];
        chunk[d] = k >= 0 ? pass->box[k] : 1;
        if (k == SHOAL_FROM_LINE) line = d;
        if (chunk[d] > node->shape[d] && node->shape[d]) chunk[d] = node->shape[d];
        n *= chunk[d] ? chunk[d] : 1;
    }
    if (line < 0) return;
    uint64_t length = CHUNK_BYTES / (n ? n : 1);
    chunk[line] = length < 1 ? 1 : length < node->line_length ? length : node->line_length;
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
    if (plan->storage.chunk[0])
        memcpy(chunk, plan->storage.chunk, sizeof o->target->spec.chunk);
    else
        chunk_lines(pass, o->node, chunk);
    for (int d = 0; d < o->node->rank; d++) {
        int k = o->node->from[d];
        uint64_t extent = k == SHOAL_FROM_LINE ? o->node->line_length : k >= 0 ? pass->box[k] : 1;
        o->n_chunks *= shoal_ceil_div(extent ? extent : 1, chunk[d]);
    }
}
