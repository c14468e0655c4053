/* A mask in memory: one bit an element, and counts on the way, so that the k-th set one is found
   fast. */
#ifndef SHOAL_COMPUTE_MASK_H
#define SHOAL_COMPUTE_MASK_H

#include <shoal/shoal.h>

#define SHOAL_MASK_GROUP 8 /* words between two counts */

typedef struct shoal_mask {
    uint64_t n_bits, n_set;
    uint64_t *word;   /* ceil(n_bits / 64); bits beyond n_bits are 0 */
    uint64_t *before; /* how many are set before each group of words */
} shoal_mask;

/* The memory of a mask of so many bits, without the struct. */
uint64_t shoal_mask_bytes(uint64_t n_bits);

/* Counts what is in `word`; `before` must have its memory. */
void shoal_mask_count(shoal_mask *mask);

/* Where a walk over set bits is: bit `bit` is the one of rank `rank`; start with valid = false. */
typedef struct shoal_mask_cursor {
    bool valid;
    uint64_t rank, bit;
} shoal_mask_cursor;

/* The position of the set bit number `rank` (< n_set), and in *n how many set ones follow each
   other from there, at most n_most. Fast where ranks rise from call to call. */
uint64_t shoal_mask_run(const shoal_mask *mask, shoal_mask_cursor *cursor, uint64_t rank,
                        uint64_t n_most, uint64_t *n);

#endif
