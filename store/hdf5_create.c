/* Making datasets: what the spec asks for, checked, as a creation property list. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_summary.h"
#include "store/hdf5_type.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

/* HDF5 keeps a chunk's size in 32 bits; Blosc a buffer's in 31, with its header. */
#define MAX_CHUNK_BYTES       ((uint64_t)UINT32_MAX)
#define MAX_BLOSC_CHUNK_BYTES ((uint64_t)INT32_MAX - 16)

/* What an axis of unknown length is taken for when chunks are chosen. */
#define STREAM_BYTES ((uint64_t)4 << 20)

/* The dataset being made. */
typedef struct making {
    const char *file, *path; /* for messages; the path is clean */
    const shoal_dataset_spec *spec;
    bool is_chunked;
    uint64_t chunk[SHOAL_MAX_RANK];
    shoal_pipeline pipeline;
} making;

/* ---- Checking ---- */

static shoal_status refuse(const making *make, const char *why, shoal_error *err)
{
    return shoal_fail(err, SHOAL_USAGE, "%s:%s cannot be made: %s", make->file, make->path, why);
}

static shoal_status check_shape(const making *make, shoal_error *err)
{
    const shoal_dataset_spec *spec = make->spec;
    uint64_t n = 0;
    if (spec->rank < 0 || spec->rank > SHOAL_MAX_RANK)
        return refuse(make, "arrays have 0 to 32 axes", err);
    if (spec->type.code > SHOAL_RECORD || spec->type.n_bytes == 0)
        return refuse(make, "elements of 0 bytes and unknown types are not stored", err);
    if (spec->type.code < SHOAL_TEXT && spec->type.n_bytes != shoal_code_size(spec->type.code))
        return refuse(make, "its type has the wrong size", err);
    if (!shoal_product(spec->rank, spec->shape, &n) || !shoal_mul_u64(n, spec->type.n_bytes, &n) ||
        n > INT64_MAX)
        return refuse(make, "its shape is too large", err);
    if (spec->unlimited >> spec->rank != 0)
        return refuse(make, "an unlimited axis is not one of its axes", err);
    if (spec->contiguous && spec->unlimited != 0)
        return refuse(make, "unlimited axes need chunks", err);
    return SHOAL_OK;
}

/* Axes that will grow from nothing: as many slices as make a chunk; where one slice is larger than
   that, as long as its longest axis. */
static void choose_chunk(making *make)
{
    const shoal_dataset_spec *spec = make->spec;
    uint64_t shape[SHOAL_MAX_RANK], slice = spec->type.n_bytes, longest = 1;
    for (int k = 0; k < spec->rank; k++) {
        shape[k] = spec->shape[k];
        if (shape[k] > longest) longest = shape[k];
        if (shape[k] > 0 && !shoal_mul_u64(slice, shape[k], &slice)) slice = UINT64_MAX;
    }
    for (int k = 0; k < spec->rank; k++) {
        if (shape[k] > 0) continue;
        bool grows = (spec->unlimited >> k & 1) != 0;
        shape[k] = !grows ? 1 : slice <= STREAM_BYTES / 2 ? STREAM_BYTES / slice : longest;
        if (grows) slice = UINT64_MAX;
    }
    shoal_chunk_choose(spec->type, spec->rank, shape, make->chunk);
}

static bool chunk_is_given(const shoal_dataset_spec *spec)
{
    for (int k = 0; k < spec->rank; k++)
        if (spec->chunk[k] != 0) return true;
    return false;
}

static shoal_status take_chunk(making *make, shoal_error *err)
{
    const shoal_dataset_spec *spec = make->spec;
    if (!chunk_is_given(spec))
        choose_chunk(make);
    else
        memcpy(make->chunk, spec->chunk, sizeof make->chunk);
    for (int k = 0; k < spec->rank; k++) {
        bool grows = (spec->unlimited >> k & 1) != 0;
        if (make->chunk[k] == 0)
            return shoal_fail(err, SHOAL_USAGE,
                              "%s:%s cannot be made: its chunks have no extent "
                              "along axis %d",
                              make->file, make->path, k);
        /* HDF5 refuses chunks that stick out of an axis that cannot grow. */
        if (!grows && make->chunk[k] > spec->shape[k])
            make->chunk[k] = spec->shape[k] > 0 ? spec->shape[k] : 1;
    }
    return SHOAL_OK;
}

