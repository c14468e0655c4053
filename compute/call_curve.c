/* interp, i0 and ediff1d. */
#include "compute/call.h"

#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_POINTS ((uint64_t)1 << 24)

/* ---- interp ---- */

typedef struct point {
    double x, y;
} point;

static int by_x(const void *a, const void *b)
{
    double x = ((const point *)a)->x, y = ((const point *)b)->x;
    return (x > y) - (x < y);
}

/* Python's x % period */
static double modulo(double x, double period)
{
    double r = fmod(x, period);
    return r < 0 ? r + period : r;
}

static shoal_status read_points(shoal_graph *graph, const shoal_syntax *const *s, point **out,
                                uint64_t *n, shoal_error *err)
{
    shoal_node *node;
    const double *value[2];
    uint64_t count[2];
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++) {
        void *values = NULL;
        status = shoal_graph_expression(graph, s[k], &node, err);
        if (!status && (node->type.code > SHOAL_FLOAT64 || node->rank != 1))
            return shoal_fail_at(err, s[k]->column,
                                 "the points of interp() are real numbers along one axis");
        if (!status)
            status = shoal_call_values(graph, node, SHOAL_FLOAT64, "points", MOST_POINTS,
                                       s[k]->column, &values, &count[k], err);
        value[k] = values;
    }
    if (status) return status;
    if (count[0] != count[1] || count[0] == 0)
        return shoal_fail_at(err, s[1]->column, "interp() has %llu xp for %llu fp",
                             (unsigned long long)count[0], (unsigned long long)count[1]);
    *n = count[0];
    *out = shoal_arena_alloc(graph->arena, ((size_t)*n + 2) * sizeof **out);
    if (!*out) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for points");
    for (uint64_t k = 0; k < *n; k++) (*out)[k + 1] = (point){value[0][k], value[1][k]};
    return SHOAL_OK;
}

/* p[1] to p[*n]; with a period those before and behind are added. */
static shoal_status order_points(point **p, uint64_t *n, double period, const shoal_syntax *s,
                                 shoal_error *err)
{
    point *all = *p + 1;
    for (uint64_t k = 0; k < *n && period > 0; k++) all[k].x = modulo(all[k].x, period);
    if (period > 0) qsort(all, (size_t)*n, sizeof *all, by_x);
    for (uint64_t k = 0; k < *n; k++)
        if (all[k].x != all[k].x || (k > 0 && all[k].x < all[k - 1].x))
            return shoal_fail_at(err, s->column, "the xp of interp() must rise");
    *p = all;
    if (!(period > 0)) return SHOAL_OK;
    all[-1] = (point){all[*n - 1].x - period, all[*n - 1].y};
    all[*n] = (point){all[0].x + period, all[0].y};
    *p = all - 1;
    *n += 2;
    return SHOAL_OK;
}

static shoal_status add_interpolation(shoal_graph *graph, const point *p, uint64_t n,
                                      const double *beyond, shoal_node *x, int column,
                                      shoal_node **out, shoal_error *err)
{
    double *table = shoal_arena_alloc(graph->arena, ((size_t)n * 2 + 2) * sizeof *table);
    if (!table) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for points");
    for (uint64_t k = 0; k < n; k++) {
        table[k] = p[k].x;
        table[n + k] = p[k].y;
    }
    memcpy(table + 2 * n, beyond, 2 * sizeof *beyond);
    const shoal_apply step = {.op = SHOAL_APPLY_INTERPOLATE,
                              .n_bytes = {8},
                              .out_bytes = 8,
                              .table = (const void *)table,
                              .n_table = n};
    return shoal_graph_apply(graph, &step, shoal_type_of(SHOAL_FLOAT64), &x, 1, column, out, err);
}

static shoal_status call_interp(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"x", "xp", "fp", "left", "right", "period", NULL};
    shoal_bound b;
    shoal_node *args[2];
    point *p = NULL;
    uint64_t n = 0;
    double period = 0;
    shoal_status status = shoal_call_bind(call, parameters, 3, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &args[0], err);
    if (!status) status = shoal_graph_cast(graph, args[0], SHOAL_FLOAT64, &args[0], err);
    if (!status) status = read_points(graph, b.slot + 1, &p, &n, err);
    bool periodic = !shoal_call_is_none(b.slot[5]);
    if (!status && periodic)
        status = shoal_call_float(graph, b.slot[5], "a period", &period, NULL, err);
    if (!status && periodic && !(fabs(period) > 0 && isfinite(period)))
        return shoal_fail_at(err, b.slot[5]->column, "a period is a number other than 0");
    if (!status) status = order_points(&p, &n, fabs(period), b.slot[1], err);
    if (status) return status;
    double beyond[2] = {p[0].y, p[n - 1].y};
    for (int k = 0; k < 2 && !periodic && !status; k++)
        if (!shoal_call_is_none(b.slot[3 + k]))
            status =
                shoal_call_float(graph, b.slot[3 + k], parameters[3 + k], &beyond[k], NULL, err);
    if (!status && periodic) {
        status = shoal_graph_literal_float(graph, fabs(period), &args[1], err);
        if (!status)
            status =
                shoal_graph_element(graph, SHOAL_OP_REMAINDER, args, call->column, &args[0], err);
    }
    return status ? status
                  : add_interpolation(graph, p, n, beyond, args[0], call->column, out, err);
}

