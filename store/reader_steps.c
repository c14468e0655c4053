/* Chunks that are used while they are decoded. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/reader_state.h"

size_t shoal_reader_step(shoal_reader *reader, uint64_t chunk_id)
{
    const shoal_dataset *dataset = reader->dataset;
    if (dataset->layout != SHOAL_LAYOUT_CHUNKED || shoal_reader_makes(dataset)) return 0;
    const shoal_index_entry *entry = shoal_index_find(&dataset->index, chunk_id);
    if (!entry || reader->held == chunk_id) return 0;
    size_t n_bytes = dataset->type.n_bytes;
    size_t step = shoal_decode_step(reader->coder, entry->mask, shoal_reader_encoded(reader, entry),
                                    entry->n_bytes);
    return step % n_bytes == 0 ? step / n_bytes : 0;
}

shoal_status shoal_reader_begin(shoal_reader *reader, uint64_t chunk_id, shoal_error *err)
{
    const shoal_index_entry *entry = shoal_index_find(&reader->dataset->index, chunk_id);
    shoal_error cause = {0};
    reader->in_pieces = entry;
    shoal_status status = shoal_decode_begin(
        reader->coder, entry->mask, shoal_reader_encoded(reader, entry), entry->n_bytes, &cause);
    return status ? shoal_reader_finish(reader, entry, entry->n_bytes, status, &cause, err)
                  : SHOAL_OK;
}

shoal_status shoal_reader_next(shoal_reader *reader, size_t first, size_t n, bool is_last,
                               void *dst, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    size_t left = (size_t)dataset->grid.chunk_elements - first;
    const shoal_index_entry *entry = reader->in_pieces;
    size_t n_bytes = dataset->type.n_bytes;
    shoal_error cause = {0};
    if (n > left) n = left;
    shoal_status status =
        shoal_decode_piece(reader->coder, first * n_bytes, n * n_bytes, dst, &cause);
    if (status || is_last)
        status = shoal_reader_finish(reader, entry, entry->n_bytes, status, &cause, err);
    if (!status && reader->swaps) shoal_swap_bytes(dataset->type, dst, n);
    return status;
}