static shoal_status take_codec(making *make, shoal_error *err)
{
    const shoal_dataset_spec *spec = make->spec;
    uint64_t n = 0;
    if (!shoal_product(spec->rank, make->chunk, &n) || !shoal_mul_u64(n, spec->type.n_bytes, &n) ||
        n > MAX_CHUNK_BYTES)
        return refuse(make, "its chunks are larger than 4 GiB; choose smaller ones", err);
    shoal_status status =
        shoal_pipeline_parse(spec->codec, spec->type, (size_t)n, &make->pipeline, err);
    for (int k = 0; status == SHOAL_OK && k < make->pipeline.n; k++)
        if (make->pipeline.filter[k].id == SHOAL_FILTER_BLOSC && n > MAX_BLOSC_CHUNK_BYTES)
            return refuse(make, "its chunks are larger than Blosc's 2 GiB; choose smaller ones",
                          err);
    return status;
}

static shoal_status prepare(making *make, shoal_error *err)
{
    shoal_status status = check_shape(make, err);
    if (status != SHOAL_OK) return status;
    make->is_chunked = make->spec->rank > 0 && !make->spec->contiguous;
    if (!make->is_chunked) return SHOAL_OK;
    status = take_chunk(make, err);
    return status == SHOAL_OK ? take_codec(make, err) : status;
}

/* ---- Making ---- */

/* Chunks are allocated one by one, and nothing is filled beforehand: those that are never written
   read as the fill value. Contiguous data are allocated at once; new space at the file's end is
   zeros, but space that held something else must be filled. */
static bool set_storage(const making *make, hid_t plist, hid_t type, bool recycles)
{
    const shoal_dataset_spec *spec = make->spec;
    hsize_t chunk[SHOAL_MAX_RANK];
    for (int k = 0; k < spec->rank; k++) chunk[k] = make->chunk[k];
    bool fills = !make->is_chunked && recycles;
    if (H5Pset_obj_track_times(plist, false) < 0 ||
        H5Pset_fill_time(plist, fills ? H5D_FILL_TIME_ALLOC : H5D_FILL_TIME_IFSET) < 0 ||
        H5Pset_alloc_time(plist, make->is_chunked ? H5D_ALLOC_TIME_INCR : H5D_ALLOC_TIME_EARLY) < 0)
        return false;
    if (spec->fill != NULL && H5Pset_fill_value(plist, type, spec->fill) < 0) return false;
    return !make->is_chunked || H5Pset_chunk(plist, spec->rank, chunk) >= 0;
}

static hid_t make_space(const shoal_dataset_spec *spec)
{
    hsize_t shape[SHOAL_MAX_RANK], limit[SHOAL_MAX_RANK];
    if (spec->rank == 0) return H5Screate(H5S_SCALAR);
    for (int k = 0; k < spec->rank; k++) {
        shape[k] = spec->shape[k];
        limit[k] = (spec->unlimited >> k & 1) != 0 ? H5S_UNLIMITED : shape[k];
    }
    return H5Screate_simple(spec->rank, shape, limit);
}

