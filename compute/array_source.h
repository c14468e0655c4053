/* What an array is ingested from: parts that follow one another along axis 0, each an .npy or raw
   file, a region of a dataset, or bytes in memory. */
#ifndef SHOAL_COMPUTE_ARRAY_SOURCE_H
#define SHOAL_COMPUTE_ARRAY_SOURCE_H

#include "compute/strided.h"
#include "store/file.h"

typedef struct shoal_part {
    char *name; /* for messages */
    shoal_type type;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t first_row; /* where it starts along the output's axis 0 */

    bool in_memory; /* everything is at `elements`; else `dataset` is read */
    shoal_strided elements;
    const shoal_map *map; /* that `elements` lies in, or NULL */
    shoal_map *owned_map; /* the same, when it is the part's own */
    uint8_t *owned;       /* memory that `elements` lies in, or NULL */

    shoal_file *file;
    shoal_dataset *dataset;
    shoal_region region;
    uint32_t dropped; /* axes of the region that the part does not have */
} shoal_part;

typedef struct shoal_parts {
    size_t n;
    shoal_part *part;
    uint64_t n_rows; /* of all, along axis 0 */
} shoal_parts;

/* A part that ends where these open; it is freed with shoal_part_close, also after a failure. */
shoal_status shoal_part_open_npy(const char *path, shoal_part *out, shoal_error *err);
/* All of a raw file; shape[0] of 0 stands for as many rows as the file has when `grows`. */
shoal_status shoal_part_open_raw(const char *path, shoal_type type, int rank, const uint64_t *shape,
                                 bool grows, shoal_part *out, shoal_error *err);
/* "FILE:/path[slice]". */
shoal_status shoal_part_open_hdf5(const char *locator, shoal_part *out, shoal_error *err);
void shoal_part_close(shoal_part *part);

/* Numbers the rows, and refuses parts whose types or trailing shapes differ. */
shoal_status shoal_parts_join(shoal_parts *parts, shoal_error *err);
void shoal_parts_close(shoal_parts *parts);

/* One worker's hold on the parts: a reader of the dataset part that it used last. */
typedef struct shoal_parts_cursor {
    size_t part;
    shoal_reader *reader;
    uint8_t *box; /* for boxes that do not lie contiguous in the output's chunk */
} shoal_parts_cursor;

/* What a cursor allocates at most, for output chunks of so many bytes. */
uint64_t shoal_parts_cursor_bytes(const shoal_parts *parts, size_t chunk_bytes);
shoal_status shoal_parts_cursor_init(shoal_parts_cursor *cursor, const shoal_parts *parts,
                                     size_t chunk_bytes, shoal_error *err);
void shoal_parts_cursor_free(shoal_parts_cursor *cursor);

/* Gathers the box [start, start + count) of the joined array to dst. *in_place as
   shoal_chunk_gather has it. */
shoal_status shoal_parts_gather(const shoal_parts *parts, shoal_parts_cursor *cursor,
                                const uint64_t *start, const uint64_t *count, void *dst,
                                const int64_t *dst_strides, const void **in_place,
                                shoal_error *err);

/* Checks the maps that rows [first, first + n) lie in. */
shoal_status shoal_parts_check(const shoal_parts *parts, uint64_t first, uint64_t n,
                               shoal_error *err);

/* Tells that the box is not needed again: its pages leave this process. */
void shoal_parts_drop(const shoal_parts *parts, const uint64_t *start, const uint64_t *count);

#endif
