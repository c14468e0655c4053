#include "compute/key_sample.h"

#include "compute/kernel.h"
#include "compute/order_key.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_STRIDE 64
#define PARTS        64
#define DEVIATIONS   3
#define LEAST_MARGIN 0.002

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13; /* Marsaglia's xorshift */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

void shoal_sample_begin(shoal_key_sample *sample)
{
    sample->stride = FIRST_STRIDE;
    sample->random = UINT64_C(0x9e3779b97f4a7c15);
    sample->skip = sample->offset = next_random(&sample->random) % FIRST_STRIDE;
    sample->n = 0;
}

/* From an element that was taken to the next. */
static uint64_t distance(shoal_key_sample *sample)
{
    uint64_t left = sample->stride - sample->offset;
    sample->offset = next_random(&sample->random) % sample->stride;
    return left + sample->offset;
}

static void thin_out(shoal_key_sample *sample)
{
    size_t n = 0;
    for (size_t k = 0; k < sample->n; k += 2) sample->key[n++] = sample->key[k];
    sample->n = n;
    sample->offset = sample->stride + sample->offset; /* an even number of strides are behind */
    sample->stride *= 2;
}

void shoal_sample_take(shoal_key_sample *sample, shoal_type_code type, const void *x, size_t n)
{
    size_t size = (size_t)shoal_key_bits(type) / 8;
    shoal_keys_kernel kernel = shoal_kernel_keys(type);
    for (; sample->skip < n; sample->skip += distance(sample)) {
        uint64_t key = 0; /* little-endian: narrow ones are its first bytes */
        kernel((const char *)x + sample->skip * size, 1, &key);
        sample->key[sample->n++] = key;
        if (sample->n == SHOAL_SAMPLE_MOST) thin_out(sample);
    }
    sample->skip -= n;
}

/* Both were taken at the same time: what they have of its parts comes together. */
void shoal_sample_merge(shoal_key_sample *into, const shoal_key_sample *from)
{
    while (into->stride < from->stride) thin_out(into);
    size_t step = (size_t)(into->stride / from->stride), n = (from->n + step - 1) / step;
    while (into->n + n >= SHOAL_SAMPLE_MOST) {
        thin_out(into);
        step *= 2;
        n = (from->n + step - 1) / step;
    }
    size_t n_own = into->n, own = n_own, other = n;
    into->n += n;
    for (size_t k = into->n; other > 0; k--) {
        if (own == 0 || other * n_own >= own * n)
            into->key[k - 1] = from->key[--other * step];
        else
            into->key[k - 1] = into->key[--own];
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* How much the fraction of the numbers that are below a key may be off: from how much neighbouring
   parts of the sample differ, but for a trend through three of them ("second differences" of
   Wolter, Introduction to Variance Estimation, 2007, chapter 8). */
static double margin(const shoal_key_sample *sample, uint64_t key, uint64_t nan)
{
    double last[2] = {0}, squares = 0, n_parts = 0;
    for (size_t p = 0; p < PARTS; p++) {
        size_t from = sample->n * p / PARTS, to = sample->n * (p + 1) / PARTS;
        double n = 0, below = 0;
        for (size_t k = from; k < to; k++) {
            n += sample->key[k] < nan;
            below += sample->key[k] < key;
        }
        if (n == 0) continue;
        double bend = below / n - 2 * last[0] + last[1];
        if (n_parts++ > 1) squares += bend * bend;
        last[1] = last[0];
        last[0] = below / n;
    }
    if (n_parts < 3) return 1;
    return LEAST_MARGIN + DEVIATIONS * sqrt(squares / 6 / (n_parts - 2) / n_parts);
}

size_t shoal_sample_brackets(const shoal_key_sample *sample, const shoal_quantiles *quantiles,
                             uint64_t *sorted, shoal_bracket *out)
{
    shoal_type_code type = quantiles->type;
    bool has_nan = shoal_key_has_nan(type);
    uint64_t least, most, nan;
    size_t n = 0, n_out = 0;
    shoal_key_ends(type, &least, &most);
    nan = has_nan ? most + 1 : UINT64_MAX;
    memcpy(sorted, sample->key, sample->n * sizeof *sorted);
    qsort(sorted, sample->n, sizeof *sorted, by_value);
    while (n < sample->n && (!has_nan || sorted[n] < nan)) n++;
    if (n == 0) return 0;
    for (uint64_t k = 0; k < quantiles->n; k++) {
        uint64_t low, high;
        shoal_quantile_ranks(quantiles, k, n, &low, &high);
        uint64_t off = 2 + (uint64_t)(margin(sample, sorted[low], nan) * (double)n);
        shoal_bracket b = {.low = low < off ? least : sorted[low - off],
                           .high = high + off < n ? sorted[high + off] : most};
        out[n_out++] = b;
    }
    return n_out;
}
