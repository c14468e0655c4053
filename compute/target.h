/* A target: where the value of a node goes - memory that later passes and the caller read, a
   dataset of the output file, or both. */
#ifndef SHOAL_COMPUTE_TARGET_H
#define SHOAL_COMPUTE_TARGET_H

#include "compute/graph.h"
#include "store/spill.h"
#include "store/writer.h"

typedef struct shoal_target {
    shoal_node *node;
    bool in_memory; /* the value is kept in `data`, C order */
    void *data;
    size_t n_bytes;
    bool spills; /* kept in a file for temporary data, as it does not fit the memory */
    shoal_spill *spill;
    bool packed; /* bools as bits of 64-bit words, the lowest first; not of reductions */
    char *path;  /* in the output file, or NULL */
    shoal_dataset_spec spec; /* of that dataset */
    shoal_sink *sink;        /* while the pass runs */
    uint64_t summary_bytes;  /* what the summary of its chunks takes; 0: there is none */
    shoal_writer *writer;
    bool exact;      /* a result that wraps around is an error, unless its high words are kept */
    bool keeps_high; /* of a sum of integers in memory that no other node reads */
    bool is_beyond;  /* some element is beyond its 64 bits */
    int64_t *high;   /* by element: what is above its 64 bits */
} shoal_target;

/* Do its passes make chunks? */
static inline bool shoal_target_has_chunks(const shoal_target *target)
{
    return target->path || target->spills;
}

#endif
