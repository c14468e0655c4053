/* The links of a group, whichever way it keeps them: symbol table (version-1 B-tree and local
   heap), link messages in its header, or a fractal heap with a version-2 B-tree. */
#ifndef SHOAL_STORE_METADATA_LINKS_H
#define SHOAL_STORE_METADATA_LINKS_H

#include "store/metadata/object_header.h"

typedef enum shoal_link_kind {
    SHOAL_LINK_HARD,
    SHOAL_LINK_SOFT,
    SHOAL_LINK_EXTERNAL,
    SHOAL_LINK_OTHER, /* user-defined: leads nowhere that we know */
} shoal_link_kind;

typedef struct shoal_link {
    char *name;
    shoal_link_kind kind;
    uint64_t address;  /* SHOAL_LINK_HARD: file offset of the object header */
    char *target;      /* SHOAL_LINK_SOFT, SHOAL_LINK_EXTERNAL: path, else NULL */
    char *target_file; /* SHOAL_LINK_EXTERNAL, else NULL */
} shoal_link;

typedef struct shoal_links {
    size_t n;
    shoal_link *link;
} shoal_links;

/* Whether the object is a group. */
bool shoal_is_group(const shoal_object_header *header);

/* At most `limit` links, in name order (bytewise). None when the object is no group. */
shoal_status shoal_links_read(const shoal_metadata *meta, const shoal_object_header *header,
                              size_t limit, shoal_links *out, shoal_error *err);
void shoal_links_free(shoal_links *links);

/* One link by name; *found says whether it is there. Costs a look-up, not a listing, where the
   group is indexed. Free *out with shoal_link_clear. */
shoal_status shoal_link_find(const shoal_metadata *meta, const shoal_object_header *header,
                             const char *name, bool *found, shoal_link *out, shoal_error *err);
void shoal_link_clear(shoal_link *link);

#endif
