/* Order statistics by counting keys: see compute/tally.h and compute/quantile_rounds.h. */
#include "compute/order_key.h"
#include "compute/quantile_rounds.h"
#include "compute/tally.h"

#include <stdlib.h>
#include <string.h>

static size_t most_brackets(const shoal_quantiles *p)
{
    return 2 * (size_t)p->n + 1;
}

static size_t context_bytes(const void *params)
{
    size_t n = most_brackets(params);
    return sizeof(shoal_quantile_context) + n * (sizeof(shoal_wanted) + 2 * sizeof(shoal_bracket)) +
           SHOAL_LEADS;
}

static size_t state_bytes(const void *params)
{
    (void)params;
    return sizeof(shoal_quantile_state);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)err;
    shoal_quantile_context *c = memory;
    const shoal_quantiles *p = params;
    size_t n = most_brackets(p);
    *again = true;
    *c = (shoal_quantile_context){.params = p, .n = n_elements, .round = SHOAL_ROUND_LEAD};
    c->wanted = (shoal_wanted *)(c + 1);
    c->bracket = (shoal_bracket *)(c->wanted + n);
    c->next = c->bracket + n;
    c->has_bracket = (uint8_t *)(c->next + n);
    c->key_bits = shoal_key_bits(p->type);
    uint64_t least;
    shoal_key_ends(p->type, &least, &c->most);
    c->keys = shoal_kernel_keys(p->type);
    c->within = shoal_kernel_within(p->type);
    return SHOAL_OK;
}

static bool sample(void *memory)
{
    shoal_quantile_context *c = memory;
    if (c->key_bits <= SHOAL_LEAD_BITS || c->params->n > SHOAL_KEY_RANGES) return false;
    c->round = SHOAL_ROUND_SAMPLE;
    return true;
}

static void begin(const void *memory, void *own)
{
    const shoal_quantile_context *c = memory;
    shoal_quantile_state *s = own;
    memset(s->below, 0, sizeof s->below);
    s->n_kept = 0;
    if (c->round == SHOAL_ROUND_SAMPLE) shoal_sample_begin(&s->in.sample);
    if (c->round == SHOAL_ROUND_LEAD) memset(s->in.count, 0, sizeof s->in.count);
    for (size_t k = 0; c->round == SHOAL_ROUND_COUNT && k < SHOAL_BUCKETS; k++)
        s->in.bucket[k] = SHOAL_NO_KEYS;
}

/* ---- Elements ---- */

static uint64_t key_at(const shoal_quantile_context *c, const void *keys, size_t i)
{
    return c->key_bits == 64 ? ((const uint64_t *)keys)[i] : ((const uint32_t *)keys)[i];
}

static void count_leads(const shoal_quantile_context *c, uint64_t *count, const void *keys,
                        size_t n)
{
    int shift = shoal_quantile_lead_shift(c);
    if (c->key_bits == 64)
        for (size_t i = 0; i < n; i++)
            count[(((const uint64_t *)keys)[i] >> shift) * 2 + (i & 1)]++;
    else
        for (size_t i = 0; i < n; i++)
            count[(size_t)(((const uint32_t *)keys)[i] >> shift) * 2 + (i & 1)]++;
}

/* Keys of the elements that may be in a bracket, to hits, and in which one. */
static size_t filter(const shoal_quantile_context *c, shoal_quantile_state *s, const void *x,
                     size_t n, uint64_t *hits, uint16_t *which)
{
    uint64_t keys[SHOAL_KEYS_MOST];
    int shift = shoal_quantile_lead_shift(c);
    size_t n_hits = 0;
    if (shoal_quantile_is_few(c)) return c->within(x, n, &c->ranges, hits, which, s->below);
    c->keys(x, n, keys);
    for (size_t i = 0; i < n; i++) {
        uint64_t key = key_at(c, keys, i);
        const shoal_bracket *b = c->has_bracket[key >> shift]
                                     ? shoal_bracket_find(c->bracket, c->n_brackets, key)
                                     : NULL;
        if (!b) continue;
        which[n_hits] = (uint16_t)(b - c->bracket);
        hits[n_hits++] = key;
    }
    return n_hits;
}

static void keep(shoal_quantile_state *s, const uint64_t *keys, size_t n)
{
    size_t room = SHOAL_KEYS_KEPT - (size_t)s->n_kept;
    if (n > room) n = room;
    memcpy(s->in.kept + s->n_kept, keys, n * sizeof *keys);
    s->n_kept += n;
}

static void run(const void *memory, void *own, const void *const *arguments, size_t n)
{
    const shoal_quantile_context *c = memory;
    shoal_quantile_state *s = own;
    const char *x = arguments[0];
    if (c->round == SHOAL_ROUND_SAMPLE) {
        shoal_sample_take(&s->in.sample, c->params->type, x, n);
        return;
    }
    for (size_t i = 0, m; i < n; i += m, x += m * (size_t)c->key_bits / 8) {
        uint64_t hits[SHOAL_KEYS_MOST + 1];
        uint16_t which[SHOAL_KEYS_MOST + 1];
        m = n - i < SHOAL_KEYS_MOST ? n - i : SHOAL_KEYS_MOST;
        if (c->round == SHOAL_ROUND_LEAD) {
            c->keys(x, m, hits);
            count_leads(c, s->in.count, hits, m);
            continue;
        }
        size_t n_hits = filter(c, s, x, m, hits, which);
        if (c->round == SHOAL_ROUND_COUNT)
            shoal_brackets_count(c->bracket, c->key_bits, hits, which, n_hits, s->in.bucket);
        else
            keep(s, hits, n_hits);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    const shoal_quantile_context *c = memory;
    shoal_quantile_state *a = into;
    const shoal_quantile_state *b = from;
    for (size_t k = 0; k <= SHOAL_KEY_RANGES; k++) a->below[k] += b->below[k];
    if (c->round == SHOAL_ROUND_SAMPLE) {
        shoal_sample_merge(&a->in.sample, &b->in.sample);
    } else if (c->round == SHOAL_ROUND_LEAD) {
        for (size_t k = 0; k < 2 * SHOAL_LEADS; k++) a->in.count[k] += b->in.count[k];
    } else if (c->round == SHOAL_ROUND_COUNT) {
        for (size_t k = 0; k < SHOAL_BUCKETS; k++)
            shoal_bucket_merge(&a->in.bucket[k], &b->in.bucket[k]);
    } else {
        uint64_t n =
            b->n_kept < SHOAL_KEYS_KEPT - a->n_kept ? b->n_kept : SHOAL_KEYS_KEPT - a->n_kept;
        memcpy(a->in.kept + a->n_kept, b->in.kept, (size_t)n * sizeof *b->in.kept);
        a->n_kept += n;
    }
}

/* ---- Results ---- */

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    return shoal_quantile_next(memory, merged, again, err);
}

static void element_of(const shoal_quantile_context *c, uint64_t rank, void *out)
{
    const shoal_wanted key = {.rank = rank};
    const shoal_wanted *w = bsearch(&key, c->wanted, c->n_wanted, sizeof key, shoal_wanted_by_rank);
    shoal_key_element(c->params->type, w ? w->key : 0, out);
}

static void finish(const void *memory, void *out)
{
    const shoal_quantile_context *c = memory;
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
    context_bytes, state_bytes, start, sample, begin, run, merge, next, finish, NULL, NULL, NULL,
};
