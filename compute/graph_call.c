/* Calls: operations, reductions with their keywords, casts, and what is composed of others. */
#include "compute/graph.h"

#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/lex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ARGUMENTS 8

/* A call's arguments with keywords put to their places: slots[k] is parameter k, or NULL. */
typedef struct bound {
    const shoal_syntax *slot[MAX_ARGUMENTS];
} bound;

static shoal_status bind(const shoal_syntax *call, const char *const *parameters, int n_required,
                         bound *out, shoal_error *err)
{
    *out = (bound){{0}};
    int n_parameters = 0;
    while (parameters[n_parameters]) n_parameters++;
    for (int k = 0; k < call->n_children; k++) {
        const shoal_syntax *c = call->child[k];
        int at = k;
        if (c->kind == SHOAL_SYNTAX_KEYWORD) {
            for (at = 0; at < n_parameters && strcmp(parameters[at], c->text) != 0;) at++;
            if (at == n_parameters) {
                const char *near = shoal_nearest_word(c->text, parameters, (size_t)n_parameters);
                return shoal_fail_at(err, c->column, "%s() has no argument '%s'%s%s%s", call->text,
                                     c->text, near ? "; did you mean '" : "", near ? near : "",
                                     near ? "'?" : "");
            }
            c = c->child[0];
        } else if (at >= n_parameters) {
            return shoal_fail_at(err, c->column, "%s() takes at most %d arguments", call->text,
                                 n_parameters);
        }
        if (out->slot[at])
            return shoal_fail_at(err, c->column, "%s() got '%s' twice", call->text, parameters[at]);
        out->slot[at] = c;
    }
    for (int k = 0; k < n_required; k++)
        if (!out->slot[k])
            return shoal_fail_at(err, call->column, "%s() lacks its argument '%s'", call->text,
                                 parameters[k]);
    return SHOAL_OK;
}

static shoal_status literal_of(shoal_graph *graph, const shoal_syntax *s, const char *what,
                               shoal_node **out, shoal_error *err)
{
    shoal_status status = shoal_graph_expression(graph, s, out, err);
    if (status) return status;
    if ((*out)->kind == SHOAL_NODE_LITERAL && (*out)->type.code != SHOAL_COMPLEX128)
        return SHOAL_OK;
    return shoal_fail_at(err, s->column, "%s must be a number", what);
}

static shoal_status axis_of(shoal_graph *graph, const shoal_syntax *s, int rank, int *axis,
                            shoal_error *err)
{
    shoal_node *n;
    shoal_status status = literal_of(graph, s, "an axis", &n, err);
    if (status) return status;
    if (n->type.code != SHOAL_INT64)
        return shoal_fail_at(err, s->column, "an axis must be a whole number");
    int64_t v;
    memcpy(&v, n->value, sizeof v);
    if (v < -rank || v >= rank)
        return shoal_fail_at(err, s->column, "axis %lld is out of bounds for %d axes", (long long)v,
                             rank);
    *axis = (int)(v < 0 ? v + rank : v);
    return SHOAL_OK;
}

static bool is_none(const shoal_syntax *s)
{
    return !s || (s->kind == SHOAL_SYNTAX_NAME && strcmp(s->text, "None") == 0);
}

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

static shoal_status axes_of(shoal_graph *graph, const shoal_syntax *s, shoal_op op,
                            const shoal_node *x, uint32_t *axes, shoal_error *err)
{
    int rank = x->rank;
    *axes = rank == 32 ? UINT32_MAX : ((uint32_t)1 << rank) - 1;
    if (is_none(s)) return SHOAL_OK;
    *axes = 0;
    bool many = s->kind == SHOAL_SYNTAX_TUPLE;
    for (int k = 0; k < (many ? s->n_children : 1); k++) {
        int axis = 0;
        const shoal_syntax *one = many ? s->child[k] : s;
        bool scalar = rank == 0 && !many && takes_scalar_axis(op, x->type.code);
        shoal_status status = axis_of(graph, one, scalar ? 1 : rank, &axis, err);
        if (status) return status;
        if (scalar) continue;
        if (*axes >> axis & 1)
            return shoal_fail_at(err, one->column, "axis %d is named twice", axis);
        *axes |= (uint32_t)1 << axis;
    }
    return SHOAL_OK;
}

