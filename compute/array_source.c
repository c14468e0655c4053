#include "compute/array_source.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"
#include "store/dataset_open.h"
#include "store/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static shoal_status out_of_memory(shoal_error *err)
{
    return shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

static void fortran_strides(int rank, const uint64_t *shape, size_t n_bytes, int64_t *strides)
{
    int64_t stride = (int64_t)n_bytes;
    for (int k = 0; k < rank; k++) {
        strides[k] = stride;
        stride *= (int64_t)shape[k];
    }
}

/* ---- Datasets ---- */

/* Elements that lie in the map as they are: the region becomes strides. */
static void lay_region(shoal_part *part, const shoal_dataset *dataset)
{
    int64_t all[SHOAL_MAX_RANK];
    int rank = dataset->grid.rank, n = 0;
    shoal_strided *e = &part->elements;
    shoal_dataset_strides(dataset, all);
    e->base = shoal_map_bytes(dataset->map) + dataset->offset;
    for (int k = 0; k < rank; k++) {
        e->base += part->region.axis[k].start * all[k];
        if (!(part->dropped >> k & 1)) e->strides[n++] = all[k] * part->region.axis[k].step;
    }
    e->type = dataset->type;
    e->big_endian = dataset->big_endian;
    part->map = dataset->map;
    part->in_memory = true;
}

/* Fills in the rest of a part whose dataset, region and dropped axes are set. */
static shoal_status take_dataset(shoal_part *part, shoal_error *err)
{
    const shoal_dataset *dataset = part->dataset;
    uint64_t n_elements;
    if (!dataset->readable)
        return shoal_fail(err, SHOAL_DATA, "%s: %s", dataset->name, dataset->why_not);
    part->type = dataset->type;
    part->rank = 0;
    for (int k = 0; k < part->region.rank; k++)
        if (!(part->dropped >> k & 1)) part->shape[part->rank++] = part->region.axis[k].count;
    if (!shoal_product(part->rank, part->shape, &n_elements))
        return shoal_fail(err, SHOAL_DATA, "%s: too large", dataset->name);
    if (dataset->layout == SHOAL_LAYOUT_CONTIGUOUS && n_elements > 0) lay_region(part, dataset);
    return SHOAL_OK;
}

static shoal_status name_part(shoal_part *part, const char *name, shoal_error *err)
{
    memset(part, 0, sizeof *part);
    part->name = strdup(name);
    return part->name ? SHOAL_OK : out_of_memory(err);
}

shoal_status shoal_part_open_hdf5(const char *locator, shoal_part *out, shoal_error *err)
{
    shoal_status status = name_part(out, locator, err);
    if (!status)
        status = shoal_locator_open(locator, true, &out->file, &out->dataset, &out->region,
                                    &out->dropped, err);
    return status ? status : take_dataset(out, err);
}

static shoal_status take_whole(shoal_part *part, shoal_error *err)
{
    shoal_region_all(part->dataset->grid.rank, part->dataset->grid.shape, &part->region);
    return take_dataset(part, err);
}

/* ---- Raw files ---- */

/* How many rows the file has; SHOAL_DATA when it ends within one. */
static shoal_status count_rows(const char *path, shoal_type type, int rank, uint64_t *shape,
                               shoal_error *err)
{
    shoal_map *map = NULL;
    uint64_t row;
    shoal_status status = shoal_map_open(path, &map, err);
    if (status) return status;
    uint64_t size = shoal_map_size(map);
    shoal_map_close(map);
    if (!shoal_product(rank - 1, shape + 1, &row) || !shoal_mul_u64(row, type.n_bytes, &row) ||
        row == 0)
        return shoal_fail(err, SHOAL_USAGE, "%s: the shape has no rows to count", path);
    if (size % row != 0)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: its %" PRIu64 " bytes are no whole number of rows of %" PRIu64
                          " bytes",
                          path, size, row);
    shape[0] = size / row;
    return SHOAL_OK;
}

static shoal_status check_size(const shoal_part *part, shoal_error *err)
{
    uint64_t n, size = shoal_map_size(part->dataset->map);
    shoal_product(part->rank, part->shape, &n);
    if (n * part->type.n_bytes == size) return SHOAL_OK;
    return shoal_fail(err, SHOAL_USAGE,
                      "%s: it has %" PRIu64 " bytes, the type and shape ask for %" PRIu64,
                      part->name, size, n * part->type.n_bytes);
}

shoal_status shoal_part_open_raw(const char *path, shoal_type type, int rank, const uint64_t *shape,
                                 bool grows, shoal_part *out, shoal_error *err)
{
    uint64_t full[SHOAL_MAX_RANK] = {0};
    memcpy(full, shape, (size_t)rank * sizeof *shape);
    shoal_status status = name_part(out, path, err);
    if (!status && grows && rank > 0 && full[0] == 0)
        status = count_rows(path, type, rank, full, err);
    if (!status)
        status = shoal_dataset_open_raw(path, 0, type, false, rank, full, &out->dataset, err);
    if (!status) status = take_whole(out, err);
    return status ? status : check_size(out, err);
}

/* ---- .npy ---- */

