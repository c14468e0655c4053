/* Order statistics by counting keys: see compute/tally.h. In each round an active range is all keys
   with the same leading bits in which a wanted rank lies; it is counted by its next bits, and the
   part with the rank becomes the range of the next round. */
#include "chunk/error.h"
#include "compute/order_key.h"
#include "compute/quantile.h"
#include "compute/tally.h"

#include <stdlib.h>
#include <string.h>

#define COUNTERS   ((size_t)1 << 19) /* of all active ranges */
#define FIRST_BITS 16
#define TABLE      ((size_t)1 << FIRST_BITS)
#define KEPT       COUNTERS /* keys that are collected instead, once so few are left */
#define BLOCK      1024

typedef struct wanted {
    uint64_t rank;  /* among all elements */
    uint64_t range; /* its active one */
    uint64_t key;   /* once known */
} wanted;

typedef struct range {
    uint64_t prefix; /* of its keys: all but the `left` bits */
    uint64_t before; /* elements below it */
    uint64_t n;      /* elements in it */
} range;

typedef struct context {
    const shoal_quantiles *params;
    uint64_t n; /* elements, NaN included; then without them where they are skipped */
    uint64_t n_nan;
    int key_bits, left, bits; /* of a key: in all, not yet known, counted in this round */
    bool first, collects;
    size_t n_wanted, n_ranges;
    wanted *wanted; /* by rank */
    range *range;   /* by prefix */
    uint16_t *lead; /* by a key's first bits: 1 + the first range that has them, or 0 */
} context;

/* Counters of the ranges, or collected keys; in the first round two sets of counters that take
   turns, as neighbours tend to be alike and would wait for each other. */
typedef struct state {
    uint64_t n_kept;
    uint64_t count[];
} state;

static size_t context_bytes(const void *params)
{
    const shoal_quantiles *p = params;
    size_t n = 2 * (size_t)p->n + 1;
    return sizeof(context) + n * (sizeof(wanted) + sizeof(range)) + TABLE * sizeof(uint16_t);
}

static size_t state_bytes(const void *params)
{
    (void)params;
    return sizeof(state) + COUNTERS * sizeof(uint64_t);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)err;
    context *c = memory;
    const shoal_quantiles *p = params;
    *again = true;
    size_t n = 2 * (size_t)p->n + 1;
    *c = (context){.params = p, .n = n_elements, .first = true};
    c->wanted = (wanted *)(c + 1);
    c->range = (range *)(c->wanted + n);
    c->lead = (uint16_t *)(c->range + n);
    c->key_bits = shoal_key_bits(p->type);
    c->bits = c->key_bits < FIRST_BITS ? c->key_bits : FIRST_BITS;
    c->left = c->key_bits;
    c->n_ranges = 1;
    return SHOAL_OK;
}

static void begin(const void *memory, void *own)
{
    const context *c = memory;
    state *s = own;
    s->n_kept = 0;
    if (!c->collects)
        memset(s->count, 0, (c->n_ranges << c->bits) * sizeof(uint64_t) * (c->first ? 2 : 1));
}

static void count_first(const context *c, state *s, const uint32_t *keys, size_t n)
{
    int shift = c->left - c->bits;
    for (size_t i = 0; i < n; i++) s->count[(size_t)(keys[i] >> shift) * 2 + (i & 1)]++;
}

/* A key that shares its first bits with a range: counted or collected where it is in one. */
static void take(const context *c, state *s, uint64_t key)
{
    uint64_t prefix = key >> c->left;
    size_t r = (size_t)c->lead[key >> (c->key_bits - FIRST_BITS)] - 1;
    while (r < c->n_ranges && c->range[r].prefix < prefix) r++;
    if (r == c->n_ranges || c->range[r].prefix != prefix) return;
    uint64_t bucket = key >> (c->left - c->bits) & ((UINT64_C(1) << c->bits) - 1);
    if (c->collects && s->n_kept < KEPT)
        s->count[s->n_kept++] = key;
    else if (!c->collects)
        s->count[(r << c->bits) + bucket]++;
}

