/* Which sums, means and variances of a pass get exact states. The choice depends on the boxes
   alone, not on memory or threads, so that neither changes a result. */
#include "compute/plan.h"

#define SMALL_STATES ((uint64_t)1 << 16) /* bytes that any box may have */

/* Exact where a box's states take no more room than its elements. */
static bool is_cheap(const shoal_pass *pass, const shoal_pass_reduction *r,
                     const shoal_reduction *exact)
{
    double states = 8.0 * exact->n_fields, elements = r->node->arg[0]->type.n_bytes;
    for (int k = 0; k < pass->rank; k++) {
        if (!(r->axes >> k & 1)) states *= (double)pass->box[k];
        elements *= (double)pass->box[k];
    }
    return states <= (double)SMALL_STATES || states <= elements;
}

void shoal_plan_sums(shoal_pass *pass)
{
    for (int k = 0; k < pass->n_reductions; k++) {
        shoal_pass_reduction *r = &pass->reduction[k];
        const shoal_reduction *exact = shoal_kernel_exact_reduction(r->node->op, r->node->loop);
        if (!exact) continue;
        if (is_cheap(pass, r, exact))
            r->kernel = exact;
        else
            pass->n_compensated++;
    }
}
