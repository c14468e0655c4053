#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_summary.h"
#include "store/hdf5_type.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES ((uint64_t)1 << 20)

shoal_status shoal_sink_fail(const shoal_sink *sink, const char *what, shoal_error *err)
{
    return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: %s", sink->writer->commit.path, sink->path,
                           what);
}

/* ---- Open ---- */

static void sink_free(shoal_sink *sink)
{
    if (sink->dataset >= 0) H5Dclose(sink->dataset);
    if (sink->memory_type >= 0) H5Tclose(sink->memory_type);
    free(sink->fill);
    free(sink->kept.chunk);
    free(sink->path);
    free(sink);
}

static shoal_status read_type(shoal_sink *sink, bool *big_endian, shoal_error *err)
{
    char stored[64], why[256];
    hid_t type = H5Dget_type(sink->dataset);
    if (type < 0) return shoal_sink_fail(sink, "its type cannot be read", err);
    bool known = shoal_hdf5_type_read(type, &sink->type, big_endian, stored, why);
    H5Tclose(type);
    if (!known)
        return shoal_fail(err, SHOAL_DATA, "%s:%s cannot be written: %s", sink->writer->commit.path,
                          sink->path, why);
    sink->memory_type = shoal_hdf5_type_make(sink->type);
    sink->fill = calloc(1, sink->type.n_bytes);
    if (sink->memory_type < 0) return shoal_sink_fail(sink, "its type cannot be made", err);
    return sink->fill == NULL ? shoal_fail(err, SHOAL_MEMORY, "out of memory") : SHOAL_OK;
}

/* Chunks are encoded here when all filters are known here, for whole chunks of native order. */
static shoal_status read_storage(shoal_sink *sink, hid_t plist, bool big_endian,
                                 uint64_t chunk[SHOAL_MAX_RANK], shoal_error *err)
{
    hsize_t extents[H5S_MAX_RANK];
    unsigned options = 0;
    uint16_t unknown;
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    if (H5Pfill_value_defined(plist, &defined) >= 0 && defined != H5D_FILL_VALUE_UNDEFINED &&
        H5Pget_fill_value(plist, sink->memory_type, sink->fill) < 0)
        return shoal_sink_fail(sink, "its fill value cannot be read", err);
    if (H5Pget_layout(plist) != H5D_CHUNKED) return SHOAL_OK;
    int rank = H5Pget_chunk(plist, H5S_MAX_RANK, extents);
    if (rank <= 0 || H5Pget_chunk_opts(plist, &options) < 0)
        return shoal_sink_fail(sink, "its chunks cannot be read", err);
    for (int k = 0; k < rank; k++) chunk[k] = extents[k];
    shoal_status status = shoal_hdf5_pipeline_get(plist, &sink->pipeline, err);
    if (status != SHOAL_OK) return status;
    sink->is_chunked = !big_endian && (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) == 0 &&
                       shoal_pipeline_decodes(&sink->pipeline, &unknown);
    /* Left to libhdf5, which fills new chunks only in its cache: let it hold one. */
    if (!sink->is_chunked) {
        size_t n = sink->type.n_bytes;
        for (int k = 0; k < rank; k++)
            if (!shoal_mul_size(n, chunk[k], &n)) n = 0;
        sink->cache_bytes = n;
        sink->is_stale = true;
    }
    return SHOAL_OK;
}

/* Without chunks, regions are written in pieces of whole runs: the last axes entire. */
static void choose_pieces(const shoal_sink *sink, int rank, const uint64_t *shape, uint64_t *chunk)
{
    uint64_t left = PIECE_BYTES / sink->type.n_bytes;
    for (int k = rank - 1; k >= 0; k--) {
        chunk[k] = left < 1 ? 1 : left;
        if (chunk[k] > shape[k]) chunk[k] = shape[k] > 0 ? shape[k] : 1;
        left /= chunk[k];
    }
}

static int read_shape(const shoal_sink *sink, uint64_t shape[SHOAL_MAX_RANK])
{
    hsize_t extents[H5S_MAX_RANK];
    hid_t space = H5Dget_space(sink->dataset);
    bool has_extent = space >= 0 && H5Sget_simple_extent_type(space) != H5S_NULL;
    int rank = has_extent ? H5Sget_simple_extent_dims(space, extents, NULL) : -1;
    if (space >= 0) H5Sclose(space);
    for (int k = 0; k < rank; k++) shape[k] = extents[k];
    return rank;
}

