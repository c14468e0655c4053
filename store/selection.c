#include "store/selection.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/selection_blocks.h"
#include <stdlib.h>

enum { TYPE_NONE, TYPE_POINTS, TYPE_HYPERSLABS, TYPE_ALL };
enum { IS_REGULAR = 1 }; /* flag of a hyperslab */

shoal_status shoal_selection_damaged(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "a selection of elements is damaged: %s", what);
}

void shoal_selection_free(shoal_selection *selection)
{
    free(selection->axis);
    free(selection->memory);
    *selection = (shoal_selection){.unlimited = -1};
}

shoal_status shoal_selection_axes(shoal_selection *selection, uint64_t rank, shoal_error *err)
{
    if (rank < 1 || rank > SHOAL_MAX_RANK)
        return shoal_selection_damaged(err, "its rank is not possible");
    size_t one = sizeof *selection->axis + sizeof *selection->bounds;
    selection->axis = calloc((size_t)rank, one);
    if (!selection->axis) return shoal_fail(err, SHOAL_MEMORY, "no memory for a selection");
    selection->bounds = (uint64_t *)(selection->axis + rank);
    selection->rank = (int)rank;
    return SHOAL_OK;
}

/* ---- Parsing ---- */

/* A count or an extent, all ones of which mean "unlimited". */
static uint64_t read_extent(shoal_cursor *cursor, int width)
{
    return shoal_cursor_address(cursor, width);
}

/* Blocks that touch become one, unless there may be more and more of them: a series of sources has
   one for each. False when the axis makes no sense. */
static bool settle_axis(shoal_select_axis *axis, uint64_t *bound)
{
    bool unlimited = axis->count == UINT64_MAX || axis->block == UINT64_MAX;
    if (axis->count == UINT64_MAX && axis->block == UINT64_MAX) return false;
    if (axis->count == 1) axis->stride = axis->block;
    if (axis->stride < axis->block || axis->stride == 0) return false;
    if (axis->block == UINT64_MAX && axis->count != 1) return false;
    if (!unlimited && axis->stride == axis->block) {
        if (!shoal_mul_u64(axis->block, axis->count, &axis->block)) return false;
        axis->count = 1;
        axis->stride = axis->block;
    }
    *bound = 0;
    axis->size = UINT64_MAX;
    if (unlimited) return axis->start <= INT64_MAX;
    uint64_t last;
    return shoal_mul_u64(axis->count, axis->block, &axis->size) &&
           shoal_mul_u64(axis->count - 1, axis->stride, &last) &&
           shoal_add_u64(last, axis->block, &last) && shoal_add_u64(last, axis->start, bound) &&
           *bound <= INT64_MAX;
}

static shoal_status read_regular(shoal_cursor *cursor, int width, shoal_selection *out,
                                 shoal_error *err)
{
    bool is_empty = false;
    out->form = SHOAL_SELECT_PRODUCT;
    for (int k = 0; k < out->rank; k++) {
        shoal_select_axis *axis = &out->axis[k];
        axis->start = shoal_cursor_uint(cursor, width);
        axis->stride = shoal_cursor_uint(cursor, width);
        axis->count = read_extent(cursor, width);
        axis->block = read_extent(cursor, width);
        if (!cursor->ok) return shoal_selection_damaged(err, "it is cut off");
        if (axis->count == 0 || axis->block == 0) {
            is_empty = true;
            continue;
        }
        if (!settle_axis(axis, &out->bounds[k]))
            return shoal_selection_damaged(err, "its blocks overlap, or do not fit");
        if (axis->size != UINT64_MAX) continue;
        if (out->unlimited >= 0) return shoal_selection_damaged(err, "two axes are unlimited");
        out->unlimited = k;
    }
    if (is_empty) shoal_selection_free(out); /* now none */
    return SHOAL_OK;
}

/* The widths of numbers are the version's, or stated. */
static shoal_status read_hyperslab(shoal_cursor *cursor, uint64_t *budget, shoal_selection *out,
                                   shoal_error *err)
{
    uint64_t version = shoal_cursor_uint(cursor, 4), flags = 0;
    int width = version == 2 ? 8 : 4;
    if (version < 1 || version > 3) return shoal_selection_damaged(err, "its version is not known");
    if (version > 1) flags = shoal_cursor_uint(cursor, 1);
    if (version == 3) width = (int)shoal_cursor_uint(cursor, 1);
    shoal_cursor_skip(cursor, version == 1 ? 8 : version == 2 ? 4 : 0);
    uint64_t rank = shoal_cursor_uint(cursor, 4);
    if (!cursor->ok || (width != 2 && width != 4 && width != 8))
        return shoal_selection_damaged(err, "it is cut off");
    shoal_status status = shoal_selection_axes(out, rank, err);
    if (status != SHOAL_OK) return status;
    if (flags & IS_REGULAR) return read_regular(cursor, width, out, err);
    return shoal_selection_blocks(cursor, width, budget, out, err);
}

