/* Tallies: statistics of all elements of an array whose state does not depend on their order, so
   that each worker keeps one for all of its tasks. A tally may take several rounds over the data.
   Its context is what the rounds share: read by all workers during a round, changed between. */
#ifndef SHOAL_COMPUTE_TALLY_H
#define SHOAL_COMPUTE_TALLY_H

#include <shoal/shoal.h>

typedef struct shoal_tally_kind {
    /* Bytes of the context and of a worker's state, for these parameters. */
    size_t (*context_bytes)(const void *params);
    size_t (*state_bytes)(const void *params);
    /* Before the first round, over n elements. */
    void (*start)(void *context, const void *params, uint64_t n_elements);
    /* A worker's state before each round. */
    void (*begin)(const void *context, void *state);
    void (*run)(const void *context, void *state, const void *x, size_t n);
    void (*merge)(const void *context, void *into, const void *from);
    /* After a round, with the merged state: is there another one? SHOAL_DATA: there is no answer.
     */
    shoal_status (*next)(void *context, void *state, bool *again, shoal_error *err);
    void (*finish)(const void *context, void *out);
} shoal_tally_kind;

/* Order statistics (compute/quantile.h has the parameters): the elements are counted by their keys'
   leading bits, then only those that share these bits with a wanted one by their next bits, until
   these are few enough to be collected, or all bits are known. */
extern const shoal_tally_kind shoal_tally_quantiles;

#endif