shoal_status shoal_sink_refresh(shoal_sink *sink, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK], chunk[SHOAL_MAX_RANK];
    int rank = read_shape(sink, shape);
    if (rank < 0) return shoal_sink_fail(sink, "its shape cannot be read", err);
    memcpy(chunk, sink->grid.chunk, sizeof chunk);
    if (!shoal_grid_init(&sink->grid, rank, shape, chunk))
        return shoal_fail(err, SHOAL_DATA, "%s:%s: its shape is too large",
                          sink->writer->commit.path, sink->path);
    return SHOAL_OK;
}

static shoal_status sink_describe(shoal_sink *sink, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK], chunk[SHOAL_MAX_RANK] = {0};
    bool big_endian = false;
    shoal_status status = read_type(sink, &big_endian, err);
    if (status != SHOAL_OK) return status;
    int rank = read_shape(sink, shape);
    if (rank < 0) return shoal_sink_fail(sink, "its shape cannot be read", err);
    hid_t plist = H5Dget_create_plist(sink->dataset);
    if (plist < 0) return shoal_sink_fail(sink, "its storage cannot be read", err);
    status = read_storage(sink, plist, big_endian, chunk, err);
    H5Pclose(plist);
    if (status != SHOAL_OK) return status;
    if (!sink->is_chunked) choose_pieces(sink, rank, shape, chunk);
    for (int k = 0; k < rank; k++) sink->grid.chunk[k] = chunk[k];
    return shoal_sink_refresh(sink, err);
}

shoal_status shoal_writer_add_sink(shoal_writer *writer, const char *path, hid_t dataset,
                                   bool is_new, shoal_sink **out, shoal_error *err)
{
    shoal_sink *sink = calloc(1, sizeof *sink);
    char *copy = strdup(path);
    if (sink == NULL || copy == NULL) {
        free(sink);
        free(copy);
        H5Dclose(dataset);
        return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    }
    *sink = (shoal_sink){.writer = writer,
                         .path = copy,
                         .dataset = dataset,
                         .memory_type = H5I_INVALID_HID,
                         .first_fresh = is_new ? 0 : UINT64_MAX};
    shoal_status status = sink_describe(sink, err);
    if (status != SHOAL_OK) {
        sink_free(sink);
        return status;
    }
    sink->next = writer->sinks;
    writer->sinks = sink;
    *out = sink;
    return SHOAL_OK;
}

/* ---- Find ---- */

/* By default without chunk cache: parts of chunks go to the file at once, so memory stays bounded
   whatever the number of datasets, and chunks that are written directly cannot disagree with it. */
static shoal_status open_dataset(shoal_writer *writer, const char *path, size_t cache_bytes,
                                 hid_t *out, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access, 1, cache_bytes, 1.0);
    *out = H5Dopen2(writer->file, path, access);
    if (*out < 0)
        status =
            shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s cannot be opened", writer->commit.path, path);
    H5Pclose(access);
    return status;
}

/* libhdf5 remembers what its index said of the chunk that it looked up last, and H5Dwrite_chunk
   leaves the old filter mask in that memory: a chunk stored as it is would be decoded. Only
   opening the dataset anew clears it. */
shoal_status shoal_sink_settle(shoal_sink *sink, shoal_error *err)
{
    if (!sink->is_stale) return SHOAL_OK;
    hid_t dataset = H5I_INVALID_HID;
    if (H5Dclose(sink->dataset) < 0) return shoal_sink_fail(sink, "cannot be closed", err);
    shoal_status status = open_dataset(sink->writer, sink->path, sink->cache_bytes, &dataset, err);
    sink->dataset = dataset;
    sink->is_stale = status != SHOAL_OK;
    return status;
}

static shoal_status open_sink(shoal_writer *writer, const char *path, shoal_sink **out,
                              shoal_error *err)
{
    const char *file = writer->commit.path;
    shoal_hdf5_kind kind = shoal_hdf5_object_kind(writer->file, path);
    if (kind == SHOAL_HDF5_NOTHING)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: there is no such dataset", file, path);
    if (kind != SHOAL_HDF5_DATASET)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s is not a dataset", file, path);
    hid_t dataset = H5I_INVALID_HID;
    shoal_status status = open_dataset(writer, path, 0, &dataset, err);
    if (status != SHOAL_OK) return status;
    return shoal_writer_add_sink(writer, path, dataset, false, out, err);
}

