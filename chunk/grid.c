#include "chunk/grid.h"

#include "chunk/checked.h"

#include <string.h>

bool shoal_grid_init(shoal_grid *grid, int rank, const uint64_t *shape, const uint64_t *chunk)
{
    if (rank < 0 || rank > SHOAL_MAX_RANK) return false;
    memset(grid, 0, sizeof *grid);
    grid->rank = rank;
    for (int k = 0; k < rank; k++) {
        if (chunk[k] == 0 || chunk[k] > INT64_MAX || shape[k] > INT64_MAX) return false;
        grid->shape[k] = shape[k];
        grid->chunk[k] = chunk[k];
        grid->n_along[k] = shoal_ceil_div(shape[k], chunk[k]);
    }
    uint64_t n_elements;
    return shoal_product(rank, shape, &n_elements) &&
           shoal_product(rank, grid->n_along, &grid->n_chunks) &&
           shoal_product(rank, chunk, &grid->chunk_elements);
}

uint64_t shoal_grid_id(const shoal_grid *grid, const uint64_t *coordinates)
{
    uint64_t id = 0;
    for (int k = 0; k < grid->rank; k++) id = id * grid->n_along[k] + coordinates[k];
    return id;
}

void shoal_grid_coordinates(const shoal_grid *grid, uint64_t chunk_id, uint64_t *coordinates)
{
    for (int k = grid->rank - 1; k >= 0; k--) {
        coordinates[k] = chunk_id % grid->n_along[k];
        chunk_id /= grid->n_along[k];
    }
}

void shoal_grid_extent(const shoal_grid *grid, const uint64_t *coordinates, uint64_t *start,
                       uint64_t *count)
{
    for (int k = 0; k < grid->rank; k++) {
        start[k] = coordinates[k] * grid->chunk[k];
        uint64_t left = grid->shape[k] - start[k];
        count[k] = left < grid->chunk[k] ? left : grid->chunk[k];
    }
}

void shoal_region_all(int rank, const uint64_t *shape, shoal_region *out)
{
    out->rank = rank;
    for (int k = 0; k < rank; k++) out->axis[k] = (shoal_range){0, 1, shape[k]};
}

bool shoal_region_equal(const shoal_region *a, const shoal_region *b)
{
    if (a->rank != b->rank) return false;
    for (int k = 0; k < a->rank; k++)
        if (a->axis[k].start != b->axis[k].start || a->axis[k].step != b->axis[k].step ||
            a->axis[k].count != b->axis[k].count)
            return false;
    return true;
}

bool shoal_region_elements(const shoal_region *region, uint64_t *out)
{
    uint64_t counts[SHOAL_MAX_RANK];
    for (int k = 0; k < region->rank; k++) counts[k] = region->axis[k].count;
    return shoal_product(region->rank, counts, out);
}

/* A range's indices in rising order: the step is not negative. */
typedef struct rising {
    uint64_t first, step, count;
} rising;

static uint64_t magnitude(int64_t step)
{
    return step < 0 ? -(uint64_t)step : (uint64_t)step;
}

static rising rise(const shoal_range *range)
{
    rising r = {(uint64_t)range->start, magnitude(range->step), range->count};
    if (range->step < 0) r.first -= (r.count - 1) * r.step;
    if (r.count == 1) r.step = 1; /* whatever it says: it leads nowhere */
    return r;
}

static uint64_t last_index(const rising *r)
{
    return r->first + (r->count - 1) * r->step;
}

static bool range_inside(const shoal_range *range, uint64_t size)
{
    uint64_t start = (uint64_t)range->start, reach;
    if (range->count == 0) return true;
    if (range->start < 0 || start >= size) return false;
    if (!shoal_mul_u64(range->count - 1, magnitude(range->step), &reach)) return false;
    return range->step < 0 ? reach <= start : reach <= size - 1 - start;
}

