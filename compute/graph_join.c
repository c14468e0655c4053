/* Axes put together of pieces, and shapes changed: pushed down through element-wise nodes to the
   leaves, where they make joined arrays. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"

#include <stdlib.h>
#include <string.h>

/* What is done to each leaf below a node. */
typedef struct push {
    shoal_graph *graph;
    shoal_node **done; /* by id: what came of the nodes that were reached before */
    shoal_join kind;
    int from_end; /* SEGMENTS, SELECTED: the axis, counted from the last */
    uint64_t extent;
    const shoal_segment *segment;
    uint64_t n_segments;
    const void *fill;
    const shoal_mask *mask;
    int rank; /* RESHAPE */
    const uint64_t *shape;
} push;

shoal_status shoal_graph_join_leaves(shoal_graph *graph, shoal_joined *j, shoal_node **out,
                                     shoal_error *err)
{
    for (int k = 0; k < j->n_leaves; k++) {
        const shoal_joined *below = j->leaf[k]->joined;
        if (below && below->depth >= j->depth) j->depth = below->depth;
    }
    if (++j->depth > SHOAL_JOINED_DEPTH)
        return shoal_fail(err, SHOAL_USAGE,
                          "arrays put together of others more than %d deep; write a step to a file "
                          "with -o first",
                          SHOAL_JOINED_DEPTH);
    if (!shoal_joined_survey(j, graph->inputs, graph->arena))
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    return shoal_graph_joined(graph, j, out, err);
}

static shoal_status keep_segments(shoal_graph *graph, const shoal_segment *segment, uint64_t n,
                                  const shoal_segment **out, shoal_error *err)
{
    shoal_segment *copy = shoal_arena_alloc(graph->arena, sizeof *copy * (size_t)n);
    if (!copy) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    memcpy(copy, segment, sizeof *copy * (size_t)n);
    *out = copy;
    return SHOAL_OK;
}

/* One segment is a view. */
static bool is_view(const push *p, const shoal_node *leaf, int axis, shoal_subscript *s)
{
    if (p->kind != SHOAL_JOIN_SEGMENTS || p->n_segments != 1 || p->segment->leaf < 0) return false;
    shoal_subscript_all(leaf, s);
    s->start[axis] = p->segment->start;
    s->step[axis] = p->segment->step;
    s->count[axis] = p->extent;
    if (p->segment->step == 0) s->axis[axis] = -1;
    return true;
}

static shoal_status join_leaf(const push *p, shoal_node *leaf, shoal_node **out, shoal_error *err)
{
    int axis = leaf->rank - 1 - p->from_end;
    shoal_subscript s;
    if (is_view(p, leaf, axis, &s)) return shoal_graph_view(p->graph, leaf, &s, out, err);
    shoal_joined j = {.kind = p->kind, .rank = leaf->rank, .n_leaves = 1, .axis = axis};
    shoal_node **leaves = shoal_arena_alloc(p->graph->arena, sizeof *leaves);
    if (!leaves) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    leaves[0] = leaf;
    j.leaf = leaves;
    memcpy(j.shape, leaf->shape, sizeof j.shape);
    memcpy(j.origin, leaf->origin, sizeof j.origin);
    j.origin[axis] = (shoal_origin){.source = -1};
    j.shape[axis] = p->extent;
    j.n_segments = p->n_segments;
    j.segment = p->segment;
    j.mask = p->mask;
    if (p->fill && leaf->type.n_bytes <= sizeof j.fill) memcpy(j.fill, p->fill, leaf->type.n_bytes);
    return shoal_graph_join_leaves(p->graph, &j, out, err);
}

