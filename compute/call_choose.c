/* Functions whose operations depend on the types of their arguments: clip, select, nan_to_num,
   angle, average; and those with two results. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/operation_rule.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_whole(shoal_type_code type)
{
    shoal_kind kind = shoal_code_kind(type);
    return kind == SHOAL_KIND_INT || kind == SHOAL_KIND_UINT;
}

/* A Python integer at or beyond an end of an integer type's range bounds nothing. */
static bool bounds_nothing(const shoal_node *x, const shoal_node *bound, bool low)
{
    int64_t v;
    if (!bound->weak || bound->type.code != SHOAL_INT64 || !is_whole(x->type.code) || x->weak)
        return false;
    memcpy(&v, bound->value, sizeof v);
    if (low) return v == INT64_MIN || (v <= 0 && !shoal_integer_fits(v - 1, x->type.code));
    return v > 0 && (v == INT64_MAX ? x->type.code != SHOAL_UINT64
                                    : !shoal_integer_fits(v + 1, x->type.code));
}

/* clip(x, low, high): either may be None; or clip(x, min=, max=). */
static shoal_status call_clip(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const parameters[] = {"x", "a_min", "a_max", "min", "max", NULL};
    shoal_bound b;
    shoal_node *args[3];
    bool none[3] = {0};
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (status) return status;
    if ((b.slot[1] || b.slot[2]) && (b.slot[3] || b.slot[4]))
        return shoal_fail_at(err, call->column,
                             "clip() takes the bounds once: a_min, a_max or "
                             "min=, max=");
    if (!b.slot[1] != !b.slot[2])
        return shoal_fail_at(err, call->column, "clip() takes both bounds, or None for one");
    for (int k = 1; k <= 2; k++)
        if (!b.slot[k]) b.slot[k] = b.slot[k + 2];
    status = shoal_graph_expression(graph, b.slot[0], &args[0], err);
    for (int k = 1; k <= 2 && !status; k++) {
        none[k] = shoal_call_is_none(b.slot[k]);
        if (none[k]) continue;
        status = shoal_graph_expression(graph, b.slot[k], &args[k], err);
        if (!status) none[k] = bounds_nothing(args[0], args[k], k == 1);
    }
    if (status) return status;
    if (!none[1] && !none[2])
        return shoal_graph_element(graph, SHOAL_OP_CLIP, args, call->column, out, err);
    if (none[1] && none[2])
        return shoal_graph_element(graph, SHOAL_OP_POSITIVE, args, call->column, out, err);
    if (none[1]) args[1] = args[2];
    return shoal_graph_element(graph, none[1] ? SHOAL_OP_MINIMUM : SHOAL_OP_MAXIMUM, args,
                               call->column, out, err);
}

enum { MOST_CASES = 64 };

static shoal_status cases_of(shoal_graph *graph, const shoal_syntax *s, const char *what,
                             shoal_node **out, int *n, shoal_error *err)
{
    if (s->kind != SHOAL_SYNTAX_TUPLE || s->n_children == 0 || s->n_children > MOST_CASES)
        return shoal_fail_at(err, s->column, "select() takes its %s as a list: [a, b]", what);
    *n = s->n_children;
    for (int k = 0; k < *n; k++) {
        shoal_status status = shoal_graph_expression(graph, s->child[k], &out[k], err);
        if (status) return status;
    }
    return SHOAL_OK;
}

