/* Filters along an axis, with SciPy's names and modes. */
#include "compute/call_filter.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

shoal_type_code shoal_filter_type(shoal_type_code type)
{
    return shoal_code_kind(type) == SHOAL_KIND_FLOAT ? type : SHOAL_FLOAT64;
}

shoal_status shoal_call_edge_mode(const shoal_syntax *s, shoal_edge_mode *out, shoal_error *err)
{
    static const char *const names[] = {"reflect", "nearest", "constant", "wrap", "mirror"};
    *out = SHOAL_EDGE_REFLECT;
    if (!s) return SHOAL_OK;
    for (int k = 0; k < 5 && s->kind == SHOAL_SYNTAX_STRING; k++)
        if (strcmp(s->text, names[k]) == 0) {
            *out = (shoal_edge_mode)k;
            return SHOAL_OK;
        }
    return shoal_fail_at(
        err, s->column, "a mode is \"reflect\", \"nearest\", \"constant\", \"wrap\" or \"mirror\"");
}

static shoal_status new_weights(shoal_graph *graph, uint64_t n, shoal_correlation **out,
                                shoal_error *err)
{
    size_t bytes = sizeof **out + (size_t)n * sizeof(double);
    *out = shoal_arena_alloc(graph->arena, bytes);
    if (!*out) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memset(*out, 0, bytes);
    (*out)->n = n;
    return SHOAL_OK;
}

/* (1, 2, 1): as they are, or from the last to the first, as a convolution has them. */
static shoal_status read_weights(shoal_graph *graph, const shoal_syntax *s, bool turned,
                                 shoal_correlation **out, shoal_error *err)
{
    bool many = s->kind == SHOAL_SYNTAX_TUPLE;
    uint64_t n = many ? (uint64_t)s->n_children : 1;
    if (n == 0) return shoal_fail_at(err, s->column, "there are no weights");
    shoal_status status = new_weights(graph, n, out, err);
    for (uint64_t k = 0; k < n && !status; k++)
        status = shoal_call_float(graph, many ? s->child[k] : s, "a weight",
                                  &(*out)->weight[turned ? n - 1 - k : k], NULL, err);
    return status;
}

static shoal_status even_weights(shoal_graph *graph, const shoal_syntax *s, shoal_correlation **out,
                                 shoal_error *err)
{
    int64_t n = 0;
    shoal_status status = shoal_call_whole(graph, s, "a size", 1, SHOAL_FILTER_WEIGHTS, &n, err);
    if (!status) status = new_weights(graph, (uint64_t)n, out, err);
    for (int64_t k = 0; k < n && !status; k++) (*out)->weight[k] = 1 / (double)n;
    return status;
}

shoal_status shoal_call_gaussian(shoal_graph *graph, const shoal_syntax *s,
                                 const shoal_syntax *truncate, bool or_none, double *sigma,
                                 uint64_t *n, shoal_error *err)
{
    double reach = 4;
    *sigma = 0;
    shoal_status status = shoal_call_float(graph, s, "sigma", sigma, NULL, err);
    if (!status) status = shoal_call_float(graph, truncate, "truncate", &reach, NULL, err);
    if (status) return status;
    bool none = or_none && *sigma >= 0 && *sigma <= 1e-15; /* SciPy leaves such axes as they are */
    if (none) reach = *sigma = 1e-9;
    if (!(*sigma > 0 && reach >= 0 && *sigma * reach < SHOAL_FILTER_WEIGHTS / 2 - 1))
        return shoal_fail_at(err, s->column, "sigma is more than 0, and %d weights are the most",
                             SHOAL_FILTER_WEIGHTS);
    *n = 2 * (uint64_t)(reach * *sigma + 0.5) + 1;
    return SHOAL_OK;
}

void shoal_gaussian_weights(double sigma, uint64_t n, double *weights)
{
    int64_t radius = (int64_t)(n / 2);
    double sum = 0;
    for (int64_t k = -radius; k <= radius; k++)
        sum += weights[k + radius] = exp(-0.5 / (sigma * sigma) * (double)(k * k));
    for (uint64_t k = 0; k < n; k++) weights[k] /= sum;
}

static shoal_status gaussian_weights(shoal_graph *graph, const shoal_syntax *s,
                                     const shoal_syntax *truncate, shoal_correlation **out,
                                     shoal_error *err)
{
    uint64_t n = 0;
    double sigma;
    shoal_status status = shoal_call_gaussian(graph, s, truncate, false, &sigma, &n, err);
    if (!status) status = new_weights(graph, n, out, err);
    if (!status) shoal_gaussian_weights(sigma, n, (*out)->weight);
    return status;
}

static shoal_status call_correlate(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err)
{
    static const char *const of_weights[] = {"x",    "weights", "axis", "mode",
                                             "cval", "origin",  NULL};
    static const char *const of_size[] = {"x", "size", "axis", "mode", "cval", "origin", NULL};
    static const char *const of_sigma[] = {"x", "sigma", "axis", "mode", "cval", "truncate", NULL};
    bool even = call->text[0] == 'u', gaussian = call->text[0] == 'g';
    shoal_bound b;
    shoal_node *x;
    int axis;
    double constant = 0;
    shoal_edge_mode mode;
    shoal_correlation *p = NULL;
    shoal_status status = shoal_call_bind(call,
                                          even       ? of_size
                                          : gaussian ? of_sigma
                                                     : of_weights,
                                          2, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (!status) status = shoal_call_edge_mode(b.slot[3], &mode, err);
    if (!status) status = shoal_call_float(graph, b.slot[4], "cval", &constant, NULL, err);
    if (!status)
        status = even       ? even_weights(graph, b.slot[1], &p, err)
                 : gaussian ? gaussian_weights(graph, b.slot[1], b.slot[5], &p, err)
                            : read_weights(graph, b.slot[1], call->text[3] == 'v', &p, err);
    shoal_filter_axis place = {.size = status ? 1 : p->n};
    if (!status)
        status = shoal_filter_origin(graph, gaussian ? NULL : b.slot[5], call->text[3] == 'v',
                                     &place, err);
    if (status) return status;
    p->before = place.before;
    p->mode = mode;
    p->constant = constant;
    p->type = x->type.code;
    p->result = shoal_filter_type(p->type);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_correlate, p->result,
                                shoal_call_line_length(x, axis), p,
                                sizeof *p + (size_t)p->n * sizeof(double), out, err);
}

static shoal_status call_gradient(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"x", "dx", "axis", NULL};
    shoal_bound b;
    shoal_node *x;
    int axis;
    shoal_gradient p;
    memset(&p, 0, sizeof p);
    p.spacing = 1;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_float(graph, b.slot[1], "dx", &p.spacing, NULL, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (status) return status;
    uint64_t n = shoal_call_line_length(x, axis);
    if (axis < 0 || (x->rank > 1 && !b.slot[2]))
        return shoal_fail_at(err, call->column, "gradient() of several axes wants axis=");
    if (n < 2) return shoal_fail_at(err, call->column, "gradient() wants two elements and more");
    p.type = x->type.code;
    p.result = shoal_filter_type(p.type);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_gradient, p.result, n, &p, sizeof p,
                                out, err);
}

const shoal_named_call shoal_functions_correlate[] = {
    {"gradient", call_gradient},           {"convolve1d", call_correlate},
    {"correlate1d", call_correlate},       {"uniform_filter1d", call_correlate},
    {"gaussian_filter1d", call_correlate}, {NULL, NULL},
};
