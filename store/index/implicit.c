#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/index/linear.h"
#include <inttypes.h>

/* No index is stored: all chunks lie one behind another, allocated when the dataset was made. */
shoal_status shoal_build_implicit(shoal_index_build *build, shoal_error *err)
{
    const shoal_chunked *chunked = build->chunked;
    uint64_t first = chunked->storage->address, n_bytes;
    shoal_linear linear;
    if (chunked->filtered)
        return shoal_fail(err, SHOAL_DATA,
                          "the chunk index is damaged: it is of a kind that has no filters");
    shoal_status status = shoal_linear_begin(&linear, chunked, false, err);
    if (status != SHOAL_OK) return status;
    uint64_t needed = shoal_linear_needed(&linear);
    if (!shoal_mul_u64(needed, chunked->chunk_bytes, &n_bytes) ||
        !shoal_range_fits(first, n_bytes, shoal_map_size(chunked->meta->map)))
        return shoal_fail(err, SHOAL_DATA,
                          "its chunks lie outside of the file: from byte %" PRIu64 " on", first);
    const shoal_grid *grid = chunked->grid;
    /* By id, not by element: the shape may have few of the elements that the maximum has. */
    for (uint64_t id = 0; status == SHOAL_OK && id < grid->n_chunks; id++) {
        uint64_t at[SHOAL_MAX_RANK], element = 0;
        shoal_grid_coordinates(grid, id, at);
        for (int k = 0; k < grid->rank; k++) element += at[k] * linear.down[k];
        status = shoal_build_add(build, id, first + element * chunked->chunk_bytes, 0, 0, err);
    }
    return status;
}
