/* Histograms in one or two dimensions: a round for the range of the data where it is not given (and
   for the facts that a rule for the number of bins goes by), then one that counts. */
#include "chunk/type.h"
#include "compute/histogram.h"
#include "compute/histogram_axis.h"
#include "compute/histogram_edges.h"
#include "compute/quantile.h"
#include "compute/tally.h"
#include "compute/weight_sums.h"

#include <stdlib.h>
#include <string.h>

typedef struct context {
    const shoal_histogram *params;
    bool looks, quartiles; /* this round: for the range; for the quartiles of a rule */
    uint64_t cells;
    shoal_histogram_axis axis[2];
    uint64_t *counts;          /* once all are merged; with weights their sums, see count_type */
    shoal_type_code loop;      /* of the weights */
    shoal_kernel cast_weights; /* to that; NULL: is */
    shoal_quantiles *of_quartiles;
    void *quartile_context;
    double quartile[2];
    shoal_bin_facts facts;
} context;

typedef struct state {
    shoal_histogram_look look[2]; /* in the first round, of each axis */
    uint64_t most_in_sets;        /* a counter of these is at most that */
    uint64_t count[]; /* cells and one more, and behind these the sets; the state of the quartiles;
                         sums */
} state;

static bool has_rule(const shoal_histogram *p)
{
    return p->bins[0].rule != SHOAL_BINS_GIVEN;
}

static uint64_t most_bins(const shoal_bins *b)
{
    return b->rule == SHOAL_BINS_GIVEN ? b->n : SHOAL_MAX_BINS;
}

static uint64_t most_cells(const shoal_histogram *p)
{
    return most_bins(&p->bins[0]) * (p->rank == 2 ? most_bins(&p->bins[1]) : 1);
}

