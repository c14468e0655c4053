/* Floor division, remainders and integer powers. Included by kernels_element.c. */

/* Python's signs: the remainder has the divisor's. By 0 gives 0; INT_MIN // -1 wraps. */
#define DIVIDE_SIGNED(C, name)                                    \
    static inline V_##C floor_quotient_##C(V_##C x, V_##C y)      \
    {                                                             \
        if (y == 0) return 0;                                     \
        if (y == -1) return (V_##C)((U_##C)0 - (U_##C)x);         \
        V_##C q = (V_##C)(x / y);                                 \
        return (V_##C)(q - (q * y != x && (x < 0) != (y < 0)));   \
    }                                                             \
    static inline V_##C floor_rest_##C(V_##C x, V_##C y)          \
    {                                                             \
        if (y == 0 || y == -1) return 0;                          \
        V_##C r = (V_##C)(x % y);                                 \
        return (V_##C)(r != 0 && (r < 0) != (y < 0) ? r + y : r); \
    }                                                             \
    BINARY(floor_divide, C, C, floor_quotient_##C(x, y))          \
    BINARY(remainder, C, C, floor_rest_##C(x, y))                 \
    BINARY(fmod, C, C, y == 0 || y == -1 ? 0 : x % y)
FOR_SIGNED(DIVIDE_SIGNED, _)

#define DIVIDE_UNSIGNED(C, name)                   \
    BINARY(floor_divide, C, C, y == 0 ? 0 : x / y) \
    BINARY(remainder, C, C, y == 0 ? 0 : x % y)    \
    BINARY(fmod, C, C, y == 0 ? 0 : x % y)
FOR_UNSIGNED(DIVIDE_UNSIGNED, _)

/* Powers by squaring, wrapping. A negative exponent gives the whole part of the true result: 0, or
   1 and -1 for those bases. (NumPy refuses arrays that hold one.) */
#define POWER_INTEGER(C, name)                             \
    static inline V_##C raise_##C(V_##C x, U_##C exponent) \
    {                                                      \
        U_##C result = 1, base = (U_##C)x;                 \
        for (; exponent; exponent >>= 1, base *= base) {   \
            if (exponent & 1) result *= base;              \
        }                                                  \
        return (V_##C)result;                              \
    }
FOR_INTEGERS(POWER_INTEGER, _)
#define POWER_SIGNED(C, name) \
    BINARY(name, C, C, y >= 0 ? raise_##C(x, (U_##C)y) : x == 1 ? 1 : x == -1 ? 1 - 2 * (y & 1) : 0)
#define POWER_UNSIGNED(C, name) BINARY(name, C, C, raise_##C(x, y))
FOR_SIGNED(POWER_SIGNED, power)
FOR_UNSIGNED(POWER_UNSIGNED, power)

/* The remainder with the divisor's sign, and the quotient that goes with it: (x - r) / y is within
   an ulp of a whole number, so it is rounded to the nearest. */
#define DIVIDE_REAL(C, FMOD, FLOOR, COPYSIGN)                \
    static inline V_##C floor_rest_##C(V_##C x, V_##C y)     \
    {                                                        \
        V_##C r = FMOD(x, y);                                \
        if (y == 0) return r;                                \
        if (r == 0) return COPYSIGN(0, y);                   \
        return (y < 0) != (r < 0) ? r + y : r;               \
    }                                                        \
    static inline V_##C floor_quotient_##C(V_##C x, V_##C y) \
    {                                                        \
        if (y == 0) return x / y;                            \
        V_##C r = FMOD(x, y), q = (x - r) / y;               \
        if (r != 0 && (y < 0) != (r < 0)) q -= 1;            \
        if (q == 0) return COPYSIGN(0, x / y);               \
        V_##C whole = FLOOR(q);                              \
        return q - whole > (V_##C)0.5 ? whole + 1 : whole;   \
    }                                                        \
    BINARY(floor_divide, C, C, floor_quotient_##C(x, y))     \
    BINARY(remainder, C, C, floor_rest_##C(x, y))            \
    BINARY(fmod, C, C, FMOD(x, y))
DIVIDE_REAL(FLOAT32, fmodf, floorf, copysignf)
DIVIDE_REAL(FLOAT64, fmod, floor, copysign)
