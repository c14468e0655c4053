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

/* Where the data tell how long the result is, room is made for it now. */
static shoal_status finish(shoal_pass_tally *t, shoal_error *err)
{
    shoal_node *node = t->node;
    t->done = true;
    t->wraps = node->tally->wraps && node->tally->wraps(t->context);
    if (node->grows) {
        uint64_t n = node->tally->length(t->context), total = n;
        for (int k = 1; k < node->rank; k++) total *= node->shape[k];
        free(t->target->data);
        t->target->data = malloc((size_t)total * node->type.n_bytes + 64);
        if (!t->target->data) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a result");
        node->shape[0] = n;
        t->target->n_bytes = (size_t)total * node->type.n_bytes;
        node->data = t->target->data;
    }
    node->tally->finish(t->context, t->target->data);
    return shoal_pass_check_wraps(t->target, node->tally->name, t->wraps, err);
}

shoal_status shoal_pass_tally_open(shoal_pass *pass, shoal_error *err)
{
    uint64_t n = 1;
    for (int k = 0; k < pass->rank; k++) n *= pass->shape[k];
    for (int k = 0; k < pass->n_tallies; k++) {
        shoal_pass_tally *t = &pass->tally[k];
        const shoal_node *node = t->node;
        bool needed = true;
        t->done = false;
        t->context = malloc(node->tally->context_bytes(node->params));
        if (!t->context) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for a statistic");
        shoal_status status = node->tally->start(t->context, node->params, n, &needed, err);
        if (!status && !needed) status = finish(t, err);
        if (status) return status;
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

bool shoal_pass_is_needed(const shoal_pass *pass)
{
    bool needed = pass->n_reductions > 0 || pass->n_outputs > 0;
    for (int k = 0; k < pass->n_tallies; k++) needed |= !pass->tally[k].done;
    return needed;
}

bool shoal_pass_tally_sample(shoal_pass *pass)
{
    bool any = false;
    for (int k = 0; k < pass->n_tallies; k++) {
        shoal_pass_tally *t = &pass->tally[k];
        t->samples = !t->done && t->node->tally->sample && t->node->tally->sample(t->context);
        any |= t->samples;
    }
    return any;
}

/* In this round? */
static bool takes_part(const shoal_pass *pass, const shoal_pass_tally *t)
{
    return !t->done && (pass->round >= 0 || t->samples);
}

void shoal_pass_tally_begin(const shoal_pass *pass, shoal_pass_worker *worker)
{
    for (int k = 0; k < pass->n_tallies; k++)
        if (takes_part(pass, &pass->tally[k]))
            pass->tally[k].node->tally->begin(pass->tally[k].context, worker->tally[k]);
}

void shoal_pass_tally_feed(shoal_pass_worker *worker, size_t n)
{
    const shoal_pass *pass = worker->pass;
    for (int k = 0; k < pass->n_tallies; k++) {
        const shoal_pass_tally *t = &pass->tally[k];
        const void *x[SHOAL_TALLY_ARGUMENTS] = {0};
        if (!takes_part(pass, t)) continue;
        for (int a = 0; a < t->node->n_args; a++) x[a] = worker->machine.pointer[t->value[a]];
        t->node->tally->run(t->context, worker->tally[k], x, n);
    }
}

/* Merges one tally's states of a round and asks for another. */
static shoal_status next(shoal_pass *pass, shoal_pass_worker *const *workers, int k, bool *again,
                         shoal_error *err)
{
    shoal_pass_tally *t = &pass->tally[k];
    const shoal_tally_kind *kind = t->node->tally;
    bool more = false;
    for (int w = 1; w < pass->n_workers; w++)
        kind->merge(t->context, workers[0]->tally[k], workers[w]->tally[k]);
    shoal_status status = kind->next(t->context, workers[0]->tally[k], &more, err);
    *again |= more;
    return status || more ? status : finish(t, err);
}

shoal_status shoal_pass_tally_next(shoal_pass *pass, shoal_pass_worker *const *workers, bool *again,
                                   shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    *again = false;
    for (int k = 0; k < pass->n_tallies && !status; k++)
        if (takes_part(pass, &pass->tally[k])) status = next(pass, workers, k, again, err);
    return status;
}

/* A round over no elements, for a pass without tasks: one state is enough. */
static shoal_status finish_empty(shoal_pass_tally *t, shoal_error *err)
{
    const shoal_tally_kind *kind = t->node->tally;
    void *state = malloc(kind->state_bytes(t->node->params));
    bool again = true;
    shoal_status status =
        state ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory for a statistic");
    while (!status && again) {
        kind->begin(t->context, state);
        status = kind->next(t->context, state, &again, err);
    }
    free(state);
    return status ? status : finish(t, err);
}

shoal_status shoal_pass_tally_finish_empty(shoal_pass *pass, shoal_error *err)
{
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < pass->n_tallies && !status; k++)
        if (!pass->tally[k].done) status = finish_empty(&pass->tally[k], err);
    return status;
}
