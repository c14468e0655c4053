/* Windows along an axis: rolling, as in pandas, and apart, as xarray's coarsen. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <stdio.h>
#include <string.h>

#define MOST_WINDOW (INT64_C(1) << 40)

static shoal_window_op op_of(const char *name)
{
    static const struct {
        const char *name;
        shoal_window_op op;
    } ops[] = {
        {"sum", SHOAL_WINDOW_SUM},     {"mean", SHOAL_WINDOW_MEAN},     {"std", SHOAL_WINDOW_STD},
        {"var", SHOAL_WINDOW_VAR},     {"min", SHOAL_WINDOW_MIN},       {"max", SHOAL_WINDOW_MAX},
        {"count", SHOAL_WINDOW_COUNT}, {"median", SHOAL_WINDOW_MEDIAN},
    };
    const char *after = strchr(name, '_') + 1;
    size_t k = 0;
    while (strcmp(ops[k].name, after) != 0) k++;
    return ops[k].op;
}

/* Floats stay what they are; integers become float64. */
static shoal_type_code float_type(shoal_type_code type)
{
    return shoal_code_kind(type) == SHOAL_KIND_FLOAT ? type : SHOAL_FLOAT64;
}

static shoal_status call_rolling(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"x",           "window", "axis", "center",
                                             "min_periods", "ddof",   NULL};
    shoal_bound b;
    shoal_node *x;
    bool center;
    int axis;
    int64_t width = 0, periods = -1;
    shoal_rolling p;
    memset(&p, 0, sizeof p);
    p.ddof = 1;
    p.op = op_of(call->text);
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status)
        status = shoal_call_whole(graph, b.slot[1], "a window", 1, MOST_WINDOW, &width, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (!status) status = shoal_call_flag(graph, b.slot[3], &center, err);
    if (!status && !shoal_call_is_none(b.slot[4]))
        status = shoal_call_whole(graph, b.slot[4], "min_periods", 0, width, &periods, err);
    if (!status) status = shoal_call_float(graph, b.slot[5], "ddof", &p.ddof, NULL, err);
    if (status) return status;
    p.type = x->type.code;
    p.result = float_type(p.type);
    p.after = center ? (uint64_t)(width - 1) / 2 : 0;
    p.before = (uint64_t)(width - 1) - p.after;
    p.min_periods = (uint64_t)(periods < 0 ? width : periods);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_rolling, p.result,
                                shoal_call_line_length(x, axis), &p, sizeof p, out, err);
}

/* boundary=: what becomes of the elements that do not fill a window. */
static shoal_status coarse_length(const shoal_syntax *call, const shoal_syntax *boundary,
                                  uint64_t n, uint64_t factor, uint64_t *out, shoal_error *err)
{
    const char *way = boundary && boundary->kind == SHOAL_SYNTAX_STRING ? boundary->text : "exact";
    bool wrong = boundary && boundary->kind != SHOAL_SYNTAX_STRING;
    *out = n / factor;
    if (!wrong && strcmp(way, "trim") == 0) return SHOAL_OK;
    if (!wrong && strcmp(way, "pad") == 0) {
        *out += n % factor != 0;
        return SHOAL_OK;
    }
    if (wrong || strcmp(way, "exact") != 0)
        return shoal_fail_at(err, boundary->column, "boundary is \"exact\", \"trim\" or \"pad\"");
    if (n % factor == 0) return SHOAL_OK;
    return shoal_fail_at(err, call->column,
                         "%llu elements are no multiple of %llu; give boundary=\"trim\" or \"pad\"",
                         (unsigned long long)n, (unsigned long long)factor);
}

/* What coarsening several axes is written with: "nanmean(reshape(pad(x[:6, :], ...), (3, 2, 5, 2)),
   axis=(1, 3,))". */
typedef struct rewriting {
    char slices[500], widths[500], shape[800], axes[200];
    bool pads;
    int n; /* axes of the reshaped array */
} rewriting;

#define ADD(text, ...) snprintf(text + strlen(text), sizeof text - strlen(text), __VA_ARGS__)

/* An axis of so many elements: `factor` beside each other become one, 0: they stay. */
static shoal_status rewrite_axis(const shoal_syntax *call, const shoal_syntax *boundary, uint64_t n,
                                 uint64_t factor, rewriting *r, shoal_error *err)
{
    uint64_t length = n, taken = n;
    shoal_status status = SHOAL_OK;
    if (factor) {
        status = coarse_length(call, boundary, n, factor, &length, err);
        if (length == 1 && factor > n) factor = n; /* nothing but it in the block */
        taken = length * factor < n ? length * factor : n;
        r->pads |= length * factor > n;
        ADD(r->axes, "%d, ", r->n + 1);
    }
    ADD(r->slices, "%s:%llu", r->slices[0] ? ", " : "", (unsigned long long)taken);
    ADD(r->widths, "(0, %llu), ", (unsigned long long)(factor ? length * factor - taken : 0));
    ADD(r->shape, "%llu, ", (unsigned long long)length);
    if (factor) ADD(r->shape, "%llu, ", (unsigned long long)factor);
    r->n += factor ? 2 : 1;
    return status;
}

