#include "store/partial.h"

#include "chunk/copy.h"

typedef struct block_walk {
    int rank;
    size_t block;
    uint64_t count[SHOAL_MAX_RANK], gap[SHOAL_MAX_RANK]; /* gap: bytes between neighbours */
    uint64_t span[SHOAL_MAX_RANK + 1]; /* bytes from the first to behind the last, axes k.. */
    bool pending;
    uint64_t first, end, n_blocks; /* the pending run's bytes */
    shoal_touch_bytes *touch;
    void *user;
    shoal_error *err;
} block_walk;

static uint64_t last_block(const block_walk *walk)
{
    return (walk->end - 1) / walk->block;
}

static shoal_status flush(block_walk *walk)
{
    if (!walk->pending) return SHOAL_OK;
    walk->pending = false;
    walk->n_blocks += last_block(walk) - walk->first / walk->block + 1;
    return walk->touch ? walk->touch(walk->user, walk->first, walk->end, walk->err) : SHOAL_OK;
}

static shoal_status mark(block_walk *walk, uint64_t first, uint64_t n)
{
    if (walk->pending && first / walk->block <= last_block(walk) + 1) {
        if (first + n > walk->end) walk->end = first + n;
        return SHOAL_OK;
    }
    shoal_status status = flush(walk);
    walk->pending = true;
    walk->first = first;
    walk->end = first + n;
    return status;
}

/* Offsets only rise, so that runs merge as they come. Where neighbours along an axis are at most a
   block apart, no block between the first and the last is left out: no need to look closer. */
static shoal_status visit_axis(block_walk *walk, int axis, uint64_t offset)
{
    if (axis == walk->rank || walk->span[axis] <= walk->block || walk->gap[axis] <= walk->block)
        return mark(walk, offset, walk->span[axis]);
    for (uint64_t k = 0; k < walk->count[axis]; k++) {
        shoal_status status = visit_axis(walk, axis + 1, offset + k * walk->gap[axis]);
        if (status != SHOAL_OK) return status;
    }
    return SHOAL_OK;
}

shoal_status shoal_piece_blocks(const shoal_grid *grid, const shoal_piece *piece, size_t n_bytes,
                                size_t block, shoal_touch_bytes *touch, void *user,
                                uint64_t *n_blocks, shoal_error *err)
{
    block_walk walk = {.rank = grid->rank, .block = block};
    int64_t strides[SHOAL_MAX_RANK];
    uint64_t offset = 0;
    walk.touch = touch;
    walk.user = user;
    walk.err = err;
    shoal_contiguous_strides(grid->rank, grid->chunk, n_bytes, strides);
    walk.span[grid->rank] = n_bytes;
    for (int k = grid->rank - 1; k >= 0; k--) {
        const shoal_range *range = &piece->in_chunk[k];
        bool falls = range->step < 0;
        uint64_t step = range->count == 1 ? 0
                        : falls           ? -(uint64_t)range->step
                                          : (uint64_t)range->step;
        uint64_t start = (uint64_t)range->start - (falls ? (range->count - 1) * step : 0);
        offset += start * (uint64_t)strides[k];
        walk.count[k] = range->count;
        walk.gap[k] = step * (uint64_t)strides[k];
        walk.span[k] = walk.span[k + 1] + (range->count - 1) * walk.gap[k];
    }
    shoal_status status = visit_axis(&walk, 0, offset);
    if (status == SHOAL_OK) status = flush(&walk);
    *n_blocks = walk.n_blocks;
    return status;
}
