/* Counts: histogram, histogram2d, their edges, bincount, unique. */
#include "compute/call.h"

#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/histogram.h"
#include "compute/lex.h"

#include <math.h>
#include <string.h>

enum { MOST_EDGES = 1 << 14 }; /* that an expression gives */

static shoal_status real_array(shoal_graph *graph, const shoal_syntax *call, const shoal_syntax *s,
                               shoal_node **out, shoal_error *err)
{
    shoal_status status = shoal_graph_expression(graph, s, out, err);
    if (status) return status;
    if (shoal_code_kind((*out)->type.code) > SHOAL_KIND_FLOAT)
        return shoal_fail_at(err, s->column, "%s() takes real numbers", call->text);
    if ((*out)->weak) return shoal_graph_cast(graph, *out, (*out)->type.code, out, err);
    return shoal_graph_operand(graph, *out, out, err);
}

static shoal_status read_edges(shoal_graph *graph, const shoal_syntax *s, double *edges,
                               bool *all_whole, shoal_error *err)
{
    *all_whole = true;
    for (int k = 0; k < s->n_children; k++) {
        bool whole;
        shoal_status status =
            shoal_call_float(graph, s->child[k], "an edge", &edges[k], &whole, err);
        if (status) return status;
        *all_whole &= whole;
        if (isnan(edges[k]) || (k && edges[k] < edges[k - 1]))
            return shoal_fail_at(err, s->child[k]->column, "bins must rise");
    }
    return SHOAL_OK;
}

static shoal_status read_rule(const shoal_syntax *s, shoal_bin_rule *out, shoal_error *err)
{
    if (shoal_bin_rule_find(s->text, out)) return SHOAL_OK;
    const char *const *names = shoal_bin_rule_names();
    size_t n = 0;
    while (names[n]) n++;
    const char *near = shoal_nearest_word(s->text, names, n);
    return near ? shoal_fail_at(err, s->column, "unknown rule for bins; did you mean \"%s\"?", near)
                : shoal_fail_at(err, s->column,
                                "a rule for bins is \"auto\", \"fd\", \"sturges\", \"rice\" or "
                                "\"sqrt\"");
}

/* bins= of one axis: a number, a rule, or edges, which go to the end of p's. */
static shoal_status read_bins(shoal_graph *graph, const shoal_syntax *s, shoal_histogram *p, int k,
                              bool *whole_edges, shoal_error *err)
{
    shoal_bins *b = &p->bins[k];
    double v = 10;
    bool whole = true;
    if (s && s->kind == SHOAL_SYNTAX_STRING && p->rank == 1) return read_rule(s, &b->rule, err);
    if (s && s->kind == SHOAL_SYNTAX_TUPLE) {
        if (s->n_children < 2) return shoal_fail_at(err, s->column, "bins need two edges or more");
        b->has_edges = 1;
        b->first_edge = p->n_edges;
        b->n = (uint64_t)s->n_children - 1;
        p->n_edges += (uint64_t)s->n_children;
        return read_edges(graph, s, p->edges + b->first_edge, whole_edges, err);
    }
    shoal_status status = shoal_call_float(graph, s, "bins", &v, &whole, err);
    if (status) return status;
    if (!whole || v < 1 || v > (double)SHOAL_MAX_BINS)
        return shoal_fail_at(err, s->column, "bins must be a whole number from 1 to %llu",
                             (unsigned long long)SHOAL_MAX_BINS);
    b->n = (uint64_t)v;
    return SHOAL_OK;
}

static shoal_status read_range(shoal_graph *graph, const shoal_syntax *s, shoal_bins *b,
                               shoal_error *err)
{
    if (shoal_call_is_none(s)) return SHOAL_OK;
    if (s->kind != SHOAL_SYNTAX_TUPLE || s->n_children != 2)
        return shoal_fail_at(err, s->column, "a range is (low, high)");
    for (int k = 0; k < 2; k++) {
        shoal_status status =
            shoal_call_float(graph, s->child[k], "a range", &b->range[k], NULL, err);
        if (status) return status;
    }
    if (!isfinite(b->range[0]) || !isfinite(b->range[1]) || b->range[0] > b->range[1])
        return shoal_fail_at(err, s->column, "a range must be finite, and high not below low");
    if (b->range[0] == b->range[1]) {
        b->range[0] -= 0.5;
        b->range[1] += 0.5;
    }
    b->has_range = 1;
    return SHOAL_OK;
}