static shoal_status type_of(const shoal_syntax *s, shoal_type_code *out, shoal_error *err)
{
    shoal_type type;
    if ((s->kind == SHOAL_SYNTAX_NAME || s->kind == SHOAL_SYNTAX_STRING) &&
        shoal_type_parse(s->text, &type) && type.code < SHOAL_TEXT) {
        *out = type.code;
        return SHOAL_OK;
    }
    return shoal_fail_at(err, s->column, "a number type is expected here, such as float32 or i8");
}

static shoal_status flag_of(shoal_graph *graph, const shoal_syntax *s, bool *out, shoal_error *err)
{
    shoal_node *n;
    *out = false;
    if (!s) return SHOAL_OK;
    shoal_status status = literal_of(graph, s, "keepdims", &n, err);
    if (!status) *out = n->value[0] != 0;
    return status;
}

static shoal_status ddof_of(shoal_graph *graph, const shoal_syntax *s, double *out,
                            shoal_error *err)
{
    shoal_node *n;
    *out = 0;
    if (!s) return SHOAL_OK;
    shoal_status status = literal_of(graph, s, "ddof", &n, err);
    if (status) return status;
    int64_t v;
    memcpy(out, n->value, sizeof *out);
    memcpy(&v, n->value, sizeof v);
    if (n->type.code == SHOAL_INT64) *out = (double)v;
    return SHOAL_OK;
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

static bool is_arg_form(shoal_op op)
{
    return op == SHOAL_OP_ARGMIN || op == SHOAL_OP_ARGMAX || op == SHOAL_OP_NANARGMIN ||
           op == SHOAL_OP_NANARGMAX;
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
        else if (keepdims)
            n->shape[n->rank++] = 1;
    }
    if (n_reduced == 0 && needs_elements(n->op))
        return shoal_fail_at(err, column, "%s of no elements has no answer",
                             shoal_operation_of(n->op)->name);
    return SHOAL_OK;
}

static shoal_status call_reduction(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                   shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x", "axis", "keepdims", "dtype", "ddof", NULL};
    bound b;
    shoal_node *x;
    bool keepdims;
    shoal_node n = {.kind = SHOAL_NODE_REDUCE, .op = op, .n_args = 1, .source = -1};
    shoal_status status = bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status && x->type.code >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "%s() does not work on %s", call->text,
                             x->type.code == SHOAL_TEXT ? "text" : "records");
    shoal_type_code type = SHOAL_FLOAT64;
    if (!status && b.slot[3] && !(status = type_of(b.slot[3], &type, err)))
        status = shoal_graph_cast(graph, x, type, &x, err);
    if (!status) status = shoal_graph_operand(graph, x, &x, err);
    if (!status) status = axes_of(graph, b.slot[1], op, x, &n.axes, err);
    if (!status) status = flag_of(graph, b.slot[2], &keepdims, err);
    if (!status) status = ddof_of(graph, b.slot[4], &n.ddof, err);
    if (status) return status;
    if (is_arg_form(op) && x->rank > 1 && __builtin_popcount(n.axes) > 1 && !is_none(b.slot[1]))
        return shoal_fail_at(err, b.slot[1]->column, "%s() takes one axis, or none for all",
                             call->text);
    shoal_argument argument = {.type = x->type.code};
    shoal_signature s;
    if ((status = shoal_operation_resolve(op, &argument, &s, err))) return status;
    if ((status = shoal_graph_cast(graph, x, s.cast[0], &n.arg[0], err))) return status;
    if ((status = reduced_shape(x, keepdims, call->column, &n, err))) return status;
    n.loop = s.loop;
    n.type = shoal_type_of(s.kernel_result);
    shoal_node *value;
    if ((status = shoal_graph_add(graph, &n, &value, err))) return status;
    if (s.kernel_result == s.result) {
        *out = value;
        return SHOAL_OK;
    }
    return shoal_graph_cast(graph, value, s.result, out, err);
}

