/* Between the files joined_*.c, which call each other down through joins of joins; a join's depth
   is limited when it is made. */
#ifndef SHOAL_COMPUTE_JOINED_READ_H
#define SHOAL_COMPUTE_JOINED_READ_H

#include "compute/graph.h"

/* `level`: the scratch buffers below it are in use. */

/* Indices of a leaf by its own axes, to dst; a step may be 0. */
shoal_status shoal_joined_view(const shoal_joiner *joiner, const shoal_node *leaf, int level,
                               const shoal_range *ranges, uint8_t *dst, const int64_t *strides,
                               shoal_error *err);

shoal_status shoal_joined_reshape(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                  const shoal_region *region, uint8_t *dst, const int64_t *strides,
                                  shoal_error *err);
shoal_status shoal_joined_pieces(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                 const shoal_region *region, uint8_t *dst, const int64_t *strides,
                                 shoal_error *err);

/* A part of a region's axis whose indices jump about: `n` of them (at most joiner->n_order) from
   index i on are read in rising order. False where that would not help. */
bool shoal_joined_jumps(const shoal_joined *joined, const shoal_range *range, uint64_t i,
                        uint64_t n);
shoal_status shoal_joined_sorted(const shoal_joiner *joiner, const shoal_joined *joined, int level,
                                 const shoal_region *region, uint64_t i, uint64_t n, uint8_t *dst,
                                 const int64_t *strides, shoal_error *err);
/* The segment that an index of the joined axis is in. */
const shoal_segment *shoal_joined_segment(const shoal_joined *joined, uint64_t at);

#endif
