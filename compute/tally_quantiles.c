/* Order statistics by counting keys: see compute/tally.h. What rounds there are:

   sample   where the pass offers it: brackets in which the wanted elements very likely are
   lead     where there is no sample: all keys are counted by their first bits
   count    the keys in brackets are counted in buckets; those below a bracket too, where these come
            from a sample
   collect  the keys in brackets are kept, once they are few, and selected from

   Each round finds the bucket that a wanted rank is in; it is the bracket of the next one, unless
   it has a single key. A rank that a sampled bracket has missed is between two: that is the next
   bracket then. */
#include "chunk/error.h"
#include "compute/kernel.h"
#include "compute/key_sample.h"
#include "compute/order_key.h"
#include "compute/tally.h"

#include <stdlib.h>
#include <string.h>

#define LEAD_BITS    16
#define LEADS        ((size_t)1 << LEAD_BITS)
#define BUCKETS      ((size_t)1 << 17)
#define KEPT         (BUCKETS * sizeof(shoal_bucket) / sizeof(uint64_t))
#define MOST_SAMPLED 16 /* quantiles */

typedef enum phase { SAMPLE, LEAD, COUNT, COLLECT } phase;

typedef struct wanted {
    uint64_t rank; /* among all elements that count */
    uint64_t key;
    bool known;
    size_t bracket; /* else its bracket */
} wanted;

typedef struct context {
    const shoal_quantiles *params;
    uint64_t n; /* elements, NaN included; then without them where they are skipped */
    uint64_t n_nan;
    uint64_t most; /* the greatest key that is no NaN */
    int key_bits;
    phase phase;
    bool ranked; /* n_nan, and so the ranks, are known */
    size_t n_wanted, n_brackets;
    wanted *wanted;          /* by rank */
    shoal_bracket *bracket;  /* rising */
    shoal_bracket *next;     /* those of the next round, while they are made */
    shoal_key_ranges ranges; /* the brackets, where they are few; else, by leading bits: */
    uint8_t *has_bracket;
    shoal_keys_kernel keys;
    shoal_within_kernel within;
} context;

typedef struct state {
    uint64_t below[SHOAL_KEY_RANGES + 1]; /* keys below each range */
    uint64_t n_kept;
    union { /* by phase; SAMPLE: with room to sort behind it */
        shoal_key_sample sample;
        uint64_t count[2 * LEADS]; /* in turns, as neighbours tend to be alike and would wait */
        shoal_bucket bucket[BUCKETS];
        uint64_t kept[KEPT];
    } in;
} state;

static bool is_few(const context *c)
{
    return c->n_brackets <= SHOAL_KEY_RANGES;
}

static uint64_t *room_to_sort(state *s)
{
    return s->in.sample.key + SHOAL_SAMPLE_MOST;
}

static size_t most_brackets(const shoal_quantiles *p)
{
    return 2 * (size_t)p->n + 1;
}

static size_t context_bytes(const void *params)
{
    size_t n = most_brackets(params);
    return sizeof(context) + n * (sizeof(wanted) + 2 * sizeof(shoal_bracket)) + LEADS;
}

static size_t state_bytes(const void *params)
{
    (void)params;
    return sizeof(state);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)err;
    context *c = memory;
    const shoal_quantiles *p = params;
    size_t n = most_brackets(p);
    *again = true;
    *c = (context){.params = p, .n = n_elements, .phase = LEAD};
    c->wanted = (wanted *)(c + 1);
    c->bracket = (shoal_bracket *)(c->wanted + n);
    c->next = c->bracket + n;
    c->has_bracket = (uint8_t *)(c->next + n);
    c->key_bits = shoal_key_bits(p->type);
    c->most = UINT64_MAX >> (64 - c->key_bits);
    if (shoal_key_has_nan(p->type)) c->most--;
    c->keys = shoal_kernel_keys(p->type);
    c->within = shoal_kernel_within(c->key_bits == 64 ? 8 : 4);
    return SHOAL_OK;
}

static bool sample(void *memory)
{
    context *c = memory;
    if (c->key_bits <= LEAD_BITS || c->params->n > MOST_SAMPLED) return false;
    c->phase = SAMPLE;
    return true;
}

