#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/dataset_open.h"
#include "store/hdf5_kind.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_memory_type.h"
#include "store/hdf5_path.h"
#include "store/hdf5_type.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTER_LZF = 32000 }; /* in no package of plugins */

/* A dataset being opened, with libhdf5's handles that are closed at the end. */
typedef struct opening {
    shoal_dataset *dataset;
    hid_t id, type, space, plist;
    H5D_layout_t layout;
    bool pads_text; /* bytes behind a closing NUL are not ours to show */
} opening;

/* Not an error: the dataset is shown, but cannot be read. */
static void set_unreadable(shoal_dataset *dataset, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void set_unreadable(shoal_dataset *dataset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(dataset->why_not, sizeof dataset->why_not, format, args);
    va_end(args);
    dataset->readable = false;
}

/* ---- Handles ---- */

static shoal_status open_handles(opening *o, hid_t file, const char *path, shoal_error *err)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (access < 0) return shoal_hdf5_fail(err, SHOAL_DATA, "%s", o->dataset->name);
    H5Pset_chunk_cache(access, 0, 0, 1.0); /* each chunk is asked for once, whole */
    o->id = H5Dopen2(file, path, access);
    if (o->id >= 0) {
        o->type = H5Dget_type(o->id);
        o->space = H5Dget_space(o->id);
        o->plist = H5Dget_create_plist(o->id);
    }
    shoal_status status = SHOAL_OK;
    if (o->id < 0 || o->type < 0 || o->space < 0 || o->plist < 0)
        status = shoal_hdf5_fail(err, SHOAL_DATA, "%s: damaged, or newer than libhdf5 %d.%d",
                                 o->dataset->name, H5_VERS_MAJOR, H5_VERS_MINOR);
    H5Pclose(access);
    return status;
}

static void close_handles(opening *o)
{
    if (o->type >= 0) H5Tclose(o->type);
    if (o->space >= 0) H5Sclose(o->space);
    if (o->plist >= 0) H5Pclose(o->plist);
    if (o->dataset && o->dataset->hdf5_id != o->id && o->id >= 0) H5Dclose(o->id);
}

/* ---- What the elements are ---- */

static shoal_status read_shape(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    hsize_t shape[H5S_MAX_RANK] = {0}, max_shape[H5S_MAX_RANK] = {0};
    if (H5Sget_simple_extent_type(o->space) == H5S_NULL) {
        set_unreadable(dataset, "it is empty: it has no shape");
        return SHOAL_OK;
    }
    int rank = H5Sget_simple_extent_dims(o->space, shape, max_shape);
    if (rank < 0 || rank > SHOAL_MAX_RANK)
        return shoal_hdf5_fail(err, SHOAL_DATA, "%s: its shape cannot be read", dataset->name);
    dataset->grid.rank = rank;
    for (int k = 0; k < rank; k++) {
        dataset->grid.shape[k] = shape[k];
        dataset->max_shape[k] = max_shape[k] == H5S_UNLIMITED ? UINT64_MAX : max_shape[k];
    }
    return SHOAL_OK;
}

static void read_type(opening *o)
{
    shoal_dataset *dataset = o->dataset;
    shoal_description *description = shoal_description_of(dataset);
    char why[256];
    if (!shoal_hdf5_type_read(o->type, &dataset->type, &dataset->big_endian, description->stored,
                              why))
        set_unreadable(dataset, "%s", why);
    else if (dataset->type.n_bytes == 0)
        set_unreadable(dataset, "its text has no bytes");
    o->pads_text = dataset->type.code == SHOAL_TEXT && dataset->type.n_bytes > 1 &&
                   H5Tget_class(o->type) == H5T_STRING && H5Tget_strpad(o->type) != H5T_STR_NULLPAD;
}

static shoal_status read_fill(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_description *description = shoal_description_of(dataset);
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    dataset->fill = calloc(1, dataset->type.n_bytes);
    if (!dataset->fill) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    if (H5Pfill_value_defined(o->plist, &defined) < 0 || defined != H5D_FILL_VALUE_USER_DEFINED)
        return SHOAL_OK;
    hid_t memory = shoal_hdf5_memory_type(dataset->type, o->type);
    if (memory < 0) return SHOAL_OK;
    if (H5Pget_fill_value(o->plist, memory, dataset->fill) < 0)
        memset(dataset->fill, 0, dataset->type.n_bytes);
    else
        shoal_format_element(dataset->type, dataset->fill, description->fill,
                             sizeof description->fill);
    H5Tclose(memory);
    return SHOAL_OK;
}

/* ---- Where the elements are ---- */