static size_t rounded(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

static size_t edges_bytes(const shoal_bins *b)
{
    return rounded(((size_t)most_bins(b) + 1) * sizeof(double));
}

static size_t quartile_params_bytes(void)
{
    return rounded(shoal_quantiles_bytes(2));
}

static void fill_quartiles(shoal_quantiles *q)
{
    memset(q, 0, shoal_quantiles_bytes(2));
    q->type = SHOAL_FLOAT64;
    q->method = SHOAL_QUANTILE_LINEAR;
    q->n = 2;
    q->q[0] = 0.75;
    q->q[1] = 0.25;
    q->result = shoal_quantile_result(q);
}

static size_t context_bytes(const void *params)
{
    const shoal_histogram *p = params;
    size_t n = rounded(sizeof(context));
    for (uint32_t k = 0; k < p->rank; k++) n += edges_bytes(&p->bins[k]);
    n += rounded((size_t)most_cells(p) * sizeof(uint64_t));
    if (!has_rule(p)) return n;
    shoal_quantiles *q = calloc(1, shoal_quantiles_bytes(2));
    if (!q) return n;
    fill_quartiles(q);
    n += quartile_params_bytes() + shoal_tally_quantiles.context_bytes(q);
    free(q);
    return n;
}

/* Few cells are counted in sets of narrow counters, which the first-level cache holds beside the
   elements. */
static size_t n_sets(const shoal_histogram *p, uint64_t cells)
{
    return cells < 4096 && p->rank == 1 && !p->has_weights ? SHOAL_BIN_SETS : 0;
}

/* Of a state's counters in bytes. */
static size_t count_bytes(const shoal_histogram *p, uint64_t cells)
{
    size_t n = (size_t)cells + 1;
    if (!p->has_weights)
        return n * sizeof(uint64_t) + rounded(n_sets(p, cells) * n * sizeof(uint32_t));
    return n * shoal_weights_words(shoal_weights_loop(p->weights, p->rank == 2)) * sizeof(uint64_t);
}

static size_t state_bytes(const void *params)
{
    const shoal_histogram *p = params;
    size_t n = count_bytes(p, most_cells(p));
    size_t of_rule = has_rule(p) ? shoal_tally_quantiles.state_bytes(NULL) : 0;
    return sizeof(state) + (n > of_rule ? n : of_rule);
}

static void begin(const void *memory, void *own)
{
    const context *c = memory;
    state *s = own;
    for (int k = 0; k < 2; k++) s->look[k] = shoal_histogram_look_nothing();
    s->most_in_sets = 0;
    if (c->quartiles)
        shoal_tally_quantiles.begin(c->quartile_context, s->count);
    else if (!c->looks)
        memset(s->count, 0, count_bytes(c->params, c->cells));
}

/* What a rule sees where a range is given: the elements in it. */
static size_t keep_range(const shoal_bins *b, double *x, size_t n)
{
    size_t m = 0;
    if (!b->has_range) return n;
    for (size_t i = 0; i < n; i++) {
        double v = x[i];
        x[m] = v;
        m += v >= b->range[0] && v <= b->range[1];
    }
    return m;
}

/* What a state's sets have counted, to `count`. */
static void add_sets(const context *c, const state *s, uint64_t *count)
{
    const uint32_t *set = (const uint32_t *)(s->count + c->cells + 1);
    size_t n = (size_t)c->cells + 1;
    for (size_t j = 0; j < n_sets(c->params, c->cells); j++, set += n)
        for (size_t k = 0; k < n; k++) count[k] += set[k];
}

static void count_in_sets(const context *c, state *s, const int32_t *bin, size_t n)
{
    size_t next = (size_t)c->cells + 1;
    uint32_t *set = (uint32_t *)(s->count + next);
    if (s->most_in_sets + n > UINT32_MAX) {
        add_sets(c, s, s->count);
        memset(set, 0, SHOAL_BIN_SETS * next * sizeof *set);
        s->most_in_sets = 0;
    }
    s->most_in_sets += n;
    shoal_kernel_count_bins(bin, n, next, set);
}

/* The cells of n elements; c->cells of those that are in none. */
static void find_cells(const context *c, const void *const *x, size_t n, int32_t *cell)
{
    int32_t other[SHOAL_HISTOGRAM_BLOCK];
    shoal_histogram_axis_find(&c->axis[0], x[0], n, cell);
    if (c->params->rank == 1) return;
    shoal_histogram_axis_find(&c->axis[1], x[1], n, other);
    uint64_t n_a = c->axis[0].n, n_b = c->axis[1].n;
    for (size_t i = 0; i < n; i++) {
        bool is_in = (uint64_t)cell[i] < n_a && (uint64_t)other[i] < n_b;
        cell[i] = (int32_t)(is_in ? (uint64_t)cell[i] * n_b + (uint64_t)other[i] : c->cells);
    }
}

static void count_block(const context *c, state *s, const void *const *x, const void *weights,
                        size_t n)
{
    int32_t cell[SHOAL_HISTOGRAM_BLOCK + 1];
    uint64_t block[SHOAL_HISTOGRAM_BLOCK];
    find_cells(c, x, n, cell);
    if (c->params->has_weights) {
        if (c->cast_weights) c->cast_weights(n, &weights, block);
        shoal_weights_add(c->loop, s->count, cell, c->cast_weights ? block : weights, n);
    } else if (n_sets(c->params, c->cells) > 0) {
        count_in_sets(c, s, cell, n);
    } else {
        for (size_t i = 0; i < n; i++) s->count[cell[i]]++;
    }
}

/* What the range and a rule depend on. */
static void look_block(const context *c, state *s, const void *const *x, size_t n)
{
    double block[SHOAL_HISTOGRAM_BLOCK];
    for (uint32_t k = 0; k < c->params->rank; k++) {
        size_t m = n;
        shoal_histogram_axis_cast(&c->axis[k], x[k], n, block);
        if (has_rule(c->params)) m = keep_range(&c->params->bins[0], block, n);
        if (c->looks) shoal_histogram_look_at(&s->look[k], block, m);
        const void *kept = block;
        if (c->quartiles) shoal_tally_quantiles.run(c->quartile_context, s->count, &kept, m);
    }
}

static void run(const void *memory, void *own, const void *const *x, size_t n)
{
    const context *c = memory;
    const shoal_histogram *p = c->params;
    for (size_t i = 0, m; i < n; i += m) {
        const void *block[2];
        const char *w = x[p->rank];
        m = n - i < SHOAL_HISTOGRAM_BLOCK ? n - i : SHOAL_HISTOGRAM_BLOCK;
        for (uint32_t k = 0; k < p->rank; k++)
            block[k] = (const char *)x[k] + i * shoal_code_size(p->bins[k].type);
        if (c->looks || c->quartiles)
            look_block(c, own, block, m);
        else
            count_block(c, own, block, w ? w + i * shoal_code_size(p->weights) : NULL, m);
    }
}

static void merge_counts(const context *c, state *into, const state *from)
{
    for (size_t k = 0; k <= c->cells; k++) into->count[k] += from->count[k];
    add_sets(c, from, into->count);
}

static void merge(const void *memory, void *into, const void *from)
{
    const context *c = memory;
    state *a = into;
    const state *b = from;
    for (int k = 0; k < 2; k++) shoal_histogram_look_merge(&a->look[k], &b->look[k]);
    if (c->quartiles)
        shoal_tally_quantiles.merge(c->quartile_context, a->count, b->count);
    else if (!c->looks && c->params->has_weights)
        shoal_weights_merge(c->loop, a->count, b->count, (size_t)c->cells);
    else if (!c->looks)
        merge_counts(c, a, b);
}

static void gather_facts(context *c, const shoal_histogram_look *l)
{
    c->facts = (shoal_bin_facts){.n = (double)l->n, .low = l->low, .high = l->high};
}

static shoal_status set_axes(context *c, const state *s, bool *again, shoal_error *err)
{
    const shoal_histogram *p = c->params;
    shoal_status status = SHOAL_OK;
    c->cells = 1;
    for (uint32_t k = 0; k < p->rank && !status; k++) {
        status = shoal_histogram_axis_set(&c->axis[k], p, k, &s->look[k], &c->facts, err);
        c->cells *= c->axis[k].n;
    }
    c->looks = false;
    *again = !status && p->part != SHOAL_HISTOGRAM_EDGES;
    return status;
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    context *c = memory;
    const shoal_histogram *p = params;
    uint8_t *at = (uint8_t *)memory + rounded(sizeof *c);
    *c = (context){.params = p};
    if (p->has_weights) {
        c->loop = shoal_weights_loop(p->weights, p->rank == 2);
        c->cast_weights = shoal_kernel_cast(p->weights, c->loop);
    }
    for (uint32_t k = 0; k < p->rank; k++) {
        c->axis[k].edges = (double *)(void *)at;
        c->axis[k].type = p->bins[k].type;
        c->axis[k].cast = shoal_kernel_cast(p->bins[k].type, SHOAL_FLOAT64);
        at += edges_bytes(&p->bins[k]);
        c->looks |= !p->bins[k].has_edges && !p->bins[k].has_range;
    }
    c->counts = (uint64_t *)(void *)at;
    at += rounded((size_t)most_cells(p) * sizeof(uint64_t));
    memset(c->counts, 0, (size_t)most_cells(p) * sizeof *c->counts);
    const state nothing = {.look = {{.n = 0}}};
    *again = true;
    if (!has_rule(p)) return c->looks ? SHOAL_OK : set_axes(c, &nothing, again, err);
    c->looks = true;
    c->of_quartiles = (shoal_quantiles *)(void *)at;
    fill_quartiles(c->of_quartiles);
    c->quartile_context = at + quartile_params_bytes();
    c->quartiles = p->bins[0].rule == SHOAL_BINS_FD || p->bins[0].rule == SHOAL_BINS_AUTO;
    return shoal_tally_quantiles.start(c->quartile_context, c->of_quartiles, n_elements, again,
                                       err);
}

/* After a round that counted for the quartiles; the range was looked at in the first of them. */
static shoal_status next_quartiles(context *c, state *s, bool *again, shoal_error *err)
{
    if (c->looks) gather_facts(c, &s->look[0]);
    c->looks = false;
    shoal_status status = shoal_tally_quantiles.next(c->quartile_context, s->count, again, err);
    if (status || *again) return status;
    shoal_tally_quantiles.finish(c->quartile_context, c->quartile);
    c->quartiles = false;
    c->facts.iqr = c->facts.n > 0 ? c->quartile[0] - c->quartile[1] : 0;
    const state known = {
        .look = {{.low = c->facts.low, .high = c->facts.high, .n = (uint64_t)c->facts.n}}};
    return set_axes(c, &known, again, err);
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    state *s = merged;
    *again = false;
    if (c->quartiles && s->look[0].nan && !c->params->bins[0].has_range)
        return set_axes(c, s, again, err); /* says that the range is not finite */
    if (c->quartiles) return next_quartiles(c, s, again, err);
    if (c->looks) {
        gather_facts(c, &s->look[0]);
        return set_axes(c, s, again, err);
    }
    if (c->params->has_weights) {
        shoal_weights_finish(c->loop, s->count, (size_t)c->cells, c->params->rank == 2, c->counts);
        return SHOAL_OK;
    }
    add_sets(c, s, s->count);
    memcpy(c->counts, s->count, (size_t)c->cells * sizeof *c->counts);
    return SHOAL_OK;
}

static void write_edges(const context *c, void *out)
{
    const shoal_histogram_axis *a = &c->axis[0];
    shoal_type_code type = c->params->edge_type;
    const void *in[1] = {a->edges};
    if (type == SHOAL_FLOAT64)
        memcpy(out, a->edges, (size_t)(a->n + 1) * sizeof *a->edges);
    else
        shoal_kernel_cast(SHOAL_FLOAT64, type)((size_t)a->n + 1, in, out);
}

/* The type of what is in `counts`. */
static shoal_type_code count_type(const context *c)
{
    if (!c->params->has_weights) return SHOAL_INT64;
    return c->params->rank == 2 ? SHOAL_FLOAT64 : c->loop;
}

static void write_counts(const context *c, shoal_type_code type, void *out)
{
    shoal_kernel cast = shoal_kernel_cast(count_type(c), type);
    const void *in[1] = {c->counts};
    if (cast)
        cast((size_t)c->cells, in, out);
    else
        memcpy(out, c->counts, (size_t)c->cells * shoal_code_size(type));
}

static void write_density(const context *c, double *out)
{
    const shoal_histogram *p = c->params;
    double total = 0;
    uint64_t n_inner = p->rank == 2 ? c->axis[1].n : 1;
    write_counts(c, SHOAL_FLOAT64, out);
    for (uint64_t k = 0; k < c->cells; k++) total += out[k];
    for (uint64_t k = 0; k < c->cells; k++) {
        double v = out[k] / shoal_histogram_axis_width(&c->axis[0], &p->bins[0], k / n_inner);
        if (p->rank == 2) v /= shoal_histogram_axis_width(&c->axis[1], &p->bins[1], k % n_inner);
        out[k] = v / total;
    }
}

static void finish(const void *memory, void *out)
{
    const context *c = memory;
    if (c->params->part == SHOAL_HISTOGRAM_EDGES)
        write_edges(c, out);
    else if (c->params->part == SHOAL_HISTOGRAM_DENSITY)
        write_density(c, out);
    else
        write_counts(c, c->params->result, out);
}

static uint64_t length(const void *memory)
{
    const context *c = memory;
    return c->params->part == SHOAL_HISTOGRAM_EDGES ? c->axis[0].n + 1 : c->axis[0].n;
}

const shoal_tally_kind shoal_tally_histogram = {
    context_bytes, state_bytes, start, NULL, begin, run, merge, next, finish, length, NULL, NULL,
};
