#include "store/metadata/btree2.h"
#include "chunk/error.h"
#include "store/index/build.h"

/* Records are an address; where there are filters the chunk's size, in as many bytes as are left,
   and its mask in 4; then the chunk's coordinates in the grid, 8 bytes each. */

typedef struct record_visit {
    shoal_index_build *build;
    uint64_t address; /* of the tree, for messages */
} record_visit;

static shoal_status add_record(void *user, const uint8_t *record, size_t n, shoal_error *err)
{
    const record_visit *visit = user;
    const shoal_chunked *chunked = visit->build->chunked;
    const shoal_grid *grid = chunked->grid;
    int offset_bytes = chunked->meta->offset_bytes;
    size_t size_bytes = n - (size_t)offset_bytes - 8 * (size_t)grid->rank;
    shoal_cursor cursor = shoal_cursor_over(record, n);
    uint64_t stored = shoal_cursor_address(&cursor, offset_bytes), offset, n_bytes = 0, id = 0;
    uint32_t mask = 0;
    if (chunked->filtered) {
        if (size_bytes > 4 + 8)
            return shoal_build_fail("a B-tree", visit->address, "is of no known form", err);
        n_bytes = shoal_cursor_uint(&cursor, (int)size_bytes - 4);
        mask = (uint32_t)shoal_cursor_uint(&cursor, 4);
    }
    for (int k = 0; k < grid->rank; k++) {
        uint64_t at = shoal_cursor_uint(&cursor, 8);
        if (at >= grid->n_along[k]) return SHOAL_OK; /* the shape does not reach it any more */
        id = id * grid->n_along[k] + at;             /* below n_chunks, which fits */
    }
    if (!shoal_build_offset(visit->build, stored, &offset))
        return shoal_build_fail("a B-tree", visit->address, "has a chunk without an address", err);
    return shoal_build_add(visit->build, id, offset, n_bytes, mask, err);
}

shoal_status shoal_build_btree2(shoal_index_build *build, shoal_error *err)
{
    const shoal_chunked *chunked = build->chunked;
    record_visit visit = {build, chunked->storage->address};
    size_t n_bytes = (size_t)chunked->meta->offset_bytes + 8 * (size_t)chunked->grid->rank;
    int type = SHOAL_BTREE2_CHUNK;
    if (chunked->filtered) {
        type = SHOAL_BTREE2_CHUNK_FILTERED;
        n_bytes += 4 + 1;
    }
    return shoal_btree2_walk(chunked->meta, visit.address, type, n_bytes, add_record, &visit,
                             UINT64_MAX, err);
}
