#include "compute/bracket.h"

#include "chunk/type.h"
#include "compute/order_key.h"

#include <math.h>
#include <string.h>

#define AT_ONCE 256

/* Of a key that is no NaN. */
static inline double value_of(int key_bits, uint64_t key)
{
    if (key_bits == 64) {
        uint64_t bits = key >> 63 ? key ^ UINT64_C(1) << 63 : ~key;
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    uint32_t narrow = (uint32_t)key, bits = narrow >> 31 ? narrow ^ UINT32_C(1) << 31 : ~narrow;
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

void shoal_bracket_divide(shoal_bracket *bracket, shoal_type_code type, size_t first, size_t n,
                          bool by_keys)
{
    bracket->bucket = first;
    bracket->shift = 0;
    bracket->scale = 0;
    while ((bracket->high - bracket->low) >> bracket->shift >= n) bracket->shift++;
    if (by_keys || bracket->shift == 0 || (type != SHOAL_FLOAT32 && type != SHOAL_FLOAT64)) return;
    int key_bits = shoal_key_bits(type);
    double low = value_of(key_bits, bracket->low), high = value_of(key_bits, bracket->high);
    double scale = (double)(n - 1) / (high - low);
    if (!isfinite(low) || !isfinite(high) || !isfinite(scale) || !(scale > 0)) return;
    bracket->origin = low;
    bracket->scale = scale;
}

static inline size_t bucket_of(const shoal_bracket *b, int key_bits, uint64_t key)
{
    if (b->scale > 0)
        return b->bucket + (size_t)(int64_t)((value_of(key_bits, key) - b->origin) * b->scale);
    return b->bucket + (size_t)((key - b->low) >> b->shift);
}

const shoal_bracket *shoal_bracket_find(const shoal_bracket *bracket, size_t n_brackets,
                                        uint64_t key)
{
    size_t low = 0, n = n_brackets; /* the first whose high is not below the key */
    while (n > 0) {
        size_t half = n / 2;
        bool later = bracket[low + half].high < key;
        low = later ? low + half + 1 : low;
        n = later ? n - half - 1 : half;
    }
    return low < n_brackets && bracket[low].low <= key ? &bracket[low] : NULL;
}

void shoal_brackets_count(const shoal_bracket *bracket, int key_bits, const uint64_t *keys,
                          const uint16_t *which, size_t n, shoal_bucket *buckets)
{
    size_t at[AT_ONCE];
    for (size_t from = 0; from < n; from += AT_ONCE, keys += AT_ONCE, which += AT_ONCE) {
        size_t m = n - from < AT_ONCE ? n - from : AT_ONCE;
        for (size_t i = 0; i < m; i++) at[i] = bucket_of(&bracket[which[i]], key_bits, keys[i]);
        for (size_t i = 0; i < m; i++) {
            shoal_bucket *bucket = &buckets[at[i]];
            bucket->n++;
            if (__builtin_expect(keys[i] < bucket->low, 0)) bucket->low = keys[i];
            if (__builtin_expect(keys[i] > bucket->high, 0)) bucket->high = keys[i];
        }
    }
}

void shoal_bucket_merge(shoal_bucket *into, const shoal_bucket *from)
{
    into->n += from->n;
    into->low = from->low < into->low ? from->low : into->low;
    into->high = from->high > into->high ? from->high : into->high;
}