#define MOST_COARSE_AXES 12

/* factor=(2, 3), axis=(0, 1): the statistics of blocks, of the array with its axes cut in two. */
static shoal_status coarsen_several(shoal_graph *graph, const shoal_syntax *call,
                                    const shoal_bound *b, shoal_node *x, shoal_node **out,
                                    shoal_error *err)
{
    rewriting r = {.n = 0};
    char body[1500], signature[48];
    int axes[SHOAL_MAX_INTEGERS] = {0};
    int64_t factor[SHOAL_MAX_RANK] = {0};
    const shoal_syntax *f = b->slot[1], *a = b->slot[2];
    if (!a || a->kind != SHOAL_SYNTAX_TUPLE || f->kind != SHOAL_SYNTAX_TUPLE ||
        a->n_children != f->n_children || x->rank > MOST_COARSE_AXES)
        return shoal_fail_at(err, call->column,
                             "of several axes %s() takes a factor for each: factor=(2, 3), "
                             "axis=(0, 1), and arrays of %d axes at most",
                             call->text, MOST_COARSE_AXES);
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < a->n_children && k < SHOAL_MAX_INTEGERS && !status; k++) {
        status = shoal_call_axis_of(graph, a->child[k], x, &axes[k], err);
        if (!status && factor[axes[k]])
            return shoal_fail_at(err, a->column, "axis %d is named twice", axes[k]);
        if (!status)
            status = shoal_call_whole(graph, f->child[k], "a factor", 1, MOST_WINDOW,
                                      &factor[axes[k]], err);
    }
    for (int k = 0; k < x->rank && !status; k++)
        status = rewrite_axis(call, b->slot[3], x->shape[k], (uint64_t)factor[k], &r, err);
    if (status) return status;
    if (r.pads && shoal_code_kind(x->type.code) < SHOAL_KIND_FLOAT)
        return shoal_fail_at(err, call->column,
                             "boundary=\"pad\" of integers works along one axis; cast to float64");
    const char *after = strchr(call->text, '_') + 1;
    snprintf(signature, sizeof signature, "%s(x)", call->text);
    snprintf(body, sizeof body, "nan%s(reshape(%sx[%s]%s%s%s, (%s)), axis=(%s))", after,
             r.pads ? "pad(" : "", r.slices, r.pads ? ", (" : "", r.pads ? r.widths : "",
             r.pads ? "), constant_values=nan)" : "", r.shape, r.axes);
    const shoal_defined function = {signature, body, ""};
    shoal_syntax one = *call, *argument[1];
    shoal_syntax copy = *b->slot[0];
    argument[0] = &copy;
    one.child = argument;
    one.n_children = 1;
    return shoal_call_defined(graph, &one, &function, out, err);
}

static shoal_status call_coarsen(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"x", "factor", "axis", "boundary", NULL};
    shoal_bound b;
    shoal_node *x;
    int axis;
    int64_t factor = 0;
    uint64_t length;
    shoal_coarsen p;
    memset(&p, 0, sizeof p);
    p.op = op_of(call->text);
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    bool several = b.slot[1] && (b.slot[1]->kind == SHOAL_SYNTAX_TUPLE ||
                                 (b.slot[2] && b.slot[2]->kind == SHOAL_SYNTAX_TUPLE));
    if (!status && several) return coarsen_several(graph, call, &b, x, out, err);
    if (!status)
        status = shoal_call_whole(graph, b.slot[1], "a factor", 1, MOST_WINDOW, &factor, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (status) return status;
    p.type = x->type.code;
    p.factor = (uint64_t)factor;
    status =
        coarse_length(call, b.slot[3], shoal_call_line_length(x, axis), p.factor, &length, err);
    if (status) return status;
    shoal_kind kind = shoal_code_kind(p.type);
    bool sums = p.op == SHOAL_WINDOW_SUM;
    p.result = p.op == SHOAL_WINDOW_MEAN         ? float_type(p.type)
               : sums && kind <= SHOAL_KIND_INT  ? SHOAL_INT64
               : sums && kind == SHOAL_KIND_UINT ? SHOAL_UINT64
                                                 : p.type;
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_coarsen, p.result, length, &p,
                                sizeof p, out, err);
}

const shoal_named_call shoal_functions_rolling[] = {
    {"rolling_sum", call_rolling},
    {"rolling_mean", call_rolling},
    {"rolling_std", call_rolling},
    {"rolling_var", call_rolling},
    {"rolling_min", call_rolling},
    {"rolling_max", call_rolling},
    {"rolling_median", call_rolling},
    {"rolling_count", call_rolling},
    {"coarsen_sum", call_coarsen},
    {"coarsen_mean", call_coarsen},
    {"coarsen_min", call_coarsen},
    {"coarsen_max", call_coarsen},
    {NULL, NULL},
};
