/* Distinct elements: a table of keys and counts for each worker, by open addressing. */
#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/order_key.h"
#include "compute/tally.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS ((size_t)1 << 19)
#define MOST  (SLOTS / 4 * 3)
#define BLOCK 512

typedef struct entry {
    uint64_t key, n; /* n is 0: free */
} entry;

typedef struct state {
    size_t n;
    bool full;
    entry entry[SLOTS];
} state;

typedef struct context {
    const shoal_distinct *params;
    size_t n;
    entry entry[MOST]; /* by key */
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
    c->n = 0;
    *again = true;
    return SHOAL_OK;
}

static void begin(const void *memory, void *own)
{
    (void)memory;
    memset(own, 0, sizeof(state));
}

static void add(state *s, uint64_t key, uint64_t n)
{
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 45); /* of 2^19 slots */
    while (s->entry[at].n && s->entry[at].key != key) at = (at + 1) % SLOTS;
    if (!s->entry[at].n) {
        if (s->n == MOST) {
            s->full = true;
            return;
        }
        s->n++;
        s->entry[at].key = key;
    }
    s->entry[at].n += n;
}

/* -0 is 0, as in numpy.unique. */
static void join_zeros(shoal_type_code type, uint64_t *keys, size_t n)
{
    uint64_t zero = UINT64_C(1) << (shoal_key_bits(type) - 1);
    for (size_t i = 0; i < n && shoal_key_has_nan(type); i++) keys[i] += keys[i] == zero - 1;
}

/* Neighbours are often equal: a run of them is added once. */
static void add_runs(state *s, const uint64_t *keys, size_t n)
{
    for (size_t i = 0; i < n && !s->full;) {
        size_t from = i++;
        while (i < n && keys[i] == keys[from]) i++;
        add(s, keys[from], i - from);
    }
}

static void run(const void *memory, void *own, const void *const *x, size_t n)
{
    const context *c = memory;
    shoal_type_code type = c->params->type;
    size_t size = (size_t)shoal_key_bits(type) / 8;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        uint64_t keys[BLOCK];
        uint32_t narrow[BLOCK];
        const char *from = (const char *)x[0] + i * size;
        shoal_kernel_keys(type)(from, m, size == 8 ? (void *)keys : narrow);
        for (size_t k = 0; k < m && size < 8; k++) keys[k] = narrow[k];
        join_zeros(type, keys, m);
        add_runs(own, keys, m);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    (void)memory;
    state *a = into;
    const state *b = from;
    a->full |= b->full;
    for (size_t k = 0; k < SLOTS && !a->full; k++)
        if (b->entry[k].n) add(a, b->entry[k].key, b->entry[k].n);
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const entry *)a)->key, y = ((const entry *)b)->key;
    return x < y ? -1 : x > y;
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    const state *s = merged;
    *again = false;
    if (s->full)
        return shoal_fail(err, SHOAL_MEMORY,
                          "unique: there are more than %zu different elements; round them, or "
                          "count ranges with histogram()",
                          MOST);
    for (size_t k = 0; k < SLOTS; k++)
        if (s->entry[k].n) c->entry[c->n++] = s->entry[k];
    qsort(c->entry, c->n, sizeof *c->entry, by_key);
    return SHOAL_OK;
}

static void finish(const void *memory, void *out)
{
    const context *c = memory;
    size_t size = (size_t)shoal_key_bits(c->params->type) / 8;
    for (size_t k = 0; k < c->n; k++) {
        if (c->params->counts)
            memcpy((uint64_t *)out + k, &c->entry[k].n, sizeof(uint64_t));
        else
            shoal_key_element(c->params->type, c->entry[k].key, (char *)out + k * size);
    }
}

static uint64_t length(const void *memory)
{
    return ((const context *)memory)->n;
}

const shoal_tally_kind shoal_tally_distinct = {
    context_bytes, state_bytes, start, NULL, begin, run, merge, next, finish, length, NULL, NULL,
};
