/* Functions that change how an array is seen, and move no data: axes in another order, turned
   round, taken out, put in or repeated. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

/* Appends a whole axis of the argument to a subscript. */
static void keep_axis(const shoal_node *x, int axis, shoal_subscript *s)
{
    s->step[axis] = 1;
    s->axis[s->n_out] = axis;
    s->count[s->n_out++] = x->shape[axis];
}

static void add_axis(uint64_t count, shoal_subscript *s)
{
    s->axis[s->n_out] = -1;
    s->count[s->n_out++] = count;
}

static void turn_axis(const shoal_node *x, int axis, shoal_subscript *s)
{
    s->start[axis] = x->shape[axis] ? (int64_t)x->shape[axis] - 1 : 0;
    s->step[axis] = -1;
}

/* Binds a call whose first parameter is the array. */
static shoal_status bind(shoal_graph *graph, const shoal_syntax *call,
                         const char *const *parameters, int n_required, shoal_bound *b,
                         shoal_node **x, shoal_error *err)
{
    shoal_status status = shoal_call_bind(call, parameters, n_required, b, err);
    return status ? status : shoal_graph_expression(graph, b->slot[0], x, err);
}

static shoal_status permute(shoal_graph *graph, shoal_node *x, const int *axes, shoal_node **out,
                            shoal_error *err)
{
    shoal_subscript s = {.rank = x->rank};
    for (int k = 0; k < x->rank; k++) keep_axis(x, axes[k], &s);
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status call_transpose(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const parameters[] = {"a", "axes", NULL};
    shoal_bound b;
    shoal_node *x;
    int axes[SHOAL_MAX_RANK], n;
    shoal_status status = shoal_call_gather(graph, call, 1, &call, err);
    if (!status) status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    for (int k = 0; k < x->rank; k++) axes[k] = x->rank - 1 - k;
    if (!shoal_call_is_none(b.slot[1])) {
        if ((status = shoal_call_axes(graph, b.slot[1], x->rank, axes, &n, err))) return status;
        if (n != x->rank)
            return shoal_fail_at(err, b.slot[1]->column, "%d axes are named; the array has %d", n,
                                 x->rank);
    }
    return permute(graph, x, axes, out, err);
}

static shoal_status call_swapaxes(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"a", "axis1", "axis2", NULL};
    shoal_bound b;
    shoal_node *x;
    int axes[SHOAL_MAX_RANK], one, other;
    shoal_status status = bind(graph, call, parameters, 3, &b, &x, err);
    if (!status) status = shoal_call_axis_of(graph, b.slot[1], x, &one, err);
    if (!status) status = shoal_call_axis_of(graph, b.slot[2], x, &other, err);
    if (status) return status;
    for (int k = 0; k < x->rank; k++) axes[k] = k == one ? other : k == other ? one : k;
    return permute(graph, x, axes, out, err);
}

static shoal_status call_matrix_transpose(shoal_graph *graph, const shoal_syntax *call,
                                          shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x", NULL};
    shoal_bound b;
    shoal_node *x;
    int axes[SHOAL_MAX_RANK];
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    if (x->rank < 2) return shoal_fail_at(err, call->column, "a matrix has two axes or more");
    for (int k = 0; k < x->rank; k++) axes[k] = k;
    axes[x->rank - 1] = x->rank - 2;
    axes[x->rank - 2] = x->rank - 1;
    return permute(graph, x, axes, out, err);
}

static shoal_status call_moveaxis(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"a", "source", "destination", NULL};
    shoal_bound b;
    shoal_node *x;
    int from[SHOAL_MAX_RANK], to[SHOAL_MAX_RANK], axes[SHOAL_MAX_RANK], n, n_to;
    shoal_status status = bind(graph, call, parameters, 3, &b, &x, err);
    if (!status) status = shoal_call_axes(graph, b.slot[1], x->rank, from, &n, err);
    if (!status) status = shoal_call_axes(graph, b.slot[2], x->rank, to, &n_to, err);
    if (status) return status;
    if (n != n_to)
        return shoal_fail_at(err, call->column, "as many sources as destinations are needed");
    uint32_t moved = 0;
    for (int k = 0; k < x->rank; k++) axes[k] = -1;
    for (int k = 0; k < n; k++) {
        axes[to[k]] = from[k];
        moved |= (uint32_t)1 << from[k];
    }
    for (int k = 0, next = 0; k < x->rank; k++) {
        if (axes[k] >= 0) continue;
        while (moved >> next & 1) next++;
        axes[k] = next++;
    }
    return permute(graph, x, axes, out, err);
}

