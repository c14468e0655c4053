/* The order in which arrays of chunks are stored: C order of the grid that the maximal shape has,
   with the unlimited axis moved to the front so that growing appends. */
#ifndef SHOAL_STORE_INDEX_LINEAR_H
#define SHOAL_STORE_INDEX_LINEAR_H

#include "store/index/build.h"

typedef struct shoal_linear {
    const shoal_grid *grid;
    int axis[SHOAL_MAX_RANK];         /* of the grid, the slowest first */
    uint64_t n_along[SHOAL_MAX_RANK]; /* by position: chunks of the maximal shape */
    uint64_t down[SHOAL_MAX_RANK];    /* by position: elements between neighbours */
    uint64_t id_step[SHOAL_MAX_RANK]; /* by position: chunk ids between neighbours */
    uint64_t at[SHOAL_MAX_RANK];      /* by position: coordinates of the element at hand */
    int n_outside;                    /* positions where it lies outside of the shape */
    uint64_t id;                      /* the chunk's, when n_outside is 0 */
    uint64_t n;                       /* elements in all; UINT64_MAX: unlimited */
} shoal_linear;

/* `unlimited`: that exactly one axis is, as in extensible arrays; else none may be. SHOAL_DATA
   when the maximal shape is of another kind, or has more chunks than can be counted. */
shoal_status shoal_linear_begin(shoal_linear *linear, const shoal_chunked *chunked, bool unlimited,
                                shoal_error *err);

/* One more than the number of the last element that lies in the shape. */
uint64_t shoal_linear_needed(const shoal_linear *linear);

/* Goes to an element, and to the next one. */
void shoal_linear_seek(shoal_linear *linear, uint64_t element);
void shoal_linear_next(shoal_linear *linear);

/* Adds the chunks of n elements as stored, from the element at hand on: an address, and where
   there are filters the chunk's size in all bytes but 4 and its mask in 4. */
shoal_status shoal_linear_add(shoal_linear *linear, shoal_index_build *build, const uint8_t *bytes,
                              size_t n, size_t element_bytes, shoal_error *err);

/* True when an element can have so many bytes. */
bool shoal_linear_element_fits(const shoal_chunked *chunked, size_t element_bytes);

#endif
