/* What all kernel templates share: element types, loops over type lists, vector hints.
   For a type CODE (BOOL, INT8, ... COMPLEX128): V_CODE is its value, T_CODE the same in memory (any
   address, may alias anything), U_CODE the unsigned type that its arithmetic wraps in. Complex
   values are pairs of V_CODE parts. */
#ifndef SHOAL_COMPUTE_KERNEL_TYPES_H
#define SHOAL_COMPUTE_KERNEL_TYPES_H

#include "compute/kernel_set.h"

#include <math.h>
#include <string.h>

#if !defined(SHOAL_ISA)
#error "SHOAL_ISA must be baseline, avx2 or avx512"
#endif
#define SHOAL_PASTE2(a, b)  a##b
#define SHOAL_PASTE(a, b)   SHOAL_PASTE2(a, b)
#define SHOAL_FOR_ISA(name) SHOAL_PASTE(name, SHOAL_ISA)

/* Before a loop: its iterations are independent, though in and out may be the same memory. */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed" /* loops with calls stay scalar: no matter */
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

#define IN_MEMORY __attribute__((may_alias, aligned(1)))

typedef uint8_t V_BOOL, V_UINT8;
typedef int8_t V_INT8;
typedef int16_t V_INT16;
typedef int32_t V_INT32;
typedef int64_t V_INT64;
typedef uint16_t V_UINT16, V_FLOAT16;
typedef uint32_t V_UINT32;
typedef uint64_t V_UINT64;
typedef float V_FLOAT32, V_COMPLEX64;
typedef double V_FLOAT64, V_COMPLEX128;

typedef V_BOOL IN_MEMORY T_BOOL;
typedef V_INT8 IN_MEMORY T_INT8;
typedef V_INT16 IN_MEMORY T_INT16;
typedef V_INT32 IN_MEMORY T_INT32;
typedef V_INT64 IN_MEMORY T_INT64;
typedef V_UINT8 IN_MEMORY T_UINT8;
typedef V_UINT16 IN_MEMORY T_UINT16;
typedef V_UINT32 IN_MEMORY T_UINT32;
typedef V_UINT64 IN_MEMORY T_UINT64;
typedef V_FLOAT16 IN_MEMORY T_FLOAT16;
typedef V_FLOAT32 IN_MEMORY T_FLOAT32;
typedef V_FLOAT64 IN_MEMORY T_FLOAT64;
typedef V_COMPLEX64 IN_MEMORY T_COMPLEX64;
typedef V_COMPLEX128 IN_MEMORY T_COMPLEX128;

typedef uint32_t U_INT8, U_INT16, U_INT32, U_UINT8, U_UINT16, U_UINT32;
typedef uint64_t U_INT64, U_UINT64;

/* An element as a value: any non-zero byte is true. */
#define LOAD_BOOL(x)    ((V_BOOL)((x) != 0))
#define LOAD_INT8(x)    (x)
#define LOAD_INT16(x)   (x)
#define LOAD_INT32(x)   (x)
#define LOAD_INT64(x)   (x)
#define LOAD_UINT8(x)   (x)
#define LOAD_UINT16(x)  (x)
#define LOAD_UINT32(x)  (x)
#define LOAD_UINT64(x)  (x)
#define LOAD_FLOAT16(x) (x)
#define LOAD_FLOAT32(x) (x)
#define LOAD_FLOAT64(x) (x)

#define LOAD_COMPLEX64(x)  (x)
#define LOAD_COMPLEX128(x) (x)

/* Folds away for integers. */
#define IS_NAN(x) ((x) != (x))

/* FOR_...(M, name): M(CODE, name) for each type of a family. */
#define FOR_SIGNED(M, name)   M(INT8, name) M(INT16, name) M(INT32, name) M(INT64, name)
#define FOR_UNSIGNED(M, name) M(UINT8, name) M(UINT16, name) M(UINT32, name) M(UINT64, name)
#define FOR_INTEGERS(M, name) FOR_SIGNED(M, name) FOR_UNSIGNED(M, name)
#define FOR_FLOATS(M, name)   M(FLOAT32, name) M(FLOAT64, name)
#define FOR_REALS(M, name)    FOR_INTEGERS(M, name) FOR_FLOATS(M, name)
#define FOR_COMPLEX(M, name)  M(COMPLEX64, name) M(COMPLEX128, name)

/* Makes an element-wise kernel name_CODE: one argument x, two x and y, or three x, y and z, of type
   A (or A, B, C), result R, from an expression. */
