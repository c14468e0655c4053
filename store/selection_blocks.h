/* Selections that are stored as lists: of blocks, of points. Only for selection.c. */
#ifndef SHOAL_STORE_SELECTION_BLOCKS_H
#define SHOAL_STORE_SELECTION_BLOCKS_H

#include "store/selection.h"

/* What a hyperslab that is not regular has behind its rank, in numbers of `width` bytes. */
shoal_status shoal_selection_blocks(shoal_cursor *cursor, int width, uint64_t *budget,
                                    shoal_selection *out, shoal_error *err);

/* What a selection of points has behind its type. */
shoal_status shoal_selection_points(shoal_cursor *cursor, uint64_t *budget, shoal_selection *out,
                                    shoal_error *err);

/* Gives a selection its axes. */
shoal_status shoal_selection_axes(shoal_selection *selection, uint64_t rank, shoal_error *err);

shoal_status shoal_selection_damaged(shoal_error *err, const char *what);

#endif
