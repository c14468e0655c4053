/* What the filters that use Zstandard share: contexts in memory of known size, and decoding. */
#ifndef SHOAL_CHUNK_ZSTD_CONTEXT_H
#define SHOAL_CHUNK_ZSTD_CONTEXT_H

#include "chunk/filter_stage.h"

/* Bytes that encode any input of at most n_raw bytes at the level. */
size_t shoal_zstd_encoder_bytes(int level, size_t n_raw);

/* A decoder's context of so many bytes, malloc'd; NULL without memory. */
size_t shoal_zstd_decoder_bytes(void);
void *shoal_zstd_decoder_new(void);

/* Decodes frames to at most `capacity` bytes; *n_dst tells how many. NULL, or what is wrong. */
const char *shoal_zstd_decode(void *decoder, shoal_span src, uint8_t *dst, size_t capacity,
                              size_t *n_dst);

#endif
