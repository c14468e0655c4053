/* bitshuffle: blocks of elements, the bits of each transposed, and each then compressed by LZ4 or
   Zstandard or not at all. When compressed, the decoded size (8 bytes) and a block's (4) are in
   front, and each block's stored size (4) in front of it, all big-endian. Elements beyond the last
   multiple of eight follow as they are. */
#include "chunk/bit_transpose.h"
#include "chunk/byte_order.h"
#include "chunk/checked.h"
#include "chunk/filter_stage.h"
#include "chunk/zstd_context.h"

#define ZSTD_STATIC_LINKING_ONLY /* contexts in memory of known size */
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { VALUE_SIZE = 2, VALUE_BLOCK, VALUE_COMPRESSOR, VALUE_LEVEL };
enum { COMPRESSOR_LZ4 = 2, COMPRESSOR_ZSTD = 3 };
enum { HEADER_BYTES = 12, LENGTH_BYTES = 4 };
enum { TARGET_BLOCK_BYTES = 8192, SMALLEST_DEFAULT_BLOCK = 128, ROUND = 8 };

typedef struct form {
    size_t size, block; /* bytes of an element, elements of a block */
    uint32_t compressor;
    int level;
} form;

/* NULL, or what is wrong with the parameters. */
static const char *read_form(shoal_parameters p, form *out)
{
    *out = (form){.size = shoal_parameter(p, VALUE_SIZE, 0),
                  .block = shoal_parameter(p, VALUE_BLOCK, 0),
                  .compressor = shoal_parameter(p, VALUE_COMPRESSOR, 0),
                  .level = (int)shoal_parameter(p, VALUE_LEVEL, 0)};
    if (out->size == 0) return "its parameters give no element size";
    if (out->compressor != COMPRESSOR_LZ4 && out->compressor != COMPRESSOR_ZSTD)
        out->compressor = 0;
    if (out->block == 0) {
        out->block = TARGET_BLOCK_BYTES / out->size / ROUND * ROUND;
        if (out->block < SMALLEST_DEFAULT_BLOCK) out->block = SMALLEST_DEFAULT_BLOCK;
    }
    if (out->block % ROUND != 0) return "its block's size is no multiple of 8";
    if (out->level > ZSTD_maxCLevel()) out->level = ZSTD_maxCLevel();
    return NULL;
}

/* What open makes: a block's room, and the compressors' contexts, which follow it. */
typedef struct tools {
    size_t n_room;
    void *reads;
    ZSTD_CCtx *writes;
    void *lz4;
    uint8_t *room;
} tools;

static size_t largest_block(const form *f, size_t n_raw)
{
    size_t n;
    return shoal_mul_size(f->block, f->size, &n) && n < n_raw ? n : n_raw;
}

static size_t encoder_bytes(const form *f, size_t n_raw)
{
    if (f->compressor == COMPRESSOR_LZ4) return (size_t)LZ4_sizeofState();
    if (f->compressor != COMPRESSOR_ZSTD) return 0;
    return shoal_zstd_encoder_bytes(f->level, largest_block(f, n_raw));
}

static void close_stage(shoal_stage *stage)
{
    tools *t = stage->decoder;
    if (t != NULL) {
        free(t->reads);
        free(t->writes);
        free(t->lz4);
        free(t->room);
    }
    free(t);
    stage->decoder = NULL;
}

static bool make_tools(tools *t, const form *f, size_t n_raw, bool encodes)
{
    if (f->compressor == 0) return true;
    /* Other writers' blocks, which the chunk's header gives, may be as large as the chunk. */
    t->n_room = n_raw;
    t->room = malloc(n_raw + 1);
    if (t->room == NULL) return false;
    if (f->compressor == COMPRESSOR_LZ4) {
        if (encodes) t->lz4 = malloc(encoder_bytes(f, n_raw));
        return !encodes || t->lz4 != NULL;
    }
    t->reads = shoal_zstd_decoder_new();
    if (t->reads == NULL || !encodes) return t->reads != NULL;
    size_t n_writes = encoder_bytes(f, n_raw);
    t->writes = malloc(n_writes);
    return t->writes != NULL && ZSTD_initStaticCCtx(t->writes, n_writes) != NULL;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    form f;
    const char *wrong = read_form(stage->parameters, &f);
    if (wrong != NULL) return shoal_fail(err, SHOAL_DATA, "bitshuffle: %s", wrong);
    tools *t = stage->decoder = calloc(1, sizeof *t);
    if (t != NULL && make_tools(t, &f, stage->n_raw, encodes)) return SHOAL_OK;
    close_stage(stage);
    return shoal_fail(err, SHOAL_MEMORY, "bitshuffle: no memory for its tables");
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    form f;
    if (read_form(p, &f) != NULL || f.compressor == 0) return sizeof(tools);
    size_t n = sizeof(tools) + (encodes ? encoder_bytes(&f, n_raw) : 0);
    if (f.compressor == COMPRESSOR_ZSTD) n += shoal_zstd_decoder_bytes();
    return shoal_bound_with(n_raw, n + 1);
}

