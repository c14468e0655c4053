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

/* The ends of ranges that are at or below each key are counted: an odd number is in a range. Most
   are in none, so that eight are skipped at once. Compared are signed numbers, as instruction sets
   have no others; NaNs are above all. */
#define WITHIN(CODE, C, S)                                                                  \
    static size_t within_##CODE(const void *from, size_t n, const shoal_key_ranges *ranges, \
                                uint64_t *hits, uint16_t *which, uint64_t *below)           \
    {                                                                                       \
        const T_##CODE *x = from;                                                           \
        _Alignas(64) C key[SHOAL_KEYS_MOST], ends[SHOAL_KEYS_MOST] = {0};                   \
        _Alignas(64) uint8_t in[SHOAL_KEYS_MOST + 8];                                       \
        const C top = (C)1 << (8 * sizeof(C) - 1);                                          \
        size_t n_hits = 0;                                                                  \
        C n_real = 0;                                                                       \
        keys_##CODE(from, n, key);                                                          \
        for (size_t i = 0; i < n; i++) n_real += !IS_NAN(x[i]);                             \
        for (size_t i = 0; i < n; i++) key[i] ^= top;                                       \
        below[ranges->n] += (uint64_t)n_real;                                               \
        for (int j = 0; j < ranges->n; j++) {                                               \
            S low = (S)((C)ranges->low[j] ^ top), high = (S)((C)ranges->high[j] ^ top);     \
            C n_from = 0;                                                                   \
            for (size_t i = 0; i < n; i++) {                                                \
                C at = (S)key[i] >= low;                                                    \
                n_from += at;                                                               \
                ends[i] += at + ((S)key[i] > high);                                         \
            }                                                                               \
            below[j] += n - (uint64_t)n_from;                                               \
        }                                                                                   \
        for (size_t i = 0; i < n; i++) in[i] = (uint8_t)(ends[i] & 1);                      \
        memset(in + n, 0, 8);                                                               \
        for (size_t i = 0; i < n; i += 8) {                                                 \
            uint64_t eight;                                                                 \
            memcpy(&eight, in + i, 8);                                                      \
            for (; eight; eight &= eight - 1) {                                             \
                size_t at = i + (size_t)__builtin_ctzll(eight) / 8; /* little-endian */     \
                which[n_hits] = (uint16_t)(ends[at] / 2);                                   \
                hits[n_hits++] = key[at] ^ top;                                             \
            }                                                                               \
        }                                                                                   \
        return n_hits;                                                                      \
    }

WITHIN(INT32, uint32_t, int32_t)
WITHIN(UINT32, uint32_t, int32_t)
WITHIN(INT64, uint64_t, int64_t)
WITHIN(UINT64, uint64_t, int64_t)
WITHIN(FLOAT32, uint32_t, int32_t)
WITHIN(FLOAT64, uint64_t, int64_t)

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

#define BINS(CODE)                                                                    \
    static void bins_##CODE(const void *from, size_t n, const shoal_equal_bins *bins, \
                            int32_t *out)                                             \
    {                                                                                 \
        typedef V_##CODE V;                                                           \
        const T_##CODE *x = from;                                                     \
        V low = (V)bins->low, high = (V)bins->high, none = (V)bins->n + (V)0.5;       \
        V origin = (V)bins->origin, scale = (V)bins->scale;                           \
        V near = (V)bins->near, far = 1 - near;                                       \
        for (size_t i = 0; i < n; i++) {                                              \
            V at = (x[i] - origin) * scale;                                           \
            at = (x[i] >= low) & (x[i] <= high) ? at : none;                          \
            V k = (V)(int32_t)at, rest = at - k;                                      \
            out[i] = (int32_t)((rest > near) & (rest < far) ? k : -1 - k);            \
        }                                                                             \
    }

BINS(FLOAT32)
BINS(FLOAT64)

shoal_bins_kernel SHOAL_FOR_ISA(shoal_bins_)(shoal_type_code code)
{
    return code == SHOAL_FLOAT32 ? bins_FLOAT32 : code == SHOAL_FLOAT64 ? bins_FLOAT64 : NULL;
}