static shoal_status make_dataset(shoal_writer *writer, const making *make, shoal_error *err)
{
    hid_t type = shoal_hdf5_type_make(make->spec->type), space = make_space(make->spec);
    hid_t plist = H5Pcreate(H5P_DATASET_CREATE), access = H5Pcreate(H5P_DATASET_ACCESS);
    hid_t links = shoal_hdf5_link_plist(), dataset = H5I_INVALID_HID;
    shoal_status status = SHOAL_OK;
    bool set = set_storage(make, plist, type, writer->recycles) &&
               H5Pset_chunk_cache(access, 1, 0, 1.0) >= 0;
    if (set && make->is_chunked) status = shoal_hdf5_pipeline_set(plist, &make->pipeline, err);
    if (set && status == SHOAL_OK)
        dataset = H5Dcreate2(writer->file, make->path, type, space, links, plist, access);
    if (dataset < 0 && status == SHOAL_OK)
        status = shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s cannot be made", make->file, make->path);
    H5Pclose(links);
    H5Pclose(access);
    H5Pclose(plist);
    H5Sclose(space);
    H5Tclose(type);
    shoal_sink *sink = NULL;
    if (status == SHOAL_OK)
        status = shoal_writer_add_sink(writer, make->path, dataset, true, &sink, err);
    return status;
}

/* Frees the name: nothing there, or what may be replaced. */
static shoal_status make_room(shoal_writer *writer, const making *make, shoal_error *err)
{
    shoal_hdf5_kind kind = shoal_hdf5_object_kind(writer->file, make->path);
    if (make->path[1] == '\0')
        return refuse(make, "/ is the file's root group; name the dataset, as in FILE:/data", err);
    if (kind == SHOAL_HDF5_NOTHING)
        return shoal_hdf5_object_parents(writer->file, make->file, make->path, err);
    if (!make->spec->replace)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s exists; use -f to overwrite", make->file,
                          make->path);
    return shoal_writer_remove(writer, make->path, err);
}

shoal_status shoal_writer_dataset(shoal_writer *writer, const char *path,
                                  const shoal_dataset_spec *spec, shoal_error *err)
{
    char *clean = NULL;
    shoal_status status = shoal_hdf5_object_path(writer->commit.path, path, &clean, err);
    if (status != SHOAL_OK) return status;
    making make = {.file = writer->commit.path, .path = clean, .spec = spec};
    status = prepare(&make, err);
    shoal_hdf5_lock();
    if (status == SHOAL_OK) status = make_room(writer, &make, err);
    if (status == SHOAL_OK) status = make_dataset(writer, &make, err);
    shoal_hdf5_unlock();
    free(clean);
    return status;
}

/* ---- Growing ---- */

static shoal_status grow(shoal_sink *sink, const uint64_t *shape, shoal_error *err)
{
    hsize_t limit[H5S_MAX_RANK], wanted[H5S_MAX_RANK];
    bool grows = false, renumbers = false;
    hid_t space = H5Dget_space(sink->dataset);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, NULL, limit);
    if (space >= 0) H5Sclose(space);
    if (rank < 0) return shoal_sink_fail(sink, "its shape cannot be read", err);
    for (int k = 0; k < rank; k++) {
        const char *why = shape[k] < sink->grid.shape[k] ? "cannot shrink"
                          : shape[k] > limit[k]          ? "cannot grow that far"
                                                         : NULL;
        if (why != NULL)
            return shoal_fail(err, SHOAL_USAGE, "%s:%s: axis %d of %llu %s, to %llu",
                              sink->writer->commit.path, sink->path, k,
                              (unsigned long long)sink->grid.shape[k], why,
                              (unsigned long long)shape[k]);
        wanted[k] = shape[k];
        if (k > 0 && shape[k] > sink->grid.shape[k]) renumbers = true;
        grows = grows || shape[k] > sink->grid.shape[k];
    }
    if (!grows) return SHOAL_OK;
    if (H5Dset_extent(sink->dataset, wanted) < 0) return shoal_sink_fail(sink, "cannot grow", err);
    if (renumbers && sink->first_fresh > 0) sink->first_fresh = UINT64_MAX;
    if (renumbers) shoal_sink_summarise_none(sink);
    sink->is_touched = true;
    return shoal_sink_refresh(sink, err);
}

shoal_status shoal_writer_extend(shoal_writer *writer, const char *path, const uint64_t *shape,
                                 shoal_error *err)
{
    shoal_sink *sink = NULL;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = grow(sink, shape, err);
    shoal_hdf5_unlock();
    return status;
}
