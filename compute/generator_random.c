/* Random elements: each of draws that its number in C order says. */
#include "compute/generator.h"
#include "compute/philox.h"

#include <string.h>

#define MOST_ATTEMPTS 100 /* each succeeds with a chance over a half */

/* 0 .. range of a word of 32 bits (Lemire's way, as NumPy's). */
static uint64_t bounded32(shoal_philox *stream, uint64_t k, uint32_t range)
{
    uint32_t word = shoal_philox_half(stream, k);
    if (range == UINT32_MAX) return word;
    uint64_t n = (uint64_t)range + 1, product = word * n;
    uint32_t least = (uint32_t)((UINT32_MAX - range) % n);
    for (uint64_t attempt = 1; (uint32_t)product < least && attempt < MOST_ATTEMPTS; attempt++)
        product = (uint32_t)shoal_philox_instead(stream, k, attempt) * n;
    return product >> 32;
}

static uint64_t bounded64(shoal_philox *stream, uint64_t k, uint64_t range)
{
    uint64_t word = shoal_philox_draw(stream, k);
    if (range == UINT64_MAX) return word;
    uint64_t n = range + 1, least = (UINT64_MAX - range) % n;
    unsigned __int128 product = (unsigned __int128)word * n;
    for (uint64_t attempt = 1; (uint64_t)product < least && attempt < MOST_ATTEMPTS; attempt++)
        product = (unsigned __int128)shoal_philox_instead(stream, k, attempt) * n;
    return (uint64_t)(product >> 64);
}

/* A Feistel network over the next even number of bits, walked until it falls into the range. */
static uint64_t permuted(const shoal_generator *g, uint64_t i)
{
    int half = 1;
    while (half < 32 && g->range >> 2 * half) half++;
    uint64_t mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = i >> half, right = i & mask, word[4];
        for (uint64_t round = 0; round < 8; round++) {
            const uint64_t counter[4] = {right, round, 2, 0};
            shoal_philox_block(g->key, counter, word);
            uint64_t next = left ^ (word[0] & mask);
            left = right;
            right = next;
        }
        i = left << half | right;
    } while (i > g->range);
    return i;
}

static void generate_one(const shoal_generator *g, shoal_philox *stream, uint64_t i, uint8_t *dst)
{
    double number;
    float small;
    uint64_t integer;
    switch (g->kind) {
    case SHOAL_GENERATE_UNIFORM64:
        integer = shoal_philox_draw(stream, g->first_draw + i * g->draw_step);
        number = (double)(integer >> 11) * 0x1p-53;
        memcpy(dst, &number, sizeof number);
        break;
    case SHOAL_GENERATE_UNIFORM32:
        small = (float)(shoal_philox_half(stream, i) >> 8) * 0x1p-24f;
        memcpy(dst, &small, sizeof small);
        break;
    case SHOAL_GENERATE_BOUNDED:
        integer = g->range == 0            ? 0
                  : g->range <= UINT32_MAX ? bounded32(stream, i, (uint32_t)g->range)
                                           : bounded64(stream, i, g->range);
        integer += (uint64_t)g->integer;
        memcpy(dst, &integer, sizeof integer);
        break;
    case SHOAL_GENERATE_PERMUTATION:
        integer = permuted(g, i);
        memcpy(dst, &integer, sizeof integer);
        break;
    default: break;
    }
}

void shoal_generate_random(const shoal_generator *generator, const shoal_region *region, void *dst,
                           const int64_t *strides)
{
    shoal_philox stream = {.key = {generator->key[0], generator->key[1]}};
    uint64_t at[SHOAL_MAX_RANK] = {0}, n_inner = 1;
    int last = region->rank - 1;
    uint64_t flat_of[SHOAL_MAX_RANK] = {0}, flat = 0, below = 1;
    for (int k = last; k >= 0; k--) {
        flat_of[k] = below;
        flat += (uint64_t)region->axis[k].start * below;
        below *= generator->shape[k];
        if (region->axis[k].count == 0) return;
    }
    if (last >= 0) n_inner = region->axis[last].count;
    uint64_t inner_step = last >= 0 ? (uint64_t)region->axis[last].step : 0;
    uint8_t *to = dst;
    for (;;) {
        for (uint64_t i = 0; i < n_inner; i++)
            generate_one(generator, &stream, flat + i * inner_step,
                         last >= 0 ? to + (int64_t)i * strides[last] : to);
        int k = last - 1;
        for (; k >= 0 && at[k] + 1 == region->axis[k].count; k--) {
            flat -= at[k] * (uint64_t)region->axis[k].step * flat_of[k];
            to -= (int64_t)at[k] * strides[k];
            at[k] = 0;
        }
        if (k < 0) return;
        at[k]++;
        flat += (uint64_t)region->axis[k].step * flat_of[k];
        to += strides[k];
    }
}
