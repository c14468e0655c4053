/* The byte transposition of the filters shuffle and szip: all first bytes of the elements, then all
   second bytes, and so on; bytes after the last whole element stay where they are. */
#ifndef SHOAL_CHUNK_SHUFFLE_H
#define SHOAL_CHUNK_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* n_bytes from src to dst, which do not overlap; size is an element's, not 0. */
void shoal_shuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size);
void shoal_unshuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size);
/* The bytes [first, first + n) alone of what that gives, to dst: of whole elements, `first` and
   `first + n` being multiples of size, or n_bytes. */
void shoal_unshuffle_part(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size,
                          size_t first, size_t n);

#endif
