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

#define BINS_STRIP 64 /* elements */

/* Edges in float64, rounded to the elements' type. */
static inline singles wide_edges_FLOAT32(signed_halves bin, doubles width, doubles origin)
{
    return joined_singles(first_half(bin) * width + origin, last_half(bin) * width + origin);
}

static inline doubles wide_edges_FLOAT64(few bin, doubles width, doubles origin)
{
    return __builtin_convertvector(bin, doubles) * width + origin;
}

/* The bins of a strip's elements, from the edge that is nearest by the estimate; with `doubts` all
   ones turned where an element is at most that far from it, and true where any is. */
#define BINS(CODE, F, I, U, TO_NEAREST)                                                            \
    typedef struct even_##CODE {                                                                   \
        F low, high, origin, scale, width, doubt;                                                  \
        doubles wide_origin, wide_width;                                                           \
        I last;                                                                                    \
    } even_##CODE;                                                                                 \
                                                                                                   \
    static inline __attribute__((always_inline)) bool strip_##CODE(                                \
        const void *x, bool doubts, bool wide, const even_##CODE *e, void *out)                    \
    {                                                                                              \
        I any = {0};                                                                               \
        for (size_t i = 0; i < BINS_STRIP; i += sizeof(F) / sizeof(V_##CODE)) {                    \
            F at, edge;                                                                            \
            memcpy(&at, (const V_##CODE *)x + i, sizeof at);                                       \
            I bin = (I)TO_NEAREST((at - e->origin) * e->scale);                                    \
            edge = wide ? wide_edges_##CODE(bin, e->wide_width, e->wide_origin)                    \
                        : __builtin_convertvector(bin, F) * e->width + e->origin;                  \
            bin = (I)((U)bin + (U) __builtin_convertvector(at < edge, I)); /* may wrap */          \
            bin = lesser_##I(bin, e->last) + 1;                                                    \
            bin += __builtin_convertvector((at >= e->low) & (at <= e->high), I);                   \
            if (doubts) {                                                                          \
                at -= edge;                                                                        \
                bin ^= __builtin_convertvector((at <= e->doubt) & (at >= -e->doubt), I);           \
                any |= bin;                                                                        \
            }                                                                                      \
            memcpy((int32_t *)out + i, &bin, sizeof bin);                                          \
        }                                                                                          \
        for (size_t l = 1; l < sizeof any / sizeof any[0]; l++) any[0] |= any[l];                  \
        return any[0] < 0;                                                                         \
    }                                                                                              \
                                                                                                   \
    static inline bool any_strip_##CODE(const void *x, bool doubts, bool wide,                     \
                                        const even_##CODE *e, void *out)                           \
    {                                                                                              \
        if (wide) return strip_##CODE(x, false, true, e, out);                                     \
        return doubts ? strip_##CODE(x, true, false, e, out)                                       \
                      : strip_##CODE(x, false, false, e, out);                                     \
    }                                                                                              \
                                                                                                   \
    static size_t bins_##CODE(const void *x, size_t n, const shoal_equal_bins *bins, int32_t *out, \
                              uint16_t *near_edges)                                                \
    {                                                                                              \
        typedef V_##CODE V;                                                                        \
        const F zero = {0};                                                                        \
        const even_##CODE e = {.low = zero + (V)bins->low,                                         \
                               .high = zero + (V)bins->high,                                       \
                               .origin = zero + (V)bins->origin,                                   \
                               .scale = zero + (V)bins->scale,                                     \
                               .width = zero + (V)bins->width,                                     \
                               .doubt = zero + (V)bins->doubt,                                     \
                               .wide_origin = all_doubles(bins->wide_origin),                      \
                               .wide_width = all_doubles(bins->wide_width),                        \
                               .last = (I){0} + bins->n - 1};                                      \
        bool doubts = bins->doubt >= 0;                                                            \
        size_t n_near = 0;                                                                         \
        for (size_t i = 0; i < n; i += BINS_STRIP) {                                               \
            V rest[BINS_STRIP];                                                                    \
            const void *from = (const V *)x + i;                                                   \
            if (n - i < BINS_STRIP) {                                                              \
                memset(rest, 0, sizeof rest);                                                      \
                from = memcpy(rest, from, (n - i) * sizeof *rest);                                 \
            }                                                                                      \
            if (!any_strip_##CODE(from, doubts, bins->is_wide, &e, out + i)) continue;             \
            for (size_t k = i; k < i + BINS_STRIP && k < n; k++) {                                 \
                near_edges[n_near] = (uint16_t)k;                                                  \
                n_near += out[k] < 0;                                                              \
            }                                                                                      \
        }                                                                                          \
        return n_near;                                                                             \
    }

BINS(FLOAT32, singles, signed_halves, halves, nearest_singles)
BINS(FLOAT64, doubles, few, unsigned_few, nearest_doubles)

shoal_bins_kernel SHOAL_FOR_ISA(shoal_bins_)(shoal_type_code code)
{
    return code == SHOAL_FLOAT32 ? bins_FLOAT32 : code == SHOAL_FLOAT64 ? bins_FLOAT64 : NULL;
}

#define COUNT_STRIP 64 /* elements */
#define MOST_RUNS   24 /* of a strip: with more, counting each element takes no longer */

/* The ends of a strip's runs of one bin: a bit for the last element of each. */
static inline uint64_t ends_of_runs(const int32_t *bin)
{
    uint64_t ends = (uint64_t)1 << (COUNT_STRIP - 1);
    for (size_t i = 0; i < COUNT_STRIP; i += sizeof(halves) / sizeof(uint32_t)) {
        halves here, after;
        memcpy(&here, bin + i, sizeof here);
        memcpy(&after, bin + i + 1, sizeof after);
        ends |= (uint64_t)negative_lanes_uint32_t((halves)(here != after)) << i;
    }
    return ends;
}

void SHOAL_FOR_ISA(shoal_count_bins_)(const int32_t *bin, size_t n, size_t n_bins, uint32_t *set)
{
    uint32_t *second = set + n_bins, *third = second + n_bins, *fourth = third + n_bins;
    size_t i = 0;
    for (; i + COUNT_STRIP <= n; i += COUNT_STRIP) {
        const int32_t *from = bin + i;
        uint64_t ends = ends_of_runs(from);
        if (__builtin_popcountll(ends) <= MOST_RUNS) {
            for (uint32_t first = 0, next; ends; ends &= ends - 1, first = next) {
                next = (uint32_t)__builtin_ctzll(ends) + 1;
                set[from[first]] += next - first;
            }
            continue;
        }
        for (int k = 0; k < COUNT_STRIP; k += 4) {
            set[from[k]]++;
            second[from[k + 1]]++;
            third[from[k + 2]]++;
            fourth[from[k + 3]]++;
        }
    }
    for (; i < n; i++) set[bin[i]]++;
}
