/* Brings the inputs of a box into reach: in place, decoded, or through the chunk cache. */
#include "compute/pass.h"

#include "chunk/copy.h"

#include <string.h>

void shoal_pass_box_region(const shoal_load *load, int rank, const uint64_t *start,
                           const uint64_t *count, shoal_region *out)
{
    const shoal_view *view = &load->leaf->view;
    out->rank = view->base_rank;
    for (int b = 0; b < view->base_rank; b++) out->axis[b] = (shoal_range){view->start[b], 1, 1};
    for (int k = 0; k < rank; k++) {
        int b = load->base_axis[k];
        if (b < 0) continue;
        out->axis[b].start += load->step[k] * (int64_t)start[k];
        out->axis[b].step = load->step[k];
        out->axis[b].count = count[k];
    }
}

/* Strides by iteration axis from those by base axis; `stepped` where those count single elements
   of the base, so that the view's steps still come on top. */
static void set_strides(shoal_pass_worker *w, int k, const int64_t *base_stride, bool stepped)
{
    const shoal_load *load = &w->pass->load[k];
    for (int axis = 0; axis < w->pass->rank; axis++) {
        int b = load->base_axis[axis];
        w->stride[k][axis] = b < 0 ? 0 : base_stride[b] * (stepped ? load->step[axis] : 1);
    }
}

static void fetch_memory(shoal_pass_worker *w, int k, const shoal_region *region)
{
    const shoal_load *load = &w->pass->load[k];
    const shoal_node *of = load->leaf->of;
    int64_t stride[SHOAL_MAX_RANK];
    shoal_contiguous_strides(of->rank, of->shape, of->type.n_bytes, stride);
    const uint8_t *at = of->data;
    for (int b = 0; b < region->rank; b++) at += region->axis[b].start * stride[b];
    w->base[k] = at;
    set_strides(w, k, stride, true);
}

/* The bytes of the file from a region's lowest element to its highest. */
static void byte_span(const shoal_region *region, const int64_t *stride, size_t element_bytes,
                      int64_t *low, int64_t *high)
{
    *low = 0;
    *high = (int64_t)element_bytes;
    for (int b = 0; b < region->rank; b++) {
        int64_t reach = stride[b] * region->axis[b].step * (int64_t)(region->axis[b].count - 1);
        if (reach < 0)
            *low += reach;
        else
            *high += reach;
    }
}

static void fetch_mapped(shoal_pass_worker *w, int k, const shoal_region *region)
{
    const shoal_load *load = &w->pass->load[k];
    uint64_t start[SHOAL_MAX_RANK];
    int64_t stride[SHOAL_MAX_RANK], low, high;
    for (int b = 0; b < region->rank; b++) start[b] = (uint64_t)region->axis[b].start;
    w->base[k] = shoal_dataset_in_place(load->dataset, start, stride);
    set_strides(w, k, stride, true);
    byte_span(region, stride, load->dataset->type.n_bytes, &low, &high);
    const shoal_map *map = load->dataset->map;
    uint64_t offset = (uint64_t)(w->base[k] - shoal_map_bytes(map) + low);
    w->span[k][0] = offset;
    w->span[k][1] = (uint64_t)(high - low);
}

/* Is a chunk used once, and by blocks? */
static bool may_wait(const shoal_pass *pass, const shoal_load *load)
{
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].node->kind == SHOAL_NODE_LINES) return false;
    for (int k = 0; k < pass->rank; k++)
        if (load->base_axis[k] < 0 && pass->shape[k] > 1) return false;
    return true;
}

/* Into the worker's buffer: a whole chunk with its padding, or just the region. */
static shoal_status fetch_read(shoal_pass_worker *w, int k, const shoal_region *region,
                               shoal_error *err)
{
    const shoal_load *load = &w->pass->load[k];
    const shoal_dataset *dataset = load->dataset;
    int64_t stride[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK], chunk_id;
    bool whole = dataset->layout != SHOAL_LAYOUT_CONTIGUOUS &&
                 shoal_region_is_chunk(&dataset->grid, region, &chunk_id);
    for (int b = 0; b < region->rank; b++)
        count[b] = whole ? dataset->grid.chunk[b] : region->axis[b].count;
    shoal_contiguous_strides(region->rank, count, dataset->type.n_bytes, stride);
    w->base[k] = w->buffer[k];
    set_strides(w, k, stride, false);
    if (shoal_region_equal(region, &w->held[k])) return SHOAL_OK;
    w->held[k].rank = -1;
    if (whole && may_wait(w->pass, load)) {
        w->waits[k] = chunk_id;
        return SHOAL_OK;
    }
    shoal_status status = whole ? shoal_reader_chunk(w->reader[k], chunk_id, w->buffer[k], err)
                          : load->fetch == SHOAL_FETCH_CACHED
                              ? shoal_chunk_cache_read(w->cache, dataset, w->reader[k], region,
                                                       w->buffer[k], stride, err)
                              : shoal_reader_region(w->reader[k], region, w->buffer[k], err);
    if (!status) w->held[k] = *region;
    return status;
}

