/* LZ4 in the registered filter's frame, all big-endian: the decoded size in 8 bytes, a block's in
   4, then for each block its stored size in 4 and its bytes, which are as they were when that is
   the block's own size. */
#include "chunk/byte_order.h"
#include "chunk/filter_stage.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 12, LENGTH_BYTES = 4, DEFAULT_BLOCK = 1 << 30 };

/* The only parameter: bytes of a block. */
static size_t block_bytes(shoal_parameters p, size_t n_raw)
{
    size_t block = shoal_parameter(p, 0, 0);
    if (block == 0 || block > LZ4_MAX_INPUT_SIZE) block = DEFAULT_BLOCK;
    return block > n_raw ? n_raw : block;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    if (!encodes) return SHOAL_OK;
    stage->encoder = malloc((size_t)LZ4_sizeofState());
    if (stage->encoder != NULL) return SHOAL_OK;
    return shoal_fail(err, SHOAL_MEMORY, "lz4: no memory for its tables");
}

static void close_stage(shoal_stage *stage)
{
    free(stage->encoder);
    stage->encoder = NULL;
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)p, (void)n_raw;
    return encodes ? (size_t)LZ4_sizeofState() : 0;
}

/* Blocks that do not shrink are stored as they are; one block always fits whole. */
static size_t bound(shoal_parameters p, size_t n_raw)
{
    size_t block = block_bytes(p, n_raw);
    size_t n_blocks = block == 0 ? 0 : n_raw / block + 1;
    if (n_blocks > (SIZE_MAX - HEADER_BYTES) / LENGTH_BYTES) return SIZE_MAX;
    return shoal_bound_with(n_raw, HEADER_BYTES + n_blocks * LENGTH_BYTES);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    size_t block = block_bytes(stage->parameters, src.n), at = HEADER_BYTES;
    (void)err;
    *n_dst = SIZE_MAX;
    if (capacity < HEADER_BYTES) return SHOAL_OK;
    shoal_store_be64(dst, src.n);
    shoal_store_be32(dst + 8, (uint32_t)block);
    for (size_t done = 0; done < src.n; done += block) {
        if (src.n - done < block) block = src.n - done;
        if (capacity - at < LENGTH_BYTES) return SHOAL_OK;
        uint8_t *to = dst + at + LENGTH_BYTES;
        size_t left = capacity - at - LENGTH_BYTES, room = left < block ? left : block - 1;
        int n = LZ4_compress_fast_extState(stage->encoder, (const char *)src.data + done,
                                           (char *)to, (int)block, (int)room, 1);
        if (n <= 0) {
            if (left < block) return SHOAL_OK;
            memcpy(to, src.data + done, block);
            n = (int)block;
        }
        shoal_store_be32(dst + at, (uint32_t)n);
        at += LENGTH_BYTES + (size_t)n;
    }
    *n_dst = at;
    return SHOAL_OK;
}

/* ---- Decoding ---- */

typedef struct header {
    size_t n_raw, block;
} header;

static bool read_header(shoal_span src, size_t capacity, header *out)
{
    if (src.n < HEADER_BYTES) return false;
    uint64_t n = shoal_load_be64(src.data);
    if (n > capacity) return false;
    *out = (header){(size_t)n, shoal_load_be32(src.data + 8)};
    if (out->block > out->n_raw) out->block = out->n_raw;
    return out->block > 0 || out->n_raw == 0;
}

/* One block's stored bytes to its n decoded ones. */
static bool decode_block(shoal_span src, uint8_t *dst, size_t n)
{
    if (src.n == n) {
        memcpy(dst, src.data, n);
        return true;
    }
    if (src.n > INT32_MAX || n > INT32_MAX) return false;
    return LZ4_decompress_safe((const char *)src.data, (char *)dst, (int)src.n, (int)n) == (int)n;
}

/* Decodes the blocks that touch [first, first + n); the others are only stepped over. */
static shoal_status decode_blocks(shoal_span src, const header *h, size_t first, size_t n,
                                  uint8_t *dst, shoal_error *err)
{
    size_t at = HEADER_BYTES, block = h->block;
    for (size_t done = 0; done < first + n; done += block) {
        if (h->n_raw - done < block) block = h->n_raw - done;
        if (src.n - at < LENGTH_BYTES) return shoal_fail(err, SHOAL_DATA, "lz4: too few bytes");
        size_t length = shoal_load_be32(src.data + at);
        at += LENGTH_BYTES;
        if (length > src.n - at) return shoal_fail(err, SHOAL_DATA, "lz4: too few bytes");
        bool wanted = done + block > first;
        if (wanted && !decode_block((shoal_span){src.data + at, length}, dst + done, block))
            return shoal_fail(err, SHOAL_DATA, "lz4: the data are damaged");
        at += length;
    }
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    header h;
    (void)stage;
    if (!read_header(src, capacity, &h))
        return shoal_fail(err, SHOAL_DATA, "lz4: the header is damaged");
    *n_dst = h.n_raw;
    return decode_blocks(src, &h, 0, h.n_raw, dst, err);
}

static shoal_status decode_range(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, shoal_error *err)
{
    header h;
    (void)stage;
    if (!read_header(src, n_raw, &h) || h.n_raw != n_raw)
        return shoal_fail(err, SHOAL_DATA, "lz4: the header is damaged");
    return n == 0 ? SHOAL_OK : decode_blocks(src, &h, first, n, dst, err);
}

static size_t block_of(const shoal_stage *stage, shoal_span src, size_t n_raw)
{
    header h;
    (void)stage;
    return read_header(src, n_raw, &h) && h.n_raw == n_raw && h.block < n_raw ? h.block : 0;
}

const shoal_filter_row shoal_filter_lz4 = {
    .id = SHOAL_FILTER_LZ4,
    .name = "lz4",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .decode_range = decode_range,
    .block = block_of,
};
