/* Divisors and bits of integers. Included by kernels_element.c. */

/* |x| in the unsigned type; the greatest negative number's wraps back where it is stored. */
#define MAGNITUDE_SIGNED(C, name)                      \
    static inline U_##C magnitude_##C(V_##C x)         \
    {                                                  \
        return x < 0 ? (U_##C)0 - (U_##C)x : (U_##C)x; \
    }
#define MAGNITUDE_UNSIGNED(C, name)            \
    static inline U_##C magnitude_##C(V_##C x) \
    {                                          \
        return x;                              \
    }
FOR_SIGNED(MAGNITUDE_SIGNED, _)
FOR_UNSIGNED(MAGNITUDE_UNSIGNED, _)

/* Euclid's algorithm: at most some 90 steps for 64 bits. */
#define DIVISORS(C, name)                                              \
    static inline U_##C divisor_##C(U_##C a, U_##C b)                  \
    {                                                                  \
        while (b) {                                                    \
            U_##C rest = a % b;                                        \
            a = b;                                                     \
            b = rest;                                                  \
        }                                                              \
        return a;                                                      \
    }                                                                  \
    static inline U_##C multiple_##C(U_##C a, U_##C b)                 \
    {                                                                  \
        U_##C d = divisor_##C(a, b);                                   \
        return d ? a / d * b : 0;                                      \
    }                                                                  \
    BINARY(gcd, C, C, divisor_##C(magnitude_##C(x), magnitude_##C(y))) \
    BINARY(lcm, C, C, multiple_##C(magnitude_##C(x), magnitude_##C(y)))
FOR_INTEGERS(DIVISORS, _)

#define BITWISE_COUNT(C, name) UNARY(name, C, UINT8, __builtin_popcountll(magnitude_##C(x)))
FOR_INTEGERS(BITWISE_COUNT, bitwise_count)
