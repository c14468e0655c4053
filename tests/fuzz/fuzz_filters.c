/* libFuzzer target: any bytes through the decoders of a pipeline that the first bytes choose.
   Input: filters (two bytes), how many parameters, mask, chunk size (two bytes), the parameters (4
   bytes each, little-endian), then the stored chunk. */
#include "chunk/byte_order.h"
#include "chunk/filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 6, MAX_VALUES = 64, VALUE_BYTES = 4 };

/* Parameters that make a decoder, for inputs that bring none. */
static const uint32_t shuffle[] = {4}, szip[] = {141, 16, 32, 128}, bitshuffle[] = {0, 5, 4, 0, 2},
                      zstd_blocks[] = {0, 5, 4, 64, 3, 1}, nbit[] = {8, 0, 64, 1, 4, 0, 13, 3},
                      scaled[20] = {2, 0, 64, 0, 4, 1, 0, 1, 7}, floats[20] = {0, 3, 64, 1, 4};
/* 8 x 8 floats at 8 bits each: the library's header, behind a word of versions. */
static const uint32_t zfp[] = {269504785, 91252346, 1879048310, 133169152};
static const uint32_t compound[] = {27, 0, 8, 3, 9, 4, 0, 1, 2, 0, 11, 3, 2,  4, 3,
                                    5,  2, 2, 1, 1, 0, 5, 2, 7, 1, 2,  1, 16, 0};
static const struct choice {
    uint16_t id;
    uint16_t n;
    const uint32_t *values;
} choices[] = {
    {SHOAL_FILTER_BLOSC, 0, NULL},
    {SHOAL_FILTER_DEFLATE, 0, NULL},
    {SHOAL_FILTER_SHUFFLE, 1, shuffle},
    {SHOAL_FILTER_FLETCHER32, 0, NULL},
    {SHOAL_FILTER_SZIP, 4, szip},
    {SHOAL_FILTER_NBIT, 8, nbit},
    {SHOAL_FILTER_NBIT, 29, compound},
    {SHOAL_FILTER_SCALEOFFSET, 20, scaled},
    {SHOAL_FILTER_SCALEOFFSET, 20, floats},
    {SHOAL_FILTER_LZF, 0, NULL},
    {SHOAL_FILTER_LZ4, 0, NULL},
    {SHOAL_FILTER_BITSHUFFLE, 5, bitshuffle},
    {SHOAL_FILTER_BITSHUFFLE, 6, zstd_blocks},
    {SHOAL_FILTER_BITSHUFFLE, 3, bitshuffle},
    {SHOAL_FILTER_ZSTD, 0, NULL},
    {SHOAL_FILTER_BZIP2, 0, NULL},
    {SHOAL_FILTER_ZFP, 4, zfp},
};
enum { N_CHOICES = sizeof choices / sizeof *choices };

/* Two filters, or one where both choices are the same; the input's parameters are the last one's,
   which decodes first. */
static shoal_pipeline choose_pipeline(const uint8_t *data, const uint32_t *values, size_t n)
{
    shoal_pipeline pipeline = {.n = 0};
    const struct choice *first = &choices[data[0] % N_CHOICES];
    const struct choice *last = &choices[data[1] % N_CHOICES];
    if (first != last)
        (void)shoal_pipeline_add(&pipeline, first->id, false, first->values, first->n, NULL);
    if (n == 0) values = last->values, n = last->n;
    (void)shoal_pipeline_add(&pipeline, last->id, false, values, n, NULL);
    return pipeline;
}

/* Exact blocks, so that every overrun is seen. */
static uint8_t *block(size_t n)
{
    uint8_t *made = malloc(n + 1);
    if (made == NULL) abort();
    return made;
}

static void decode(shoal_coder *coder, uint32_t mask, const uint8_t *stored, size_t n,
                   size_t chunk_bytes)
{
    uint8_t *whole = block(chunk_bytes), *part = block(chunk_bytes);
    shoal_status status = shoal_decode(coder, mask, stored, n, whole + 1, NULL);
    size_t first = chunk_bytes / 3, n_part = chunk_bytes / 4;
    bool range =
        shoal_decode_range(coder, mask, stored, n, first, n_part, part + 1, NULL) == SHOAL_OK;
    /* A part of what decodes whole decodes the same. */
    if (status == SHOAL_OK && (!range || memcmp(whole + 1 + first, part + 1 + first, n_part) != 0))
        abort();
    (void)shoal_decode_block(coder, mask, stored, n);
    free(whole);
    free(part);
}

/* What decodes both in pieces and whole decodes to the same. */
static void decode_pieces(shoal_coder *coder, uint32_t mask, const uint8_t *stored, size_t n,
                          size_t chunk_bytes)
{
    size_t step = shoal_decode_step(coder, mask, stored, n), n_piece;
    if (step == 0) return;
    uint8_t *whole = block(chunk_bytes), *pieces = block(chunk_bytes);
    bool good = shoal_decode_begin(coder, mask, stored, n, NULL) == SHOAL_OK;
    for (size_t first = 0; good && first < chunk_bytes; first += n_piece) {
        n_piece = step > (chunk_bytes - first) / 3 ? chunk_bytes - first : 3 * step;
        uint8_t *piece = block(n_piece);
        good = shoal_decode_piece(coder, first, n_piece, piece + 1, NULL) == SHOAL_OK;
        if (good) memcpy(pieces + 1 + first, piece + 1, n_piece);
        free(piece);
    }
    if (good && shoal_decode(coder, mask, stored, n, whole + 1, NULL) == SHOAL_OK &&
        memcmp(whole + 1, pieces + 1, chunk_bytes) != 0)
        abort();
    free(whole);
    free(pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t values[MAX_VALUES];
    if (size < HEAD_BYTES) return 0;
    size_t n_values = data[2] % (MAX_VALUES + 1), chunk_bytes = data[4] | (size_t)data[5] << 8;
    uint32_t mask = data[3] & 3u;
    if (n_values > (size - HEAD_BYTES) / VALUE_BYTES) n_values = 0;
    for (size_t k = 0; k < n_values; k++)
        values[k] = shoal_load_le32(data + HEAD_BYTES + k * VALUE_BYTES);
    size_t head = HEAD_BYTES + n_values * VALUE_BYTES, n = size - head;
    shoal_pipeline pipeline = choose_pipeline(data, values, n_values);
    shoal_coder *coder;
    if (shoal_coder_new(&pipeline, chunk_bytes, false, &coder, NULL) != SHOAL_OK) return 0;
    uint8_t *stored = block(n);
    memcpy(stored + 1, data + head, n);
    decode(coder, mask, stored + 1, n, chunk_bytes);
    decode_pieces(coder, mask, stored + 1, n, chunk_bytes);
    shoal_coder_free(coder);
    free(stored);
    return 0;
}
