/* Elements in memory as some other program left them: at any strides, in either byte order, or as
   NumPy's 4-byte characters. */
#ifndef SHOAL_COMPUTE_STRIDED_H
#define SHOAL_COMPUTE_STRIDED_H

#include <shoal/shoal.h>

typedef struct shoal_strided {
    const uint8_t *base;             /* of the element at index 0, 0, ... */
    int64_t strides[SHOAL_MAX_RANK]; /* bytes; may be negative or 0 */
    shoal_type type;                 /* of what is gathered: native order */
    bool big_endian;                 /* of what lies there */
    uint32_t n_characters;           /* 4-byte characters an element, which become UTF-8; else 0 */
} shoal_strided;

/* The bytes of one element as it lies there. */
size_t shoal_strided_element(const shoal_strided *from);

/* Gathers the box [start, start + count) to dst at the given strides; false when a character is
   no code point or the text does not fit its type. */
bool shoal_strided_gather(const shoal_strided *from, int rank, const uint64_t *start,
                          const uint64_t *count, void *dst, const int64_t *dst_strides);

/* Where the box lies when it can be used as it is: native elements in C order; else NULL. */
const uint8_t *shoal_strided_in_place(const shoal_strided *from, int rank, const uint64_t *start,
                                      const uint64_t *count);

/* The bytes of UTF-8 that n 4-byte characters take, trailing NULs not counted. */
size_t shoal_utf8_length(const uint8_t *characters, uint32_t n, bool big_endian);

#endif
