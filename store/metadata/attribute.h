/* The attributes of an object: in its header, or dense (a fractal heap and a version-2 B-tree). */
#ifndef SHOAL_STORE_METADATA_ATTRIBUTE_H
#define SHOAL_STORE_METADATA_ATTRIBUTE_H

#include "store/metadata/dataspace.h"
#include "store/metadata/datatype.h"
#include "store/metadata/object_header.h"

/* An attribute as stored. Its value is `n_bytes` bytes: elements of `type` in C order. */
typedef struct shoal_stored_attribute {
    char *name;
    shoal_datatype *type;
    shoal_dataspace space;
    uint8_t *bytes;
    size_t n_bytes;
} shoal_stored_attribute;

typedef struct shoal_attributes {
    size_t n;
    shoal_stored_attribute *attribute;
} shoal_attributes;

/* All of them, in name order (bytewise). At most 64 MiB of values. */
shoal_status shoal_attributes_read(const shoal_metadata *meta, const shoal_object_header *header,
                                   shoal_attributes *out, shoal_error *err);
void shoal_attributes_free(shoal_attributes *attributes);

/* One by name; *found says whether it is there. */
shoal_status shoal_attribute_find(const shoal_metadata *meta, const shoal_object_header *header,
                                  const char *name, bool *found, shoal_stored_attribute *out,
                                  shoal_error *err);
void shoal_attribute_clear(shoal_stored_attribute *attribute);

#endif