static shoal_status join_node(const push *p, shoal_node *node, shoal_node **out, shoal_error *err)
{
    const int id = node->id;
    shoal_status status = shoal_graph_operand(p->graph, node, &node, err);
    *out = p->done[id];
    if (*out) return SHOAL_OK;
    if (!status && node->kind == SHOAL_NODE_LEAF) status = join_leaf(p, node, out, err);
    if (!status && node->kind != SHOAL_NODE_LEAF) {
        shoal_node n = *node;
        n.shape[node->rank - 1 - p->from_end] = p->extent;
        for (int k = 0; k < node->n_args && !status; k++) {
            const shoal_node *arg = node->arg[k];
            int axis = arg->rank - 1 - p->from_end;
            if (axis < 0 || arg->shape[axis] == 1) continue; /* the same all along the axis */
            status = join_node(p, node->arg[k], &n.arg[k], err);
        }
        if (!status) status = shoal_graph_add(p->graph, &n, out, err);
    }
    if (!status) p->done[id] = *out;
    return status;
}

static shoal_status start(push *p, shoal_graph *graph, shoal_error *err)
{
    p->graph = graph;
    /* reductions on the way become leaves, which are new nodes, but none of those is pushed to */
    p->done = calloc((size_t)graph->n_nodes, sizeof *p->done);
    return p->done ? SHOAL_OK : shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
}

shoal_status shoal_graph_pick(shoal_graph *graph, shoal_node *node, int axis, uint64_t extent,
                              const shoal_segment *segment, uint64_t n_segments, const void *fill,
                              shoal_node **out, shoal_error *err)
{
    push p = {.kind = SHOAL_JOIN_SEGMENTS, .from_end = node->rank - 1 - axis, .extent = extent};
    p.fill = fill;
    p.n_segments = n_segments;
    shoal_status status = keep_segments(graph, segment, n_segments, &p.segment, err);
    if (!status) status = start(&p, graph, err);
    if (!status) status = join_node(&p, node, out, err);
    free(p.done);
    return status;
}

shoal_status shoal_graph_masked(shoal_graph *graph, shoal_node *node, int axis,
                                const shoal_mask *mask, shoal_node **out, shoal_error *err)
{
    push p = {.kind = SHOAL_JOIN_SELECTED, .from_end = node->rank - 1 - axis};
    p.extent = mask->n_set;
    p.mask = mask;
    shoal_status status = start(&p, graph, err);
    if (!status) status = join_node(&p, node, out, err);
    free(p.done);
    return status;
}

/* ---- Shapes ---- */

/* Axes of one element come and go: a view. */
static bool reshape_is_view(const shoal_node *leaf, int rank, const uint64_t *shape,
                            shoal_subscript *s)
{
    int from = 0;
    *s = (shoal_subscript){.rank = leaf->rank};
    for (int k = 0; k < rank; k++) {
        while (from < leaf->rank && leaf->shape[from] == 1) from++;
        if (shape[k] != 1 && (from == leaf->rank || leaf->shape[from] != shape[k])) return false;
        s->axis[k] = shape[k] == 1 ? -1 : from;
        s->count[k] = shape[k];
        if (shape[k] != 1) s->step[from++] = 1;
    }
    s->n_out = rank;
    while (from < leaf->rank && leaf->shape[from] == 1) from++;
    return from == leaf->rank;
}

/* Elements that there are none of have no order. */
static bool has_none(int rank, const uint64_t *shape)
{
    for (int k = 0; k < rank; k++)
        if (shape[k] == 0) return true;
    return false;
}

static shoal_status reshape_leaf(const push *p, shoal_node *leaf, shoal_node **out,
                                 shoal_error *err)
{
    shoal_subscript s;
    if (reshape_is_view(leaf, p->rank, p->shape, &s))
        return shoal_graph_view(p->graph, leaf, &s, out, err);
    shoal_joined j = {.kind = SHOAL_JOIN_RESHAPE, .rank = p->rank, .n_leaves = 1};
    shoal_node **leaves = shoal_arena_alloc(p->graph->arena, sizeof *leaves);
    if (!leaves) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    leaves[0] = leaf;
    j.leaf = leaves;
    memcpy(j.shape, p->shape, sizeof *p->shape * (size_t)p->rank);
    int front = shoal_joined_front(&j), back = shoal_joined_back(&j, front);
    for (int k = 0; k < p->rank; k++) {
        j.origin[k] = (shoal_origin){.source = -1};
        if (k < front) j.origin[k] = leaf->origin[k];
        if (p->rank - k <= back) j.origin[k] = leaf->origin[leaf->rank - (p->rank - k)];
    }
    if (has_none(p->rank, p->shape)) { /* the leaf's own positions do not matter */
        j.kind = SHOAL_JOIN_SEGMENTS;
        return shoal_graph_join_leaves(p->graph, &j, out, err);
    }
    return shoal_graph_join_leaves(p->graph, &j, out, err);
}

