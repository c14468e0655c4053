#include "store/virtual.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "store/virtual_copy.h"
#include "store/virtual_mapping.h"
#include "store/virtual_source.h"
#include <stdlib.h>

struct shoal_virtual {
    const shoal_dataset *dataset;
    shoal_mappings mappings;
    shoal_sources *sources;
};

/* ---- Opening ---- */

void shoal_virtual_free(shoal_virtual *virtual_)
{
    if (!virtual_) return;
    shoal_mappings_free(&virtual_->mappings);
    shoal_sources_free(virtual_->sources);
    free(virtual_);
}

static shoal_status open_mappings(const shoal_file *file, const shoal_metadata *meta,
                                  const shoal_storage *storage, shoal_virtual **out,
                                  shoal_error *err)
{
    shoal_virtual *v = calloc(1, sizeof *v);
    if (!v) return shoal_fail(err, SHOAL_MEMORY, "no memory for a virtual dataset");
    shoal_status status = shoal_mappings_read(meta, storage, &v->mappings, err);
    if (status == SHOAL_OK)
        status = shoal_sources_new(shoal_map_path(meta->map), file, &v->sources, err);
    if (status == SHOAL_OK)
        *out = v;
    else
        shoal_virtual_free(v);
    return status;
}

/* The source of a mapping, or of one block of a series; NULL when it is not there. */
static shoal_status get_source(const shoal_virtual *v, const shoal_mapping *mapping, uint64_t block,
                               shoal_source **out, shoal_error *err)
{
    char *file = NULL, *dataset = NULL;
    *out = NULL;
    shoal_status status = shoal_mapping_name(mapping->file, block, &file, err);
    if (status == SHOAL_OK) status = shoal_mapping_name(mapping->dataset, block, &dataset, err);
    if (status == SHOAL_OK) status = shoal_sources_get(v->sources, file, dataset, out, err);
    free(file);
    free(dataset);
    return status;
}

/* ---- The shape of unlimited ones ---- */

/* Where n indices of an unlimited axis end: one more than the last of them. */
static uint64_t extent_of(const shoal_select_axis *axis, uint64_t n)
{
    uint64_t step, run;
    if (n == 0) return 0;
    return shoal_select_index(axis, n - 1, &step, &run) + 1;
}

/* Of a series: as far as its sources are there without a gap. */
static shoal_status measure_series(const shoal_virtual *v, shoal_mapping *mapping, uint64_t *extent,
                                   shoal_error *err)
{
    const shoal_select_axis *axis = &mapping->target.axis[mapping->target.unlimited];
    *extent = 0;
    for (uint64_t block = 0;; block++) {
        shoal_source *source;
        uint64_t end;
        shoal_status status = get_source(v, mapping, block, &source, err);
        if (status != SHOAL_OK || !source) return status;
        shoal_sources_give_back(v->sources, source);
        if (!shoal_mul_u64(block, axis->stride, &end) || !shoal_add_u64(end, axis->start, &end) ||
            !shoal_add_u64(end, axis->block, &end) || end > INT64_MAX)
            return shoal_fail(err, SHOAL_DATA, "a series of sources is too long");
        *extent = end;
        mapping->n_sources = block + 1;
    }
}

static shoal_status measure_growing(const shoal_virtual *v, const shoal_mapping *mapping,
                                    uint64_t *extent, shoal_error *err)
{
    const shoal_select_axis *target = &mapping->target.axis[mapping->target.unlimited];
    shoal_source *source;
    *extent = 0;
    shoal_status status = get_source(v, mapping, 0, &source, err);
    if (status != SHOAL_OK || !source) return status;
    const shoal_dataset *dataset = shoal_source_dataset(source);
    int k = mapping->source.unlimited;
    if (k < dataset->grid.rank)
        *extent = extent_of(
            target, shoal_select_position(&mapping->source.axis[k], dataset->grid.shape[k]));
    shoal_sources_give_back(v->sources, source);
    return status;
}

