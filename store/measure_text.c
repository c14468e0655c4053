#include "store/measure_text.h"

#include "store/reader_state.h"

static shoal_status measure_chunk(shoal_reader *reader, uint64_t chunk_id, uint32_t *longest,
                                  shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    const uint8_t *bytes;
    uint64_t n;
    shoal_status status = shoal_reader_stored(reader, chunk_id, &bytes, &n, err);
    if (status != SHOAL_OK) return status;
    shoal_conversion_measure(dataset->conversion, bytes,
                             (size_t)(n / shoal_dataset_inside(dataset)), longest);
    return shoal_reader_finish_stored(reader, chunk_id, SHOAL_OK, NULL, err);
}

shoal_status shoal_measure_text(shoal_dataset *dataset, uint32_t *longest, shoal_error *err)
{
    shoal_reader *reader;
    *longest = 0;
    if (dataset->layout == SHOAL_LAYOUT_EMPTY) return SHOAL_OK;
    shoal_status status = shoal_reader_new(dataset, &reader, err);
    if (status != SHOAL_OK) return status;
    bool is_chunked = dataset->layout == SHOAL_LAYOUT_CHUNKED;
    uint64_t n = is_chunked ? dataset->index.n : dataset->grid.n_chunks;
    for (uint64_t k = 0; status == SHOAL_OK && k < n; k++)
        status = measure_chunk(reader, is_chunked ? dataset->index.entries[k].chunk_id : k, longest,
                               err);
    shoal_reader_free(reader);
    return status;
}
