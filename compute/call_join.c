/* Functions that put arrays together: after one another, rolled, repeated, in another shape. */
#include "compute/call.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SEGMENTS ((int64_t)1 << 20)

/* ---- Several arrays ---- */

static shoal_status arrays_of(shoal_graph *graph, const shoal_syntax *call, const shoal_syntax *s,
                              shoal_node **nodes, int *n, shoal_error *err)
{
    if (s->kind != SHOAL_SYNTAX_TUPLE || s->n_children == 0 || s->n_children > SHOAL_MAX_JOINED)
        return shoal_fail_at(err, s->column, "%s() takes a list of arrays: %s((a, b))", call->text,
                             call->text);
    *n = s->n_children;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < *n && !status; k++)
        status = shoal_graph_expression(graph, s->child[k], &nodes[k], err);
    return status;
}

static shoal_status call_concatenate(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                     shoal_error *err)
{
    static const char *const parameters[] = {"arrays", "axis", NULL};
    shoal_bound b;
    shoal_node *nodes[SHOAL_MAX_JOINED];
    int n = 0, axis = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = arrays_of(graph, call, b.slot[0], nodes, &n, err);
    if (status) return status;
    if (b.slot[1] && shoal_call_is_none(b.slot[1])) {
        for (int k = 0; k < n && !status; k++)
            status = shoal_graph_ravel(graph, nodes[k], &nodes[k], err);
    } else if (nodes[0]->rank == 0) {
        return shoal_fail_at(err, call->column, "arrays without axes do not join");
    } else if (b.slot[1]) {
        status = shoal_call_axis_of(graph, b.slot[1], nodes[0], &axis, err);
    }
    return status ? status : shoal_graph_concatenate(graph, nodes, n, axis, call->column, out, err);
}

static shoal_status call_stack(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"arrays", "axis", NULL};
    shoal_bound b;
    shoal_node *nodes[SHOAL_MAX_JOINED];
    int n = 0, axis = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = arrays_of(graph, call, b.slot[0], nodes, &n, err);
    if (status) return status;
    int rank = nodes[0]->rank + 1;
    if (rank > SHOAL_MAX_RANK)
        return shoal_fail_at(err, call->column, "more than %d axes", SHOAL_MAX_RANK);
    if (b.slot[1]) status = shoal_call_axis(graph, b.slot[1], rank, &axis, err);
    for (int k = 0; k < n && !status; k++) {
        if (nodes[k]->rank + 1 != rank)
            return shoal_fail_at(err, call->column, "stack() takes arrays of the same shape");
        status = shoal_graph_expand(graph, nodes[k], (uint32_t)1 << axis, rank, &nodes[k], err);
    }
    return status ? status : shoal_graph_concatenate(graph, nodes, n, axis, call->column, out, err);
}

/* vstack, hstack, dstack and column_stack: at least `rank` axes, joined along `axis`. */
static shoal_status stack_along(shoal_graph *graph, const shoal_syntax *call, int rank, int axis,
                                shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"arrays", NULL};
    shoal_bound b;
    shoal_node *nodes[SHOAL_MAX_JOINED];
    int n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = arrays_of(graph, call, b.slot[0], nodes, &n, err);
    for (int k = 0; k < n && !status; k++)
        status = shoal_graph_at_least(graph, nodes[k], rank, &nodes[k], err);
    if (status) return status;
    if (axis == 1 && nodes[0]->rank == 1) axis = 0; /* hstack of arrays of one axis */
    return shoal_graph_concatenate(graph, nodes, n, axis, call->column, out, err);
}

static shoal_status call_vstack(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return stack_along(graph, call, 2, 0, out, err);
}

static shoal_status call_hstack(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return stack_along(graph, call, 1, 1, out, err);
}

static shoal_status call_dstack(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return stack_along(graph, call, 3, 2, out, err);
}

