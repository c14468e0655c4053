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

void shoal_key_ends(shoal_type_code type, uint64_t *least, uint64_t *most)
{
    *least = 0;
    *most = UINT64_MAX >> (64 - shoal_key_bits(type));
    if (!shoal_key_has_nan(type)) return;
    uint64_t infinity = type == SHOAL_FLOAT16   ? 0x7c00
                        : type == SHOAL_FLOAT32 ? 0x7f800000
                                                : UINT64_C(0x7ff) << 52;
    *most = shoal_key_zero(type) + infinity;
    *least = shoal_key_zero(type) - 1 - infinity;
}

uint64_t shoal_key_zero(shoal_type_code type)
{
    return UINT64_C(1) << (shoal_key_bits(type) - 1);
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
