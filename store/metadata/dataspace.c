#include "store/metadata/dataspace.h"

#include "chunk/error.h"
#include "store/cursor.h"

enum { FLAG_MAX_SHAPE = 1, FLAG_PERMUTATION = 2, KIND_SCALAR = 0, KIND_SIMPLE = 1, KIND_NULL = 2 };

static shoal_status space_fail(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "the dataspace message is damaged: %s", what);
}

static void read_counts(shoal_cursor *cursor, int n_bytes, int rank, uint64_t *counts)
{
    for (int k = 0; k < rank; k++) counts[k] = shoal_cursor_address(cursor, n_bytes);
}

static shoal_status check_shape(const shoal_dataspace *space, shoal_error *err)
{
    for (int k = 0; k < space->rank; k++) {
        if (space->shape[k] == UINT64_MAX) return space_fail(err, "an axis has no length");
        if (space->shape[k] > space->max_shape[k])
            return space_fail(err, "an axis is longer than its maximum");
    }
    return SHOAL_OK;
}

shoal_status shoal_dataspace_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                   shoal_dataspace *out, shoal_error *err)
{
    shoal_dataspace space = {0};
    shoal_cursor cursor = shoal_cursor_over(bytes, n);
    uint64_t version = shoal_cursor_uint(&cursor, 1);
    space.rank = (int)shoal_cursor_uint(&cursor, 1);
    uint64_t flags = shoal_cursor_uint(&cursor, 1);
    uint64_t kind = shoal_cursor_uint(&cursor, 1); /* version 1: reserved */
    if (version == 1) {
        kind = space.rank > 0 ? KIND_SIMPLE : KIND_SCALAR;
        shoal_cursor_skip(&cursor, 4);
    }
    if (!cursor.ok) return space_fail(err, "it is cut off");
    if (version != 1 && version != 2) return space_fail(err, "its version is not known");
    if (space.rank > SHOAL_MAX_RANK) return space_fail(err, "it has too many axes");
    if (kind > KIND_NULL || (kind != KIND_SIMPLE && space.rank > 0))
        return space_fail(err, "its kind is not known");
    if (version == 1 && (flags & FLAG_PERMUTATION))
        return space_fail(err, "its axes are permuted, which no program wrote");
    space.is_null = kind == KIND_NULL;
    read_counts(&cursor, meta->length_bytes, space.rank, space.shape);
    if (flags & FLAG_MAX_SHAPE)
        read_counts(&cursor, meta->length_bytes, space.rank, space.max_shape);
    else
        for (int k = 0; k < space.rank; k++) space.max_shape[k] = space.shape[k];
    if (!cursor.ok) return space_fail(err, "it is cut off");
    shoal_status status = check_shape(&space, err);
    if (status == SHOAL_OK) *out = space;
    return status;
}