static shoal_status measure(const shoal_virtual *v, shoal_dataspace *space, shoal_error *err)
{
    bool grows[SHOAL_MAX_RANK] = {false};
    uint64_t least[SHOAL_MAX_RANK] = {0}, longest[SHOAL_MAX_RANK] = {0};
    for (size_t m = 0; m < v->mappings.n; m++) {
        shoal_mapping *mapping = &v->mappings.mapping[m];
        const shoal_selection *target = &mapping->target;
        int unlimited = target->unlimited;
        uint64_t extent = 0;
        if (target->rank > 0 && target->rank != space->rank)
            return shoal_fail(err, SHOAL_DATA, "a selection of %d axes is of a dataset of %d",
                              target->rank, space->rank);
        for (int k = 0; k < target->rank; k++)
            if (target->bounds[k] > least[k]) least[k] = target->bounds[k];
        if (unlimited < 0) continue;
        shoal_status status = mapping->is_series ? measure_series(v, mapping, &extent, err)
                                                 : measure_growing(v, mapping, &extent, err);
        if (status != SHOAL_OK) return status;
        grows[unlimited] = true;
        if (extent > longest[unlimited]) longest[unlimited] = extent;
    }
    for (int k = 0; k < space->rank; k++) {
        if (!grows[k]) continue;
        space->shape[k] = longest[k] > least[k] ? longest[k] : least[k];
        if (space->shape[k] > space->max_shape[k]) space->shape[k] = space->max_shape[k];
    }
    return SHOAL_OK;
}

static bool has_unlimited(const shoal_mappings *mappings)
{
    for (size_t k = 0; k < mappings->n; k++)
        if (mappings->mapping[k].target.unlimited >= 0) return true;
    return false;
}

shoal_status shoal_virtual_shape(const shoal_file *file, const shoal_metadata *meta,
                                 const shoal_storage *storage, shoal_dataspace *space,
                                 shoal_error *err)
{
    shoal_virtual *v = NULL;
    bool may_grow = false;
    for (int k = 0; k < space->rank; k++)
        may_grow = may_grow || space->max_shape[k] != space->shape[k];
    if (!may_grow || !storage->allocated) return SHOAL_OK;
    shoal_status status = open_mappings(file, meta, storage, &v, err);
    if (status != SHOAL_OK) return status;
    if (has_unlimited(&v->mappings)) status = measure(v, space, err);
    shoal_virtual_free(v);
    return status;
}

/* How long the series are. */
static shoal_status count_sources(const shoal_virtual *v, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < v->mappings.n; k++) {
        uint64_t extent;
        shoal_mapping *mapping = &v->mappings.mapping[k];
        if (mapping->is_series) status = measure_series(v, mapping, &extent, err);
    }
    return status;
}

shoal_status shoal_virtual_open(shoal_file *file, shoal_dataset *dataset,
                                const shoal_storage *storage, shoal_virtual **out, shoal_error *err)
{
    shoal_virtual *v = NULL;
    shoal_status status = open_mappings(file, dataset->meta, storage, &v, err);
    if (status != SHOAL_OK) return status;
    v->dataset = dataset;
    status = count_sources(v, err);
    if (status == SHOAL_OK)
        *out = v;
    else
        shoal_virtual_free(v);
    return status;
}

/* ---- Reading ---- */

/* False when nothing of a target is in the region, as far as its bounds tell. */
static bool may_meet(const shoal_selection *target, const shoal_region *region)
{
    if (target->form == SHOAL_SELECT_NONE) return false;
    for (int k = 0; k < target->rank && k < region->rank; k++) {
        const shoal_range *range = &region->axis[k];
        uint64_t start = (uint64_t)range->start, end = start + range->count;
        if (target->bounds[k] > 0 && start >= target->bounds[k]) return false;
        if (target->form != SHOAL_SELECT_PRODUCT) continue;
        const shoal_select_axis *axis = &target->axis[k];
        if (shoal_select_position(axis, start) == shoal_select_position(axis, end)) return false;
    }
    return true;
}