bool shoal_region_inside(const shoal_region *region, const uint64_t *shape)
{
    for (int k = 0; k < region->rank; k++)
        if (!range_inside(&region->axis[k], shape[k])) return false;
    return true;
}

bool shoal_region_is_chunk(const shoal_grid *grid, const shoal_region *region, uint64_t *chunk_id)
{
    uint64_t coordinates[SHOAL_MAX_RANK];
    if (region->rank != grid->rank) return false;
    for (int k = 0; k < grid->rank; k++) {
        const shoal_range *range = &region->axis[k];
        uint64_t start = (uint64_t)range->start;
        if (range->count == 0 || range->start < 0 || start >= grid->shape[k]) return false;
        uint64_t left = grid->shape[k] - start;
        uint64_t extent = left < grid->chunk[k] ? left : grid->chunk[k];
        if (start % grid->chunk[k] != 0 || range->count != extent) return false;
        if (range->step != 1 && range->count != 1) return false;
        coordinates[k] = start / grid->chunk[k];
    }
    *chunk_id = shoal_grid_id(grid, coordinates);
    return true;
}

/* ---- Pieces ---- */

void shoal_pieces_begin(shoal_pieces *it, const shoal_grid *grid, const shoal_region *region)
{
    memset(it, 0, sizeof *it);
    it->grid = grid;
    it->region = region;
    for (int k = 0; k < grid->rank; k++) {
        if (region->axis[k].count == 0) {
            it->done = true;
            return;
        }
        rising r = rise(&region->axis[k]);
        it->low[k] = it->at[k] = r.first / grid->chunk[k];
        it->high[k] = last_index(&r) / grid->chunk[k];
    }
}

/* The part of one axis that lies in the chunk at it->at[k], which holds an index of it. */
static void cut_axis(const shoal_pieces *it, int k, shoal_piece *piece)
{
    const shoal_grid *grid = it->grid;
    const shoal_range *range = &it->region->axis[k];
    rising r = rise(range);
    uint64_t low = it->at[k] * grid->chunk[k], left = grid->shape[k] - low;
    uint64_t extent = left < grid->chunk[k] ? left : grid->chunk[k];
    uint64_t n_before = 0, n_until = r.count; /* indices below the chunk, and below its end */
    if (r.step != 0) {
        if (low > r.first) n_before = shoal_ceil_div(low - r.first, r.step);
        if (low + extent <= last_index(&r))
            n_until = shoal_ceil_div(low + extent - r.first, r.step);
    }
    uint64_t count = n_until - n_before, first = r.first + n_before * r.step;
    bool falls = range->step < 0;
    piece->chunk[k] = it->at[k];
    piece->in_region[k] = falls ? r.count - n_until : n_before;
    piece->in_chunk[k].start = (int64_t)((falls ? first + (count - 1) * r.step : first) - low);
    piece->in_chunk[k].step = range->step;
    piece->in_chunk[k].count = count;
    if (count != extent || (count != 1 && range->step != 1)) piece->whole = false;
}

/* The next chunk along an axis that holds an index of the range; false at the end. */
static bool advance_axis(shoal_pieces *it, int k)
{
    if (it->at[k] >= it->high[k]) return false;
    rising r = rise(&it->region->axis[k]);
    uint64_t end = (it->at[k] + 1) * it->grid->chunk[k];
    uint64_t n_until = shoal_ceil_div(end - r.first, r.step);
    it->at[k] = (r.first + n_until * r.step) / it->grid->chunk[k];
    return true;
}

bool shoal_pieces_next(shoal_pieces *it, shoal_piece *piece)
{
    if (it->done) return false;
    piece->whole = true;
    for (int k = 0; k < it->grid->rank; k++) cut_axis(it, k, piece);
    piece->chunk_id = shoal_grid_id(it->grid, piece->chunk);
    int k = it->grid->rank - 1;
    for (; k >= 0 && !advance_axis(it, k); k--) it->at[k] = it->low[k];
    if (k < 0) it->done = true;
    return true;
}
