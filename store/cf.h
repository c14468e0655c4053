/* The CF and netCDF conventions: what a dataset's attributes say of its values. Follows xarray's
   mask_and_scale, attribute types included, so that results have its types and bits. */
#ifndef SHOAL_STORE_CF_H
#define SHOAL_STORE_CF_H

#include "store/file.h"

enum { SHOAL_CF_MAX_FILLS = 32 };

typedef struct shoal_cf_number {
    shoal_type_code type;
    bool weak; /* a bare number of no type of its own, as Python's */
    uint8_t value[16];
} shoal_cf_number;

/* In the order in which they apply: the sign, the missing values, scale and offset, bool. */
typedef struct shoal_cf {
    bool flips;       /* _Unsigned: signed integers are the unsigned ones of their bits, or back */
    bool has_missing; /* _FillValue or missing_value is there, if only with NaN */
    bool masks;       /* some value is missing: integers become floats */
    int n_fills;      /* values that stand for "missing"; elements that equal one become NaN */
    shoal_cf_number fill[SHOAL_CF_MAX_FILLS];
    bool has_scale, has_offset;
    shoal_cf_number scale, offset;
    bool is_bool;      /* attribute dtype is "bool" */
    bool decodes;      /* any of these changes type or values */
    char why_not[160]; /* not empty: the attributes make no sense, for this reason */
} shoal_cf;

/* Reads the attributes of a dataset. All zeros for what is not HDF5, text, or without any. */
shoal_status shoal_cf_read(const shoal_dataset *dataset, shoal_cf *out, shoal_error *err);

/* The type after the sign is changed; after masking; and after scale and offset. */
shoal_type_code shoal_cf_signed_type(const shoal_cf *cf, shoal_type_code stored);
shoal_type_code shoal_cf_masked_type(const shoal_cf *cf, shoal_type_code stored);
shoal_type_code shoal_cf_scaled_type(const shoal_cf *cf, shoal_type_code stored);

/* Attributes that say how values are stored; a decoded array does not have them any more. */
bool shoal_cf_is_encoding(const char *attribute);

/* The name of the dimension that a scale's path stands for. */
const char *shoal_cf_last_part(const char *path);

#endif
