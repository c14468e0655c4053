/* Exact sums between the summaries of chunks and the states of the kernels. */
#ifndef SHOAL_COMPUTE_KNOWN_SUM_H
#define SHOAL_COMPUTE_KNOWN_SUM_H

#include "compute/exact_state.h"
#include "compute/exact_sum.h"

/* Adds what is not NaN in a chunk of floats whose sum is kept. */
void shoal_known_sum_add(const shoal_chunk_summary *chunk, shoal_exact_sum *sum);

/* Sums, means and their nan forms whose states are exact (shoal_kernel_exact_reduction). Integers
   of more than 53 bits have no such mean: its kernel rounds each. */
bool shoal_known_sum_is_exact(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel);
/* Takes a chunk into the state of one cell. */
void shoal_known_sum_take(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                          const shoal_chunk_summary *chunk, void *const *fields);

/* The sum of the elements of a chunk that are not NaN, block by block. */
typedef struct shoal_known_summing {
    const shoal_reduction *kernel; /* NULL: of no floats */
    bool single;
    uint64_t record[SHOAL_EXACT_WORDS(1, false, 1, 0)];
} shoal_known_summing;

void shoal_known_summing_begin(shoal_known_summing *s, shoal_type_code loop);
void shoal_known_summing_run(shoal_known_summing *s, const void *x, size_t n);
/* False: three doubles do not hold it. An infinite sum is told by the extremes: parts are 0. */
bool shoal_known_summing_end(const shoal_known_summing *s, double part[3]);

#endif
