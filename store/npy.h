/* The header of NumPy's .npy format, versions 1 to 3. */
#ifndef SHOAL_STORE_NPY_H
#define SHOAL_STORE_NPY_H

#include <shoal/shoal.h>

#define SHOAL_NPY_MAGIC      "\x93NUMPY"
#define SHOAL_NPY_HEADER_MAX 2048      /* bytes of any header that shoal_npy_header_write makes */
#define SHOAL_NPY_READ_MAX   (1 << 20) /* bytes of a header that is read at most */

typedef struct shoal_npy_header {
    shoal_type type;
    bool big_endian, fortran;
    uint32_t n_characters; /* of an array of unicode ("<U5": 5 of 4 bytes each); then `type` is text
                              of that many bytes in the file. Else 0 */
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    size_t n_bytes; /* of the header: where the elements start */
} shoal_npy_header;

/* The bytes of the whole header, told by the first 12 of the file; 0 when it is no .npy file. */
size_t shoal_npy_header_size(const uint8_t *bytes, size_t n);

/* Reads the header from the first n bytes of a file, which must hold all of it. *header_bytes is
   where the elements start. SHOAL_DATA when it is damaged, cut off, or of a type that shoal does
   not compute on (structures, objects, dates, unicode). */
shoal_status shoal_npy_header_parse(const uint8_t *bytes, size_t n, shoal_type *type,
                                    bool *big_endian, bool *fortran, int *rank, uint64_t *shape,
                                    size_t *header_bytes, shoal_error *err);

/* The same, but takes unicode too. */
shoal_status shoal_npy_header_read(const uint8_t *bytes, size_t n, shoal_npy_header *out,
                                   shoal_error *err);

/* Writes a version-1 header, little-endian and in C order, padded as NumPy does; returns its
   length. `bytes` has room for SHOAL_NPY_HEADER_MAX. */
size_t shoal_npy_header_write(shoal_type type, int rank, const uint64_t *shape, uint8_t *bytes);

#endif
