/* Ordered keys (compute/order_key.h), which of them lie within ranges, and bins of equal width. */
#include "compute/kernel_types.h"
#include "compute/order_bits.h"

#define KEYS(CODE, K, V, expression)                               \
    static void keys_##CODE(const void *from, size_t n, void *out) \
    {                                                              \
        const V IN_MEMORY *x = from;                               \
        K *keys = out;                                             \
        for (size_t i = 0; i < n; i++) {                           \
            V bits = x[i];                                         \
            keys[i] = (K)(expression);                             \
        }                                                          \
    }

KEYS(BOOL, uint32_t, uint8_t, bits != 0)
KEYS(UINT8, uint32_t, uint8_t, bits)
KEYS(INT8, uint32_t, uint8_t, bits ^ 0x80u)
KEYS(UINT16, uint32_t, uint16_t, bits)
KEYS(INT16, uint32_t, uint16_t, bits ^ 0x8000u)
KEYS(UINT32, uint32_t, uint32_t, bits)
KEYS(INT32, uint32_t, uint32_t, bits ^ 0x80000000u)
KEYS(UINT64, uint64_t, uint64_t, bits)
KEYS(INT64, uint64_t, uint64_t, bits ^ SHOAL_KEY_TOP64)
KEYS(FLOAT16, uint32_t, uint16_t, SHOAL_FLOAT_KEY16((uint32_t)bits))
KEYS(FLOAT32, uint32_t, uint32_t, SHOAL_FLOAT_KEY32(bits))
KEYS(FLOAT64, uint64_t, uint64_t, SHOAL_FLOAT_KEY64(bits))

/* clang-format off */
static const shoal_keys_kernel table[SHOAL_FLOAT64 + 1] = {
    ENTRY(BOOL, keys)
    ENTRY(FLOAT16, keys)
    FOR_REALS(ENTRY, keys)
};
/* clang-format on */

shoal_keys_kernel SHOAL_FOR_ISA(shoal_keys_)(shoal_type_code code)
{
    return (unsigned)code <= SHOAL_FLOAT64 ? table[code] : NULL;
}

/* A byte for each key says whether it is in a range; most of them are in none, so that eight are
   skipped at once. */
#define WITHIN(K, NAME)                                                                     \
    size_t SHOAL_FOR_ISA(NAME)(const void *from, size_t n, const shoal_key_ranges *ranges,  \
                               uint64_t *hits, uint64_t *below)                             \
    {                                                                                       \
        const K *keys = from;                                                               \
        _Alignas(64) uint8_t in[SHOAL_KEYS_MOST] = {0};                                     \
        size_t n_hits = 0;                                                                  \
        for (int j = 0; j < ranges->n; j++) {                                               \
            K low = (K)ranges->low[j], width = (K)(ranges->high[j] - ranges->low[j]);       \
            K n_below = 0;                                                                  \
            for (size_t i = 0; i < n; i++) n_below += keys[i] < low;                        \
            for (size_t i = 0; i < n; i++) in[i] |= (uint8_t)((K)(keys[i] - low) <= width); \
            below[j] += n_below;                                                            \
        }                                                                                   \
        K end = (K)ranges->end, n_end = 0;                                                  \
        for (size_t i = 0; i < n; i++) n_end += keys[i] < end;                              \
        below[ranges->n] += n_end;                                                          \
        for (size_t i = 0; i < n; i += 8) {                                                 \
            uint64_t eight;                                                                 \
            memcpy(&eight, in + i, 8);                                                      \
            for (; eight; eight &= eight - 1)                                               \
                hits[n_hits++] = keys[i + (size_t)__builtin_ctzll(eight) / 8];              \
        }                                                                                   \
        return n_hits;                                                                      \
    }

WITHIN(uint32_t, shoal_within32_)
WITHIN(uint64_t, shoal_within64_)

void SHOAL_FOR_ISA(shoal_bins_)(const double *x, size_t n, const shoal_equal_bins *bins,
                                int32_t *out)
{
    double low = bins->low, high = bins->high, scale = bins->scale, none = bins->n;
    double near = bins->near, far = 1 - near;
    for (size_t i = 0; i < n; i++) {
        double at = (x[i] - low) * scale;
        at = (x[i] >= low) & (x[i] <= high) ? at : none + 0.5;
        double k = (double)(int32_t)at, rest = at - k;
        out[i] = (int32_t)((rest > near) & (rest < far) ? k : -1 - k);
    }
}
