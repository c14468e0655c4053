#include "chunk/error.h"
#include "store/index/build.h"

/* The layout message itself says where the only chunk is. */
shoal_status shoal_build_single(shoal_index_build *build, shoal_error *err)
{
    const shoal_storage *storage = build->chunked->storage;
    if (build->chunked->grid->n_chunks != 1)
        return shoal_fail(err, SHOAL_DATA,
                          "the chunk index is damaged: it is of a single chunk, the grid is not");
    return shoal_build_add(build, 0, storage->address, storage->single_n_bytes,
                           storage->single_mask, err);
}
