/* Which sums, means and variances of a pass get exact states, and which share one. The choice
   depends on the boxes alone, not on memory or threads, so that neither changes a result. */
#include "compute/plan.h"

#define SMALL_STATES ((uint64_t)1 << 16) /* bytes that any box may have */
#define MOST_BOXES   16                  /* whose elements the states of all groups may equal */

/* Exact where a box's states take no more room than its elements, and those of all groups than a
   few boxes. */
static bool is_cheap(const shoal_pass *pass, const shoal_pass_reduction *r,
                     const shoal_reduction *exact)
{
    double states = 8.0 * exact->n_fields, elements = r->node->arg[0]->type.n_bytes;
    for (int k = 0; k < pass->rank; k++) {
        if (!(r->axes >> k & 1)) states *= (double)pass->box[k];
        elements *= (double)pass->box[k];
    }
    if (r->groups) {
        int axis = __builtin_ctz(r->axes);
        double all = (double)r->groups->n;
        double met = (double)shoal_groups_most(r->groups, pass->box[axis], pass->shift[axis]);
        if (states * all > MOST_BOXES * elements && states * all > (double)SMALL_STATES)
            return false;
        states *= met;
    }
    return states <= (double)SMALL_STATES || states <= elements;
}

/* Integers are no NaN: there is nothing to skip. */
static shoal_exact_kind kind_of(const shoal_pass_reduction *r)
{
    shoal_exact_kind kind = shoal_kernel_exact_kind(r->node->op);
    kind.skips &= r->node->loop >= SHOAL_FLOAT16;
    return kind;
}

static bool is_exact(const shoal_pass_reduction *r)
{
    return r->kernel == shoal_kernel_exact_reduction(r->node->op, r->node->loop, kind_of(r));
}

/* Could one state serve both? Complex elements that are skipped are missing in the plain sum of
   their other part. */
static bool share(const shoal_pass_reduction *a, const shoal_pass_reduction *b)
{
    bool same = a->value == b->value && a->axes == b->axes && a->node->loop == b->node->loop &&
                a->groups == b->groups;
    return same && (a->node->loop < SHOAL_COMPLEX64 || kind_of(a).skips == kind_of(b).skips);
}

/* Exact reductions of the same elements share the state that holds what all of them need. */
static void share_states(shoal_pass *pass)
{
    for (int k = 0; k < pass->n_reductions; k++) {
        shoal_pass_reduction *first = &pass->reduction[k];
        if (first->state != k || !is_exact(first)) continue;
        shoal_exact_kind kind = kind_of(first);
        for (int j = k + 1; j < pass->n_reductions; j++) {
            shoal_pass_reduction *r = &pass->reduction[j];
            if (r->state != j || !is_exact(r) || !share(first, r)) continue;
            r->state = k;
            kind.skips |= kind_of(r).skips;
            kind.squares |= kind_of(r).squares;
        }
        for (int j = k; j < pass->n_reductions; j++) {
            shoal_pass_reduction *r = &pass->reduction[j];
            if (r->state == k)
                r->kernel = shoal_kernel_exact_reduction(r->node->op, r->node->loop, kind);
        }
    }
}

void shoal_plan_sums(shoal_pass *pass)
{
    for (int k = 0; k < pass->n_reductions; k++) {
        shoal_pass_reduction *r = &pass->reduction[k];
        const shoal_reduction *exact =
            shoal_kernel_exact_reduction(r->node->op, r->node->loop, kind_of(r));
        r->state = k;
        if (!exact) continue;
        if (is_cheap(pass, r, exact))
            r->kernel = exact;
        else
            pass->n_compensated++;
    }
    share_states(pass);
}
