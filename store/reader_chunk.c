/* How a reader comes by one chunk. */
#include "chunk/copy.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/external.h"
#include "store/reader_state.h"
#include "store/sequence.h"
#include "store/virtual.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    DROP_AT_ONCE = 256 << 10, /* mapped runs of this size are dropped when they were used ... */
    DROP_TOGETHER = 8 << 20,  /* ... smaller ones when they add up to this */
};

/* ---- Mapped bytes: afterwards ---- */

void shoal_reader_drop(shoal_reader *reader, uint64_t offset, uint64_t n)
{
    const shoal_map *map = reader->dataset->map;
    if (reader->cold || n >= DROP_AT_ONCE) {
        shoal_map_drop(map, offset, n, reader->cold);
        return;
    }
    if (offset < reader->used_low) reader->used_low = offset;
    if (offset + n > reader->used_high) reader->used_high = offset + n;
    reader->used_bytes += n;
    if (reader->used_bytes < DROP_TOGETHER) return;
    shoal_map_drop(map, reader->used_low, reader->used_high - reader->used_low, false);
    reader->used_low = UINT64_MAX;
    reader->used_high = reader->used_bytes = 0;
}

const uint8_t *shoal_reader_encoded(const shoal_reader *reader, const shoal_index_entry *entry)
{
    return shoal_map_bytes(reader->dataset->map) + entry->offset;
}

shoal_status shoal_reader_fail_chunk(const shoal_dataset *dataset, uint64_t chunk_id,
                                     const shoal_error *cause, shoal_error *err)
{
    shoal_status status = shoal_map_check(dataset->map, err);
    if (status != SHOAL_OK) return status;
    const shoal_grid *grid = &dataset->grid;
    uint64_t at[SHOAL_MAX_RANK];
    char text[SHOAL_MAX_RANK * 22 + 1] = "";
    size_t n = 0;
    shoal_grid_coordinates(grid, chunk_id, at);
    for (int k = 0; k < grid->rank; k++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%" PRIu64, k ? ", " : "",
                              at[k] * grid->chunk[k]);
    bool is_damaged = cause->status == SHOAL_DATA && dataset->layout == SHOAL_LAYOUT_CHUNKED &&
                      !strstr(cause->message, "cannot be");
    const char *advice = is_damaged ? "; the file is damaged here: restore it from a copy" : "";
    return shoal_fail(err, cause->status, "%s: chunk %" PRIu64 " at (%s): %s%s", dataset->name,
                      chunk_id, text, cause->message, advice);
}

shoal_status shoal_reader_finish(shoal_reader *reader, const shoal_index_entry *entry, uint64_t n,
                                 shoal_status status, const shoal_error *cause, shoal_error *err)
{
    if (status == SHOAL_OK)
        status = shoal_map_check(reader->dataset->map, err);
    else
        status = shoal_reader_fail_chunk(reader->dataset, entry->chunk_id, cause, err);
    shoal_reader_drop(reader, entry->offset, n);
    return status;
}

shoal_status shoal_reader_decode(shoal_reader *reader, const shoal_index_entry *entry, void *dst,
                                 shoal_error *err)
{
    shoal_error cause = {0};
    const uint8_t *src = shoal_reader_encoded(reader, entry);
    shoal_status status =
        shoal_decode(reader->coder, entry->mask, src, entry->n_bytes, dst, &cause);
    return shoal_reader_finish(reader, entry, entry->n_bytes, status, &cause, err);
}

/* ---- Stored elements ---- */

/* Runs: where a chunk's elements begin, and how many there are of it in the shape. */
static void locate_run(const shoal_grid *grid, uint64_t chunk_id, uint64_t *first, uint64_t *n)
{
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    shoal_grid_coordinates(grid, chunk_id, at);
    shoal_grid_extent(grid, at, start, count);
    *first = 0;
    *n = 1;
    for (int k = 0; k < grid->rank; k++) {
        *first = *first * grid->shape[k] + start[k];
        *n *= count[k];
    }
}

shoal_status shoal_reader_stored(shoal_reader *reader, uint64_t chunk_id, const uint8_t **bytes,
                                 uint64_t *n_elements, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    uint64_t first;
    uint8_t *buffer = reader->stored ? reader->stored : reader->buffer;
    *bytes = buffer;
    if (dataset->layout == SHOAL_LAYOUT_CHUNKED) {
        const shoal_index_entry *entry = shoal_index_find(&dataset->index, chunk_id);
        *n_elements = entry ? dataset->grid.chunk_elements : 0;
        return entry ? shoal_reader_decode(reader, entry, buffer, err) : SHOAL_OK;
    }
    locate_run(&dataset->grid, chunk_id, &first, n_elements);
    uint64_t offset = shoal_dataset_stored_bytes(dataset, first);
    if (dataset->layout == SHOAL_LAYOUT_RUNS) {
        *bytes = shoal_map_bytes(dataset->map) + dataset->offset + offset;
        return SHOAL_OK;
    }
    shoal_error cause = {0};
    shoal_status status =
        shoal_external_read(dataset->external, offset, buffer,
                            shoal_dataset_stored_bytes(dataset, *n_elements), &cause);
    return status == SHOAL_OK ? status : shoal_reader_fail_chunk(dataset, chunk_id, &cause, err);
}

