/* Blosc 1: encoded by c-blosc's context calls, and decoded by them and blosc_getitem where
   blosc_block.c does not; none of these touch its global state. */
#include "chunk/blosc_block.h"
#include "chunk/filter_stage.h"

#include <blosc.h>
#include <stdio.h>
#include <string.h>

enum {
    DEFAULT_LEVEL = 5,
    ZSTD_BLOCK = 512 << 10, /* decodes twice as fast as with Blosc's own choice */
    LARGEST_OWN_BLOCK = 1 << 20,
    LEAST_BLOCK = 64 << 10,
    SMALL_TABLES = 20 << 10,
};

/* ---- The filter's parameters: [version, format, type size, chunk bytes, level, shuffle,
   compressor] ---- */

static size_t type_size(shoal_parameters p)
{
    uint32_t size = shoal_parameter(p, 2, 1);
    return size == 0 || size > BLOSC_MAX_TYPESIZE ? 1 : size;
}

static int level_of(shoal_parameters p)
{
    return (int)(shoal_parameter(p, 4, DEFAULT_LEVEL) & 0xFF);
}

static int shuffle_of(shoal_parameters p)
{
    return (int)(shoal_parameter(p, 5, BLOSC_SHUFFLE) & 0xFF);
}

static int compressor_of(shoal_parameters p)
{
    return (int)(shoal_parameter(p, 6, BLOSC_BLOSCLZ) & 0xFF);
}

/* The largest blocks that c-blosc chooses for these parameters: by level, a multiple of the L1
   cache, and as many times that as an element has bytes, which it splits. */
static size_t largest_block(shoal_parameters p, size_t n_raw)
{
    static const size_t by_level[] = {8, 16, 32, 64, 128, 128, 256, 256, 256, 256};
    int compressor = compressor_of(p), level = level_of(p);
    bool slow = compressor == BLOSC_LZ4HC || compressor == BLOSC_ZLIB || compressor == BLOSC_ZSTD;
    size_t block = by_level[level < 0 ? 0 : level > 9 ? 9 : level] << 10;
    if (slow) block *= level >= 9 ? 4 : 2;
    if (compressor != BLOSC_ZSTD)
        block *= type_size(p);
    else if (block < ZSTD_BLOCK)
        block = ZSTD_BLOCK;
    if (block < LEAST_BLOCK) block = LEAST_BLOCK;
    if (block > LARGEST_OWN_BLOCK) block = LARGEST_OWN_BLOCK;
    return block < n_raw ? block : n_raw;
}

static shoal_status check_encoder(shoal_parameters p, size_t n_raw, shoal_error *err)
{
    const char *name;
    if (level_of(p) > 9 || shuffle_of(p) > BLOSC_BITSHUFFLE)
        return shoal_fail(err, SHOAL_USAGE, "blosc: no level %d or shuffle %d", level_of(p),
                          shuffle_of(p));
    if (blosc_compcode_to_compname(compressor_of(p), &name) < 0)
        return shoal_fail(err, SHOAL_USAGE, "blosc: compressor %d is not built in",
                          compressor_of(p));
    if (n_raw > BLOSC_MAX_BUFFERSIZE)
        return shoal_fail(err, SHOAL_USAGE,
                          "blosc: chunks of %zu bytes are too large (at most %d): choose a smaller "
                          "chunk shape",
                          n_raw, BLOSC_MAX_BUFFERSIZE);
    return SHOAL_OK;
}

/* Held for decoding. */
static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    if (encodes) return 0;
    return shoal_blosc_tools_bytes(compressor_of(p), shuffle_of(p), largest_block(p, n_raw));
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    shoal_parameters p = stage->parameters;
    shoal_blosc_tools *tools = NULL;
    shoal_status status = SHOAL_OK;
    if (encodes)
        status = check_encoder(p, stage->n_raw, err);
    else if (context_bytes(p, stage->n_raw, false) > 0)
        status =
            shoal_blosc_tools_new(compressor_of(p), largest_block(p, stage->n_raw), &tools, err);
    stage->decoder = tools;
    return status;
}

static void close_stage(shoal_stage *stage)
{
    shoal_blosc_tools_free(stage->decoder);
    stage->decoder = NULL;
}

/* c-blosc allocates while it runs: two blocks, three for a part of a chunk, and the compressor's
   own tables. It decodes what blosc_block.c does not. */
static size_t passing_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    size_t tables = SMALL_TABLES;
    int level = level_of(p);
    if (context_bytes(p, n_raw, encodes) > 0) return 0;
    switch (compressor_of(p)) {
    case BLOSC_LZ4HC:
    case BLOSC_ZLIB: tables = encodes ? 320 << 10 : 64 << 10; break;
    case BLOSC_ZSTD: tables = !encodes ? 192 << 10 : level <= 3 ? 4 << 20 : 10 << 20; break;
    default: break;
    }
    return (encodes ? 2 : 3) * largest_block(p, n_raw) + tables;
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, BLOSC_MAX_OVERHEAD);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    shoal_parameters p = stage->parameters;
    int compressor = compressor_of(p);
    const char *name = NULL;
    (void)blosc_compcode_to_compname(compressor, &name);
    *n_dst = SIZE_MAX;
    if (src.n > BLOSC_MAX_BUFFERSIZE || capacity < BLOSC_MIN_HEADER_LENGTH) return SHOAL_OK;
    if (capacity > src.n + BLOSC_MAX_OVERHEAD) capacity = src.n + BLOSC_MAX_OVERHEAD;
    int n = blosc_compress_ctx(level_of(p), shuffle_of(p), type_size(p), src.n, src.data, dst,
                               capacity, name, compressor == BLOSC_ZSTD ? ZSTD_BLOCK : 0, 1);
    if (n < 0) return shoal_fail(err, SHOAL_SYSTEM, "blosc: %s failed to compress (%d)", name, n);
    if (n > 0) *n_dst = (size_t)n;
    return SHOAL_OK;
}

