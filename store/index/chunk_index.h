/* The chunk indexes of the format, each read by a file of its own in this folder into one form:
   a shoal_index sorted by chunk number. Nodes are read with pread. Every pointer and count is
   checked, checksums are verified, and what is read is bounded by the grid and the file. */
#ifndef SHOAL_STORE_INDEX_CHUNK_INDEX_H
#define SHOAL_STORE_INDEX_CHUNK_INDEX_H

#include "store/index.h"
#include "store/metadata/storage.h"

/* What the readers need to know of a chunked dataset. */
typedef struct shoal_chunked {
    const shoal_metadata *meta;
    const shoal_storage *storage;
    const shoal_grid *grid;
    const uint64_t *max_shape; /* UINT64_MAX: unlimited */
    uint64_t chunk_bytes;      /* a chunk's elements as stored, not encoded */
    bool filtered;             /* there is a pipeline */
} shoal_chunked;

/* Reads the index of whichever kind. Chunks that the shape does not reach any more are left out.
   storage->allocated must be true. */
shoal_status shoal_chunk_index_read(const shoal_chunked *chunked, shoal_index *out,
                                    shoal_error *err);

/* "btree1", "single", "implicit", "farray", "earray", "btree2". */
const char *shoal_index_kind_name(shoal_index_kind kind);

#endif
