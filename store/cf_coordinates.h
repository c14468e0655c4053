/* Coordinates that are no dimension scales: what `coordinates` attributes name, as xarray finds
   them. Scalars, arrays of several axes such as lat(y, x), texts, other values along an axis. */
#ifndef SHOAL_STORE_CF_COORDINATES_H
#define SHOAL_STORE_CF_COORDINATES_H

#include "store/file.h"

enum { SHOAL_CF_MAX_COORDINATES = 32 };

typedef struct shoal_cf_coordinate {
    char *name, *path;
    int rank;  /* of its dataset */
    int n_own; /* axes at its end that are its own: 1 for text kept as characters, else 0 */
    int axis[SHOAL_MAX_RANK]; /* which of the dataset's axes each of the others is */
} shoal_cf_coordinate;

typedef struct shoal_cf_coordinates {
    size_t n;
    shoal_cf_coordinate coordinate[SHOAL_CF_MAX_COORDINATES];
} shoal_cf_coordinates;

/* The coordinates of a dataset: those that its own attribute names, its group's, and those of other
   variables of the group (of the first 1,000), if all their axes are the dataset's. What is not
   there or cannot be read is left out. Free with shoal_cf_coordinates_free. */
shoal_status shoal_cf_coordinates_read(const shoal_dataset *dataset, shoal_cf_coordinates *out,
                                       shoal_error *err);
void shoal_cf_coordinates_free(shoal_cf_coordinates *coordinates);

#endif