/* select([conditions], [choices], default): the first choice whose condition is true. */
static shoal_status call_select(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"condlist", "choicelist", "default", NULL};
    shoal_bound b;
    int n = 0, n_choices = 0;
    shoal_node *condition[MOST_CASES], *choice[MOST_CASES + 1];
    shoal_argument argument[MOST_CASES + 1];
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = cases_of(graph, b.slot[0], "conditions", condition, &n, err);
    if (!status) status = cases_of(graph, b.slot[1], "choices", choice, &n_choices, err);
    if (!status && n != n_choices)
        return shoal_fail_at(err, call->column, "select() has %d conditions and %d choices", n,
                             n_choices);
    if (!status)
        status = b.slot[2] ? shoal_graph_expression(graph, b.slot[2], &choice[n], err)
                           : shoal_graph_literal_int(graph, 0, &choice[n], err);
    if (status) return status;
    for (int k = 0; k < n; k++)
        if (condition[k]->type.code != SHOAL_BOOL)
            return shoal_fail_at(err, call->column, "condition %d of select() is not bool", k);
    for (int k = 0; k <= n; k++)
        argument[k] = (shoal_argument){.type = choice[k]->type.code, .weak = choice[k]->weak};
    shoal_type_code type = shoal_promote_all(n + 1, argument);
    if (type >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "the choices of select() have no common type");
    for (int k = 0; k <= n && !status; k++)
        status = shoal_graph_cast(graph, choice[k], type, &choice[k], err);
    *out = choice[n];
    for (int k = n - 1; k >= 0 && !status; k--) {
        shoal_node *args[3] = {condition[k], choice[k], *out};
        status = shoal_graph_element(graph, SHOAL_OP_WHERE, args, call->column, out, err);
    }
    return status;
}

static double greatest_of(shoal_type_code real)
{
    return real == SHOAL_FLOAT16 ? 65504 : real == SHOAL_FLOAT32 ? (double)FLT_MAX : DBL_MAX;
}

/* NaN and the infinities of a real array by what stands in value[0..2]. */
static shoal_status replace(shoal_graph *graph, shoal_node *x, shoal_node *const *value, int column,
                            shoal_node **out, shoal_error *err)
{
    shoal_node *infinity[3] = {NULL};
    *out = x;
    shoal_status status = shoal_graph_literal_float(graph, INFINITY, &infinity[1], err);
    if (!status) status = shoal_graph_literal_float(graph, -INFINITY, &infinity[2], err);
    for (int k = 0; k < 3 && !status; k++) {
        shoal_node *test[2] = {x, infinity[k]}, *args[3] = {NULL, value[k], *out};
        shoal_op op = k == 0 ? SHOAL_OP_ISNAN : SHOAL_OP_EQUAL;
        status = shoal_graph_element(graph, op, test, column, &args[0], err);
        if (!status) status = shoal_graph_cast(graph, value[k], x->type.code, &args[1], err);
        if (!status) status = shoal_graph_element(graph, SHOAL_OP_WHERE, args, column, out, err);
    }
    return status;
}

/* nan_to_num(x, nan=0.0, posinf=None, neginf=None), each part of complex numbers for itself. */
static shoal_status call_nan_to_num(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                    shoal_error *err)
{
    static const char *const parameters[] = {"x", "copy", "nan", "posinf", "neginf", NULL};
    shoal_bound b;
    shoal_node *x, *value[3], *part[2];
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (!status) status = shoal_graph_operand(graph, x, &x, err);
    if (!status && x->weak) status = shoal_graph_cast(graph, x, x->type.code, &x, err);
    if (status) return status;
    *out = x;
    shoal_kind kind = shoal_code_kind(x->type.code);
    if (kind == SHOAL_KIND_BOOL || is_whole(x->type.code)) return SHOAL_OK;
    bool is_complex = kind == SHOAL_KIND_COMPLEX;
    part[0] = part[1] = x;
    if (is_complex) {
        status = shoal_graph_element(graph, SHOAL_OP_REAL, &part[0], call->column, &part[0], err);
        if (!status)
            status =
                shoal_graph_element(graph, SHOAL_OP_IMAG, &part[1], call->column, &part[1], err);
    }
    double most = status ? 0 : greatest_of(part[0]->type.code);
    const double fallback[3] = {0, most, -most};
    for (int k = 0; k < 3 && !status; k++)
        status = shoal_call_is_none(b.slot[2 + k])
                     ? shoal_graph_literal_float(graph, fallback[k], &value[k], err)
                     : shoal_graph_expression(graph, b.slot[2 + k], &value[k], err);
    for (int k = 0; k <= is_complex && !status; k++)
        status = replace(graph, part[k], value, call->column, &part[k], err);
    if (status) return status;
    *out = part[0];
    return is_complex ? shoal_graph_element(graph, SHOAL_OP_COMPLEX, part, call->column, out, err)
                      : SHOAL_OK;
}

