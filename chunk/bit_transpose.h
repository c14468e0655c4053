/* The bit transposition of the filter bitshuffle. The elements of a block become rows of bits: row
   8 * b + k holds bit k (0: the lowest) of byte b of every element, eight elements a byte. */
#ifndef SHOAL_CHUNK_BIT_TRANSPOSE_H
#define SHOAL_CHUNK_BIT_TRANSPOSE_H

#include <stddef.h>
#include <stdint.h>

/* n elements, a multiple of 8, of `size` bytes from src to dst, which do not overlap. */
void shoal_bit_transpose(const uint8_t *src, uint8_t *dst, size_t n, size_t size);
/* And back. */
void shoal_bit_restore(const uint8_t *src, uint8_t *dst, size_t n, size_t size);

#endif
