/* Filters over several axes that go one axis after another, with SciPy's names: uniform_filter,
   gaussian_filter, minimum_filter, maximum_filter, and what these two are along one axis. */
#include "compute/call_filter.h"

#include "chunk/checked.h"
#include "chunk/error.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

#define MOST_ELEMENTS (UINT64_C(1) << 58) /* of what is computed at a time */

shoal_status shoal_filter_begin(shoal_graph *graph, const shoal_syntax *call,
                                const shoal_syntax *array, const shoal_syntax *axes,
                                shoal_filter_call *f, shoal_error *err)
{
    memset(f, 0, sizeof *f);
    f->call = call;
    shoal_status status = shoal_call_line_array(graph, call, array, SHOAL_KIND_FLOAT, &f->x, err);
    if (status) return status;
    f->n = f->x->rank;
    for (int k = 0; k < f->n; k++) f->axes[k] = k;
    for (int k = 0; k < f->n; k++)
        f->axis[k] = (shoal_filter_axis){.shape = f->x->shape[k], .size = 1};
    if (shoal_call_is_none(axes)) return SHOAL_OK;
    bool many = axes->kind == SHOAL_SYNTAX_TUPLE;
    f->n = many ? axes->n_children : 1;
    if (f->n < 1 || f->n > f->x->rank)
        return shoal_fail_at(err, axes->column, "%d axes are named; the array has %d", f->n,
                             f->x->rank);
    for (int k = 0; k < f->n && !status; k++) {
        status = shoal_call_axis_of(graph, many ? axes->child[k] : axes, f->x, &f->axes[k], err);
        for (int j = 0; j < k && !status; j++)
            if (f->axes[j] == f->axes[k])
                return shoal_fail_at(err, axes->column, "axis %d is named twice", f->axes[k]);
    }
    return status;
}

shoal_status shoal_filter_each(const shoal_filter_call *f, const shoal_syntax *s, const char *what,
                               int k, const shoal_syntax **out, shoal_error *err)
{
    *out = s;
    if (!s || s->kind != SHOAL_SYNTAX_TUPLE) return SHOAL_OK;
    if (s->n_children != f->n)
        return shoal_fail_at(err, s->column, "%s is one for all axes, or %d of them, not %d", what,
                             f->n, s->n_children);
    *out = s->child[k];
    return SHOAL_OK;
}

shoal_status shoal_filter_origin(shoal_graph *graph, const shoal_syntax *s, bool turned,
                                 shoal_filter_axis *a, shoal_error *err)
{
    int64_t origin = 0, size = (int64_t)a->size, half = size / 2;
    if (s) {
        shoal_status status = shoal_call_integer(graph, s, "an origin", &origin, err);
        if (status) return status;
    }
    /* within these it cannot overflow */
    if (origin >= -size && origin <= size) half += turned ? -origin - (size % 2 == 0) : origin;
    if (half < 0 || half >= size || origin < -size || origin > size)
        return shoal_fail_at(err, s ? s->column : 0,
                             "an origin of %lld moves %lld neighbours beyond the element itself",
                             (long long)origin, (long long)size);
    a->before = (uint64_t)half;
    return SHOAL_OK;
}

/* The rows that are taken together, with their neighbours, must be countable: sizes are computed
   later without checks. */
static shoal_status check_sizes(const shoal_filter_call *f, int first, int last, shoal_error *err)
{
    uint64_t n = 1;
    bool fine = true;
    if (last - first >= SHOAL_FILTER_AXES)
        return shoal_fail_at(err, f->call->column, "%s() works on up to %d axes beside each other",
                             f->call->text, SHOAL_FILTER_AXES);
    for (int k = first; k <= last; k++)
        fine &= shoal_mul_u64(n, f->axis[k].shape + 4 * f->axis[k].size, &n);
    if (fine && n < MOST_ELEMENTS) return SHOAL_OK;
    return shoal_fail_at(err, f->call->column, "the neighbours of %s() are beyond any memory",
                         f->call->text);
}

shoal_status shoal_filter_span(const shoal_filter_call *f, int *first, int *last, shoal_error *err)
{
    *first = f->x->rank;
    *last = -1;
    for (int k = 0; k < f->x->rank; k++) {
        if (f->axis[k].size == 1) continue;
        if (k < *first) *first = k;
        *last = k;
    }
    if (*last < 0) *first = *last = f->axes[f->n - 1];
    return check_sizes(f, *first, *last, err);
}

/* Adds the node of a filter whose axes are known; weights: of all axes, or NULL. */
static shoal_status add_filter(shoal_graph *graph, const shoal_filter_call *f, shoal_filter_op op,
                               double constant, const double *weights, uint64_t n_weights,
                               shoal_node **out, shoal_error *err)
{
    int first, last;
    shoal_status status = shoal_filter_span(f, &first, &last, err);
    if (status) return status;
    size_t bytes = sizeof(shoal_axis_filter) + (size_t)(n_weights + 1) * sizeof(double);
    shoal_axis_filter *p = shoal_arena_alloc(graph->arena, bytes);
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memset(p, 0, bytes);
    uint64_t lengths[SHOAL_FILTER_AXES];
    uint32_t axes = 0;
    p->type = f->x->type.code;
    p->result = op == SHOAL_FILTER_SUM ? shoal_filter_type(p->type) : p->type;
    p->op = op;
    p->constant = constant;
    if (n_weights) memcpy(p->weight, weights, (size_t)n_weights * sizeof *weights);
    p->weight[n_weights] = 1; /* of axes that have no neighbours */
    for (int k = first; k <= last; k++) {
        lengths[k - first] = f->axis[k].shape;
        p->axis[p->n_axes] = f->axis[k];
        if (f->axis[k].size == 1) p->axis[p->n_axes].first = n_weights;
        p->n_axes++;
        axes |= (uint32_t)1 << k;
    }
    return shoal_call_add_planes(graph, f->x, axes, &shoal_lines_filter, p->result, lengths, p,
                                 bytes, out, err);
}

