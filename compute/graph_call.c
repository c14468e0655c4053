/* Calls: which function a name means. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/other_words.h"
#include "compute/user_kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NumPy's operator takes x ** 0.5 of floats as sqrt(x), and x ** 2 of bools as square(x). */
static shoal_op power_of(const shoal_node *x, const shoal_node *exponent)
{
    double real;
    int64_t whole;
    if (x->weak || !exponent->weak || exponent->kind != SHOAL_NODE_LITERAL) return SHOAL_OP_POWER;
    memcpy(&real, exponent->value, sizeof real);
    memcpy(&whole, exponent->value, sizeof whole);
    bool floats = x->type.code >= SHOAL_FLOAT16;
    if (floats && exponent->type.code == SHOAL_FLOAT64 && real == 0.5) return SHOAL_OP_SQRT;
    if (x->type.code == SHOAL_BOOL && exponent->type.code == SHOAL_INT64 && whole == 2)
        return SHOAL_OP_SQUARE;
    return SHOAL_OP_POWER;
}

static shoal_status call_operation(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                   shoal_node **out, shoal_error *err)
{
    int arity = shoal_operation_of(op)->arity;
    if (call->n_children != arity)
        return shoal_fail_at(err, call->column, "%s() takes %d argument%s, not %d", call->text,
                             arity, arity == 1 ? "" : "s", call->n_children);
    bool compares = op >= SHOAL_OP_EQUAL && op <= SHOAL_OP_GREATER_EQUAL, any_text = false;
    shoal_node *args[3] = {NULL};
    const char *text[3] = {NULL};
    for (int k = 0; k < arity; k++) {
        const shoal_syntax *c = call->child[k];
        if (c->kind == SHOAL_SYNTAX_KEYWORD)
            return shoal_fail_at(err, c->column, "%s() has no argument '%s'", call->text, c->text);
        bool dates = op == SHOAL_OP_SUBTRACT || op == SHOAL_OP_ADD;
        if ((compares || dates) && c->kind == SHOAL_SYNTAX_STRING) {
            text[k] = c->text;
            any_text = true;
            continue;
        }
        shoal_status status = shoal_graph_expression(graph, c, &args[k], err);
        if (status) return status;
    }
    bool found = false;
    if (arity == 2) {
        shoal_status status =
            shoal_call_time_operation(graph, call, op, args, text, &found, out, err);
        if (status || found) return status;
    }
    if (any_text && !compares)
        return shoal_fail_at(err, call->column, "'%s' does not work on text", call->text);
    if (compares && !any_text)
        any_text = shoal_call_is_text(graph, args[0]) && shoal_call_is_text(graph, args[1]);
    if (any_text) return shoal_call_text_compare(graph, call, op, args, text, out, err);
    if (call->is_operator) {
        shoal_node n;
        bool folded;
        shoal_status status = shoal_graph_fold(op, args, arity, call->column, &n, &folded, err);
        if (status) return status;
        if (folded) return shoal_graph_add(graph, &n, out, err);
        if (op == SHOAL_OP_POWER) op = power_of(args[0], args[1]);
    }
    return shoal_graph_element(graph, op, args, call->column, out, err);
}

/* round(x, decimals) as NumPy does it: multiply, rint, divide. */
static shoal_status call_round(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err)
{
    static const char *const parameters[] = {"x", "decimals", NULL};
    shoal_bound b;
    shoal_node *args[2];
    int64_t decimals = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_graph_expression(graph, b.slot[0], &args[0], err);
    if (!status && b.slot[1]) {
        status = shoal_call_number(graph, b.slot[1], "decimals", &args[1], err);
        if (!status) memcpy(&decimals, args[1]->value, sizeof decimals);
        if (!status && (args[1]->type.code != SHOAL_INT64 || decimals < -300 || decimals > 300))
            return shoal_fail_at(err, b.slot[1]->column, "decimals must be a whole number");
    }
    if (status) return status;
    *out = args[0];
    shoal_type_code type = args[0]->type.code;
    shoal_kind kind = shoal_code_kind(type);
    bool whole = kind == SHOAL_KIND_INT || kind == SHOAL_KIND_UINT;
    if (whole && decimals >= 0) return shoal_graph_operand(graph, args[0], out, err);
    if (kind == SHOAL_KIND_BOOL && decimals != 0)
        return shoal_fail_at(err, call->column, "bools round to no decimals");
    if (decimals == 0)
        return shoal_graph_element(graph, SHOAL_OP_ROUND, out, call->column, out, err);
    status = shoal_graph_literal_float(graph, pow(10, (double)llabs(decimals)), &args[1], err);
    shoal_op up = decimals > 0 ? SHOAL_OP_MULTIPLY : SHOAL_OP_DIVIDE;
    shoal_op down = decimals > 0 ? SHOAL_OP_DIVIDE : SHOAL_OP_MULTIPLY;
    if (!status) status = shoal_graph_element(graph, up, args, call->column, &args[0], err);
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_RINT, args, call->column, &args[0], err);
    if (!status) status = shoal_graph_element(graph, down, args, call->column, out, err);
    return status || !whole ? status : shoal_graph_cast(graph, *out, type, out, err);
}