static const char *layout_name(H5D_layout_t layout)
{
    switch (layout) {
    case H5D_COMPACT: return "compact";
    case H5D_CONTIGUOUS: return "contiguous";
    case H5D_CHUNKED: return "chunked";
    case H5D_VIRTUAL: return "virtual";
    default: return "unknown";
    }
}

static shoal_status read_storage(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_description *description = shoal_description_of(dataset);
    hsize_t chunk[H5S_MAX_RANK] = {0};
    o->layout = H5Pget_layout(o->plist);
    description->info.layout = layout_name(o->layout);
    shoal_status status = shoal_hdf5_pipeline_get(o->plist, &dataset->pipeline, err);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "%s", dataset->name);
    shoal_pipeline_describe(&dataset->pipeline, description->filters, sizeof description->filters);
    if (o->layout != H5D_CHUNKED) return shoal_dataset_finish(dataset, NULL, err);
    int rank = H5Pget_chunk(o->plist, H5S_MAX_RANK, chunk);
    if (rank != dataset->grid.rank)
        return shoal_fail(err, SHOAL_DATA, "%s: its chunks have %d axes, its shape %d",
                          dataset->name, rank, dataset->grid.rank);
    uint64_t counts[SHOAL_MAX_RANK] = {0};
    for (int k = 0; k < rank; k++) counts[k] = description->info.chunk[k] = chunk[k];
    return shoal_dataset_finish(dataset, counts, err);
}

/* False, with the reason, when libhdf5 lacks a filter too. */
static bool filters_available(shoal_dataset *dataset)
{
    for (int k = 0; k < dataset->pipeline.n; k++) {
        uint16_t id = dataset->pipeline.filter[k].id;
        if (H5Zfilter_avail((H5Z_filter_t)id) > 0) continue;
        const char *name = shoal_filter_name(id);
        set_unreadable(dataset, "its filter %u (%s) is not available here: %s", (unsigned)id,
                       name ? name : "of no known name",
                       id == FILTER_LZF
                           ? "h5py alone has it, so write the data with another one"
                           : "install the Python package hdf5plugin and set HDF5_PLUGIN_PATH to "
                             "its folder of plugins");
        return false;
    }
    return true;
}

static void leave_to_hdf5(shoal_dataset *dataset)
{
    dataset->layout = SHOAL_LAYOUT_HDF5;
    filters_available(dataset);
}

static shoal_status place_run(shoal_dataset *dataset, const shoal_layout_message *message,
                              shoal_error *err)
{
    uint64_t n_bytes;
    shoal_product(dataset->grid.rank, dataset->grid.shape, &n_bytes);
    n_bytes *= dataset->type.n_bytes; /* fits: checked with the grid */
    if (message->n_bytes < n_bytes)
        return shoal_fail(
            err, SHOAL_DATA, "%s: damaged: %llu bytes are stored where its shape needs %llu",
            dataset->name, (unsigned long long)message->n_bytes, (unsigned long long)n_bytes);
    if (!shoal_range_fits(message->address, n_bytes, shoal_map_size(dataset->map)))
        return shoal_fail(err, SHOAL_DATA, "%s: damaged: its data lie outside of the file",
                          dataset->name);
    dataset->layout = SHOAL_LAYOUT_CONTIGUOUS;
    dataset->offset = message->address;
    return SHOAL_OK;
}

static bool class_fits(shoal_layout_class class_, H5D_layout_t layout)
{
    switch (class_) {
    case SHOAL_CLASS_COMPACT: return layout == H5D_COMPACT;
    case SHOAL_CLASS_CONTIGUOUS: return layout == H5D_CONTIGUOUS;
    case SHOAL_CLASS_BTREE1: return layout == H5D_CHUNKED;
    case SHOAL_CLASS_OTHER: return true;
    }
    return false;
}

