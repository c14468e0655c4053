/* Order statistics: median, quantile and percentile, and their forms without NaN. */
#include "compute/call.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/lex.h"
#include "compute/quantile.h"
#include "compute/resample.h"

#include <math.h>
#include <string.h>

enum { MOST_QUANTILES = 128 }; /* of one call */

typedef struct order_call {
    const char *name;
    bool median, skips_nan;
    double scale; /* of q: 100 for percentiles */
} order_call;

static const order_call forms[] = {
    {"median", true, false, 1},        {"nanmedian", true, true, 1},
    {"quantile", false, false, 1},     {"nanquantile", false, true, 1},
    {"percentile", false, false, 100}, {"nanpercentile", false, true, 100},
};

static const order_call *form_of(const char *name)
{
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++)
        if (strcmp(forms[k].name, name) == 0) return &forms[k];
    return NULL;
}

/* One q: a number from 0 to the scale. */
static shoal_status read_q(shoal_graph *graph, const shoal_syntax *s, const order_call *form,
                           shoal_quantiles *p, uint64_t k, shoal_error *err)
{
    bool whole;
    shoal_status status = shoal_call_float(graph, s, "q", &p->q[k], &whole, err);
    if (status) return status;
    if (!whole) p->whole = 0;
    if (!(p->q[k] >= 0 && p->q[k] <= form->scale))
        return shoal_fail_at(err, s->column, "%s() takes q from 0 to %g", form->name, form->scale);
    if (form->scale != 1) {
        p->q[k] /= form->scale;
        p->whole = 0;
    }
    return SHOAL_OK;
}

static shoal_status read_method(const shoal_syntax *s, shoal_quantile_method *out, shoal_error *err)
{
    *out = SHOAL_QUANTILE_LINEAR;
    if (!s) return SHOAL_OK;
    if (s->kind == SHOAL_SYNTAX_STRING && shoal_quantile_method_find(s->text, out)) return SHOAL_OK;
    const char *const *names = shoal_quantile_method_names();
    size_t n = 0;
    while (names[n]) n++;
    const char *near =
        s->kind == SHOAL_SYNTAX_STRING ? shoal_nearest_word(s->text, names, n) : NULL;
    return near ? shoal_fail_at(err, s->column, "there is no such method; did you mean \"%s\"?",
                                near)
                : shoal_fail_at(err, s->column,
                                "a method is one of NumPy's, such as \"linear\" or \"nearest\"");
}

static shoal_status read_quantiles(shoal_graph *graph, const shoal_bound *b, const order_call *form,
                                   shoal_quantiles **out, shoal_error *err)
{
    const shoal_syntax *q = form->median ? NULL : b->slot[1];
    shoal_status status = shoal_call_list(graph, &q, "quantiles", MOST_QUANTILES, err);
    if (status) return status;
    bool many = q && q->kind == SHOAL_SYNTAX_TUPLE;
    uint64_t n = many ? (uint64_t)q->n_children : 1;
    if (n > MOST_QUANTILES)
        return shoal_fail_at(err, q->column, "more than %d quantiles at a time", MOST_QUANTILES);
    shoal_quantiles *p = shoal_arena_alloc(graph->arena, shoal_quantiles_bytes(n));
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memset(p, 0, shoal_quantiles_bytes(n));
    p->n = n;
    p->skips_nan = form->skips_nan;
    p->weak = !many;
    p->whole = !form->median;
    *out = p;
    if (form->median) return SHOAL_OK;
    status = read_method(b->slot[3], &p->method, err);
    for (uint64_t k = 0; k < n && !status; k++)
        status = read_q(graph, many ? q->child[k] : q, form, p, k, err);
    return status;
}

static uint64_t line_elements(const shoal_node *x, uint32_t axes)
{
    uint64_t n = 1;
    for (int k = 0; k < x->rank; k++)
        if (axes >> k & 1) n *= x->shape[k];
    return n;
}