/* One source through one pair of selections. */
static shoal_status copy_from(const shoal_virtual *v, const shoal_mapping *mapping, uint64_t block,
                              const shoal_selection *target, const shoal_region *region, void *dst,
                              shoal_error *err)
{
    shoal_source *source;
    shoal_bound_selection from, to;
    const shoal_grid *grid = &v->dataset->grid;
    shoal_status status = get_source(v, mapping, block, &source, err);
    if (status != SHOAL_OK || !source) return status;
    shoal_dataset *dataset = shoal_source_dataset(source);
    if (!dataset->readable)
        status = shoal_fail(err, SHOAL_DATA, "its source %s: %s", dataset->name, dataset->why_not);
    if (status == SHOAL_OK)
        status =
            shoal_selection_bind(target, grid->rank, v->dataset->extra_rank, grid->shape, &to, err);
    if (status == SHOAL_OK)
        status = shoal_selection_bind(&mapping->source, dataset->grid.rank, dataset->extra_rank,
                                      dataset->grid.shape, &from, err);
    if (status == SHOAL_OK)
        status = shoal_virtual_copy(dataset, &from.selection, v->dataset, &to.selection, region,
                                    dst, err);
    shoal_sources_give_back(v->sources, source);
    return status;
}

/* The blocks of a series that meet the region. None behind one that is missing, as in HDF5. */
static shoal_status read_series(const shoal_virtual *v, const shoal_mapping *mapping,
                                const shoal_region *region, void *dst, shoal_error *err)
{
    int k = mapping->target.unlimited;
    shoal_select_axis axes[SHOAL_MAX_RANK];
    shoal_selection target = mapping->target;
    const shoal_select_axis *axis = &mapping->target.axis[k];
    uint64_t start = (uint64_t)region->axis[k].start, last = start + region->axis[k].count - 1;
    for (int a = 0; a < target.rank; a++) axes[a] = mapping->target.axis[a];
    target.axis = axes;
    target.unlimited = -1;
    if (last < axis->start) return SHOAL_OK;
    uint64_t block = start > axis->start ? (start - axis->start) / axis->stride : 0;
    shoal_status status = SHOAL_OK;
    uint64_t n = (last - axis->start) / axis->stride + 1;
    if (n > mapping->n_sources) n = mapping->n_sources;
    for (; status == SHOAL_OK && block < n; block++) {
        uint64_t at = axis->start + block * axis->stride;
        axes[k] = (shoal_select_axis){at, axis->block, 1, axis->block, NULL, axis->block};
        status = copy_from(v, mapping, block, &target, region, dst, err);
    }
    return status;
}

shoal_status shoal_virtual_read(const shoal_virtual *v, const shoal_region *region, void *dst,
                                shoal_error *err)
{
    const shoal_dataset *dataset = v->dataset;
    uint64_t n_elements;
    if (region->rank != dataset->grid.rank || !shoal_region_inside(region, dataset->grid.shape) ||
        !shoal_region_elements(region, &n_elements))
        return shoal_fail(err, SHOAL_USAGE, "the region does not lie in its shape");
    if (n_elements == 0) return SHOAL_OK;
    shoal_sources_begin(v->sources);
    shoal_fill_elements(dst, dataset->fill, (size_t)n_elements, dataset->type.n_bytes);
    shoal_status status = SHOAL_OK;
    for (size_t k = 0; status == SHOAL_OK && k < v->mappings.n; k++) {
        const shoal_mapping *mapping = &v->mappings.mapping[k];
        const shoal_selection *target = &mapping->target;
        if (target->rank > 0 && target->rank != region->rank - dataset->extra_rank)
            return shoal_fail(err, SHOAL_DATA, "a selection of %d axes is of a dataset of %d",
                              target->rank, region->rank - dataset->extra_rank);
        if (!may_meet(target, region)) continue;
        status = mapping->is_series ? read_series(v, mapping, region, dst, err)
                                    : copy_from(v, mapping, 0, target, region, dst, err);
    }
    return status;
}
