/* Which of a codec's blocks a piece of a chunk touches. */
#ifndef SHOAL_STORE_PARTIAL_H
#define SHOAL_STORE_PARTIAL_H

#include "chunk/grid.h"

/* Calls `touch` for runs of bytes [first, end) of the chunk, in rising order and no two of them in
   the same or neighbouring blocks, that together hold every element of the piece (and perhaps some
   between them); stops at an error. `touch` may be NULL: then it only counts. *n_blocks is how many
   blocks the runs touch. */
typedef shoal_status shoal_touch_bytes(void *user, uint64_t first, uint64_t end, shoal_error *err);

shoal_status shoal_piece_blocks(const shoal_grid *grid, const shoal_piece *piece, size_t n_bytes,
                                size_t block, shoal_touch_bytes *touch, void *user,
                                uint64_t *n_blocks, shoal_error *err);

#endif
