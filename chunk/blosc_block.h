/* The blocks of a Blosc 1 buffer, each decoded alone by its compressor's own library: a chunk's
   elements can then be used block after block while they are in the cache, where c-blosc decodes
   whole chunks, or copies. The layout is that of c-blosc's README_CHUNK_FORMAT.rst. */
#ifndef SHOAL_CHUNK_BLOSC_BLOCK_H
#define SHOAL_CHUNK_BLOSC_BLOCK_H

#include "chunk/filter_stage.h"

typedef struct shoal_blosc_header {
    int flags;
    size_t type_size, n_raw, block, n_encoded;
} shoal_blosc_header;

/* What decoding needs: the libraries' contexts, and room for a block that is still shuffled. */
typedef struct shoal_blosc_tools shoal_blosc_tools;

/* For blocks of one compressor (BLOSC_LZ4, ...), of n_room bytes at most. */
shoal_status shoal_blosc_tools_new(int compressor, size_t n_room, shoal_blosc_tools **out,
                                   shoal_error *err);
void shoal_blosc_tools_free(shoal_blosc_tools *tools);
/* What that allocates at most; 0 when these blocks are left to c-blosc. */
size_t shoal_blosc_tools_bytes(int compressor, int shuffle, size_t n_room);

/* Checks all of an encoded buffer's header, which may decode to `capacity` bytes at most. NULL, or
   what is wrong. */
const char *shoal_blosc_read_header(shoal_span src, size_t capacity, shoal_blosc_header *out);

/* Are a buffer's blocks decoded here? Those of lz4, zlib and zstd that fit the room, are not
   shuffled by bits, and begin and end between elements. False without tools. */
bool shoal_blosc_has_blocks(const shoal_blosc_tools *tools, const shoal_blosc_header *header);

/* For such a buffer: its bytes [first, first + n), of whole elements, to dst. *held is the caller's
   note of the block that the room holds, 0 at first and for another buffer. False: the data are
   damaged. */
bool shoal_blosc_decode_part(shoal_blosc_tools *tools, const shoal_blosc_header *header,
                             shoal_span src, size_t first, size_t n, uint8_t *dst, size_t *held);

#endif
