/* Reductions across tasks: states are merged in task order, a tile's results written once all of
   its tasks are in. A tile is what the tasks with the same place on the kept axes share. */
#include "compute/pass.h"

#include "chunk/copy.h"
#include "chunk/error.h"
#include "chunk/type.h"

#include <string.h>

static uint64_t tile_of(const shoal_pass *pass, uint32_t axes, const uint64_t *start)
{
    uint64_t tile = 0;
    for (int k = 0; k < pass->rank; k++) {
        if (axes >> k & 1) continue;
        uint64_t extent = pass->box[k] * pass->repeat[k];
        tile = tile * pass->n_tasks_along[k] + (start[k] + pass->shift[k]) / extent;
    }
    return tile;
}

/* Where the results of a tile go in the target: its region, and the number of cells. */
static uint64_t tile_region(const shoal_pass_reduction *r, int rank, const uint64_t *start,
                            const uint64_t *count, shoal_region *out)
{
    uint64_t cells = 1;
    bool keepdims = r->node->rank == rank;
    out->rank = 0;
    for (int k = 0; k < rank; k++) {
        bool reduced = r->axes >> k & 1;
        if (reduced && !keepdims) continue;
        out->axis[out->rank++] =
            reduced ? (shoal_range){0, 1, 1} : (shoal_range){(int64_t)start[k], 1, count[k]};
        if (!reduced) cells *= count[k];
    }
    return cells;
}

void shoal_pass_place(const shoal_node *node, const shoal_region *region, const int64_t *strides,
                      const void *elements, void *all)
{
    size_t size = node->type.n_bytes;
    int64_t to[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    uint8_t *dst = all;
    shoal_contiguous_strides(node->rank, node->shape, size, to);
    for (int k = 0; k < region->rank; k++) {
        count[k] = region->axis[k].count;
        dst += region->axis[k].start * to[k];
    }
    shoal_copy_box(region->rank, count, elements, strides, dst, to, size);
}

static shoal_status store_tile(const shoal_pass_reduction *r, void **fields,
                               const shoal_region *region, uint64_t cells, shoal_error *err)
{
    const shoal_target *t = r->target;
    if (!t->in_memory)
        return shoal_writer_write(t->writer, t->path, region, r->finished,
                                  cells * r->node->type.n_bytes, err);
    uint64_t count[SHOAL_MAX_RANK];
    int64_t strides[SHOAL_MAX_RANK];
    for (int k = 0; k < region->rank; k++) count[k] = region->axis[k].count;
    shoal_contiguous_strides(region->rank, count, r->node->type.n_bytes, strides);
    shoal_pass_place(r->node, region, strides, r->finished, t->data);
    if (t->high) shoal_pass_place(r->node, region, strides, fields[1], t->high);
    return SHOAL_OK;
}

shoal_status shoal_pass_check_wraps(shoal_target *target, const char *name, bool wraps,
                                    shoal_error *err)
{
    char type[24];
    target->is_beyond |= wraps;
    if (!wraps || !target->exact || target->high) return SHOAL_OK;
    shoal_type_name(target->node->type, type);
    bool sums = target->node->kind == SHOAL_NODE_REDUCE && target->node->op != SHOAL_OP_PROD;
    return shoal_fail(err, SHOAL_DATA, "%s: a result is beyond %s, and %s; %s(float64(...)) rounds",
                      name, type,
                      sums ? "only sums that are results themselves, in no file, are kept exact"
                           : "only sums are kept exact",
                      name);
}

static shoal_status finish(shoal_pass_reduction *r, void **fields, uint64_t cells,
                           const shoal_region *region, shoal_error *err)
{
    shoal_finish params = {.n_reduced = r->n_reduced, .ddof = r->node->ddof, .wraps = &r->wraps};
    if (!r->kernel->finish(fields, 0, (size_t)cells, &params, r->finished))
        return r->node->use
                   ? SHOAL_DATA
                   : shoal_fail(err, SHOAL_DATA, "%s: there is nothing but NaN to choose from",
                                shoal_operation_of(r->node->op)->name);
    shoal_status status =
        shoal_pass_check_wraps(r->target, shoal_operation_of(r->node->op)->name, r->wraps, err);
    return status ? status : store_tile(r, fields, region, cells, err);
}

static shoal_status merge_one(shoal_pass *pass, shoal_pass_reduction *r, void **from,
                              const shoal_pass_slot *slot, shoal_error *err)
{
    uint64_t tile = tile_of(pass, r->axes, slot->start);
    uint64_t open = r->n_open == r->n_tiles ? tile : 0;
    const shoal_pass_reduction *owner = &pass->reduction[r->state];
    void **into = owner->fields + open * (uint64_t)r->kernel->n_fields;
    shoal_region region;
    uint64_t cells = tile_region(r, pass->rank, slot->start, slot->count, &region);
    if (owner == r) { /* those that share its state come later */
        uint64_t all = r->groups ? cells * r->groups->n : cells;
        if (r->merged[open] == 0) r->kernel->init(into, (size_t)all);
        if (r->groups)
            shoal_pass_groups_merge(r, &slot->met[r->state], cells, into, from);
        else
            r->kernel->merge(into, 0, from, 0, (size_t)cells);
    }
    if (++r->merged[open] < r->tasks_per_tile) return SHOAL_OK;
    r->merged[open] = 0;
    if (r->groups) return shoal_pass_groups_finish(r, into, cells, &region, err);
    return finish(r, into, cells, &region, err);
}

shoal_status shoal_pass_merge_reductions(shoal_pass *pass, shoal_pass_slot *slot, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_reductions && !status; k++)
        status = merge_one(pass, &pass->reduction[k], slot->fields[k], slot, err);
    return status;
}

/* Each result is what the state of no elements gives; `cells` of them at a time. */
static shoal_status finish_empty_one(const shoal_pass *pass, shoal_pass_reduction *r,
                                     shoal_error *err)
{
    void **fields = pass->reduction[r->state].fields;
    uint64_t n = 1;
    for (int k = 0; k < r->node->rank; k++) n *= r->node->shape[k];
    if (n == 0) return SHOAL_OK;
    r->kernel->init(fields, 1);
    shoal_finish params = {.n_reduced = 0, .ddof = r->node->ddof, .wraps = &r->wraps};
    if (!r->kernel->finish(fields, 0, 1, &params, r->finished))
        return r->node->use ? SHOAL_DATA
                            : shoal_fail(err, SHOAL_DATA, "%s of no elements has no answer",
                                         shoal_operation_of(r->node->op)->name);
    if (r->target->in_memory)
        shoal_fill_elements(r->target->data, r->finished, (size_t)n, r->node->type.n_bytes);
    return SHOAL_OK;
}

shoal_status shoal_pass_finish_empty(shoal_pass *pass, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    shoal_user_begin(pass->merger);
    for (int k = 0; k < pass->n_reductions && !status; k++)
        status = finish_empty_one(pass, &pass->reduction[k], err);
    status = shoal_user_end(pass->merger, status, err);
    if (!status) status = shoal_pass_tally_finish_empty(pass, err);
    return status;
}
