/* Least, greatest, NaNs and whole sums in one walk over elements that are in the L1 cache. */
#include "compute/kernel_types.h"

#define RANGE_LANES(V) (256 / sizeof(V))

/* SUM_PARTS(v): what is added to `high` (of type H) and `low` (of type L) for each element. */
#define WHOLE(CODE, FIELD, H, L, high_part, low_part)                              \
    static void range_##CODE(const void *from, size_t n, shoal_range_state *state) \
    {                                                                              \
        const T_##CODE *x = from;                                                  \
        V_##CODE least = LOAD_##CODE(x[0]), greatest = least;                      \
        H high = 0;                                                                \
        L low = 0;                                                                 \
        for (size_t i = 0; i < n; i++) {                                           \
            V_##CODE v = LOAD_##CODE(x[i]);                                        \
            least = v < least ? v : least;                                         \
            greatest = v > greatest ? v : greatest;                                \
            high = (H)(high + (high_part));                                        \
            low = (L)(low + (low_part));                                           \
        }                                                                          \
        if (least < state->least.FIELD) state->least.FIELD = least;                \
        if (greatest > state->greatest.FIELD) state->greatest.FIELD = greatest;    \
        state->sum_high += (int64_t)high;                                          \
        int64_t wide = (int64_t)low;                                               \
        state->sum_high += wide >> 32;                                             \
        state->sum_low += (uint64_t)wide & UINT32_MAX;                             \
    }

WHOLE(BOOL, u, int32_t, int32_t, 0, v)
WHOLE(UINT8, u, int32_t, int32_t, 0, v)
WHOLE(UINT16, u, int32_t, int32_t, 0, v)
WHOLE(UINT32, u, int64_t, int64_t, 0, v)
WHOLE(UINT64, u, uint64_t, uint64_t, v >> 32, v &UINT32_MAX)
WHOLE(INT8, i, int32_t, int32_t, 0, v)
WHOLE(INT16, i, int32_t, int32_t, 0, v)
WHOLE(INT32, i, int64_t, int64_t, 0, v)
WHOLE(INT64, i, int64_t, int64_t, v >> 32, (int64_t)((uint64_t)v &UINT32_MAX))

/* Comparisons with NaN are false: lanes never become NaN. */
#define FLOATS(CODE, C)                                                                       \
    static void signs_##CODE(const T_##CODE *x, size_t n, shoal_range_state *state)           \
    {                                                                                         \
        C plus = 0, minus = 0;                                                                \
        for (size_t i = 0; i < n; i++) {                                                      \
            C sign = signbit(x[i]) != 0;                                                      \
            plus |= (C)((x[i] == 0) & (sign ^ 1));                                            \
            minus |= (C)((x[i] == 0) & sign);                                                 \
        }                                                                                     \
        state->plus_zero |= plus != 0;                                                        \
        state->minus_zero |= minus != 0;                                                      \
    }                                                                                         \
    static void range_##CODE(const void *from, size_t n, shoal_range_state *state)            \
    {                                                                                         \
        enum { N = RANGE_LANES(V_##CODE) };                                                   \
        const T_##CODE *x = from;                                                             \
        V_##CODE least[N], greatest[N];                                                       \
        C nan[N] = {0};                                                                       \
        size_t i = 0;                                                                         \
        for (size_t l = 0; l < N; l++) {                                                      \
            least[l] = (V_##CODE)INFINITY;                                                    \
            greatest[l] = -(V_##CODE)INFINITY;                                                \
        }                                                                                     \
        for (; i + N <= n; i += N) {                                                          \
            for (size_t l = 0; l < N; l++) {                                                  \
                V_##CODE v = x[i + l];                                                        \
                least[l] = v < least[l] ? v : least[l];                                       \
                greatest[l] = v > greatest[l] ? v : greatest[l];                              \
                nan[l] += IS_NAN(v);                                                          \
            }                                                                                 \
        }                                                                                     \
        for (; i < n; i++) {                                                                  \
            V_##CODE v = x[i];                                                                \
            least[0] = v < least[0] ? v : least[0];                                           \
            greatest[0] = v > greatest[0] ? v : greatest[0];                                  \
            nan[0] += IS_NAN(v);                                                              \
        }                                                                                     \
        for (size_t l = 1; l < N; l++) {                                                      \
            least[0] = least[l] < least[0] ? least[l] : least[0];                             \
            greatest[0] = greatest[l] > greatest[0] ? greatest[l] : greatest[0];              \
            nan[0] += nan[l];                                                                 \
        }                                                                                     \
        if (least[0] == 0 || greatest[0] == 0) signs_##CODE(x, n, state);                     \
        if ((double)least[0] < state->least.f) state->least.f = (double)least[0];             \
        if ((double)greatest[0] > state->greatest.f) state->greatest.f = (double)greatest[0]; \
        state->n_nan += nan[0];                                                               \
    }

FLOATS(FLOAT32, uint32_t)
FLOATS(FLOAT64, uint64_t)

/* clang-format off */
static const shoal_range_kernel table[SHOAL_FLOAT64 + 1] = {
    ENTRY(BOOL, range)
    FOR_REALS(ENTRY, range)
};
/* clang-format on */

shoal_range_kernel SHOAL_FOR_ISA(shoal_range_)(shoal_type_code code)
{
    return (unsigned)code <= SHOAL_FLOAT64 ? table[code] : NULL;
}