/* angle(x, deg=False) */
static shoal_status call_angle(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"x", "deg", NULL};
    shoal_bound b;
    shoal_node *args[2];
    bool degrees = false;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &args[0], err);
    if (!status) status = shoal_call_flag(graph, b.slot[1], &degrees, err);
    if (!status) status = shoal_graph_element(graph, SHOAL_OP_ANGLE, args, call->column, out, err);
    if (status || !degrees) return status;
    args[0] = *out;
    status = shoal_graph_literal_float(graph, 180 / M_PI, &args[1], err);
    return status ? status
                  : shoal_graph_element(graph, SHOAL_OP_MULTIPLY, args, call->column, out, err);
}

/* ---- average ---- */

static bool same_shape(const shoal_node *a, const shoal_node *b)
{
    bool same = a->rank == b->rank;
    for (int k = 0; k < a->rank && same; k++) same = a->shape[k] == b->shape[k];
    return same;
}

/* The axes that the weights' own are, in their order. */
static shoal_status weighted_axes(shoal_graph *graph, const shoal_node *x, const shoal_node *w,
                                  const shoal_syntax *axis, int column, int *at, shoal_error *err)
{
    bool several = axis && axis->kind == SHOAL_SYNTAX_TUPLE;
    bool fits = !shoal_call_is_none(axis) && w->rank == (several ? axis->n_children : 1);
    shoal_status status = SHOAL_OK;
    for (int j = 0; fits && j < w->rank && !status; j++) {
        status = shoal_call_axis_of(graph, several ? axis->child[j] : axis, x, &at[j], err);
        fits = status || w->shape[j] == x->shape[at[j]];
    }
    if (fits) return status;
    return shoal_fail_at(err, column,
                         "the weights of average() have the array's shape, or that of the axes "
                         "which are named");
}

/* Weights of some axes lie along these: ".transpose((1, 0))[None, :, :]". */
static shoal_status place_weights(shoal_graph *graph, const shoal_node *x, const shoal_node *w,
                                  const shoal_syntax *axis, int column, char text[512],
                                  shoal_error *err)
{
    int at[SHOAL_MAX_RANK], own[SHOAL_MAX_RANK], n = 0;
    if (same_shape(x, w)) return SHOAL_OK;
    shoal_status status = weighted_axes(graph, x, w, axis, column, at, err);
    if (status) return status;
    memset(own, -1, sizeof own);
    for (int j = 0; j < w->rank; j++) own[at[j]] = j;
    for (int k = 0; k < x->rank; k++)
        if (own[k] >= 0) n += sprintf(text + n, "%s%d", n ? ", " : ".transpose((", own[k]);
    n += sprintf(text + n, ",))");
    for (int k = 0; k < x->rank; k++)
        n += sprintf(text + n, "%s%s", k ? ", " : "[", own[k] >= 0 ? ":" : "None");
    sprintf(text + n, "]");
    return SHOAL_OK;
}