static void run32(const context *c, state *s, const void *x, size_t n)
{
    uint32_t keys[BLOCK + 1];
    int shift = c->key_bits - FIRST_BITS;
    shoal_keys32(c->params->type, x, c->key_bits / 8, n, keys);
    if (c->first) {
        count_first(c, s, keys, n);
        return;
    }
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t key = keys[i];
        keys[hits] = key;
        hits += c->lead[key >> shift] != 0;
    }
    for (size_t i = 0; i < hits; i++) take(c, s, keys[i]);
}

static void run64(const context *c, state *s, const void *x, size_t n)
{
    uint64_t keys[BLOCK + 1];
    shoal_keys64(c->params->type, x, 8, n, keys);
    if (c->first) {
        for (size_t i = 0; i < n; i++)
            s->count[(size_t)(keys[i] >> (64 - FIRST_BITS)) * 2 + (i & 1)]++;
        return;
    }
    size_t hits = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = keys[i];
        keys[hits] = key;
        hits += c->lead[key >> (64 - FIRST_BITS)] != 0;
    }
    for (size_t i = 0; i < hits; i++) take(c, s, keys[i]);
}

static void run(const void *memory, void *s, const void *const *arguments, size_t n)
{
    const context *c = memory;
    const void *x = arguments[0];
    size_t size = (size_t)c->key_bits / 8;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        if (c->key_bits == 64)
            run64(c, s, (const char *)x + i * size, m);
        else
            run32(c, s, (const char *)x + i * size, m);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    const context *c = memory;
    state *a = into;
    const state *b = from;
    if (c->collects) {
        uint64_t n = b->n_kept < KEPT - a->n_kept ? b->n_kept : KEPT - a->n_kept;
        memcpy(a->count + a->n_kept, b->count, (size_t)n * sizeof *b->count);
        a->n_kept += n;
        return;
    }
    size_t n = (c->n_ranges << c->bits) * (c->first ? 2 : 1);
    for (size_t k = 0; k < n; k++) a->count[k] += b->count[k];
}

/* After the first round: how many elements are not NaN, and so which ranks are wanted. */
static void want(context *c, state *s)
{
    const shoal_quantiles *p = c->params;
    size_t n_buckets = (size_t)1 << c->bits, n = 0;
    for (size_t k = 0; k < n_buckets; k++) s->count[k] = s->count[2 * k] + s->count[2 * k + 1];
    c->n = 0;
    for (size_t k = 0; k < n_buckets; k++) c->n += s->count[k];
    if (shoal_key_has_nan(p->type)) c->n_nan = s->count[n_buckets - 1];
    c->range[0] = (range){.n = c->n};
    c->first = false;
    if (p->skips_nan) c->n -= c->n_nan;
    if (c->n == 0 || (c->n_nan && !p->skips_nan)) return;
    for (uint64_t k = 0; k < p->n; k++) {
        uint64_t low, high;
        shoal_quantile_ranks(p, k, c->n, &low, &high);
        c->wanted[n++] = (wanted){.rank = low};
        c->wanted[n++] = (wanted){.rank = high};
    }
    c->n_wanted = n;
}

static int by_rank(const void *a, const void *b)
{
    uint64_t x = ((const wanted *)a)->rank, y = ((const wanted *)b)->rank;
    return x < y ? -1 : x > y;
}

static void sort_wanted(context *c)
{
    qsort(c->wanted, c->n_wanted, sizeof *c->wanted, by_rank);
    size_t n = 0;
    for (size_t k = 0; k < c->n_wanted; k++)
        if (!n || c->wanted[n - 1].rank != c->wanted[k].rank) c->wanted[n++] = c->wanted[k];
    c->n_wanted = n;
}

/* Each wanted rank moves on to the part of its range that holds it. New ranges are put in place of
   the old ones from the end on, as there are never fewer and both rise. */
