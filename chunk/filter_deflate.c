/* Deflate in zlib's format, by libdeflate. */
#include "chunk/filter_stage.h"

#include <libdeflate.h>
#include <stdio.h>

enum {
    DEFAULT_LEVEL = 6, /* zlib's */
    DECODER_BYTES = 16 << 10,
    ENCODER_BYTES = 1 << 20, /* levels up to 9 */
};

static int level_of(shoal_parameters p)
{
    uint32_t level = shoal_parameter(p, 0, DEFAULT_LEVEL);
    return level > 9 ? DEFAULT_LEVEL : (int)level;
}

static void close_stage(shoal_stage *stage)
{
    if (stage->decoder != NULL) libdeflate_free_decompressor(stage->decoder);
    if (stage->encoder != NULL) libdeflate_free_compressor(stage->encoder);
    stage->decoder = stage->encoder = NULL;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    stage->decoder = libdeflate_alloc_decompressor();
    if (encodes) stage->encoder = libdeflate_alloc_compressor(level_of(stage->parameters));
    if (stage->decoder != NULL && (!encodes || stage->encoder != NULL)) return SHOAL_OK;
    close_stage(stage);
    return shoal_fail(err, SHOAL_MEMORY, "gzip: no memory for its tables");
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)p, (void)n_raw;
    return DECODER_BYTES + (encodes ? ENCODER_BYTES : 0);
}

/* Room for what other writers make too: at worst stored blocks, each at least a few hundred
   bytes of data behind five of its own. */
static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, n_raw / 64 + 256);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    (void)err;
    size_t n = libdeflate_zlib_compress(stage->encoder, src.data, src.n, dst, capacity);
    *n_dst = n == 0 ? SIZE_MAX : n;
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    enum libdeflate_result result =
        libdeflate_zlib_decompress(stage->decoder, src.data, src.n, dst, capacity, n_dst);
    if (result == LIBDEFLATE_SUCCESS) return SHOAL_OK;
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return shoal_fail(err, SHOAL_DATA, "gzip: the data decode to more than %zu bytes",
                          capacity);
    return shoal_fail(err, SHOAL_DATA, "gzip: the data are damaged");
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    if (p.n > 0)
        (void)snprintf(text, capacity, "gzip(%u)", p.value[0]);
    else
        (void)snprintf(text, capacity, "gzip");
}

const shoal_filter_row shoal_filter_deflate = {
    .id = SHOAL_FILTER_DEFLATE,
    .name = "gzip",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .describe = describe,
};
