/* bincount: a counter for each number, or the sum of its weights. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/kernel.h"
#include "compute/tally.h"
#include "compute/weight_sums.h"

#include <string.h>

#define BLOCK 512

typedef struct state {
    int64_t low, high;
    uint64_t count[]; /* with weights: cells of their sums, and one for what is in none */
} state;

typedef struct context {
    const shoal_bincount *params;
    shoal_kernel cast; /* to int64; NULL: is */
    shoal_kernel cast_weights;
    shoal_type_code loop; /* of the weights */
    uint64_t n, most;
    uint64_t count[]; /* with weights: doubles */
} context;

static uint64_t most_of(const shoal_bincount *p)
{
    return SHOAL_BINCOUNT_MOST(p->has_weights);
}

static size_t context_bytes(const void *params)
{
    return sizeof(context) + (size_t)most_of(params) * sizeof(uint64_t);
}

static size_t state_bytes(const void *params)
{
    const shoal_bincount *p = params;
    size_t words = p->has_weights ? shoal_weights_words(shoal_weights_loop(p->weights, true)) : 1;
    return sizeof(state) + ((size_t)most_of(p) + 1) * words * sizeof(uint64_t);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)n_elements, (void)err;
    context *c = memory;
    *c = (context){.params = params, .most = most_of(params)};
    c->cast = shoal_kernel_cast(c->params->type, SHOAL_INT64);
    c->n = c->params->least;
    if (c->params->has_weights) {
        c->loop = shoal_weights_loop(c->params->weights, true);
        c->cast_weights = shoal_kernel_cast(c->params->weights, c->loop);
    }
    memset(c->count, 0, (size_t)c->most * sizeof *c->count);
    *again = true;
    return SHOAL_OK;
}

static void begin(const void *memory, void *own)
{
    const context *c = memory;
    state *s = own;
    memset(s, 0, state_bytes(c->params));
    s->high = -1;
}

static void add_weights(const context *c, state *s, const int64_t *v, const void *weights, size_t n)
{
    int32_t cell[BLOCK];
    uint64_t block[BLOCK];
    for (size_t k = 0; k < n; k++)
        cell[k] = (int32_t)((uint64_t)v[k] < c->most ? (uint64_t)v[k] : c->most);
    if (c->cast_weights) c->cast_weights(n, &weights, block);
    shoal_weights_add(c->loop, s->count, cell, c->cast_weights ? block : weights, n);
}

static void run(const void *memory, void *own, const void *const *x, size_t n)
{
    const context *c = memory;
    state *s = own;
    size_t size = shoal_code_size(c->params->type);
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        int64_t v[BLOCK];
        const void *from = (const char *)x[0] + i * size;
        if (c->cast)
            c->cast(m, &from, v);
        else
            memcpy(v, from, m * sizeof *v);
        for (size_t k = 0; k < m; k++) {
            s->low = v[k] < s->low ? v[k] : s->low;
            s->high = v[k] > s->high ? v[k] : s->high;
            if (!c->params->has_weights && (uint64_t)v[k] < c->most) s->count[v[k]]++;
        }
        if (c->params->has_weights)
            add_weights(c, s, v, (const char *)x[1] + i * shoal_code_size(c->params->weights), m);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    const context *c = memory;
    state *a = into;
    const state *b = from;
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    if (c->params->has_weights)
        shoal_weights_merge(c->loop, a->count, b->count, (size_t)c->most);
    else
        for (uint64_t k = 0; k < c->most; k++) a->count[k] += b->count[k];
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    const state *s = merged;
    *again = false;
    if (s->low < 0)
        return shoal_fail(err, SHOAL_DATA, "bincount: %lld is there; it counts from 0 on",
                          (long long)s->low);
    if (s->high >= (int64_t)c->most)
        return shoal_fail(err, SHOAL_MEMORY, "bincount: %lld is there; the most is %llu",
                          (long long)s->high, (unsigned long long)c->most - 1);
    if ((uint64_t)(s->high + 1) > c->n) c->n = (uint64_t)(s->high + 1);
    if (c->params->has_weights)
        shoal_weights_finish(c->loop, s->count, (size_t)c->n, true, c->count);
    else
        memcpy(c->count, s->count, (size_t)c->most * sizeof *c->count);
    return SHOAL_OK;
}

static void finish(const void *memory, void *out)
{
    const context *c = memory;
    memcpy(out, c->count, (size_t)c->n * sizeof *c->count);
}

static uint64_t length(const void *memory)
{
    return ((const context *)memory)->n;
}

const shoal_tally_kind shoal_tally_bincount = {
    context_bytes, state_bytes, start, NULL, begin, run, merge, next, finish, length, NULL, NULL,
};
