#include "compute/order_key.h"

#include "chunk/type.h"

#include <string.h>

int shoal_key_bits(shoal_type_code type)
{
    return (int)shoal_code_size(type) * 8;
}

bool shoal_key_has_nan(shoal_type_code type)
{
    return shoal_code_kind(type) == SHOAL_KIND_FLOAT;
}

/* Positive floats get the top bit set, negative ones are inverted: a total order with -0 before 0.
 */
#define FLOAT_KEY(bits, top, infinity)                             \
    ((bits & (top - 1)) > (infinity) ? (top - 1) + top             \
     : bits & top                    ? (~bits) & ((top - 1) + top) \
                                     : bits | top)

#define KEYS(K, x, stride, n, keys, V, expression)                             \
    for (size_t i = 0; i < (n); i++) {                                         \
        V bits;                                                                \
        memcpy(&bits, (const char *)(x) + (int64_t)i * (stride), sizeof bits); \
        (keys)[i] = (K)(expression);                                           \
    }

void shoal_keys32(shoal_type_code type, const void *x, int64_t stride, size_t n, uint32_t *keys)
{
    switch (type) {
    case SHOAL_BOOL: KEYS(uint32_t, x, stride, n, keys, uint8_t, bits != 0) break;
    case SHOAL_UINT8: KEYS(uint32_t, x, stride, n, keys, uint8_t, bits) break;
    case SHOAL_INT8: KEYS(uint32_t, x, stride, n, keys, uint8_t, bits ^ 0x80u) break;
    case SHOAL_UINT16: KEYS(uint32_t, x, stride, n, keys, uint16_t, bits) break;
    case SHOAL_INT16: KEYS(uint32_t, x, stride, n, keys, uint16_t, bits ^ 0x8000u) break;
    case SHOAL_UINT32: KEYS(uint32_t, x, stride, n, keys, uint32_t, bits) break;
    case SHOAL_INT32: KEYS(uint32_t, x, stride, n, keys, uint32_t, bits ^ 0x80000000u) break;
    case SHOAL_FLOAT16:
        KEYS(uint32_t, x, stride, n, keys, uint16_t, FLOAT_KEY((uint32_t)bits, 0x8000u, 0x7c00u))
        break;
    default:
        if (stride == 4) /* of its own, so that it is vectorised */
            KEYS(uint32_t, x, 4, n, keys, uint32_t, FLOAT_KEY(bits, 0x80000000u, 0x7f800000u))
        else
            KEYS(uint32_t, x, stride, n, keys, uint32_t, FLOAT_KEY(bits, 0x80000000u, 0x7f800000u))
    }
}

#define TOP64      (UINT64_C(1) << 63)
#define INFINITY64 (UINT64_C(0x7ff) << 52)

void shoal_keys64(shoal_type_code type, const void *x, int64_t stride, size_t n, uint64_t *keys)
{
    switch (type) {
    case SHOAL_UINT64: KEYS(uint64_t, x, stride, n, keys, uint64_t, bits) break;
    case SHOAL_INT64: KEYS(uint64_t, x, stride, n, keys, uint64_t, bits ^ TOP64) break;
    default:
        if (stride == 8)
            KEYS(uint64_t, x, 8, n, keys, uint64_t, FLOAT_KEY(bits, TOP64, INFINITY64))
        else
            KEYS(uint64_t, x, stride, n, keys, uint64_t, FLOAT_KEY(bits, TOP64, INFINITY64))
    }
}

void shoal_key_element(shoal_type_code type, uint64_t key, void *out)
{
    int size = (int)shoal_code_size(type);
    uint64_t top = UINT64_C(1) << (size * 8 - 1);
    uint64_t bits = key;
    switch (shoal_code_kind(type)) {
    case SHOAL_KIND_INT: bits = key ^ top; break;
    case SHOAL_KIND_FLOAT:
        if (key == top - 1 + top) /* NumPy's NaN */
            bits = type == SHOAL_FLOAT16   ? 0x7e00
                   : type == SHOAL_FLOAT32 ? 0x7fc00000
                                           : UINT64_C(0x7ff8) << 48;
        else
            bits = key & top ? key ^ top : ~key;
        break;
    default: break;
    }
    memcpy(out, &bits, (size_t)size); /* little-endian, as everywhere here */
}

#define KEY      uint32_t
#define NAMED(x) x##32
#include "compute/order_select.h"
#undef KEY
#undef NAMED

#define KEY      uint64_t
#define NAMED(x) x##64
#include "compute/order_select.h"
#undef KEY
#undef NAMED
