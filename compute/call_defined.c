/* Functions that are written in the language itself: their arguments are bound to names that no
   user can write, and the body is an expression like others. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <stdio.h>
#include <string.h>

/* A parameter with the default None or False is handed on as it is written (an axis, a flag); the
   others are arrays. */
static const shoal_defined defined[] = {
    {"isposinf(x)", "logical_and(isinf(x), logical_not(signbit(x)))", "x is positive infinity"},
    {"isneginf(x)", "logical_and(isinf(x), signbit(x))", "x is negative infinity"},
    {"isreal(x)", "imag(x) == 0", "the imaginary part of x is 0"},
    {"iscomplex(x)", "imag(x) != 0", "the imaginary part of x is not 0"},
    {"isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)",
     "logical_or(logical_or(logical_and(absolute(a - (b + 0.0)) <= atol + rtol * absolute((b + "
     "0.0)), "
     "isfinite((b + 0.0))), a == (b + 0.0)), logical_and(equal_nan, logical_and(isnan(a), "
     "isnan(b))))",
     "|a - b| <= atol + rtol * |b|; with equal_nan NaN is close to NaN"},
    {"allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)",
     "all(isclose(a, b, rtol, atol, equal_nan))", "all elements are close, as isclose says"},
    {"sinc(x)",
     "where(x * 3.141592653589793 != 0, sin(x * 3.141592653589793) / where(x * 3.141592653589793 "
     "!= 0, x * 3.141592653589793, 1), 1)",
     "sin(pi * x) / (pi * x); 1 at 0"},
    {"ptp(x, axis=None, keepdims=False)",
     "max(x, axis=axis, keepdims=keepdims) - min(x, axis=axis, keepdims=keepdims)",
     "greatest less smallest"},
    {"tril(m, k=0)", "where(index(m, axis=-1) - index(m, axis=-2) <= k, m, zeros_like(m))",
     "0 above the k-th diagonal of the last two axes"},
    {"triu(m, k=0)", "where(index(m, axis=-1) - index(m, axis=-2) >= k, m, zeros_like(m))",
     "0 below the k-th diagonal of the last two axes"},
    {"trace(a, offset=0)",
     "sum(where(index(a, axis=1) - index(a, axis=0) == offset, a, zeros_like(a)), axis=(0, 1))",
     "sum of a diagonal of the first two axes"},
};
#define N_DEFINED (sizeof defined / sizeof *defined)

static bool has_name(const shoal_defined *function, const char *name)
{
    size_t n = strlen(name);
    return strncmp(function->signature, name, n) == 0 && function->signature[n] == '(';
}

const shoal_defined *shoal_defined_find(const char *name)
{
    for (size_t k = 0; k < N_DEFINED; k++)
        if (has_name(&defined[k], name)) return &defined[k];
    return NULL;
}

const shoal_defined *shoal_defined_list(size_t *n)
{
    *n = N_DEFINED;
    return defined;
}

typedef struct binding {
    int n, n_required;
    const char *name[SHOAL_MAX_ARGUMENTS + 1];             /* as the caller knows it */
    const char *own[SHOAL_MAX_ARGUMENTS];                  /* as the body does; NULL: handed on */
    const shoal_syntax *fallback[SHOAL_MAX_ARGUMENTS + 1]; /* the default */
    const shoal_syntax *given[SHOAL_MAX_ARGUMENTS];
} binding;

static bool is_handed_on(const shoal_syntax *fallback)
{
    return fallback && fallback->kind == SHOAL_SYNTAX_NAME;
}

/* The parameters of a signature, which was parsed as a call. */
static shoal_status read_signature(shoal_graph *graph, const shoal_syntax *signature, binding *b,
                                   shoal_error *err)
{
    *b = (binding){.n = signature->n_children};
    for (int k = 0; k < b->n; k++) {
        const shoal_syntax *p = signature->child[k];
        b->name[k] = p->text;
        if (p->kind == SHOAL_SYNTAX_KEYWORD)
            b->fallback[k] = p->child[0];
        else
            b->n_required++;
        if (is_handed_on(b->fallback[k])) continue;
        char own[64]; /* the blank keeps it apart from every name that can be written */
        int n = snprintf(own, sizeof own, "%s of", p->text);
        b->own[k] = shoal_arena_text(graph->arena, own, (size_t)n);
        if (!b->own[k]) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    }
    return SHOAL_OK;
}

/* Puts the arguments into the body, and the call's column to all of it, for messages. The body is
   ours: not deep. */
static void fit_body(shoal_syntax *s, const binding *b, int column)
{
    s->column = column;
    for (int k = 0; k < b->n && s->kind == SHOAL_SYNTAX_NAME; k++) {
        if (strcmp(s->text, b->name[k]) != 0) continue;
        if (b->own[k])
            s->text = b->own[k];
        else
            *s = *b->given[k];
        return;
    }
    for (int k = 0; k < s->n_children; k++)
        if (s->child[k]) fit_body(s->child[k], b, column);
}

static shoal_status bind_values(shoal_graph *graph, binding *b, shoal_error *err)
{
    shoal_node *value[SHOAL_MAX_ARGUMENTS];
    for (int k = 0; k < b->n; k++) {
        if (!b->own[k]) continue;
        shoal_status status = shoal_graph_expression(graph, b->given[k], &value[k], err);
        if (status) return status;
    }
    /* bound after all are computed: an argument may call the same function */
    for (int k = 0; k < b->n; k++) {
        if (!b->own[k]) continue;
        if (graph->n_names == SHOAL_MAX_NAMES)
            return shoal_fail(err, SHOAL_USAGE, "functions are nested too deep");
        graph->names[graph->n_names].name = b->own[k];
        graph->names[graph->n_names++].node = value[k];
    }
    return SHOAL_OK;
}

shoal_status shoal_call_defined(shoal_graph *graph, const shoal_syntax *call,
                                const shoal_defined *function, shoal_node **out, shoal_error *err)
{
    char text[1600];
    shoal_statement statement[2]; /* the text has two */
    int n = 0, n_names = graph->n_names;
    binding b;
    shoal_bound bound;
    snprintf(text, sizeof text, "%s; %s", function->signature, function->body);
    shoal_status status = shoal_parse(graph->arena, text, statement, &n, err);
    if (!status) status = read_signature(graph, statement[0].value, &b, err);
    if (!status) status = shoal_call_bind(call, b.name, b.n_required, &bound, err);
    if (status) return status;
    for (int k = 0; k < b.n; k++) b.given[k] = bound.slot[k] ? bound.slot[k] : b.fallback[k];
    fit_body(statement[1].value, &b, call->column);
    status = bind_values(graph, &b, err);
    if (!status) status = shoal_graph_expression(graph, statement[1].value, out, err);
    graph->n_names = n_names;
    return status;
}
