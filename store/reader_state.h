/* What a reader holds, and how it comes by one chunk. Private to store/reader*.c. */
#ifndef SHOAL_STORE_READER_STATE_H
#define SHOAL_STORE_READER_STATE_H

#include "store/dataset_open.h"
#include "store/metadata/heap.h"

#define SHOAL_NO_CHUNK UINT64_MAX

/* Buffers hold the stored byte order where nothing is converted: results are swapped once, at the
   end. */
struct shoal_reader {
    shoal_dataset *dataset;
    shoal_coder *coder;      /* SHOAL_LAYOUT_CHUNKED */
    uint8_t *buffer;         /* one chunk; NULL where chunks are used in the map */
    uint8_t *stored;         /* one chunk before it is converted; NULL where it is not needed */
    shoal_global_heap *heap; /* NULL without values of variable length */
    size_t chunk_bytes, stored_bytes;
    uint64_t held;                      /* the chunk that is whole in the buffer */
    uint64_t partial;                   /* the chunk that parts were decoded of last, ... */
    uint64_t n_partial;                 /* ... and how many of its blocks so far */
    const shoal_index_entry *in_pieces; /* the chunk that is decoded in pieces */
    bool cold, swaps;
    uint64_t used_low, used_high, used_bytes; /* of the map, since pages were dropped last */
};

/* True where a chunk is made from other bytes than the map's or a coder's. */
bool shoal_reader_makes(const shoal_dataset *dataset);

/* A chunk's bytes, in the map. */
const uint8_t *shoal_reader_encoded(const shoal_reader *reader, const shoal_index_entry *entry);

/* Mapped bytes were used: their pages may go, at once or when enough have come together. */
void shoal_reader_drop(shoal_reader *reader, uint64_t offset, uint64_t n);

/* The error of a chunk from what a decoder said, unless the map itself failed. */
shoal_status shoal_reader_fail_chunk(const shoal_dataset *dataset, uint64_t chunk_id,
                                     const shoal_error *cause, shoal_error *err);

/* What follows each use of a chunk's mapped bytes. */
shoal_status shoal_reader_finish(shoal_reader *reader, const shoal_index_entry *entry, uint64_t n,
                                 shoal_status status, const shoal_error *cause, shoal_error *err);

/* Decodes a chunk whole: its stored elements. */
shoal_status shoal_reader_decode(shoal_reader *reader, const shoal_index_entry *entry, void *dst,
                                 shoal_error *err);

/* Where shoal_reader_makes: a whole chunk of elements as in memory, padding filled. */
shoal_status shoal_reader_make(shoal_reader *reader, uint64_t chunk_id, void *dst,
                               shoal_error *err);

/* The stored elements of a chunk, as many of them as lie in the shape: *n_elements (in memory),
   0 for a chunk that was never written. *bytes is valid until the next call, and must be followed
   by shoal_reader_finish_stored. Not for SHOAL_LAYOUT_VIRTUAL. */
shoal_status shoal_reader_stored(shoal_reader *reader, uint64_t chunk_id, const uint8_t **bytes,
                                 uint64_t *n_elements, shoal_error *err);
shoal_status shoal_reader_finish_stored(shoal_reader *reader, uint64_t chunk_id,
                                        shoal_status status, const shoal_error *cause,
                                        shoal_error *err);

#endif