static size_t compressed_bound(const form *f, size_t n)
{
    if (f->compressor == COMPRESSOR_ZSTD) return ZSTD_compressBound(n);
    return n > LZ4_MAX_INPUT_SIZE ? SIZE_MAX : (size_t)LZ4_compressBound((int)n);
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    form f;
    if (read_form(p, &f) != NULL || f.compressor == 0 || n_raw == 0)
        return shoal_bound_with(n_raw, HEADER_BYTES);
    size_t block = largest_block(&f, n_raw), n_blocks = n_raw / block + 1, n;
    size_t each = compressed_bound(&f, block);
    if (each > SIZE_MAX - LENGTH_BYTES || !shoal_mul_size(n_blocks, each + LENGTH_BYTES, &n))
        return SIZE_MAX;
    size_t n_rest = n_raw / ROUND < f.size ? n_raw : ROUND * f.size;
    return shoal_bound_with(n, HEADER_BYTES + n_rest);
}

/* ---- Encoding ---- */

static size_t compress(const tools *t, const form *f, const uint8_t *src, size_t n, uint8_t *dst,
                       size_t capacity)
{
    if (f->compressor == COMPRESSOR_ZSTD) {
        size_t done = ZSTD_compressCCtx(t->writes, dst, capacity, src, n, f->level);
        return ZSTD_isError(done) ? 0 : done;
    }
    if (n > LZ4_MAX_INPUT_SIZE) return 0;
    int room = capacity > INT32_MAX ? INT32_MAX : (int)capacity;
    int done = LZ4_compress_fast_extState(t->lz4, (const char *)src, (char *)dst, (int)n, room, 1);
    return done < 0 ? 0 : (size_t)done;
}

/* Whole blocks; *at moves on in dst. False when there is no room. */
static bool encode_blocks(const tools *t, const form *f, const uint8_t *src, size_t n, uint8_t *dst,
                          size_t capacity, size_t *at)
{
    for (size_t done = 0, block = f->block; done < n; done += block) {
        if (n - done < block) block = n - done;
        const uint8_t *from = src + done * f->size;
        if (f->compressor == 0) {
            shoal_bit_transpose(from, dst + *at, block, f->size);
            *at += block * f->size;
            continue;
        }
        if (capacity - *at < LENGTH_BYTES) return false;
        shoal_bit_transpose(from, t->room, block, f->size);
        size_t stored = compress(t, f, t->room, block * f->size, dst + *at + LENGTH_BYTES,
                                 capacity - *at - LENGTH_BYTES);
        if (stored == 0) return false;
        shoal_store_be32(dst + *at, (uint32_t)stored);
        *at += LENGTH_BYTES + stored;
    }
    return true;
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    (void)read_form(stage->parameters, &f);
    (void)err;
    size_t n = src.n / f.size / ROUND * ROUND, n_rest = src.n - n * f.size, at = 0;
    *n_dst = SIZE_MAX;
    if (src.n % f.size != 0) return SHOAL_OK; /* the filter takes whole elements alone */
    if (f.compressor == 0 && capacity < src.n) return SHOAL_OK;
    if (f.compressor != 0) {
        size_t n_block;
        if (capacity < HEADER_BYTES || !shoal_mul_size(f.block, f.size, &n_block) ||
            n_block > UINT32_MAX)
            return SHOAL_OK;
        shoal_store_be64(dst, src.n);
        shoal_store_be32(dst + 8, (uint32_t)n_block);
        at = HEADER_BYTES;
    }
    if (!encode_blocks(stage->decoder, &f, src.data, n, dst, capacity, &at)) return SHOAL_OK;
    if (capacity - at < n_rest) return SHOAL_OK;
    if (n_rest > 0) memcpy(dst + at, src.data + n * f.size, n_rest);
    bool shrinks = f.compressor == 0 || at + n_rest < src.n;
    if (shrinks || !stage->optional) *n_dst = at + n_rest;
    return SHOAL_OK;
}

/* ---- Decoding ---- */

static shoal_status fail_damaged(shoal_error *err)
{
    return shoal_fail(err, SHOAL_DATA, "bitshuffle: the data are damaged");
}

/* The chunk's own block size rules where it states one. *n_raw gets the decoded size. */
static bool read_header(shoal_span src, form *f, size_t capacity, size_t *n_raw)
{
    *n_raw = src.n;
    if (f->compressor != 0) {
        if (src.n < HEADER_BYTES) return false;
        uint64_t n = shoal_load_be64(src.data);
        uint32_t block = shoal_load_be32(src.data + 8);
        if (n > capacity) return false;
        *n_raw = (size_t)n;
        if (block / f->size > 0) f->block = block / f->size;
    }
    return *n_raw <= capacity && *n_raw % f->size == 0 && f->block % ROUND == 0;
}

static bool expand(const tools *t, const form *f, shoal_span src, size_t n)
{
    size_t done;
    if (n > t->n_room) return false;
    if (f->compressor == COMPRESSOR_ZSTD)
        return !shoal_zstd_decode(t->reads, src, t->room, n, &done) && done == n;
    if (src.n > INT32_MAX || n > INT32_MAX) return false;
    return LZ4_decompress_safe((const char *)src.data, (char *)t->room, (int)src.n, (int)n) ==
           (int)n;
}

