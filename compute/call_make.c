/* Functions that make arrays of nothing but numbers: ranges, constants, positions. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

#define MOST_ELEMENTS 9.0e18

static double number_of(const shoal_node *n)
{
    int64_t whole;
    double number;
    memcpy(&whole, n->value, sizeof whole);
    memcpy(&number, n->value, sizeof number);
    return n->type.code == SHOAL_BOOL    ? n->value[0]
           : n->type.code == SHOAL_INT64 ? (double)whole
                                         : number;
}

static shoal_status cast_to(shoal_graph *graph, const shoal_syntax *dtype, shoal_node **node,
                            shoal_error *err)
{
    shoal_type_code type;
    if (shoal_call_is_none(dtype)) return SHOAL_OK;
    shoal_status status = shoal_call_type(dtype, &type, err);
    return status ? status : shoal_graph_cast(graph, *node, type, node, err);
}

/* ---- Ranges ---- */

static shoal_status whole_range(shoal_graph *graph, const shoal_syntax *call, shoal_node *const *n,
                                shoal_node **out, shoal_error *err)
{
    int64_t v[3];
    for (int k = 0; k < 3; k++) memcpy(&v[k], n[k]->value, sizeof v[k]);
    shoal_generator g = {.kind = SHOAL_GENERATE_INTEGER, .type = shoal_type_of(SHOAL_INT64)};
    if (v[2] == 0) return shoal_fail_at(err, call->column, "arange()'s step cannot be 0");
    g.rank = 1;
    g.integer = v[0];
    g.integer_step = v[2];
    bool rises = v[2] > 0;
    uint64_t stride = rises ? (uint64_t)v[2] : -(uint64_t)v[2];
    uint64_t span = rises ? (uint64_t)v[1] - (uint64_t)v[0] : (uint64_t)v[0] - (uint64_t)v[1];
    if (rises ? v[1] > v[0] : v[1] < v[0]) g.shape[0] = (span - 1) / stride + 1;
    if (g.shape[0] > INT64_MAX) return shoal_fail_at(err, call->column, "the range is too long");
    return shoal_graph_generator(graph, &g, out, err);
}

static shoal_status float_range(shoal_graph *graph, const shoal_syntax *call, shoal_node *const *n,
                                shoal_node **out, shoal_error *err)
{
    double start = number_of(n[0]), stop = number_of(n[1]), step = number_of(n[2]);
    double length = ceil((stop - start) / step);
    if (!(length < MOST_ELEMENTS))
        return shoal_fail_at(err, call->column, "arange() would have no end");
    shoal_generator g = {.kind = SHOAL_GENERATE_FLOAT, .type = shoal_type_of(SHOAL_FLOAT64)};
    double second = start + step;
    g.rank = 1;
    g.shape[0] = length > 0 ? (uint64_t)length : 0;
    g.number = start;
    g.number_step = second - start; /* as NumPy's */
    return shoal_graph_generator(graph, &g, out, err);
}

static shoal_status call_arange(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"start", "stop", "step", "dtype", NULL};
    shoal_bound b;
    shoal_node *n[3];
    bool whole = true;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (status) return status;
    if (shoal_call_is_none(b.slot[1])) { /* arange(stop) */
        b.slot[1] = b.slot[0];
        b.slot[0] = NULL;
    }
    for (int k = 0; k < 3 && !status; k++) {
        status = shoal_call_is_none(b.slot[k])
                     ? shoal_graph_literal_int(graph, k == 2, &n[k], err)
                     : shoal_call_number(graph, b.slot[k], parameters[k], &n[k], err);
        if (!status) whole &= n[k]->type.code == SHOAL_INT64;
    }
    if (!status)
        status =
            whole ? whole_range(graph, call, n, out, err) : float_range(graph, call, n, out, err);
    return status ? status : cast_to(graph, b.slot[3], out, err);
}

