/* Zstandard: frames of libzstd, with or without their decoded size in the header. */
#define ZSTD_STATIC_LINKING_ONLY /* contexts in memory of known size */
#include "chunk/byte_order.h"
#include "chunk/filter_stage.h"
#include "chunk/zstd_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Parameter 0 is the level; the filter's plugins clamp it. */
static int level_of(shoal_parameters p)
{
    if (p.n == 0) return ZSTD_CLEVEL_DEFAULT;
    int level = (int)p.value[0];
    if (level < 1) return 1;
    return level > ZSTD_maxCLevel() ? ZSTD_maxCLevel() : level;
}

/* The library's parameters differ by the size of what it gets, which may be less than n_raw: by
   these steps, each with tables of its own. */
size_t shoal_zstd_encoder_bytes(int level, size_t n_raw)
{
    static const size_t steps[] = {16 << 10, 128 << 10, 256 << 10, SIZE_MAX};
    size_t most = 0;
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        size_t n = n_raw < steps[k] ? n_raw : steps[k];
        size_t more = ZSTD_estimateCCtxSize_usingCParams(ZSTD_getCParams(level, n, 0));
        most = more > most ? more : most;
    }
    return most;
}

size_t shoal_zstd_decoder_bytes(void)
{
    return ZSTD_estimateDCtxSize();
}

void *shoal_zstd_decoder_new(void)
{
    void *decoder = malloc(shoal_zstd_decoder_bytes());
    if (decoder != NULL && ZSTD_initStaticDCtx(decoder, shoal_zstd_decoder_bytes())) return decoder;
    free(decoder);
    return NULL;
}

static void close_stage(shoal_stage *stage)
{
    free(stage->decoder);
    free(stage->encoder);
    stage->decoder = stage->encoder = NULL;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    size_t n_encoder =
        encodes ? shoal_zstd_encoder_bytes(level_of(stage->parameters), stage->n_raw) : 0;
    stage->decoder = shoal_zstd_decoder_new();
    bool fine = stage->decoder != NULL;
    if (fine && encodes) {
        stage->encoder = malloc(n_encoder);
        fine = stage->encoder != NULL && ZSTD_initStaticCCtx(stage->encoder, n_encoder);
    }
    if (fine) return SHOAL_OK;
    close_stage(stage);
    return shoal_fail(err, SHOAL_MEMORY, "zstd: no memory for its tables");
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    return shoal_zstd_decoder_bytes() +
           (encodes ? shoal_zstd_encoder_bytes(level_of(p), n_raw) : 0);
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    size_t n = ZSTD_compressBound(n_raw);
    return n < n_raw || ZSTD_isError(n) ? SIZE_MAX : n;
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    ZSTD_CCtx *context = stage->encoder;
    size_t n =
        ZSTD_compressCCtx(context, dst, capacity, src.data, src.n, level_of(stage->parameters));
    *n_dst = ZSTD_isError(n) ? SIZE_MAX : n;
    if (ZSTD_isError(n) && ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall)
        return shoal_fail(err, SHOAL_SYSTEM, "zstd: %s", ZSTD_getErrorName(n));
    return SHOAL_OK;
}

/* Formats of before version 0.8 have decoders in some builds of the library that nobody checks
   any more. */
static bool is_frame(shoal_span src)
{
    if (src.n < 4) return false;
    uint32_t magic = shoal_load_le32(src.data);
    return magic == ZSTD_MAGICNUMBER ||
           (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

const char *shoal_zstd_decode(void *decoder, shoal_span src, uint8_t *dst, size_t capacity,
                              size_t *n_dst)
{
    size_t done = 0;
    while (src.n > 0) {
        if (!is_frame(src)) return "the data are damaged";
        size_t n_frame = ZSTD_findFrameCompressedSize(src.data, src.n);
        if (ZSTD_isError(n_frame) || n_frame == 0 || n_frame > src.n) return "the data are damaged";
        size_t n = ZSTD_decompressDCtx(decoder, dst + done, capacity - done, src.data, n_frame);
        if (ZSTD_isError(n)) return ZSTD_getErrorName(n);
        done += n;
        src = (shoal_span){src.data + n_frame, src.n - n_frame};
    }
    *n_dst = done;
    return NULL;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    const char *wrong = shoal_zstd_decode(stage->decoder, src, dst, capacity, n_dst);
    return wrong ? shoal_fail(err, SHOAL_DATA, "zstd: %s", wrong) : SHOAL_OK;
}

static void describe(shoal_parameters p, char *text, size_t capacity)
{
    (void)snprintf(text, capacity, "zstd(%d)", level_of(p));
}

const shoal_filter_row shoal_filter_zstd = {
    .id = SHOAL_FILTER_ZSTD,
    .name = "zstd",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
    .describe = describe,
};
