/* Targets that stream over the same space at the same level share a pass. */
#include "compute/plan.h"

#include "chunk/error.h"
#include "compute/summarise.h"

#include <string.h>

/* The node whose shape is the iteration space: a stored one streams over its argument. */
static shoal_node *streamed(shoal_node *node)
{
    return shoal_node_is_stored(node) ? node->arg[0] : node;
}

static bool big_state(const shoal_plan *plan, const shoal_node *node)
{
    return node->kind == SHOAL_NODE_REDUCE && shoal_node_bytes(node) > plan->memory_limit / 64;
}

/* Lines need boxes of their own. */
static bool has_lines(const shoal_pass *pass)
{
    for (int k = 0; k < pass->n_outputs; k++)
        if (pass->output[k].node->kind == SHOAL_NODE_LINES) return true;
    return false;
}

static bool has_groups(const shoal_pass *pass)
{
    for (int k = 0; k < pass->n_reductions; k++)
        if (pass->reduction[k].groups) return true;
    return false;
}

static bool fits_pass(const shoal_plan *plan, const shoal_pass *pass, const shoal_target *t)
{
    if (t->node->kind == SHOAL_NODE_LINES || has_lines(pass)) return false;
    const shoal_node *s = streamed(t->node);
    if (pass->level != s->level || pass->rank != s->rank) return false;
    for (int k = 0; k < s->rank; k++)
        if (pass->shape[k] != s->shape[k]) return false;
    if (pass->n_reductions == SHOAL_PASS_MAX || pass->n_tallies == SHOAL_PASS_MAX ||
        pass->n_outputs == SHOAL_PASS_MAX)
        return false;
    /* accumulators that are large want the tasks in an order of their own */
    for (int k = 0; k < pass->n_reductions; k++) {
        const shoal_node *other = pass->reduction[k].node;
        if (t->node->kind == SHOAL_NODE_REDUCE && other->axes != t->node->axes &&
            (big_state(plan, other) || big_state(plan, t->node)))
            return false;
    }
    return true;
}

static void add_target(shoal_pass *pass, shoal_target *t)
{
    if (t->node->kind == SHOAL_NODE_REDUCE) {
        shoal_pass_reduction *r = &pass->reduction[pass->n_reductions++];
        *r = (shoal_pass_reduction){.node = t->node, .target = t, .axes = t->node->axes};
        r->groups = t->node->groups;
        r->kernel = t->node->use ? &t->node->use->kernel->reduction
                                 : shoal_kernel_reduction(t->node->op, t->node->loop);
        r->indexed = t->node->op == SHOAL_OP_ARGMIN || t->node->op == SHOAL_OP_ARGMAX ||
                     t->node->op == SHOAL_OP_NANARGMIN || t->node->op == SHOAL_OP_NANARGMAX;
        r->n_reduced = 1;
        for (int k = 0; k < pass->rank; k++)
            if (r->axes >> k & 1) r->n_reduced *= pass->shape[k];
    } else if (t->node->kind == SHOAL_NODE_TALLY) {
        pass->tally[pass->n_tallies++] = (shoal_pass_tally){.node = t->node, .target = t};
    } else {
        pass->output[pass->n_outputs++] =
            (shoal_pass_output){.node = t->node, .target = t, .load = -1};
    }
}

static shoal_status start_pass(shoal_plan *plan, const shoal_target *t, shoal_error *err)
{
    const shoal_node *s = streamed(t->node);
    if (shoal_node_bytes(s) == UINT64_MAX)
        return shoal_fail(err, SHOAL_MEMORY, "the broadcast shape has more than 2^64 bytes");
    shoal_pass *pass = &plan->pass[plan->n_passes++];
    *pass = (shoal_pass){.rank = s->rank, .level = s->level};
    memcpy(pass->shape, s->shape, sizeof pass->shape);
    pass->load = shoal_arena_alloc(plan->arena, sizeof *pass->load * SHOAL_PASS_MAX);
    pass->reduction = shoal_arena_alloc(plan->arena, sizeof *pass->reduction * SHOAL_PASS_MAX);
    pass->output = shoal_arena_alloc(plan->arena, sizeof *pass->output * SHOAL_PASS_MAX);
    pass->tally = shoal_arena_alloc(plan->arena, sizeof *pass->tally * SHOAL_PASS_MAX);
    return pass->load && pass->reduction && pass->output && pass->tally
               ? SHOAL_OK
               : shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
}

static void sort_by_level(shoal_plan *plan)
{
    for (int i = 1; i < plan->n_passes; i++)
        for (int j = i; j > 0 && plan->pass[j].level < plan->pass[j - 1].level; j--) {
            shoal_pass swap = plan->pass[j];
            plan->pass[j] = plan->pass[j - 1];
            plan->pass[j - 1] = swap;
        }
}

/* How an axis of the space maps to the base of a leaf; stretched axes map to none. */
static shoal_status add_load(shoal_plan *plan, shoal_pass *pass, int value, shoal_error *err)
{
    const shoal_node *leaf = pass->program.value[value].node;
    shoal_load *load = &pass->load[pass->n_loads++];
    *load = (shoal_load){.leaf = leaf, .value = value, .source = leaf->source};
    load->inputs = &plan->inputs;
    if (leaf->source >= 0) load->dataset = plan->inputs.sources[leaf->source].dataset;
    if (leaf->of) load->dataset = leaf->of->spilled;
    int shift = pass->rank - leaf->rank;
    for (int k = 0; k < pass->rank; k++) {
        int axis = k - shift;
        bool repeated = axis < 0 || leaf->view.axis[axis] < 0 ||
                        (leaf->shape[axis] == 1 && pass->shape[k] != 1);
        load->base_axis[k] = repeated ? -1 : leaf->view.axis[axis];
        load->step[k] = repeated ? 0 : leaf->view.step[axis];
    }
    if (!leaf->joined) return SHOAL_OK;
    int n = leaf->joined->n_sources;
    load->below = shoal_arena_alloc(plan->arena, sizeof *load->below * ((size_t)n + 1));
    if (!load->below) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
    for (; load->n_below < n; load->n_below++)
        load->below[load->n_below] =
            plan->inputs.sources[leaf->joined->source[load->n_below]].dataset;
    return SHOAL_OK;
}

