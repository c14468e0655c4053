/* What Zstandard's encoder needs, for the filters that make its context in memory of their own. */
#ifndef SHOAL_CHUNK_ZSTD_MEMORY_H
#define SHOAL_CHUNK_ZSTD_MEMORY_H

#include <stddef.h>

/* Bytes that encode any input of at most n_raw bytes at the level. */
size_t shoal_zstd_encoder_bytes(int level, size_t n_raw);

#endif