static shoal_status flip(shoal_graph *graph, shoal_node *x, uint32_t axes, shoal_node **out,
                         shoal_error *err)
{
    shoal_subscript s;
    shoal_subscript_all(x, &s);
    for (int k = 0; k < x->rank; k++)
        if (axes >> k & 1) turn_axis(x, k, &s);
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status call_flip(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"m", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int list[SHOAL_MAX_RANK], n;
    uint32_t axes = UINT32_MAX;
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    if (!shoal_call_is_none(b.slot[1])) {
        if ((status = shoal_call_axes(graph, b.slot[1], x->rank, list, &n, err))) return status;
        axes = 0;
        for (int k = 0; k < n; k++) axes |= (uint32_t)1 << list[k];
    }
    return flip(graph, x, axes, out, err);
}

/* flipud turns axis 0, fliplr axis 1. */
static shoal_status flip_axis(shoal_graph *graph, const shoal_syntax *call, int axis,
                              shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"m", NULL};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    if (x->rank <= axis)
        return shoal_fail_at(err, call->column, "%s() takes an array of %d axes or more",
                             call->text, axis + 1);
    return flip(graph, x, (uint32_t)1 << axis, out, err);
}

static shoal_status call_flipud(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return flip_axis(graph, call, 0, out, err);
}

static shoal_status call_fliplr(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return flip_axis(graph, call, 1, out, err);
}

static shoal_status call_rot90(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"m", "k", "axes", NULL};
    shoal_bound b;
    shoal_node *x;
    int64_t turns = 1;
    int axes[SHOAL_MAX_RANK] = {0, 1}, n = 2;
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (!status && b.slot[1]) status = shoal_call_integer(graph, b.slot[1], "k", &turns, err);
    if (!status && b.slot[2]) status = shoal_call_axes(graph, b.slot[2], x->rank, axes, &n, err);
    if (status) return status;
    if (n != 2 || x->rank < 2)
        return shoal_fail_at(err, call->column, "rot90() takes two axes of an array");
    int quarter = (int)((turns % 4 + 4) % 4);
    shoal_subscript s = {.rank = x->rank};
    for (int k = 0; k < x->rank; k++) {
        bool swaps = quarter % 2 == 1;
        keep_axis(x, swaps && k == axes[0] ? axes[1] : swaps && k == axes[1] ? axes[0] : k, &s);
    }
    if (quarter == 1 || quarter == 2) turn_axis(x, axes[1], &s);
    if (quarter == 3 || quarter == 2) turn_axis(x, axes[0], &s);
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status call_squeeze(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"a", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int list[SHOAL_MAX_RANK], n = 0;
    bool all;
    uint32_t goes = 0;
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    all = shoal_call_is_none(b.slot[1]);
    if (!all) status = shoal_call_axes(graph, b.slot[1], x->rank, list, &n, err);
    if (status) return status;
    for (int k = 0; k < n; k++) {
        goes |= (uint32_t)1 << list[k];
        if (x->shape[list[k]] != 1)
            return shoal_fail_at(err, b.slot[1]->column, "axis %d has %llu elements, not 1",
                                 list[k], (unsigned long long)x->shape[list[k]]);
    }
    shoal_subscript s = {.rank = x->rank};
    for (int k = 0; k < x->rank; k++)
        if (!(all ? x->shape[k] == 1 : goes >> k & 1)) keep_axis(x, k, &s);
    return shoal_graph_view(graph, x, &s, out, err);
}

