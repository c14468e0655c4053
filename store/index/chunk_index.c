#include "store/index/chunk_index.h"

#include "store/index/build.h"

typedef shoal_status read_kind(shoal_index_build *build, shoal_error *err);

static const struct {
    const char *name;
    read_kind *read;
} kinds[] = {
    [SHOAL_INDEX_BTREE1] = {"btree1", shoal_build_btree1},
    [SHOAL_INDEX_SINGLE] = {"single", shoal_build_single},
    [SHOAL_INDEX_IMPLICIT] = {"implicit", shoal_build_implicit},
    [SHOAL_INDEX_FIXED_ARRAY] = {"farray", shoal_build_fixed_array},
    [SHOAL_INDEX_EXTENSIBLE_ARRAY] = {"earray", shoal_build_extensible_array},
    [SHOAL_INDEX_BTREE2] = {"btree2", shoal_build_btree2},
};

const char *shoal_index_kind_name(shoal_index_kind kind)
{
    return kinds[kind].name;
}

shoal_status shoal_chunk_index_read(const shoal_chunked *chunked, shoal_index *out,
                                    shoal_error *err)
{
    shoal_index_build build = shoal_build_begin(chunked);
    shoal_status status = SHOAL_OK;
    if (chunked->grid->n_chunks > 0) status = kinds[chunked->storage->index].read(&build, err);
    return shoal_build_end(&build, status, out, err);
}
