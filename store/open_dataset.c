/* Opens datasets of HDF5 files: what the messages of an object header say, put together. */
#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/dataset_open.h"
#include "store/enumeration.h"
#include "store/external.h"
#include "store/hdf5_plugin.h"
#include "store/index/chunk_index.h"
#include "store/measure_text.h"
#include "store/metadata/dataspace.h"
#include "store/object.h"
#include "store/sequence.h"
#include "store/summary.h"
#include "store/view.h"
#include "store/virtual.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILL_TEXT_BYTES = 1 << 16,
    MOST_TEXT_BYTES = 64 << 20, /* of one text: each element takes as much as the longest */
};

/* A dataset being opened. */
typedef struct opening {
    shoal_file *file;
    shoal_dataset *dataset;
    shoal_found at;
    shoal_dataspace space;
    shoal_datatype *type;
    shoal_view view;
    shoal_storage storage;
    shoal_external_files external; /* n is 0 when there are none */
    bool is_measured;              /* it is known how long texts of variable length are */
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

static shoal_status need_message(const opening *o, int type, const char *what,
                                 const shoal_message **out, shoal_error *err)
{
    *out = shoal_object_header_find(&o->at.header, type);
    return *out ? SHOAL_OK : shoal_fail(err, SHOAL_DATA, "damaged: it has no %s", what);
}

/* ---- What the elements are ---- */

/* A null dataspace is read as no elements. */
static shoal_status read_shape(opening *o, shoal_error *err)
{
    const shoal_message *message;
    shoal_status status = need_message(o, SHOAL_MESSAGE_DATASPACE, "shape", &message, err);
    if (status == SHOAL_OK)
        status = shoal_dataspace_parse(o->at.meta, message->bytes, message->n, &o->space, err);
    if (status == SHOAL_OK && o->space.is_null) o->space.rank = 1;
    return status;
}

static shoal_status read_type(opening *o, shoal_error *err)
{
    const shoal_message *message;
    shoal_status status = need_message(o, SHOAL_MESSAGE_DATATYPE, "type", &message, err);
    if (status == SHOAL_OK)
        status = shoal_datatype_parse(o->at.meta, message->bytes, message->n, &o->type, err);
    return status;
}

/* How the elements are seen: type, conversion, and axes inside of them. Variable-length text is
   `text_bytes` long. */
static shoal_status see_as(opening *o, uint32_t text_bytes, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_grid *grid = &dataset->grid;
    shoal_description *description = shoal_description_of(dataset);
    shoal_conversion_free(dataset->conversion);
    dataset->conversion = NULL;
    shoal_status status = shoal_view_make(o->type, o->at.rest, text_bytes, &o->view, err);
    if (status != SHOAL_OK) return status;
    if (!o->view.readable) set_unreadable(dataset, "%s", o->view.why_not);
    if (o->view.readable && !dataset->enumeration)
        status = shoal_enumeration_new(o->view.value, &dataset->enumeration, err);
    if (status != SHOAL_OK) return status;
    if (!o->at.rest)
        shoal_datatype_describe(o->type, description->stored, sizeof description->stored);
    dataset->type = dataset->readable ? o->view.type : (shoal_type){SHOAL_UINT8, 1};
    dataset->big_endian = o->view.swaps;
    dataset->conversion = o->view.conversion;
    o->view.conversion = NULL;
    dataset->has_sequences = o->view.is_variable;
    dataset->extra_rank = dataset->readable ? o->view.extra_rank : 0;
    grid->rank = o->space.rank + dataset->extra_rank;
    if (grid->rank > SHOAL_MAX_RANK) {
        set_unreadable(dataset, "with the axes inside its elements it has %d", grid->rank);
        grid->rank = o->space.rank;
        dataset->extra_rank = 0;
    }
    for (int k = 0; k < grid->rank; k++) {
        bool own = k < o->space.rank;
        grid->shape[k] = own ? o->space.shape[k] : o->view.extra_shape[k - o->space.rank];
        dataset->max_shape[k] = own ? o->space.max_shape[k] : grid->shape[k];
    }
    return SHOAL_OK;
}

/* What is virtual and unlimited is as long as its sources. */
static shoal_status grow_virtual(opening *o, shoal_error *err)
{
    const shoal_message *message;
    shoal_storage storage;
    shoal_status status = need_message(o, SHOAL_MESSAGE_LAYOUT, "layout", &message, err);
    if (status == SHOAL_OK) status = shoal_storage_parse(o->at.meta, message, &storage, err);
    if (status != SHOAL_OK || storage.class_ != SHOAL_STORED_VIRTUAL) return status;
    return shoal_virtual_shape(o->file, o->at.meta, &storage, &o->space, err);
}

/* All elements of one stored element must be alike to be one fill value. */
static bool take_fill(shoal_dataset *dataset, const uint8_t *elements, size_t n_bytes)
{
    size_t one = dataset->type.n_bytes;
    for (size_t k = one; k + one <= n_bytes; k += one)
        if (memcmp(elements, elements + k, one) != 0) return false;
    memcpy(dataset->fill, elements, one);
    return true;
}

/* Texts of a fill value are in the global heap, like any others. */
typedef struct fill_texts {
    shoal_sequences sequences;
    uint8_t *held;
} fill_texts;

static shoal_status fetch_fill(void *user, const uint8_t *descriptor, const uint8_t **bytes,
                               size_t *n, shoal_error *err)
{
    fill_texts *texts = user;
    free(texts->held);
    texts->held = NULL;
    shoal_status status = shoal_sequence_read(&texts->sequences, descriptor, 1, FILL_TEXT_BYTES,
                                              &texts->held, n, err);
    *bytes = texts->held;
    return status;
}

static shoal_status convert_fill(opening *o, const uint8_t *stored, size_t n, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    size_t n_memory = dataset->conversion ? shoal_conversion_memory_bytes(dataset->conversion) : n;
    uint8_t *elements = malloc(n_memory ? n_memory : 1);
    if (!elements) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = SHOAL_OK;
    fill_texts texts = {.sequences = shoal_sequences_begin(dataset->meta, FILL_TEXT_BYTES)};
    if (dataset->conversion)
        status = shoal_convert(dataset->conversion, stored, elements, 1, fetch_fill, &texts, err);
    else
        memcpy(elements, stored, n);
    free(texts.held);
    shoal_sequences_end(&texts.sequences);
    if (status == SHOAL_OK && dataset->big_endian)
        shoal_swap_bytes(dataset->type, elements, n / dataset->type.n_bytes);
    if (status == SHOAL_OK && !take_fill(dataset, elements, n_memory))
        set_unreadable(dataset, "its fill value is an array of different elements");
    free(elements);
    return status;
}

/* A fill value with texts is read when it is known how long texts are. */
static shoal_status read_fill(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_description *description = shoal_description_of(dataset);
    const uint8_t *bytes = NULL;
    size_t n = 0;
    free(dataset->fill);
    dataset->fill = calloc(1, dataset->type.n_bytes);
    if (!dataset->fill) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_fill_message(&o->at.header, &bytes, &n, err);
    if (status != SHOAL_OK || n == 0 || !dataset->readable) return status;
    if (dataset->has_sequences && !o->is_measured) return status;
    if (n != o->type->n_bytes)
        return shoal_fail(err, SHOAL_DATA, "damaged: a fill value of %zu bytes for elements of %u",
                          n, (unsigned)o->type->n_bytes);
    status = convert_fill(o, bytes, n, err);
    if (status == SHOAL_OK)
        shoal_format_element(dataset->type, dataset->fill, description->fill,
                             sizeof description->fill);
    return status;
}

/* ---- Where the elements are ---- */

static const char *layout_name(const opening *o)
{
    switch (o->storage.class_) {
    case SHOAL_STORED_COMPACT: return "compact";
    case SHOAL_STORED_CONTIGUOUS: return o->external.n > 0 ? "external" : "contiguous";
    case SHOAL_STORED_CHUNKED: return "chunked";
    case SHOAL_STORED_VIRTUAL: return "virtual";
    }
    return "unknown";
}

static shoal_status read_pipeline(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_description *description = shoal_description_of(dataset);
    const shoal_message *message = shoal_object_header_find(&o->at.header, SHOAL_MESSAGE_PIPELINE);
    if (!message) return SHOAL_OK;
    shoal_status status = shoal_pipeline_message(message, &dataset->pipeline, err);
    if (status != SHOAL_OK) return status;
    shoal_pipeline_describe(&dataset->pipeline, description->filters, sizeof description->filters);
    if (o->storage.class_ != SHOAL_STORED_CHUNKED) return SHOAL_OK;
    shoal_error why;
    if (shoal_filter_plugins_attach(&dataset->pipeline, &why) == SHOAL_OK) return SHOAL_OK;
    set_unreadable(dataset, "its %s", why.message);
    return SHOAL_OK;
}

static shoal_status read_storage(opening *o, shoal_error *err)
{
    const shoal_message *message;
    shoal_status status = need_message(o, SHOAL_MESSAGE_LAYOUT, "layout", &message, err);
    if (status == SHOAL_OK) status = shoal_storage_parse(o->at.meta, message, &o->storage, err);
    if (status == SHOAL_OK && o->storage.class_ == SHOAL_STORED_CONTIGUOUS)
        status = shoal_external_files_read(o->at.meta, &o->at.header, &o->external, err);
    if (status == SHOAL_OK) status = read_pipeline(o, err);
    shoal_description_of(o->dataset)->info.layout = layout_name(o);
    return status;
}

/* The grid, from the chunks of the layout, or cut in runs. */
static shoal_status lay_grid(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_dataset_info *info = &shoal_description_of(dataset)->info;
    uint64_t chunk[SHOAL_MAX_RANK] = {0};
    if (o->storage.class_ == SHOAL_STORED_VIRTUAL) {
        shoal_chunk_choose(dataset->type, dataset->grid.rank, dataset->grid.shape, chunk);
        return shoal_dataset_finish(dataset, chunk, err);
    }
    if (o->storage.class_ != SHOAL_STORED_CHUNKED) return shoal_dataset_finish(dataset, NULL, err);
    if (o->storage.chunk_rank != o->space.rank)
        return shoal_fail(err, SHOAL_DATA, "damaged: its chunks have %d axes, its shape %d",
                          o->storage.chunk_rank, o->space.rank);
    for (int k = 0; k < dataset->grid.rank; k++)
        chunk[k] = k < o->space.rank ? o->storage.chunk[k] : dataset->grid.shape[k];
    memcpy(info->chunk, chunk, sizeof chunk);
    return shoal_dataset_finish(dataset, chunk, err);
}

/* Compact and contiguous data. */
static shoal_status place_run(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    const shoal_storage *storage = &o->storage;
    uint64_t n_bytes;
    if (!shoal_product(o->space.rank, o->space.shape, &n_bytes) ||
        !shoal_mul_u64(n_bytes, o->type->n_bytes, &n_bytes))
        return shoal_fail(err, SHOAL_DATA, "its shape is beyond what memory can address");
    if (o->external.n > 0) {
        dataset->layout = SHOAL_LAYOUT_EXTERNAL;
        return shoal_external_open(o->at.meta, &o->external, n_bytes, &dataset->external, err);
    }
    if (!storage->allocated) return SHOAL_OK;
    if (storage->n_bytes < n_bytes)
        return shoal_fail(err, SHOAL_DATA,
                          "damaged: %llu bytes are stored where its shape needs %llu",
                          (unsigned long long)storage->n_bytes, (unsigned long long)n_bytes);
    if (!shoal_range_fits(storage->address, n_bytes, shoal_map_size(o->at.meta->map)))
        return shoal_fail(err, SHOAL_DATA, "damaged: its data lie outside of the file");
    dataset->layout = dataset->conversion ? SHOAL_LAYOUT_RUNS : SHOAL_LAYOUT_CONTIGUOUS;
    dataset->offset = storage->address;
    return SHOAL_OK;
}

/* Chunks are numbered the same with and without the axes inside the elements. */
static shoal_status place_chunks(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    shoal_grid grid;
    shoal_description_of(dataset)->index = shoal_index_kind_name(o->storage.index);
    if (!shoal_grid_init(&grid, o->space.rank, o->space.shape, o->storage.chunk))
        return shoal_fail(err, SHOAL_DATA, "damaged: its chunks do not fit its shape");
    if (o->storage.element_bytes && o->storage.element_bytes != o->type->n_bytes)
        return shoal_fail(err, SHOAL_DATA, "damaged: its chunks hold elements of another size");
    shoal_chunked chunked = {
        .meta = o->at.meta,
        .storage = &o->storage,
        .grid = &grid,
        .max_shape = o->space.max_shape,
        .filtered = dataset->pipeline.n > 0,
    };
    if (!shoal_mul_u64(grid.chunk_elements, o->type->n_bytes, &chunked.chunk_bytes) ||
        chunked.chunk_bytes > UINT32_MAX)
        return shoal_fail(err, SHOAL_DATA, "its chunks are larger than 4 GiB");
    if (!o->storage.allocated) return SHOAL_OK;
    dataset->layout = SHOAL_LAYOUT_CHUNKED;
    return shoal_chunk_index_read(&chunked, &dataset->index, err);
}

static shoal_status place(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    dataset->layout = SHOAL_LAYOUT_EMPTY;
    if (dataset->grid.n_chunks == 0) return SHOAL_OK;
    if (o->storage.class_ == SHOAL_STORED_CHUNKED) return place_chunks(o, err);
    if (o->storage.class_ != SHOAL_STORED_VIRTUAL) return place_run(o, err);
    if (dataset->has_sequences) {
        set_unreadable(dataset, "it is virtual, of text of variable length: read its sources");
        return SHOAL_OK;
    }
    dataset->layout = SHOAL_LAYOUT_VIRTUAL;
    dataset->big_endian = false; /* sources give native elements */
    if (!o->storage.allocated) {
        dataset->layout = SHOAL_LAYOUT_EMPTY;
        return SHOAL_OK;
    }
    return shoal_virtual_open(o->file, dataset, &o->storage, &dataset->virtual_, err);
}

/* ---- Opening ---- */

/* Text of variable length is read as fixed text of the longest. */
static shoal_status measure(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    const uint8_t *fill = NULL;
    uint32_t longest, longest_fill = 0;
    size_t n = 0;
    shoal_status status = shoal_measure_text(dataset, &longest, err);
    if (status == SHOAL_OK) status = shoal_fill_message(&o->at.header, &fill, &n, err);
    if (status == SHOAL_OK && n == o->type->n_bytes)
        shoal_conversion_measure(dataset->conversion, fill, 1, &longest_fill);
    if (longest_fill > FILL_TEXT_BYTES)
        return shoal_fail(err, SHOAL_DATA, "damaged: a fill value of %u bytes", longest_fill);
    if (longest_fill > longest) longest = longest_fill;
    o->is_measured = true;
    /* What sequences take as text is an upper bound, some tens of characters a byte. */
    if (status == SHOAL_OK && longest / 32 > shoal_map_size(dataset->map))
        return shoal_fail(err, SHOAL_DATA, "damaged: a text of %u bytes is longer than the file",
                          longest);
    if (longest > MOST_TEXT_BYTES) {
        set_unreadable(dataset, "it has a text of %u bytes; at most %d are read", longest,
                       MOST_TEXT_BYTES);
        dataset->layout = SHOAL_LAYOUT_EMPTY;
        longest = 1;
    }
    if (status == SHOAL_OK) status = see_as(o, longest ? longest : 1, err);
    if (status == SHOAL_OK) status = read_fill(o, err);
    if (status == SHOAL_OK) status = lay_grid(o, err);
    return status;
}

static shoal_status fill_in(opening *o, shoal_error *err)
{
    shoal_dataset *dataset = o->dataset;
    uint64_t n_elements;
    dataset->readable = true;
    shoal_status status = read_shape(o, err);
    if (status == SHOAL_OK) status = read_type(o, err);
    if (status == SHOAL_OK) status = grow_virtual(o, err);
    if (status == SHOAL_OK) status = see_as(o, 0, err);
    if (status == SHOAL_OK) status = read_fill(o, err);
    if (status == SHOAL_OK) status = read_storage(o, err);
    if (status == SHOAL_OK) status = lay_grid(o, err);
    if (status != SHOAL_OK) return status;
    shoal_product(dataset->grid.rank, dataset->grid.shape, &n_elements);
    if (!dataset->readable)
        shoal_description_of(dataset)->info.raw_bytes = n_elements * o->type->n_bytes;
    dataset->layout = SHOAL_LAYOUT_EMPTY;
    if (dataset->readable) status = place(o, err);
    if (status == SHOAL_OK && dataset->readable && dataset->has_sequences) status = measure(o, err);
    return status;
}

static shoal_status check_kind(const opening *o, const char *path, shoal_error *err)
{
    shoal_object_kind kind = shoal_found_kind(&o->at, false);
    if (kind == SHOAL_DATASET) return SHOAL_OK;
    const char *what = kind == SHOAL_TABLE   ? "a table: name one of its columns"
                       : kind == SHOAL_GROUP ? "a group, not a dataset"
                                             : "not a dataset";
    return shoal_fail(err, SHOAL_USAGE, "%s:%s: is %s", o->file->path, path, what);
}

/* Where the comment says that the summary is. */
static void find_summary(opening *o)
{
    const shoal_message *comment = shoal_object_header_find(&o->at.header, SHOAL_MESSAGE_COMMENT);
    uint64_t address, offset;
    o->dataset->header_at = o->at.header.address;
    if (comment &&
        shoal_summary_comment_read(SHOAL_SUMMARY_COMMENT, comment->bytes, comment->n, &address) &&
        shoal_metadata_offset(o->at.meta, address, &offset))
        o->dataset->summary_at = offset;
}

static shoal_status open_found(opening *o, const char *path, shoal_error *err)
{
    shoal_status status = check_kind(o, path, err);
    if (status != SHOAL_OK) return status;
    o->dataset = shoal_dataset_new(o->file->path, path);
    if (!o->dataset) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    o->dataset->file = o->file;
    o->dataset->meta = o->at.meta;
    o->dataset->map = o->at.meta->map;
    find_summary(o);
    status = fill_in(o, err);
    if (status != SHOAL_OK) shoal_fail_within(err, status, "%s", o->dataset->name);
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
    opening o = {.file = file};
    char *absolute = shoal_path_absolute(path);
    if (!absolute) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    shoal_status status = shoal_object_find(file, absolute, &o.at, err);
    if (status == SHOAL_OK) status = open_found(&o, absolute, err);
    shoal_view_clear(&o.view);
    shoal_datatype_free(o.type);
    shoal_external_files_free(&o.external);
    shoal_found_release(&o.at);
    free(absolute);
    if (status == SHOAL_OK)
        *out = o.dataset;
    else
        shoal_dataset_close(o.dataset);
    return status;
}
