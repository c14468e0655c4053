/* Coordinate values: the decoded numbers of a one-dimensional dataset, in long double, which holds
   all 64-bit integers and float64 exactly. For axes; arrays are decoded by compute's kernels. */
#ifndef SHOAL_STORE_CF_VALUES_H
#define SHOAL_STORE_CF_VALUES_H

#include "store/cf.h"
#include "store/cf_time.h"

typedef struct shoal_cf_values {
    shoal_dataset *dataset; /* the coordinate variable, open */
    shoal_cf cf;
    bool is_narrow; /* decoded, it is float32 (or less): bounds are rounded as its values are */
    char *units;    /* or NULL */
    char *calendar; /* or NULL */
    bool is_time;
    shoal_cf_time time;
} shoal_cf_values;

/* Opens the coordinate variable at `path` of a dataset's file. Text is refused (SHOAL_USAGE). */
shoal_status shoal_cf_values_open(const shoal_dataset *dataset, const char *path,
                                  shoal_cf_values *out, shoal_error *err);
void shoal_cf_values_close(shoal_cf_values *values);

/* Values of `count` indices from start on; at most SHOAL_CF_BLOCK. */
enum { SHOAL_CF_BLOCK = 8192 };
shoal_status shoal_cf_values_read(const shoal_cf_values *values, shoal_range range,
                                  long double *out, shoal_error *err);

/* A value for people: shortest digits, or a date of a time axis. */
void shoal_cf_value_text(const shoal_cf_values *values, long double value,
                         char text[SHOAL_CF_TIME_TEXT]);

#endif