static shoal_status call_column_stack(shoal_graph *graph, const shoal_syntax *call,
                                      shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"arrays", NULL};
    shoal_bound b;
    shoal_node *nodes[SHOAL_MAX_JOINED];
    int n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = arrays_of(graph, call, b.slot[0], nodes, &n, err);
    for (int k = 0; k < n && !status; k++) {
        int rank = nodes[k]->rank; /* an array of one axis is a column */
        if (rank < 2) status = shoal_graph_expand(graph, nodes[k], rank ? 2 : 3, 2, &nodes[k], err);
    }
    return status ? status : shoal_graph_concatenate(graph, nodes, n, 1, call->column, out, err);
}

/* ---- One array ---- */

static shoal_status roll_axis(shoal_graph *graph, int axis, int64_t shift, shoal_node **x,
                              shoal_error *err)
{
    int64_t n = (int64_t)(*x)->shape[axis];
    if (n == 0 || (shift = (shift % n + n) % n) == 0) return SHOAL_OK;
    const shoal_segment s[2] = {{0, n - shift, 1, 0}, {(uint64_t)shift, 0, 1, 0}};
    return shoal_graph_pick(graph, *x, axis, (uint64_t)n, s, 2, NULL, x, err);
}

/* Shifts and axes broadcast against each other; shifts of the same axis add up. */
static shoal_status roll_axes(shoal_graph *graph, const shoal_bound *b, int column, shoal_node **x,
                              shoal_error *err)
{
    int64_t shifts[SHOAL_MAX_INTEGERS], axes[SHOAL_MAX_INTEGERS], total[SHOAL_MAX_RANK] = {0};
    int n_shifts, n_axes, rank = (*x)->rank;
    shoal_status status = shoal_call_integers(graph, b->slot[1], "a shift", shifts, &n_shifts, err);
    if (!status) status = shoal_call_integers(graph, b->slot[2], "an axis", axes, &n_axes, err);
    if (status) return status;
    if (n_shifts != n_axes && n_shifts != 1 && n_axes != 1)
        return shoal_fail_at(err, column, "%d shifts do not go with %d axes", n_shifts, n_axes);
    int n = n_shifts > n_axes ? n_shifts : n_axes;
    for (int k = 0; k < n; k++) {
        int64_t axis = axes[n_axes == 1 ? 0 : k], shift = shifts[n_shifts == 1 ? 0 : k];
        if (axis < -rank || axis >= rank)
            return shoal_fail_at(err, b->slot[2]->column, "axis %lld is out of bounds for %d axes",
                                 (long long)axis, rank);
        if (axis < 0) axis += rank;
        int64_t extent = (int64_t)(*x)->shape[axis];
        if (extent) total[axis] = (total[axis] + shift % extent) % extent;
    }
    for (int k = 0; k < rank && !status; k++) status = roll_axis(graph, k, total[k], x, err);
    return status;
}

static shoal_status call_roll(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"a", "shift", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int64_t shifts[SHOAL_MAX_INTEGERS], sum = 0;
    int n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (status) return status;
    if (!shoal_call_is_none(b.slot[2])) {
        status = roll_axes(graph, &b, call->column, &x, err);
        *out = x;
        return status;
    }
    int rank = x->rank;
    uint64_t shape[SHOAL_MAX_RANK];
    memcpy(shape, x->shape, sizeof shape);
    status = shoal_call_integers(graph, b.slot[1], "a shift", shifts, &n, err);
    if (!status) status = shoal_graph_ravel(graph, x, &x, err);
    for (int k = 0; k < n && !status; k++)
        if (x->shape[0]) sum = (sum + shifts[k] % (int64_t)x->shape[0]) % (int64_t)x->shape[0];
    if (!status) status = roll_axis(graph, 0, sum, &x, err);
    return status ? status : shoal_graph_reshape(graph, x, rank, shape, out, err);
}

