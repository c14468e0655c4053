/* Coordinates that go with an array: which part of which dataset each is. And writing them beside
   a dataset, so that xarray finds them. */
#ifndef SHOAL_COMPUTE_COORDINATES_H
#define SHOAL_COMPUTE_COORDINATES_H

#include "compute/arena.h"
#include "store/cf_coordinates.h"
#include "store/writer.h"

/* An axis of a coordinate's dataset: along axis `at` of the array, from `start` on; or at -1 the
   one index `start`. */
typedef struct shoal_coordinate_axis {
    int at;
    int64_t start, step;
} shoal_coordinate_axis;

typedef struct shoal_coordinate {
    const char *name, *path;
    const shoal_dataset *of; /* a variable of the file that has it */
    int rank, n_own;         /* as in store/cf_coordinates.h */
    shoal_coordinate_axis *axis;
} shoal_coordinate;

typedef struct shoal_coordinate_list {
    int n;
    const shoal_coordinate *const *coordinate;
} shoal_coordinate_list;

/* Where a part of a dataset's axis goes: as above, with at -2 where it goes nowhere. */
#define SHOAL_COORDINATE_GONE -2

/* The coordinates of a part of a dataset, by axis of the dataset: those of `named`, all that it
   has, whose axes are all there, and of each axis of which one index is left the coordinate, as a
   scalar. */
shoal_status shoal_coordinates_of(const shoal_dataset *dataset, const shoal_cf_coordinates *named,
                                  const shoal_coordinate_axis *axis, shoal_arena *arena,
                                  shoal_coordinate_list *out, shoal_error *err);

/* Adds the coordinate of one index of a dataset's axis, if that has one. */
shoal_status shoal_coordinates_add_single(const shoal_dataset *dataset, int axis, int64_t index,
                                          shoal_arena *arena, shoal_coordinate_list *list,
                                          shoal_error *err);

/* Those of an array whose axes come from another's, by axis of the other. What would be along an
   axis that is gone is left out. */
shoal_status shoal_coordinates_along(const shoal_coordinate_list *from,
                                     const shoal_coordinate_axis *axis, shoal_arena *arena,
                                     shoal_coordinate_list *out, shoal_error *err);

/* Are two coordinates of an array of this shape the same, values and what they mean? What cannot be
   read is not. */
bool shoal_coordinates_equal(const shoal_coordinate *a, const shoal_coordinate *b,
                             const uint64_t *shape);

/* All of both, but those of one name that are not the same. */
shoal_status shoal_coordinates_join(const shoal_coordinate_list *a, const shoal_coordinate_list *b,
                                    const uint64_t *shape, shoal_arena *arena,
                                    shoal_coordinate_list *out, shoal_error *err);

/* Writes them beside the dataset at `path`, whose axes have their scales, and names them in its
   attribute. One that is there with the same values is shared; next to one with others it is
   called NAME_2, ... *any is set where one was written. */
shoal_status shoal_coordinates_write(shoal_writer *writer, const char *path,
                                     const shoal_coordinate_list *list, const uint64_t *shape,
                                     bool *any, shoal_error *err);

/* ---- Between the files coordinate*.c ---- */

/* Opens a coordinate's dataset and says which region of it is wanted, and its shape without the
   axes of one index. */
typedef struct shoal_coordinate_part {
    shoal_dataset *values;
    shoal_region region;
    int rank; /* of the part */
    uint64_t shape[SHOAL_MAX_RANK];
    int from[SHOAL_MAX_RANK]; /* which axis of the values each of the part's is */
    int axis[SHOAL_MAX_RANK]; /* and which of the array's; -1: its own */
} shoal_coordinate_part;
shoal_status shoal_coordinate_open(const shoal_coordinate *c, const uint64_t *shape,
                                   shoal_coordinate_part *out, shoal_error *err);
void shoal_coordinate_close(shoal_coordinate_part *part);

/* Calls for boxes of a part, of half a MiB each, in C order; `box` counts in the part's indices.
   Stops where *go is cleared. */
typedef shoal_status (*shoal_coordinate_visitor)(void *user, const shoal_region *box,
                                                 const void *values, size_t n_bytes, bool *go,
                                                 shoal_error *err);
shoal_status shoal_coordinate_visit(const shoal_coordinate_part *part,
                                    shoal_coordinate_visitor visitor, void *user, shoal_error *err);

#endif