static void narrow(context *c, const state *s)
{
    size_t n = 0, n_buckets = (size_t)1 << c->bits, at = 0;
    uint64_t below = 0, old = UINT64_MAX;
    range next[2 * SHOAL_MAX_QUANTILES];
    for (size_t k = 0; k < c->n_wanted; k++) {
        wanted *w = &c->wanted[k];
        const range *r = &c->range[w->range];
        const uint64_t *count = s->count + ((size_t)w->range << c->bits);
        if (w->range != old) {
            at = 0;
            below = r->before;
            old = w->range;
        }
        while (at + 1 < n_buckets && w->rank >= below + count[at]) below += count[at++];
        uint64_t prefix = r->prefix << c->bits | at;
        if (n == 0 || next[n - 1].prefix != prefix)
            next[n++] = (range){.prefix = prefix, .before = below, .n = count[at]};
        w->range = n - 1;
        w->key = prefix;
    }
    memcpy(c->range, next, n * sizeof *next);
    c->n_ranges = n;
    c->left -= c->bits;
}

/* What the next round does: collects, where little is left, or counts the next bits. */
static void prepare(context *c)
{
    uint64_t n = 0;
    for (size_t k = 0; k < c->n_ranges; k++) n += c->range[k].n;
    c->collects = n <= KEPT;
    c->bits = c->left < FIRST_BITS ? c->left : FIRST_BITS;
    while ((c->n_ranges << c->bits) > COUNTERS) c->bits--;
    int known = c->key_bits - c->left; /* at least the first bits */
    memset(c->lead, 0, TABLE * sizeof *c->lead);
    for (size_t k = c->n_ranges; k-- > 0;)
        c->lead[c->range[k].prefix >> (known - FIRST_BITS)] = (uint16_t)(k + 1);
}

/* The wanted keys from all keys of the ranges, which are a run of the sorted elements each. */
static shoal_status pick(context *c, state *s, shoal_error *err)
{
    uint64_t before = 0, n = 0;
    for (size_t k = 0; k < c->n_ranges; k++) n += c->range[k].n;
    if (n != s->n_kept) return shoal_fail(err, SHOAL_DATA, "the data changed while they were read");
    size_t r = 0;
    uint64_t ranks[2 * SHOAL_MAX_QUANTILES];
    for (size_t k = 0; k < c->n_wanted; k++) {
        while (r < c->wanted[k].range) before += c->range[r++].n;
        ranks[k] = before + c->wanted[k].rank - c->range[r].before;
    }
    shoal_select64(s->count, (size_t)s->n_kept, ranks, c->n_wanted);
    for (size_t k = 0; k < c->n_wanted; k++) c->wanted[k].key = s->count[ranks[k]];
    return SHOAL_OK;
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    *again = false;
    if (c->first) {
        want(c, merged);
        sort_wanted(c);
    }
    if (c->n_wanted == 0) return SHOAL_OK;
    if (c->collects) return pick(c, merged, err);
    narrow(c, merged);
    if (c->left == 0) return SHOAL_OK;
    prepare(c);
    *again = true;
    return SHOAL_OK;
}

static void element_of(const context *c, uint64_t rank, void *out)
{
    const wanted key = {.rank = rank};
    const wanted *w = bsearch(&key, c->wanted, c->n_wanted, sizeof key, by_rank);
    shoal_key_element(c->params->type, w ? w->key : 0, out);
}

static void finish(const void *memory, void *out)
{
    const context *c = memory;
    const shoal_quantiles *p = c->params;
    shoal_type_code type = p->result;
    uint8_t *at = out;
    for (uint64_t k = 0; k < p->n; k++, at += shoal_key_bits(type) / 8) {
        uint64_t low, high;
        uint8_t a[8], b[8];
        if (c->n_wanted == 0) {
            shoal_quantile_missing(p, at);
            continue;
        }
        shoal_quantile_ranks(p, k, c->n, &low, &high);
        element_of(c, low, a);
        element_of(c, high, b);
        shoal_quantile_between(p, k, c->n, a, b, at);
    }
}

const shoal_tally_kind shoal_tally_quantiles = {
    context_bytes, state_bytes, start, begin, run, merge, next, finish, NULL,
};
