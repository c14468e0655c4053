/* Blocks of whole rows that are read from a stream ahead of those who gather from them. Each block
   is as many rows as tasks share, so that every chunk lies in one block. */
#ifndef SHOAL_COMPUTE_BLOCK_RING_H
#define SHOAL_COMPUTE_BLOCK_RING_H

#include "store/byte_stream.h"

#include <pthread.h>

enum { SHOAL_MAX_RING = 16 };

typedef struct shoal_block_ring {
    shoal_byte_stream *stream;
    size_t row_bytes, block_rows;
    int n_blocks; /* 2 at least */
    uint8_t *block[SHOAL_MAX_RING];
    uint64_t n_left;  /* rows still to be read; UINT64_MAX: until the stream ends */
    uint64_t reading; /* number of the block that is being filled */
    size_t filled;    /* bytes of it */
    uint64_t n_rows;  /* complete rows read so far, those put in front included */
    bool ended;
    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t released;
    uint32_t held[SHOAL_MAX_RING]; /* tasks that still gather from the block */
} shoal_block_ring;

/* What init allocates. */
uint64_t shoal_block_ring_bytes(const shoal_block_ring *ring);

/* Allocates the blocks; the fields up to n_left are set by the caller. */
shoal_status shoal_block_ring_init(shoal_block_ring *ring, shoal_error *err);
void shoal_block_ring_free(shoal_block_ring *ring);

/* Puts rows in front of the stream's; before anything is read, and fewer than a block's. */
void shoal_block_ring_put(shoal_block_ring *ring, const void *rows, size_t n_rows);

/* The functions below are called by one thread at a time: the one that hands out tasks. */

/* Reads on until block `number` is complete, or the stream's end; *n_rows is what it has, 0 at the
   end. SHOAL_DATA when the stream ends within a row or before n_left rows. */
shoal_status shoal_block_ring_need(shoal_block_ring *ring, uint64_t number, size_t *n_rows,
                                   shoal_error *err);

/* Reads about n bytes ahead, where a block is free. `oldest`: blocks from this one on are still
   to be handed out. */
shoal_status shoal_block_ring_ahead(shoal_block_ring *ring, uint64_t oldest, size_t n,
                                    shoal_error *err);

void shoal_block_ring_hold(shoal_block_ring *ring, uint64_t number);    /* a task is handed out */
void shoal_block_ring_release(shoal_block_ring *ring, uint64_t number); /* by any thread */

#endif
