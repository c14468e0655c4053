/* Arrays of MATLAB's v7.3 files: HDF5 has their axes in reverse order. */
#ifndef SHOAL_STORE_MATLAB_H
#define SHOAL_STORE_MATLAB_H

#include "store/file.h"

/* Is it an array of MATLAB's, and its axes in reverse order? Its class goes to *class_name unless
   that is NULL, cut where it does not fit. */
shoal_status shoal_matlab_is(const shoal_dataset *dataset, bool *out, char class_name[64],
                             shoal_error *err);

typedef struct shoal_matlab {
    char class_name[64]; /* "double", "logical", ...; empty: it is none, and the rest is 0 */
    bool is_empty;       /* it has no elements: the dataset holds the shape instead */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK]; /* as MATLAB has it */
    shoal_type type; /* of the elements in expressions; n_bytes 0: they are not for these */
} shoal_matlab;

/* Reads no data but an empty array's shape. */
shoal_status shoal_matlab_read(shoal_dataset *dataset, shoal_matlab *out, shoal_error *err);

#endif