shoal_status shoal_graph_expand(shoal_graph *graph, shoal_node *x, uint32_t added, int rank,
                                shoal_node **out, shoal_error *err)
{
    shoal_subscript s = {.rank = x->rank};
    for (int k = 0, next = 0; k < rank; k++) {
        if (added >> k & 1)
            add_axis(1, &s);
        else
            keep_axis(x, next++, &s);
    }
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status call_expand_dims(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                     shoal_error *err)
{
    static const char *const parameters[] = {"a", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int list[SHOAL_MAX_RANK];
    uint32_t added = 0;
    shoal_status status = bind(graph, call, parameters, 2, &b, &x, err);
    if (status) return status;
    int n = b.slot[1]->kind == SHOAL_SYNTAX_TUPLE ? b.slot[1]->n_children : 1;
    if (n + x->rank > SHOAL_MAX_RANK)
        return shoal_fail_at(err, b.slot[1]->column, "more than %d axes", SHOAL_MAX_RANK);
    status = shoal_call_axes(graph, b.slot[1], x->rank + n, list, &n, err);
    if (status) return status;
    for (int k = 0; k < n; k++) added |= (uint32_t)1 << list[k];
    return shoal_graph_expand(graph, x, added, x->rank + n, out, err);
}

shoal_status shoal_graph_broadcast(shoal_graph *graph, shoal_node *x, int rank,
                                   const uint64_t *shape, int column, shoal_node **out,
                                   shoal_error *err)
{
    shoal_subscript s = {.rank = x->rank};
    char text[2][700];
    int shift = rank - x->rank;
    for (int k = 0; k < rank; k++) {
        int axis = k - shift;
        if (axis >= 0 && x->shape[axis] == shape[k])
            keep_axis(x, axis, &s);
        else if (shift >= 0 && (axis < 0 || x->shape[axis] == 1))
            add_axis(shape[k], &s);
        else
            shift = -1;
        if (shift < 0)
            return shoal_fail_at(err, column, "shape %s does not broadcast to %s",
                                 shoal_shape_text(x->rank, x->shape, text[0], sizeof text[0]),
                                 shoal_shape_text(rank, shape, text[1], sizeof text[1]));
    }
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status call_broadcast_to(shoal_graph *graph, const shoal_syntax *call,
                                      shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"array", "shape", NULL};
    shoal_bound b;
    shoal_node *x;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    shoal_status status = bind(graph, call, parameters, 2, &b, &x, err);
    if (!status) status = shoal_call_shape(graph, b.slot[1], &rank, shape, err);
    return status ? status
                  : shoal_graph_broadcast(graph, x, rank, shape, b.slot[1]->column, out, err);
}

static shoal_status at_least(shoal_graph *graph, const shoal_syntax *call, int rank,
                             shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"a", NULL};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = bind(graph, call, parameters, 1, &b, &x, err);
    if (status) return status;
    return shoal_graph_at_least(graph, x, rank, out, err);
}

/* NumPy's places for the new axes: (1, n, 1) for three of one. */
shoal_status shoal_graph_at_least(shoal_graph *graph, shoal_node *x, int rank, shoal_node **out,
                                  shoal_error *err)
{
    static const uint32_t added[4][4] = {{0}, {1}, {3, 1}, {7, 5, 4}};
    *out = x;
    if (x->rank >= rank) return SHOAL_OK;
    return shoal_graph_expand(graph, x, added[rank][x->rank], rank, out, err);
}

static shoal_status call_atleast_1d(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                    shoal_error *err)
{
    return at_least(graph, call, 1, out, err);
}

static shoal_status call_atleast_2d(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                    shoal_error *err)
{
    return at_least(graph, call, 2, out, err);
}

static shoal_status call_atleast_3d(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                    shoal_error *err)
{
    return at_least(graph, call, 3, out, err);
}

const shoal_named_call shoal_functions_view[] = {
    {"transpose", call_transpose},
    {"permute_dims", call_transpose},
    {"T", call_transpose},
    {"matrix_transpose", call_matrix_transpose},
    {"mT", call_matrix_transpose},
    {"swapaxes", call_swapaxes},
    {"moveaxis", call_moveaxis},
    {"flip", call_flip},
    {"flipud", call_flipud},
    {"fliplr", call_fliplr},
    {"rot90", call_rot90},
    {"squeeze", call_squeeze},
    {"expand_dims", call_expand_dims},
    {"broadcast_to", call_broadcast_to},
    {"atleast_1d", call_atleast_1d},
    {"atleast_2d", call_atleast_2d},
    {"atleast_3d", call_atleast_3d},
    {NULL, NULL},
};
