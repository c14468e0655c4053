#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "chunk/type.h"
#include "store/dataset_open.h"
#include "store/enumeration.h"
#include "store/external.h"
#include "store/virtual.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_BYTES = 1 << 20 }; /* of the chunks that a dataset without chunks is cut into */

shoal_description *shoal_description_of(const shoal_dataset *dataset)
{
    return dataset->describe_text;
}

shoal_dataset *shoal_dataset_new(const char *file, const char *path)
{
    shoal_dataset *dataset = calloc(1, sizeof *dataset);
    if (!dataset) return NULL;
    dataset->path = strdup(path ? path : "/");
    if (asprintf(&dataset->name, "%s%s%s", file, path ? ":" : "", path ? path : "") < 0)
        dataset->name = NULL;
    dataset->describe_text = calloc(1, sizeof(shoal_description));
    dataset->readers = shoal_reader_pool_new();
    if (dataset->name && dataset->path && dataset->describe_text && dataset->readers)
        return dataset;
    shoal_dataset_close(dataset);
    return NULL;
}

void shoal_dataset_close(shoal_dataset *dataset)
{
    if (!dataset) return;
    shoal_reader_pool_free(dataset->readers);
    shoal_description *description = shoal_description_of(dataset);
    for (int k = 0; description && k < SHOAL_MAX_RANK; k++) free(description->dimensions[k]);
    free(description);
    shoal_index_free(&dataset->index);
    shoal_external_free(dataset->external);
    shoal_virtual_free(dataset->virtual_);
    shoal_conversion_free(dataset->conversion);
    shoal_enumeration_free(dataset->enumeration);
    shoal_map_close(dataset->owned_map);
    free(dataset->strides);
    free(dataset->fill);
    free(dataset->path);
    free(dataset->name);
    free(dataset);
}

size_t shoal_dataset_chunk_bytes(const shoal_dataset *dataset)
{
    return (size_t)dataset->grid.chunk_elements * dataset->type.n_bytes;
}

uint64_t shoal_dataset_inside(const shoal_dataset *dataset)
{
    uint64_t n = 1;
    for (int k = dataset->grid.rank - dataset->extra_rank; k < dataset->grid.rank; k++)
        n *= dataset->grid.shape[k];
    return n;
}

size_t shoal_dataset_stored_bytes(const shoal_dataset *dataset, uint64_t n_elements)
{
    if (!dataset->conversion) return (size_t)n_elements * dataset->type.n_bytes;
    return (size_t)(n_elements / shoal_dataset_inside(dataset)) *
           shoal_conversion_stored_bytes(dataset->conversion);
}

void shoal_dataset_strides(const shoal_dataset *dataset, int64_t *strides)
{
    const shoal_grid *grid = &dataset->grid;
    if (dataset->strides) {
        memcpy(strides, dataset->strides, (size_t)grid->rank * sizeof *strides);
        return;
    }
    if (!dataset->fortran) {
        shoal_contiguous_strides(grid->rank, grid->shape, dataset->type.n_bytes, strides);
        return;
    }
    uint64_t stride = dataset->type.n_bytes;
    for (int k = 0; k < grid->rank; k++) {
        strides[k] = (int64_t)stride;
        stride *= grid->shape[k];
    }
}

/* Whole axes, from the one that varies fastest, as long as they fit; a part of the next one. So a
   chunk is one run of bytes. The axes inside a stored element are not cut. */
static void cut_in_runs(const shoal_dataset *dataset, uint64_t *chunk)
{
    const shoal_grid *grid = &dataset->grid;
    int n_axes = grid->rank - dataset->extra_rank;
    uint64_t n_bytes = dataset->type.n_bytes * shoal_dataset_inside(dataset);
    size_t stored = dataset->conversion ? shoal_conversion_stored_bytes(dataset->conversion) : 0;
    if (n_bytes < stored) n_bytes = stored;
    uint64_t room = RUN_BYTES / (n_bytes ? n_bytes : 1);
    if (room == 0) room = 1;
    for (int k = n_axes; k < grid->rank; k++) chunk[k] = grid->shape[k];
    for (int k = 0; k < n_axes; k++) {
        int axis = dataset->fortran ? k : n_axes - 1 - k;
        uint64_t extent = grid->shape[axis] ? grid->shape[axis] : 1;
        chunk[axis] = extent < room ? extent : room;
        room /= extent;
        if (room == 0 || chunk[axis] < extent) room = 1;
    }
}

static void describe_common(shoal_dataset *dataset)
{
    shoal_description *description = shoal_description_of(dataset);
    shoal_dataset_info *info = &description->info;
    info->stored_type = description->stored;
    info->filters = description->filters;
    info->fill = description->fill;
    info->rank = dataset->grid.rank;
    info->type = dataset->type;
    memcpy(info->shape, dataset->grid.shape, sizeof info->shape);
    memcpy(info->max_shape, dataset->max_shape, sizeof info->max_shape);
    info->n_chunks = dataset->grid.n_chunks;
    if (description->stored[0]) return;
    char name[24];
    snprintf(description->stored, sizeof description->stored, "%s%s",
             shoal_type_name(dataset->type, name), dataset->big_endian ? " big-endian" : "");
}

