/* Values that a plan must know before it can be made: indices, and how much a mask selects. A plan
   of their own computes them at once. */
#include "compute/plan.h"

#include "chunk/error.h"

#include <stdlib.h>

static shoal_status hold(shoal_plan *part, shoal_error *err)
{
    for (int k = 0; k < part->n_targets; k++) {
        shoal_target *t = &part->target[k];
        if (!t->in_memory) continue;
        t->data = calloc(1, t->n_bytes + 64);
        if (!t->data) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the indices");
        t->node->data = t->data;
    }
    return SHOAL_OK;
}

/* Gives the first target's data away; the nodes may be targets of the plan itself later. */
static void release(shoal_plan *part, bool keep_first)
{
    shoal_plan_free_spills(part);
    for (int k = 0; k < part->n_targets; k++) {
        part->target[k].node->data = NULL;
        if (k > 0 || !keep_first) free(part->target[k].data);
    }
}

shoal_status shoal_plan_evaluate(void *context, shoal_node *node, bool packed, void **out,
                                 shoal_error *err)
{
    shoal_plan *plan = context;
    uint64_t n_bytes = shoal_node_bytes(node);
    if (packed) n_bytes = n_bytes / 8 + 8;
    if (n_bytes > plan->memory_limit / 4)
        return shoal_fail(err, SHOAL_MEMORY,
                          "indices or a mask of %.1f MiB take more than a quarter of the memory "
                          "limit of %.1f MiB; raise -m",
                          (double)n_bytes / 1048576, (double)plan->memory_limit / 1048576);
    shoal_plan *part = shoal_arena_alloc(plan->arena, sizeof *part);
    shoal_statement *statement = shoal_arena_alloc(plan->arena, sizeof *statement);
    shoal_node **value = shoal_arena_alloc(plan->arena, sizeof *value);
    if (!part || !statement || !value) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *part = (shoal_plan){.arena = plan->arena,
                         .options = plan->options,
                         .memory_limit = plan->memory_limit,
                         .n_threads = plan->n_threads,
                         .inputs = plan->inputs,
                         .graph = plan->graph,
                         .packs = packed,
                         .exact = plan->exact,
                         .n_statements = 1,
                         .statement = statement,
                         .value = value};
    value[0] = node;
    shoal_status status = shoal_plan_targets(part, err);
    if (!status) status = shoal_plan_passes(part, err);
    if (!status) status = shoal_plan_fit(part, err);
    if (part->memory > plan->memory) plan->memory = part->memory;
    /* afterwards it is copied to the arena */
    uint64_t copied =
        shoal_plan_base_bytes(part) + n_bytes + (uint64_t)shoal_arena_bytes(plan->arena);
    if (copied > plan->memory) plan->memory = copied;
    if (!status) status = hold(part, err);
    if (!status) status = shoal_plan_stream(part, "indexing", err);
    if (!status) *out = part->target[0].data;
    release(part, !status);
    return status;
}
