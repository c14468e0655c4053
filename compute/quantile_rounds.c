#include "compute/quantile_rounds.h"

#include "chunk/error.h"
#include "compute/order_key.h"

#include <stdlib.h>
#include <string.h>

bool shoal_quantile_is_few(const shoal_quantile_context *c)
{
    return c->n_brackets <= SHOAL_KEY_RANGES;
}

int shoal_quantile_lead_shift(const shoal_quantile_context *c)
{
    return c->key_bits < SHOAL_LEAD_BITS ? 0 : c->key_bits - SHOAL_LEAD_BITS;
}

/* ---- What is wanted ---- */

int shoal_wanted_by_rank(const void *a, const void *b)
{
    uint64_t x = ((const shoal_wanted *)a)->rank, y = ((const shoal_wanted *)b)->rank;
    return x < y ? -1 : x > y;
}

/* The ranks, once it is known how many elements are NaN. */
static void want(shoal_quantile_context *c, uint64_t n_nan)
{
    const shoal_quantiles *p = c->params;
    c->ranked = true;
    if (p->skips_nan) c->n -= n_nan;
    if (c->n == 0 || (n_nan && !p->skips_nan)) return;
    size_t n = 0;
    for (uint64_t k = 0; k < p->n; k++) {
        uint64_t low, high;
        shoal_quantile_ranks(p, k, c->n, &low, &high);
        c->wanted[n++] = (shoal_wanted){.rank = low};
        c->wanted[n++] = (shoal_wanted){.rank = high};
    }
    qsort(c->wanted, n, sizeof *c->wanted, shoal_wanted_by_rank);
    for (size_t k = 0; k < n; k++)
        if (!c->n_wanted || c->wanted[c->n_wanted - 1].rank != c->wanted[k].rank)
            c->wanted[c->n_wanted++] = c->wanted[k];
}

/* A wanted element is one of n between two keys: known, or in a bracket of the next round. */
static void narrow(shoal_quantile_context *c, shoal_wanted *w, size_t *n_next, uint64_t low,
                   uint64_t high, uint64_t before, uint64_t n)
{
    w->known = low == high;
    w->key = low;
    if (w->known) return;
    if (*n_next == 0 || c->next[*n_next - 1].low != low)
        c->next[(*n_next)++] = (shoal_bracket){.low = low, .high = high, .before = before, .n = n};
    w->bracket = *n_next - 1;
}

static void narrow_by_leads(shoal_quantile_context *c, shoal_quantile_state *s)
{
    uint64_t *count = s->in.count, below = 0, n_nan = 0, n = 0;
    size_t n_leads = (size_t)1 << (c->key_bits - shoal_quantile_lead_shift(c)), at = 0, n_next = 0;
    for (size_t k = 0; k < n_leads; k++) n += count[k] = count[2 * k] + count[2 * k + 1];
    if (shoal_key_has_nan(c->params->type)) n_nan = count[n_leads - 1];
    c->n = n;
    want(c, n_nan);
    for (size_t k = 0; k < c->n_wanted; k++) {
        while (at + 1 < n_leads && c->wanted[k].rank >= below + count[at]) below += count[at++];
        uint64_t low = (uint64_t)at << shoal_quantile_lead_shift(c);
        uint64_t high = low + ((UINT64_C(1) << shoal_quantile_lead_shift(c)) - 1);
        narrow(c, &c->wanted[k], &n_next, low, high, below, count[at]);
    }
    c->n_brackets = n_next;
}

/* A rank that is in none of the brackets, the first of which that lies behind it is b. */
static void narrow_to_gap(shoal_quantile_context *c, shoal_wanted *w, size_t *n_next,
                          const shoal_bracket *b)
{
    const shoal_bracket *end = c->bracket + c->n_brackets, *last = b == c->bracket ? NULL : b - 1;
    uint64_t low = last ? last->high + 1 : 0, high = b < end ? b->low - 1 : c->most;
    uint64_t before = last ? last->before + last->n : 0;
    narrow(c, w, n_next, low, high, before, (b < end ? b->before : c->n) - before);
}

static size_t n_buckets(const shoal_quantile_context *c)
{
    return SHOAL_BUCKETS / c->n_brackets;
}

/* From the buckets of brackets whose `before` and n are known. */
static void narrow_by_buckets(shoal_quantile_context *c, const shoal_quantile_state *s)
{
    const shoal_bracket *b = c->bracket, *end = b + c->n_brackets, *old = NULL;
    uint64_t below = 0;
    size_t at = 0, n_next = 0;
    for (size_t k = 0; k < c->n_wanted; k++) {
        shoal_wanted *w = &c->wanted[k];
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
static void learn_brackets(shoal_quantile_context *c, const shoal_quantile_state *s)
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
static void join_brackets(shoal_quantile_context *c, size_t n)
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

/* How keys in brackets are found: few brackets are compared with, */
static void set_ranges(shoal_quantile_context *c)
{
    c->ranges = (shoal_key_ranges){.n = (int)c->n_brackets};
    for (size_t k = 0; k < c->n_brackets; k++) {
        c->ranges.low[k] = c->bracket[k].low;
        c->ranges.high[k] = c->bracket[k].high < c->most ? c->bracket[k].high : c->most;
    }
}

/* of more, the leading bits of the keys tell first. */
static void mark_leads(shoal_quantile_context *c)
{
    int shift = shoal_quantile_lead_shift(c);
    memset(c->has_bracket, 0, SHOAL_LEADS);
    for (size_t k = 0; k < c->n_brackets; k++) {
        uint64_t from = c->bracket[k].low >> shift, to = c->bracket[k].high >> shift;
        memset(c->has_bracket + from, 1, (size_t)(to - from) + 1);
    }
}

/* Makes ready for a round over the brackets. */
static void prepare(shoal_quantile_context *c)
{
    uint64_t n = 0;
    size_t each = n_buckets(c);
    for (size_t k = 0; k < c->n_brackets; k++) {
        n += c->bracket[k].n;
        shoal_bracket_divide(&c->bracket[k], c->params->type, k * each, each, c->ranked);
    }
    c->round = c->ranked && n <= SHOAL_KEYS_KEPT ? SHOAL_ROUND_COLLECT : SHOAL_ROUND_COUNT;
    if (shoal_quantile_is_few(c))
        set_ranges(c);
    else
        mark_leads(c);
}

static uint64_t *room_to_sort(shoal_quantile_state *s)
{
    return s->in.sample.key + SHOAL_SAMPLE_MOST;
}

/* From the sample's order statistics; else the keys are counted by their first bits. */
static void guess(shoal_quantile_context *c, shoal_quantile_state *s)
{
    size_t n = shoal_sample_brackets(&s->in.sample, c->params, room_to_sort(s), c->bracket);
    join_brackets(c, n);
    c->round = SHOAL_ROUND_LEAD;
    if (n > 0 && shoal_quantile_is_few(c)) prepare(c);
}

/* The wanted keys from all keys of the brackets, which are a run of the sorted elements each. */
static shoal_status pick(shoal_quantile_context *c, shoal_quantile_state *s, shoal_error *err)
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

shoal_status shoal_quantile_next(shoal_quantile_context *c, shoal_quantile_state *s, bool *again,
                                 shoal_error *err)
{
    *again = c->round == SHOAL_ROUND_SAMPLE;
    if (c->round == SHOAL_ROUND_COLLECT) return pick(c, s, err);
    if (c->round == SHOAL_ROUND_SAMPLE) {
        guess(c, s);
        return SHOAL_OK;
    }
    if (c->round == SHOAL_ROUND_LEAD) {
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
