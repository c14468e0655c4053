/* A chunk index in memory: where each written chunk's bytes are. 24 bytes a written chunk. */
#ifndef SHOAL_STORE_INDEX_H
#define SHOAL_STORE_INDEX_H

#include "chunk/grid.h"
#include "store/map.h"

typedef struct shoal_index_entry {
    uint64_t chunk_id; /* C order in the grid */
    uint64_t offset;   /* in the file */
    uint32_t n_bytes;
    uint32_t mask; /* HDF5's filter mask */
} shoal_index_entry;

typedef struct shoal_index {
    uint64_t n;
    shoal_index_entry *entries; /* sorted by chunk_id, no id twice */
} shoal_index;

/* NULL when the chunk was never written. Constant time when all chunks are there. */
const shoal_index_entry *shoal_index_find(const shoal_index *index, uint64_t chunk_id);
void shoal_index_free(shoal_index *index);

/* Adds an entry to an index being read; *capacity grows. Refuses entries outside of the file. */
shoal_status shoal_index_add(shoal_index *index, uint64_t *capacity, shoal_index_entry entry,
                             const shoal_map *map, shoal_error *err);
/* Sorts, refuses ids that appear twice, and shrinks the memory to what is used. */
shoal_status shoal_index_finish(shoal_index *index, const shoal_map *map, shoal_error *err);

#endif
