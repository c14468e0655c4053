/* HDF5's byte shuffle; its only parameter is the bytes of an element. */
#include "chunk/filter_stage.h"
#include "chunk/shuffle.h"

static size_t element_size(const shoal_stage *stage)
{
    return shoal_parameter(stage->parameters, 0, 0);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    (void)err;
    *n_dst = SIZE_MAX;
    if (capacity < src.n) return SHOAL_OK;
    shoal_shuffle(src.data, dst, src.n, element_size(stage));
    *n_dst = src.n;
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    if (src.n > capacity)
        return shoal_fail(err, SHOAL_DATA, "shuffle: %zu bytes instead of %zu", src.n, capacity);
    shoal_unshuffle(src.data, dst, src.n, element_size(stage));
    *n_dst = src.n;
    return SHOAL_OK;
}

static size_t step(const shoal_stage *stage, shoal_span src, size_t n_raw)
{
    (void)src, (void)n_raw;
    return element_size(stage);
}

static shoal_status decode_piece(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, size_t *at, shoal_error *err)
{
    (void)at;
    if (src.n != n_raw)
        return shoal_fail(err, SHOAL_DATA, "shuffle: %zu bytes instead of %zu", src.n, n_raw);
    shoal_unshuffle_part(src.data, dst, n_raw, element_size(stage), first, n);
    return SHOAL_OK;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    (void)encodes;
    if (element_size(stage) > 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "shuffle: its parameters give no element size");
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return n_raw;
}

const shoal_filter_row shoal_filter_shuffle = {
    .id = SHOAL_FILTER_SHUFFLE,
    .name = "shuffle",
    .open = open_stage,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .step = step,
    .decode_piece = decode_piece,
};
