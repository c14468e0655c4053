/* Functions that pick elements: by index, by condition. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

static shoal_status mode_of(const shoal_syntax *s, shoal_take_mode *out, shoal_error *err)
{
    static const char *const names[] = {"raise", "wrap", "clip"};
    *out = SHOAL_TAKE_RAISE;
    if (!s) return SHOAL_OK;
    for (int k = 0; k < 3; k++) {
        if (s->kind != SHOAL_SYNTAX_STRING || strcmp(s->text, names[k]) != 0) continue;
        *out = (shoal_take_mode)k;
        return SHOAL_OK;
    }
    return shoal_fail_at(err, s->column, "the mode is 'raise', 'wrap' or 'clip'");
}

/* The axis, or the array as one axis where none is named. */
static shoal_status axis_or_flat(shoal_graph *graph, const shoal_syntax *s, shoal_node **x,
                                 int *axis, shoal_error *err)
{
    *axis = 0;
    return shoal_call_is_none(s) ? shoal_graph_ravel(graph, *x, x, err)
                                 : shoal_call_axis_of(graph, s, *x, axis, err);
}

static shoal_status call_take(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"a", "indices", "axis", "mode", NULL};
    shoal_bound b;
    shoal_node *x, *indices;
    int axis;
    shoal_take_mode mode;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[1], &indices, err);
    if (!status) status = mode_of(b.slot[3], &mode, err);
    if (!status) status = axis_or_flat(graph, b.slot[2], &x, &axis, err);
    return status ? status
                  : shoal_graph_take(graph, x, axis, indices, mode, b.slot[1]->column, out, err);
}

/* As a bool array of one axis, that may be shorter than the axis it selects from. */
static shoal_status compress(shoal_graph *graph, shoal_node *x, int axis, shoal_node *condition,
                             int column, shoal_node **out, shoal_error *err)
{
    shoal_status status = shoal_graph_cast(graph, condition, SHOAL_BOOL, &condition, err);
    if (status) return status;
    if (condition->rank != 1 || condition->shape[0] > x->shape[axis])
        return shoal_fail_at(err, column, "a condition has one axis, and is no longer than it");
    shoal_subscript s;
    shoal_subscript_all(x, &s);
    s.count[axis] = condition->shape[0];
    status = shoal_graph_view(graph, x, &s, &x, err);
    return status ? status : shoal_graph_compress(graph, x, axis, condition, column, out, err);
}

static shoal_status call_compress(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"condition", "a", "axis", NULL};
    shoal_bound b;
    shoal_node *x, *condition;
    int axis;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &condition, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[1], &x, err);
    if (!status) status = axis_or_flat(graph, b.slot[2], &x, &axis, err);
    return status ? status : compress(graph, x, axis, condition, b.slot[0]->column, out, err);
}

static shoal_status call_extract(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"condition", "arr", NULL};
    shoal_bound b;
    shoal_node *x, *condition;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &condition, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[1], &x, err);
    if (!status) status = shoal_graph_ravel(graph, condition, &condition, err);
    if (!status) status = shoal_graph_ravel(graph, x, &x, err);
    return status ? status : compress(graph, x, 0, condition, b.slot[0]->column, out, err);
}

static shoal_status not_zero(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                             shoal_error *err)
{
    static const char *const parameters[] = {"a", NULL};
    shoal_bound b;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], out, err);
    return status ? status : shoal_graph_cast(graph, *out, SHOAL_BOOL, out, err);
}

static shoal_status call_flatnonzero(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                     shoal_error *err)
{
    shoal_node *mask, *position;
    shoal_status status = not_zero(graph, call, &mask, err);
    if (!status) status = shoal_graph_ravel(graph, mask, &mask, err);
    if (!status) status = shoal_graph_positions(graph, 1, mask->shape, 0, &position, err);
    return status ? status : shoal_graph_compress(graph, position, 0, mask, call->column, out, err);
}

/* Each axis' positions where the argument is not 0, side by side. */
static shoal_status call_argwhere(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    shoal_node *mask, *column[SHOAL_MAX_RANK];
    shoal_status status = not_zero(graph, call, &mask, err);
    if (status) return status;
    if (mask->rank == 0)
        return shoal_fail_at(err, call->column, "argwhere() takes an array with axes");
    for (int k = 0; k < mask->rank && !status; k++) {
        status = shoal_graph_positions(graph, mask->rank, mask->shape, k, &column[k], err);
        if (!status)
            status = shoal_graph_compress(graph, column[k], 0, mask, call->column, &column[k], err);
        if (!status) status = shoal_graph_expand(graph, column[k], 2, 2, &column[k], err);
    }
    return status ? status
                  : shoal_graph_concatenate(graph, column, mask->rank, 1, call->column, out, err);
}

const shoal_named_call shoal_functions_take[] = {
    {"take", call_take},         {"compress", call_compress},
    {"extract", call_extract},   {"flatnonzero", call_flatnonzero},
    {"argwhere", call_argwhere}, {NULL, NULL},
};
