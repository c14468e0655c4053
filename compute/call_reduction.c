/* Reductions with their keywords. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

/* NumPy lets a scalar be reduced along its axis 0, except by the means, whose code looks it up. */
static bool takes_scalar_axis(shoal_op op, shoal_type_code type)
{
    switch (op) {
    case SHOAL_OP_MEAN:
    case SHOAL_OP_VAR:
    case SHOAL_OP_STD: return false;
    case SHOAL_OP_NANMEAN:
    case SHOAL_OP_NANVAR:
    case SHOAL_OP_NANSTD: return type >= SHOAL_FLOAT16;
    default: return true;
    }
}

/* The reductions that have no answer for no elements, as in NumPy. */
static bool needs_elements(shoal_op op)
{
    switch (op) {
    case SHOAL_OP_MIN:
    case SHOAL_OP_MAX:
    case SHOAL_OP_NANMIN:
    case SHOAL_OP_NANMAX:
    case SHOAL_OP_ARGMIN:
    case SHOAL_OP_ARGMAX:
    case SHOAL_OP_NANARGMIN:
    case SHOAL_OP_NANARGMAX: return true;
    default: return false;
    }
}

/* Which keywords a reduction has beside axis and keepdims: sums and products a dtype that is also
   the result's, the means one to compute in, variances ddof. */
static bool is_sum(shoal_op op)
{
    return op == SHOAL_OP_SUM || op == SHOAL_OP_PROD || op == SHOAL_OP_NANSUM ||
           op == SHOAL_OP_NANPROD;
}

static bool is_spread(shoal_op op)
{
    return op == SHOAL_OP_VAR || op == SHOAL_OP_STD || op == SHOAL_OP_NANVAR ||
           op == SHOAL_OP_NANSTD;
}

static shoal_status check_keywords(const shoal_syntax *call, const shoal_bound *b, shoal_op op,
                                   shoal_error *err)
{
    bool computes = is_sum(op) || is_spread(op) || op == SHOAL_OP_MEAN || op == SHOAL_OP_NANMEAN;
    const shoal_syntax *ddof = b->slot[4] ? b->slot[4] : b->slot[5];
    if (b->slot[3] && !computes)
        return shoal_fail_at(err, b->slot[3]->column, "%s() takes no dtype", call->text);
    if (ddof && !is_spread(op))
        return shoal_fail_at(err, ddof->column, "%s() takes no ddof", call->text);
    return SHOAL_OK;
}

static bool is_arg_form(shoal_op op)
{
    return op == SHOAL_OP_ARGMIN || op == SHOAL_OP_ARGMAX || op == SHOAL_OP_NANARGMIN ||
           op == SHOAL_OP_NANARGMAX;
}

/* by=: the groups of the one axis. */
static shoal_status group_by(shoal_graph *graph, const shoal_syntax *call, const shoal_bound *b,
                             const shoal_node *x, shoal_node *n, shoal_error *err)
{
    const shoal_syntax *by = b->slot[6];
    if (shoal_call_is_none(by)) return SHOAL_OK;
    if (is_arg_form(n->op))
        return shoal_fail_at(err, by->column, "%s() does not take by=", call->text);
    if (!shoal_call_is_none(b->slot[2]))
        return shoal_fail_at(err, b->slot[2]->column,
                             "by= keeps the axis as it is: there is no keepdims with it");
    return shoal_call_groups(graph, call, by, x, n->axes, &n->groups, err);
}

/* Groups of no elements have NaN for what has no answer, for which whole numbers have no place;
   those of times that may be missing have one. */
static bool wants_nan(const shoal_node *x, const shoal_node *n)
{
    bool has_nat = x->time && x->time->has_nat && x->type.code == SHOAL_INT64;
    return n->groups && n->groups->has_empty && needs_elements(n->op) &&
           x->type.code < SHOAL_FLOAT16 && !has_nat;
}

static shoal_status reduced_shape(const shoal_node *x, bool keepdims, int column, shoal_node *n,
                                  shoal_error *err)
{
    uint64_t n_reduced = 1;
    for (int k = 0; k < x->rank; k++) {
        bool goes = n->axes >> k & 1;
        if (goes && x->shape[k] == 0) n_reduced = 0;
        if (!goes)
            n->shape[n->rank++] = x->shape[k];
        else if (n->groups)
            n->shape[n->rank++] = n->groups->n;
        else if (keepdims)
            n->shape[n->rank++] = 1;
    }
    if (n_reduced == 0 && !n->groups && needs_elements(n->op))
        return shoal_fail_at(err, column, "%s of no elements has no answer",
                             shoal_operation_of(n->op)->name);
    return SHOAL_OK;
}

