/* The axes of a dataset: their names and coordinate variables, from netCDF's dimension scales. */
#ifndef SHOAL_STORE_CF_AXIS_H
#define SHOAL_STORE_CF_AXIS_H

#include "store/file.h"

typedef struct shoal_cf_axis {
    char *name;       /* NULL: it has none */
    char *coordinate; /* path of the one-dimensional dataset with a value for each index, or NULL */
    char *characters; /* else that of texts whose characters are an axis of their own, or NULL */
    bool has_texts;   /* the values of the one or the other are texts */
} shoal_cf_axis;

/* By the axis's dimension scale; for a scale itself by its own name; else by its label, with the
   dataset of that name in the same group or one above. Free with shoal_cf_axis_free. */
shoal_status shoal_cf_axis_read(const shoal_dataset *dataset, int axis, shoal_cf_axis *out,
                                shoal_error *err);
void shoal_cf_axis_free(shoal_cf_axis *axis);

/* Does anything say that a dataset is a netCDF variable: names of axes, units, or attributes of
   storage? Results keep the attributes of such alone, as others' may say what a result is not. */
shoal_status shoal_cf_is_variable(const shoal_dataset *dataset, bool *out, shoal_error *err);

/* Does a dataset keep text as netCDF's characters, the last axis being those of a text? */
bool shoal_cf_is_characters(const shoal_dataset *dataset);

/* The NAME attribute of a dimension without a coordinate variable, of n indices. */
#define SHOAL_CF_BARE_DIMENSION "This is a netCDF dimension but not a netCDF variable."
void shoal_cf_bare_name(uint64_t n, char text[80]);

#endif
