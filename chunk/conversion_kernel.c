#include "chunk/conversion_kernel.h"

#include <string.h>

/* ---- Copies ---- */

static size_t copy_bytes(const shoal_step *step, const uint8_t *from, uint8_t *to,
                         shoal_stride stride, size_t n)
{
    size_t n_bytes = step->from_bytes;
    if (stride.from == n_bytes && stride.to == n_bytes) {
        memcpy(to, from, n * n_bytes);
        return n;
    }
    for (size_t k = 0; k < n; k++) memcpy(to + k * stride.to, from + k * stride.from, n_bytes);
    return n;
}

/* With the size as a constant a copy is a load and a store. */
#define COPY_KERNEL(name, size)                                                                    \
    static size_t name(const shoal_step *step, const uint8_t *from, uint8_t *to,                   \
                       shoal_stride stride, size_t n)                                              \
    {                                                                                              \
        if (stride.from == (size) && stride.to == (size))                                          \
            return copy_bytes(step, from, to, stride, n);                                          \
        for (size_t k = 0; k < n; k++) memcpy(to + k * stride.to, from + k * stride.from, (size)); \
        return n;                                                                                  \
    }

COPY_KERNEL(copy_1, 1)
COPY_KERNEL(copy_2, 2)
COPY_KERNEL(copy_4, 4)
COPY_KERNEL(copy_8, 8)
COPY_KERNEL(copy_16, 16)

/* ---- Swaps ---- */

/* The second loop has constant strides, which the compiler can vectorise. */
#define SWAP_KERNEL(name, type, swap)                                                              \
    static inline void name##_one(const uint8_t *from, uint8_t *to)                                \
    {                                                                                              \
        type value;                                                                                \
        memcpy(&value, from, sizeof value);                                                        \
        value = swap(value);                                                                       \
        memcpy(to, &value, sizeof value);                                                          \
    }                                                                                              \
    static size_t name(const shoal_step *step, const uint8_t *restrict from, uint8_t *restrict to, \
                       shoal_stride stride, size_t n)                                              \
    {                                                                                              \
        (void)step;                                                                                \
        if (stride.from != sizeof(type) || stride.to != sizeof(type)) {                            \
            for (size_t k = 0; k < n; k++) name##_one(from + k * stride.from, to + k * stride.to); \
            return n;                                                                              \
        }                                                                                          \
        for (size_t k = 0; k < n; k++) name##_one(from + k * sizeof(type), to + k * sizeof(type)); \
        return n;                                                                                  \
    }

SWAP_KERNEL(swap_2, uint16_t, __builtin_bswap16)
SWAP_KERNEL(swap_4, uint32_t, __builtin_bswap32)
SWAP_KERNEL(swap_8, uint64_t, __builtin_bswap64)

/* ---- Integers ---- */

static inline uint64_t load(const uint8_t *from, unsigned n_bytes, bool big)
{
    uint64_t bits = 0;
    for (unsigned k = 0; k < n_bytes; k++)
        bits |= (uint64_t)from[big ? n_bytes - 1 - k : k] << (8 * k);
    return bits;
}

static inline void store(uint8_t *to, unsigned n_bytes, uint64_t bits)
{
    uint8_t one = (uint8_t)bits;
    uint16_t two = (uint16_t)bits;
    uint32_t four = (uint32_t)bits;
    switch (n_bytes) {
    case 1: memcpy(to, &one, 1); break;
    case 2: memcpy(to, &two, 2); break;
    case 3:
    case 4: memcpy(to, &four, 4); break;
    default: memcpy(to, &bits, 8); break;
    }
}

/* The value's bits go to the top of 64, and back down with the sign or zeros behind them. */
__attribute__((always_inline)) static inline size_t
integers(const shoal_step *step, const uint8_t *restrict from, uint8_t *restrict to,
         shoal_stride stride, size_t n, unsigned n_bytes, bool big)
{
    unsigned down = 64 - step->precision, up = down - step->bit_offset;
    if (step->is_signed)
        for (size_t k = 0; k < n; k++) {
            uint64_t bits = load(from + k * stride.from, n_bytes, big) << up;
            store(to + k * stride.to, n_bytes, (uint64_t)((int64_t)bits >> down));
        }
    else
        for (size_t k = 0; k < n; k++)
            store(to + k * stride.to, n_bytes,
                  load(from + k * stride.from, n_bytes, big) << up >> down);
    return n;
}

#define INTEGER_KERNELS(n_bytes)                                                             \
    static size_t little_##n_bytes(const shoal_step *step, const uint8_t *from, uint8_t *to, \
                                   shoal_stride stride, size_t n)                            \
    {                                                                                        \
        return integers(step, from, to, stride, n, n_bytes, false);                          \
    }                                                                                        \
    static size_t big_##n_bytes(const shoal_step *step, const uint8_t *from, uint8_t *to,    \
                                shoal_stride stride, size_t n)                               \
    {                                                                                        \
        return integers(step, from, to, stride, n, n_bytes, true);                           \
    }

INTEGER_KERNELS(1)
INTEGER_KERNELS(2)
INTEGER_KERNELS(3)
INTEGER_KERNELS(4)
INTEGER_KERNELS(5)
INTEGER_KERNELS(6)
INTEGER_KERNELS(7)
INTEGER_KERNELS(8)

static shoal_step_kernel *const integer_kernels[8][2] = {
    {little_1, big_1}, {little_2, big_2}, {little_3, big_3}, {little_4, big_4},
    {little_5, big_5}, {little_6, big_6}, {little_7, big_7}, {little_8, big_8},
};

uint32_t shoal_integer_bytes(uint32_t n_bytes)
{
    return n_bytes <= 2 ? n_bytes : n_bytes <= 4 ? 4 : 8;
}

static shoal_step_kernel *find_integers(const shoal_step *step)
{
    if (step->from_bytes < 1 || step->from_bytes > 8 || step->order == SHOAL_ORDER_VAX ||
        step->to_bytes != shoal_integer_bytes(step->from_bytes) || step->precision == 0 ||
        step->bit_offset > 64 || step->precision > 8 * step->from_bytes - step->bit_offset)
        return NULL;
    return integer_kernels[step->from_bytes - 1][step->order == SHOAL_ORDER_BIG];
}

shoal_step_kernel *shoal_step_kernel_find(const shoal_step *step)
{
    uint32_t n_bytes = step->from_bytes;
    switch (step->kind) {
    case SHOAL_STEP_COPY:
        return n_bytes == 1    ? copy_1
               : n_bytes == 2  ? copy_2
               : n_bytes == 4  ? copy_4
               : n_bytes == 8  ? copy_8
               : n_bytes == 16 ? copy_16
                               : copy_bytes;
    case SHOAL_STEP_SWAP:
        return n_bytes == 2 ? swap_2 : n_bytes == 4 ? swap_4 : n_bytes == 8 ? swap_8 : NULL;
    case SHOAL_STEP_INTEGER: return find_integers(step);
    case SHOAL_STEP_FLOAT: return shoal_float_kernel_find(step);
    default: return NULL;
    }
}
