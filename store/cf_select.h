/* Slices by coordinate value, as xarray's sel: lat=40:60, lat=45, time="2001-05". */
#ifndef SHOAL_STORE_CF_SELECT_H
#define SHOAL_STORE_CF_SELECT_H

#include "store/dataset.h"

/* One end of a range, or a value: a number, or a text that names a period of time. */
typedef struct shoal_cf_bound {
    bool given;
    const char *text; /* NULL: a number */
    long double number;
} shoal_cf_bound;

typedef struct shoal_cf_want {
    bool is_range; /* low and high are the ends, in any order; else low is the value */
    shoal_cf_bound low, high;
    int64_t step; /* of a range, in indices; 0 means 1 */
} shoal_cf_want;

/* Reads "40:60", "45", "\"2001\":\"2003-05\"", "40::2". The texts point into `memory`, which is
   malloc'd for the caller. SHOAL_USAGE for anything else. */
shoal_status shoal_cf_want_parse(const char *text, shoal_cf_want *out, char **memory,
                                 shoal_error *err);

/* The indices that are wanted of an axis, of those that `within` has of it: *out counts in indices
   of `within`. Ranges hold both ends and go with the axis, whether it rises or falls; a text means
   the whole period, or of an axis of texts that one. *drops: a single number or text was asked for,
   so that the axis goes. SHOAL_USAGE when
   there are no coordinate values, none is equal to the one wanted, or ranges of values in no
   order are asked for. */
shoal_status shoal_cf_select(const shoal_dataset *dataset, int axis, const shoal_range *within,
                             const shoal_cf_want *want, shoal_range *out, bool *drops,
                             shoal_error *err);

/* cf_select_text.c: the same where the coordinate's values are texts. */
shoal_status shoal_cf_select_text(shoal_dataset *values, const char *name,
                                  const shoal_range *within, const shoal_cf_want *want,
                                  shoal_range *out, bool *drops, shoal_error *err);

/* The axis of that name; SHOAL_USAGE with the names that there are. */
shoal_status shoal_cf_axis_find(const char *name, char *const *names, int rank, int *axis,
                                shoal_error *err);

/* As shoal_slice_parse, with parts by name; errors are SHOAL_USAGE. `reversed`: the text counts the
   axes from the last one, and *out and *dropped are as the dataset has them all the same. */
shoal_status shoal_cf_slice(const char *text, const shoal_dataset *dataset, bool reversed,
                            shoal_region *out, uint32_t *dropped, shoal_error *err);

#endif