/* The shape: of the quantiles, where they are several, then of the axes that are left. */
static void place_axes(const shoal_node *x, uint32_t axes, bool keepdims, const shoal_quantiles *p,
                       shoal_node *n)
{
    n->line_length = p->n;
    if (!p->weak) {
        n->from[n->rank] = SHOAL_FROM_LINE;
        n->shape[n->rank++] = p->n;
    }
    for (int k = 0; k < x->rank; k++) {
        bool goes = axes >> k & 1;
        if (goes && !keepdims) continue;
        n->from[n->rank] = goes ? SHOAL_FROM_NONE : k;
        n->shape[n->rank++] = goes ? 1 : x->shape[k];
    }
}

/* NumPy's answer for lines of no elements. */
static shoal_status all_nan(shoal_graph *graph, const shoal_node *n, int column, shoal_node **out,
                            shoal_error *err)
{
    shoal_node *nan;
    shoal_status status = shoal_graph_literal_float(graph, (double)NAN, &nan, err);
    if (!status) status = shoal_graph_cast(graph, nan, n->type.code, &nan, err);
    return status ? status : shoal_graph_broadcast(graph, nan, n->rank, n->shape, column, out, err);
}

static shoal_status add_quantiles(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                  uint32_t axes, bool keepdims, shoal_quantiles *p,
                                  shoal_node **out, shoal_error *err)
{
    bool all = __builtin_popcount(axes) == x->rank;
    bool empty = line_elements(x, axes) == 0;
    p->type = x->type.code;
    p->result = shoal_quantile_result(p);
    if (empty && p->method != SHOAL_QUANTILE_MEDIAN)
        return shoal_fail_at(err, call->column, "%s of no elements has no answer", call->text);
    if (p->type == SHOAL_BOOL && p->method != SHOAL_QUANTILE_MEDIAN && p->result != SHOAL_BOOL)
        return shoal_fail_at(err, call->column,
                             "there is nothing between False and True; cast "
                             "with astype(x, int8), or give another method");
    shoal_node n = {.kind = all ? SHOAL_NODE_TALLY : SHOAL_NODE_LINES,
                    .type = shoal_type_of(p->result),
                    .n_args = 1,
                    .arg = {x},
                    .source = -1,
                    .tally = &shoal_tally_quantiles,
                    .lines = &shoal_lines_quantiles,
                    .axes = axes,
                    .params = p,
                    .params_bytes = shoal_quantiles_bytes(p->n)};
    place_axes(x, axes, keepdims, p, &n);
    if (empty && !all) return all_nan(graph, &n, call->column, out, err);
    return shoal_graph_add(graph, &n, out, err);
}

/* ---- By groups ---- */

/* The groups lie where their axis was, with the quantiles beside them, where they are several. */
static shoal_status place_groups(const shoal_node *x, const shoal_groups *groups,
                                 const shoal_quantiles *p, shoal_node *n, int column,
                                 shoal_error *err)
{
    if (x->rank + !p->weak > SHOAL_MAX_RANK)
        return shoal_fail_at(err, column, "the result has more than %d axes", SHOAL_MAX_RANK);
    for (int k = 0; k < x->rank; k++) {
        bool lined = n->axes >> k & 1;
        n->from[n->rank] = lined ? SHOAL_FROM_LINE : k;
        n->shape[n->rank++] = lined ? groups->n : x->shape[k];
        if (!lined || p->weak) continue;
        n->from[n->rank] = SHOAL_FROM_ROW;
        n->shape[n->rank++] = p->n;
    }
    n->line_length = groups->n * p->n;
    return SHOAL_OK;
}

