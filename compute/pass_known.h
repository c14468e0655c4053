/* Boxes that need not be read: the summaries of their chunks say what they give. For each box the
   program is evaluated on intervals; where every value that reductions and outputs take is the same
   all over the box, or is an input whose summary answers the reduction, nothing is fetched. */
#ifndef SHOAL_COMPUTE_PASS_KNOWN_H
#define SHOAL_COMPUTE_PASS_KNOWN_H

#include "compute/interval.h"
#include "compute/pass.h"

/* What the summaries of all chunks of a box tell together. */
typedef struct shoal_known_load {
    bool covered; /* the box is these chunks, no more and no less */
    uint64_t n, n_nan;
    uint32_t flags;
    shoal_interval range;
    shoal_summary_value least, greatest;
} shoal_known_load;

/* One worker's. */
typedef struct shoal_known {
    shoal_interval *range;  /* by value */
    uint8_t *same;          /* by value: one element, all over the box */
    int *load_of;           /* by value: the load that it equals over the box, or -1 */
    shoal_known_load *load; /* by load */
    bool *taken;            /* by reduction: the box has been taken in */
} shoal_known;

size_t shoal_known_bytes(const shoal_pass *pass);
void shoal_known_place(const shoal_pass *pass, shoal_known *known, void *memory);

/* Is the box known? `machine` has the uniforms; those that `vague` marks are not known yet (NULL:
   all are). */
bool shoal_pass_knows(const shoal_pass *pass, shoal_known *known, const shoal_machine *machine,
                      const uint8_t *vague, const uint64_t *start, const uint64_t *count);

/* When the box is known: takes it into the slot's states and the worker's results, and is true. */
bool shoal_pass_take_known(shoal_pass_worker *worker, shoal_pass_slot *slot, const uint64_t *start,
                           const uint64_t *count);

/* Boxes of the pass, and how many of them will be known as far as can be told before it runs; false
   when that is not worth counting. */
bool shoal_pass_count_known(const shoal_pass *pass, uint64_t *n_boxes, uint64_t *n_known);

/* Is nothing to be read, and the work so little that threads are not worth starting? */
bool shoal_pass_knows_all(const shoal_pass *pass);

#endif
