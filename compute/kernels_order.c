/* Ordered keys (compute/order_key.h), those of elements within ranges, and bins of equal width. */
#include "compute/kernel_types.h"
#include "compute/order_bits.h"

#define KEYS(CODE, K, V, expression)                               \
    static void keys_##CODE(const void *from, size_t n, void *out) \
    {                                                              \
        const T_##V *x = from;                                     \
        T_##K *keys = out;                                         \
        for (size_t i = 0; i < n; i++) {                           \
            V_##V bits = x[i];                                     \
            keys[i] = (V_##K)(expression);                         \
        }                                                          \
    }

KEYS(BOOL, UINT32, UINT8, bits != 0)
KEYS(UINT8, UINT32, UINT8, bits)
KEYS(INT8, UINT32, UINT8, bits ^ 0x80u)
KEYS(UINT16, UINT32, UINT16, bits)
KEYS(INT16, UINT32, UINT16, bits ^ 0x8000u)
KEYS(UINT32, UINT32, UINT32, bits)
KEYS(INT32, UINT32, UINT32, bits ^ 0x80000000u)
KEYS(UINT64, UINT64, UINT64, bits)
KEYS(INT64, UINT64, UINT64, bits ^ SHOAL_KEY_TOP64)
KEYS(FLOAT16, UINT32, UINT16, SHOAL_FLOAT_KEY16((uint32_t)bits))
KEYS(FLOAT32, UINT32, UINT32, SHOAL_FLOAT_KEY32(bits))
KEYS(FLOAT64, UINT64, UINT64, SHOAL_FLOAT_KEY64(bits))

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

/* A byte for each element says whether it is in a range; most of them are in none, so that eight
   are skipped at once. Elements are compared as they are; C: an integer as wide. */
#define WITHIN(CODE, C)                                                                        \
    static size_t within_##CODE(const void *from, size_t n, const shoal_key_ranges *ranges,    \
                                uint64_t *hits, uint64_t *below)                               \
    {                                                                                          \
        const T_##CODE *x = from;                                                              \
        _Alignas(64) uint8_t in[SHOAL_KEYS_MOST] = {0};                                        \
        size_t n_hits = 0;                                                                     \
        C n_real = 0;                                                                          \
        for (int j = 0; j < ranges->n; j++) {                                                  \
            V_##CODE low, high;                                                                \
            C n_below = 0;                                                                     \
            memcpy(&low, &ranges->low[j], sizeof low);                                         \
            memcpy(&high, &ranges->high[j], sizeof high);                                      \
            for (size_t i = 0; i < n; i++) n_below += x[i] < low;                              \
            for (size_t i = 0; i < n; i++) in[i] |= (uint8_t)((x[i] >= low) & (x[i] <= high)); \
            below[j] += (uint64_t)n_below;                                                     \
        }                                                                                      \
        for (size_t i = 0; i < n; i++) n_real += !IS_NAN(x[i]);                                \
        below[ranges->n] += (uint64_t)n_real;                                                  \
        for (size_t i = 0; i < n; i += 8) {                                                    \
            uint64_t eight;                                                                    \
            memcpy(&eight, in + i, 8);                                                         \
            for (; eight; eight &= eight - 1) {                                                \
                uint64_t key = 0; /* little-endian: narrow ones are its first bytes */         \
                keys_##CODE(x + i + (size_t)__builtin_ctzll(eight) / 8, 1, &key);              \
                hits[n_hits++] = key;                                                          \
            }                                                                                  \
        }                                                                                      \
        return n_hits;                                                                         \
    }

WITHIN(INT32, uint32_t)
WITHIN(UINT32, uint32_t)
WITHIN(INT64, uint64_t)
WITHIN(UINT64, uint64_t)
WITHIN(FLOAT32, uint32_t)
WITHIN(FLOAT64, uint64_t)

shoal_within_kernel SHOAL_FOR_ISA(shoal_within_)(shoal_type_code code)
{
    switch (code) {
    case SHOAL_INT32: return within_INT32;
    case SHOAL_UINT32: return within_UINT32;
    case SHOAL_INT64: return within_INT64;
    case SHOAL_UINT64: return within_UINT64;
    case SHOAL_FLOAT32: return within_FLOAT32;
    case SHOAL_FLOAT64: return within_FLOAT64;
    default: return NULL;
    }
}

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
