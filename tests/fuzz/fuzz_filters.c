/* libFuzzer target: any bytes through the decoders of a pipeline that the first bytes choose.
   Input: pipeline, parameter, mask, chunk size (two bytes), then the stored chunk. */
#include "chunk/filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 5 };

static shoal_pipeline choose_pipeline(uint8_t choice, uint8_t parameter)
{
    static const uint16_t ids[][3] = {
        {SHOAL_FILTER_BLOSC},
        {SHOAL_FILTER_DEFLATE},
        {SHOAL_FILTER_SHUFFLE},
        {SHOAL_FILTER_FLETCHER32},
        {SHOAL_FILTER_SHUFFLE, SHOAL_FILTER_DEFLATE},
        {SHOAL_FILTER_SHUFFLE, SHOAL_FILTER_DEFLATE, SHOAL_FILTER_FLETCHER32},
        {SHOAL_FILTER_FLETCHER32, SHOAL_FILTER_BLOSC},
        {SHOAL_FILTER_DEFLATE, SHOAL_FILTER_BLOSC, SHOAL_FILTER_SHUFFLE},
    };
    const uint16_t *chosen = ids[choice % (sizeof ids / sizeof *ids)];
    shoal_pipeline pipeline = {.n = 0};
    for (int k = 0; k < 3 && chosen[k] != 0; k++) {
        shoal_filter *filter = &pipeline.filter[pipeline.n++];
        filter->id = chosen[k];
        if (chosen[k] == SHOAL_FILTER_SHUFFLE) {
            filter->n_values = 1;
            filter->values[0] = 1 + parameter % 20u;
        }
    }
    return pipeline;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES) return 0;
    shoal_pipeline pipeline = choose_pipeline(data[0], data[1]);
    size_t chunk_bytes = (size_t)data[3] | (size_t)data[4] << 8, n = size - HEAD_BYTES;
    uint32_t mask = data[2] & 7u;
    shoal_coder *coder;
    if (shoal_coder_new(&pipeline, chunk_bytes, false, &coder, NULL) != SHOAL_OK) abort();
    /* Exact blocks, so that every overrun is seen. */
    uint8_t *stored = malloc(n + 1), *whole = malloc(chunk_bytes + 1), *part;
    part = malloc(chunk_bytes + 1);
    if (stored == NULL || whole == NULL || part == NULL) abort();
    memcpy(stored + 1, data + HEAD_BYTES, n);
    shoal_status status = shoal_decode(coder, mask, stored + 1, n, whole + 1, NULL);
    size_t first = chunk_bytes / 3, n_part = chunk_bytes / 4;
    bool range =
        shoal_decode_range(coder, mask, stored + 1, n, first, n_part, part + 1, NULL) == SHOAL_OK;
    /* A part of what decodes whole decodes the same. */
    if (status == SHOAL_OK && (!range || memcmp(whole + 1 + first, part + 1 + first, n_part) != 0))
        abort();
    (void)shoal_decode_block(coder, mask, stored + 1, n);
    shoal_coder_free(coder);
    free(stored);
    free(whole);
    free(part);
    return 0;
}
