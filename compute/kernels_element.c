/* Element-wise kernels of one instruction set, without the elementary functions. */
#include "compute/kernel_types.h"

#include "compute/kernels_arith.h"

#include "compute/kernels_divide.h"

#include "compute/kernels_whole.h"

#include "compute/kernels_parts.h"

#include "compute/kernels_choose.h"

#include "compute/kernels_complex.h"

#define INTEGER_ROW(id, name) [SHOAL_OP_##id] = {FOR_INTEGERS(ENTRY, name)},
#define FLOAT_ROW(id, name)   [SHOAL_OP_##id] = {FOR_FLOATS(ENTRY, name)},
#define REAL_ROW(id, name)    [SHOAL_OP_##id] = {FOR_REALS(ENTRY, name)},
#define NUMBER_ROW(id, name)  [SHOAL_OP_##id] = {FOR_REALS(ENTRY, name) FOR_COMPLEX(ENTRY, name)},
#define ALL_ROW(id, name) \
    [SHOAL_OP_##id] = {ENTRY(BOOL, name) FOR_REALS(ENTRY, name) FOR_COMPLEX(ENTRY, name)},
#define BOOL_ROW(id, name) [SHOAL_OP_##id] = {ENTRY(BOOL, name)},
#define BIT_ROW(id, name, bool_name) \
    [SHOAL_OP_##id] = {ENTRY(BOOL, bool_name) FOR_INTEGERS(ENTRY, name)},
#define WHOLE_ROW(id, name) \
    [SHOAL_OP_##id] = {ENTRY(BOOL, same) FOR_INTEGERS(ENTRY, same) FOR_FLOATS(ENTRY, name)},
#define COMPARE_ROW(id, name)                                                              \
    [SHOAL_OP_##id] = {ENTRY(BOOL, name) FOR_REALS(ENTRY, name) FOR_COMPLEX(               \
                           ENTRY, name)[SHOAL_LOOP_INT64_UINT64] = name##_SIGNED_UNSIGNED, \
                       [SHOAL_LOOP_UINT64_INT64] = name##_UNSIGNED_SIGNED},
#define TEST_ROW(id, name, of_bool) \
    [SHOAL_OP_##                    \
        id] = {[SHOAL_BOOL] = of_bool##_BOOL, FOR_FLOATS(ENTRY, name) FOR_COMPLEX(ENTRY, name)},
#define PART_ROW(id, name, of_real) \
    [SHOAL_OP_##id] = {ENTRY(BOOL, of_real) FOR_REALS(ENTRY, of_real) FOR_COMPLEX(ENTRY, name)},

/* clang-format off */
static const shoal_kernel table[SHOAL_N_OPS][SHOAL_N_LOOPS] = {
    ALL_ROW(ADD, add)
    NUMBER_ROW(SUBTRACT, subtract)
    ALL_ROW(MULTIPLY, multiply)
    [SHOAL_OP_DIVIDE] = {FOR_FLOATS(ENTRY, divide) FOR_COMPLEX(ENTRY, divide)},
    REAL_ROW(FLOOR_DIVIDE, floor_divide)
    REAL_ROW(REMAINDER, remainder)
    REAL_ROW(FMOD, fmod)
    INTEGER_ROW(POWER, power)
    INTEGER_ROW(GCD, gcd)
    INTEGER_ROW(LCM, lcm)
    INTEGER_ROW(BITWISE_COUNT, bitwise_count)
    NUMBER_ROW(NEGATIVE, negative)
    NUMBER_ROW(POSITIVE, same)
    [SHOAL_OP_ABSOLUTE] = {ENTRY(BOOL, same) FOR_SIGNED(ENTRY, absolute)
                           FOR_UNSIGNED(ENTRY, same) FOR_FLOATS(ENTRY, absolute)},
    FLOAT_ROW(FABS, absolute)
    NUMBER_ROW(SIGN, sign)
    NUMBER_ROW(SQUARE, square)
    FLOAT_ROW(SQRT, sqrt)
    NUMBER_ROW(RECIPROCAL, reciprocal)
    FLOAT_ROW(DEGREES, degrees)
    FLOAT_ROW(RADIANS, radians)
    WHOLE_ROW(FLOOR, floor)
    WHOLE_ROW(CEIL, ceil)
    WHOLE_ROW(TRUNC, trunc)
    [SHOAL_OP_RINT] = {FOR_FLOATS(ENTRY, rint) FOR_COMPLEX(ENTRY, rint)},
    [SHOAL_OP_ROUND] = {FOR_INTEGERS(ENTRY, same) FOR_FLOATS(ENTRY, rint)
                        FOR_COMPLEX(ENTRY, rint)},
    FLOAT_ROW(COPYSIGN, copysign)
    FLOAT_ROW(SIGNBIT, signbit)
    FLOAT_ROW(HEAVISIDE, heaviside)
    [SHOAL_OP_NEXTAFTER] = {ENTRY(FLOAT16, nextafter) FOR_FLOATS(ENTRY, nextafter)},
    [SHOAL_OP_SPACING] = {ENTRY(FLOAT16, spacing) FOR_FLOATS(ENTRY, spacing)},
    FLOAT_ROW(LDEXP, ldexp)
    FLOAT_ROW(FREXP_FRACTION, frexp_fraction)
    FLOAT_ROW(FREXP_EXPONENT, frexp_exponent)
    FLOAT_ROW(MODF_FRACTION, modf_fraction)
    FLOAT_ROW(MODF_WHOLE, trunc)
    FLOAT_ROW(COMPLEX, complex)
    ALL_ROW(MINIMUM, minimum)
    ALL_ROW(MAXIMUM, maximum)
    ALL_ROW(FMIN, fmin)
    ALL_ROW(FMAX, fmax)
    ALL_ROW(WHERE, where)
    ALL_ROW(CLIP, clip)
    COMPARE_ROW(EQUAL, equal)
    COMPARE_ROW(NOT_EQUAL, not_equal)
    COMPARE_ROW(LESS, less)
    COMPARE_ROW(LESS_EQUAL, less_equal)
    COMPARE_ROW(GREATER, greater)
    COMPARE_ROW(GREATER_EQUAL, greater_equal)
    BOOL_ROW(LOGICAL_AND, logical_and)
    BOOL_ROW(LOGICAL_OR, logical_or)
    BOOL_ROW(LOGICAL_XOR, logical_xor)
    BOOL_ROW(LOGICAL_NOT, logical_not)
    BIT_ROW(BITWISE_AND, bitwise_and, logical_and)
    BIT_ROW(BITWISE_OR, bitwise_or, logical_or)
    BIT_ROW(BITWISE_XOR, bitwise_xor, logical_xor)
    BIT_ROW(INVERT, invert, logical_not)
    INTEGER_ROW(LEFT_SHIFT, left_shift)
    INTEGER_ROW(RIGHT_SHIFT, right_shift)
    TEST_ROW(ISNAN, isnan, never)
    TEST_ROW(ISINF, isinf, never)
    TEST_ROW(ISFINITE, isfinite, always)
    PART_ROW(REAL, real, same)
    PART_ROW(IMAG, imag, zero)
    [SHOAL_OP_CONJUGATE] = {FOR_REALS(ENTRY, same) FOR_COMPLEX(ENTRY, conjugate)},
    [SHOAL_OP_ANGLE] = {FOR_FLOATS(ENTRY, angle)},
};
/* clang-format on */

shoal_kernel SHOAL_FOR_ISA(shoal_element_)(shoal_op op, shoal_type_code loop)
{
    return (unsigned)loop < SHOAL_N_LOOPS ? table[op][loop] : NULL;
}

void SHOAL_FOR_ISA(shoal_text_equal_)(size_t n, const void *in, size_t n_bytes, const void *literal,
                                      uint8_t *out)
{
    const char *text = in;
    for (size_t i = 0; i < n; i++) out[i] = memcmp(text + i * n_bytes, literal, n_bytes) == 0;
}