/* average(x, axis=None, weights=None, keepdims=False): sum(x * weights) / sum(weights). */
static shoal_status call_average(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"x", "axis", "weights", "keepdims", NULL};
    static const char signature[] = "average(x, axis=None, weights=1, keepdims=False)";
    char place[512] = "", body[1400], name[24];
    shoal_bound b;
    shoal_node *x, *w;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &x, err);
    if (status) return status;
    if (shoal_call_is_none(b.slot[2])) {
        const shoal_defined mean = {"average(x, axis=None, weights=None, keepdims=False)",
                                    "mean(x, axis=axis, keepdims=keepdims)", ""};
        return shoal_call_defined(graph, call, &mean, out, err);
    }
    status = shoal_graph_expression(graph, b.slot[2], &w, err);
    if (!status) status = place_weights(graph, x, w, b.slot[1], call->column, place, err);
    if (status) return status;
    const shoal_argument argument[3] = {
        {.type = x->type.code}, {.type = w->type.code}, {.type = SHOAL_FLOAT64}};
    bool whole = x->type.code == SHOAL_BOOL || is_whole(x->type.code);
    shoal_type_code type = shoal_promote_all(2 + whole, argument);
    if (type >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "average() does not work on text");
    shoal_type_name(shoal_type_of(type), name);
    snprintf(body, sizeof body,
             "sum(%s(x) * %s(weights%s), axis=axis, keepdims=keepdims) / sum(%s(weights%s), "
             "axis=axis, keepdims=keepdims)",
             name, name, place, name, place);
    const shoal_defined function = {signature, body, ""};
    return shoal_call_defined(graph, call, &function, out, err);
}

/* ---- Two results ---- */

static const struct {
    const char *name;
    shoal_op op[2];
    const char
        *histogram[2]; /* or what shoal_call_histogram makes; the first without an index too */
} pairs[] = {{"divmod", {SHOAL_OP_FLOOR_DIVIDE, SHOAL_OP_REMAINDER}, {NULL}},
             {"frexp", {SHOAL_OP_FREXP_FRACTION, SHOAL_OP_FREXP_EXPONENT}, {NULL}},
             {"modf", {SHOAL_OP_MODF_FRACTION, SHOAL_OP_MODF_WHOLE}, {NULL}},
             {"histogram", {0}, {"histogram", "histogram edges"}},
             {"histogram2d", {0}, {"histogram2d", NULL}}};

static int find_pair(const shoal_syntax *call)
{
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs && call->kind == SHOAL_SYNTAX_CALL; k++)
        if (strcmp(call->text, pairs[k].name) == 0) return (int)k;
    return -1;
}

bool shoal_call_is_pair(const shoal_syntax *call)
{
    return find_pair(call) >= 0;
}

shoal_status shoal_call_pair(shoal_graph *graph, const shoal_syntax *index, shoal_node **out,
                             shoal_error *err)
{
    const shoal_syntax *call = index->child[0], *item = index->child[1];
    int k = find_pair(call);
    shoal_node *n = NULL;
    int64_t which = 0;
    bool one_index = index->n_children == 2 && item->kind != SHOAL_SYNTAX_SLICE &&
                     item->kind != SHOAL_SYNTAX_ELLIPSIS;
    shoal_status status = one_index ? shoal_graph_expression(graph, item, &n, err) : SHOAL_OK;
    if (status) return status;
    if (n && n->kind == SHOAL_NODE_LITERAL && n->type.code == SHOAL_INT64)
        memcpy(&which, n->value, sizeof which);
    else
        which = 2;
    if (which < -2 || which > 1)
        return shoal_fail_at(err, index->column, "%s() has two results: take [0] or [1]",
                             call->text);
    const char *histogram = pairs[k].histogram[which & 1];
    if (pairs[k].histogram[0] && !histogram)
        return shoal_fail_at(err, index->column,
                             "of %s() there is [0], the counts; histogram_bin_edges() gives edges",
                             call->text);
    shoal_syntax one = *call;
    one.text = histogram ? histogram : shoal_operation_of(pairs[k].op[which & 1])->name;
    return histogram ? shoal_call_histogram(graph, &one, out, err)
                     : shoal_graph_call(graph, &one, out, err);
}

const shoal_named_call shoal_functions_choose[] = {
    {"angle", call_angle},           {"average", call_average}, {"clip", call_clip},
    {"nan_to_num", call_nan_to_num}, {"select", call_select},   {NULL, NULL},
};
