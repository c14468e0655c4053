/* Windows along an axis: rolling, as in pandas, and apart, as xarray's coarsen. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

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
