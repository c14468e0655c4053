/* Order statistics of lines: their keys are selected in place. */
#include "compute/groups.h"
#include "compute/kernel.h"
#include "compute/lines.h"
#include "compute/order_key.h"
#include "compute/quantile.h"

#include <string.h>

#define AT_ONCE 64 /* ranks; more quantiles are taken in turns */

static size_t scratch_bytes(const void *params, uint64_t n)
{
    const shoal_quantiles *p = params;
    return (size_t)n * (shoal_key_bits(p->type) == 64 ? 8 : 4) + 64;
}

static uint64_t count_nan(const shoal_quantiles *p, const void *keys, uint64_t n)
{
    uint64_t nan = 0;
    if (!shoal_key_has_nan(p->type)) return 0;
    uint32_t all = p->type == SHOAL_FLOAT16 ? 0xffff : UINT32_MAX;
    if (p->type == SHOAL_FLOAT64)
        for (uint64_t i = 0; i < n; i++) nan += ((const uint64_t *)keys)[i] == UINT64_MAX;
    else
        for (uint64_t i = 0; i < n; i++) nan += ((const uint32_t *)keys)[i] == all;
    return nan;
}

static void insert(uint64_t *ranks, size_t *n, uint64_t rank)
{
    size_t at = *n;
    while (at > 0 && ranks[at - 1] > rank) at--;
    if (at > 0 && ranks[at - 1] == rank) return;
    memmove(ranks + at + 1, ranks + at, (*n - at) * sizeof *ranks);
    ranks[at] = rank;
    ++*n;
}

static void element_at(const shoal_quantiles *p, const void *keys, uint64_t rank, void *out)
{
    bool wide = shoal_key_bits(p->type) == 64;
    shoal_key_element(p->type,
                      wide ? ((const uint64_t *)keys)[rank] : ((const uint32_t *)keys)[rank], out);
}

/* Quantiles [from, to) of m keys that are not NaN; `n` keys in all. */
static void some(const shoal_quantiles *p, void *keys, uint64_t n, uint64_t m, uint64_t from,
                 uint64_t to, uint8_t *out)
{
    uint64_t ranks[AT_ONCE + 2], low, high;
    size_t n_ranks = 0, size = (size_t)shoal_key_bits(p->result) / 8;
    for (uint64_t k = from; k < to; k++) {
        shoal_quantile_ranks(p, k, m, &low, &high);
        insert(ranks, &n_ranks, low);
        insert(ranks, &n_ranks, high);
    }
    if (shoal_key_bits(p->type) == 64)
        shoal_select64(keys, (size_t)n, ranks, n_ranks);
    else
        shoal_select32(keys, (size_t)n, ranks, n_ranks);
    for (uint64_t k = from; k < to; k++) {
        uint8_t a[8], b[8];
        shoal_quantile_ranks(p, k, m, &low, &high);
        element_at(p, keys, low, a);
        element_at(p, keys, high, b);
        shoal_quantile_between(p, k, m, a, b, out + (k - from) * size);
    }
}

/* Of n keys, which lie in another order then. */
static void of_keys(const shoal_quantiles *p, void *keys, uint64_t n, void *out)
{
    size_t size = (size_t)shoal_key_bits(p->result) / 8;
    uint64_t nan = count_nan(p, keys, n), m = p->skips_nan ? n - nan : n;
    for (uint64_t k = 0; k < p->n; k += AT_ONCE / 2) {
        uint64_t to = k + AT_ONCE / 2 < p->n ? k + AT_ONCE / 2 : p->n;
        uint8_t *at = (uint8_t *)out + k * size;
        if (m && (p->skips_nan || !nan))
            some(p, keys, n, m, k, to, at);
        else
            for (uint64_t j = k; j < to; j++, at += size) shoal_quantile_missing(p, at);
    }
}

static void run(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_quantiles *p = params;
    shoal_kernel_keys(p->type)(x, (size_t)n, scratch);
    of_keys(p, scratch, n, out);
}

/* ---- By groups ---- */

static size_t group_scratch_bytes(const void *params, uint64_t n)
{
    const shoal_quantiles *p = params;
    return 2 * scratch_bytes(params, n) + (size_t)p->groups->n * sizeof(uint64_t) + 64;
}

/* Brings the keys of each group together; `end` says where each group ends then. */
static void scatter(const shoal_quantiles *p, const void *keys, uint64_t n, void *to, uint64_t *end)
{
    const shoal_groups *g = p->groups;
    uint64_t at = 0;
    for (uint64_t k = 0; k < g->n; at += g->size[k++]) end[k] = at;
    if (shoal_key_bits(p->type) == 64) {
        for (uint64_t i = 0; i < n; i++)
            if (g->of[i] != SHOAL_NO_GROUP)
                ((uint64_t *)to)[end[g->of[i]]++] = ((const uint64_t *)keys)[i];
    } else {
        for (uint64_t i = 0; i < n; i++)
            if (g->of[i] != SHOAL_NO_GROUP)
                ((uint32_t *)to)[end[g->of[i]]++] = ((const uint32_t *)keys)[i];
    }
}

static void run_groups(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_quantiles *p = params;
    size_t size = (size_t)shoal_key_bits(p->result) / 8 * (size_t)p->n;
    size_t key = shoal_key_bits(p->type) == 64 ? 8 : 4;
    uint64_t *end = scratch;
    uint8_t *keys = (uint8_t *)(end + p->groups->n), *to = keys + (n * key + 63) / 8 * 8;
    shoal_kernel_keys(p->type)(x, (size_t)n, keys);
    scatter(p, keys, n, to, end);
    for (uint64_t g = 0; g < p->groups->n; g++) {
        uint64_t m = p->groups->size[g];
        of_keys(p, to + (end[g] - m) * key, m, (uint8_t *)out + g * size);
    }
}

const shoal_line_kind shoal_lines_quantiles = {.scratch_bytes = scratch_bytes, .run = run};
const shoal_line_kind shoal_lines_group_quantiles = {.scratch_bytes = group_scratch_bytes,
                                                     .run = run_groups};