static shoal_status reshape_node(const push *p, shoal_node *node, shoal_node **out,
                                 shoal_error *err)
{
    const int id = node->id;
    shoal_status status = shoal_graph_operand(p->graph, node, &node, err);
    *out = p->done[id];
    if (*out) return SHOAL_OK;
    if (!status && node->kind == SHOAL_NODE_LEAF) status = reshape_leaf(p, node, out, err);
    if (!status && node->kind != SHOAL_NODE_LEAF) {
        shoal_node n = *node;
        n.rank = p->rank;
        memcpy(n.shape, p->shape, sizeof *p->shape * (size_t)p->rank);
        for (int k = 0; k < node->n_args && !status; k++)
            if (node->arg[k]->rank) status = reshape_node(p, node->arg[k], &n.arg[k], err);
        if (!status) status = shoal_graph_add(p->graph, &n, out, err);
    }
    if (!status) p->done[id] = *out;
    return status;
}

/* Every argument below is seen in the node's full shape, so that all can be reshaped alike. */
static shoal_status spread(const push *p, shoal_node *node, int rank, const uint64_t *shape,
                           shoal_node **out, shoal_error *err)
{
    const int id = node->id;
    shoal_status status = shoal_graph_operand(p->graph, node, &node, err);
    *out = p->done[id];
    if (*out) return SHOAL_OK;
    if (status) return status;
    if (node->rank == 0) {
        *out = node;
    } else if (node->kind == SHOAL_NODE_LEAF) {
        status = shoal_graph_broadcast(p->graph, node, rank, shape, 0, out, err);
    } else {
        shoal_node n = *node;
        n.rank = rank;
        memcpy(n.shape, shape, sizeof *shape * (size_t)rank);
        for (int k = 0; k < node->n_args && !status; k++)
            status = spread(p, node->arg[k], rank, shape, &n.arg[k], err);
        if (!status) status = shoal_graph_add(p->graph, &n, out, err);
    }
    if (!status) p->done[id] = *out;
    return status;
}

shoal_status shoal_graph_reshape(shoal_graph *graph, shoal_node *node, int rank,
                                 const uint64_t *shape, shoal_node **out, shoal_error *err)
{
    push p = {.rank = rank, .shape = shape};
    shoal_status status = shoal_graph_operand(graph, node, &node, err);
    if (!status) status = start(&p, graph, err);
    if (!status && node->kind != SHOAL_NODE_LEAF && node->rank) {
        if (!status) status = spread(&p, node, node->rank, node->shape, &node, err);
        free(p.done);
        if (status) return status;
        status = start(&p, graph, err);
    }
    if (!status && node->rank == 0 && rank > 0)
        status = shoal_graph_broadcast(graph, node, rank, shape, 0, out, err);
    else if (!status && node->rank == 0)
        *out = node;
    else if (!status)
        status = reshape_node(&p, node, out, err);
    free(p.done);
    return status;
}

shoal_status shoal_graph_ravel(shoal_graph *graph, shoal_node *node, shoal_node **out,
                               shoal_error *err)
{
    uint64_t n;
    if (!shoal_product(node->rank, node->shape, &n))
        return shoal_fail(err, SHOAL_USAGE, "the array has more than 2^64 elements");
    return shoal_graph_reshape(graph, node, 1, &n, out, err);
}
