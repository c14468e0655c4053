/* Reading joined arrays: a region falls into pieces, each a region of a leaf, down to datasets,
   whose chunks come through the cache. */
#include "compute/joined_read.h"

#include "chunk/copy.h"

#include <string.h>

/* ---- Datasets ---- */

static shoal_reader *reader_of(const shoal_joiner *j, const shoal_dataset *dataset)
{
    for (int k = 0; k < j->n; k++)
        if (j->dataset[k] == dataset) return j->reader[k];
    return NULL;
}

static shoal_status read_mapped(const shoal_joiner *j, const shoal_dataset *dataset,
                                const uint8_t *at, const int64_t *from, const shoal_region *region,
                                void *dst, const int64_t *to, shoal_error *err)
{
    uint64_t count[SHOAL_MAX_RANK];
    int64_t step[SHOAL_MAX_RANK], low = 0, high = (int64_t)dataset->type.n_bytes;
    for (int b = 0; b < region->rank; b++) {
        const shoal_range *r = &region->axis[b];
        count[b] = r->count;
        step[b] = from[b] * r->step;
        int64_t reach = step[b] * (int64_t)(r->count - 1);
        *(reach < 0 ? &low : &high) += reach;
    }
    shoal_copy_box(region->rank, count, at, step, dst, to, dataset->type.n_bytes);
    shoal_status status = shoal_map_check(dataset->map, err);
    uint64_t offset = (uint64_t)(at - shoal_map_bytes(dataset->map) + low);
    if (!status) shoal_map_drop(dataset->map, offset, (uint64_t)(high - low), j->cold);
    return status;
}

static shoal_status read_dataset(const shoal_joiner *j, shoal_dataset *dataset, int level,
                                 const shoal_region *region, void *dst, const int64_t *to,
                                 shoal_error *err)
{
    uint64_t start[SHOAL_MAX_RANK] = {0}, count[SHOAL_MAX_RANK], n = dataset->type.n_bytes;
    int64_t from[SHOAL_MAX_RANK];
    if (dataset->layout != SHOAL_LAYOUT_CONTIGUOUS && j->reader)
        return shoal_chunk_cache_read(j->cache, dataset, reader_of(j, dataset), region, dst, to,
                                      err);
    for (int b = 0; b < region->rank; b++) {
        start[b] = (uint64_t)region->axis[b].start;
        count[b] = region->axis[b].count;
        n *= count[b];
    }
    const uint8_t *at = dataset->layout == SHOAL_LAYOUT_CONTIGUOUS
                            ? shoal_dataset_in_place(dataset, start, from)
                            : NULL;
    if (at) return read_mapped(j, dataset, at, from, region, dst, to, err);
    uint8_t *scratch = j->scratch + (size_t)level * j->scratch_bytes;
    shoal_contiguous_strides(region->rank, count, dataset->type.n_bytes, from);
    shoal_status status = j->reader
                              ? shoal_reader_region(reader_of(j, dataset), region, scratch, err)
                              : shoal_dataset_read(dataset, region, scratch, (size_t)n, err);
    if (!status) shoal_copy_box(region->rank, count, scratch, from, dst, to, dataset->type.n_bytes);
    return status;
}

static void read_result(const shoal_node *of, const shoal_region *region, void *dst,
                        const int64_t *to)
{
    uint64_t count[SHOAL_MAX_RANK];
    int64_t stride[SHOAL_MAX_RANK];
    const uint8_t *at = of->data;
    shoal_contiguous_strides(of->rank, of->shape, of->type.n_bytes, stride);
    for (int b = 0; b < region->rank; b++) {
        at += region->axis[b].start * stride[b];
        count[b] = region->axis[b].count;
        stride[b] *= region->axis[b].step;
    }
    shoal_copy_box(region->rank, count, at, stride, dst, to, of->type.n_bytes);
}

/* ---- Leaves ---- */

static shoal_status read_base(const shoal_joiner *j, const shoal_node *leaf, int level,
                              const shoal_region *region, void *dst, const int64_t *strides,
                              shoal_error *err)
{
    if (leaf->generator) {
        shoal_generate(leaf->generator, region, dst, strides);
        return SHOAL_OK;
    }
    if (leaf->of) {
        read_result(leaf->of, region, dst, strides);
        return SHOAL_OK;
    }
    if (!leaf->joined)
        return read_dataset(j, j->inputs->sources[leaf->source].dataset, level, region, dst,
                            strides, err);
    return leaf->joined->kind == SHOAL_JOIN_RESHAPE
               ? shoal_joined_reshape(j, leaf->joined, level, region, dst, strides, err)
               : shoal_joined_pieces(j, leaf->joined, level, region, dst, strides, err);
}

/* Axes along which all elements are the same are read once and repeated. */
shoal_status shoal_joined_view(const shoal_joiner *j, const shoal_node *leaf, int level,
                               const shoal_range *ranges, uint8_t *dst, const int64_t *strides,
                               shoal_error *err)
{
    const shoal_view *view = &leaf->view;
    shoal_region region = {.rank = view->base_rank};
    int64_t to[SHOAL_MAX_RANK] = {0}, same[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    for (int b = 0; b < view->base_rank; b++) region.axis[b] = (shoal_range){view->start[b], 1, 1};
    for (int k = 0; k < leaf->rank; k++) {
        const shoal_range *r = &ranges[k];
        int b = view->axis[k];
        if (r->count == 0) return SHOAL_OK;
        count[k] = 1;
        if (b < 0) continue;
        region.axis[b].start += view->step[k] * r->start;
        if (view->step[k] == 0 || r->step == 0 || r->count == 1) continue;
        region.axis[b].step = view->step[k] * r->step;
        region.axis[b].count = count[k] = r->count;
        to[b] = strides[k];
    }
    shoal_status status = read_base(j, leaf, level, &region, dst, to, err);
    memcpy(same, strides, sizeof *same * (size_t)leaf->rank);
    for (int k = 0; k < leaf->rank && !status; k++) {
        if (count[k] == ranges[k].count) continue;
        count[k] = ranges[k].count - 1;
        same[k] = 0;
        shoal_copy_box(leaf->rank, count, dst, same, dst + strides[k], strides, leaf->type.n_bytes);
        same[k] = strides[k];
        count[k]++;
    }
    return status;
}

shoal_status shoal_joined_read(const shoal_joiner *joiner, const shoal_node *leaf,
                               const shoal_region *region, void *dst, const int64_t *strides,
                               shoal_error *err)
{
    return read_base(joiner, leaf, 0, region, dst, strides, err);
}
