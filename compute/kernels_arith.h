/* Element-wise arithmetic of integers, floats and bools. Included by kernels_element.c. Integers
   wrap; every case that C leaves undefined is decided as NumPy does. */

#define ADD_INTEGER(C, name)      BINARY(name, C, C, (U_##C)x + (U_##C)y)
#define SUBTRACT_INTEGER(C, name) BINARY(name, C, C, (U_##C)x - (U_##C)y)
#define MULTIPLY_INTEGER(C, name) BINARY(name, C, C, (U_##C)x *(U_##C)y)
#define NEGATIVE_INTEGER(C, name) UNARY(name, C, C, (U_##C)0 - (U_##C)x)
#define ABSOLUTE_SIGNED(C, name)  UNARY(name, C, C, x < 0 ? (U_##C)0 - (U_##C)x : (U_##C)x)
#define SIGN_SIGNED(C, name)      UNARY(name, C, C, (x > 0) - (x < 0))
#define SIGN_UNSIGNED(C, name)    UNARY(name, C, C, x > 0)
#define SQUARE_INTEGER(C, name)   UNARY(name, C, C, (U_##C)x *(U_##C)x)
#define SAME(C, name)             UNARY(name, C, C, x)
#define ZERO(C, name)             UNARY(name, C, C, ((void)x, 0))

FOR_INTEGERS(ADD_INTEGER, add)
FOR_INTEGERS(SUBTRACT_INTEGER, subtract)
FOR_INTEGERS(MULTIPLY_INTEGER, multiply)
FOR_INTEGERS(NEGATIVE_INTEGER, negative)
FOR_SIGNED(ABSOLUTE_SIGNED, absolute)
FOR_SIGNED(SIGN_SIGNED, sign)
FOR_UNSIGNED(SIGN_UNSIGNED, sign)
FOR_INTEGERS(SQUARE_INTEGER, square)
FOR_REALS(SAME, same)
FOR_REALS(ZERO, zero)
SAME(BOOL, same)
ZERO(BOOL, zero)
BINARY(add, BOOL, BOOL, x | y)
BINARY(multiply, BOOL, BOOL, x &y)

#define ADD_FLOAT(C, name)        BINARY(name, C, C, x + y)
#define SUBTRACT_FLOAT(C, name)   BINARY(name, C, C, x - y)
#define MULTIPLY_FLOAT(C, name)   BINARY(name, C, C, x *y)
#define DIVIDE_FLOAT(C, name)     BINARY(name, C, C, x / y)
#define NEGATIVE_FLOAT(C, name)   UNARY(name, C, C, -x)
#define SQUARE_FLOAT(C, name)     UNARY(name, C, C, x *x)
#define SIGN_FLOAT(C, name)       UNARY(name, C, C, x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x)
#define RECIPROCAL_FLOAT(C, name) UNARY(name, C, C, 1 / x)

FOR_FLOATS(ADD_FLOAT, add)
FOR_FLOATS(SUBTRACT_FLOAT, subtract)
FOR_FLOATS(MULTIPLY_FLOAT, multiply)
FOR_FLOATS(DIVIDE_FLOAT, divide)
FOR_FLOATS(NEGATIVE_FLOAT, negative)
FOR_FLOATS(SQUARE_FLOAT, square)
FOR_FLOATS(SIGN_FLOAT, sign)
FOR_FLOATS(RECIPROCAL_FLOAT, reciprocal)