static int count_edges(const shoal_syntax *s)
{
    return s && s->kind == SHOAL_SYNTAX_TUPLE ? s->n_children : 0;
}

static shoal_status new_params(shoal_graph *graph, int n_edges, uint32_t rank,
                               shoal_histogram **out, shoal_error *err)
{
    size_t n = shoal_histogram_bytes((uint64_t)n_edges);
    *out = shoal_arena_alloc(graph->arena, n);
    if (!*out) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    memset(*out, 0, n);
    (*out)->rank = rank;
    return SHOAL_OK;
}

static shoal_node tally(const shoal_tally_kind *kind, const void *params, size_t params_bytes,
                        shoal_type_code type)
{
    return (shoal_node){.kind = SHOAL_NODE_TALLY,
                        .type = shoal_type_of(type),
                        .n_args = 1,
                        .source = -1,
                        .tally = kind,
                        .params = params,
                        .params_bytes = params_bytes};
}

/* weights=: real numbers in the shape of x; the last argument of the node. */
static shoal_status read_weights(shoal_graph *graph, const shoal_syntax *call,
                                 const shoal_syntax *s, const shoal_node *x, shoal_node *n,
                                 bool *has, shoal_error *err)
{
    shoal_node *w = NULL;
    *has = !shoal_call_is_none(s);
    if (!*has) return SHOAL_OK;
    shoal_status status = real_array(graph, call, s, &w, err);
    if (status) return status;
    bool same = w->rank == x->rank;
    for (int k = 0; k < x->rank && same; k++) same = w->shape[k] == x->shape[k];
    if (!same)
        return shoal_fail_at(err, s->column, "the weights of %s() must have its array's shape",
                             call->text);
    n->arg[n->n_args++] = w;
    return SHOAL_OK;
}

static shoal_status histogram_of(shoal_graph *graph, const shoal_syntax *call, const shoal_bound *b,
                                 bool edges, shoal_node **out, shoal_error *err)
{
    shoal_node *x = NULL;
    shoal_histogram *p = NULL;
    bool density = false, whole = false, weighted = false;
    shoal_status status = real_array(graph, call, b->slot[0], &x, err);
    if (!status && x->type.code == SHOAL_BOOL)
        status = shoal_graph_cast(graph, x, SHOAL_UINT8, &x, err);
    const shoal_syntax *bins = b->slot[1];
    if (!status) status = shoal_call_list(graph, &bins, "bins", MOST_EDGES, err);
    if (!status) status = new_params(graph, count_edges(bins), 1, &p, err);
    if (!status) status = read_bins(graph, bins, p, 0, &whole, err);
    if (!status) status = read_range(graph, b->slot[2], &p->bins[0], err);
    if (!status && !edges) status = shoal_call_flag(graph, b->slot[3], &density, err);
    if (status) return status;
    p->bins[0].type = x->type.code;
    p->part = edges     ? SHOAL_HISTOGRAM_EDGES
              : density ? SHOAL_HISTOGRAM_DENSITY
                        : SHOAL_HISTOGRAM_COUNTS;
    p->edge_type = !p->bins[0].has_edges ? shoal_bins_edge_type(&p->bins[0])
                   : whole               ? SHOAL_INT64
                                         : SHOAL_FLOAT64;
    shoal_node n = tally(&shoal_tally_histogram, p, shoal_histogram_bytes(p->n_edges), SHOAL_INT64);
    n.arg[0] = x;
    if (!edges && (status = read_weights(graph, call, b->slot[4], x, &n, &weighted, err)))
        return status;
    if (weighted && p->bins[0].rule != SHOAL_BINS_GIVEN)
        return shoal_fail_at(err, b->slot[4]->column,
                             "a rule for bins does not know of weights; give their number");
    if (weighted) p->weights = n.arg[1]->type.code;
    p->has_weights = weighted;
    p->result = edges      ? p->edge_type
                : density  ? SHOAL_FLOAT64
                : weighted ? p->weights
                           : SHOAL_INT64;
    n.type = shoal_type_of(p->result);
    n.rank = 1;
    n.shape[0] = p->bins[0].n + edges;
    n.grows = p->bins[0].rule != SHOAL_BINS_GIVEN;
    return shoal_graph_add(graph, &n, out, err);
}