shoal_status shoal_writer_find_sink(shoal_writer *writer, const char *path, shoal_sink **out,
                                    shoal_error *err)
{
    for (shoal_sink **at = &writer->sinks; *at != NULL; at = &(*at)->next) {
        shoal_sink *sink = *at;
        if (strcmp(sink->path, path) != 0) continue;
        *at = sink->next;
        sink->next = writer->sinks;
        writer->sinks = sink;
        *out = sink;
        return SHOAL_OK;
    }
    return open_sink(writer, path, out, err);
}

static bool is_at_or_below(const char *path, const char *top)
{
    size_t n = strlen(top);
    if (n == 1) return true;
    return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

void shoal_writer_drop_sinks(shoal_writer *writer, const char *path)
{
    for (shoal_sink **at = &writer->sinks; *at != NULL;) {
        shoal_sink *sink = *at;
        if (!is_at_or_below(sink->path, path)) {
            at = &sink->next;
            continue;
        }
        *at = sink->next;
        if (writer->scratch.owner == sink) shoal_writer_free_scratch(writer);
        sink_free(sink);
    }
}

/* ---- The public side ---- */

shoal_status shoal_writer_sink(shoal_writer *writer, const char *path, shoal_sink **out,
                               shoal_error *err)
{
    char *clean = NULL;
    shoal_status status = shoal_hdf5_object_path(writer->commit.path, path, &clean, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = shoal_writer_find_sink(writer, clean, out, err);
    shoal_hdf5_unlock();
    free(clean);
    return status;
}

const shoal_grid *shoal_sink_grid(const shoal_sink *sink)
{
    return &sink->grid;
}

const shoal_pipeline *shoal_sink_pipeline(const shoal_sink *sink)
{
    return &sink->pipeline;
}

shoal_type shoal_sink_type(const shoal_sink *sink)
{
    return sink->type;
}

const uint8_t *shoal_sink_fill(const shoal_sink *sink)
{
    return sink->fill;
}

bool shoal_sink_is_chunked(const shoal_sink *sink)
{
    return sink->is_chunked;
}

/* Some versions of libhdf5 call it an error when the chunk was never written. That one is found on
   the outermost two levels; a failure of the index or of the file comes from further down. */
bool shoal_sink_stored(const shoal_sink *sink, const hsize_t *offset, hsize_t *n_bytes)
{
    enum { OUTERMOST_LEVELS = 2 };
    if (H5Dget_chunk_storage_size(sink->dataset, offset, n_bytes) >= 0) return true;
    *n_bytes = 0;
    return H5Eget_num(H5E_DEFAULT) <= OUTERMOST_LEVELS;
}

/* H5Dwrite_chunk over a chunk of the same stored size leaves the chunk's old filter mask in the
   index; over one of another size it does not. So a chunk that has the new one's size is made
   smaller first. Appending, where no chunk can be there yet, needs no look. */
static bool make_way(const shoal_sink *sink, uint64_t chunk_id, const hsize_t *offset,
                     size_t n_bytes)
{
    static const char filler[2];
    hsize_t there = 0;
    if (sink->pipeline.n == 0 || chunk_id >= sink->first_fresh) return true;
    if (!shoal_sink_stored(sink, offset, &there)) return false;
    if (there != n_bytes) return true;
    return H5Dwrite_chunk(sink->dataset, H5P_DEFAULT, 0, offset, n_bytes == 1 ? 2 : 1, filler) >= 0;
}

shoal_status shoal_sink_write_chunk(shoal_sink *sink, uint64_t chunk_id, const void *bytes,
                                    size_t n_bytes, uint32_t mask, shoal_error *err)
{
    uint64_t at[SHOAL_MAX_RANK];
    hsize_t offset[SHOAL_MAX_RANK];
    shoal_grid_coordinates(&sink->grid, chunk_id, at);
    for (int k = 0; k < sink->grid.rank; k++) offset[k] = at[k] * sink->grid.chunk[k];
    shoal_status status = SHOAL_OK;
    shoal_hdf5_lock();
    if (!make_way(sink, chunk_id, offset, n_bytes) ||
        H5Dwrite_chunk(sink->dataset, H5P_DEFAULT, mask, offset, n_bytes, bytes) < 0)
        status =
            shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: chunk %llu cannot be written",
                            sink->writer->commit.path, sink->path, (unsigned long long)chunk_id);
    shoal_hdf5_unlock();
    sink->is_stale = sink->is_touched = true;
    shoal_sink_forget_chunk(sink, chunk_id);
    if (chunk_id >= sink->first_fresh)
        sink->first_fresh = chunk_id + 1;
    else
        sink->writer->recycles = true;
    if (status == SHOAL_OK) sink->writer->stored_bytes += n_bytes;
    return status;
}