/* column == "text": against categories the literal is its code; fixed text has a kernel. */
static shoal_status text_compare(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                 const char *text, shoal_node **out, shoal_error *err)
{
    bool equal = strcmp(call->text, "equal") == 0;
    shoal_op op = equal ? SHOAL_OP_EQUAL : SHOAL_OP_NOT_EQUAL;
    const shoal_column *column = x->kind == SHOAL_NODE_LEAF && x->source >= 0
                                     ? graph->inputs->sources[x->source].column
                                     : NULL;
    shoal_status status;
    if (column && column->kind == SHOAL_COLUMN_CATEGORY) {
        int64_t code = -2; /* no row has it: missing is -1 */
        for (size_t k = 0; k < column->n_categories; k++)
            if (strcmp(column->categories[k], text) == 0) code = (int64_t)k;
        shoal_node *args[2] = {x, NULL};
        if ((status = shoal_graph_literal_int(graph, code, &args[1], err))) return status;
        return shoal_graph_element(graph, op, args, call->column, out, err);
    }
    if (x->type.code != SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "%s are compared with a text",
                             x->type.code == SHOAL_RECORD ? "records" : "numbers");
    shoal_node n = {.kind = SHOAL_NODE_TEXT_EQUAL,
                    .type = shoal_type_of(SHOAL_BOOL),
                    .rank = x->rank,
                    .n_args = 1,
                    .arg = {x},
                    .source = -1};
    memcpy(n.shape, x->shape, sizeof n.shape);
    char *padded = shoal_arena_alloc(graph->arena, x->type.n_bytes + 1);
    if (!padded) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    if (strlen(text) > x->type.n_bytes)
        memset(padded, 0xff, x->type.n_bytes); /* equals nothing */
    else
        memcpy(padded, text, strlen(text));
    n.text = padded;
    if ((status = shoal_graph_add(graph, &n, out, err)) || equal) return status;
    return shoal_graph_element(graph, SHOAL_OP_LOGICAL_NOT, out, call->column, out, err);
}

static shoal_status call_operation(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                   shoal_node **out, shoal_error *err)
{
    int arity = shoal_operation_of(op)->arity;
    if (call->n_children != arity)
        return shoal_fail_at(err, call->column, "%s() takes %d argument%s, not %d", call->text,
                             arity, arity == 1 ? "" : "s", call->n_children);
    bool compares = op == SHOAL_OP_EQUAL || op == SHOAL_OP_NOT_EQUAL;
    shoal_node *args[3];
    for (int k = 0; k < arity; k++) {
        const shoal_syntax *c = call->child[k];
        if (c->kind == SHOAL_SYNTAX_KEYWORD)
            return shoal_fail_at(err, c->column, "%s() has no argument '%s'", call->text, c->text);
        if (compares && c->kind == SHOAL_SYNTAX_STRING) {
            shoal_status status = shoal_graph_expression(graph, call->child[1 - k], &args[0], err);
            return status ? status : text_compare(graph, call, args[0], c->text, out, err);
        }
        shoal_status status = shoal_graph_expression(graph, c, &args[k], err);
        if (status) return status;
    }
    if (call->is_operator) {
        shoal_node n;
        bool folded;
        shoal_status status = shoal_graph_fold(op, args, arity, call->column, &n, &folded, err);
        if (status) return status;
        if (folded) return shoal_graph_add(graph, &n, out, err);
    }
    return shoal_graph_element(graph, op, args, call->column, out, err);
}

