#include "compute/array_source.h"

#include "chunk/checked.h"
#include "chunk/copy.h"
#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

uint64_t shoal_parts_cursor_bytes(const shoal_parts *parts, size_t chunk_bytes)
{
    uint64_t most = 0;
    for (size_t k = 0; k < parts->n; k++) {
        if (parts->part[k].in_memory || !parts->part[k].dataset) continue;
        uint64_t n = shoal_reader_bytes(parts->part[k].dataset) + chunk_bytes;
        if (n > most) most = n;
    }
    return most;
}

shoal_status shoal_parts_cursor_init(shoal_parts_cursor *cursor, const shoal_parts *parts,
                                     size_t chunk_bytes, shoal_error *err)
{
    memset(cursor, 0, sizeof *cursor);
    if (shoal_parts_cursor_bytes(parts, chunk_bytes) == 0) return SHOAL_OK;
    cursor->box = malloc(chunk_bytes ? chunk_bytes : 1);
    return cursor->box ? SHOAL_OK : shoal_fail(err, SHOAL_MEMORY, "out of memory");
}

void shoal_parts_cursor_free(shoal_parts_cursor *cursor)
{
    if (!cursor) return;
    shoal_reader_free(cursor->reader);
    free(cursor->box);
    memset(cursor, 0, sizeof *cursor);
}

/* Tasks come in order, so a worker changes its part seldom: the one place where `work` allocates,
   and no more than the cursor's account has. */
static shoal_status hold_reader(shoal_parts_cursor *cursor, const shoal_parts *parts, size_t k,
                                shoal_error *err)
{
    if (cursor->reader && cursor->part == k) return SHOAL_OK;
    shoal_reader_free(cursor->reader);
    cursor->reader = NULL;
    cursor->part = k;
    return shoal_reader_new(parts->part[k].dataset, &cursor->reader, err);
}

/* The box of a part as a region of its dataset. */
static void part_region(const shoal_part *part, const uint64_t *start, const uint64_t *count,
                        shoal_region *out)
{
    *out = part->region;
    for (int k = 0, at = 0; k < out->rank; k++) {
        if (part->dropped >> k & 1) continue;
        out->axis[k].start += (int64_t)start[at] * out->axis[k].step;
        out->axis[k].count = count[at++];
    }
}

static bool is_contiguous(int rank, const uint64_t *count, const int64_t *strides, size_t n_bytes)
{
    int64_t expected = (int64_t)n_bytes;
    for (int k = rank - 1; k >= 0; k--) {
        if (count[k] > 1 && strides[k] != expected) return false;
        expected *= (int64_t)count[k];
    }
    return true;
}

static shoal_status gather_dataset(const shoal_parts *parts, size_t k, shoal_parts_cursor *cursor,
                                   const uint64_t *start, const uint64_t *count, void *dst,
                                   const int64_t *dst_strides, shoal_error *err)
{
    const shoal_part *part = &parts->part[k];
    shoal_region region;
    part_region(part, start, count, &region);
    shoal_status status = hold_reader(cursor, parts, k, err);
    if (status) return status;
    if (is_contiguous(part->rank, count, dst_strides, part->type.n_bytes))
        return shoal_reader_region(cursor->reader, &region, dst, err);
    status = shoal_reader_region(cursor->reader, &region, cursor->box, err);
    if (status) return status;
    int64_t strides[SHOAL_MAX_RANK];
    shoal_contiguous_strides(part->rank, count, part->type.n_bytes, strides);
    shoal_copy_box(part->rank, count, cursor->box, strides, dst, dst_strides, part->type.n_bytes);
    return SHOAL_OK;
}

static shoal_status gather_memory(const shoal_part *part, const uint64_t *start,
                                  const uint64_t *count, void *dst, const int64_t *dst_strides,
                                  const void **in_place, shoal_error *err)
{
    if (in_place) *in_place = shoal_strided_in_place(&part->elements, part->rank, start, count);
    if (in_place && *in_place) return SHOAL_OK;
    if (!shoal_strided_gather(&part->elements, part->rank, start, count, dst, dst_strides))
        return shoal_fail(err, SHOAL_DATA, "%s: it holds characters that are not Unicode",
                          part->name);
    return part->map ? shoal_map_check(part->map, err) : SHOAL_OK;
}

/* The part of the box that lies in a part: false when nothing does. */
static bool overlap(const shoal_part *part, uint64_t first, uint64_t n, uint64_t *start,
                    uint64_t *count)
{
    uint64_t rows = part->rank > 0 ? part->shape[0] : 1;
    uint64_t low = first > part->first_row ? first : part->first_row;
    uint64_t high = part->first_row + rows < first + n ? part->first_row + rows : first + n;
    if (low >= high) return false;
    *start = low;
    *count = high - low;
    return true;
}