/* A place between two blocks, or at the end. */
typedef struct place {
    size_t at, n_done; /* bytes of src, and decoded ones */
} place;

static place begin(const form *f)
{
    return (place){f->compressor == 0 ? 0 : HEADER_BYTES, 0};
}

/* Where decoded bytes go: those from `origin` on, at most `room` of them. */
typedef struct target {
    uint8_t *dst;
    size_t origin, room;
} target;

/* The place of n bytes from n_done on; NULL where there is no room. */
static uint8_t *place_in(const target *to, size_t n_done, size_t n)
{
    return shoal_range_fits(n_done - to->origin, n, to->room) ? to->dst + (n_done - to->origin)
                                                              : NULL;
}

/* Decodes those blocks of n_raw bytes that touch [first, end), from a place on, and steps over the
   others. */
static bool decode_blocks(const tools *t, const form *f, shoal_span src, size_t n_raw, size_t first,
                          size_t end, place *from, target to)
{
    size_t n = n_raw / f->size / ROUND * ROUND, at = from->at, n_done = from->n_done;
    for (size_t done = n_done / f->size, block = f->block; done < n && n_done < end;
         done += block) {
        if (n - done < block) block = n - done;
        size_t n_block = block * f->size, stored = n_block;
        if (f->compressor != 0) {
            if (src.n - at < LENGTH_BYTES) return false;
            stored = shoal_load_be32(src.data + at);
            at += LENGTH_BYTES;
        }
        if (stored > src.n - at) return false;
        if (n_done + n_block > first) {
            const uint8_t *bits = src.data + at;
            uint8_t *dst = place_in(&to, n_done, n_block);
            if (dst == NULL) return false;
            if (f->compressor != 0) {
                if (!expand(t, f, (shoal_span){bits, stored}, n_block)) return false;
                bits = t->room;
            }
            shoal_bit_restore(bits, dst, block, f->size);
        }
        at += stored;
        n_done += n_block;
    }
    *from = (place){at, n_done};
    if (n_done >= end) return true;
    uint8_t *dst = place_in(&to, n_done, n_raw - n_done);
    if (dst == NULL || src.n - at < n_raw - n_done) return false;
    memcpy(dst, src.data + at, n_raw - n_done);
    return true;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    form f;
    size_t n;
    (void)read_form(stage->parameters, &f);
    if (!read_header(src, &f, capacity, &n)) return fail_damaged(err);
    *n_dst = n;
    place at = begin(&f);
    bool good = decode_blocks(stage->decoder, &f, src, n, 0, n, &at, (target){dst, 0, n});
    return good ? SHOAL_OK : fail_damaged(err);
}

static shoal_status decode_range(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, shoal_error *err)
{
    form f;
    size_t n_stated;
    (void)read_form(stage->parameters, &f);
    if (!read_header(src, &f, n_raw, &n_stated) || n_stated != n_raw) return fail_damaged(err);
    if (n == 0) return SHOAL_OK;
    place at = begin(&f);
    bool good = decode_blocks(stage->decoder, &f, src, n_raw, first, first + n, &at,
                              (target){dst, 0, n_raw});
    return good ? SHOAL_OK : fail_damaged(err);
}

static size_t block_of(const shoal_stage *stage, shoal_span src, size_t n_raw)
{
    form f;
    size_t n_stated, n;
    (void)read_form(stage->parameters, &f);
    if (!read_header(src, &f, n_raw, &n_stated) || n_stated != n_raw) return 0;
    return shoal_mul_size(f.block, f.size, &n) && n < n_raw ? n : 0;
}

static shoal_status decode_piece(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, size_t *at, shoal_error *err)
{
    form f;
    size_t n_stated;
    (void)read_form(stage->parameters, &f);
    if (!read_header(src, &f, n_raw, &n_stated) || n_stated != n_raw) return fail_damaged(err);
    place from = first == 0 ? begin(&f) : (place){*at, first};
    bool good = decode_blocks(stage->decoder, &f, src, n_raw, first, first + n, &from,
                              (target){dst, first, n});
    *at = from.at;
    return good ? SHOAL_OK : fail_damaged(err);
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    form f;
    if (read_form(p, &f) == NULL && f.compressor == COMPRESSOR_LZ4)
        (void)snprintf(text, capacity, "bitshuffle(lz4)");
    else if (f.compressor == COMPRESSOR_ZSTD)
        (void)snprintf(text, capacity, "bitshuffle(zstd, %d)", f.level);
    else
        (void)snprintf(text, capacity, "bitshuffle");
}

const shoal_filter_row shoal_filter_bitshuffle = {
    .id = SHOAL_FILTER_BITSHUFFLE,
    .name = "bitshuffle",
    .compresses = false, /* or only with a compressor, which encode looks after */
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .decode_range = decode_range,
    .block = block_of,
    .step = block_of,
    .decode_piece = decode_piece,
    .describe = describe,
};