static shoal_status call_linspace(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"start", "stop", "num", "endpoint", "dtype", NULL};
    shoal_bound b;
    shoal_node *n[2];
    int64_t num = 50;
    bool endpoint = true;
    shoal_type_code type = SHOAL_FLOAT64;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    for (int k = 0; k < 2 && !status; k++)
        status = shoal_call_number(graph, b.slot[k], parameters[k], &n[k], err);
    if (!status && b.slot[2]) status = shoal_call_integer(graph, b.slot[2], "num", &num, err);
    if (!status && b.slot[3]) status = shoal_call_flag(graph, b.slot[3], &endpoint, err);
    if (!status && !shoal_call_is_none(b.slot[4])) status = shoal_call_type(b.slot[4], &type, err);
    if (status) return status;
    if (num < 0) return shoal_fail_at(err, call->column, "num cannot be negative");
    shoal_generator g = {.kind = SHOAL_GENERATE_FLOAT, .type = shoal_type_of(SHOAL_FLOAT64)};
    int64_t parts = endpoint ? num - 1 : num;
    g.rank = 1;
    g.shape[0] = (uint64_t)num;
    g.number = number_of(n[0]);
    g.number_step = number_of(n[1]) - g.number;
    if (parts > 0) g.number_step /= (double)parts;
    g.has_last = endpoint && num > 1;
    g.last = number_of(n[1]);
    status = shoal_graph_generator(graph, &g, out, err);
    if (!status && type < SHOAL_FLOAT16) /* NumPy rounds down to integers */
        status = shoal_graph_element(graph, SHOAL_OP_FLOOR, out, call->column, out, err);
    return status ? status : shoal_graph_cast(graph, *out, type, out, err);
}

/* ---- Constants ---- */

static shoal_status constant(shoal_graph *graph, shoal_type_code type, int64_t value, int rank,
                             const uint64_t *shape, int column, shoal_node **out, shoal_error *err)
{
    shoal_node *n;
    shoal_status status = shoal_graph_literal_int(graph, value, &n, err);
    if (!status) status = shoal_graph_cast(graph, n, type, &n, err);
    return status ? status : shoal_graph_broadcast(graph, n, rank, shape, column, out, err);
}

static shoal_status zeros_or_ones(shoal_graph *graph, const shoal_syntax *call, int64_t value,
                                  shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"shape", "dtype", NULL};
    shoal_bound b;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    shoal_type_code type = SHOAL_FLOAT64;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_shape(graph, b.slot[0], &rank, shape, err);
    if (!status && !shoal_call_is_none(b.slot[1])) status = shoal_call_type(b.slot[1], &type, err);
    return status ? status : constant(graph, type, value, rank, shape, call->column, out, err);
}

static shoal_status call_zeros(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    return zeros_or_ones(graph, call, 0, out, err);
}

static shoal_status call_ones(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    return zeros_or_ones(graph, call, 1, out, err);
}

/* The value of full() and full_like(), in the type asked for or its own. */
static shoal_status full(shoal_graph *graph, const shoal_syntax *value, const shoal_syntax *dtype,
                         shoal_type_code type, int rank, const uint64_t *shape, shoal_node **out,
                         shoal_error *err)
{
    shoal_node *v;
    shoal_status status = shoal_graph_expression(graph, value, &v, err);
    if (!status && !shoal_call_is_none(dtype)) status = shoal_call_type(dtype, &type, err);
    if (status) return status;
    if (type == SHOAL_TEXT) type = v->type.code; /* its own */
    status = shoal_graph_cast(graph, v, type, &v, err);
    return status ? status : shoal_graph_broadcast(graph, v, rank, shape, value->column, out, err);
}

static shoal_status call_full(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"shape", "fill_value", "dtype", NULL};
    shoal_bound b;
    int rank;
    uint64_t shape[SHOAL_MAX_RANK];
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_shape(graph, b.slot[0], &rank, shape, err);
    return status ? status : full(graph, b.slot[1], b.slot[2], SHOAL_TEXT, rank, shape, out, err);
}

