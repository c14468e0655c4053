/* The exact sum of products of doubles, whatever their sizes: as for exact sums, the order does not
   matter, and it is rounded once. Pure: no allocation; one sum belongs to one thread at a time. */
#ifndef SHOAL_COMPUTE_PRODUCT_SUM_H
#define SHOAL_COMPUTE_PRODUCT_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHOAL_PRODUCT_WORDS 102 /* all zeros: nothing yet */
#define SHOAL_PRODUCT_BLOCK 512

typedef struct shoal_product_sum {
    uint64_t word[SHOAL_PRODUCT_WORDS];
} shoal_product_sum;

/* n products, a block at most, each of which is negated where `minus`. narrow: the factors are
   floats, so that doubles hold their products. */
void shoal_product_sum_add(shoal_product_sum *sum, const double *a, const double *b, size_t n,
                           bool minus, bool narrow);
void shoal_product_sum_merge(shoal_product_sum *into, const shoal_product_sum *from);

/* The nearest double or (single) float to the sum, or to its square root. */
void shoal_product_sum_round(const shoal_product_sum *sum, bool root, bool single, void *out);

#endif