shoal_status shoal_reader_finish_stored(shoal_reader *reader, uint64_t chunk_id,
                                        shoal_status status, const shoal_error *cause,
                                        shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    if (status != SHOAL_OK)
        status = shoal_reader_fail_chunk(dataset, chunk_id, cause, err);
    else
        status = shoal_map_check(dataset->map, err);
    if (dataset->layout == SHOAL_LAYOUT_RUNS) {
        uint64_t first, n;
        locate_run(&dataset->grid, chunk_id, &first, &n);
        shoal_reader_drop(reader, dataset->offset + shoal_dataset_stored_bytes(dataset, first),
                          shoal_dataset_stored_bytes(dataset, n));
    }
    return status;
}

/* ---- Elements as in memory ---- */

/* The bytes of a value of variable length, in the map. */
static shoal_status fetch_sequence(void *user, const uint8_t *descriptor, const uint8_t **bytes,
                                   size_t *n, shoal_error *err)
{
    shoal_reader *reader = user;
    const shoal_metadata *meta = reader->dataset->meta;
    shoal_sequence stated = shoal_sequence_parse(meta, descriptor);
    uint64_t collection, at, n_stored;
    *bytes = NULL;
    *n = 0;
    if (stated.count == 0) return SHOAL_OK;
    if (!shoal_metadata_offset(meta, stated.collection, &collection))
        return shoal_fail(err, SHOAL_DATA, "a value of variable length has no address");
    shoal_status status =
        shoal_global_heap_get(reader->heap, collection, stated.index, &at, &n_stored, err);
    if (status != SHOAL_OK) return status;
    if (n_stored < stated.count)
        return shoal_fail(err, SHOAL_DATA, "a value of variable length is cut off");
    *bytes = shoal_map_bytes(meta->map) + at;
    *n = (size_t)n_stored;
    return SHOAL_OK;
}

/* Elements of the shape behind one another, spread to where they lie in a whole chunk. */
static shoal_status make_virtual(shoal_reader *reader, uint64_t chunk_id, uint8_t *dst,
                                 shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    const shoal_grid *grid = &dataset->grid;
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    int64_t from[SHOAL_MAX_RANK], to[SHOAL_MAX_RANK];
    shoal_region region = {.rank = grid->rank};
    bool is_edge = false;
    shoal_grid_coordinates(grid, chunk_id, at);
    shoal_grid_extent(grid, at, start, count);
    for (int k = 0; k < grid->rank; k++) {
        region.axis[k] = (shoal_range){(int64_t)start[k], 1, count[k]};
        if (count[k] != grid->chunk[k]) is_edge = true;
    }
    shoal_status status =
        shoal_virtual_read(dataset->virtual_, &region, is_edge ? reader->stored : dst, err);
    if (status != SHOAL_OK || !is_edge) return status;
    size_t n_bytes = dataset->type.n_bytes;
    shoal_fill_elements(dst, dataset->fill, (size_t)grid->chunk_elements, n_bytes);
    shoal_contiguous_strides(grid->rank, count, n_bytes, from);
    shoal_contiguous_strides(grid->rank, grid->chunk, n_bytes, to);
    shoal_copy_box(grid->rank, count, reader->stored, from, dst, to, n_bytes);
    return SHOAL_OK;
}

shoal_status shoal_reader_make(shoal_reader *reader, uint64_t chunk_id, void *dst, shoal_error *err)
{
    const shoal_dataset *dataset = reader->dataset;
    const uint8_t *src;
    uint64_t n;
    if (dataset->layout == SHOAL_LAYOUT_VIRTUAL) return make_virtual(reader, chunk_id, dst, err);
    shoal_status status = shoal_reader_stored(reader, chunk_id, &src, &n, err);
    if (status != SHOAL_OK) return status;
    shoal_error cause = {0};
    size_t n_bytes = dataset->type.n_bytes;
    if (dataset->conversion) {
        uint64_t n_inside = shoal_conversion_memory_bytes(dataset->conversion) / n_bytes;
        status = shoal_convert(dataset->conversion, src, dst, (size_t)(n / n_inside),
                               fetch_sequence, reader, &cause);
    } else {
        if (src != dst) memcpy(dst, src, (size_t)n * n_bytes);
        if (dataset->big_endian) shoal_swap_bytes(dataset->type, dst, (size_t)n);
    }
    shoal_fill_elements((uint8_t *)dst + n * n_bytes, dataset->fill,
                        (size_t)(dataset->grid.chunk_elements - n), n_bytes);
    return shoal_reader_finish_stored(reader, chunk_id, status, &cause, err);
}
