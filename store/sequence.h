/* Values of variable length: the bytes behind their descriptors, from the global heap. */
#ifndef SHOAL_STORE_SEQUENCE_H
#define SHOAL_STORE_SEQUENCE_H

#include "store/metadata/heap.h"

/* What a descriptor, 8 + offset_bytes bytes, states. */
typedef struct shoal_sequence {
    uint32_t count;      /* of elements; 0 when nothing was written */
    uint32_t index;      /* of the object in its heap */
    uint64_t collection; /* the heap's address as stored, for shoal_metadata_offset */
} shoal_sequence;

shoal_sequence shoal_sequence_parse(const shoal_metadata *meta, const uint8_t *descriptor);

/* Reads them one after the other; what it reads in all is bounded. Belongs to one thread. */
typedef struct shoal_sequences {
    const shoal_metadata *meta;
    uint64_t budget; /* bytes that may still be read */
    size_t n_read;
    shoal_global_heap *heap; /* once many were read */
} shoal_sequences;

/* Starts; end it with shoal_sequences_end. */
shoal_sequences shoal_sequences_begin(const shoal_metadata *meta, uint64_t budget);
void shoal_sequences_end(shoal_sequences *sequences);

/* The bytes of the first elements, element_bytes each, of which no more than `limit` bytes: *n of
   them, malloc'd, with a NUL behind. SHOAL_DATA when the heap has them not. */
shoal_status shoal_sequence_read(shoal_sequences *sequences, const uint8_t *descriptor,
                                 uint32_t element_bytes, size_t limit, uint8_t **bytes, size_t *n,
                                 shoal_error *err);

#endif
