/* Dimension scales in files that are written: the coordinate variables of an axis's sources are
   copied beside the dataset and attached to it, so that xarray and netCDF find them. */
#ifndef SHOAL_COMPUTE_SCALES_H
#define SHOAL_COMPUTE_SCALES_H

#include "store/file.h"
#include "store/writer.h"

/* Part of an axis: `count` indices of an axis of a dataset, from `start` on. */
typedef struct shoal_scale_piece {
    const shoal_dataset *dataset;
    int axis;
    int64_t start, step;
    uint64_t count;
} shoal_scale_piece;

/* Names the axis `k` of the dataset at `path` as its sources' axes are named, when they agree. The
   scale goes into the dataset's group; one that is there with the same values is shared, and next
   to one with others it is called NAME_2, ... `grows`: the axis is unlimited, so is the scale.
   *named (may be NULL) says whether the axis has got a name. */
shoal_status shoal_scale_attach(shoal_writer *writer, const char *path, int k,
                                const shoal_scale_piece *piece, size_t n_pieces, bool grows,
                                bool *named, shoal_error *err);

/* A coordinate that is in memory: n numbers, bools or texts. */
typedef struct shoal_scale_values {
    const char *name, *units, *calendar; /* the last two may be NULL */
    shoal_type type;
    bool varies; /* text that is to be of variable length */
    uint64_t n;
    const void *value;
} shoal_scale_values;

/* Names the axis `k` of the dataset at `path` by it, likewise. */
shoal_status shoal_scale_attach_values(shoal_writer *writer, const char *path, int k,
                                       const shoal_scale_values *values, bool *named,
                                       shoal_error *err);

/* Names an axis of n indices that has no name ("dim_K") where others have: netCDF wants all named.
 */
shoal_status shoal_scale_attach_bare(shoal_writer *writer, const char *path, int k, uint64_t n,
                                     bool grows, shoal_error *err);

/* After the dataset at `path` has grown by `n` along axis 0: so does its scale, by the pieces'
   values where they have some of its type. */
shoal_status shoal_scale_append(shoal_writer *writer, const char *path,
                                const shoal_scale_piece *piece, size_t n_pieces, uint64_t n,
                                shoal_error *err);

#endif
