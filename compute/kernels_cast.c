/* Casts between all numeric types, NumPy's astype. Integers wrap. A float that its integer type
   does not hold gives what NumPy's builds for x86 mostly give (NumPy promises nothing): through
   int32 or int64, whose least value stands for NaN and whatever does not fit. */
#include "compute/kernel_types.h"

#define PARTS_BOOL       1
#define PARTS_INT8       1
#define PARTS_INT16      1
#define PARTS_INT32      1
#define PARTS_INT64      1
#define PARTS_UINT8      1
#define PARTS_UINT16     1
#define PARTS_UINT32     1
#define PARTS_UINT64     1
#define PARTS_FLOAT16    1
#define PARTS_FLOAT32    1
#define PARTS_FLOAT64    1
#define PARTS_COMPLEX64  2
#define PARTS_COMPLEX128 2

/* Whole part of a float, checked before the conversion, which C leaves undefined. */
#define WHOLE_PART(C)                                                         \
    static inline int32_t int32_of_##C(V_##C x)                               \
    {                                                                         \
        bool fits = (x > (V_##C) - 2147483649.0) & (x < (V_##C)2147483648.0); \
        int32_t whole = (int32_t)(fits ? x : 0);                              \
        return fits ? whole : INT32_MIN;                                      \
    }                                                                         \
    static inline int64_t int64_of_##C(V_##C x)                               \
    {                                                                         \
        bool fits = (x >= (V_##C) - 0x1p63) & (x < (V_##C)0x1p63);            \
        int64_t whole = (int64_t)(fits ? x : 0);                              \
        return fits ? whole : INT64_MIN;                                      \
    }                                                                         \
    static inline uint32_t uint32_of_##C(V_##C x)                             \
    {                                                                         \
        bool high = x >= (V_##C)0x1p31;                                       \
        uint32_t low = (uint32_t)int32_of_##C(high ? x - (V_##C)0x1p31 : x);  \
        return high ? low ^ (uint32_t)1 << 31 : low;                          \
    }                                                                         \
    static inline uint64_t uint64_of_##C(V_##C x)                             \
    {                                                                         \
        bool high = x >= (V_##C)0x1p63;                                       \
        uint64_t low = (uint64_t)int64_of_##C(high ? x - (V_##C)0x1p63 : x);  \
        return high ? low ^ (uint64_t)1 << 63 : low;                          \
    }
WHOLE_PART(FLOAT32)
WHOLE_PART(FLOAT64)

#define CAST(FROM, TO, expression)                                             \
    static void cast_##FROM##_##TO(size_t n, const void *const *in, void *out) \
    {                                                                          \
        const T_##FROM *a = in[0];                                             \
        T_##TO *o = out;                                                       \
        INDEPENDENT for (size_t i = 0; i < n; i++)                             \
        {                                                                      \
            const V_##FROM x = LOAD_##FROM(a[i]);                              \
            o[i] = (V_##TO)(expression);                                       \
        }                                                                      \
    }

/* From bool and the integers: C's conversions. */
#define PLAIN(TO, FROM)    CAST(FROM, TO, x)
#define TO_FLOATS(FROM, _) CAST(FROM, FLOAT32, x) CAST(FROM, FLOAT64, x) CAST(FROM, BOOL, x != 0)
PLAIN(FLOAT32, BOOL)
PLAIN(FLOAT64, BOOL)
FOR_INTEGERS(TO_FLOATS, _)
FOR_INTEGERS(PLAIN, BOOL)
FOR_INTEGERS(PLAIN, INT8)
FOR_INTEGERS(PLAIN, INT16)
FOR_INTEGERS(PLAIN, INT32)
FOR_INTEGERS(PLAIN, INT64)
FOR_INTEGERS(PLAIN, UINT8)
FOR_INTEGERS(PLAIN, UINT16)
FOR_INTEGERS(PLAIN, UINT32)
FOR_INTEGERS(PLAIN, UINT64)

#define FROM_FLOAT(C, _)              \
    CAST(C, BOOL, x != 0)             \
    CAST(C, INT8, int32_of_##C(x))    \
    CAST(C, INT16, int32_of_##C(x))   \
    CAST(C, INT32, int32_of_##C(x))   \
    CAST(C, INT64, int64_of_##C(x))   \
    CAST(C, UINT8, int32_of_##C(x))   \
    CAST(C, UINT16, int32_of_##C(x))  \
    CAST(C, UINT32, uint32_of_##C(x)) \
    CAST(C, UINT64, uint64_of_##C(x))
FOR_FLOATS(FROM_FLOAT, _)
CAST(FLOAT32, FLOAT64, x)
CAST(FLOAT64, FLOAT32, x)

#include "compute/kernels_half.h"

#define HALF_VIA_FLOAT(C, _) CAST_VIA(C, FLOAT32, FLOAT16) CAST_VIA(FLOAT16, FLOAT32, C)
HALF_VIA_FLOAT(BOOL, _)
FOR_INTEGERS(HALF_VIA_FLOAT, _)
CAST_VIA(FLOAT16, FLOAT32, FLOAT64)

/* Complex: the real part, or a part of 0; to bool either part counts. */
#define FROM_COMPLEX(FROM, TO)                                                 \
    static void cast_##FROM##_##TO(size_t n, const void *const *in, void *out) \
    {                                                                          \
        const T_##FROM *a = in[0];                                             \
        T_##TO *o = out;                                                       \
        INDEPENDENT for (size_t i = 0; i < n; i++) o[i] = (V_##TO)a[2 * i];    \
    }
#define TO_COMPLEX(FROM, TO)                                                   \
    static void cast_##FROM##_##TO(size_t n, const void *const *in, void *out) \
    {                                                                          \
        const T_##FROM *a = in[0];                                             \
        T_##TO *o = out;                                                       \
        INDEPENDENT for (size_t i = 0; i < n; i++)                             \
        {                                                                      \
            o[2 * i] = (V_##TO)LOAD_##FROM(a[i]);                              \
            o[2 * i + 1] = 0;                                                  \
        }                                                                      \
    }
#define COMPLEX_CAST(FROM, TO)                                                 \
    static void cast_##FROM##_##TO(size_t n, const void *const *in, void *out) \
    {                                                                          \
        const T_##FROM *a = in[0];                                             \
        T_##TO *o = out;                                                       \
        for (size_t i = 0; i < 2 * n; i++) o[i] = (V_##TO)a[i];                \
    }
FOR_FLOATS(TO_COMPLEX, COMPLEX64)
FOR_FLOATS(TO_COMPLEX, COMPLEX128)
FOR_INTEGERS(TO_COMPLEX, COMPLEX64)
FOR_INTEGERS(TO_COMPLEX, COMPLEX128)
TO_COMPLEX(BOOL, COMPLEX64)
TO_COMPLEX(BOOL, COMPLEX128)
FROM_COMPLEX(COMPLEX64, FLOAT32)
FROM_COMPLEX(COMPLEX64, FLOAT64)
FROM_COMPLEX(COMPLEX128, FLOAT32)
FROM_COMPLEX(COMPLEX128, FLOAT64)
COMPLEX_CAST(COMPLEX64, COMPLEX128)
COMPLEX_CAST(COMPLEX128, COMPLEX64)
COMPLEX_TO(to_bool, COMPLEX64, BOOL, (xr != 0) | (xi != 0))
COMPLEX_TO(to_bool, COMPLEX128, BOOL, (xr != 0) | (xi != 0))
#define VIA_PART(C, _) CAST_VIA(COMPLEX64, FLOAT32, C) CAST_VIA(COMPLEX128, FLOAT64, C)
FOR_INTEGERS(VIA_PART, _)
VIA_PART(FLOAT16, _)
CAST_VIA(FLOAT16, FLOAT32, COMPLEX64)
CAST_VIA(FLOAT16, FLOAT32, COMPLEX128)

#define CAST_ENTRY(TO, FROM) [SHOAL_##TO] = cast_##FROM##_##TO,
#define HALF_OF(FROM)        CAST_ENTRY(FLOAT16, FROM)
#define FLOATS_OF(FROM)      FOR_FLOATS(CAST_ENTRY, FROM)
#define COMPLEX_OF(FROM)     FOR_COMPLEX(CAST_ENTRY, FROM)
#define INTEGERS_OF(FROM)    FOR_INTEGERS(CAST_ENTRY, FROM)
#define BOOL_OF(FROM)        CAST_ENTRY(BOOL, FROM)
#define INTEGER_ROW(FROM) \
    [SHOAL_##             \
        FROM] = {BOOL_OF(FROM) INTEGERS_OF(FROM) HALF_OF(FROM) FLOATS_OF(FROM) COMPLEX_OF(FROM)},

/* clang-format off */
static const shoal_kernel table[SHOAL_N_NUMERIC_TYPES][SHOAL_N_NUMERIC_TYPES] = {
    [SHOAL_BOOL] = {INTEGERS_OF(BOOL) HALF_OF(BOOL) FLOATS_OF(BOOL) COMPLEX_OF(BOOL)},
    INTEGER_ROW(INT8) INTEGER_ROW(INT16) INTEGER_ROW(INT32) INTEGER_ROW(INT64)
    INTEGER_ROW(UINT8) INTEGER_ROW(UINT16) INTEGER_ROW(UINT32) INTEGER_ROW(UINT64)
    [SHOAL_FLOAT16] = {BOOL_OF(FLOAT16) INTEGERS_OF(FLOAT16) FLOATS_OF(FLOAT16)
                       COMPLEX_OF(FLOAT16)},
    [SHOAL_FLOAT32] = {BOOL_OF(FLOAT32) INTEGERS_OF(FLOAT32) HALF_OF(FLOAT32)
                       CAST_ENTRY(FLOAT64, FLOAT32) COMPLEX_OF(FLOAT32)},
    [SHOAL_FLOAT64] = {BOOL_OF(FLOAT64) INTEGERS_OF(FLOAT64) HALF_OF(FLOAT64)
                       CAST_ENTRY(FLOAT32, FLOAT64) COMPLEX_OF(FLOAT64)},
    [SHOAL_COMPLEX64] = {[SHOAL_BOOL] = to_bool_COMPLEX64,
                         INTEGERS_OF(COMPLEX64) HALF_OF(COMPLEX64) FLOATS_OF(COMPLEX64)
                         CAST_ENTRY(COMPLEX128, COMPLEX64)},
    [SHOAL_COMPLEX128] = {[SHOAL_BOOL] = to_bool_COMPLEX128,
                          INTEGERS_OF(COMPLEX128) HALF_OF(COMPLEX128) FLOATS_OF(COMPLEX128)
                          CAST_ENTRY(COMPLEX64, COMPLEX128)},
};
/* clang-format on */

shoal_kernel SHOAL_FOR_ISA(shoal_cast_)(shoal_type_code from, shoal_type_code to)
{
    if (from == to || (unsigned)from >= SHOAL_N_NUMERIC_TYPES) return NULL;
    return (unsigned)to < SHOAL_N_NUMERIC_TYPES ? table[from][to] : NULL;
}
