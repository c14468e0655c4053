/* Ordered keys (compute/order_key.h), those of elements within ranges, and bins of equal width. */
#include "compute/kernel_vector.h"
#include "compute/order_bits.h"

#define HAS_NAN(V) ((V)0.5 != 0)

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

#define C        uint32_t
#define S        int32_t
#define UNSIGNED halves
#define SIGNED   signed_halves
#include "compute/kernels_within.h"
#define C        uint64_t
#define S        int64_t
#define UNSIGNED words
#define SIGNED   signed_words
#include "compute/kernels_within.h"

#define WITHIN(CODE, C)                                                                     \
    static size_t within_##CODE(const void *from, size_t n, const shoal_key_ranges *ranges, \
                                uint64_t *hits, uint16_t *which, uint64_t *below)           \
    {                                                                                       \
        _Alignas(64) C key[WITHIN_MOST(C)];                                                 \
        keys_##CODE(from, n, key);                                                          \
        return within_##C(key, n, HAS_NAN(V_##CODE), ranges, hits, which, below);           \
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

/* The positions of the negative ones of n numbers, behind which there is room for a vector. */
static size_t negative_ones(int32_t *x, size_t n, uint16_t *out)
{
    const size_t width = 2 * VECTOR;
    size_t n_out = 0;
    for (size_t k = n; k % width; k++) x[k] = 0;
    for (size_t i = 0; i < n; i += width) {
        halves v;
        memcpy(&v, x + i, sizeof v);
        for (unsigned at = negative_lanes_uint32_t(v); at; at &= at - 1)
            out[n_out++] = (uint16_t)(i + (size_t)__builtin_ctz(at));
    }
    return n_out;
}

#define BINS(CODE)                                                                      \
    static size_t bins_##CODE(const void *from, size_t n, const shoal_equal_bins *bins, \
                              int32_t *out, uint16_t *near_edges)                       \
    {                                                                                   \
        typedef V_##CODE V;                                                             \
        const T_##CODE *x = from;                                                       \
        V low = (V)bins->low, high = (V)bins->high, none = (V)bins->n + (V)0.5;         \
        V origin = (V)bins->origin, scale = (V)bins->scale;                             \
        V near = (V)bins->near, far = 1 - near;                                         \
        for (size_t i = 0; i < n; i++) {                                                \
            V at = (x[i] - origin) * scale;                                             \
            at = (x[i] >= low) & (x[i] <= high) ? at : none;                            \
            V k = (V)(int32_t)at, rest = at - k;                                        \
            out[i] = (int32_t)((rest > near) & (rest < far) ? k : -1 - k);              \
        }                                                                               \
        return negative_ones(out, n, near_edges);                                       \
    }

BINS(FLOAT32)
BINS(FLOAT64)

shoal_bins_kernel SHOAL_FOR_ISA(shoal_bins_)(shoal_type_code code)
{
    return code == SHOAL_FLOAT32 ? bins_FLOAT32 : code == SHOAL_FLOAT64 ? bins_FLOAT64 : NULL;
}