/* By the layout message that our own parser reads from the object header. */
static shoal_status place_by_header(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_layout_message message;
    H5O_info_t info;
    uint64_t address, base = dataset->file->base_address;
    if (H5Oget_info2(o->id, &info, H5O_INFO_BASIC) < 0)
        return shoal_hdf5_fail(err, SHOAL_DATA, "%s: damaged", dataset->name);
    if (!shoal_add_u64(info.addr, base, &address))
        return shoal_fail(err, SHOAL_DATA, "%s: damaged: its address overflows", dataset->name);
    shoal_status status = shoal_layout_read(dataset->map, base, address, &message, err);
    if (status != SHOAL_OK) return shoal_fail_within(err, status, "%s", dataset->name);
    if (!class_fits(message.class_, o->layout))
        return shoal_fail(err, SHOAL_DATA, "%s: damaged: two layouts for one dataset",
                          dataset->name);
    if (message.class_ == SHOAL_CLASS_OTHER) {
        leave_to_hdf5(dataset);
        return SHOAL_OK;
    }
    dataset->layout = SHOAL_LAYOUT_EMPTY;
    if (!message.allocated) return SHOAL_OK;
    if (message.class_ != SHOAL_CLASS_BTREE1) return place_run(dataset, &message, err);
    dataset->layout = SHOAL_LAYOUT_CHUNKED;
    status = shoal_btree1_read(dataset->map, base, message.address, &dataset->grid,
                               message.offset_bytes, &dataset->index, err);
    return status == SHOAL_OK ? status : shoal_fail_within(err, status, "%s", dataset->name);
}

static shoal_status place(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    uint16_t unknown;
    bool is_foreign = o->layout == H5D_VIRTUAL || H5Pget_external_count(o->plist) > 0;
    if (dataset->grid.n_chunks == 0) {
        dataset->layout = SHOAL_LAYOUT_EMPTY;
        return SHOAL_OK;
    }
    if (is_foreign || o->pads_text || !shoal_pipeline_decodes(&dataset->pipeline, &unknown)) {
        leave_to_hdf5(dataset);
        return SHOAL_OK;
    }
    return place_by_header(o, err);
}

/* ---- Opening ---- */

static shoal_status fill_in(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    dataset->readable = true;
    shoal_status status = read_shape(o, err);
    if (status != SHOAL_OK) return status;
    read_type(o);
    if (!dataset->readable) dataset->type = (shoal_type){SHOAL_UINT8, 1}; /* for the sums below */
    status = read_fill(o, err);
    if (status == SHOAL_OK) status = read_storage(o, err);
    if (status != SHOAL_OK) return status;
    uint64_t n_elements;
    shoal_product(dataset->grid.rank, dataset->grid.shape, &n_elements);
    if (!dataset->readable)
        shoal_description_of(dataset)->info.raw_bytes = n_elements * H5Tget_size(o->type);
    dataset->layout = SHOAL_LAYOUT_EMPTY;
    return dataset->readable ? place(o, err) : SHOAL_OK;
}

static shoal_status check_kind(const shoal_file *file, const char *path, shoal_error *err)
{
    shoal_object_kind kind;
    H5O_info_t info;
    shoal_status status = shoal_hdf5_path_check(file, path, err);
    if (status == SHOAL_OK) status = shoal_hdf5_kind(file, path, false, &kind, &info, err);
    if (status != SHOAL_OK || kind == SHOAL_DATASET) return status;
    const char *what = kind == SHOAL_TABLE   ? "a table: name one of its columns"
                       : kind == SHOAL_GROUP ? "a group, not a dataset"
                                             : "not a dataset";
    return shoal_fail(err, SHOAL_USAGE, "%s:%s: is %s", file->path, path, what);
}

static shoal_status open_locked(shoal_file *file, const char *path, shoal_dataset **out,
                                shoal_error *err)
{
    opening o = {.id = -1, .type = -1, .space = -1, .plist = -1};
    shoal_status status = check_kind(file, path, err);
    if (status != SHOAL_OK) return status;
    o.dataset = shoal_dataset_new(file->path, path);
    if (!o.dataset) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    o.dataset->file = file;
    o.dataset->map = file->map;
    status = open_handles(&o, file->hdf5_id, path, err);
    if (status == SHOAL_OK) status = fill_in(&o, err);
    if (status == SHOAL_OK) o.dataset->hdf5_id = o.id;
    close_handles(&o);
    if (status == SHOAL_OK)
        *out = o.dataset;
    else
        shoal_dataset_close(o.dataset);
    return status;
}

shoal_status shoal_dataset_open(shoal_file *file, const char *path, shoal_dataset **out,
                                shoal_error *err)
{
    if (file->is_npy) {
        shoal_object_kind kind;
        shoal_status status = shoal_file_kind(file, path, &kind, err);
        if (status != SHOAL_OK) return status;
        return shoal_dataset_attach_npy(file, file->map, out, err);
    }
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_hdf5_lock();
    shoal_status status = open_locked(file, absolute, out, err);
    shoal_hdf5_unlock();
    free(absolute);
    return status;
}

void shoal_hdf5_dataset_close(shoal_dataset *dataset)
{
    shoal_hdf5_lock();
    H5Dclose(dataset->hdf5_id);
    shoal_hdf5_unlock();
    dataset->hdf5_id = -1;
}
