/* Version-2 B-trees: the format's index of links, attributes, huge heap objects and chunks. This
   walks any of them; what a record means is its visitor's business. Nodes are read with pread and
   their checksums verified. The walk is bounded: nodes of a sound tree do not overlap, so the
   file's size limits how many there are. */
#ifndef SHOAL_STORE_METADATA_BTREE2_H
#define SHOAL_STORE_METADATA_BTREE2_H

#include "store/metadata/metadata.h"

/* The types of records. */
enum {
    SHOAL_BTREE2_HUGE = 1,
    SHOAL_BTREE2_HUGE_FILTERED = 2,
    SHOAL_BTREE2_HUGE_DIRECT = 3,
    SHOAL_BTREE2_HUGE_DIRECT_FILTERED = 4,
    SHOAL_BTREE2_LINK_NAME = 5,
    SHOAL_BTREE2_LINK_ORDER = 6,
    SHOAL_BTREE2_SHARED_MESSAGE = 7,
    SHOAL_BTREE2_ATTRIBUTE_NAME = 8,
    SHOAL_BTREE2_ATTRIBUTE_ORDER = 9,
    SHOAL_BTREE2_CHUNK = 10,
    SHOAL_BTREE2_CHUNK_FILTERED = 11,
};

/* What a tree's header says. */
typedef struct shoal_btree2_info {
    int type;
    int depth; /* 0: the root is a leaf */
    size_t node_bytes, record_bytes;
    uint64_t n_records; /* as stated; the walk refuses a tree that holds more */
} shoal_btree2_info;

/* Reads the header at `address` (a file offset). SHOAL_DATA when it is damaged or the records are
   not of this type. */
shoal_status shoal_btree2_info_read(const shoal_metadata *meta, uint64_t address, int type,
                                    shoal_btree2_info *out, shoal_error *err);

/* Called for each record, in the tree's order: n bytes, the tree's record size. The bytes are good
   until it returns. A status that is not SHOAL_OK ends the walk, which then returns it. */
typedef shoal_status shoal_btree2_visitor(void *user, const uint8_t *record, size_t n,
                                          shoal_error *err);

/* Visits the records of the tree whose header is at `address`, all of type `type` and of at least
   `min_record_bytes` bytes; ends without an error after `limit` of them. */
shoal_status shoal_btree2_walk(const shoal_metadata *meta, uint64_t address, int type,
                               size_t min_record_bytes, shoal_btree2_visitor *visitor, void *user,
                               uint64_t limit, shoal_error *err);

/* Where a record stands to what is looked for: below 0 before it, above 0 behind it, 0: wanted. */
typedef int shoal_btree2_order(void *user, const uint8_t *record, size_t n);

/* Visits only the records for which `order` gives 0, and reads only the nodes that may hold them.
 */
shoal_status shoal_btree2_find(const shoal_metadata *meta, uint64_t address, int type,
                               size_t min_record_bytes, shoal_btree2_order *order,
                               shoal_btree2_visitor *visitor, void *user, shoal_error *err);

#endif
