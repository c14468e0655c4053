/* Differences, areas and shifts along an axis. The first two are slices of their array, and need no
   line to be whole. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

#define MOST_DIFFERENCES 32

/* x[1:] op x[:-1] */
static shoal_status neighbours(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                               shoal_node *x, int axis, shoal_node **out, shoal_error *err)
{
    shoal_node *args[3];
    uint64_t n = x->shape[axis] ? x->shape[axis] - 1 : 0;
    shoal_range later = {n ? 1 : 0, 1, n}, earlier = {0, 1, n};
    shoal_status status = shoal_graph_slice(graph, x, axis, &later, &args[0], err);
    if (!status) status = shoal_graph_slice(graph, x, axis, &earlier, &args[1], err);
    return status ? status : shoal_graph_element(graph, op, args, call->column, out, err);
}

static shoal_status call_diff(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"x", "n", "axis", NULL};
    shoal_bound b;
    int axis;
    int64_t n = 1;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status)
        status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_COMPLEX, out, err);
    if (!status) status = shoal_call_whole(graph, b.slot[1], "n", 0, MOST_DIFFERENCES, &n, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], *out, &axis, err);
    if (!status && axis < 0) return shoal_fail_at(err, b.slot[2]->column, "diff() takes one axis");
    for (int64_t k = 0; k < n && !status; k++) {
        bool truths = (*out)->type.code == SHOAL_BOOL;
        status = neighbours(graph, call, truths ? SHOAL_OP_NOT_EQUAL : SHOAL_OP_SUBTRACT, *out,
                            axis, out, err);
    }
    return status;
}

/* The distances: of x, along its only axis or the same one as y's; or dx. */
static shoal_status distances(shoal_graph *graph, const shoal_syntax *call, const shoal_bound *b,
                              const shoal_node *y, int axis, shoal_node **out, shoal_error *err)
{
    double dx = 1;
    shoal_status status = SHOAL_OK;
    if (shoal_call_is_none(b->slot[1])) {
        status = shoal_call_float(graph, b->slot[2], "dx", &dx, NULL, err);
        return status ? status : shoal_graph_literal_float(graph, dx, out, err);
    }
    status = shoal_call_line_array(graph, call, b->slot[1], SHOAL_KIND_COMPLEX, out, err);
    if (status) return status;
    int of_x = (*out)->rank == 1 ? 0 : axis;
    if ((*out)->rank != 1 && (*out)->rank != y->rank)
        return shoal_fail_at(err, b->slot[1]->column, "x has one axis, or as many as y");
    if ((*out)->rank == 1 && axis != y->rank - 1)
        return shoal_fail_at(err, b->slot[1]->column,
                             "x of one axis goes with y's last; give x[:, None] for another");
    return neighbours(graph, call, SHOAL_OP_SUBTRACT, *out, of_x, out, err);
}

static shoal_status call_trapezoid(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const parameters[] = {"y", "x", "dx", "axis", NULL};
    shoal_bound b;
    shoal_node *y, *args[3];
    int axis;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status)
        status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_COMPLEX, &y, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[3], y, &axis, err);
    if (!status && axis < 0)
        return shoal_fail_at(err, b.slot[3]->column, "trapezoid() takes one axis");
    if (!status) status = distances(graph, call, &b, y, axis, &args[0], err);
    if (!status) status = neighbours(graph, call, SHOAL_OP_ADD, y, axis, &args[1], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_MULTIPLY, args, call->column, &args[0], err);
    if (!status) status = shoal_graph_literal_float(graph, 2, &args[1], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_DIVIDE, args, call->column, &args[0], err);
    return status ? status
                  : shoal_call_reduce(graph, call, SHOAL_OP_SUM, args[0], (uint32_t)1 << axis, out,
                                      err);
}

static shoal_status call_shift(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"x", "n", "axis", "fill", NULL};
    shoal_bound b;
    shoal_node *x, *fill;
    int axis;
    shoal_shifting p;
    memset(&p, 0, sizeof p);
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status)
        status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_COMPLEX, &x, err);
    if (!status)
        status = shoal_call_whole(graph, b.slot[1], "n", -INT64_MAX, INT64_MAX, &p.by, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (status) return status;
    if (!b.slot[3] && shoal_code_kind(x->type.code) < SHOAL_KIND_FLOAT)
        return shoal_fail_at(err, call->column,
                             "%s have no NaN to fill with; give fill=0, or shift float64(x)",
                             x->type.code == SHOAL_BOOL ? "bools" : "integers");
    status = b.slot[3] ? shoal_call_number(graph, b.slot[3], "fill", &fill, err)
                       : shoal_graph_literal_float(graph, (double)NAN, &fill, err);
    if (!status) status = shoal_graph_cast(graph, fill, x->type.code, &fill, err);
    if (status) return status;
    p.size = x->type.n_bytes;
    memcpy(p.fill, fill->value, sizeof p.fill);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_shift, x->type.code,
                                shoal_call_line_length(x, axis), &p, sizeof p, out, err);
}

const shoal_named_call shoal_functions_shift[] = {
    {"diff", call_diff},
    {"trapezoid", call_trapezoid},
    {"shift", call_shift},
    {NULL, NULL},
};
