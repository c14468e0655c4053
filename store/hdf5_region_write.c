/* Regions of a writer's datasets: chunks through our coder, all else through libhdf5. */
#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_summary.h"
#include <stdlib.h>
#include <string.h>

/* ---- Checking ---- */

static shoal_status check_region(const shoal_sink *sink, const shoal_region *region, size_t n_bytes,
                                 shoal_error *err)
{
    const char *file = sink->writer->commit.path;
    uint64_t n = 0;
    if (region->rank != sink->grid.rank)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s has %d axes, the region has %d", file,
                          sink->path, sink->grid.rank, region->rank);
    for (int k = 0; k < region->rank; k++)
        if (region->axis[k].step != 1 && region->axis[k].count > 1)
            return shoal_fail(err, SHOAL_USAGE, "%s:%s: axis %d of the region has a step of %lld",
                              file, sink->path, k, (long long)region->axis[k].step);
    if (!shoal_region_inside(region, sink->grid.shape))
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: the region is not inside of the array", file,
                          sink->path);
    if (!shoal_region_elements(region, &n) || !shoal_mul_u64(n, sink->type.n_bytes, &n) ||
        n != n_bytes)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: the buffer has %zu bytes, the region %llu",
                          file, sink->path, n_bytes, (unsigned long long)n);
    return SHOAL_OK;
}

/* ---- Through libhdf5 ---- */

typedef struct box {
    int rank;
    hsize_t start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
} box;

static void box_of_region(const shoal_region *region, box *out)
{
    out->rank = region->rank;
    for (int k = 0; k < region->rank; k++) {
        out->start[k] = (hsize_t)region->axis[k].start;
        out->count[k] = region->axis[k].count;
    }
}

/* The two dataspaces of a transfer; H5S_ALL for scalars. */
static bool select_box(const shoal_sink *sink, const box *at, hid_t *file, hid_t *memory)
{
    *file = *memory = H5S_ALL;
    if (at->rank == 0) return true;
    *file = H5Dget_space(sink->dataset);
    *memory = H5Screate_simple(at->rank, at->count, NULL);
    return *file >= 0 && *memory >= 0 &&
           H5Sselect_hyperslab(*file, H5S_SELECT_SET, at->start, NULL, at->count, NULL) >= 0;
}

static void close_spaces(hid_t file, hid_t memory)
{
    if (file > 0) H5Sclose(file);
    if (memory > 0) H5Sclose(memory);
}

static shoal_status write_box(shoal_sink *sink, const box *at, const void *buffer, shoal_error *err)
{
    hid_t file, memory;
    shoal_status status = shoal_sink_settle(sink, err);
    if (status != SHOAL_OK) return status;
    sink->writer->recycles = sink->is_touched = true;
    if (!select_box(sink, at, &file, &memory) ||
        H5Dwrite(sink->dataset, sink->memory_type, memory, file, H5P_DEFAULT, buffer) < 0)
        status = shoal_sink_fail(sink, "cannot be written", err);
    close_spaces(file, memory);
    return status;
}

static shoal_status read_box(shoal_sink *sink, const box *at, void *buffer, shoal_error *err)
{
    hid_t file, memory;
    shoal_status status = shoal_sink_settle(sink, err);
    if (status != SHOAL_OK) return status;
    if (!select_box(sink, at, &file, &memory) ||
        H5Dread(sink->dataset, sink->memory_type, memory, file, H5P_DEFAULT, buffer) < 0)
        status = shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s: cannot be read",
                                 sink->writer->commit.path, sink->path);
    close_spaces(file, memory);
    return status;
}

/* ---- Chunks ---- */

void shoal_writer_free_scratch(shoal_writer *writer)
{
    shoal_coder_free(writer->scratch.encoder);
    shoal_coder_free(writer->scratch.decoder);
    free(writer->scratch.chunk);
    free(writer->scratch.encoded);
    writer->scratch = (shoal_writer_scratch){0};
}

static size_t chunk_bytes(const shoal_sink *sink)
{
    return (size_t)sink->grid.chunk_elements * sink->type.n_bytes;
}

