/* Scans: running sums, products and extremes, and filling forward. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <string.h>

typedef struct scan_call {
    const char *name;
    shoal_scan_op op;
    bool skips_nan, standard; /* the array API's form, with include_initial */
    bool flattens;            /* without an axis, as NumPy; the others go along the last one */
    bool back;
} scan_call;

static const scan_call forms[] = {
    {"cumsum", SHOAL_SCAN_SUM, false, false, true, false},
    {"cumprod", SHOAL_SCAN_PROD, false, false, true, false},
    {"cumulative_sum", SHOAL_SCAN_SUM, false, true, true, false},
    {"cumulative_prod", SHOAL_SCAN_PROD, false, true, true, false},
    {"nancumsum", SHOAL_SCAN_SUM, true, false, true, false},
    {"nancumprod", SHOAL_SCAN_PROD, true, false, true, false},
    {"cummax", SHOAL_SCAN_MAX, false, false, false, false},
    {"cummin", SHOAL_SCAN_MIN, false, false, false, false},
    {"ffill", SHOAL_SCAN_FILL, false, false, false, false},
    {"bfill", SHOAL_SCAN_FILL, false, false, false, true},
};

static const scan_call *form_of(const char *name)
{
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++)
        if (strcmp(forms[k].name, name) == 0) return &forms[k];
    return NULL;
}

/* NaN becomes what changes nothing. */
static shoal_status without_nan(shoal_graph *graph, const shoal_syntax *call, shoal_scan_op op,
                                shoal_node **x, shoal_error *err)
{
    if (shoal_code_kind((*x)->type.code) < SHOAL_KIND_FLOAT) return SHOAL_OK;
    shoal_node *args[3] = {*x};
    shoal_status status =
        shoal_graph_element(graph, SHOAL_OP_ISNAN, args, call->column, &args[0], err);
    if (!status) status = shoal_graph_literal_int(graph, op == SHOAL_SCAN_PROD, &args[1], err);
    args[2] = *x;
    if (!status) status = shoal_graph_element(graph, SHOAL_OP_WHERE, args, call->column, x, err);
    return status;
}

/* Sums and products of integers are in 64 bits, as NumPy's on Linux. */
static shoal_type_code sum_type(shoal_type_code type)
{
    switch (shoal_code_kind(type)) {
    case SHOAL_KIND_BOOL:
    case SHOAL_KIND_INT: return SHOAL_INT64;
    case SHOAL_KIND_UINT: return SHOAL_UINT64;
    default: return type;
    }
}

/* x as it is summed; type: what the sums are cast to, which gives a narrower sum's bits. */
static shoal_status as_summed(shoal_graph *graph, const shoal_syntax *dtype, shoal_node **x,
                              shoal_type_code *type, shoal_error *err)
{
    *type = sum_type((*x)->type.code);
    shoal_status status =
        dtype && !shoal_call_is_none(dtype) ? shoal_call_type(dtype, type, err) : SHOAL_OK;
    if (!status) status = shoal_graph_cast(graph, *x, *type, x, err);
    return status ? status : shoal_graph_cast(graph, *x, sum_type(*type), x, err);
}

static shoal_status find_axis(shoal_graph *graph, const shoal_syntax *call, const scan_call *form,
                              const shoal_syntax *s, const shoal_node *x, int *axis,
                              shoal_error *err)
{
    bool none = shoal_call_is_none(s);
    if (form->standard && none && x->rank > 1)
        return shoal_fail_at(err, call->column, "%s() wants an axis of an array of several",
                             call->text);
    if (!none || !form->flattens) return shoal_call_line_axis(graph, call, s, x, axis, err);
    *axis = x->rank == 1 ? 0 : -1;
    return SHOAL_OK;
}

static shoal_status call_scan(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    static const char *const of_sum[] = {"x", "axis", "dtype", NULL};
    static const char *const of_standard[] = {"x", "axis", "dtype", "include_initial", NULL};
    static const char *const of_other[] = {"x", "axis", NULL};
    const scan_call *form = form_of(call->text);
    shoal_bound b;
    shoal_node *x;
    bool sums = form->op <= SHOAL_SCAN_PROD, initial = false;
    int axis;
    shoal_type_code type = SHOAL_FLOAT64;
    shoal_status status = shoal_call_bind(call,
                                          form->standard ? of_standard
                                          : sums         ? of_sum
                                                         : of_other,
                                          1, &b, err);
    if (!status)
        status = shoal_call_line_array(graph, call, b.slot[0],
                                       sums ? SHOAL_KIND_COMPLEX : SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = find_axis(graph, call, form, b.slot[1], x, &axis, err);
    if (!status && sums) status = as_summed(graph, b.slot[2], &x, &type, err);
    if (!status && form->skips_nan) status = without_nan(graph, call, form->op, &x, err);
    if (!status && form->standard) status = shoal_call_flag(graph, b.slot[3], &initial, err);
    if (status) return status;
    shoal_scan p;
    memset(&p, 0, sizeof p);
    p.op = form->op;
    p.type = x->type.code;
    p.initial = initial;
    uint64_t n = shoal_call_line_length(x, axis);
    if (initial && n == 0)
        return shoal_fail_at(err, call->column, "%s() of no elements with its initial one",
                             call->text);
    if (form->op == SHOAL_SCAN_FILL && shoal_code_kind(p.type) < SHOAL_KIND_FLOAT) {
        *out = x; /* there is nothing to fill */
        return SHOAL_OK;
    }
    status = shoal_call_add_lines(graph, x, axis,
                                  form->back ? &shoal_lines_fill_back : &shoal_lines_scan, p.type,
                                  initial ? n + 1 : n, &p, sizeof p, out, err);
    return status || !sums ? status : shoal_graph_cast(graph, *out, type, out, err);
}

static shoal_status call_interpolate(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                     shoal_error *err)
{
    static const char *const parameters[] = {"x", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int axis;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[1], x, &axis, err);
    if (status) return status;
    *out = x;
    if (shoal_code_kind(x->type.code) < SHOAL_KIND_FLOAT) return SHOAL_OK; /* without NaN */
    shoal_scan p;
    memset(&p, 0, sizeof p);
    p.type = x->type.code;
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_interpolate, p.type,
                                shoal_call_line_length(x, axis), &p, sizeof p, out, err);
}

const shoal_named_call shoal_functions_scan[] = {
    {"interpolate_na", call_interpolate},
    {"cumsum", call_scan},
    {"cumprod", call_scan},
    {"cumulative_sum", call_scan},
    {"cumulative_prod", call_scan},
    {"nancumsum", call_scan},
    {"nancumprod", call_scan},
    {"cummax", call_scan},
    {"cummin", call_scan},
    {"ffill", call_scan},
    {"bfill", call_scan},
    {NULL, NULL},
};
