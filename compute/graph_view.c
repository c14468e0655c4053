/* Subscripts: NumPy's basic indexing, pushed down through element-wise nodes to the leaves. */
#include "compute/graph_select.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

static shoal_status constant_index(shoal_graph *graph, const shoal_syntax *syntax, int64_t *out,
                                   shoal_error *err)
{
    shoal_node *n;
    shoal_status status = shoal_graph_expression(graph, syntax, &n, err);
    if (status) return status;
    if (n->kind != SHOAL_NODE_LITERAL || n->type.code != SHOAL_INT64 || !n->weak)
        return shoal_fail_at(err, syntax->column,
                             "a subscript must be made of whole numbers, ':', '...' and None");
    memcpy(out, n->value, sizeof *out);
    return SHOAL_OK;
}

bool shoal_syntax_is_new_axis(const shoal_syntax *s)
{
    return s->kind == SHOAL_SYNTAX_NAME &&
           (strcmp(s->text, "None") == 0 || strcmp(s->text, "newaxis") == 0);
}

static int64_t clip_int(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* Python's slice.indices: start, step and count over an axis of n elements. */
static shoal_status slice_range(shoal_graph *graph, const shoal_syntax *s, uint64_t n_elements,
                                shoal_range *out, shoal_error *err)
{
    int64_t n = (int64_t)n_elements, step = 1;
    shoal_status status;
    if (s->child[2] && (status = constant_index(graph, s->child[2], &step, err))) return status;
    if (step == 0) return shoal_fail_at(err, s->column, "a slice's step cannot be 0");
    if (step == INT64_MIN) step++;
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    int64_t ends[2] = {step > 0 ? 0 : n - 1, step > 0 ? n : -1};
    for (int k = 0; k < 2; k++) {
        int64_t v = 0;
        if (!s->child[k]) continue;
        if ((status = constant_index(graph, s->child[k], &v, err))) return status;
        ends[k] = clip_int(v < 0 ? v + n : v, low, high);
    }
    int64_t span = step > 0 ? ends[1] - ends[0] : ends[0] - ends[1];
    uint64_t stride = step > 0 ? (uint64_t)step : (uint64_t)-step;
    *out = (shoal_range){ends[0], step, span > 0 ? shoal_ceil_div((uint64_t)span, stride) : 0};
    if (out->count == 0) out->start = 0;
    return SHOAL_OK;
}

static shoal_status add_item(shoal_graph *graph, const shoal_syntax *item, const shoal_node *node,
                             int *axis, shoal_subscript *out, shoal_error *err)
{
    if (out->n_out >= SHOAL_MAX_RANK)
        return shoal_fail_at(err, item->column, "more than %d axes", SHOAL_MAX_RANK);
    if (shoal_syntax_is_new_axis(item)) {
        out->axis[out->n_out] = -1;
        out->count[out->n_out++] = 1;
        return SHOAL_OK;
    }
    if (*axis >= node->rank)
        return shoal_fail_at(err, item->column, "too many indices: the array has %d axes",
                             node->rank);
    shoal_status status;
    int k = (*axis)++;
    int64_t n = (int64_t)node->shape[k];
    if (item->kind == SHOAL_SYNTAX_SLICE) {
        shoal_range r = {0};
        if ((status = slice_range(graph, item, node->shape[k], &r, err))) return status;
        out->start[k] = r.start;
        out->step[k] = r.step;
        out->axis[out->n_out] = k;
        out->count[out->n_out++] = r.count;
        return SHOAL_OK;
    }
    int64_t v = 0;
    if ((status = constant_index(graph, item, &v, err))) return status;
    if (v < -n || v >= n)
        return shoal_fail_at(err, item->column,
                             "index %lld is out of bounds for axis %d of size %lld", (long long)v,
                             k, (long long)n);
    out->start[k] = v < 0 ? v + n : v;
    return SHOAL_OK;
}

static void add_whole_axis(const shoal_node *node, int k, shoal_subscript *out)
{
    out->step[k] = 1;
    out->axis[out->n_out] = k;
    out->count[out->n_out++] = node->shape[k];
}

/* Narrows an axis, which the parts by position have left, to what a part by name wants. */
static shoal_status add_named(shoal_graph *graph, const shoal_syntax *part, const shoal_node *node,
                              shoal_subscript *out, shoal_error *err)
{
    int axis = 0, at = 0;
    shoal_range r = {0};
    bool drops = false;
    shoal_status status = shoal_graph_select_axis(graph, part, node, &axis, err);
    if (status) return status;
    while (at < out->n_out && out->axis[at] != axis) at++;
    if (at == out->n_out)
        return shoal_fail_at(err, part->column, "axis %s is taken twice", part->text);
    const shoal_range within = {out->start[axis], out->step[axis], out->count[at]};
    status = shoal_graph_select(graph, part, node, axis, &within, &r, &drops, err);
    if (status) return status;
    out->start[axis] += out->step[axis] * r.start;
    out->step[axis] *= r.step;
    out->count[at] = r.count;
    if (!drops) return SHOAL_OK;
    out->n_out--;
    for (; at < out->n_out; at++) {
        out->axis[at] = out->axis[at + 1];
        out->count[at] = out->count[at + 1];
    }
    return SHOAL_OK;
}

static bool is_named(const shoal_syntax *s)
{
    return s->kind == SHOAL_SYNTAX_KEYWORD;
}

shoal_status shoal_graph_subscript(shoal_graph *graph, const shoal_syntax *index,
                                   const shoal_node *node, shoal_subscript *out, shoal_error *err)
{
    *out = (shoal_subscript){.rank = node->rank};
    int n_items = index->n_children - 1, n_used = 0, axis = 0;
    bool seen = false;
    for (int k = 1; k <= n_items; k++)
        n_used += !shoal_syntax_is_new_axis(index->child[k]) && !is_named(index->child[k]) &&
                  index->child[k]->kind != SHOAL_SYNTAX_ELLIPSIS;
    for (int k = 1; k <= n_items; k++) {
        const shoal_syntax *item = index->child[k];
        if (is_named(item)) continue;
        if (item->kind == SHOAL_SYNTAX_ELLIPSIS) {
            if (seen) return shoal_fail_at(err, item->column, "only one '...' is allowed");
            seen = true;
            for (int left = node->rank - n_used; left > 0; left--)
                add_whole_axis(node, axis++, out);
            continue;
        }
        shoal_status status = add_item(graph, item, node, &axis, out, err);
        if (status) return status;
    }
    while (axis < node->rank) add_whole_axis(node, axis++, out);
    shoal_status status = SHOAL_OK;
    for (int k = 1; k <= n_items && !status; k++)
        if (is_named(index->child[k])) status = add_named(graph, index->child[k], node, out, err);
    return status;
}

static shoal_status index_leaf(shoal_graph *graph, const shoal_node *leaf, const shoal_subscript *s,
                               shoal_node **out, shoal_error *err)
{
    shoal_node n = *leaf;
    for (int k = 0; k < leaf->rank; k++)
        if (leaf->view.axis[k] >= 0)
            n.view.start[leaf->view.axis[k]] += leaf->view.step[k] * s->start[k];
    n.rank = s->n_out;
    for (int k = 0; k < s->n_out; k++) {
        int from = s->axis[k];
        n.view.axis[k] = from < 0 ? -1 : leaf->view.axis[from];
        n.view.step[k] =
            from < 0 || leaf->view.axis[from] < 0 ? 0 : leaf->view.step[from] * s->step[from];
        n.shape[k] = s->count[k];
    }
    return shoal_graph_add(graph, &n, out, err);
}

/* The subscript as an argument sees it that was broadcast to the node's shape. */
static void narrow_subscript(const shoal_node *arg, const shoal_subscript *s, shoal_subscript *out)
{
    int shift = s->rank - arg->rank;
    *out = (shoal_subscript){.rank = arg->rank};
    for (int k = 0; k < arg->rank; k++) {
        bool stretched = arg->shape[k] == 1;
        out->start[k] = stretched ? 0 : s->start[k + shift];
        out->step[k] = stretched ? 1 : s->step[k + shift];
    }
    bool leading = true; /* axes that the argument does not have, before those that it has */
    for (int k = 0; k < s->n_out; k++) {
        int from = s->axis[k] < 0 ? -1 : s->axis[k] - shift;
        if (s->axis[k] >= 0 && from >= 0) leading = false;
        if (leading && (s->axis[k] < 0 || from < 0)) continue;
        bool absent = s->axis[k] < 0 || from < 0;
        out->axis[out->n_out] = absent ? -1 : from;
        out->count[out->n_out++] = absent                                 ? 1
                                   : arg->shape[from] == 1 && s->count[k] ? 1
                                                                          : s->count[k];
    }
}

/* `done`, by id, has what came of the nodes that were reached before: an argument sees the same
   subscript on every way to it. */
static shoal_status index_node(shoal_graph *graph, shoal_node *node, const shoal_subscript *s,
                               shoal_node **done, shoal_node **out, shoal_error *err)
{
    const int id = node->id;
    if (done[id]) {
        *out = done[id];
        return SHOAL_OK;
    }
    shoal_status status = shoal_graph_operand(graph, node, &node, err);
    if (status) return status;
    if (node->kind == SHOAL_NODE_LEAF) return index_leaf(graph, node, s, out, err);
    shoal_node n = *node;
    n.rank = s->n_out;
    memcpy(n.shape, s->count, sizeof n.shape);
    for (int k = 0; k < node->n_args; k++) {
        if (node->arg[k]->rank == 0) continue;
        shoal_subscript narrow;
        narrow_subscript(node->arg[k], s, &narrow);
        status = index_node(graph, node->arg[k], &narrow, done, &n.arg[k], err);
        if (status) return status;
    }
    status = shoal_graph_add(graph, &n, out, err);
    if (!status) done[id] = *out;
    return status;
}

void shoal_subscript_all(const shoal_node *node, shoal_subscript *out)
{
    *out = (shoal_subscript){.rank = node->rank};
    for (int k = 0; k < node->rank; k++) add_whole_axis(node, k, out);
}

shoal_status shoal_graph_view(shoal_graph *graph, shoal_node *node, const shoal_subscript *s,
                              shoal_node **out, shoal_error *err)
{
    if (node->kind == SHOAL_NODE_LITERAL && s->n_out > 0) {
        shoal_generator g = {.kind = SHOAL_GENERATE_SAME, .type = node->type};
        memcpy(g.value, node->value, sizeof g.value);
        shoal_status status = shoal_graph_generator(graph, &g, &node, err);
        if (status) return status;
    }
    shoal_node **done = calloc((size_t)graph->n_nodes, sizeof *done);
    if (!done) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    shoal_status status = index_node(graph, node, s, done, out, err);
    free(done);
    return status;
}

shoal_status shoal_graph_slice(shoal_graph *graph, shoal_node *node, int axis,
                               const shoal_range *range, shoal_node **out, shoal_error *err)
{
    shoal_subscript s;
    shoal_subscript_all(node, &s);
    s.start[axis] = range->start;
    s.step[axis] = range->step;
    s.count[axis] = range->count;
    return shoal_graph_view(graph, node, &s, out, err);
}
