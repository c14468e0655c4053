/* Dataspace messages: the shape of a dataset or an attribute. */
#ifndef SHOAL_STORE_METADATA_DATASPACE_H
#define SHOAL_STORE_METADATA_DATASPACE_H

#include "store/metadata/metadata.h"

typedef struct shoal_dataspace {
    bool is_null; /* no elements and no shape */
    int rank;     /* 0: a scalar */
    uint64_t shape[SHOAL_MAX_RANK];
    uint64_t max_shape[SHOAL_MAX_RANK]; /* UINT64_MAX: unlimited */
} shoal_dataspace;

/* Versions 1 and 2. SHOAL_DATA when cut off, of a rank above 32, or larger than its maximum. */
shoal_status shoal_dataspace_parse(const shoal_metadata *meta, const uint8_t *bytes, size_t n,
                                   shoal_dataspace *out, shoal_error *err);

#endif
