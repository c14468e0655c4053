/* Sums of weights by cell: exact for floats, so that their order does not matter, and of 64 bits
   that wrap for integers. Pure: no allocation; the cells of one thread are its own. */
#ifndef SHOAL_COMPUTE_WEIGHT_SUMS_H
#define SHOAL_COMPUTE_WEIGHT_SUMS_H

#include <shoal/shoal.h>

/* The type that weights are summed as: int64, uint64, float32 or float64; always_float: as float32
   or float64. */
shoal_type_code shoal_weights_loop(shoal_type_code type, bool always_float);

/* 8-byte words of a cell; all 0: nothing yet. */
size_t shoal_weights_words(shoal_type_code loop);

/* Adds n weights, each to the cell of its number. */
void shoal_weights_add(shoal_type_code loop, uint64_t *cells, const int32_t *cell, const void *x,
                       size_t n);
void shoal_weights_merge(shoal_type_code loop, uint64_t *into, const uint64_t *from, size_t n);

/* The sums of n cells, of the loop type, rounded once: to a double each where `wide`. */
void shoal_weights_finish(shoal_type_code loop, const uint64_t *cells, size_t n, bool wide,
                          void *out);

#endif