shoal_status shoal_dataset_finish(shoal_dataset *dataset, const uint64_t *chunk, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK], runs[SHOAL_MAX_RANK] = {0}, n_bytes;
    shoal_grid *grid = &dataset->grid;
    memcpy(shape, grid->shape, sizeof shape);
    if (!chunk) {
        cut_in_runs(dataset, runs);
        memcpy(dataset->max_shape, shape, sizeof shape);
    }
    if (!shoal_grid_init(grid, grid->rank, shape, chunk ? chunk : runs) ||
        !shoal_product(grid->rank, shape, &n_bytes) ||
        !shoal_mul_u64(n_bytes, dataset->type.n_bytes, &n_bytes) || n_bytes > INT64_MAX)
        return shoal_fail(err, SHOAL_DATA, "%s: its shape is beyond what memory can address",
                          dataset->name);
    if (!shoal_mul_u64(grid->chunk_elements, dataset->type.n_bytes, &n_bytes) ||
        n_bytes > UINT32_MAX)
        return shoal_fail(err, SHOAL_DATA, "%s: its chunks are larger than 4 GiB", dataset->name);
    if (!dataset->fill)
        dataset->fill = calloc(1, dataset->type.n_bytes ? dataset->type.n_bytes : 1);
    if (!dataset->fill) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    describe_common(dataset);
    return SHOAL_OK;
}

static uint64_t index_bytes(const shoal_index *index)
{
    uint64_t n = 0;
    for (uint64_t k = 0; k < index->n; k++) n += index->entries[k].n_bytes;
    return n;
}

static void describe_storage(const shoal_dataset *dataset, shoal_dataset_info *info)
{
    if (dataset->layout == SHOAL_LAYOUT_CHUNKED) {
        info->n_chunks_stored = dataset->index.n;
        info->stored_bytes = index_bytes(&dataset->index);
        info->index = shoal_description_of(dataset)->index;
    } else if (dataset->layout != SHOAL_LAYOUT_VIRTUAL && dataset->layout != SHOAL_LAYOUT_EMPTY) {
        info->n_chunks_stored = info->n_chunks;
        uint64_t n_elements = dataset->type.n_bytes ? info->raw_bytes / dataset->type.n_bytes : 0;
        info->stored_bytes = shoal_dataset_stored_bytes(dataset, n_elements);
        info->index = "none";
    } else {
        info->index = "none";
    }
}

shoal_status shoal_dataset_describe(shoal_dataset *dataset, shoal_dataset_info *out,
                                    shoal_error *err)
{
    (void)err;
    shoal_description *description = shoal_description_of(dataset);
    if (dataset->meta) shoal_describe_dimensions(dataset);
    *out = description->info;
    out->readable = dataset->readable;
    out->why_not = dataset->readable ? NULL : dataset->why_not;
    for (int k = 0; k < SHOAL_MAX_RANK; k++) out->dimensions[k] = description->dimensions[k];
    out->units = description->cf.units;
    out->coding = description->cf.coding;
    out->decoded = description->cf.decoded.n_bytes ? description->cf.decoded : dataset->type;
    uint64_t n_elements = 0;
    if (shoal_product(dataset->grid.rank, dataset->grid.shape, &n_elements) && dataset->readable)
        out->raw_bytes = n_elements * dataset->type.n_bytes;
    if (dataset->readable)
        describe_storage(dataset, out);
    else
        out->n_chunks_stored = UINT64_MAX; /* its index is not read */
    return SHOAL_OK;
}

const uint8_t *shoal_dataset_in_place(const shoal_dataset *dataset, const uint64_t *start,
                                      int64_t *strides)
{
    if (dataset->layout != SHOAL_LAYOUT_CONTIGUOUS || dataset->big_endian) return NULL;
    const uint8_t *at = shoal_map_bytes(dataset->map) + dataset->offset;
    bool is_bytes = dataset->type.code >= SHOAL_TEXT;
    uint32_t alignment = dataset->type.n_bytes < 8 ? dataset->type.n_bytes : 8;
    if (!is_bytes && (uintptr_t)at % alignment != 0) return NULL;
    shoal_dataset_strides(dataset, strides);
    for (int k = 0; k < dataset->grid.rank; k++) {
        if (!is_bytes && strides[k] % (int64_t)alignment != 0) return NULL;
        at += (int64_t)start[k] * strides[k];
    }
    return at;
}

bool shoal_dataset_is_cached(const shoal_dataset *dataset)
{
    enum { PLACES = 64 };
    const shoal_index *index = &dataset->index;
    bool is_chunked = dataset->layout == SHOAL_LAYOUT_CHUNKED;
    uint64_t n = index->n, most = PLACES - 1;
    if (!is_chunked && (dataset->layout != SHOAL_LAYOUT_CONTIGUOUS ||
                        !shoal_product(dataset->grid.rank, dataset->grid.shape, &n)))
        return false;
    if (n == 0) return false;
    for (uint64_t k = 0; k <= most; k++) {
        uint64_t place = n / most * k + n % most * k / most, at = n - 1 < place ? n - 1 : place;
        uint64_t offset =
            is_chunked ? index->entries[at].offset : dataset->offset + at * dataset->type.n_bytes;
        if (!shoal_map_is_cached(dataset->map, offset)) return false;
    }
    return true;
}