static void begin(const void *memory, void *own)
{
    const context *c = memory;
    state *s = own;
    memset(s->below, 0, sizeof s->below);
    s->n_kept = 0;
    if (c->phase == SAMPLE) shoal_sample_begin(&s->in.sample);
    if (c->phase == LEAD) memset(s->in.count, 0, sizeof s->in.count);
    for (size_t k = 0; c->phase == COUNT && k < BUCKETS; k++) s->in.bucket[k] = SHOAL_NO_KEYS;
}

/* ---- Elements ---- */

static int lead_shift(const context *c)
{
    return c->key_bits < LEAD_BITS ? 0 : c->key_bits - LEAD_BITS;
}

static uint64_t key_at(const context *c, const void *keys, size_t i)
{
    return c->key_bits == 64 ? ((const uint64_t *)keys)[i] : ((const uint32_t *)keys)[i];
}

static void count_leads(const context *c, uint64_t *count, const void *keys, size_t n)
{
    int shift = lead_shift(c);
    if (c->key_bits == 64)
        for (size_t i = 0; i < n; i++)
            count[(((const uint64_t *)keys)[i] >> shift) * 2 + (i & 1)]++;
    else
        for (size_t i = 0; i < n; i++)
            count[(size_t)(((const uint32_t *)keys)[i] >> shift) * 2 + (i & 1)]++;
}

/* Keys that may be in a bracket, to hits. */
static size_t filter(const context *c, state *s, const void *keys, size_t n, uint64_t *hits)
{
    if (is_few(c)) return c->within(keys, n, &c->ranges, hits, s->below);
    int shift = lead_shift(c);
    size_t n_hits = 0;
    for (size_t i = 0; i < n; i++) {
        hits[n_hits] = key_at(c, keys, i);
        n_hits += c->has_bracket[hits[n_hits] >> shift];
    }
    return n_hits;
}

static void keep(const context *c, state *s, const uint64_t *keys, size_t n)
{
    for (size_t i = 0; i < n && s->n_kept < KEPT; i++) {
        s->in.kept[s->n_kept] = keys[i];
        s->n_kept += shoal_bracket_find(c->bracket, c->n_brackets, keys[i]) != NULL;
    }
}

