#include "chunk/blosc_block.h"

#include "chunk/byte_order.h"
#include "chunk/shuffle.h"
#include "chunk/zstd_context.h"

#include <blosc.h>
#include <libdeflate.h>
#include <lz4.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 4, /* of a block's place, and in front of each of its splits */
    UNKNOWN_FLAG = 0x08,
    WHOLE_FLAG = 0x10, /* blocks are not split */
    COMPRESSOR_SHIFT = 5,
    MOST_SPLITS = 16,
    LEAST_SPLIT = 128, /* elements */
    INFLATER_BYTES = 16 << 10,
};

struct shoal_blosc_tools {
    void *zstd;
    struct libdeflate_decompressor *inflater;
    size_t n_room;
    uint8_t room[];
};

shoal_status shoal_blosc_tools_new(int compressor, size_t n_room, shoal_blosc_tools **out,
                                   shoal_error *err)
{
    shoal_blosc_tools *tools = malloc(sizeof *tools + n_room);
    if (tools == NULL) return shoal_fail(err, SHOAL_MEMORY, "blosc: no memory for a block");
    *tools = (shoal_blosc_tools){.n_room = n_room};
    if (compressor == BLOSC_ZSTD) tools->zstd = shoal_zstd_decoder_new();
    if (compressor == BLOSC_ZLIB) tools->inflater = libdeflate_alloc_decompressor();
    if ((compressor == BLOSC_ZSTD && tools->zstd == NULL) ||
        (compressor == BLOSC_ZLIB && tools->inflater == NULL)) {
        free(tools);
        return shoal_fail(err, SHOAL_MEMORY, "blosc: no memory for its tables");
    }
    *out = tools;
    return SHOAL_OK;
}

void shoal_blosc_tools_free(shoal_blosc_tools *tools)
{
    if (tools == NULL) return;
    free(tools->zstd);
    if (tools->inflater != NULL) libdeflate_free_decompressor(tools->inflater);
    free(tools);
}

size_t shoal_blosc_tools_bytes(int compressor, int shuffle, size_t n_room)
{
    if (shuffle == BLOSC_BITSHUFFLE) return 0;
    switch (compressor) {
    case BLOSC_LZ4:
    case BLOSC_LZ4HC: return sizeof(shoal_blosc_tools) + n_room;
    case BLOSC_ZLIB: return sizeof(shoal_blosc_tools) + n_room + INFLATER_BYTES;
    case BLOSC_ZSTD: return sizeof(shoal_blosc_tools) + n_room + shoal_zstd_decoder_bytes();
    default: return 0;
    }
}

const char *shoal_blosc_read_header(shoal_span src, size_t capacity, shoal_blosc_header *out)
{
    if (src.n < BLOSC_MIN_HEADER_LENGTH) return "too few bytes for a header";
    if (src.data[0] != BLOSC_VERSION_FORMAT) return "the header's version is not known";
    size_t n_raw;
    out->flags = src.data[2];
    out->type_size = src.data[3];
    blosc_cbuffer_sizes(src.data, &out->n_raw, &out->n_encoded, &out->block);
    if (out->n_encoded < BLOSC_MIN_HEADER_LENGTH || out->n_encoded > src.n)
        return "the header's size does not fit the stored bytes";
    if (out->n_raw > capacity) return "the header gives more bytes than the chunk has";
    if (blosc_cbuffer_validate(src.data, out->n_encoded, &n_raw) < 0) return "damaged header";
    if (out->flags & UNKNOWN_FLAG) return "made by a newer Blosc";
    if (out->n_raw > 0 && (out->block == 0 || out->block > out->n_raw || out->type_size == 0))
        return "damaged header";
    if ((out->flags & BLOSC_MEMCPYED) && out->n_encoded != out->n_raw + BLOSC_MAX_OVERHEAD)
        return "damaged header";
    return NULL;
}

static int compressor_of(const shoal_blosc_header *h)
{
    return h->flags >> COMPRESSOR_SHIFT;
}

static bool has_compressor(const shoal_blosc_tools *tools, const shoal_blosc_header *h)
{
    switch (compressor_of(h)) {
    case BLOSC_LZ4_FORMAT: return true;
    case BLOSC_ZLIB_FORMAT: return tools->inflater != NULL;
    case BLOSC_ZSTD_FORMAT: return tools->zstd != NULL;
    default: return false;
    }
}

