/* The rounds of order statistics: which there are, and how each finds brackets for the next one.

   sample   where the pass offers it: brackets in which the wanted elements very likely are
   lead     where there is no sample: all keys are counted by their first bits
   count    the keys in brackets are counted in buckets; those below a bracket too, where these come
            from a sample
   collect  the keys in brackets are kept, once they are few, and selected from

   Each round finds the bucket that a wanted rank is in; it is the bracket of the next one, unless
   it has a single key. A rank that a sampled bracket has missed is between two: that is the next
   bracket then. */
#ifndef SHOAL_COMPUTE_QUANTILE_ROUNDS_H
#define SHOAL_COMPUTE_QUANTILE_ROUNDS_H

#include "compute/kernel.h"
#include "compute/key_sample.h"

#define SHOAL_LEAD_BITS 16
#define SHOAL_LEADS     ((size_t)1 << SHOAL_LEAD_BITS)
#define SHOAL_BUCKETS   ((size_t)1 << 17)
#define SHOAL_KEYS_KEPT (SHOAL_BUCKETS * sizeof(shoal_bucket) / sizeof(uint64_t))

typedef enum shoal_quantile_round {
    SHOAL_ROUND_SAMPLE,
    SHOAL_ROUND_LEAD,
    SHOAL_ROUND_COUNT,
    SHOAL_ROUND_COLLECT,
} shoal_quantile_round;

typedef struct shoal_wanted {
    uint64_t rank; /* among all elements that count */
    uint64_t key;
    bool known;
    size_t bracket; /* else its bracket */
} shoal_wanted;

typedef struct shoal_quantile_context {
    const shoal_quantiles *params;
    uint64_t n;    /* elements, NaN included; then without them where they are skipped */
    uint64_t most; /* of the keys that are no NaN */
    int key_bits;
    shoal_quantile_round round;
    bool ranked; /* how many NaNs there are, and so the ranks, are known */
    size_t n_wanted, n_brackets;
    shoal_wanted *wanted;    /* by rank */
    shoal_bracket *bracket;  /* rising */
    shoal_bracket *next;     /* those of the next round, while they are made */
    shoal_key_ranges ranges; /* the brackets, where they are few; else, by leading bits: */
    uint8_t *has_bracket;
    shoal_keys_kernel keys;
    shoal_within_kernel within;
} shoal_quantile_context;

typedef struct shoal_quantile_state {
    uint64_t below[SHOAL_KEY_RANGES + 1]; /* keys below each range */
    uint64_t n_kept;
    union { /* by round; SHOAL_ROUND_SAMPLE: with room to sort behind it */
        shoal_key_sample sample;
        uint64_t
            count[2 * SHOAL_LEADS]; /* in turns, as neighbours tend to be alike and would wait */
        shoal_bucket bucket[SHOAL_BUCKETS];
        uint64_t kept[SHOAL_KEYS_KEPT];
    } in;
} shoal_quantile_state;

/* Few brackets are compared with; of more, keys' leading bits tell first. */
bool shoal_quantile_is_few(const shoal_quantile_context *context);
int shoal_quantile_lead_shift(const shoal_quantile_context *context);

/* By rank, for sorting and finding. */
int shoal_wanted_by_rank(const void *a, const void *b);

/* After a round, from the merged state: what is known now, and whether another round is needed, for
   which the context is made ready. SHOAL_DATA: the data changed between two rounds. */
shoal_status shoal_quantile_next(shoal_quantile_context *context, shoal_quantile_state *merged,
                                 bool *again, shoal_error *err);

#endif
