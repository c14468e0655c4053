/* Arrays after one another. Leaves join as they are; arrays that are computed alike are computed of
   their joined arguments; others are each spread over the whole axis, and chosen from. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

static shoal_status common_type(shoal_graph *graph, shoal_node **nodes, int n, int column,
                                shoal_error *err)
{
    shoal_type type = nodes[0]->type;
    for (int k = 1; k < n; k++) {
        if (type.code == nodes[k]->type.code && type.n_bytes == nodes[k]->type.n_bytes) continue;
        if (type.code >= SHOAL_TEXT || nodes[k]->type.code >= SHOAL_TEXT)
            return shoal_fail_at(err, column, "texts and records join those of the same size only");
        shoal_type_code code;
        shoal_argument a = {.type = type.code}, b = {.type = nodes[k]->type.code};
        shoal_status status = shoal_promote(a, b, &code, err);
        if (status) return status;
        type = shoal_type_of(code);
    }
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < n && !status; k++) {
        if (type.code < SHOAL_TEXT)
            status = shoal_graph_cast(graph, nodes[k], type.code, &nodes[k], err);
        if (!status) status = shoal_graph_operand(graph, nodes[k], &nodes[k], err);
    }
    return status;
}

static shoal_status check_shapes(shoal_node *const *nodes, int n, int axis, int column,
                                 uint64_t *extent, shoal_error *err)
{
    char text[2][700];
    *extent = 0;
    for (int k = 0; k < n; k++) {
        bool same = nodes[k]->rank == nodes[0]->rank;
        for (int j = 0; j < nodes[0]->rank && same; j++)
            same = j == axis || nodes[k]->shape[j] == nodes[0]->shape[j];
        if (!same)
            return shoal_fail_at(
                err, column, "shapes %s and %s do not join along axis %d",
                shoal_shape_text(nodes[0]->rank, nodes[0]->shape, text[0], sizeof text[0]),
                shoal_shape_text(nodes[k]->rank, nodes[k]->shape, text[1], sizeof text[1]), axis);
        if (nodes[k]->shape[axis] > (uint64_t)INT64_MAX - *extent)
            return shoal_fail_at(err, column, "the joined axis has more than 2^63 indices");
        *extent += nodes[k]->shape[axis];
    }
    return SHOAL_OK;
}

static shoal_status concatenate_leaves(shoal_graph *graph, shoal_node *const *nodes, int n,
                                       int axis, uint64_t extent, shoal_node **out,
                                       shoal_error *err)
{
    shoal_joined j = {.kind = SHOAL_JOIN_SEGMENTS, .rank = nodes[0]->rank, .axis = axis};
    shoal_segment *segment = shoal_arena_alloc(graph->arena, sizeof *segment * (size_t)n);
    shoal_node **leaf = shoal_arena_alloc(graph->arena, sizeof *leaf * (size_t)n);
    if (!segment || !leaf)
        return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    uint64_t at = 0;
    memcpy(leaf, nodes, sizeof *leaf * (size_t)n);
    for (int k = 0; k < n; at += nodes[k++]->shape[axis])
        if (nodes[k]->shape[axis]) segment[j.n_segments++] = (shoal_segment){at, 0, 1, k};
    memcpy(j.shape, nodes[0]->shape, sizeof j.shape);
    memcpy(j.origin, nodes[0]->origin, sizeof j.origin);
    j.shape[axis] = extent;
    j.origin[axis] = (shoal_origin){.source = -1};
    j.segment = segment;
    j.leaf = leaf;
    j.n_leaves = n;
    return shoal_graph_join_leaves(graph, &j, out, err);
}

/* ---- Computed alike ---- */

static bool same_operation(const shoal_node *a, const shoal_node *b)
{
    return a->kind == b->kind && a->op == b->op && a->loop == b->loop && a->rank == b->rank &&
           a->type.code == b->type.code && a->n_args == b->n_args &&
           (a->kind == SHOAL_NODE_ELEMENT || a->kind == SHOAL_NODE_CAST);
}

/* Sets *out to NULL where the arrays are not computed alike, or of too much: *budget is how many
   more nodes may be looked at. The axis is counted from the last. */
