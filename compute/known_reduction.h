/* How reductions take in what is known of elements without reading them: the summaries of chunks,
   or n times one element. The states are those of the kernels, so that the results' bits are too.
 */
#ifndef SHOAL_COMPUTE_KNOWN_REDUCTION_H
#define SHOAL_COMPUTE_KNOWN_REDUCTION_H

#include "compute/pass_known.h"

/* Adds one chunk's summary to those of a box. */
void shoal_known_add(shoal_type_code type, const shoal_chunk_summary *chunk, bool first,
                     shoal_known_load *box);

/* Do the summaries say what the reduction makes of the box? */
bool shoal_known_answers(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                         const shoal_known_load *box);
/* Then takes the box into the state of one cell: all but the sums, */
void shoal_known_take(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                      const shoal_known_load *box, void **fields);
/* and those, chunk by chunk, where the operation sums. */
bool shoal_known_sums(shoal_op op);
void shoal_known_take_sum(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                          const shoal_chunk_summary *chunk, void **fields);

/* A value as an element of a kernel's type. */
void shoal_known_element(shoal_type_code loop, shoal_summary_value value, uint8_t element[8]);

/* Has the result the same bits however the elements are cut in boxes? Of zeros of both signs, the
   extremes depend on it; `whole`: to one cell, where sums are exact. */
bool shoal_known_any_order(shoal_op op, shoal_type_code loop, bool whole);

/* Takes n elements that equal one into the state of one cell; false where they must be fed. */
bool shoal_known_take_same(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                           const void *element, uint64_t n, void **fields);

#endif
