/* Inside the reader of attributes: what attribute.c (one message) and attribute_list.c (those of an
   object) share. */
#ifndef SHOAL_STORE_METADATA_ATTRIBUTE_LIST_H
#define SHOAL_STORE_METADATA_ATTRIBUTE_LIST_H

#include "store/cursor.h"
#include "store/metadata/attribute.h"
#include "store/metadata/shared_message.h"

/* What one reading may still take up. */
typedef struct shoal_attribute_walk {
    const shoal_metadata *meta;
    uint64_t values_left; /* bytes of values */
    uint64_t shared_left; /* bytes read for shared types and dataspaces */
} shoal_attribute_walk;

shoal_attribute_walk shoal_attribute_walk_of(const shoal_metadata *meta);

shoal_status shoal_attribute_parse(shoal_attribute_walk *walk, const uint8_t *bytes, size_t n,
                                   shoal_stored_attribute *out, shoal_error *err);
/* Whether the attribute of this message has the name; false too when it is damaged. */
bool shoal_attribute_is_named(const uint8_t *bytes, size_t n, const char *name);

#endif