#define UNARY(name, A, R, expression)                                  \
    static void name##_##A(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_##A *a = in[0];                                        \
        T_##R *o = out;                                                \
        INDEPENDENT for (size_t i = 0; i < n; i++)                     \
        {                                                              \
            const V_##A x = LOAD_##A(a[i]);                            \
            o[i] = (V_##R)(expression);                                \
        }                                                              \
    }

#define BINARY_AS(function, A, B, R, expression)                     \
    static void function(size_t n, const void *const *in, void *out) \
    {                                                                \
        const T_##A *a = in[0];                                      \
        const T_##B *b = in[1];                                      \
        T_##R *o = out;                                              \
        INDEPENDENT for (size_t i = 0; i < n; i++)                   \
        {                                                            \
            const V_##A x = LOAD_##A(a[i]);                          \
            const V_##B y = LOAD_##B(b[i]);                          \
            o[i] = (V_##R)(expression);                              \
        }                                                            \
    }
#define BINARY(name, A, R, expression) BINARY_AS(name##_##A, A, A, R, expression)

#define TERNARY(name, A, B, R, expression)                             \
    static void name##_##B(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_##A *a = in[0];                                        \
        const T_##B *b = in[1];                                        \
        const T_##B *c = in[2];                                        \
        T_##R *o = out;                                                \
        INDEPENDENT for (size_t i = 0; i < n; i++)                     \
        {                                                              \
            const V_##A x = LOAD_##A(a[i]);                            \
            const V_##B y = LOAD_##B(b[i]);                            \
            const V_##B z = LOAD_##B(c[i]);                            \
            o[i] = (V_##R)(expression);                                \
        }                                                              \
    }

/* Complex in, complex out: xr, xi (and yr, yi) of value type V; statements set re and im. Parts are
   computed apart and interleaved afterwards: GCC 12 makes sums and differences of products in
   neighbouring lanes a fused operation, in spite of -ffp-contract=off. */
#define PART_BLOCK 64
#define COMPLEX_BLOCKS(A, load_y, statements)               \
    typedef V_##A V;                                        \
    for (size_t i = 0; i < n; i += PART_BLOCK) {            \
        const T_##A *a = (const T_##A *)in[0] + 2 * i;      \
        T_##A *o = (T_##A *)out + 2 * i;                    \
        V real[PART_BLOCK], imaginary[PART_BLOCK];          \
        size_t m = n - i < PART_BLOCK ? n - i : PART_BLOCK; \
        for (size_t k = 0; k < m; k++) {                    \
            const V xr = a[2 * k], xi = a[2 * k + 1];       \
            V re, im;                                       \
            load_y statements real[k] = re;                 \
            imaginary[k] = im;                              \
        }                                                   \
        for (size_t k = 0; k < m; k++) {                    \
            o[2 * k] = real[k];                             \
            o[2 * k + 1] = imaginary[k];                    \
        }                                                   \
    }
#define LOAD_Y(A)                                  \
    const T_##A *b = (const T_##A *)in[1] + 2 * i; \
    const V yr = b[2 * k], yi = b[2 * k + 1];

#define COMPLEX_UNARY(name, A, statements)                             \
    static void name##_##A(size_t n, const void *const *in, void *out) \
    {                                                                  \
        COMPLEX_BLOCKS(A, , statements)                                \
    }

#define COMPLEX_BINARY(name, A, statements)                            \
    static void name##_##A(size_t n, const void *const *in, void *out) \
    {                                                                  \
        COMPLEX_BLOCKS(A, LOAD_Y(A), statements)                       \
    }

/* Complex in, one R out. */
#define COMPLEX_TO(name, A, R, expression)                             \
    static void name##_##A(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_##A *a = in[0];                                        \
        T_##R *o = out;                                                \
        INDEPENDENT for (size_t i = 0; i < n; i++)                     \
        {                                                              \
            const V_##A xr = a[2 * i], xi = a[2 * i + 1];              \
            (void)xr, (void)xi;                                        \
            o[i] = (V_##R)(expression);                                \
        }                                                              \
    }

#define COMPLEX_COMPARE(name, A, expression)                           \
    static void name##_##A(size_t n, const void *const *in, void *out) \
    {                                                                  \
        const T_##A *a = in[0];                                        \
        const T_##A *b = in[1];                                        \
        T_BOOL *o = out;                                               \
        INDEPENDENT for (size_t i = 0; i < n; i++)                     \
        {                                                              \
            const V_##A xr = a[2 * i], xi = a[2 * i + 1];              \
            const V_##A yr = b[2 * i], yi = b[2 * i + 1];              \
            o[i] = (V_BOOL)(expression);                               \
        }                                                              \
    }

/* Rows of a kernel table. */
#define ENTRY(CODE, name) [SHOAL_##CODE] = name##_##CODE,

#endif