static void run(const void *memory, void *own, const void *const *arguments, size_t n)
{
    const context *c = memory;
    state *s = own;
    const char *x = arguments[0];
    if (c->phase == SAMPLE) {
        shoal_sample_take(&s->in.sample, c->params->type, x, n);
        return;
    }
    for (size_t i = 0, m; i < n; i += m, x += m * (size_t)c->key_bits / 8) {
        uint64_t keys[SHOAL_KEYS_MOST], hits[SHOAL_KEYS_MOST + 1];
        m = n - i < SHOAL_KEYS_MOST ? n - i : SHOAL_KEYS_MOST;
        c->keys(x, m, keys);
        if (c->phase == LEAD) {
            count_leads(c, s->in.count, keys, m);
            continue;
        }
        size_t n_hits = filter(c, s, keys, m, hits);
        if (c->phase == COUNT)
            shoal_brackets_count(c->bracket, c->n_brackets, c->key_bits, hits, n_hits,
                                 s->in.bucket);
        else
            keep(c, s, hits, n_hits);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    const context *c = memory;
    state *a = into;
    const state *b = from;
    for (size_t k = 0; k <= SHOAL_KEY_RANGES; k++) a->below[k] += b->below[k];
    if (c->phase == SAMPLE) {
        shoal_sample_merge(&a->in.sample, &b->in.sample);
    } else if (c->phase == LEAD) {
        for (size_t k = 0; k < 2 * LEADS; k++) a->in.count[k] += b->in.count[k];
    } else if (c->phase == COUNT) {
        for (size_t k = 0; k < BUCKETS; k++) shoal_bucket_merge(&a->in.bucket[k], &b->in.bucket[k]);
    } else {
        uint64_t n = b->n_kept < KEPT - a->n_kept ? b->n_kept : KEPT - a->n_kept;
        memcpy(a->in.kept + a->n_kept, b->in.kept, (size_t)n * sizeof *b->in.kept);
        a->n_kept += n;
    }
}

/* ---- What is wanted ---- */

static int by_rank(const void *a, const void *b)
{
    uint64_t x = ((const wanted *)a)->rank, y = ((const wanted *)b)->rank;
    return x < y ? -1 : x > y;
}

/* The ranks, once it is known how many elements are NaN. */
static void want(context *c, uint64_t n_nan)
{
    const shoal_quantiles *p = c->params;
    c->ranked = true;
    c->n_nan = n_nan;
    if (p->skips_nan) c->n -= n_nan;
    if (c->n == 0 || (n_nan && !p->skips_nan)) return;
    size_t n = 0;
    for (uint64_t k = 0; k < p->n; k++) {
        uint64_t low, high;
        shoal_quantile_ranks(p, k, c->n, &low, &high);
        c->wanted[n++] = (wanted){.rank = low};
        c->wanted[n++] = (wanted){.rank = high};
    }
    qsort(c->wanted, n, sizeof *c->wanted, by_rank);
    for (size_t k = 0; k < n; k++)
        if (!c->n_wanted || c->wanted[c->n_wanted - 1].rank != c->wanted[k].rank)
            c->wanted[c->n_wanted++] = c->wanted[k];
}

/* A wanted element is one of n between two keys: known, or in a bracket of the next round. */
static void narrow(context *c, wanted *w, size_t *n_next, uint64_t low, uint64_t high,
                   uint64_t before, uint64_t n)
{
    w->known = low == high;
    w->key = low;
    if (w->known) return;
    if (*n_next == 0 || c->next[*n_next - 1].low != low)
        c->next[(*n_next)++] = (shoal_bracket){.low = low, .high = high, .before = before, .n = n};
    w->bracket = *n_next - 1;
}

static void narrow_by_leads(context *c, state *s)
{
    uint64_t *count = s->in.count, below = 0, n_nan = 0, n = 0;
    size_t n_leads = (size_t)1 << (c->key_bits - lead_shift(c)), at = 0, n_next = 0;
    for (size_t k = 0; k < n_leads; k++) n += count[k] = count[2 * k] + count[2 * k + 1];
    if (shoal_key_has_nan(c->params->type)) n_nan = count[n_leads - 1];
    c->n = n;
    want(c, n_nan);
    for (size_t k = 0; k < c->n_wanted; k++) {
        while (at + 1 < n_leads && c->wanted[k].rank >= below + count[at]) below += count[at++];
        uint64_t low = (uint64_t)at << lead_shift(c);
        uint64_t high = low + ((UINT64_C(1) << lead_shift(c)) - 1);
        narrow(c, &c->wanted[k], &n_next, low, high, below, count[at]);
    }
    c->n_brackets = n_next;
}

/* A rank that is in none of the brackets, the first of which that lies behind it is b. */
static void narrow_to_gap(context *c, wanted *w, size_t *n_next, const shoal_bracket *b)
{
    const shoal_bracket *end = c->bracket + c->n_brackets, *last = b == c->bracket ? NULL : b - 1;
    uint64_t low = last ? last->high + 1 : 0, high = b < end ? b->low - 1 : c->most;
    uint64_t before = last ? last->before + last->n : 0;
    narrow(c, w, n_next, low, high, before, (b < end ? b->before : c->n) - before);
}

static size_t n_buckets(const context *c)
{
    return BUCKETS / c->n_brackets;
}

/* From the buckets of brackets whose `before` and n are known. */
static void narrow_by_buckets(context *c, const state *s)
{
    const shoal_bracket *b = c->bracket, *end = b + c->n_brackets, *old = NULL;
    uint64_t below = 0;
    size_t at = 0, n_next = 0;
    for (size_t k = 0; k < c->n_wanted; k++) {
        wanted *w = &c->wanted[k];
        if (w->known) continue;
        while (b < end && w->rank >= b->before + b->n) b++;
        if (b == end || w->rank < b->before) {
            narrow_to_gap(c, w, &n_next, b);
            continue;
        }
        if (b != old) {
            at = 0;
            below = b->before;
            old = b;
        }
        const shoal_bucket *bucket = s->in.bucket + b->bucket;
        while (w->rank >= below + bucket[at].n) below += bucket[at++].n;
        narrow(c, w, &n_next, bucket[at].low, bucket[at].high, below, bucket[at].n);
    }
    c->n_brackets = n_next;
}

/* After the round that counted in brackets from a sample. */
static void learn_brackets(context *c, const state *s)
{
    bool has_nan = shoal_key_has_nan(c->params->type);
    for (size_t k = 0; k < c->n_brackets; k++) {
        shoal_bracket *b = &c->bracket[k];
        b->before = s->below[k];
        b->n = 0;
        for (size_t j = 0; j < n_buckets(c); j++) b->n += s->in.bucket[b->bucket + j].n;
    }
    want(c, has_nan ? c->n - s->below[c->n_brackets] : 0);
}

/* ---- The next round ---- */

/* Brackets from a sample may overlap. */
static void join_brackets(context *c, size_t n)
{
    size_t m = 0;
    for (size_t k = 1; k < n; k++) { /* by their low ends; there are few */
        shoal_bracket b = c->bracket[k];
        size_t at = k;
        for (; at > 0 && c->bracket[at - 1].low > b.low; at--) c->bracket[at] = c->bracket[at - 1];
        c->bracket[at] = b;
    }
    for (size_t k = 0; k < n; k++) {
        shoal_bracket *last = m ? &c->bracket[m - 1] : NULL;
        if (last && c->bracket[k].low <= last->high) {
            if (c->bracket[k].high > last->high) last->high = c->bracket[k].high;
        } else {
            c->bracket[m++] = c->bracket[k];
        }
    }
    c->n_brackets = m;
}

/* Makes ready for a round over the brackets. */
static void prepare(context *c)
{
    uint64_t n = 0;
    size_t each = n_buckets(c);
    for (size_t k = 0; k < c->n_brackets; k++) {
        n += c->bracket[k].n;
        shoal_bracket_divide(&c->bracket[k], c->params->type, k * each, each, c->ranked);
    }
    c->phase = c->ranked && n <= KEPT ? COLLECT : COUNT;
    memset(c->has_bracket, 0, LEADS);
    c->ranges = (shoal_key_ranges){.n = is_few(c) ? (int)c->n_brackets : 0};
    for (size_t k = 0; k < c->n_brackets; k++) {
        const shoal_bracket *b = &c->bracket[k];
        uint64_t from = b->low >> lead_shift(c), to = b->high >> lead_shift(c);
        memset(c->has_bracket + from, 1, (size_t)(to - from) + 1);
        if (!is_few(c)) continue;
        c->ranges.low[k] = b->low;
        c->ranges.high[k] = b->high;
    }
    if (!c->ranked) c->ranges.end = c->most + 1; /* where there are NaNs: theirs, else not used */
}

/* From the sample's order statistics; else the keys are counted by their first bits. */
static void guess(context *c, state *s)
{
    size_t n = shoal_sample_brackets(&s->in.sample, c->params, room_to_sort(s), c->bracket);
    join_brackets(c, n);
    c->phase = LEAD;
    if (n > 0 && is_few(c)) prepare(c);
}

/* The wanted keys from all keys of the brackets, which are a run of the sorted elements each. */
static shoal_status pick(context *c, state *s, shoal_error *err)
{
    uint64_t before = 0, n = 0, ranks[2 * SHOAL_MAX_QUANTILES];
    size_t b = 0, m = 0;
    for (size_t k = 0; k < c->n_brackets; k++) n += c->bracket[k].n;
    if (n != s->n_kept) return shoal_fail(err, SHOAL_DATA, "the data changed while they were read");
    for (size_t k = 0; k < c->n_wanted; k++) {
        if (c->wanted[k].known) continue;
        while (b < c->wanted[k].bracket) before += c->bracket[b++].n;
        ranks[m++] = before + c->wanted[k].rank - c->bracket[b].before;
    }
    shoal_select64(s->in.kept, (size_t)s->n_kept, ranks, m);
    m = 0;
    for (size_t k = 0; k < c->n_wanted; k++)
        if (!c->wanted[k].known) c->wanted[k].key = s->in.kept[ranks[m++]];
    return SHOAL_OK;
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    context *c = memory;
    state *s = merged;
    *again = c->phase == SAMPLE;
    if (c->phase == COLLECT) return pick(c, s, err);
    if (c->phase == SAMPLE) {
        guess(c, s);
        return SHOAL_OK;
    }
    if (c->phase == LEAD) {
        narrow_by_leads(c, s);
    } else {
        if (!c->ranked) learn_brackets(c, s);
        narrow_by_buckets(c, s);
    }
    shoal_bracket *old = c->bracket;
    c->bracket = c->next;
    c->next = old;
    *again = c->n_wanted > 0 && c->n_brackets > 0;
    if (*again) prepare(c);
    return SHOAL_OK;
}

/* ---- Results ---- */

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
    context_bytes, state_bytes, start, sample, begin, run, merge, next, finish, NULL,
};
