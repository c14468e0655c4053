/* bzip2, by libbz2, which allocates for each stream: from an arena that open makes, by the
   library's own hooks. */
#include "chunk/filter_stage.h"

#include <bzlib.h>
#include <stdio.h>
#include <stdlib.h>

/* What the library's manual states for a block of 100,000 bytes, and its fixed part. */
enum {
    DEFAULT_BLOCK = 9,
    DECODER_BYTES = (9 * 4 * 100000) + (160 << 10),
    ENCODER_BLOCK_BYTES = 8 * 100000,
    ENCODER_BYTES = 512 << 10,
    ALIGNMENT = 16,
};

typedef struct arena {
    size_t n, used;
    _Alignas(16) uint8_t bytes[];
} arena;

static void *take(void *opaque, int n_items, int size)
{
    arena *from = opaque;
    if (n_items <= 0 || size <= 0) return NULL;
    size_t n = (size_t)n_items * (size_t)size, left = from->n - from->used;
    if (n > left) return NULL;
    void *taken = from->bytes + from->used;
    n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    from->used += n > left ? left : n;
    return taken;
}

/* The arena is emptied as a whole, before each stream. */
static void give_back(void *opaque, void *taken)
{
    (void)opaque, (void)taken;
}

static int block_of(shoal_parameters p)
{
    uint32_t block = shoal_parameter(p, 0, DEFAULT_BLOCK);
    return block < 1 || block > 9 ? DEFAULT_BLOCK : (int)block;
}

static size_t arena_bytes(shoal_parameters p, bool encodes)
{
    size_t n = encodes ? (size_t)block_of(p) * ENCODER_BLOCK_BYTES + ENCODER_BYTES : 0;
    return n > DECODER_BYTES ? n : DECODER_BYTES;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    size_t n = arena_bytes(stage->parameters, encodes);
    arena *made = malloc(sizeof *made + n);
    if (made == NULL) return shoal_fail(err, SHOAL_MEMORY, "bzip2: no memory for its tables");
    made->n = n;
    stage->decoder = made;
    return SHOAL_OK;
}

static void close_stage(shoal_stage *stage)
{
    free(stage->decoder);
    stage->decoder = NULL;
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)n_raw;
    return sizeof(arena) + arena_bytes(p, encodes);
}

/* As the library's manual has it. */
static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, n_raw / 100 + 601);
}

static bz_stream stream_of(const shoal_stage *stage)
{
    arena *from = stage->decoder;
    from->used = 0;
    return (bz_stream){.bzalloc = take, .bzfree = give_back, .opaque = from};
}

static unsigned int clamp(size_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (unsigned int)n;
}

/* The library's input is not const, though it only reads it. */
static char *as_input(const uint8_t *data)
{
    return (char *)(uintptr_t)data;
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    bz_stream stream = stream_of(stage);
    *n_dst = SIZE_MAX;
    if (src.n > UINT32_MAX) return SHOAL_OK;
    if (BZ2_bzCompressInit(&stream, block_of(stage->parameters), 0, 0) != BZ_OK)
        return shoal_fail(err, SHOAL_MEMORY, "bzip2: no memory for its tables");
    stream.next_in = as_input(src.data);
    stream.avail_in = (unsigned int)src.n;
    stream.next_out = (char *)dst;
    stream.avail_out = clamp(capacity);
    unsigned int room = stream.avail_out;
    int result = BZ2_bzCompress(&stream, BZ_FINISH);
    if (result == BZ_STREAM_END) *n_dst = room - stream.avail_out;
    (void)BZ2_bzCompressEnd(&stream);
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    bz_stream stream = stream_of(stage);
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
        return shoal_fail(err, SHOAL_MEMORY, "bzip2: no memory for its tables");
    stream.next_in = as_input(src.data);
    stream.avail_in = clamp(src.n);
    stream.next_out = (char *)dst;
    stream.avail_out = clamp(capacity);
    unsigned int room = stream.avail_out;
    int result = BZ2_bzDecompress(&stream);
    *n_dst = room - stream.avail_out;
    (void)BZ2_bzDecompressEnd(&stream);
    if (result == BZ_STREAM_END) return SHOAL_OK;
    if (result == BZ_OK && stream.avail_out == 0)
        return shoal_fail(err, SHOAL_DATA, "bzip2: the data decode to more than %zu bytes",
                          capacity);
    return shoal_fail(err, SHOAL_DATA, "bzip2: the data are damaged");
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    (void)snprintf(text, capacity, "bzip2(%d)", block_of(p));
}

const shoal_filter_row shoal_filter_bzip2 = {
    .id = SHOAL_FILTER_BZIP2,
    .name = "bzip2",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .describe = describe,
};
