/* What ingested variables mean: their attributes and dimension scales come along. */
#include "compute/ingest_array.h"

#include "chunk/error.h"
#include "compute/coordinates.h"
#include "compute/scales.h"
#include "store/copy_attributes.h"

#include <stdlib.h>
#include <string.h>

/* Axis k of a part as an axis of its dataset. */
static shoal_scale_piece piece_of(const shoal_part *part, int k)
{
    shoal_scale_piece piece = {.dataset = part->dataset};
    for (int b = 0, at = 0; b < part->region.rank; b++) {
        if (part->dropped >> b & 1) continue;
        if (at++ != k) continue;
        const shoal_range *r = &part->region.axis[b];
        piece.axis = b;
        piece.start = r->start;
        piece.step = r->step;
        piece.count = r->count;
    }
    return piece;
}

/* The pieces of axis 0: one a part, malloc'd; *n is 0 where a part is of no HDF5 file. */
static shoal_status rows_of(const shoal_parts *parts, shoal_scale_piece **out, size_t *n,
                            shoal_error *err)
{
    *out = calloc(parts->n, sizeof **out);
    if (!*out) return shoal_fail(err, SHOAL_MEMORY, "out of memory");
    *n = parts->n;
    for (size_t k = 0; k < parts->n; k++) {
        if (!parts->part[k].file) *n = 0;
        (*out)[k] = piece_of(&parts->part[k], 0);
    }
    return SHOAL_OK;
}

static shoal_status attach_axes(const shoal_array_ingest *ingest, const shoal_parts *parts,
                                const shoal_scale_piece *rows, size_t n_rows, shoal_error *err)
{
    const shoal_part *first = &parts->part[0];
    uint64_t unlimited = ingest->params->storage.unlimited | (ingest->params->append ? 1 : 0);
    uint32_t has_name = 0;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < first->rank && !status; k++) {
        const shoal_scale_piece piece = piece_of(first, k);
        bool grows = unlimited >> k & 1, named = false;
        status = k == 0 ? shoal_scale_attach(ingest->writer, ingest->path, k, rows, n_rows, grows,
                                             &named, err)
                        : shoal_scale_attach(ingest->writer, ingest->path, k, &piece, 1, grows,
                                             &named, err);
        if (named) has_name |= UINT32_C(1) << k;
    }
    for (int k = 0; k < first->rank && !status && has_name; k++) {
        uint64_t n = k == 0 ? parts->n_rows : first->shape[k];
        if (!(has_name >> k & 1))
            status = shoal_scale_attach_bare(ingest->writer, ingest->path, k, n, unlimited >> k & 1,
                                             err);
    }
    return status;
}

/* ---- Coordinates that are no scales ---- */

/* Those of one part. What grows, or is joined from parts, takes none along its rows. */
static shoal_status part_coordinates(const shoal_part *part, bool rows_stay, shoal_arena *arena,
                                     shoal_coordinate_list *out, shoal_error *err)
{
    shoal_coordinate_axis axis[SHOAL_MAX_RANK];
    for (int b = 0, at = 0; b < part->region.rank; b++) {
        const shoal_range *r = &part->region.axis[b];
        bool goes = part->dropped >> b & 1;
        axis[b] = (shoal_coordinate_axis){goes ? -1 : at, r->start, r->step};
        if (!goes && at++ == 0 && !rows_stay) axis[b].at = SHOAL_COORDINATE_GONE;
    }
    shoal_cf_coordinates named;
    shoal_status status = shoal_cf_coordinates_read(part->dataset, &named, err);
    if (status) return status;
    status = shoal_coordinates_of(part->dataset, &named, axis, arena, out, err);
    shoal_cf_coordinates_free(&named);
    return status;
}

static shoal_status write_coordinates(const shoal_array_ingest *ingest, const shoal_parts *parts,
                                      shoal_error *err)
{
    bool any = false, grows = (ingest->params->storage.unlimited & 1) || ingest->params->append;
    const uint64_t *shape = parts->part[0].shape;
    shoal_coordinate_list list = {0}, mine;
    shoal_arena *arena = shoal_arena_new();
    shoal_status status = arena ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
    for (size_t k = 0; k < parts->n && !status; k++) {
        if (!parts->part[k].file)
            mine = (shoal_coordinate_list){0};
        else
            status = part_coordinates(&parts->part[k], parts->n == 1 && !grows, arena, &mine, err);
        if (!status && k > 0)
            status = shoal_coordinates_join(&list, &mine, shape, arena, &list, err);
        else if (!status)
            list = mine;
    }
    if (!status)
        status = shoal_coordinates_write(ingest->writer, ingest->path, &list, shape, &any, err);
    shoal_arena_free(arena);
    return status;
}

/* They are named when they are written. */
static bool is_wanted(void *user, const char *name)
{
    (void)user;
    return strcmp(name, "coordinates") != 0;
}

shoal_status shoal_ingest_meaning(const shoal_array_ingest *ingest, const shoal_parts *parts,
                                  bool is_new, shoal_error *err)
{
    const shoal_part *first = &parts->part[0];
    shoal_scale_piece *rows = NULL;
    size_t n_rows = 0;
    if (!first->file) return SHOAL_OK;
    shoal_status status = SHOAL_OK;
    if (is_new)
        status = shoal_copy_attributes(first->dataset, is_wanted, NULL, ingest->writer,
                                       ingest->path, err);
    if (!status && first->rank > 0) status = rows_of(parts, &rows, &n_rows, err);
    if (!status && first->rank > 0)
        status = is_new ? attach_axes(ingest, parts, rows, n_rows, err)
                        : shoal_scale_append(ingest->writer, ingest->path, rows, n_rows,
                                             parts->n_rows, err);
    free(rows);
    if (!status && is_new) status = write_coordinates(ingest, parts, err);
    return status;
}