/* ---- The calls ---- */

typedef enum filter_name { UNIFORM, GAUSSIAN, EXTREME } filter_name;

/* The neighbours along the k-th of the axes; weights go behind those that there are. */
static shoal_status read_axis(shoal_graph *graph, shoal_filter_call *f, const shoal_bound *b,
                              filter_name name, int k, double *weights, uint64_t *n,
                              shoal_error *err)
{
    const shoal_syntax *size, *mode, *origin;
    shoal_filter_axis *a = &f->axis[f->axes[k]];
    int64_t extent = 0;
    shoal_status status =
        shoal_filter_each(f, b->slot[1], name == GAUSSIAN ? "sigma" : "size", k, &size, err);
    if (!status) status = shoal_filter_each(f, b->slot[2], "mode", k, &mode, err);
    if (!status) status = shoal_filter_each(f, b->slot[4], "origin", k, &origin, err);
    if (!status) status = shoal_call_edge_mode(mode, &a->mode, err);
    if (status) return status;
    a->first = *n;
    if (name == GAUSSIAN) {
        double sigma;
        status = shoal_call_gaussian(graph, size, b->slot[5], true, &sigma, &a->size, err);
        if (!status) shoal_gaussian_weights(sigma, a->size, weights + *n);
        a->before = a->size / 2;
    } else {
        status = shoal_call_whole(graph, size, "a size", 1, SHOAL_FILTER_WEIGHTS, &extent, err);
        a->size = (uint64_t)extent;
        if (!status) status = shoal_filter_origin(graph, origin, false, a, err);
    }
    for (uint64_t i = 0; i < a->size && !status && name == UNIFORM; i++)
        weights[*n + i] = 1 / (double)a->size;
    *n += name == EXTREME ? 0 : a->size;
    return status;
}

static shoal_status call_filter(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const of_size[] = {"x", "size", "mode", "cval", "origin", "axes", NULL};
    static const char *const of_sigma[] = {"x", "sigma", "mode", "cval", "axes", "truncate", NULL};
    filter_name name = call->text[0] == 'u' ? UNIFORM : call->text[0] == 'g' ? GAUSSIAN : EXTREME;
    shoal_bound b;
    shoal_filter_call f;
    double constant = 0, *weights = NULL;
    uint64_t n = 0;
    shoal_status status = shoal_call_bind(call, name == GAUSSIAN ? of_sigma : of_size, 2, &b, err);
    if (status) return status;
    const shoal_syntax *axes = b.slot[name == GAUSSIAN ? 4 : 5];
    if (name == GAUSSIAN) b.slot[4] = NULL;
    status = shoal_filter_begin(graph, call, b.slot[0], axes, &f, err);
    if (!status) status = shoal_call_float(graph, b.slot[3], "cval", &constant, NULL, err);
    if (status) return status;
    if (name != EXTREME) {
        weights = shoal_arena_alloc(graph->arena, ((size_t)SHOAL_FILTER_WEIGHTS + 1) * (size_t)f.n *
                                                      sizeof *weights);
        if (!weights) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for weights");
    }
    for (int k = 0; k < f.n && !status; k++)
        status = read_axis(graph, &f, &b, name, k, weights, &n, err);
    if (status) return status;
    shoal_filter_op op = name != EXTREME        ? SHOAL_FILTER_SUM
                         : call->text[1] == 'i' ? SHOAL_FILTER_MIN
                                                : SHOAL_FILTER_MAX;
    return add_filter(graph, &f, op, constant, weights, n, out, err);
}

/* minimum_filter1d and maximum_filter1d */
static shoal_status call_extreme(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err)
{
    static const char *const parameters[] = {"x", "size", "axis", "mode", "cval", "origin", NULL};
    shoal_bound b;
    shoal_node *x;
    int axis;
    int64_t size = 0;
    shoal_axis_filter p[2]; /* the second one is room for weights, of which there are none */
    memset(p, 0, sizeof p);
    p->n_axes = 1;
    p->op = call->text[1] == 'i' ? SHOAL_FILTER_MIN : SHOAL_FILTER_MAX;
    shoal_filter_axis *a = p->axis;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_line_axis(graph, call, b.slot[2], x, &axis, err);
    if (!status)
        status = shoal_call_whole(graph, b.slot[1], "a size", 1, SHOAL_FILTER_WEIGHTS, &size, err);
    if (!status) status = shoal_call_edge_mode(b.slot[3], &a->mode, err);
    if (!status) status = shoal_call_float(graph, b.slot[4], "cval", &p->constant, NULL, err);
    a->size = (uint64_t)size;
    if (!status) status = shoal_filter_origin(graph, b.slot[5], false, a, err);
    if (status) return status;
    p->type = p->result = x->type.code;
    a->shape = shoal_call_line_length(x, axis);
    return shoal_call_add_lines(graph, x, axis, &shoal_lines_filter, p->result, a->shape, p,
                                sizeof *p, out, err);
}

const shoal_named_call shoal_functions_filter[] = {
    {"uniform_filter", call_filter},
    {"gaussian_filter", call_filter},
    {"minimum_filter", call_filter},
    {"maximum_filter", call_filter},
    {"minimum_filter1d", call_extreme},
    {"maximum_filter1d", call_extreme},
    {NULL, NULL},
};
