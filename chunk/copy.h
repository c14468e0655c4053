/* Strided copies of n-dimensional boxes. */
#ifndef SHOAL_CHUNK_COPY_H
#define SHOAL_CHUNK_COPY_H

#include <shoal/shoal.h>

/* Copies a box of counts[0..rank) elements of n_bytes each. Strides are in bytes and may be 0 or
   negative; src and dst point at the box's first element and must not overlap. Axes are merged
   where both sides are contiguous, and sizes 1, 2, 4, 8, 16 have loops of their own. */
void shoal_copy_box(int rank, const uint64_t *counts, const void *src, const int64_t *src_strides,
                    void *dst, const int64_t *dst_strides, size_t n_bytes);

/* The strides in bytes of a C-contiguous array. */
void shoal_contiguous_strides(int rank, const uint64_t *shape, size_t n_bytes, int64_t *strides);

/* Copies elements [first, first + n) in C order of a strided box to contiguous memory. */
void shoal_gather_run(int rank, const uint64_t *counts, const void *src, const int64_t *strides,
                      uint64_t first, size_t n, void *dst, size_t n_bytes);

/* Fills n elements of n_bytes each with one element. */
void shoal_fill_elements(void *dst, const void *element, size_t n, size_t n_bytes);

#endif
