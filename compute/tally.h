/* Tallies: statistics of all elements of an array whose state does not depend on their order, so
   that each worker keeps one for all of its tasks. A tally may take several rounds over the data.
   Its context is what the rounds share: read by all workers during a round, changed between. */
#ifndef SHOAL_COMPUTE_TALLY_H
#define SHOAL_COMPUTE_TALLY_H

#include <shoal/shoal.h>

#define SHOAL_TALLY_ARGUMENTS 3 /* at most */

typedef struct shoal_tally_kind {
    /* Bytes of the context and of a worker's state, for these parameters. */
    size_t (*context_bytes)(const void *params);
    size_t (*state_bytes)(const void *params);
    /* Before the first round, over n elements. *again false: none is needed. */
    shoal_status (*start)(void *context, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err);
    /* After start: is a round over a part of the tasks of use, to guess by? Then it is the first.
       NULL: no. */
    bool (*sample)(void *context);
    /* A worker's state before each round. */
    void (*begin)(const void *context, void *state);
    /* n elements of each argument. */
    void (*run)(const void *context, void *state, const void *const *x, size_t n);
    void (*merge)(const void *context, void *into, const void *from);
    /* After a round, with the merged state: is there another one? SHOAL_DATA: there is no answer.
     */
    shoal_status (*next)(void *context, void *state, bool *again, shoal_error *err);
    void (*finish)(const void *context, void *out);
    /* Of results whose length only the data tell: it, once all rounds are done. Else NULL. */
    uint64_t (*length)(const void *context);
    /* Of those that may wrap around: their name for people, and whether the result has. Else NULL.
     */
    const char *name;
    bool (*wraps)(const void *context);
} shoal_tally_kind;

/* Order statistics (compute/quantile.h has the parameters): the elements are counted by their keys'
   leading bits, then only those that share these bits with a wanted one by their next bits, until
   these are few enough to be collected, or all bits are known. */
extern const shoal_tally_kind shoal_tally_quantiles;

/* Histograms (compute/histogram.h), of one or two arguments, and their weights. */
extern const shoal_tally_kind shoal_tally_histogram;

/* The distinct elements, rising, NaN last and once; or how often each is there. */
typedef struct shoal_distinct {
    shoal_type_code type; /* real */
    uint32_t counts;      /* flag: the counts, int64 */
} shoal_distinct;
extern const shoal_tally_kind shoal_tally_distinct;

/* numpy.bincount of integers: how often each number from 0 on is there, `least` numbers at least;
   or the sums of the weights, the second argument. */
typedef struct shoal_bincount {
    uint64_t least;
    shoal_type_code type;
    uint32_t has_weights; /* flag */
    shoal_type_code weights;
    uint32_t pad;
} shoal_bincount;
#define SHOAL_BINCOUNT_MOST(has_weights) ((uint64_t)1 << ((has_weights) ? 16 : 20)) /* numbers */
extern const shoal_tally_kind shoal_tally_bincount;

/* The sum of products of two arguments: of floats exact and rounded once, of bools whether one is
   true. */
typedef struct shoal_dot {
    shoal_type_code type; /* of both arguments */
    uint32_t conjugates;  /* flag: the first is conjugated */
    uint32_t root;        /* flag: the square root, of arguments that are the same */
} shoal_dot;
extern const shoal_tally_kind shoal_tally_dot;

#endif
