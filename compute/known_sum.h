/* Exact sums of floats between the summaries of chunks and the states of the kernels. */
#ifndef SHOAL_COMPUTE_KNOWN_SUM_H
#define SHOAL_COMPUTE_KNOWN_SUM_H

#include "compute/exact_sum.h"
#include "compute/kernel.h"

/* Adds what is not NaN in a chunk of floats whose sum is kept. */
void shoal_known_sum_add(const shoal_chunk_summary *chunk, shoal_exact_sum *sum);

#endif