static shoal_status join_alike(shoal_graph *graph, shoal_node *const *nodes, int n, int from_end,
                               const uint64_t *extents, bool is_argument, int *budget,
                               shoal_node **out, shoal_error *err)
{
    const shoal_node *first = nodes[0];
    int axis = first->rank - 1 - from_end;
    bool same = true, leaves = axis >= 0, alike = true;
    uint64_t extent = 0;
    *out = NULL;
    if (--*budget < 0) return SHOAL_OK;
    for (int k = 0; k < n; k++) {
        const shoal_node *x = nodes[k];
        same &= x == first;
        alike &= same_operation(first, x);
        leaves &= x->kind == SHOAL_NODE_LEAF && x->rank == first->rank &&
                  x->type.code == first->type.code && x->type.n_bytes == first->type.n_bytes;
        for (int j = 0; j < first->rank && leaves; j++)
            leaves = x->shape[j] == (j == axis ? extents[k] : first->shape[j]);
        extent += extents[k];
    }
    if (same && is_argument &&
        (axis < 0 || first->shape[axis] == 1)) { /* the same all along the axis */
        *out = nodes[0];
        return SHOAL_OK;
    }
    if (leaves) return concatenate_leaves(graph, nodes, n, axis, extent, out, err);
    if (!alike || axis < 0) return SHOAL_OK;
    shoal_node joined = *first;
    joined.shape[axis] = extent;
    for (int a = 0; a < first->n_args; a++) {
        shoal_node *args[SHOAL_MAX_JOINED];
        for (int k = 0; k < n; k++) args[k] = nodes[k]->arg[a];
        shoal_status status =
            join_alike(graph, args, n, from_end, extents, true, budget, &joined.arg[a], err);
        if (status || !joined.arg[a]) return status;
    }
    return shoal_graph_add(graph, &joined, out, err);
}

static shoal_status concatenate_alike(shoal_graph *graph, shoal_node *const *nodes, int n, int axis,
                                      shoal_node **out, shoal_error *err)
{
    uint64_t extents[SHOAL_MAX_JOINED];
    int budget = 1000;
    *out = NULL;
    if (n > SHOAL_MAX_JOINED) return SHOAL_OK;
    for (int k = 0; k < n; k++) extents[k] = nodes[k]->shape[axis];
    return join_alike(graph, nodes, n, nodes[0]->rank - 1 - axis, extents, false, &budget, out,
                      err);
}

/* ---- Computed in other ways ---- */

/* Is this index of the axis in [low, high)? An array that broadcasts along the other axes. */
static shoal_status inside(shoal_graph *graph, int rank, int axis, uint64_t extent, uint64_t low,
                           uint64_t high, shoal_node **out, shoal_error *err)
{
    shoal_generator g = {.kind = SHOAL_GENERATE_INSIDE,
                         .type = shoal_type_of(SHOAL_BOOL),
                         .rank = 1,
                         .shape = {extent},
                         .low = low,
                         .high = high};
    uint32_t added = 0;
    for (int k = axis + 1; k < rank; k++) added |= (uint32_t)1 << (k - axis);
    shoal_status status = shoal_graph_generator(graph, &g, out, err);
    return status ? status : shoal_graph_expand(graph, *out, added, rank - axis, out, err);
}

shoal_status shoal_graph_choose(shoal_graph *graph, int axis, uint64_t low, uint64_t high,
                                shoal_node *x, shoal_node *other, int column, shoal_node **out,
                                shoal_error *err)
{
    shoal_node *args[3] = {NULL, x, other};
    shoal_status status = inside(graph, x->rank, axis, x->shape[axis], low, high, &args[0], err);
    return status ? status : shoal_graph_element(graph, SHOAL_OP_WHERE, args, column, out, err);
}

/* Computed arrays: each is spread over the whole axis, and chosen where it belongs. */
static shoal_status concatenate_computed(shoal_graph *graph, shoal_node *const *nodes, int n,
                                         int axis, uint64_t extent, int column, shoal_node **out,
                                         shoal_error *err)
{
    uint64_t at = 0;
    *out = NULL;
    for (int k = 0; k < n; k++) {
        shoal_segment s[3];
        uint64_t n_segments = 0, own = nodes[k]->shape[axis];
        shoal_node *x;
        if (own == 0 && (*out || k + 1 < n)) continue;
        if (at) s[n_segments++] = (shoal_segment){0, 0, 0, -1};
        if (own) s[n_segments++] = (shoal_segment){at, 0, 1, 0};
        if (at + own < extent) s[n_segments++] = (shoal_segment){at + own, 0, 0, -1};
        shoal_status status =
            shoal_graph_pick(graph, nodes[k], axis, extent, s, n_segments, NULL, &x, err);
        if (!status && *out)
            status = shoal_graph_choose(graph, axis, at, at + own, x, *out, column, &x, err);
        if (status) return status;
        *out = x;
        at += own;
    }
    return SHOAL_OK;
}

shoal_status shoal_graph_concatenate(shoal_graph *graph, shoal_node **nodes, int n, int axis,
                                     int column, shoal_node **out, shoal_error *err)
{
    uint64_t extent;
    bool computed = false;
    shoal_status status = common_type(graph, nodes, n, column, err);
    if (!status) status = check_shapes(nodes, n, axis, column, &extent, err);
    if (status) return status;
    for (int k = 0; k < n; k++) computed |= nodes[k]->kind != SHOAL_NODE_LEAF;
    if (n == 1) {
        *out = nodes[0];
        return SHOAL_OK;
    }
    if (!computed) return concatenate_leaves(graph, nodes, n, axis, extent, out, err);
    status = concatenate_alike(graph, nodes, n, axis, out, err);
    if (status || *out) return status;
    return concatenate_computed(graph, nodes, n, axis, extent, column, out, err);
}