/* astype(x, type), and type(x). */
static shoal_status call_cast(shoal_graph *graph, const shoal_syntax *call, bool named,
                              shoal_node **out, shoal_error *err)
{
    static const char *const parameters[] = {"x", "dtype", NULL};
    shoal_bound b;
    shoal_type type = {0};
    shoal_status status = shoal_call_bind(call, parameters, named ? 2 : 1, &b, err);
    if (status) return status;
    if (named) {
        status = shoal_call_type(b.slot[1], &type.code, err);
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

static shoal_status call_astype(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    return call_cast(graph, call, true, out, err);
}

/* Functions that are no row of the operations table: these, and those of the files call_*.c. */
static const shoal_named_call own[] = {
    {"round", call_round},
    {"around", call_round},
    {"astype", call_astype},
    {NULL, NULL},
};

static const shoal_named_call *const function_lists[] = {own,
                                                         shoal_functions_choose,
                                                         shoal_functions_convolve,
                                                         shoal_functions_correlate,
                                                         shoal_functions_curve,
                                                         shoal_functions_filter,
                                                         shoal_functions_histogram,
                                                         shoal_functions_order,
                                                         shoal_functions_product,
                                                         shoal_functions_rolling,
                                                         shoal_functions_scan,
                                                         shoal_functions_shift,
                                                         shoal_functions_sort,
                                                         shoal_functions_search,
                                                         shoal_functions_view,
                                                         shoal_functions_make,
                                                         shoal_functions_join,
                                                         shoal_functions_pad,
                                                         shoal_functions_take,
                                                         shoal_functions_random};
#define N_FUNCTION_LISTS (sizeof function_lists / sizeof *function_lists)

static const shoal_named_call *find_function(const char *name)
{
    for (size_t k = 0; k < N_FUNCTION_LISTS; k++)
        for (const shoal_named_call *f = function_lists[k]; f->name; f++)
            if (strcmp(name, f->name) == 0) return f;
    return NULL;
}

const char *shoal_call_name(size_t k)
{
    for (size_t list = 0; list < N_FUNCTION_LISTS; list++)
        for (const shoal_named_call *f = function_lists[list]; f->name; f++)
            if (k-- == 0) return f->name;
    return NULL;
}

static shoal_status unknown_function(const shoal_user_kernels *kernels, const shoal_syntax *call,
                                     shoal_error *err)
{
    const char *names[512];
    char defined_names[32][48];
    const char *const *operations = shoal_operation_names();
    size_t n = 0, n_defined;
    const shoal_defined *defined = shoal_defined_list(&n_defined);
    for (; operations[n] && n < 400; n++) names[n] = operations[n];
    for (size_t k = 0; n < 480 && (names[n] = shoal_call_name(k)); k++) n++;
    for (size_t k = 0; k < n_defined && k < 32; k++) {
        snprintf(defined_names[k], sizeof *defined_names, "%.*s",
                 (int)strcspn(defined[k].signature, "("), defined[k].signature);
        names[n++] = defined_names[k];
    }
    for (size_t k = 0; kernels && k < kernels->n && n < 512; k++)
        names[n++] = kernels->kernel[k]->spec.name;
    const char *here = shoal_other_function(call->text);
    if (here)
        return shoal_fail_at(err, call->column, "unknown function '%s'; write %s", call->text,
                             here);
    const char *near = shoal_nearest_word(call->text, names, n);
    return near ? shoal_fail_at(err, call->column, "unknown function '%s'; did you mean '%s'?",
                                call->text, near)
                : shoal_fail_at(err, call->column, "unknown function '%s'", call->text);
}

shoal_status shoal_graph_call(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err)
{
    shoal_type type;
    const shoal_named_call *function = find_function(call->text);
    if (function) return function->call(graph, call, out, err);
    if (shoal_call_is_pair(call))
        return shoal_fail_at(err, call->column, "%s() has two results: take [0] or [1]",
                             call->text);
    const shoal_defined *defined = shoal_defined_find(call->text);
    if (defined) return shoal_call_defined(graph, call, defined, out, err);
    bool found;
    shoal_status status = shoal_call_user(graph, call, &found, out, err);
    if (status || found) return status;
    status = shoal_call_text(graph, call, &found, out, err);
    if (status || found) return status;
    status = shoal_call_time(graph, call, &found, out, err);
    if (status || found) return status;
    int op = shoal_operation_find(call->text);
    if (op < 0 && shoal_type_parse(call->text, &type))
        return call_cast(graph, call, false, out, err);
    if (op < 0) return unknown_function(graph->kernels, call, err);
    return shoal_operation_of((shoal_op)op)->reduces
               ? shoal_call_reduction(graph, call, (shoal_op)op, out, err)
               : call_operation(graph, call, (shoal_op)op, out, err);
}
