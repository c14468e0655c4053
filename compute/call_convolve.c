/* convolve() and correlate(): with modes full, same and valid NumPy's, of two arrays of one axis;
   with the others scipy.ndimage's, of an array and weights that have as many axes. */
#include "compute/call_filter.h"

#include "chunk/error.h"
#include "compute/lex.h"
#include "compute/operation_rule.h"

#include <string.h>

static bool is_text(const shoal_syntax *s, const char *text)
{
    return s && s->kind == SHOAL_SYNTAX_STRING && strcmp(s->text, text) == 0;
}

/* ---- NumPy's ---- */

typedef struct product {
    shoal_node *x, *weights;
    bool convolves, swapped;
    uint64_t n, n_weights;
} product;

/* The longer one is gone through. */
static shoal_status order_arrays(shoal_graph *graph, product *p, shoal_error *err)
{
    shoal_node *a = p->x, *v = p->weights;
    p->swapped = v->shape[0] > a->shape[0];
    if (p->swapped) {
        p->x = v;
        p->weights = a;
    }
    p->n = p->x->shape[0];
    p->n_weights = p->weights->shape[0];
    if (!p->swapped || p->convolves) return SHOAL_OK;
    const shoal_range turned = {(int64_t)p->n - 1, -1, p->n};
    return shoal_graph_slice(graph, p->x, 0, &turned, &p->x, err);
}

static shoal_status add_product(shoal_graph *graph, const product *p, const shoal_syntax *mode,
                                int column, shoal_node **out, shoal_error *err)
{
    const shoal_argument both[2] = {{.type = p->x->type.code}, {.type = p->weights->type.code}};
    shoal_type_code result = shoal_promote_all(2, both);
    shoal_type_code loop =
        shoal_code_kind(result) == SHOAL_KIND_FLOAT ? SHOAL_FLOAT64 : SHOAL_INT64;
    void *values = NULL;
    uint64_t n;
    shoal_status status = shoal_call_values(graph, p->weights, loop, "weights",
                                            SHOAL_FILTER_WEIGHTS, column, &values, &n, err);
    if (status) return status;
    bool same = is_text(mode, "same"), turned = p->convolves || p->swapped;
    bool full = is_text(mode, "full") || (!mode && p->convolves);
    size_t bytes = sizeof(shoal_convolution) + (size_t)n * 8;
    shoal_convolution *c = shoal_arena_alloc(graph->arena, bytes);
    if (!c) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for weights");
    memset(c, 0, bytes);
    c->type = p->x->type.code;
    c->loop = loop;
    c->result = result;
    c->n = n;
    if (full) c->before = (int64_t)n - 1;
    if (same) c->before = (int64_t)(p->swapped && !p->convolves ? n - 1 - n / 2 : n / 2);
    for (uint64_t k = 0; k < n; k++)
        memcpy(&c->weight[turned ? n - 1 - k : k], (const uint8_t *)values + k * 8, 8);
    uint64_t length = full ? p->n + n - 1 : same ? p->n : p->n - n + 1;
    return shoal_call_add_lines(graph, p->x, 0, &shoal_lines_convolve, result, length, c, bytes,
                                out, err);
}

static shoal_status call_product(shoal_graph *graph, const shoal_syntax *call, const shoal_bound *b,
                                 shoal_node *x, shoal_node *weights, shoal_node **out,
                                 shoal_error *err)
{
    product p = {.x = x, .weights = weights, .convolves = call->text[3] == 'v'};
    for (int k = 3; k < 6; k++)
        if (b->slot[k])
            return shoal_fail_at(err, b->slot[k]->column,
                                 "of one axis, cval, origin and axes want a mode: \"reflect\", "
                                 "\"nearest\", \"constant\", \"wrap\" or \"mirror\"");
    if (x->rank != 1 || weights->rank != 1)
        return shoal_fail_at(err, call->column,
                             "modes full, same and valid are for two arrays of one axis");
    if (x->shape[0] == 0 || weights->shape[0] == 0)
        return shoal_fail_at(err, call->column, "%s() wants no empty arrays", call->text);
    shoal_status status = order_arrays(graph, &p, err);
    return status ? status : add_product(graph, &p, b->slot[2], call->column, out, err);
}

/* ---- scipy.ndimage's ---- */

