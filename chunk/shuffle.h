/* The byte transposition of the filters shuffle and szip: all first bytes of the elements, then all
   second bytes, and so on; bytes after the last whole element stay where they are. */
#ifndef SHOAL_CHUNK_SHUFFLE_H
#define SHOAL_CHUNK_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* n_bytes from src to dst, which do not overlap; size is an element's, not 0. */
void shoal_shuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size);
void shoal_unshuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size);

#endif
