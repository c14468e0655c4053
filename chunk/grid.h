/* Shapes, regions and grids: which chunks a region touches, and which part of each.
   A *piece* is a chunk intersected with a region. All counts are checked for overflow at init. */
#ifndef SHOAL_CHUNK_GRID_H
#define SHOAL_CHUNK_GRID_H

#include <shoal/shoal.h>

typedef struct shoal_grid {
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t chunk[SHOAL_MAX_RANK];   /* none is 0 */
    uint64_t n_along[SHOAL_MAX_RANK]; /* chunks along each axis: ceil(shape / chunk) */
    uint64_t n_chunks;                /* product of n_along */
    uint64_t chunk_elements;          /* product of chunk */
} shoal_grid;

/* False when a chunk extent is 0 or a count overflows. Rank 0 is one chunk of one element. */
bool shoal_grid_init(shoal_grid *grid, int rank, const uint64_t *shape, const uint64_t *chunk);

/* The chunk's number in C order from its coordinates, and back. */
uint64_t shoal_grid_id(const shoal_grid *grid, const uint64_t *coordinates);
void shoal_grid_coordinates(const shoal_grid *grid, uint64_t chunk_id, uint64_t *coordinates);

/* The part of the array that a chunk covers (edge chunks are cut off): start and count. */
void shoal_grid_extent(const shoal_grid *grid, const uint64_t *coordinates, uint64_t *start,
                       uint64_t *count);

/* The whole array as a region; elements in a region (false on overflow). */
void shoal_region_all(int rank, const uint64_t *shape, shoal_region *out);

bool shoal_region_equal(const shoal_region *a, const shoal_region *b);
bool shoal_region_elements(const shoal_region *region, uint64_t *out);

/* True when every index of the region lies in the shape. */
bool shoal_region_inside(const shoal_region *region, const uint64_t *shape);

/* True when the region is exactly one chunk's extent with steps 1; then *chunk_id says which. */
bool shoal_region_is_chunk(const shoal_grid *grid, const shoal_region *region, uint64_t *chunk_id);

typedef struct shoal_piece {
    uint64_t chunk_id;
    uint64_t chunk[SHOAL_MAX_RANK]; /* its coordinates */
    shoal_range
        in_chunk[SHOAL_MAX_RANK]; /* indices relative to the chunk's origin; step as region */
    uint64_t
        in_region[SHOAL_MAX_RANK]; /* where the piece starts, counted in the region's elements */
    bool whole; /* the piece is all of the chunk's extent inside the array, steps 1 */
} shoal_piece;

/* Walks over the pieces of a region in C order of the chunks:
       shoal_pieces it;
       for (shoal_pieces_begin(&it, &grid, &region); shoal_pieces_next(&it, &piece);) ...
   The region must lie inside the shape. Chunks that a step jumps over are left out. */
typedef struct shoal_pieces {
    const shoal_grid *grid;
    const shoal_region *region;
    uint64_t low[SHOAL_MAX_RANK], high[SHOAL_MAX_RANK], at[SHOAL_MAX_RANK];
    bool done;
} shoal_pieces;

void shoal_pieces_begin(shoal_pieces *it, const shoal_grid *grid, const shoal_region *region);
bool shoal_pieces_next(shoal_pieces *it, shoal_piece *piece);

/* Reads NumPy's basic slicing: "0:100, ::2, -1, ..." against a shape. An integer index keeps its
   axis with count 1 and sets its bit in *dropped. Errors are SHOAL_USAGE and name the axis. */
shoal_status shoal_slice_parse(const char *text, int rank, const uint64_t *shape, shoal_region *out,
                               uint32_t *dropped, shoal_error *err);

/* What parts by name ("lat=40:60") mean, for whoever knows the names. `within` is what the parts by
   position leave of the axis; *out counts in its indices. */
typedef struct shoal_slice_names {
    shoal_status (*find)(void *user, const char *name, int *axis, shoal_error *err);
    shoal_status (*select)(void *user, int axis, const char *text, const shoal_range *within,
                           shoal_range *out, bool *drops, shoal_error *err);
    void *user;
} shoal_slice_names;

/* The same with parts by name, anywhere among the others; `names` NULL: they are refused. */
shoal_status shoal_slice_parse_named(const char *text, int rank, const uint64_t *shape,
                                     const shoal_slice_names *names, shoal_region *out,
                                     uint32_t *dropped, shoal_error *err);

#endif