static shoal_status take_scratch(shoal_sink *sink, shoal_error *err)
{
    shoal_writer_scratch *scratch = &sink->writer->scratch;
    if (scratch->owner == sink) return SHOAL_OK;
    shoal_writer_free_scratch(sink->writer);
    size_t n = chunk_bytes(sink);
    shoal_status status = shoal_coder_new(&sink->pipeline, n, true, &scratch->encoder, err);
    if (status != SHOAL_OK) return status;
    scratch->n_encoded = shoal_encode_bound(&sink->pipeline, n);
    scratch->chunk = malloc(n);
    scratch->encoded = malloc(scratch->n_encoded);
    if (scratch->chunk == NULL || scratch->encoded == NULL) {
        shoal_writer_free_scratch(sink->writer);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory for a chunk of %zu bytes", n);
    }
    scratch->owner = sink;
    return SHOAL_OK;
}

/* The part of a region that lies in one chunk, as strided boxes on both sides. */
typedef struct part {
    const shoal_piece *piece;
    hsize_t offset[SHOAL_MAX_RANK]; /* of the chunk in the array */
    uint64_t count[SHOAL_MAX_RANK];
    const uint8_t *from; /* in the caller's buffer */
    ptrdiff_t to;        /* in the chunk, in bytes */
    int64_t from_strides[SHOAL_MAX_RANK], to_strides[SHOAL_MAX_RANK];
    bool is_chunk; /* the bytes in the buffer are just the chunk's */
} part;

static void find_part(const shoal_sink *sink, const shoal_region *region, const void *buffer,
                      const shoal_piece *piece, part *out)
{
    const shoal_grid *grid = &sink->grid;
    uint64_t shape[SHOAL_MAX_RANK];
    *out = (part){.piece = piece, .from = buffer, .is_chunk = true};
    for (int k = 0; k < grid->rank; k++) shape[k] = region->axis[k].count;
    shoal_contiguous_strides(grid->rank, shape, sink->type.n_bytes, out->from_strides);
    shoal_contiguous_strides(grid->rank, grid->chunk, sink->type.n_bytes, out->to_strides);
    for (int k = 0; k < grid->rank; k++) {
        out->offset[k] = piece->chunk[k] * grid->chunk[k];
        out->count[k] = piece->in_chunk[k].count;
        out->from += (int64_t)piece->in_region[k] * out->from_strides[k];
        out->to += piece->in_chunk[k].start * out->to_strides[k];
        if (out->count[k] != grid->chunk[k] ||
            (out->count[k] > 1 && out->from_strides[k] != out->to_strides[k]))
            out->is_chunk = false;
    }
}

static shoal_status fail_chunk(const shoal_sink *sink, const part *at, shoal_status status,
                               shoal_error *err)
{
    return shoal_fail_within(err, status, "%s:%s: chunk %llu", sink->writer->commit.path,
                             sink->path, (unsigned long long)at->piece->chunk_id);
}

