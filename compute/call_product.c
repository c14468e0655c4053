/* Sums of products: dot, vdot, vecdot, matmul of single axes, and the norm. */
#include "compute/call.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/lex.h"

#include <string.h>

static shoal_status add_dot(shoal_graph *graph, shoal_node *const *args, bool conjugates, bool root,
                            shoal_node **out, shoal_error *err)
{
    shoal_type_code type = args[0]->type.code;
    shoal_type_code real = type == SHOAL_COMPLEX64    ? SHOAL_FLOAT32
                           : type == SHOAL_COMPLEX128 ? SHOAL_FLOAT64
                                                      : type;
    shoal_dot *p = shoal_arena_alloc(graph->arena, sizeof *p);
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *p = (shoal_dot){.type = type, .conjugates = conjugates, .root = root};
    shoal_node n = {.kind = SHOAL_NODE_TALLY,
                    .type = shoal_type_of(root ? real : type),
                    .n_args = 2,
                    .arg = {args[0], args[1]},
                    .source = -1,
                    .tally = &shoal_tally_dot,
                    .params = p,
                    .params_bytes = sizeof *p};
    return shoal_graph_add(graph, &n, out, err);
}

/* Both arguments in their common type. */
static shoal_status read_pair(shoal_graph *graph, const shoal_syntax *call, const shoal_bound *b,
                              shoal_node **args, shoal_error *err)
{
    shoal_type_code type = SHOAL_TEXT;
    shoal_argument a[2];
    for (int k = 0; k < 2; k++) {
        shoal_status status = shoal_graph_expression(graph, b->slot[k], &args[k], err);
        if (status) return status;
        a[k] = (shoal_argument){.type = args[k]->type.code, .weak = args[k]->weak};
        if (args[k]->weak && args[k]->kind == SHOAL_NODE_LITERAL) {
            memcpy(&a[k].literal, args[k]->value, sizeof a[k].literal);
            memcpy(&a[k].literal_int, args[k]->value, sizeof a[k].literal_int);
        }
        if (args[k]->type.code >= SHOAL_TEXT)
            return shoal_fail_at(err, call->column, "%s() does not work on text", call->text);
    }
    shoal_status status = shoal_promote(a[0], a[1], &type, err);
    for (int k = 0; k < 2 && !status; k++)
        status = shoal_graph_cast(graph, args[k], type, &args[k], err);
    return status;
}

static bool same_shape(const shoal_node *a, const shoal_node *b)
{
    bool same = a->rank == b->rank;
    for (int k = 0; k < a->rank && same; k++) same = a->shape[k] == b->shape[k];
    return same;
}

static shoal_status shapes_differ(const shoal_syntax *call, shoal_node *const *args,
                                  shoal_error *err)
{
    char a[700], b[700];
    return shoal_fail_at(err, call->column, "%s() takes arrays of one shape, not %s and %s",
                         call->is_operator ? "matmul" : call->text,
                         shoal_shape_text(args[0]->rank, args[0]->shape, a, sizeof a),
                         shoal_shape_text(args[1]->rank, args[1]->shape, b, sizeof b));
}

/* dot(a, b), vdot(a, b) and matmul(a, b), which is a @ b. */
static shoal_status call_dot(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                             shoal_error *err)
{
    static const char *const parameters[] = {"a", "b", NULL};
    bool conjugates = strcmp(call->text, "vdot") == 0, scales = strcmp(call->text, "dot") == 0;
    shoal_bound b;
    shoal_node *args[2] = {NULL};
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = read_pair(graph, call, &b, args, err);
    if (status) return status;
    if (scales && (args[0]->rank == 0 || args[1]->rank == 0))
        return shoal_graph_element(graph, SHOAL_OP_MULTIPLY, args, call->column, out, err);
    if (!conjugates && (args[0]->rank != 1 || args[1]->rank != 1))
        return shoal_fail_at(err, call->column, "%s() takes arrays of one axis", call->text);
    if (!same_shape(args[0], args[1])) return shapes_differ(call, args, err);
    return add_dot(graph, args, conjugates, false, out, err);
}

/* Products of the lines of several axes: floats' in the next wider type, and their sums exact. */
static shoal_status sum_products(shoal_graph *graph, const shoal_syntax *call, shoal_node **args,
                                 int axis, shoal_node **out, shoal_error *err)
{
    static const shoal_type_code wider[SHOAL_TEXT] = {[SHOAL_FLOAT16] = SHOAL_FLOAT32,
                                                      [SHOAL_FLOAT32] = SHOAL_FLOAT64,
                                                      [SHOAL_COMPLEX64] = SHOAL_COMPLEX128};
    shoal_type_code type = args[0]->type.code, wide = wider[type] ? wider[type] : type;
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++)
        status = shoal_graph_cast(graph, args[k], wide, &args[k], err);
    if (!status && shoal_code_kind(type) == SHOAL_KIND_COMPLEX)
        status = shoal_graph_element(graph, SHOAL_OP_CONJUGATE, args, call->column, &args[0], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_MULTIPLY, args, call->column, out, err);
    if (!status)
        status = shoal_call_reduce(graph, call, SHOAL_OP_SUM, *out, (uint32_t)1 << axis, out, err);
    return status ? status : shoal_graph_cast(graph, *out, type, out, err);
}

static shoal_status call_vecdot(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"x1", "x2", "axis", NULL};
    shoal_bound b;
    shoal_node *args[2] = {NULL}, common = {0};
    int axis = 0;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = read_pair(graph, call, &b, args, err);
    if (!status && (args[0]->rank == 0 || args[1]->rank == 0))
        return shoal_fail_at(err, call->column, "vecdot() takes arrays with axes");
    if (!status) status = shoal_graph_common_shape(args, 2, call->column, &common, err);
    if (status) return status;
    axis = common.rank - 1;
    if (b.slot[2]) status = shoal_call_axis(graph, b.slot[2], common.rank, &axis, err);
    if (status) return status;
    for (int k = 0; k < 2; k++) { /* the lines themselves are not broadcast */
        int at = axis - (common.rank - args[k]->rank);
        if (at < 0 || args[k]->shape[at] != common.shape[axis])
            return shapes_differ(call, args, err);
    }
    if (common.rank == 1) return add_dot(graph, args, true, false, out, err);
    return sum_products(graph, call, args, axis, out, err);
}

/* norm(x): the root of the sum of the squares of all elements. */
static shoal_status call_norm(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"x", NULL};
    shoal_bound b;
    shoal_node *x = NULL;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_COMPLEX, &x, err);
    if (!status && x->type.code < SHOAL_FLOAT16)
        status = shoal_graph_cast(graph, x, SHOAL_FLOAT64, &x, err);
    if (status) return status;
    shoal_node *args[2] = {x, x};
    return add_dot(graph, args, true, true, out, err);
}

const shoal_named_call shoal_functions_product[] = {
    {"dot", call_dot},       {"vdot", call_dot},  {"matmul", call_dot},
    {"vecdot", call_vecdot}, {"norm", call_norm}, {NULL, NULL},
};
