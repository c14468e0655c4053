/* Decoded chunks that several boxes of a pass need, shared by its workers: a fixed number of
   entries, the least recently used one given up first. A chunk that one worker is decoding is
   waited for by the others, not decoded again. */
#ifndef SHOAL_COMPUTE_CHUNK_CACHE_H
#define SHOAL_COMPUTE_CHUNK_CACHE_H

#include "store/dataset.h"

typedef struct shoal_chunk_cache shoal_chunk_cache;

/* n_entries must be at least the number of workers. */
shoal_status shoal_chunk_cache_new(int n_entries, size_t entry_bytes, shoal_chunk_cache **out,
                                   shoal_error *err);
void shoal_chunk_cache_free(shoal_chunk_cache *cache);

/* The decoded chunk, pinned until shoal_chunk_cache_release of the same pointer. */
shoal_status shoal_chunk_cache_get(shoal_chunk_cache *cache, const shoal_dataset *dataset,
                                   uint64_t chunk_id, shoal_reader *reader, const uint8_t **out,
                                   shoal_error *err);
void shoal_chunk_cache_release(shoal_chunk_cache *cache, const uint8_t *chunk);

/* Copies a region of the dataset from its chunks to dst, with strides in bytes by axis. */
shoal_status shoal_chunk_cache_read(shoal_chunk_cache *cache, const shoal_dataset *dataset,
                                    shoal_reader *reader, const shoal_region *region, uint8_t *dst,
                                    const int64_t *strides, shoal_error *err);

#endif
