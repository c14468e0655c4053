#include "chunk/error.h"
#include "store/reader_state.h"
#include <stdlib.h>

bool shoal_reader_makes(const shoal_dataset *dataset)
{
    switch (dataset->layout) {
    case SHOAL_LAYOUT_CHUNKED: return dataset->conversion != NULL;
    case SHOAL_LAYOUT_RUNS:
    case SHOAL_LAYOUT_EXTERNAL:
    case SHOAL_LAYOUT_VIRTUAL: return true;
    case SHOAL_LAYOUT_CONTIGUOUS:
    case SHOAL_LAYOUT_EMPTY: break;
    }
    return false;
}

static bool has_buffer(const shoal_dataset *dataset)
{
    return dataset->layout == SHOAL_LAYOUT_CHUNKED || shoal_reader_makes(dataset);
}

/* Bytes of the second buffer: mapped runs are converted from the map, and edges of a virtual
   dataset are spread from a buffer without padding. */
static size_t second_buffer(const shoal_dataset *dataset)
{
    if (dataset->layout == SHOAL_LAYOUT_VIRTUAL) return shoal_dataset_chunk_bytes(dataset);
    if (!shoal_reader_makes(dataset) || dataset->layout == SHOAL_LAYOUT_RUNS) return 0;
    if (!dataset->conversion) return 0;
    return shoal_dataset_stored_bytes(dataset, dataset->grid.chunk_elements);
}

/* With what a virtual dataset allocates while it is read: a source's part, and its cast. */
size_t shoal_reader_bytes(const shoal_dataset *dataset)
{
    size_t n = sizeof(shoal_reader) + second_buffer(dataset);
    if (has_buffer(dataset)) n += shoal_dataset_chunk_bytes(dataset);
    if (dataset->layout == SHOAL_LAYOUT_CHUNKED)
        n += shoal_coder_bytes(&dataset->pipeline,
                               shoal_dataset_stored_bytes(dataset, dataset->grid.chunk_elements),
                               false);
    if (dataset->has_sequences) n += shoal_global_heap_bytes();
    if (dataset->layout == SHOAL_LAYOUT_VIRTUAL) n += 2 * shoal_dataset_chunk_bytes(dataset);
    return n;
}

size_t shoal_reader_passing_bytes(const shoal_dataset *dataset)
{
    if (dataset->layout != SHOAL_LAYOUT_CHUNKED) return 0;
    return shoal_coder_passing_bytes(
        &dataset->pipeline, shoal_dataset_stored_bytes(dataset, dataset->grid.chunk_elements),
        false);
}

static shoal_status make_buffer(const shoal_dataset *dataset, size_t n, uint8_t **out,
                                shoal_error *err)
{
    void *buffer = NULL;
    if (posix_memalign(&buffer, 64, n ? n : 1) != 0)
        return shoal_fail(err, SHOAL_MEMORY, "%s: no memory for a chunk of %zu bytes",
                          dataset->name, n);
    *out = buffer;
    return SHOAL_OK;
}

static shoal_status prepare(shoal_reader *reader, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    shoal_status status = SHOAL_OK;
    size_t second = second_buffer(dataset);
    if (has_buffer(dataset))
        status = make_buffer(dataset, reader->chunk_bytes, &reader->buffer, err);
    if (status == SHOAL_OK && second > 0)
        status = make_buffer(dataset, second, &reader->stored, err);
    if (status == SHOAL_OK && dataset->has_sequences)
        status = shoal_global_heap_new(dataset->meta, &reader->heap, err);
    if (status != SHOAL_OK || dataset->layout != SHOAL_LAYOUT_CHUNKED) return status;
    status = shoal_coder_new(&dataset->pipeline, reader->stored_bytes, false, &reader->coder, err);
    return status == SHOAL_OK ? status : shoal_fail_within(err, status, "%s", dataset->name);
}

shoal_status shoal_reader_new(shoal_dataset *dataset, shoal_reader **out, shoal_error *err)
{
    if (!dataset->readable)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", dataset->name, dataset->why_not);
    shoal_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", dataset->name);
    reader->dataset = dataset;
    reader->chunk_bytes = shoal_dataset_chunk_bytes(dataset);
    reader->stored_bytes = shoal_dataset_stored_bytes(dataset, dataset->grid.chunk_elements);
    reader->held = reader->partial = SHOAL_NO_CHUNK;
    reader->swaps = dataset->big_endian && !shoal_reader_makes(dataset);
    reader->used_low = UINT64_MAX;
    shoal_status status = prepare(reader, err);
    if (status == SHOAL_OK)
        *out = reader;
    else
        shoal_reader_free(reader);
    return status;
}

void shoal_reader_free(shoal_reader *reader)
{
    if (!reader) return;
    shoal_coder_free(reader->coder);
    shoal_global_heap_free(reader->heap);
    free(reader->stored);
    free(reader->buffer);
    free(reader);
}

void shoal_reader_set_cold(shoal_reader *reader, bool cold)
{
    reader->cold = cold;
}