/* round(x, decimals) as NumPy does it: multiply, rint, divide. */
static shoal_status call_round(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"x", "decimals", NULL};
    bound b;
    shoal_node *args[2];
    int64_t decimals = 0;
    shoal_status status = bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &args[0], err);
    if (!status && b.slot[1]) {
        status = literal_of(graph, b.slot[1], "decimals", &args[1], err);
        if (!status) memcpy(&decimals, args[1]->value, sizeof decimals);
        if (!status && (args[1]->type.code != SHOAL_INT64 || decimals < -300 || decimals > 300))
            return shoal_fail_at(err, b.slot[1]->column, "decimals must be a whole number");
    }
    if (status) return status;
    *out = args[0];
    shoal_kind kind = shoal_code_kind(args[0]->type.code);
    bool whole = kind == SHOAL_KIND_INT || kind == SHOAL_KIND_UINT;
    if (whole && decimals >= 0) return shoal_graph_operand(graph, args[0], out, err);
    if (whole) return shoal_fail_at(err, call->column, "whole numbers round to 0 decimals or more");
    if (decimals == 0)
        return shoal_graph_element(graph, SHOAL_OP_ROUND, out, call->column, out, err);
    status = shoal_graph_literal_float(graph, pow(10, (double)llabs(decimals)), &args[1], err);
    shoal_op up = decimals > 0 ? SHOAL_OP_MULTIPLY : SHOAL_OP_DIVIDE;
    shoal_op down = decimals > 0 ? SHOAL_OP_DIVIDE : SHOAL_OP_MULTIPLY;
    if (!status) status = shoal_graph_element(graph, up, args, call->column, &args[0], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_RINT, args, call->column, &args[0], err);
    if (!status) status = shoal_graph_element(graph, down, args, call->column, out, err);
    return status;
}

/* astype(x, type), and type(x). */
static shoal_status call_cast(shoal_graph *graph, const shoal_syntax *call, bool named,
                              shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x", "dtype", NULL};
    bound b;
    shoal_type type = {0};
    shoal_status status = bind(call, parameters, named ? 2 : 1, &b, err);
    if (status) return status;
    if (named) {
        status = type_of(b.slot[1], &type.code, err);
    } else if (b.slot[1]) {
        return shoal_fail_at(err, call->column, "%s() takes one argument", call->text);
    } else {
        shoal_type_parse(call->text, &type);
        if (type.code == SHOAL_TEXT)
            return shoal_fail_at(err, call->column, "numbers cannot be cast to text");
    }
    if (!status) status = shoal_graph_expression(graph, b.slot[0], out, err);
    return status ? status : shoal_graph_cast(graph, *out, type.code, out, err);
}

static shoal_status unknown_function(const shoal_syntax *call, shoal_error *err)
{
    const char *const *names = shoal_operation_names();
    size_t n = 0;
    while (names[n]) n++;
    const char *near = shoal_nearest_word(call->text, names, n);
    return near ? shoal_fail_at(err, call->column, "unknown function '%s'; did you mean '%s'?",
                                call->text, near)
                : shoal_fail_at(err, call->column, "unknown function '%s'", call->text);
}

shoal_status shoal_graph_call(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    shoal_type type;
    if (strcmp(call->text, "round") == 0 || strcmp(call->text, "around") == 0)
        return call_round(graph, call, out, err);
    if (strcmp(call->text, "astype") == 0) return call_cast(graph, call, true, out, err);
    int op = shoal_operation_find(call->text);
    if (op < 0 && shoal_type_parse(call->text, &type))
        return call_cast(graph, call, false, out, err);
    if (op < 0) return unknown_function(call, err);
    return shoal_operation_of((shoal_op)op)->reduces
               ? call_reduction(graph, call, (shoal_op)op, out, err)
               : call_operation(graph, call, (shoal_op)op, out, err);
}
