#include "store/index/build.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/lookup3.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_LIMIT = 64 << 20 }; /* bytes; those that HDF5 writes are far smaller */

shoal_index_build shoal_build_begin(const shoal_chunked *chunked)
{
    return (shoal_index_build){.chunked = chunked,
                               .bytes_left = shoal_map_size(chunked->meta->map)};
}

shoal_status shoal_build_end(shoal_index_build *build, shoal_status status, shoal_index *out,
                             shoal_error *err)
{
    free(build->block);
    build->block = NULL;
    if (status == SHOAL_OK)
        status = shoal_index_finish(&build->index, build->chunked->meta->map, err);
    if (status == SHOAL_OK)
        *out = build->index;
    else
        shoal_index_free(&build->index);
    return status;
}

shoal_status shoal_build_fail(const char *name, uint64_t address, const char *what,
                              shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA, "the chunk index is damaged: %s at byte %" PRIu64 " %s",
                      name, address, what);
}

shoal_status shoal_build_read(shoal_index_build *build, const char *name, uint64_t address,
                              uint64_t n, shoal_error *err)
{
    const shoal_map *map = build->chunked->meta->map;
    if (!shoal_range_fits(address, n, shoal_map_size(map)))
        return shoal_build_fail(name, address, "lies outside of the file", err);
    if (n > BLOCK_LIMIT) return shoal_build_fail(name, address, "is larger than any known", err);
    if (n > build->bytes_left)
        return shoal_build_fail(name, address, "overlaps others: they need more than the file",
                                err);
    if (n > build->block_capacity) {
        uint8_t *grown = realloc(build->block, (size_t)n);
        if (!grown) return shoal_fail(err, SHOAL_MEMORY, "no memory for a block of an index");
        build->block = grown;
        build->block_capacity = (size_t)n;
    }
    build->bytes_left -= n;
    return shoal_map_pread(map, address, build->block, (size_t)n, err);
}

bool shoal_build_sum_matches(const uint8_t *bytes, size_t n)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    return true; /* no fuzzer guesses a checksum */
#endif
    shoal_cursor cursor = shoal_cursor_over(bytes + n - 4, 4);
    return shoal_cursor_uint(&cursor, 4) == shoal_lookup3(bytes, n - 4);
}

shoal_status shoal_build_block(shoal_index_build *build, const char *name, const char *signature,
                               uint64_t address, uint64_t n, shoal_cursor *cursor, shoal_error *err)
{
    shoal_status status = shoal_build_read(build, name, address, n, err);
    if (status != SHOAL_OK) return status;
    if (memcmp(build->block, signature, 4) != 0)
        return shoal_build_fail(name, address, "has no signature", err);
    if (!shoal_build_sum_matches(build->block, (size_t)n))
        return shoal_build_fail(name, address, "does not match its checksum", err);
    if (build->block[4] != 0) return shoal_build_fail(name, address, "is of no known version", err);
    if (build->block[5] != build->chunked->filtered)
        return shoal_build_fail(name, address, "is not of this dataset's kind of chunks", err);
    *cursor = shoal_cursor_over(build->block + 6, (size_t)n - 10);
    return SHOAL_OK;
}

/* True when the shape ends inside the chunk. */
static bool is_cut(const shoal_grid *grid, uint64_t chunk_id)
{
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    shoal_grid_coordinates(grid, chunk_id, at);
    shoal_grid_extent(grid, at, start, count);
    for (int k = 0; k < grid->rank; k++)
        if (count[k] < grid->chunk[k]) return true;
    return false;
}

shoal_status shoal_build_add(shoal_index_build *build, uint64_t chunk_id, uint64_t offset,
                             uint64_t n_bytes, uint32_t mask, shoal_error *err)
{
    const shoal_chunked *chunked = build->chunked;
    if (!chunked->filtered) {
        n_bytes = chunked->chunk_bytes;
        mask = 0;
    } else if (chunked->storage->edges_not_filtered && is_cut(chunked->grid, chunk_id)) {
        n_bytes = chunked->chunk_bytes;
        mask = UINT32_MAX;
    }
    if (n_bytes > UINT32_MAX)
        return shoal_fail(err, SHOAL_DATA,
                          "chunk %" PRIu64 " has %" PRIu64
                          " bytes: chunks of 4 GiB and more cannot be read",
                          chunk_id, n_bytes);
    if (build->index.n >= chunked->grid->n_chunks)
        return shoal_fail(err, SHOAL_DATA,
                          "the chunk index is damaged: it has more chunks than the grid");
    shoal_index_entry entry = {chunk_id, offset, (uint32_t)n_bytes, mask};
    return shoal_index_add(&build->index, &build->capacity, entry, chunked->meta->map, err);
}