shoal_status shoal_selection_parse(shoal_cursor *cursor, uint64_t *budget, shoal_selection *out,
                                   shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    uint64_t type = shoal_cursor_uint(cursor, 4);
    *out = (shoal_selection){.unlimited = -1};
    switch (type) {
    case TYPE_NONE:
    case TYPE_ALL:
        out->form = type == TYPE_ALL ? SHOAL_SELECT_ALL : SHOAL_SELECT_NONE;
        if (shoal_cursor_uint(cursor, 4) != 1)
            status = shoal_selection_damaged(err, "its version is not known");
        shoal_cursor_skip(cursor, 8);
        break;
    case TYPE_POINTS: status = shoal_selection_points(cursor, budget, out, err); break;
    case TYPE_HYPERSLABS: status = read_hyperslab(cursor, budget, out, err); break;
    default: status = shoal_selection_damaged(err, "it is of no known kind");
    }
    if (status == SHOAL_OK && !cursor->ok) status = shoal_selection_damaged(err, "it is cut off");
    if (status != SHOAL_OK) shoal_selection_free(out);
    return status;
}

/* ---- Use ---- */

static void select_all(shoal_selection *selection, int k, uint64_t n)
{
    selection->axis[k] = (shoal_select_axis){.stride = n, .count = 1, .block = n, .size = n};
    selection->bounds[k] = n;
}

shoal_status shoal_selection_bind(const shoal_selection *selection, int rank, int inside,
                                  const uint64_t *shape, shoal_bound_selection *out,
                                  shoal_error *err)
{
    shoal_selection *bound = &out->selection;
    int own = rank - inside;
    *bound = *selection;
    bound->axis = out->axis;
    bound->bounds = out->bounds;
    bound->rank = rank;
    if (selection->form == SHOAL_SELECT_NONE) return SHOAL_OK;
    bool all = selection->form == SHOAL_SELECT_ALL;
    if (!all && selection->rank != own)
        return shoal_fail(err, SHOAL_DATA, "a selection of %d axes is of a dataset of %d",
                          selection->rank, own);
    if (selection->form == SHOAL_SELECT_RUNS) {
        if (inside > 0)
            return shoal_fail(err, SHOAL_DATA, "a selection of points is of elements with axes");
        bound->bounds = selection->bounds;
        return SHOAL_OK;
    }
    bound->form = SHOAL_SELECT_PRODUCT;
    for (int k = 0; k < rank; k++) {
        if (all || k >= own) {
            select_all(bound, k, shape[k]);
            continue;
        }
        out->axis[k] = selection->axis[k];
        out->bounds[k] = selection->bounds[k];
        if (k == selection->unlimited)
            out->axis[k].size = shoal_select_position(&out->axis[k], shape[k]);
    }
    return SHOAL_OK;
}

uint64_t shoal_selection_elements(const shoal_selection *selection)
{
    uint64_t sizes[SHOAL_MAX_RANK], n;
    if (selection->form == SHOAL_SELECT_NONE) return 0;
    if (selection->form == SHOAL_SELECT_RUNS) return selection->n_elements;
    for (int k = 0; k < selection->rank; k++) sizes[k] = selection->axis[k].size;
    return shoal_product(selection->rank, sizes, &n) ? n : UINT64_MAX;
}

/* The last interval that begins at or below what `key` says; there is one. */
static uint64_t find_interval(const shoal_select_axis *axis, uint64_t value, bool by_position)
{
    uint64_t low = 0, high = axis->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        const shoal_interval *at = &axis->list[middle];
        if ((by_position ? at->before : at->first) <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t shoal_select_position(const shoal_select_axis *axis, uint64_t index)
{
    if (axis->list) {
        if (index <= axis->list[0].first) return 0;
        const shoal_interval *at = &axis->list[find_interval(axis, index, false)];
        uint64_t inside = index - at->first;
        return at->before + (inside < at->n ? inside : at->n);
    }
    if (index <= axis->start || axis->block == 0) return 0;
    uint64_t inside = index - axis->start, k = inside / axis->stride, rest = inside % axis->stride;
    if (k >= axis->count) return axis->count * axis->block;
    return k * axis->block + (rest < axis->block ? rest : axis->block);
}

uint64_t shoal_select_index(const shoal_select_axis *axis, uint64_t position, uint64_t *step,
                            uint64_t *n)
{
    *step = 1;
    if (axis->list) {
        const shoal_interval *at = &axis->list[find_interval(axis, position, true)];
        *n = at->n - (position - at->before);
        return at->first + (position - at->before);
    }
    uint64_t k = position / axis->block, rest = position % axis->block;
    *n = axis->block - rest;
    if (axis->block == 1) {
        *step = axis->stride;
        *n = axis->size - position;
    }
    return axis->start + k * axis->stride + rest;
}