/* From the last to the first along all axes. */
static void turn(double *weight, uint64_t n)
{
    for (uint64_t k = 0; k < n / 2; k++) {
        double w = weight[k];
        weight[k] = weight[n - 1 - k];
        weight[n - 1 - k] = w;
    }
}

static shoal_status read_axes(shoal_graph *graph, shoal_filter_call *f, const shoal_bound *b,
                              const shoal_node *weights, bool turned, shoal_error *err)
{
    shoal_edge_mode mode;
    shoal_status status = shoal_call_edge_mode(b->slot[2], &mode, err);
    for (int k = 0; k < f->n && !status; k++) {
        const shoal_syntax *origin;
        shoal_filter_axis *a = &f->axis[f->axes[k]];
        if (k > 0 && f->axes[k] < f->axes[k - 1])
            return shoal_fail_at(err, f->call->column,
                                 "the axes of weights rise, as in axes=(0, 2)");
        a->size = weights->shape[k];
        status = shoal_filter_each(f, b->slot[4], "origin", k, &origin, err);
        if (!status) status = shoal_filter_origin(graph, origin, turned, a, err);
    }
    for (int k = 0; k < f->x->rank; k++) f->axis[k].mode = mode;
    return status;
}

static shoal_status call_neighbours(shoal_graph *graph, const shoal_syntax *call,
                                    const shoal_bound *b, shoal_node *weights, shoal_node **out,
                                    shoal_error *err)
{
    shoal_filter_call f;
    bool turned = call->text[3] == 'v';
    double constant = 0;
    void *values = NULL;
    uint64_t n;
    int first, last;
    shoal_status status = shoal_filter_begin(graph, call, b->slot[0], b->slot[5], &f, err);
    if (!status && weights->rank != f.n)
        return shoal_fail_at(err, call->column, "the weights have %d axes, for %d of the array",
                             weights->rank, f.n);
    if (!status) status = shoal_call_float(graph, b->slot[3], "cval", &constant, NULL, err);
    if (!status)
        status = shoal_call_values(graph, weights, SHOAL_FLOAT64, "weights", SHOAL_FILTER_WEIGHTS,
                                   call->column, &values, &n, err);
    if (!status && n == 0) return shoal_fail_at(err, call->column, "there are no weights");
    if (!status) status = read_axes(graph, &f, b, weights, turned, err);
    if (!status) status = shoal_filter_span(&f, &first, &last, err);
    if (status) return status;
    size_t bytes = sizeof(shoal_neighbours) + (size_t)n * sizeof(double);
    shoal_neighbours *p = shoal_arena_alloc(graph->arena, bytes);
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory for weights");
    memset(p, 0, bytes);
    p->type = f.x->type.code;
    p->result = shoal_filter_type(p->type);
    p->constant = constant;
    memcpy(p->weight, values, (size_t)n * sizeof(double));
    if (turned) turn(p->weight, n);
    uint64_t lengths[SHOAL_FILTER_AXES];
    uint32_t axes = 0;
    for (int k = first; k <= last; k++) {
        lengths[p->n_axes] = f.axis[k].shape;
        p->axis[p->n_axes++] = f.axis[k];
        axes |= (uint32_t)1 << k;
    }
    return shoal_call_add_planes(graph, f.x, axes, &shoal_lines_neighbours, p->result, lengths, p,
                                 bytes, out, err);
}

static shoal_status call_convolve(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"x",      "weights", "mode", "cval",
                                             "origin", "axes",    NULL};
    shoal_bound b;
    shoal_node *x, *weights;
    shoal_status status = shoal_call_bind(call, parameters, 2, &b, err);
    if (!status) status = shoal_call_line_array(graph, call, b.slot[0], SHOAL_KIND_FLOAT, &x, err);
    if (!status) status = shoal_call_array(graph, call, b.slot[1], SHOAL_KIND_FLOAT, &weights, err);
    if (status) return status;
    const shoal_syntax *mode = b.slot[2];
    bool numpys = is_text(mode, "full") || is_text(mode, "same") || is_text(mode, "valid");
    if (numpys || (!mode && x->rank == 1))
        return call_product(graph, call, &b, x, weights, out, err);
    return call_neighbours(graph, call, &b, weights, out, err);
}

const shoal_named_call shoal_functions_convolve[] = {
    {"convolve", call_convolve},
    {"correlate", call_convolve},
    {NULL, NULL},
};