static shoal_status tile_axis(shoal_graph *graph, int axis, int64_t reps, int column,
                              shoal_node **x, shoal_error *err)
{
    uint64_t n = (*x)->shape[axis], extent;
    if (reps == 1 || n == 0) return SHOAL_OK;
    if (!shoal_mul_u64(n, (uint64_t)reps, &extent) || extent > INT64_MAX)
        return shoal_fail_at(err, column, "an axis would have more than 2^63 indices");
    shoal_segment one = {0, 0, 0, 0};
    if (n == 1 || reps == 0)
        return shoal_graph_pick(graph, *x, axis, extent, &one, reps != 0, NULL, x, err);
    if (reps > MOST_SEGMENTS) return shoal_fail_at(err, column, "more repetitions than 2^20");
    shoal_segment *s = malloc(sizeof *s * (size_t)reps);
    if (!s) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for the expressions");
    for (int64_t k = 0; k < reps; k++) s[k] = (shoal_segment){(uint64_t)k * n, 0, 1, 0};
    shoal_status status =
        shoal_graph_pick(graph, *x, axis, extent, s, (uint64_t)reps, NULL, x, err);
    free(s);
    return status;
}

static shoal_status call_tile(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"A", "reps", NULL};
    shoal_bound b;
    shoal_node *x;
    int64_t reps[SHOAL_MAX_INTEGERS];
    int n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status)
        status = shoal_call_integers(graph, b.slot[1], "a number of repetitions", reps, &n, err);
    if (status) return status;
    if (n > SHOAL_MAX_RANK)
        return shoal_fail_at(err, b.slot[1]->column, "more than %d axes", SHOAL_MAX_RANK);
    for (int k = 0; k < n; k++)
        if (reps[k] < 0)
            return shoal_fail_at(err, b.slot[1]->column, "repetitions cannot be negative");
    if (x->rank < n || x->kind == SHOAL_NODE_LITERAL) {
        int rank = x->rank < n ? n : x->rank;
        uint32_t added = ((uint32_t)1 << (rank - x->rank)) - 1;
        status = shoal_graph_expand(graph, x, added, rank, &x, err);
    }
    for (int k = 0; k < n && !status; k++)
        status = tile_axis(graph, x->rank - n + k, reps[k], call->column, &x, err);
    *out = x;
    return status;
}

/* Each index so many times as the list says. */
static shoal_status repeat_each(shoal_graph *graph, shoal_node *x, int axis, const int64_t *repeats,
                                shoal_node **out, shoal_error *err)
{
    shoal_segment s[SHOAL_MAX_INTEGERS];
    uint64_t at = 0, n = 0;
    for (uint64_t k = 0; k < x->shape[axis]; k++) {
        if (repeats[k] == 0) continue;
        s[n++] = (shoal_segment){at, (int64_t)k, 0, 0};
        if (!shoal_add_u64(at, (uint64_t)repeats[k], &at) || at > INT64_MAX)
            return shoal_fail(err, SHOAL_USAGE, "an axis would have more than 2^63 indices");
    }
    return shoal_graph_pick(graph, x, axis, at, s, n, NULL, out, err);
}

/* A new axis behind the one to repeat, along which all are the same; then the two are one. */
static shoal_status repeat_all(shoal_graph *graph, shoal_node *x, int axis, uint64_t repeats,
                               shoal_node **out, shoal_error *err)
{
    uint64_t shape[SHOAL_MAX_RANK], extent;
    shoal_subscript s = {.rank = x->rank};
    if (x->rank == SHOAL_MAX_RANK)
        return shoal_fail(err, SHOAL_USAGE, "more than %d axes", SHOAL_MAX_RANK);
    if (!shoal_mul_u64(x->shape[axis], repeats, &extent) || extent > INT64_MAX)
        return shoal_fail(err, SHOAL_USAGE, "an axis would have more than 2^63 indices");
    for (int k = 0; k < x->rank; k++) {
        s.step[k] = 1;
        s.axis[s.n_out] = k;
        s.count[s.n_out++] = shape[k] = x->shape[k];
        if (k != axis) continue;
        s.axis[s.n_out] = -1;
        s.count[s.n_out++] = repeats;
        shape[k] = extent;
    }
    int rank = x->rank;
    shoal_status status = shoal_graph_view(graph, x, &s, &x, err);
    return status ? status : shoal_graph_reshape(graph, x, rank, shape, out, err);
}