/* Axis `from` comes first. */
static shoal_status to_front(shoal_graph *graph, shoal_node *x, int from, shoal_node **out,
                             shoal_error *err)
{
    shoal_subscript s;
    shoal_status status = shoal_graph_operand(graph, x, &x, err);
    if (status) return status;
    shoal_subscript_all(x, &s);
    for (int k = 0; k < x->rank; k++) {
        s.axis[k] = k == 0 ? from : k <= from ? k - 1 : k;
        s.count[k] = x->shape[s.axis[k]];
    }
    return shoal_graph_view(graph, x, &s, out, err);
}

static shoal_status check_groups(const shoal_syntax *call, const shoal_quantiles *p,
                                 shoal_error *err)
{
    if (p->type == SHOAL_BOOL && p->method != SHOAL_QUANTILE_MEDIAN && p->result != SHOAL_BOOL)
        return shoal_fail_at(err, call->column,
                             "there is nothing between False and True; cast "
                             "with astype(x, int8), or give another method");
    if (p->groups->has_empty && p->result < SHOAL_FLOAT16)
        return shoal_fail_at(err, call->column,
                             "%s of a group of no elements has no answer; cast with "
                             "astype(x, float64)",
                             call->text);
    return SHOAL_OK;
}

static shoal_status add_grouped(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                uint32_t axes, shoal_quantiles *p, shoal_node **out,
                                shoal_error *err)
{
    p->type = x->type.code;
    p->result = shoal_quantile_result(p);
    shoal_node n = {.kind = SHOAL_NODE_LINES,
                    .type = shoal_type_of(p->result),
                    .n_args = 1,
                    .arg = {x},
                    .source = -1,
                    .lines = &shoal_lines_group_quantiles,
                    .axes = axes,
                    .groups = p->groups,
                    .params = p,
                    .params_bytes = shoal_quantiles_bytes(p->n)};
    shoal_status status = check_groups(call, p, err);
    if (!status) status = place_groups(x, p->groups, p, &n, call->column, err);
    bool empty = false;
    for (int k = 0; k < n.rank; k++) empty |= n.shape[k] == 0;
    if (!status && empty)
        status = all_nan(graph, &n, call->column, out, err);
    else if (!status)
        status = shoal_graph_add(graph, &n, out, err);
    if (status || p->weak) return status;
    return to_front(graph, *out, __builtin_ctz(axes) + 1, out, err);
}

static shoal_status call_order(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const of_median[] = {"x", "axis", "keepdims", "by", NULL};
    static const char *const of_quantile[] = {"x", "q", "axis", "method", "keepdims", "by", NULL};
    const order_call *form = form_of(call->text);
    shoal_bound b;
    shoal_node *x;
    bool keepdims;
    shoal_quantiles *p = NULL;
    const shoal_groups *groups = NULL;
    uint32_t axes = 0;
    shoal_status status = shoal_call_bind(call, form->median ? of_median : of_quantile,
                                          form->median ? 1 : 2, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = read_quantiles(graph, &b, form, &p, err);
    if (!status)
        status = shoal_call_axis_set(graph, b.slot[form->median ? 1 : 2], x, true, &axes, err);
    if (!status) status = shoal_call_flag(graph, b.slot[form->median ? 2 : 4], &keepdims, err);
    if (!status)
        status =
            shoal_call_groups(graph, call, b.slot[form->median ? 3 : 5], x, axes, &groups, err);
    if (status) return status;
    if (groups && keepdims)
        return shoal_fail_at(err, call->column,
                             "by= keeps the axis as it is: there is no keepdims with it");
    if (groups) {
        p->groups = groups;
        return add_grouped(graph, call, x, axes, p, out, err);
    }
    return add_quantiles(graph, call, x, axes, keepdims, p, out, err);
}

const shoal_named_call shoal_functions_order[] = {
    {"median", call_order},
    {"nanmedian", call_order},
    {"quantile", call_order},
    {"nanquantile", call_order},
    {"percentile", call_order},
    {"nanpercentile", call_order},
    {"resample", shoal_call_resample_alone},
    {NULL, NULL},
};
