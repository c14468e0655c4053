/* Tallies in a pass: a state for each worker, merged after each round. */
#include "compute/pass.h"

#include "chunk/error.h"

#include <stdlib.h>

size_t shoal_pass_tally_bytes(const shoal_pass *pass)
{
    size_t n = 0;
    for (int k = 0; k < pass->n_tallies; k++)
        n += pass->tally[k].node->tally->context_bytes(pass->tally[k].node->params);
    return n;
}

shoal_status shoal_pass_tally_open(shoal_pass *pass, shoal_error *err)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++) n *= pass->shape[k];
    for (int k = 0; k < pass->n_tallies; k++) {
        shoal_pass_tally *t = &pass->tally[k];
        const shoal_node *node = t->node;
        t->done = false;
        t->context = malloc(node->tally->context_bytes(node->params));
        if (!t->context) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a statistic");
        node->tally->start(t->context, node->params, n);
    }
    return SHOAL_OK;
}

void shoal_pass_tally_close(shoal_pass *pass)
{
    for (int k = 0; k < pass->n_tallies; k++) {
        free(pass->tally[k].context);
        pass->tally[k].context = NULL;
    }
}

void shoal_pass_tally_begin(const shoal_pass *pass, shoal_pass_worker *worker)
{
    for (int k = 0; k < pass->n_tallies; k++)
        if (!pass->tally[k].done)
            pass->tally[k].node->tally->begin(pass->tally[k].context, worker->tally[k]);
}

void shoal_pass_tally_feed(shoal_pass_worker *worker, size_t n)
{
    const shoal_pass *pass = worker->pass;
    for (int k = 0; k < pass->n_tallies; k++) {
        const shoal_pass_tally *t = &pass->tally[k];
        if (!t->done)
            t->node->tally->run(t->context, worker->tally[k], worker->machine.pointer[t->value], n);
    }
}

shoal_status shoal_pass_tally_next(shoal_pass *pass, shoal_pass_worker *const *workers, bool *again,
                                   shoal_error *err)
{
    *again = false;
    for (int k = 0; k < pass->n_tallies; k++) {
        shoal_pass_tally *t = &pass->tally[k];
        const shoal_tally_kind *kind = t->node->tally;
        bool more;
        if (t->done) continue;
        for (int w = 1; w < pass->n_workers; w++)
            kind->merge(t->context, workers[0]->tally[k], workers[w]->tally[k]);
        shoal_status status = kind->next(t->context, workers[0]->tally[k], &more, err);
        if (status) return status;
        *again |= more;
        t->done = !more;
        if (!more) kind->finish(t->context, t->target->data);
    }
    return SHOAL_OK;
}
