/* Dimension scales: which dataset gives an axis its name and its coordinates. */
#ifndef SHOAL_STORE_DIMENSION_H
#define SHOAL_STORE_DIMENSION_H

#include "store/file.h"

/* The path of the dimension scale (of several the last, as netCDF has it) of each of the first
   `rank` axes of the dataset at `path`, malloc'd, or NULL. A one-dimensional scale is its own.
   What was in `paths` is lost. */
shoal_status shoal_dimension_scales(shoal_file *file, const char *path, int rank, char **paths,
                                    shoal_error *err);

#endif
