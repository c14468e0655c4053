#include "compute/plan.h"

#include "chunk/checked.h"
#include "chunk/error.h"

#include <stdio.h>
#include <string.h>

uint64_t shoal_node_bytes(const shoal_node *node)
{
    uint64_t n;
    if (!shoal_product(node->rank, node->shape, &n)) return UINT64_MAX;
    return shoal_mul_u64(n, node->type.n_bytes, &n) ? n : UINT64_MAX;
}

/* A bare expression is a result; where there is none, each named statement is. */
static shoal_status choose_results(shoal_plan *plan, shoal_error *err)
{
    bool any_bare = false;
    for (int k = 0; k < plan->n_statements; k++) any_bare |= !plan->statement[k].name;
    plan->result = shoal_arena_alloc(plan->arena, sizeof(int) * (size_t)plan->n_statements);
    if (!plan->result) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (int k = 0; k < plan->n_statements; k++)
        if (!any_bare || !plan->statement[k].name) plan->result[plan->n_results++] = k;
    return SHOAL_OK;
}

bool shoal_plan_fills_group(const shoal_plan *plan)
{
    const char *path = plan->output_path;
    if (plan->n_results != 1) return true;
    return path && path[strlen(path) - 1] == '/' && plan->statement[plan->result[0]].name;
}

/* One result goes to the output's path itself, several, or one with a name to what ends in '/', to
   /path/name each. */
static shoal_status name_output(shoal_plan *plan, int k, shoal_target *t, shoal_error *err)
{
    const shoal_statement *s = &plan->statement[plan->result[k]];
    const char *path = plan->output_path ? plan->output_path : plan->n_results == 1 ? "/data" : "/";
    if (!shoal_plan_fills_group(plan)) {
        t->path = shoal_arena_text(plan->arena, path, strlen(path));
    } else {
        if (!s->name)
            return shoal_fail(err, SHOAL_USAGE,
                              "column %d: several results go to %s: name each, as in x = %.100s",
                              s->column, plan->output, s->text);
        char text[2048];
        int n = snprintf(text, sizeof text, "%s%s%s", path,
                         path[strlen(path) - 1] == '/' ? "" : "/", s->name);
        if (n < 0 || (size_t)n >= sizeof text)
            return shoal_fail(err, SHOAL_USAGE, "%s: the path is too long", plan->output);
        t->path = shoal_arena_text(plan->arena, text, (size_t)n);
    }
    return t->path ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory");
}

/* Arrays are as large as the plan keeps in memory only where they must be: a big reduction that
   goes to a file is written tile by tile. */
static bool keeps(const shoal_plan *plan, const shoal_target *t)
{
    if (!t->path) return true;
    if (t->node->kind == SHOAL_NODE_TALLY) return true;
    return t->node->kind == SHOAL_NODE_REDUCE &&
           shoal_node_bytes(t->node) <= plan->memory_limit / 16;
}

/* Is its state 128 bits (compute/kernels_total.h)? */
static bool is_whole_sum(const shoal_node *node)
{
    return node->kind == SHOAL_NODE_REDUCE && !node->use && node->loop <= SHOAL_UINT64 &&
           (node->op == SHOAL_OP_SUM || node->op == SHOAL_OP_NANSUM);
}

static shoal_status add_result(shoal_plan *plan, int k, shoal_error *err)
{
    shoal_target *t = &plan->target[plan->n_targets];
    *t = (shoal_target){.node = plan->value[plan->result[k]]};
    if (plan->output) {
        shoal_status status = name_output(plan, k, t, err);
        if (status) return status;
        t->spec = plan->storage;
        t->spec.type = t->node->type;
        t->spec.rank = t->node->rank;
        memcpy(t->spec.shape, t->node->shape, sizeof t->spec.shape);
    }
    t->in_memory = keeps(plan, t);
    t->packed = plan->packs;
    t->exact = plan->exact;
    t->keeps_high = plan->keeps_high && is_whole_sum(t->node);
    plan->n_targets++;
    return SHOAL_OK;
}

/* What is noted of a node. */
enum { SEEN = 1, READ = 2, JOINED = 4 }; /* READ by another; by an array that is put together */

static void mark(const shoal_node *node, uint8_t *seen)
{
    if (seen[node->id] & SEEN) return;
    seen[node->id] |= SEEN;
    for (int k = 0; k < node->n_args; k++) mark(node->arg[k], seen);
    for (int k = 0; node->joined && k < node->joined->n_leaves; k++) {
        const shoal_node *leaf = node->joined->leaf[k];
        mark(leaf, seen);
        if (leaf->of) seen[leaf->of->id] |= JOINED;
    }
    if (!node->of) return;
    seen[node->of->id] |= READ;
    mark(node->of, seen);
}

/* Those that are made line by line go to a file for temporary data instead when they are large. */
static bool spills(const shoal_plan *plan, const shoal_node *node, const uint8_t *seen)
{
    return node->kind == SHOAL_NODE_LINES && node->type.code < SHOAL_TEXT &&
           !(seen[node->id] & JOINED) && shoal_node_bytes(node) > plan->memory_limit / 4;
}

/* Stored nodes that expressions read are kept between the passes. One that spills and is a result
   for a file as well is computed twice. */
static void add_operands(shoal_plan *plan, const uint8_t *seen)
{
    for (int id = 0; id < plan->graph->n_nodes; id++) {
        shoal_node *node = plan->graph->node[id];
        if (!shoal_node_is_stored(node) || !(seen[id] & READ)) continue;
        bool found = false, spilled = spills(plan, node, seen);
        for (int k = 0; k < plan->n_targets && !found; k++) {
            found = plan->target[k].node == node && (plan->target[k].in_memory || !spilled);
            if (found) plan->target[k].in_memory = true;
            if (found) plan->target[k].keeps_high = false;
        }
        if (!found)
            plan->target[plan->n_targets++] = (shoal_target){
                .node = node, .in_memory = !spilled, .spills = spilled, .exact = plan->exact};
    }
}

shoal_status shoal_plan_targets(shoal_plan *plan, shoal_error *err)
{
    shoal_status status = choose_results(plan, err);
    if (status) return status;
    size_t n_nodes = (size_t)plan->graph->n_nodes;
    uint8_t *seen = shoal_arena_alloc(plan->arena, n_nodes + 1);
    plan->target =
        shoal_arena_alloc(plan->arena, sizeof *plan->target * (n_nodes + (size_t)plan->n_results));
    if (!seen || !plan->target) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    for (int k = 0; k < plan->n_results && !status; k++) {
        status = add_result(plan, k, err);
        if (!status) mark(plan->target[k].node, seen);
    }
    if (status) return status;
    add_operands(plan, seen);
    for (int k = 0; k < plan->n_targets; k++) {
        shoal_target *t = &plan->target[k];
        if (!t->in_memory) continue;
        uint64_t n = shoal_node_bytes(t->node);
        if (t->packed && n != UINT64_MAX) n = shoal_ceil_div(n, 64) * 8;
        uint64_t copies = t->keeps_high ? 2 : 1;
        if (n == UINT64_MAX || n > (plan->memory_limit - plan->results_bytes) / copies)
            return shoal_fail(
                err, SHOAL_MEMORY,
                "a result of %.1f MiB does not fit the memory limit of %.1f MiB; write "
                "it to a file with -o, or raise -m",
                (double)n / 1048576, (double)plan->memory_limit / 1048576);
        t->n_bytes = (size_t)n;
        plan->results_bytes += n * copies;
    }
    return SHOAL_OK;
}