static shoal_status call_repeat(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"a", "repeats", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int64_t repeats[SHOAL_MAX_INTEGERS];
    int n = 0, axis = 0;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status)
        status = shoal_call_integers(graph, b.slot[1], "a number of repetitions", repeats, &n, err);
    if (status) return status;
    if (shoal_call_is_none(b.slot[2]))
        status = shoal_graph_ravel(graph, x, &x, err);
    else
        status = shoal_call_axis_of(graph, b.slot[2], x, &axis, err);
    if (status) return status;
    for (int k = 0; k < n; k++)
        if (repeats[k] < 0)
            return shoal_fail_at(err, b.slot[1]->column, "repetitions cannot be negative");
    if (n == 1) return repeat_all(graph, x, axis, (uint64_t)repeats[0], out, err);
    if ((uint64_t)n != x->shape[axis])
        return shoal_fail_at(err, b.slot[1]->column, "%d repetitions for an axis of %llu", n,
                             (unsigned long long)x->shape[axis]);
    return repeat_each(graph, x, axis, repeats, out, err);
}

/* ---- Shapes ---- */

static shoal_status shape_of(shoal_graph *graph, const shoal_syntax *s, const shoal_node *x,
                             int *rank, uint64_t *shape, shoal_error *err)
{
    int64_t extent[SHOAL_MAX_INTEGERS];
    int unknown = -1;
    char text[2][700];
    uint64_t n_old, n_new;
    shoal_status status = shoal_call_integers(graph, s, "an extent", extent, rank, err);
    if (status) return status;
    if (*rank > SHOAL_MAX_RANK)
        return shoal_fail_at(err, s->column, "more than %d axes", SHOAL_MAX_RANK);
    for (int k = 0; k < *rank; k++) {
        if (extent[k] < -1 || (extent[k] == -1 && unknown >= 0))
            return shoal_fail_at(err, s->column, "one extent may be -1, for what is left");
        if (extent[k] == -1) unknown = k;
        shape[k] = extent[k] == -1 ? 1 : (uint64_t)extent[k];
    }
    bool fits = shoal_product(x->rank, x->shape, &n_old) && shoal_product(*rank, shape, &n_new);
    if (fits && unknown >= 0 && n_new && n_old % n_new == 0) {
        shape[unknown] = n_old / n_new;
        n_new = n_old;
    } else if (unknown >= 0) {
        fits = false;
    }
    if (fits && n_old == n_new) return SHOAL_OK;
    return shoal_fail_at(err, s->column, "an array of shape %s does not reshape to %s",
                         shoal_shape_text(x->rank, x->shape, text[0], sizeof text[0]),
                         shoal_shape_text(*rank, shape, text[1], sizeof text[1]));
}

static shoal_status call_reshape(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"a", "shape", NULL};
    shoal_bound b;
    shoal_node *x;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    shoal_status status = shoal_call_gather(graph, call, 1, &call, err);
    if (!status) status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status) status = shape_of(graph, b.slot[1], x, &rank, shape, err);
    return status ? status : shoal_graph_reshape(graph, x, rank, shape, out, err);
}

static shoal_status call_ravel(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"a", NULL};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    return status ? status : shoal_graph_ravel(graph, x, out, err);
}

const shoal_named_call shoal_functions_join[] = {
    {"concatenate", call_concatenate},
    {"concat", call_concatenate},
    {"stack", call_stack},
    {"vstack", call_vstack},
    {"hstack", call_hstack},
    {"dstack", call_dstack},
    {"column_stack", call_column_stack},
    {"roll", call_roll},
    {"tile", call_tile},
    {"repeat", call_repeat},
    {"reshape", call_reshape},
    {"ravel", call_ravel},
    {"flatten", call_ravel},
    {NULL, NULL},
};