/* The number of the part that holds a row; parts without rows are passed over. */
static size_t find_part(const shoal_parts *parts, uint64_t row)
{
    size_t low = 0, high = parts->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (parts->part[middle].first_row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

shoal_status shoal_parts_gather(const shoal_parts *parts, shoal_parts_cursor *cursor,
                                const uint64_t *start, const uint64_t *count, void *dst,
                                const int64_t *dst_strides, const void **in_place, shoal_error *err)
{
    int rank = parts->part[0].rank;
    uint64_t first = rank > 0 ? start[0] : 0, n = rank > 0 ? count[0] : 1;
    for (size_t k = find_part(parts, first); k < parts->n; k++) {
        const shoal_part *part = &parts->part[k];
        uint64_t row, rows, s[SHOAL_MAX_RANK], c[SHOAL_MAX_RANK];
        if (part->first_row >= first + n) break;
        if (!overlap(part, first, n, &row, &rows)) continue;
        memcpy(s, start, (size_t)rank * sizeof *s);
        memcpy(c, count, (size_t)rank * sizeof *c);
        uint8_t *to = dst;
        if (rank > 0) {
            s[0] = row - part->first_row;
            c[0] = rows;
            to += (int64_t)(row - first) * dst_strides[0];
        }
        const void **place = rows == n ? in_place : NULL;
        shoal_status status = part->in_memory
                                  ? gather_memory(part, s, c, to, dst_strides, place, err)
                                  : gather_dataset(parts, k, cursor, s, c, to, dst_strides, err);
        if (status) return status;
    }
    return SHOAL_OK;
}

shoal_status shoal_parts_check(const shoal_parts *parts, uint64_t first, uint64_t n,
                               shoal_error *err)
{
    for (size_t k = find_part(parts, first); k < parts->n; k++) {
        const shoal_part *part = &parts->part[k];
        if (part->first_row >= first + n) break;
        shoal_status status = part->map ? shoal_map_check(part->map, err) : SHOAL_OK;
        if (status) return status;
    }
    return SHOAL_OK;
}

/* ---- Pages behind ---- */

enum { MIN_RUN_BYTES = 1 << 17 };

/* Drops each run of the box: what lies below one index of the axes before `deep` is a run of
   `run` bytes. */
static void drop_runs(const shoal_part *part, const uint64_t *start, const uint64_t *count,
                      int axis, int deep, int64_t offset, uint64_t run)
{
    if (axis == deep) {
        shoal_map_drop(part->map, (uint64_t)offset, run, false);
        return;
    }
    for (uint64_t k = 0; k < count[axis]; k++)
        drop_runs(part, start, count, axis + 1, deep,
                  offset + (int64_t)(start[axis] + k) * part->elements.strides[axis], run);
}

/* Only what lies in C order is dropped: then the pages of finished rows are not needed again. */
static bool in_c_order(const shoal_part *part)
{
    int64_t expected = (int64_t)shoal_strided_element(&part->elements);
    for (int k = part->rank - 1; k >= 0; k--) {
        if (part->elements.strides[k] != expected) return false;
        expected *= (int64_t)part->shape[k];
    }
    return part->map != NULL && part->rank > 0;
}

/* Boxes of short runs are left until their neighbours are done with, too. */
static void drop_part(const shoal_part *part, const uint64_t *start, const uint64_t *count)
{
    int deep = part->rank - 1; /* this axis and those behind it make one run */
    while (deep > 0 && count[deep] == part->shape[deep]) deep--;
    uint64_t run = count[deep] * (uint64_t)part->elements.strides[deep];
    if (deep > 0 && run < MIN_RUN_BYTES) return;
    int64_t offset = part->elements.base - shoal_map_bytes(part->map) +
                     (int64_t)start[deep] * part->elements.strides[deep];
    drop_runs(part, start, count, 0, deep, offset, run);
}

void shoal_parts_drop(const shoal_parts *parts, const uint64_t *start, const uint64_t *count)
{
    int rank = parts->part[0].rank;
    if (rank == 0) return;
    for (size_t k = find_part(parts, start[0]); k < parts->n; k++) {
        const shoal_part *part = &parts->part[k];
        uint64_t s[SHOAL_MAX_RANK], c[SHOAL_MAX_RANK];
        if (part->first_row >= start[0] + count[0]) break;
        memcpy(s, start, (size_t)rank * sizeof *s);
        memcpy(c, count, (size_t)rank * sizeof *c);
        if (!in_c_order(part) || !overlap(part, start[0], count[0], &s[0], &c[0])) continue;
        s[0] -= part->first_row;
        drop_part(part, s, c);
    }
}
