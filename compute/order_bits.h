/* How ordered keys are made of bits: see compute/order_key.h. */
#ifndef SHOAL_COMPUTE_ORDER_BITS_H
#define SHOAL_COMPUTE_ORDER_BITS_H

#include <stdint.h>

/* Positive floats get the top bit set, negative ones are inverted: a total order with -0 before 0;
   every NaN has all bits set. */
#define SHOAL_FLOAT_KEY(bits, top, infinity)                       \
    ((bits & (top - 1)) > (infinity) ? (top - 1) + top             \
     : bits & top                    ? (~bits) & ((top - 1) + top) \
                                     : bits | top)

#define SHOAL_KEY_TOP64         (UINT64_C(1) << 63)
#define SHOAL_FLOAT_KEY16(bits) SHOAL_FLOAT_KEY(bits, 0x8000u, 0x7c00u)
#define SHOAL_FLOAT_KEY32(bits) SHOAL_FLOAT_KEY(bits, 0x80000000u, 0x7f800000u)
#define SHOAL_FLOAT_KEY64(bits) SHOAL_FLOAT_KEY(bits, SHOAL_KEY_TOP64, UINT64_C(0x7ff) << 52)

#endif