static shoal_status fetch_waiting(shoal_pass_worker *w, int k, const bool *in_order, size_t piece,
                                  shoal_error *err)
{
    uint64_t chunk_id = w->waits[k];
    w->waits[k] = SHOAL_NOTHING_WAITS;
    size_t step = in_order && in_order[k] ? shoal_reader_step(w->reader[k], chunk_id) : 0;
    w->in_pieces[k] = step > 0 && piece % step == 0;
    return w->in_pieces[k] ? shoal_reader_begin(w->reader[k], chunk_id, err)
                           : shoal_reader_chunk(w->reader[k], chunk_id, w->buffer[k], err);
}

shoal_status shoal_pass_begin_pieces(shoal_pass_worker *worker, const bool *in_order, size_t block,
                                     size_t *piece, shoal_error *err)
{
    size_t n = block < SHOAL_PASS_PIECE ? SHOAL_PASS_PIECE / block * block : block;
    *piece = 0;
    for (int k = 0; k < worker->pass->n_loads; k++) {
        worker->in_pieces[k] = false;
        if (worker->waits[k] == SHOAL_NOTHING_WAITS) continue;
        shoal_status status = fetch_waiting(worker, k, in_order, n, err);
        if (status) return status;
        if (worker->in_pieces[k]) *piece = n;
    }
    return SHOAL_OK;
}

shoal_status shoal_pass_next_piece(shoal_pass_worker *worker, size_t first, size_t n, bool is_last,
                                   shoal_error *err)
{
    for (int k = 0; k < worker->pass->n_loads; k++) {
        if (!worker->in_pieces[k]) continue;
        shoal_status status =
            shoal_reader_next(worker->reader[k], first, n, is_last, worker->buffer[k], err);
        if (status) return status;
    }
    return SHOAL_OK;
}

bool shoal_load_reads(const shoal_load *load, const shoal_dataset *dataset)
{
    bool reads = load->dataset == dataset;
    for (int k = 0; k < load->n_below; k++) reads |= load->below[k] == dataset;
    return reads;
}

static shoal_status fetch_made(shoal_pass_worker *w, int k, const shoal_region *region,
                               shoal_error *err)
{
    const shoal_load *load = &w->pass->load[k];
    int64_t stride[SHOAL_MAX_RANK];
    uint64_t count[SHOAL_MAX_RANK];
    for (int b = 0; b < region->rank; b++) count[b] = region->axis[b].count;
    shoal_contiguous_strides(region->rank, count, load->leaf->type.n_bytes, stride);
    w->base[k] = w->buffer[k];
    set_strides(w, k, stride, false);
    if (shoal_region_equal(region, &w->held[k])) return SHOAL_OK;
    w->held[k].rank = -1;
    shoal_status status =
        shoal_joined_read(&w->joiner[k], load->leaf, region, w->buffer[k], stride, err);
    if (!status) w->held[k] = *region;
    return status;
}

shoal_status shoal_pass_fetch(shoal_pass_worker *worker, const uint64_t *start,
                              const uint64_t *count, shoal_error *err)
{
    const shoal_pass *pass = worker->pass;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *load = &pass->load[k];
        shoal_region region;
        shoal_pass_box_region(load, pass->rank, start, count, &region);
        if (load->fetch == SHOAL_FETCH_MADE) {
            shoal_status status = fetch_made(worker, k, &region, err);
            if (status) return status;
        } else if (!load->dataset) {
            fetch_memory(worker, k, &region);
        } else if (load->fetch == SHOAL_FETCH_IN_PLACE) {
            fetch_mapped(worker, k, &region);
        } else {
            shoal_status status = fetch_read(worker, k, &region, err);
            if (status) return status;
        }
    }
    return SHOAL_OK;
}

shoal_status shoal_pass_release(shoal_pass_worker *worker, shoal_error *err)
{
    const shoal_pass *pass = worker->pass;
    for (int k = 0; k < pass->n_loads; k++) {
        const shoal_load *load = &pass->load[k];
        if (!load->dataset || load->fetch != SHOAL_FETCH_IN_PLACE) continue;
        shoal_status status = shoal_map_check(load->dataset->map, err);
        if (status) return status;
        shoal_map_drop(load->dataset->map, worker->span[k][0], worker->span[k][1], load->cold);
    }
    return SHOAL_OK;
}
