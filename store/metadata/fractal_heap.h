/* Inside the reader of fractal heaps: what fractal_heap.c and fractal_block.c share. */
#ifndef SHOAL_STORE_METADATA_FRACTAL_HEAP_H
#define SHOAL_STORE_METADATA_FRACTAL_HEAP_H

#include "chunk/filter.h"
#include "store/metadata/heap.h"

enum { SHOAL_FRACTAL_LEVELS = 65, SHOAL_FRACTAL_BLOCK_LIMIT = 64 << 20 };

/* A block in memory. */
typedef struct shoal_fractal_block {
    bool loaded;
    uint64_t at;   /* file offset */
    uint64_t base; /* its first byte's offset in the heap */
    uint8_t *bytes;
    size_t n;
} shoal_fractal_block;

struct shoal_fractal_heap {
    const shoal_metadata *meta;
    uint64_t address;
    /* the header */
    size_t id_bytes;
    bool sums_blocks; /* direct blocks have checksums */
    uint64_t max_managed_bytes;
    uint64_t huge_tree; /* file offset, UINT64_MAX: none */
    uint64_t width;     /* blocks in a row; a power of two like the sizes */
    uint64_t start_bytes, max_direct_bytes;
    int heap_bits;
    uint64_t root; /* file offset, UINT64_MAX: none */
    int root_rows; /* 0: the root is a direct block */
    bool filtered;
    uint64_t root_stored_bytes; /* of a filtered direct root */
    uint32_t root_mask;
    shoal_pipeline pipeline;
    /* what follows from it */
    int offset_bytes, n_bytes; /* of an object's offset and length in an id */
    int direct_rows;           /* rows of direct blocks in an indirect block */
    /* what was read last */
    shoal_fractal_block direct, indirect[SHOAL_FRACTAL_LEVELS], object;
};

shoal_status shoal_fractal_fail(const shoal_fractal_heap *heap, shoal_error *err, const char *what);

/* Makes heap->direct the direct block that holds the heap's byte `offset`. */
shoal_status shoal_fractal_direct(shoal_fractal_heap *heap, uint64_t offset, shoal_error *err);

/* Reads n stored bytes at a file offset, and decodes them to *block of decoded_bytes when the heap
   is filtered. */
shoal_status shoal_fractal_read(const shoal_fractal_heap *heap, uint64_t at, uint64_t n,
                                uint64_t decoded_bytes, uint32_t mask, shoal_fractal_block *block,
                                shoal_error *err);

#endif
