/* The mappings of a virtual dataset: which elements come from which elements of which dataset. */
#ifndef SHOAL_STORE_VIRTUAL_MAPPING_H
#define SHOAL_STORE_VIRTUAL_MAPPING_H

#include "store/metadata/storage.h"
#include "store/selection.h"

typedef struct shoal_mapping {
    char *file, *dataset; /* as stored: "." is the file itself; "%b" is a number, "%%" is '%' */
    bool shares_file, shares_dataset; /* the name is an earlier mapping's */
    /* One source for each block of the unlimited axis of `target`: "%b" is the block's number. */
    bool is_series;
    uint64_t n_sources; /* of a series: those before the first that is missing, once counted */
    shoal_selection source, target;
} shoal_mapping;

typedef struct shoal_mappings {
    size_t n;
    shoal_mapping *mapping;
} shoal_mappings;

/* From the global heap's object that the storage names; its checksum is verified. */
shoal_status shoal_mappings_read(const shoal_metadata *meta, const shoal_storage *storage,
                                 shoal_mappings *out, shoal_error *err);
void shoal_mappings_free(shoal_mappings *mappings);

/* A name with the number of a block in it, malloc'd. */
shoal_status shoal_mapping_name(const char *stored, uint64_t block, char **out, shoal_error *err);

#endif