/* ---- Decoding ---- */

static shoal_status fail_damaged(shoal_error *err, const char *what)
{
    return shoal_fail(err, SHOAL_DATA, "blosc: %s", what);
}

static shoal_status decode_part(const shoal_stage *stage, shoal_span src,
                                const shoal_blosc_header *h, size_t first, size_t n, uint8_t *dst,
                                size_t *held, shoal_error *err)
{
    bool good = shoal_blosc_decode_part(stage->decoder, h, src, first, n, dst, held);
    return good ? SHOAL_OK : fail_damaged(err, "the data are damaged");
}

static shoal_status decode_whole(const shoal_stage *stage, shoal_span src,
                                 const shoal_blosc_header *h, uint8_t *dst, shoal_error *err)
{
    size_t held = 0;
    if (h->n_raw == 0) return SHOAL_OK;
    if (shoal_blosc_has_blocks(stage->decoder, h))
        return decode_part(stage, src, h, 0, h->n_raw, dst, &held, err);
    int n = blosc_decompress_ctx(src.data, dst, h->n_raw, 1);
    if (n == (int)h->n_raw) return SHOAL_OK;
    return fail_damaged(err, n == -5 ? "its compressor is not built in" : "the data are damaged");
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    shoal_blosc_header h;
    const char *wrong = shoal_blosc_read_header(src, capacity, &h);
    if (wrong != NULL) return fail_damaged(err, wrong);
    *n_dst = h.n_raw;
    return decode_whole(stage, src, &h, dst, err);
}

/* blosc_getitem counts in elements: block borders must fall between two. */
static bool has_addressable_blocks(const shoal_blosc_header *h)
{
    return h->n_raw > 0 && h->block % h->type_size == 0 && h->n_raw % h->type_size == 0;
}

static size_t block_of(const shoal_stage *stage, shoal_span src, size_t n_raw)
{
    shoal_blosc_header h;
    (void)stage;
    if (shoal_blosc_read_header(src, n_raw, &h) != NULL || h.n_raw != n_raw) return 0;
    return has_addressable_blocks(&h) ? h.block : 0;
}

/* The header of a buffer of exactly n_raw bytes. */
static shoal_status read_exact_header(shoal_span src, size_t n_raw, shoal_blosc_header *out,
                                      shoal_error *err)
{
    const char *wrong = shoal_blosc_read_header(src, n_raw, out);
    if (wrong == NULL && out->n_raw != n_raw)
        wrong = "the header gives fewer bytes than the chunk has";
    return wrong == NULL ? SHOAL_OK : fail_damaged(err, wrong);
}

/* Widens [*first, *end) to multiples of a step, or the end of n_raw. */
static void widen(size_t step, size_t n_raw, size_t *first, size_t *end)
{
    *first -= *first % step;
    *end = n_raw - *end < step ? n_raw : (*end + step - 1) / step * step;
}

static shoal_status decode_range(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, shoal_error *err)
{
    shoal_blosc_header h;
    size_t held = 0, end = first + n;
    shoal_status status = read_exact_header(src, n_raw, &h, err);
    if (status || n == 0) return status; /* nor need there be any blocks */
    if (shoal_blosc_has_blocks(stage->decoder, &h)) {
        widen(h.type_size, n_raw, &first, &end);
        return decode_part(stage, src, &h, first, end - first, dst + first, &held, err);
    }
    if (!has_addressable_blocks(&h)) return decode_whole(stage, src, &h, dst, err);
    widen(h.block, n_raw, &first, &end);
    if (first == 0 && end == n_raw) return decode_whole(stage, src, &h, dst, err);
    int done = blosc_getitem(src.data, (int)(first / h.type_size),
                             (int)((end - first) / h.type_size), dst + first);
    return done == (int)(end - first) ? SHOAL_OK : fail_damaged(err, "the data are damaged");
}

static size_t step(const shoal_stage *stage, shoal_span src, size_t n_raw)
{
    shoal_blosc_header h;
    if (shoal_blosc_read_header(src, n_raw, &h) != NULL || h.n_raw != n_raw) return 0;
    return shoal_blosc_has_blocks(stage->decoder, &h) ? h.type_size : 0;
}

static shoal_status decode_piece(const shoal_stage *stage, shoal_span src, size_t n_raw,
                                 size_t first, size_t n, uint8_t *dst, size_t *at, shoal_error *err)
{
    shoal_blosc_header h;
    shoal_status status = read_exact_header(src, n_raw, &h, err);
    return status ? status : decode_part(stage, src, &h, first, n, dst, at, err);
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    static const char *const shuffles[] = {"noshuffle", "shuffle", "bitshuffle"};
    static const char *const names[] = {"blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"};
    int compressor = compressor_of(p), shuffle = shuffle_of(p);
    (void)snprintf(text, capacity, "blosc(%s, %d, %s)", compressor < 6 ? names[compressor] : "?",
                   level_of(p), shuffle < 3 ? shuffles[shuffle] : "?");
}

const shoal_filter_row shoal_filter_blosc = {
    .id = SHOAL_FILTER_BLOSC,
    .name = "blosc",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .passing_bytes = passing_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .decode_range = decode_range,
    .block = block_of,
    .step = step,
    .decode_piece = decode_piece,
    .describe = describe,
};