/* Reads the chunk's stored bytes, *n of them; 0 when it was never written. */
static shoal_status read_stored(shoal_sink *sink, const part *at, size_t *n, uint32_t *mask,
                                shoal_error *err)
{
    shoal_writer_scratch *scratch = &sink->writer->scratch;
    hsize_t n_bytes = 0;
    shoal_status status = shoal_sink_settle(sink, err);
    if (status != SHOAL_OK) return status;
    *n = 0;
    if (!shoal_sink_stored(sink, at->offset, &n_bytes))
        return shoal_sink_fail(sink, "its chunks cannot be found", err);
    if (n_bytes > scratch->n_encoded) {
        free(scratch->encoded);
        scratch->encoded = malloc((size_t)n_bytes);
        scratch->n_encoded = scratch->encoded == NULL ? 0 : (size_t)n_bytes;
        if (scratch->encoded == NULL) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    if (n_bytes > 0 &&
        H5Dread_chunk(sink->dataset, H5P_DEFAULT, at->offset, mask, scratch->encoded) < 0)
        return shoal_sink_fail(sink, "a chunk cannot be read", err);
    *n = (size_t)n_bytes;
    return SHOAL_OK;
}

/* What the chunk holds so far, into the scratch: its elements, or fill values. */
static shoal_status load_chunk(shoal_sink *sink, const part *at, shoal_error *err)
{
    shoal_writer_scratch *scratch = &sink->writer->scratch;
    shoal_status status = SHOAL_OK;
    size_t n = 0;
    uint32_t mask = 0;
    if (!at->piece->whole && at->piece->chunk_id < sink->first_fresh)
        status = read_stored(sink, at, &n, &mask, err);
    if (status != SHOAL_OK) return status;
    if (n == 0) {
        shoal_fill_elements(scratch->chunk, sink->fill, (size_t)sink->grid.chunk_elements,
                            sink->type.n_bytes);
        return SHOAL_OK;
    }
    if (scratch->decoder == NULL)
        status = shoal_coder_new(&sink->pipeline, chunk_bytes(sink), false, &scratch->decoder, err);
    if (status == SHOAL_OK)
        status = shoal_decode(scratch->decoder, mask, scratch->encoded, n, scratch->chunk, err);
    return status == SHOAL_OK ? status : fail_chunk(sink, at, status, err);
}

static shoal_status write_part(shoal_sink *sink, const part *at, shoal_error *err)
{
    shoal_writer_scratch *scratch = &sink->writer->scratch;
    shoal_status status = take_scratch(sink, err);
    const uint8_t *bytes = at->from;
    size_t n = chunk_bytes(sink);
    uint32_t mask = 0;
    if (status == SHOAL_OK && !at->is_chunk) {
        status = load_chunk(sink, at, err);
        bytes = scratch->chunk;
        if (status == SHOAL_OK)
            shoal_copy_box(sink->grid.rank, at->count, at->from, at->from_strides,
                           scratch->chunk + at->to, at->to_strides, sink->type.n_bytes);
    }
    if (status == SHOAL_OK && sink->pipeline.n > 0) {
        status = shoal_encode(scratch->encoder, bytes, scratch->encoded, &n, &mask, err);
        bytes = scratch->encoded;
        if (status != SHOAL_OK) return fail_chunk(sink, at, status, err);
    }
    if (status != SHOAL_OK) return status;
    return shoal_sink_write_chunk(sink, at->piece->chunk_id, bytes, n, mask, err);
}

static shoal_status write_parts(shoal_sink *sink, const shoal_region *region, const void *buffer,
                                shoal_error *err)
{
    shoal_pieces it;
    shoal_piece piece;
    shoal_status status = SHOAL_OK;
    shoal_pieces_begin(&it, &sink->grid, region);
    while (status == SHOAL_OK && shoal_pieces_next(&it, &piece)) {
        part at;
        find_part(sink, region, buffer, &piece, &at);
        status = write_part(sink, &at, err);
    }
    return status;
}

/* ---- The public side ---- */

shoal_status shoal_writer_write(shoal_writer *writer, const char *path, const shoal_region *region,
                                const void *buffer, size_t n_bytes, shoal_error *err)
{
    shoal_sink *sink = NULL;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (status == SHOAL_OK) status = check_region(sink, region, n_bytes, err);
    if (status != SHOAL_OK || n_bytes == 0) return status;
    shoal_hdf5_lock();
    if (sink->is_chunked) {
        status = write_parts(sink, region, buffer, err);
    } else {
        box all;
        box_of_region(region, &all);
        shoal_sink_forget_region(sink, region);
        status = write_box(sink, &all, buffer, err);
    }
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_writer_read(shoal_writer *writer, const char *path, const shoal_region *region,
                               void *buffer, size_t n_bytes, shoal_error *err)
{
    shoal_sink *sink = NULL;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (status == SHOAL_OK) status = check_region(sink, region, n_bytes, err);
    if (status != SHOAL_OK || n_bytes == 0) return status;
    box all;
    box_of_region(region, &all);
    shoal_hdf5_lock();
    status = read_box(sink, &all, buffer, err);
    shoal_hdf5_unlock();
    return status;
}