/* NumPy casts 1.0 / x: only 1 and -1 give anything, and 0 gives what x86 makes of infinity. */
#define RECIPROCAL_OF_0_INT8   0
#define RECIPROCAL_OF_0_INT16  0
#define RECIPROCAL_OF_0_INT32  INT32_MIN
#define RECIPROCAL_OF_0_INT64  INT64_MIN
#define RECIPROCAL_OF_0_UINT8  0
#define RECIPROCAL_OF_0_UINT16 0
#define RECIPROCAL_OF_0_UINT32 0
#define RECIPROCAL_OF_0_UINT64 0
#define RECIPROCAL_SIGNED(C, name) \
    UNARY(name, C, C, x == 0 ? RECIPROCAL_OF_0_##C : (x == 1) - (x == -1))
#define RECIPROCAL_UNSIGNED(C, name) UNARY(name, C, C, x == 0 ? RECIPROCAL_OF_0_##C : (x == 1))
FOR_SIGNED(RECIPROCAL_SIGNED, reciprocal)
FOR_UNSIGNED(RECIPROCAL_UNSIGNED, reciprocal)

UNARY(absolute, FLOAT32, FLOAT32, fabsf(x))
UNARY(absolute, FLOAT64, FLOAT64, fabs(x))
UNARY(sqrt, FLOAT32, FLOAT32, sqrtf(x))
UNARY(sqrt, FLOAT64, FLOAT64, sqrt(x))
UNARY(floor, FLOAT32, FLOAT32, floorf(x))
UNARY(floor, FLOAT64, FLOAT64, floor(x))
UNARY(ceil, FLOAT32, FLOAT32, ceilf(x))
UNARY(ceil, FLOAT64, FLOAT64, ceil(x))
UNARY(trunc, FLOAT32, FLOAT32, truncf(x))
UNARY(trunc, FLOAT64, FLOAT64, trunc(x))
UNARY(rint, FLOAT32, FLOAT32, rintf(x))
UNARY(rint, FLOAT64, FLOAT64, rint(x))
BINARY(copysign, FLOAT32, FLOAT32, copysignf(x, y))
BINARY(copysign, FLOAT64, FLOAT64, copysign(x, y))
UNARY(degrees, FLOAT32, FLOAT32, x *(180.0f / (float)M_PI))
UNARY(degrees, FLOAT64, FLOAT64, x *(180.0 / M_PI))
UNARY(radians, FLOAT32, FLOAT32, x *((float)M_PI / 180.0f))
UNARY(radians, FLOAT64, FLOAT64, x *(M_PI / 180.0))

#define HEAVISIDE(C, name)  BINARY(name, C, C, x<0 ? 0 : x> 0 ? 1 : x == 0 ? y : x)
#define SIGNBIT(C, name)    UNARY(name, C, BOOL, negative_bit_##C(x))
#define ANGLE_REAL(C, name) UNARY(name, C, C, x != x ? x : negative_bit_##C(x) ? (V_##C)M_PI : 0)
static inline uint32_t negative_bit_FLOAT32(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u >> 31;
}
static inline uint64_t negative_bit_FLOAT64(double x)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u >> 63;
}
FOR_FLOATS(SIGNBIT, signbit)
FOR_FLOATS(HEAVISIDE, heaviside)
FOR_FLOATS(ANGLE_REAL, angle)

BINARY(nextafter, FLOAT32, FLOAT32, nextafterf(x, y))
BINARY(nextafter, FLOAT64, FLOAT64, nextafter(x, y))

/* Halves step by their bits: magnitudes are ordered as integers. */
static inline uint16_t half_nextafter(uint16_t x, uint16_t y)
{
    unsigned ax = x & 0x7fffu, ay = y & 0x7fffu;
    if (ax > 0x7c00) return x;
    if (ay > 0x7c00) return y;
    if (x == y || (ax | ay) == 0) return x; /* NumPy: also between 0 and -0 */
    if (ax == 0) return (uint16_t)((y & 0x8000u) | 1);
    int ix = x & 0x8000u ? -(int)ax : (int)ax, iy = y & 0x8000u ? -(int)ay : (int)ay;
    bool up = iy > ix;
    return (uint16_t)(up == (ix > 0) ? x + 1 : x - 1);
}
BINARY(nextafter, FLOAT16, FLOAT16, half_nextafter(x, y))