bool shoal_blosc_has_blocks(const shoal_blosc_tools *tools, const shoal_blosc_header *h)
{
    if (tools == NULL || h->n_raw == 0) return false;
    if (h->flags & BLOSC_MEMCPYED) return true;
    return h->block <= tools->n_room && h->block % h->type_size == 0 &&
           h->n_raw % h->type_size == 0 && !(h->flags & BLOSC_DOBITSHUFFLE) &&
           has_compressor(tools, h);
}

static bool is_shuffled(const shoal_blosc_header *h)
{
    return (h->flags & BLOSC_DOSHUFFLE) && h->type_size > 1;
}

/* Exactly n bytes to dst. */
static bool expand(shoal_blosc_tools *t, int compressor, shoal_span src, uint8_t *dst, size_t n)
{
    size_t done;
    if (src.n > INT32_MAX) return false;
    switch (compressor) {
    case BLOSC_LZ4_FORMAT:
        return LZ4_decompress_safe((const char *)src.data, (char *)dst, (int)src.n, (int)n) ==
               (int)n;
    case BLOSC_ZLIB_FORMAT:
        return libdeflate_zlib_decompress(t->inflater, src.data, src.n, dst, n, NULL) ==
               LIBDEFLATE_SUCCESS;
    default: return !shoal_zstd_decode(t->zstd, src, dst, n, &done) && done == n;
    }
}

/* Block k, of n bytes, to dst, shuffled as it is. */
static bool expand_block(shoal_blosc_tools *t, const shoal_blosc_header *h, shoal_span src,
                         size_t k, size_t n, uint8_t *dst)
{
    src.n = h->n_encoded;
    size_t table = BLOSC_MIN_HEADER_LENGTH + k * LENGTH_BYTES;
    if (table + LENGTH_BYTES > src.n) return false;
    size_t at = shoal_load_le32(src.data + table);
    bool splits = !(h->flags & WHOLE_FLAG) && h->type_size <= MOST_SPLITS &&
                  n / h->type_size >= LEAST_SPLIT && n == h->block;
    size_t n_splits = splits ? h->type_size : 1, n_split = n / n_splits;
    for (size_t j = 0; j < n_splits; j++, dst += n_split) {
        if (at > src.n || src.n - at < LENGTH_BYTES) return false;
        size_t stored = shoal_load_le32(src.data + at);
        at += LENGTH_BYTES;
        if (stored > src.n - at) return false;
        if (stored == n_split)
            memcpy(dst, src.data + at, n_split);
        else if (!expand(t, compressor_of(h), (shoal_span){src.data + at, stored}, dst, n_split))
            return false;
        at += stored;
    }
    return true;
}

/* The bytes [from, from + n) of block k to dst. Without a shuffle whole blocks need no room. */
static bool decode_in_block(shoal_blosc_tools *t, const shoal_blosc_header *h, shoal_span src,
                            size_t k, size_t from, size_t n, uint8_t *dst, size_t *held)
{
    size_t left = h->n_raw - k * h->block, n_block = left < h->block ? left : h->block;
    if (!is_shuffled(h) && n == n_block) return expand_block(t, h, src, k, n, dst);
    if (*held != k + 1) {
        *held = 0;
        if (!expand_block(t, h, src, k, n_block, t->room)) return false;
        *held = k + 1;
    }
    if (is_shuffled(h))
        shoal_unshuffle_part(t->room, dst, n_block, h->type_size, from, n);
    else
        memcpy(dst, t->room + from, n);
    return true;
}

bool shoal_blosc_decode_part(shoal_blosc_tools *tools, const shoal_blosc_header *h, shoal_span src,
                             size_t first, size_t n, uint8_t *dst, size_t *held)
{
    if (h->flags & BLOSC_MEMCPYED) {
        memcpy(dst, src.data + BLOSC_MAX_OVERHEAD + first, n);
        return true;
    }
    for (size_t end = first + n, here; first < end; first += here, dst += here) {
        size_t from = first % h->block;
        here = end - first < h->block - from ? end - first : h->block - from;
        if (!decode_in_block(tools, h, src, first / h->block, from, here, dst, held)) return false;
    }
    return true;
}
