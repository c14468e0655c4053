/* Reductions by groups of an axis. Along it, cells are groups, slowest in the states; a task has
   cells for the groups alone that it meets, in the order in which it meets them. */
#include "compute/pass.h"

#include "chunk/copy.h"
#include "chunk/error.h"

#include <math.h>
#include <string.h>

int shoal_pass_group_axis(const shoal_pass_reduction *r)
{
    return __builtin_ctz(r->axes);
}

void shoal_pass_groups_begin(const shoal_pass *pass, shoal_pass_slot *slot)
{
    for (int k = 0; k < pass->n_reductions; k++) {
        const shoal_pass_reduction *r = &pass->reduction[k];
        if (!r->groups || r->state != k) continue;
        int axis = shoal_pass_group_axis(r);
        shoal_pass_met *met = &slot->met[k];
        met->n = 0;
        for (uint64_t g = 0; g < r->groups->n; g++) met->place[g] = SHOAL_NO_GROUP;
        const uint32_t *of = r->groups->of + slot->start[axis];
        for (uint64_t i = 0; i < slot->count[axis]; i++) {
            if (of[i] == SHOAL_NO_GROUP || met->place[of[i]] != SHOAL_NO_GROUP) continue;
            met->place[of[i]] = met->n;
            met->group[met->n++] = of[i];
        }
    }
}

void shoal_pass_groups_merge(const shoal_pass_reduction *r, const shoal_pass_met *met,
                             uint64_t cells, void **into, void **from)
{
    for (uint32_t k = 0; k < met->n; k++)
        r->kernel->merge(into, met->group[k] * (size_t)cells, from, k * (size_t)cells,
                         (size_t)cells);
}

/* Elements that lie group by group to C order, of the region or, in memory, of the whole. */
static void place(const shoal_pass_reduction *r, uint64_t cells, const shoal_region *region,
                  const void *elements, void *dst)
{
    size_t size = r->node->type.n_bytes;
    int64_t to[SHOAL_MAX_RANK], from[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    int axis = shoal_pass_group_axis(r);
    int64_t step = (int64_t)size;
    for (int k = region->rank - 1; k >= 0; k--) {
        count[k] = region->axis[k].count;
        from[k] = k == axis ? (int64_t)(cells * size) : step;
        if (k != axis) step *= (int64_t)count[k];
    }
    if (r->target->in_memory) {
        shoal_pass_place(r->node, region, from, elements, dst);
        return;
    }
    shoal_contiguous_strides(region->rank, count, size, to);
    shoal_copy_box(region->rank, count, elements, from, dst, to, size);
}

static shoal_status store(const shoal_pass_reduction *r, void **fields, uint64_t cells,
                          const shoal_region *region, shoal_error *err)
{
    const shoal_target *t = r->target;
    size_t size = r->node->type.n_bytes;
    uint8_t *dst = t->in_memory ? t->data : r->finished + r->tile_cells * size;
    place(r, cells, region, r->finished, dst);
    if (t->high) place(r, cells, region, fields[1], t->high);
    if (t->in_memory) return SHOAL_OK;
    return shoal_writer_write(t->writer, t->path, region, dst, r->groups->n * cells * size, err);
}

static bool is_extreme(const shoal_node *node)
{
    return !node->use && (node->op == SHOAL_OP_MIN || node->op == SHOAL_OP_MAX ||
                          node->op == SHOAL_OP_NANMIN || node->op == SHOAL_OP_NANMAX);
}

/* NaN, and of times NaT. */
static void fill_missing(shoal_type type, uint64_t n, uint8_t *out)
{
    const int64_t nat = INT64_MIN;
    const double nan[2] = {(double)NAN, 0};
    const void *in[1] = {nan}, *element = nan;
    uint8_t narrow[sizeof nan];
    shoal_kernel cast = shoal_kernel_cast(SHOAL_FLOAT64, type.code);
    if (type.code == SHOAL_INT64) {
        element = &nat;
    } else if (cast) {
        cast(1, in, narrow);
        element = narrow;
    }
    shoal_fill_elements(out, element, (size_t)n, type.n_bytes);
}

shoal_status shoal_pass_groups_finish(shoal_pass_reduction *r, void **fields, uint64_t cells,
                                      const shoal_region *region, shoal_error *err)
{
    if (cells == 0 || r->groups->n == 0) return SHOAL_OK;
    shoal_region all = *region;
    size_t bytes = (size_t)cells * r->node->type.n_bytes;
    all.axis[shoal_pass_group_axis(r)].count = r->groups->n;
    for (uint64_t g = 0; g < r->groups->n; g++) {
        shoal_finish params = {
            .n_reduced = r->groups->size[g], .ddof = r->node->ddof, .wraps = &r->wraps};
        if (r->groups->size[g] == 0 && is_extreme(r->node)) {
            fill_missing(r->node->type, cells, r->finished + g * bytes);
            continue;
        }
        if (!r->kernel->finish(fields, (size_t)(g * cells), (size_t)cells, &params,
                               r->finished + g * bytes))
            return r->node->use
                       ? SHOAL_DATA
                       : shoal_fail(err, SHOAL_DATA, "%s: there is nothing but NaN to choose from",
                                    shoal_operation_of(r->node->op)->name);
    }
    shoal_status status =
        shoal_pass_check_wraps(r->target, shoal_operation_of(r->node->op)->name, r->wraps, err);
    return status ? status : store(r, fields, cells, &all, err);
}
