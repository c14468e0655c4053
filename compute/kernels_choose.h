/* Comparisons, logic, bits, and choosing between elements. Included by kernels_element.c. */

#define EQUAL(C, name)         BINARY(name, C, BOOL, x == y)
#define NOT_EQUAL(C, name)     BINARY(name, C, BOOL, x != y)
#define LESS(C, name)          BINARY(name, C, BOOL, x < y)
#define LESS_EQUAL(C, name)    BINARY(name, C, BOOL, x <= y)
#define GREATER(C, name)       BINARY(name, C, BOOL, x > y)
#define GREATER_EQUAL(C, name) BINARY(name, C, BOOL, x >= y)
#define FOR_ORDERED(M, name)   M(BOOL, name) FOR_REALS(M, name)
FOR_ORDERED(EQUAL, equal)
FOR_ORDERED(NOT_EQUAL, not_equal)
FOR_ORDERED(LESS, less)
FOR_ORDERED(LESS_EQUAL, less_equal)
FOR_ORDERED(GREATER, greater)
FOR_ORDERED(GREATER_EQUAL, greater_equal)

/* int64 with uint64: a negative one is less than every unsigned one. */
#define COMPARE_MIXED(name, sign, unsigned_side)           \
    BINARY_AS(name##_SIGNED_UNSIGNED, INT64, UINT64, BOOL, \
              (x < 0) ? (sign) : (uint64_t)x unsigned_side)
COMPARE_MIXED(equal, 0, == y)
COMPARE_MIXED(not_equal, 1, != y)
COMPARE_MIXED(less, 1, < y)
COMPARE_MIXED(less_equal, 1, <= y)
COMPARE_MIXED(greater, 0, > y)
COMPARE_MIXED(greater_equal, 0, >= y)
#define COMPARE_SWAPPED(name, swapped)                                             \
    static void name##_UNSIGNED_SIGNED(size_t n, const void *const *in, void *out) \
    {                                                                              \
        const void *other[2] = {in[1], in[0]};                                     \
        swapped##_SIGNED_UNSIGNED(n, other, out);                                  \
    }
COMPARE_SWAPPED(equal, equal)
COMPARE_SWAPPED(not_equal, not_equal)
COMPARE_SWAPPED(less, greater)
COMPARE_SWAPPED(less_equal, greater_equal)
COMPARE_SWAPPED(greater, less)
COMPARE_SWAPPED(greater_equal, less_equal)

/* For integers NaN tests fold away. */
#define MINIMUM(C, name) BINARY(name, C, C, ((x < y) | (x != x)) ? x : y)
#define MAXIMUM(C, name) BINARY(name, C, C, ((x > y) | (x != x)) ? x : y)
#define FMIN(C, name)    BINARY(name, C, C, ((x <= y) | (y != y)) ? x : y)
#define FMAX(C, name)    BINARY(name, C, C, ((x >= y) | (y != y)) ? x : y)
#define WHERE(C, name)   TERNARY(name, BOOL, C, C, x ? y : z)
FOR_ORDERED(MINIMUM, minimum)
FOR_ORDERED(MAXIMUM, maximum)
FOR_ORDERED(FMIN, fmin)
FOR_ORDERED(FMAX, fmax)
FOR_ORDERED(WHERE, where)

/* By the two above, block by block: `out` may be one of the inputs. */
#define CLIP_BLOCK 256
#define CLIP(C, name)                                                                  \
    static void name##_##C(size_t n, const void *const *in, void *out)                 \
    {                                                                                  \
        V_##C block[CLIP_BLOCK];                                                       \
        for (size_t i = 0; i < n; i += CLIP_BLOCK) {                                   \
            const void *low[2] = {(const T_##C *)in[0] + i, (const T_##C *)in[1] + i}; \
            const void *high[2] = {block, (const T_##C *)in[2] + i};                   \
            size_t m = n - i < CLIP_BLOCK ? n - i : CLIP_BLOCK;                        \
            maximum_##C(m, low, block);                                                \
            minimum_##C(m, high, (T_##C *)out + i);                                    \
        }                                                                              \
    }
FOR_ORDERED(CLIP, clip)

BINARY(logical_and, BOOL, BOOL, x &y)
BINARY(logical_or, BOOL, BOOL, x | y)
BINARY(logical_xor, BOOL, BOOL, x ^ y)
UNARY(logical_not, BOOL, BOOL, !x)

#define BITWISE_AND(C, name) BINARY(name, C, C, x &y)
#define BITWISE_OR(C, name)  BINARY(name, C, C, x | y)
#define BITWISE_XOR(C, name) BINARY(name, C, C, x ^ y)
#define INVERT(C, name)      UNARY(name, C, C, ~(U_##C)x)
FOR_INTEGERS(BITWISE_AND, bitwise_and)
FOR_INTEGERS(BITWISE_OR, bitwise_or)
FOR_INTEGERS(BITWISE_XOR, bitwise_xor)
FOR_INTEGERS(INVERT, invert)

/* Counts that are negative or at least the width shift everything out. */
#define WIDTH(C)                      (8 * sizeof(V_##C))
#define IN_WIDTH(C)                   ((U_##C)y < WIDTH(C))
#define LEFT_SHIFT(C, name)           BINARY(name, C, C, IN_WIDTH(C) ? (U_##C)x << y : 0)
#define RIGHT_SHIFT_UNSIGNED(C, name) BINARY(name, C, C, IN_WIDTH(C) ? x >> y : 0)
#define RIGHT_SHIFT_SIGNED(C, name)   BINARY(name, C, C, IN_WIDTH(C) ? x >> y : -(x < 0))
FOR_INTEGERS(LEFT_SHIFT, left_shift)
FOR_UNSIGNED(RIGHT_SHIFT_UNSIGNED, right_shift)
FOR_SIGNED(RIGHT_SHIFT_SIGNED, right_shift)

#define ISNAN(C, name)    UNARY(name, C, BOOL, x != x)
#define ISINF(C, name)    UNARY(name, C, BOOL, (x == (V_##C)INFINITY) | (x == -(V_##C)INFINITY))
#define ISFINITE(C, name) UNARY(name, C, BOOL, (x - x) == 0)
FOR_FLOATS(ISNAN, isnan)
FOR_FLOATS(ISINF, isinf)
FOR_FLOATS(ISFINITE, isfinite)
UNARY(never, BOOL, BOOL, ((void)x, 0))
UNARY(always, BOOL, BOOL, ((void)x, 1))
