/* Brackets: ranges of ordered keys (compute/order_key.h) in which wanted elements are, each divided
   into buckets that count. As a bucket knows the least and the greatest of its keys, the one with a
   wanted rank often has it at once: where values repeat, or a key is a bucket. */
#ifndef SHOAL_COMPUTE_BRACKET_H
#define SHOAL_COMPUTE_BRACKET_H

#include <shoal/shoal.h>

typedef struct shoal_bucket {
    uint64_t n, low, high; /* elements; the least and the greatest key of them */
} shoal_bucket;

typedef struct shoal_bracket {
    uint64_t low, high;   /* keys, both included */
    uint64_t before, n;   /* elements below it and in it, once they are known */
    size_t bucket;        /* its first one */
    int shift;            /* of buckets by their keys */
    double origin, scale; /* of buckets of equal width in values; scale 0: by keys */
} shoal_bracket;

/* Divides it into at most n buckets, from bucket `first` on: by values where the type has 4 or 8
   bytes and both ends are finite floats, as keys are dense around zero; else by keys. Buckets then
   rise with the keys; where a bracket has two keys, `by_keys` puts them into different ones. */
void shoal_bracket_divide(shoal_bracket *bracket, shoal_type_code type, size_t first, size_t n,
                          bool by_keys);

/* An empty bucket. */
#define SHOAL_NO_KEYS ((shoal_bucket){0, UINT64_MAX, 0})

/* Counts n keys, each in the bracket that `which` names for it, but for those that are not in it.
 */
void shoal_brackets_count(const shoal_bracket *bracket, int key_bits, const uint64_t *keys,
                          const uint16_t *which, size_t n, shoal_bucket *buckets);

/* The bracket that a key is in, or NULL; they rise and do not overlap. */
const shoal_bracket *shoal_bracket_find(const shoal_bracket *bracket, size_t n_brackets,
                                        uint64_t key);

void shoal_bucket_merge(shoal_bucket *into, const shoal_bucket *from);

#endif
