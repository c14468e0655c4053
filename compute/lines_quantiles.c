/* Order statistics of lines: their keys are selected in place. */
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

static void run(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_quantiles *p = params;
    size_t size = (size_t)shoal_key_bits(p->result) / 8;
    shoal_kernel_keys(p->type)(x, (size_t)n, scratch);
    uint64_t nan = count_nan(p, scratch, n), m = p->skips_nan ? n - nan : n;
    for (uint64_t k = 0; k < p->n; k += AT_ONCE / 2) {
        uint64_t to = k + AT_ONCE / 2 < p->n ? k + AT_ONCE / 2 : p->n;
        uint8_t *at = (uint8_t *)out + k * size;
        if (m && (p->skips_nan || !nan))
            some(p, scratch, n, m, k, to, at);
        else
            for (uint64_t j = k; j < to; j++, at += size) shoal_quantile_missing(p, at);
    }
}

const shoal_line_kind shoal_lines_quantiles = {.scratch_bytes = scratch_bytes, .run = run};
