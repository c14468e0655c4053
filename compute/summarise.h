/* Makes the summary of a chunk (store/summary.h) from its elements, while they are in cache for
   the encoder. */
#ifndef SHOAL_COMPUTE_SUMMARISE_H
#define SHOAL_COMPUTE_SUMMARISE_H

#include "store/summary.h"

/* The bytes that the summaries of a run's output may take: a sixteenth of its memory, 16 MiB at
   most. */
uint64_t shoal_summaries_allowed(uint64_t memory_limit);

/* A box of elements at `elements`, strides in bytes, of a type that has summaries; the innermost
   axis is contiguous. Fills in all but the stored bytes. */
void shoal_summarise(shoal_type type, int rank, const uint64_t *count, const int64_t *strides,
                     const void *elements, shoal_chunk_summary *out);

#endif