static shoal_status like(shoal_graph *graph, const shoal_syntax *call, int64_t value,
                         shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"a", "dtype", NULL};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (status) return status;
    shoal_type_code type = x->type.code;
    if (!shoal_call_is_none(b.slot[1]) && (status = shoal_call_type(b.slot[1], &type, err)))
        return status;
    if (type >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "%s() makes numbers; give dtype=", call->text);
    return constant(graph, type, value, x->rank, x->shape, call->column, out, err);
}

static shoal_status call_zeros_like(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                    shoal_error *err)
{
    return like(graph, call, 0, out, err);
}

static shoal_status call_ones_like(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err)
{
    return like(graph, call, 1, out, err);
}

static shoal_status call_full_like(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const parameters[] = {"a", "fill_value", "dtype", NULL};
    shoal_bound b;
    shoal_node *x;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    return status ? status
                  : full(graph, b.slot[1], b.slot[2], x->type.code, x->rank, x->shape, out, err);
}

/* ---- Positions ---- */

shoal_status shoal_graph_positions(shoal_graph *graph, int rank, const uint64_t *shape, int axis,
                                   shoal_node **out, shoal_error *err)
{
    shoal_generator g = {.kind = SHOAL_GENERATE_INTEGER,
                         .type = shoal_type_of(SHOAL_INT64),
                         .rank = 1,
                         .shape = {shape[axis]},
                         .integer_step = 1};
    shoal_subscript s = {.rank = 1, .step = {1}, .n_out = rank};
    for (int k = 0; k < rank; k++) {
        s.axis[k] = k == axis ? 0 : -1;
        s.count[k] = shape[k];
    }
    shoal_status status = shoal_graph_generator(graph, &g, out, err);
    return status ? status : shoal_graph_view(graph, *out, &s, out, err);
}

static shoal_status call_index(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"x", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int axis = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (status) return status;
    if (x->rank == 0) return shoal_fail_at(err, call->column, "index() takes an array with axes");
    if (b.slot[1]) status = shoal_call_axis_of(graph, b.slot[1], x, &axis, err);
    return status ? status : shoal_graph_positions(graph, x->rank, x->shape, axis, out, err);
}

static shoal_status call_eye(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                             shoal_error *err)
{
    static const char *const parameters[] = {"N", "M", "k", "dtype", NULL};
    shoal_bound b;
    int64_t v[3] = {0, 0, 0};
    uint64_t shape[2];
    shoal_node *args[2], *diagonal;
    shoal_type_code type = SHOAL_FLOAT64;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    for (int k = 0; k < 3 && !status; k++)
        if (!shoal_call_is_none(b.slot[k]))
            status = shoal_call_integer(graph, b.slot[k], parameters[k], &v[k], err);
    if (!status && !shoal_call_is_none(b.slot[3])) status = shoal_call_type(b.slot[3], &type, err);
    if (status) return status;
    if (shoal_call_is_none(b.slot[1])) v[1] = v[0];
    if (v[0] < 0 || v[1] < 0)
        return shoal_fail_at(err, call->column, "an extent cannot be negative");
    shape[0] = (uint64_t)v[0];
    shape[1] = (uint64_t)v[1];
    status = shoal_graph_positions(graph, 2, shape, 0, &args[0], err);
    if (!status) status = shoal_graph_literal_int(graph, v[2], &args[1], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_ADD, args, call->column, &args[0], err);
    if (!status) status = shoal_graph_positions(graph, 2, shape, 1, &args[1], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_EQUAL, args, call->column, &diagonal, err);
    return status ? status : shoal_graph_cast(graph, diagonal, type, out, err);
}

const shoal_named_call shoal_functions_make[] = {
    {"arange", call_arange},       {"linspace", call_linspace},
    {"zeros", call_zeros},         {"ones", call_ones},
    {"full", call_full},           {"zeros_like", call_zeros_like},
    {"ones_like", call_ones_like}, {"full_like", call_full_like},
    {"index", call_index},         {"eye", call_eye},
    {"identity", call_eye},        {NULL, NULL},
};