/* ---- i0 ---- */

/* Of great numbers the series leaves exp(x) out, which is multiplied here. */
static shoal_status call_i0(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                            shoal_error *err)
{
    static const char *const parameters[] = {"x", NULL};
    const shoal_apply step = {.op = SHOAL_APPLY_BESSEL, .n_bytes = {8}, .out_bytes = 8};
    shoal_bound b;
    shoal_node *x, *series, *limit, *product[2], *where[3];
    int at = call->column;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (status) return status;
    shoal_type_code type =
        shoal_code_kind(x->type.code) == SHOAL_KIND_FLOAT ? x->type.code : SHOAL_FLOAT64;
    status = shoal_graph_cast(graph, x, SHOAL_FLOAT64, &x, err);
    if (!status) status = shoal_graph_element(graph, SHOAL_OP_ABSOLUTE, &x, at, &x, err);
    if (!status)
        status =
            shoal_graph_apply(graph, &step, shoal_type_of(SHOAL_FLOAT64), &x, 1, at, &series, err);
    if (!status) status = shoal_graph_element(graph, SHOAL_OP_EXP, &x, at, &product[0], err);
    product[1] = series;
    if (!status)
        status = shoal_graph_element(graph, SHOAL_OP_MULTIPLY, product, at, &where[1], err);
    if (!status) status = shoal_graph_literal_float(graph, SHOAL_BESSEL_FAR, &limit, err);
    if (status) return status;
    shoal_node *sides[2] = {x, limit};
    status = shoal_graph_element(graph, SHOAL_OP_GREATER, sides, at, &where[0], err);
    where[2] = series;
    if (!status) status = shoal_graph_element(graph, SHOAL_OP_WHERE, where, at, out, err);
    return status ? status : shoal_graph_cast(graph, *out, type, out, err);
}

/* ---- ediff1d ---- */

static shoal_status read_end(shoal_graph *graph, const shoal_syntax *s, shoal_type_code type,
                             shoal_node **parts, int *n, shoal_error *err)
{
    if (shoal_call_is_none(s)) return SHOAL_OK;
    shoal_status status = shoal_graph_expression(graph, s, &parts[*n], err);
    if (!status && shoal_code_kind(parts[*n]->type.code) > shoal_code_kind(type) &&
        parts[*n]->type.code > type)
        return shoal_fail_at(err, s->column, "this is no number of the array's type");
    if (!status) status = shoal_graph_cast(graph, parts[*n], type, &parts[*n], err);
    if (!status) status = shoal_graph_at_least(graph, parts[*n], 1, &parts[*n], err);
    if (!status) status = shoal_graph_ravel(graph, parts[*n], &parts[*n], err);
    ++*n;
    return status;
}

static shoal_status call_ediff1d(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"x", "to_end", "to_begin", NULL};
    static const shoal_defined differences = {"ediff1d(x)", "diff(ravel(x))", ""};
    shoal_bound b;
    shoal_node *parts[3] = {NULL}, *middle;
    int n = 0;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (status) return status;
    shoal_syntax one = *call, copy = *b.slot[0], *argument[1] = {&copy};
    one.child = argument;
    one.n_children = 1;
    status = shoal_call_defined(graph, &one, &differences, &middle, err);
    if (status) return status;
    shoal_type_code type = middle->type.code;
    if (type == SHOAL_BOOL || type >= SHOAL_TEXT)
        return shoal_fail_at(err, call->column, "ediff1d() works on numbers");
    status = read_end(graph, b.slot[2], type, parts, &n, err);
    parts[n++] = middle;
    if (!status) status = read_end(graph, b.slot[1], type, parts, &n, err);
    if (status) return status;
    *out = middle;
    return n == 1 ? SHOAL_OK : shoal_graph_concatenate(graph, parts, n, 0, call->column, out, err);
}

const shoal_named_call shoal_functions_curve[] = {
    {"interp", call_interp},
    {"i0", call_i0},
    {"ediff1d", call_ediff1d},
    {NULL, NULL},
};