/* x and y of one shape, in the one type that NumPy stacks them in. */
static shoal_status match(shoal_graph *graph, const shoal_syntax *call, shoal_node **x,
                          shoal_histogram *p, shoal_error *err)
{
    bool same = x[0]->rank == x[1]->rank;
    for (int k = 0; k < x[0]->rank && same; k++) same = x[0]->shape[k] == x[1]->shape[k];
    if (!same) return shoal_fail_at(err, call->column, "x and y must have the same shape");
    shoal_type_code type;
    shoal_status status = shoal_promote((shoal_argument){.type = x[0]->type.code},
                                        (shoal_argument){.type = x[1]->type.code}, &type, err);
    for (int k = 0; k < 2 && !status; k++) {
        status = shoal_graph_cast(graph, x[k], type, &x[k], err);
        p->bins[k].type = type;
    }
    return status;
}

static shoal_status histogram2d_of(shoal_graph *graph, const shoal_syntax *call,
                                   const shoal_bound *b, shoal_node **out, shoal_error *err)
{
    shoal_node *x[2] = {0};
    shoal_histogram *p = NULL;
    bool density = false, weighted = false, whole;
    const shoal_syntax *bins[2] = {b->slot[2], b->slot[2]}, *range = b->slot[3];
    if (count_edges(b->slot[2]) == 2)
        for (int k = 0; k < 2; k++) bins[k] = b->slot[2]->child[k];
    if (!shoal_call_is_none(range) && (range->kind != SHOAL_SYNTAX_TUPLE || range->n_children != 2))
        return shoal_fail_at(err, range->column, "a range is ((low, high), (low, high))");
    shoal_status status = SHOAL_OK;
    for (int k = 0; k < 2 && !status; k++)
        status = shoal_call_list(graph, &bins[k], "bins", MOST_EDGES, err);
    if (!status)
        status = new_params(graph, count_edges(bins[0]) + count_edges(bins[1]), 2, &p, err);
    for (int k = 0; k < 2 && !status; k++) {
        status = real_array(graph, call, b->slot[k], &x[k], err);
        if (!status) status = read_bins(graph, bins[k], p, k, &whole, err);
        if (!status && !shoal_call_is_none(range))
            status = read_range(graph, range->child[k], &p->bins[k], err);
    }
    if (!status) status = shoal_call_flag(graph, b->slot[4], &density, err);
    if (!status) status = match(graph, call, x, p, err);
    if (status) return status;
    if (p->bins[0].n * p->bins[1].n > SHOAL_MAX_BINS)
        return shoal_fail_at(err, call->column, "more than %llu bins in all",
                             (unsigned long long)SHOAL_MAX_BINS);
    p->part = density ? SHOAL_HISTOGRAM_DENSITY : SHOAL_HISTOGRAM_COUNTS;
    shoal_node n =
        tally(&shoal_tally_histogram, p, shoal_histogram_bytes(p->n_edges), SHOAL_FLOAT64);
    n.n_args = n.rank = 2;
    for (int k = 0; k < 2; k++) {
        n.arg[k] = x[k];
        n.shape[k] = p->bins[k].n;
    }
    if ((status = read_weights(graph, call, b->slot[5], x[0], &n, &weighted, err))) return status;
    if (weighted) p->weights = n.arg[2]->type.code;
    p->has_weights = weighted;
    p->result = SHOAL_FLOAT64;
    return shoal_graph_add(graph, &n, out, err);
}

