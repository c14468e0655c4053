/* bincount: a counter for each number. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/kernel.h"
#include "compute/tally.h"

#include <string.h>

#define MOST  ((uint64_t)1 << 20)
#define BLOCK 512

typedef struct state {
    int64_t low, high;
    uint64_t count[MOST];
} state;

typedef struct context {
    const shoal_bincount *params;
    shoal_kernel cast; /* to int64; NULL: is */
    uint64_t n;
    uint64_t count[MOST];
} context;

static size_t context_bytes(const void *params)
{
    (void)params;
    return sizeof(context);
}

static size_t state_bytes(const void *params)
{
    (void)params;
    return sizeof(state);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)n_elements, (void)err;
    context *c = memory;
    c->params = params;
    c->cast = shoal_kernel_cast(c->params->type, SHOAL_INT64);
    c->n = c->params->least;
    memset(c->count, 0, sizeof c->count);
    *again = true;
    return SHOAL_OK;
}

static void begin(const void *memory, void *own)
{
    (void)memory;
    state *s = own;
    memset(s, 0, sizeof *s);
    s->high = -1;
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
            if ((uint64_t)v[k] < MOST) s->count[v[k]]++;
        }
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    (void)memory;
    state *a = into;
    const state *b = from;
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    for (uint64_t k = 0; k < MOST; k++) a->count[k] += b->count[k];
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    const state *s = merged;
    *again = false;
    if (s->low < 0)
        return shoal_fail(err, SHOAL_DATA, "bincount: %lld is there; it counts from 0 on",
                          (long long)s->low);
    if (s->high >= (int64_t)MOST)
        return shoal_fail(err, SHOAL_MEMORY, "bincount: %lld is there; the most is %llu",
                          (long long)s->high, (unsigned long long)MOST - 1);
    if ((uint64_t)(s->high + 1) > c->n) c->n = (uint64_t)(s->high + 1);
    memcpy(c->count, s->count, sizeof c->count);
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