static shoal_status compile(shoal_plan *plan, shoal_pass *pass, shoal_error *err)
{
    shoal_node *roots[(2 + SHOAL_TALLY_ARGUMENTS) * SHOAL_PASS_MAX];
    int n = 0;
    for (int k = 0; k < pass->n_reductions; k++) roots[n++] = pass->reduction[k].node->arg[0];
    for (int k = 0; k < pass->n_outputs; k++) roots[n++] = streamed(pass->output[k].node);
    for (int k = 0; k < pass->n_tallies; k++)
        for (int a = 0; a < pass->tally[k].node->n_args; a++)
            roots[n++] = pass->tally[k].node->arg[a];
    shoal_status status =
        shoal_program_compile(plan->arena, roots, n, plan->graph->n_nodes, &pass->program, err);
    if (status) return status;
    if (pass->program.n_loads > SHOAL_PASS_MAX)
        return shoal_fail(err, SHOAL_USAGE,
                          "more than %d inputs in one pass; split the expressions", SHOAL_PASS_MAX);
    for (int k = 0; k < pass->n_reductions; k++)
        pass->reduction[k].value = pass->program.of_node[roots[k]->id];
    for (int k = 0; k < pass->n_outputs; k++)
        pass->output[k].value = pass->program.of_node[roots[pass->n_reductions + k]->id];
    for (int k = 0; k < pass->n_outputs; k++) {
        const shoal_value *v = &pass->program.value[pass->output[k].value];
        bool lines = pass->output[k].node->kind == SHOAL_NODE_LINES;
        if (lines && v->kind == SHOAL_VALUE_LOAD) pass->output[k].load = v->slot;
    }
    for (int k = 0; k < pass->n_tallies; k++)
        for (int a = 0; a < pass->tally[k].node->n_args; a++)
            pass->tally[k].value[a] = pass->program.of_node[pass->tally[k].node->arg[a]->id];
    for (int k = 0; k < pass->program.n_loads && !status; k++)
        status = add_load(plan, pass, pass->program.load_value[k], err);
    return status;
}

/* Summaries are looked for where a pass could use them; they are small, and read at once. Tallies,
   lines and groups need the elements themselves. */
static void find_summaries(shoal_plan *plan, shoal_pass *pass)
{
    if (pass->n_tallies || has_lines(pass) || has_groups(pass) || shoal_pass_has_user(pass)) return;
    for (int k = 0; k < pass->n_loads; k++) {
        shoal_load *load = &pass->load[k];
        if (load->source < 0) continue;
        shoal_source *s = &plan->inputs.sources[load->source];
        uint64_t most = shoal_summaries_allowed(plan->memory_limit);
        bool fits = load->dataset->grid.n_chunks * sizeof(shoal_chunk_summary) <= most;
        if (!s->looked_for_summary && fits) s->summary = shoal_summary_read(load->dataset);
        s->looked_for_summary = true;
        load->summary = s->summary;
        pass->has_summaries |= s->summary != NULL;
    }
}

/* A target that spills has its dataset as soon as the boxes of its pass are known, so that passes
   behind can be planned with it. */
static shoal_status make_spills(shoal_plan *plan, const shoal_pass *pass, shoal_error *err)
{
    for (int k = 0; k < pass->n_outputs; k++) {
        shoal_pass_output *o = &pass->output[k];
        shoal_target *t = o->target;
        shoal_node *node = t->node;
        if (!t->spills) continue;
        shoal_status status = shoal_plan_output_coding(plan, pass, o, err);
        if (!status)
            status = shoal_spill_new("an intermediate result", node->type, node->rank, node->shape,
                                     t->spec.chunk, &o->pipeline, &t->spill, err);
        if (status) return status;
        node->spilled = shoal_spill_dataset(t->spill);
    }
    return SHOAL_OK;
}

shoal_status shoal_plan_passes(shoal_plan *plan, shoal_error *err)
{
    plan->pass = shoal_arena_alloc(plan->arena, sizeof *plan->pass * (size_t)plan->n_targets);
    if (!plan->pass) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the plan");
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < plan->n_targets; k++) {
        int p = 0;
        while (p < plan->n_passes && !fits_pass(plan, &plan->pass[p], &plan->target[k])) p++;
        if (p == plan->n_passes && (status = start_pass(plan, &plan->target[k], err)))
            return status;
        add_target(&plan->pass[p], &plan->target[k]);
    }
    sort_by_level(plan);
    for (int p = 0; p < plan->n_passes && !status; p++) {
        status = compile(plan, &plan->pass[p], err);
        if (!status && !plan->no_summaries) find_summaries(plan, &plan->pass[p]);
        if (!status) status = shoal_plan_boxes(plan, &plan->pass[p], err);
        if (!status) status = make_spills(plan, &plan->pass[p], err);
    }
    return status;
}