shoal_status shoal_call_histogram(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const one[] = {"x", "bins", "range", "density", "weights", NULL};
    static const char *const of_edges[] = {"x", "bins", "range", NULL};
    static const char *const two[] = {"x", "y", "bins", "range", "density", "weights", NULL};
    shoal_bound b;
    bool alone = strcmp(call->text, "histogram_bin_edges") == 0;
    bool edges = alone || strcmp(call->text, "histogram edges") == 0; /* histogram(...)[1] */
    bool pair = strcmp(call->text, "histogram2d") == 0;
    shoal_status status = shoal_call_bind(call,
                                          alone  ? of_edges
                                          : pair ? two
                                                 : one,
                                          pair ? 2 : 1, &b, err);
    if (status) return status;
    return pair ? histogram2d_of(graph, call, &b, out, err)
                : histogram_of(graph, call, &b, edges, out, err);
}

shoal_status shoal_graph_unique(shoal_graph *graph, shoal_node *x, bool counts, shoal_node **out,
                                shoal_error *err)
{
    shoal_distinct *p = shoal_arena_alloc(graph->arena, sizeof *p);
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *p = (shoal_distinct){.type = x->type.code, .counts = counts};
    shoal_node n = tally(&shoal_tally_distinct, p, sizeof *p, counts ? SHOAL_INT64 : x->type.code);
    n.arg[0] = x;
    n.rank = 1;
    n.grows = true;
    return shoal_graph_add(graph, &n, out, err);
}

static shoal_status call_unique(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                shoal_error *err)
{
    static const char *const parameters[] = {"x", NULL};
    bool counts = strcmp(call->text, "unique_counts") == 0;
    shoal_bound b;
    shoal_node *x = NULL;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = real_array(graph, call, b.slot[0], &x, err);
    return status ? status : shoal_graph_unique(graph, x, counts, out, err);
}

static shoal_status call_bincount(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err)
{
    static const char *const parameters[] = {"x", "weights", "minlength", NULL};
    shoal_bound b;
    shoal_node *x = NULL;
    int64_t least = 0;
    bool weighted = false;
    shoal_status status = shoal_call_bind(call, parameters, 1, &b, err);
    if (!status) status = real_array(graph, call, b.slot[0], &x, err);
    int64_t most = (int64_t)SHOAL_BINCOUNT_MOST(!shoal_call_is_none(b.slot[1]));
    if (!status) status = shoal_call_whole(graph, b.slot[2], "minlength", 0, most, &least, err);
    if (status) return status;
    if (shoal_code_kind(x->type.code) > SHOAL_KIND_UINT || x->rank != 1)
        return shoal_fail_at(err, call->column, "bincount() takes whole numbers along one axis");
    shoal_bincount *p = shoal_arena_alloc(graph->arena, sizeof *p);
    if (!p) return shoal_fail(err, SHOAL_SYSTEM, "out of memory");
    *p = (shoal_bincount){.type = x->type.code, .least = (uint64_t)least};
    shoal_node n = tally(&shoal_tally_bincount, p, sizeof *p, SHOAL_INT64);
    n.arg[0] = x;
    if ((status = read_weights(graph, call, b.slot[1], x, &n, &weighted, err))) return status;
    if (weighted) {
        p->has_weights = 1;
        p->weights = n.arg[1]->type.code;
        n.type = shoal_type_of(SHOAL_FLOAT64);
    }
    n.rank = 1;
    n.grows = true;
    return shoal_graph_add(graph, &n, out, err);
}

const shoal_named_call shoal_functions_histogram[] = {
    {"histogram", shoal_call_histogram},
    {"histogram2d", shoal_call_histogram},
    {"histogram_bin_edges", shoal_call_histogram},
    {"unique", call_unique},
    {"unique_values", call_unique},
    {"unique_counts", call_unique},
    {"bincount", call_bincount},
    {NULL, NULL},
};
