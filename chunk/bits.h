/* Integers of any width packed bit by bit, each with its most significant bit first: the streams
   of the filters n-bit and scale-offset. */
#ifndef SHOAL_CHUNK_BITS_H
#define SHOAL_CHUNK_BITS_H

#include <stddef.h>
#include <stdint.h>

/* n integers of `width` bits from src to integers of this machine's byte order and `size` bytes
   (1, 2, 4 or 8) in dst, of any alignment. 1 <= width <= 8 * size, and the caller has checked that
   src, n_src bytes, holds n * width bits. */
void shoal_bits_unpack(const uint8_t *src, size_t n_src, unsigned width, size_t n, unsigned size,
                       uint8_t *dst);

/* The other way: the lowest `width` bits of each integer. Writes n * width bits, the last byte
   filled up with zeros. */
void shoal_bits_pack(const uint8_t *src, unsigned size, size_t n, unsigned width, uint8_t *dst);

#endif