/* Texts of 4-byte characters become UTF-8 of the width that the longest needs. */
static shoal_status fit_text(shoal_part *part, shoal_error *err)
{
    shoal_strided *e = &part->elements;
    size_t widest = 1, element = shoal_strided_element(e);
    uint64_t n;
    shoal_product(part->rank, part->shape, &n);
    for (uint64_t k = 0; k < n; k++) {
        size_t length = shoal_utf8_length(e->base + k * element, e->n_characters, e->big_endian);
        if (length > widest) widest = length;
    }
    e->type.n_bytes = (uint32_t)widest;
    part->type = e->type;
    return shoal_map_check(part->map, err);
}

static shoal_status take_unicode(shoal_part *part, const shoal_npy_header *header, shoal_error *err)
{
    shoal_strided *e = &part->elements;
    uint64_t n_bytes, size = shoal_map_size(part->map);
    part->rank = header->rank;
    memcpy(part->shape, header->shape, sizeof part->shape);
    e->n_characters = header->n_characters;
    e->big_endian = header->big_endian;
    e->base = shoal_map_bytes(part->map) + header->n_bytes;
    size_t element = shoal_strided_element(e);
    if (!shoal_product(part->rank, part->shape, &n_bytes) ||
        !shoal_mul_u64(n_bytes, element, &n_bytes) ||
        !shoal_range_fits(header->n_bytes, n_bytes, size))
        return shoal_fail(err, SHOAL_DATA,
                          "%s: truncated: its shape asks for more than its %" PRIu64 " bytes",
                          part->name, size);
    if (header->fortran)
        fortran_strides(part->rank, part->shape, element, e->strides);
    else
        shoal_contiguous_strides(part->rank, part->shape, element, e->strides);
    e->type = (shoal_type){SHOAL_TEXT, 1};
    part->in_memory = true;
    return fit_text(part, err);
}

/* Is it an .npy file of unicode? Then its header is in *header, and the map is the part's. */
static shoal_status open_unicode(const char *path, shoal_part *part, shoal_npy_header *header,
                                 shoal_error *err)
{
    shoal_status status = shoal_map_open(path, &part->owned_map, err);
    if (status) return status;
    part->map = part->owned_map;
    uint64_t size = shoal_map_size(part->map);
    size_t n = size < SHOAL_NPY_READ_MAX ? (size_t)size : SHOAL_NPY_READ_MAX;
    uint8_t *bytes = malloc(n + 1);
    if (!bytes) return out_of_memory(err);
    status = shoal_map_pread(part->map, 0, bytes, n, err);
    header->n_characters = 0;
    if (!status && shoal_npy_header_read(bytes, n, header, NULL) != SHOAL_OK)
        header->n_characters = 0;
    free(bytes);
    return status;
}

shoal_status shoal_part_open_npy(const char *path, shoal_part *out, shoal_error *err)
{
    shoal_npy_header header = {0};
    shoal_status status = name_part(out, path, err);
    if (!status) status = open_unicode(path, out, &header, err);
    if (status) return status;
    if (header.n_characters) return take_unicode(out, &header, err);
    shoal_map_close(out->owned_map);
    out->map = out->owned_map = NULL;
    status = shoal_dataset_open_npy(path, &out->dataset, err);
    return status ? status : take_whole(out, err);
}

/* ---- Together ---- */

void shoal_part_close(shoal_part *part)
{
    shoal_map_close(part->owned_map);
    shoal_dataset_close(part->dataset);
    shoal_file_close(part->file);
    free(part->owned);
    free(part->name);
    memset(part, 0, sizeof *part);
}

void shoal_parts_close(shoal_parts *parts)
{
    for (size_t k = 0; k < parts->n; k++) shoal_part_close(&parts->part[k]);
    free(parts->part);
    memset(parts, 0, sizeof *parts);
}

static void shape_text(const shoal_part *part, char *text, size_t capacity)
{
    char name[24];
    size_t n = (size_t)snprintf(text, capacity, "%s (", shoal_type_name(part->type, name));
    for (int k = 0; k < part->rank && n < capacity; k++)
        n += (size_t)snprintf(text + n, capacity - n, "%s%" PRIu64, k ? ", " : "", part->shape[k]);
    if (n < capacity) snprintf(text + n, capacity - n, ")");
}

static bool alike(const shoal_part *a, const shoal_part *b)
{
    if (a->type.code != b->type.code || a->type.n_bytes != b->type.n_bytes) return false;
    if (a->rank != b->rank || a->rank == 0) return false;
    for (int k = 1; k < a->rank; k++)
        if (a->shape[k] != b->shape[k]) return false;
    return true;
}

shoal_status shoal_parts_join(shoal_parts *parts, shoal_error *err)
{
    parts->n_rows = 0;
    for (size_t k = 0; k < parts->n; k++) {
        shoal_part *p = &parts->part[k];
        if (k > 0 && !alike(&parts->part[0], p)) {
            char first[200], other[200];
            shape_text(&parts->part[0], first, sizeof first);
            shape_text(p, other, sizeof other);
            return shoal_fail(err, SHOAL_USAGE,
                              "%s is %s but %s is %s: they cannot be joined "
                              "along axis 0",
                              parts->part[0].name, first, p->name, other);
        }
        p->first_row = parts->n_rows;
        if (!shoal_add_u64(parts->n_rows, p->rank > 0 ? p->shape[0] : 1, &parts->n_rows))
            return shoal_fail(err, SHOAL_USAGE, "%s: too many rows", p->name);
    }
    return SHOAL_OK;
}
