/* A call's arguments: put to their parameters, and read as numbers, axes, types and flags. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/graph_select.h"
#include "compute/lex.h"
#include "compute/other_words.h"

#include <string.h>

shoal_status shoal_call_bind(const shoal_syntax *call, const char *const *parameters,
                             int n_required, shoal_bound *out, shoal_error *err)
{
    *out = (shoal_bound){{0}};
    int n_parameters = 0;
    while (parameters[n_parameters]) n_parameters++;
    for (int k = 0; k < call->n_children; k++) {
        const shoal_syntax *c = call->child[k];
        int at = k;
        if (c->kind == SHOAL_SYNTAX_KEYWORD) {
            for (at = 0; at < n_parameters && strcmp(parameters[at], c->text) != 0;) at++;
            if (at == n_parameters) {
                const char *here = shoal_other_argument(c->text);
                if (here)
                    return shoal_fail_at(err, c->column, "%s() has no argument '%s'; write %s",
                                         call->text, c->text, here);
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

bool shoal_call_is_none(const shoal_syntax *s)
{
    return !s || (s->kind == SHOAL_SYNTAX_NAME && strcmp(s->text, "None") == 0);
}

shoal_status shoal_call_array(shoal_graph *graph, const shoal_syntax *call,
                              const shoal_syntax *argument, shoal_kind most, shoal_node **out,
                              shoal_error *err)
{
    static const char *const kinds[] = {"bools",           "integers", "integers", "floats",
                                        "complex numbers", "text",     "records"};
    shoal_status status = shoal_graph_expression(graph, argument, out, err);
    if (status) return status;
    shoal_kind kind = shoal_code_kind((*out)->type.code);
    if (kind > most)
        return shoal_fail_at(err, call->column, "%s() does not work on %s", call->text,
                             kinds[kind]);
    if ((*out)->weak) return shoal_graph_cast(graph, *out, (*out)->type.code, out, err);
    return shoal_graph_operand(graph, *out, out, err);
}

shoal_status shoal_call_number(shoal_graph *graph, const shoal_syntax *s, const char *what,
                               shoal_node **out, shoal_error *err)
{
    shoal_status status = shoal_graph_expression(graph, s, out, err);
    if (status) return status;
    if ((*out)->kind == SHOAL_NODE_LITERAL && (*out)->type.code != SHOAL_COMPLEX128)
        return SHOAL_OK;
    return shoal_fail_at(err, s->column, "%s must be a number", what);
}

shoal_status shoal_call_axis(shoal_graph *graph, const shoal_syntax *s, int rank, int *axis,
                             shoal_error *err)
{
    shoal_node *n;
    shoal_status status = shoal_call_number(graph, s, "an axis", &n, err);
    if (status && s->kind == SHOAL_SYNTAX_NAME)
        return shoal_fail_at(err, s->column, "an axis is a number, or a name in quotes: \"%s\"",
                             s->text);
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

shoal_status shoal_call_axis_of(shoal_graph *graph, const shoal_syntax *s, const shoal_node *node,
                                int *axis, shoal_error *err)
{
    return s->kind == SHOAL_SYNTAX_STRING ? shoal_graph_select_axis(graph, s, node, axis, err)
                                          : shoal_call_axis(graph, s, node->rank, axis, err);
}

shoal_status shoal_call_axis_set(shoal_graph *graph, const shoal_syntax *s, const shoal_node *x,
                                 bool scalar_axis, uint32_t *axes, shoal_error *err)
{
    int rank = x->rank;
    *axes = rank == 32 ? UINT32_MAX : ((uint32_t)1 << rank) - 1;
    if (shoal_call_is_none(s)) return SHOAL_OK;
    *axes = 0;
    bool many = s->kind == SHOAL_SYNTAX_TUPLE;
    for (int k = 0; k < (many ? s->n_children : 1); k++) {
        int axis = 0;
        const shoal_syntax *one = many ? s->child[k] : s;
        bool named = one->kind == SHOAL_SYNTAX_STRING;
        bool scalar = rank == 0 && !many && !named && scalar_axis;
        shoal_status status = scalar ? shoal_call_axis(graph, one, 1, &axis, err)
                                     : shoal_call_axis_of(graph, one, x, &axis, err);
        if (status) return status;
        if (scalar) continue;
        if (*axes >> axis & 1)
            return shoal_fail_at(err, one->column, "axis %d is named twice", axis);
        *axes |= (uint32_t)1 << axis;
    }
    return SHOAL_OK;
}

shoal_status shoal_call_type(const shoal_syntax *s, shoal_type_code *out, shoal_error *err)
{
    shoal_type type;
    if ((s->kind == SHOAL_SYNTAX_NAME || s->kind == SHOAL_SYNTAX_STRING) &&
        shoal_type_parse(s->text, &type) && type.code < SHOAL_TEXT) {
        *out = type.code;
        return SHOAL_OK;
    }
    return shoal_fail_at(err, s->column, "a number type is expected here, such as float32 or i8");
}

shoal_status shoal_call_flag(shoal_graph *graph, const shoal_syntax *s, bool *out, shoal_error *err)
{
    shoal_node *n;
    *out = false;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_call_number(graph, s, "a flag", &n, err);
    if (!status) *out = n->value[0] != 0;
    return status;
}

shoal_status shoal_call_integer(shoal_graph *graph, const shoal_syntax *s, const char *what,
                                int64_t *out, shoal_error *err)
{
    shoal_node *n;
    shoal_status status = shoal_call_number(graph, s, what, &n, err);
    if (status) return status;
    if (n->type.code != SHOAL_INT64)
        return shoal_fail_at(err, s->column, "%s must be a whole number", what);
    memcpy(out, n->value, sizeof *out);
    return SHOAL_OK;
}

shoal_status shoal_call_whole(shoal_graph *graph, const shoal_syntax *s, const char *what,
                              int64_t low, int64_t high, int64_t *value, shoal_error *err)
{
    shoal_node *n;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_call_number(graph, s, what, &n, err);
    if (status) return status;
    if (n->type.code == SHOAL_INT64) memcpy(value, n->value, sizeof *value);
    if (n->type.code == SHOAL_INT64 && *value >= low && *value <= high) return SHOAL_OK;
    return high == INT64_MAX
               ? shoal_fail_at(err, s->column, "%s is a whole number, at least %lld", what,
                               (long long)low)
               : shoal_fail_at(err, s->column, "%s is a whole number from %lld to %lld", what,
                               (long long)low, (long long)high);
}

shoal_status shoal_call_float(shoal_graph *graph, const shoal_syntax *s, const char *what,
                              double *value, bool *whole, shoal_error *err)
{
    shoal_node *n;
    int64_t integer;
    if (!s) return SHOAL_OK;
    shoal_status status = shoal_call_number(graph, s, what, &n, err);
    if (status) return status;
    memcpy(value, n->value, sizeof *value);
    memcpy(&integer, n->value, sizeof integer);
    if (n->type.code == SHOAL_INT64) *value = (double)integer;
    if (n->type.code == SHOAL_BOOL) *value = n->value[0] != 0;
    if (whole) *whole = n->type.code == SHOAL_INT64;
    return SHOAL_OK;
}

shoal_status shoal_call_integers(shoal_graph *graph, const shoal_syntax *s, const char *what,
                                 int64_t *out, int *n, shoal_error *err)
{
    bool many = s->kind == SHOAL_SYNTAX_TUPLE;
    *n = many ? s->n_children : 1;
    if (*n > SHOAL_MAX_INTEGERS)
        return shoal_fail_at(err, s->column, "more than %d numbers", SHOAL_MAX_INTEGERS);
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < *n && !status; k++)
        status = shoal_call_integer(graph, many ? s->child[k] : s, what, &out[k], err);
    return status;
}

shoal_status shoal_call_axes(shoal_graph *graph, const shoal_syntax *s, int rank, int *axes, int *n,
                             shoal_error *err)
{
    bool many = s->kind == SHOAL_SYNTAX_TUPLE;
    *n = many ? s->n_children : 1;
    if (*n > rank)
        return shoal_fail_at(err, s->column, "%d axes are named; the array has %d", *n, rank);
    for (int k = 0; k < *n; k++) {
        const shoal_syntax *one = many ? s->child[k] : s;
        shoal_status status = shoal_call_axis(graph, one, rank, &axes[k], err);
        if (status) return status;
        for (int j = 0; j < k; j++)
            if (axes[j] == axes[k])
                return shoal_fail_at(err, one->column, "axis %d is named twice", axes[k]);
    }
    return SHOAL_OK;
}

shoal_status shoal_call_shape(shoal_graph *graph, const shoal_syntax *s, int *rank, uint64_t *shape,
                              shoal_error *err)
{
    int64_t extent[SHOAL_MAX_INTEGERS];
    shoal_status status = shoal_call_integers(graph, s, "an extent", extent, rank, err);
    if (status) return status;
    if (*rank > SHOAL_MAX_RANK)
        return shoal_fail_at(err, s->column, "more than %d axes", SHOAL_MAX_RANK);
    for (int k = 0; k < *rank; k++) {
        if (extent[k] < 0) return shoal_fail_at(err, s->column, "an extent cannot be negative");
        shape[k] = (uint64_t)extent[k];
    }
    return SHOAL_OK;
}

shoal_status shoal_call_gather(shoal_graph *graph, const shoal_syntax *call, int first,
                               const shoal_syntax **out, shoal_error *err)
{
    *out = call;
    int n = call->n_children - first;
    if (n < 2) return SHOAL_OK;
    for (int k = first; k < call->n_children; k++)
        if (call->child[k]->kind != SHOAL_SYNTAX_INT && call->child[k]->kind != SHOAL_SYNTAX_CALL)
            return SHOAL_OK; /* keywords and tuples stay where they are */
    shoal_syntax *list = shoal_arena_alloc(graph->arena, sizeof *list);
    shoal_syntax *copy = shoal_arena_alloc(graph->arena, sizeof *copy);
    shoal_syntax **child = shoal_arena_alloc(graph->arena, sizeof *child * ((size_t)first + 1));
    if (!list || !copy || !child) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *list = (shoal_syntax){.kind = SHOAL_SYNTAX_TUPLE,
                           .column = call->child[first]->column,
                           .n_children = n,
                           .child = call->child + first};
    memcpy(child, call->child, sizeof *child * (size_t)first);
    child[first] = list;
    *copy = *call;
    copy->n_children = first + 1;
    copy->child = child;
    *out = copy;
    return SHOAL_OK;
}