/* The node of a reduction, whose argument has the type that it is computed in. */
static shoal_status add_reduction(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                  bool keepdims, shoal_node *n, shoal_node **out, shoal_error *err)
{
    shoal_status status;
    shoal_argument argument = {.type = x->type.code};
    shoal_signature s;
    if ((status = shoal_operation_resolve(n->op, &argument, &s, err))) return status;
    if ((status = shoal_graph_cast(graph, x, s.cast[0], &n->arg[0], err))) return status;
    if ((status = reduced_shape(x, keepdims, call->column, n, err))) return status;
    n->loop = s.loop;
    n->type = shoal_type_of(s.kernel_result);
    shoal_node *value;
    if ((status = shoal_graph_add(graph, n, &value, err))) return status;
    if (s.kernel_result == s.result) {
        *out = value;
        return SHOAL_OK;
    }
    return shoal_graph_cast(graph, value, s.result, out, err);
}

shoal_status shoal_call_reduce(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                               shoal_node *x, uint32_t axes, shoal_node **out, shoal_error *err)
{
    shoal_node n = {.kind = SHOAL_NODE_REDUCE, .op = op, .n_args = 1, .source = -1, .axes = axes};
    shoal_status status = shoal_graph_operand(graph, x, &x, err);
    return status ? status : add_reduction(graph, call, x, false, &n, out, err);
}

/* Where an axis was refused: max(a, b) was meant as Python's. */
static shoal_status explain_axis(const shoal_syntax *call, shoal_op op, const shoal_syntax *axis,
                                 shoal_status status, shoal_error *err)
{
    const char *of_two = op == SHOAL_OP_MIN      ? "minimum"
                         : op == SHOAL_OP_MAX    ? "maximum"
                         : op == SHOAL_OP_NANMIN ? "fmin"
                         : op == SHOAL_OP_NANMAX ? "fmax"
                                                 : NULL;
    bool is_array = axis->kind == SHOAL_SYNTAX_NAME || axis->kind == SHOAL_SYNTAX_INDEX ||
                    axis->kind == SHOAL_SYNTAX_FLOAT ||
                    (axis->kind == SHOAL_SYNTAX_CALL && strcmp(axis->text, "negative") != 0);
    bool is_second = call->n_children > 1 && call->child[1] == axis; /* no keyword */
    if (status != SHOAL_USAGE || !of_two || !is_array || !is_second) return status;
    return shoal_fail_at(err, axis->column,
                         "%s() takes one array, and an axis; of two, element by element, there is "
                         "%s(a, b)",
                         call->text, of_two);
}

shoal_status shoal_call_reduction(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                  shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x",    "axis",       "keepdims", "dtype",
                                             "ddof", "correction", "by",       NULL};
    shoal_bound b;
    shoal_node *x;
    bool keepdims;
    shoal_node n = {.kind = SHOAL_NODE_REDUCE, .op = op, .n_args = 1, .source = -1};
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = check_keywords(call, &b, op, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status && x->type.code >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "%s() does not work on %s", call->text,
                             x->type.code == SHOAL_TEXT ? "text" : "records");
    shoal_type_code type = SHOAL_FLOAT64;
    if (shoal_call_is_none(b.slot[3])) b.slot[3] = NULL;
    if (!status && b.slot[3] && !(status = shoal_call_type(b.slot[3], &type, err)))
        status = shoal_graph_cast(graph, x, type, &x, err);
    if (!status) status = shoal_graph_operand(graph, x, &x, err);
    if (!status) status = shoal_call_time_values(graph, op, call->column, &x, err);
    if (!status) {
        status = shoal_call_axis_set(graph, b.slot[1], x, takes_scalar_axis(op, x->type.code),
                                     &n.axes, err);
        if (status) return explain_axis(call, op, b.slot[1], status, err);
    }
    if (!status) status = shoal_call_flag(graph, b.slot[2], &keepdims, err);
    if (!status)
        status =
            shoal_call_float(graph, b.slot[4] ? b.slot[4] : b.slot[5], "ddof", &n.ddof, NULL, err);
    if (status) return status;
    if (is_arg_form(op) && x->rank > 1 && __builtin_popcount(n.axes) > 1 &&
        !shoal_call_is_none(b.slot[1]))
        return shoal_fail_at(err, b.slot[1]->column, "%s() takes one axis, or none for all",
                             call->text);
    if ((status = group_by(graph, call, &b, x, &n, err))) return status;
    if (wants_nan(x, &n)) status = shoal_graph_cast(graph, x, SHOAL_FLOAT64, &x, err);
    if (!status) status = add_reduction(graph, call, x, keepdims, &n, out, err);
    if (!status && b.slot[3] && is_sum(op)) status = shoal_graph_cast(graph, *out, type, out, err);
    return status;
}
