/* The output half of every run that makes a dataset chunk by chunk: the workers' buffers, the
   encoding, and the ordered writes. The input half fills boxes of elements. */
#ifndef SHOAL_COMPUTE_CHUNK_OUTPUT_H
#define SHOAL_COMPUTE_CHUNK_OUTPUT_H

#include "compute/summarise.h"
#include "store/writer.h"

/* One worker's. */
typedef struct shoal_chunk_worker {
    shoal_coder *coder;
    uint8_t *chunk; /* one chunk's elements */
    void *scratch;  /* the input half's own */
} shoal_chunk_worker;

/* A task: `n` chunks from `first` on. The input half's `next` sets these two and n_rows. */
typedef struct shoal_chunk_slot {
    uint64_t first;
    uint32_t n;
    uint64_t n_rows; /* the extent of axis 0 as far as it is known: edge chunks end there */
    uint8_t *bytes;  /* what came out of the encoder, one after the other */
    size_t *sizes;
    uint32_t *masks;
    shoal_chunk_summary *summaries;
    uint64_t number; /* the input half's own */
} shoal_chunk_slot;

typedef struct shoal_chunk_output {
    shoal_writer *writer;
    const char *path;
    shoal_sink *sink;
    shoal_type type;
    shoal_grid grid; /* of the output; its shape[0] is not used where the slot's n_rows is there */
    bool encodes;    /* false: merge writes regions instead of encoded chunks */
    size_t chunk_bytes, bound;
    uint64_t summary_bytes; /* that the sink's summary may take; 0: there is none */
    uint32_t batch;     /* chunks a task at most, so that small chunks do not cost a turn each */
    uint64_t n_written; /* extent of axis 0 in the file: merge extends it as rows come */
    int n_workers, n_slots;
    shoal_chunk_worker *workers;
    shoal_chunk_slot *slots;
    void **worker_pointers, **slot_pointers; /* as the executor takes them */
} shoal_chunk_output;

/* Fills elements [start, start + count) into dst, whose strides in bytes are given. May instead
   point *in_place to count's elements in C order, which stay as they are until the task is done,
   where that is not NULL. */
typedef shoal_status (*shoal_chunk_gather)(void *context, shoal_chunk_worker *worker,
                                           shoal_chunk_slot *slot, const uint64_t *start,
                                           const uint64_t *count, void *dst,
                                           const int64_t *dst_strides, const void **in_place,
                                           shoal_error *err);

/* Takes a dataset of the writer as the output; `path` is borrowed. */
shoal_status shoal_chunk_output_begin(shoal_chunk_output *output, shoal_writer *writer,
                                      const char *path, shoal_error *err);

/* Has its chunks summarised, as the memory limit allows; before it grows. */
void shoal_chunk_output_summarise(shoal_chunk_output *output, uint64_t memory_limit);

/* How a run of this output fits into memory. */
typedef struct shoal_chunk_budget {
    uint64_t limit;      /* bytes that the whole run may take */
    uint64_t fixed;      /* what the input half takes whatever the threads */
    uint64_t per_worker; /* and for each worker */
    int n_threads;       /* as many as allowed */
    uint64_t n_tasks;    /* 0: unknown */
} shoal_chunk_budget;

/* The bytes that n workers need, their slots included. */
uint64_t shoal_chunk_output_bytes(const shoal_chunk_output *output,
                                  const shoal_chunk_budget *budget, int n_workers);

/* Chooses as many workers as fit and allocates everything; SHOAL_MEMORY with the figures when not
   even one fits. */
shoal_status shoal_chunk_output_allocate(shoal_chunk_output *output,
                                         const shoal_chunk_budget *budget, shoal_error *err);

/* The executor's work: gathers and encodes all chunks of a slot. */
shoal_status shoal_chunk_output_make(shoal_chunk_output *output, shoal_chunk_worker *worker,
                                     shoal_chunk_slot *slot, shoal_chunk_gather gather,
                                     void *context, shoal_error *err);

/* The executor's merge: writes them. *done_bytes is what they hold of the array. */
shoal_status shoal_chunk_output_write(shoal_chunk_output *output, const shoal_chunk_slot *slot,
                                      uint64_t *done_bytes, shoal_error *err);

/* The chunks of one row of the grid: those that share their place along axis 0. */
uint64_t shoal_chunk_output_row(const shoal_chunk_output *output);

/* A chunk's place and, with the slot's n_rows, extent. */
void shoal_chunk_output_extent(const shoal_chunk_output *output, uint64_t chunk_id, uint64_t n_rows,
                               uint64_t *start, uint64_t *count);

void shoal_chunk_output_free(shoal_chunk_output *output); /* not the sink, which is the writer's */

#endif
