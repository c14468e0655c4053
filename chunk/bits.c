#include "chunk/bits.h"

#include "chunk/byte_order.h"

#include <string.h>

/* 64 bits from bit `at` of data, which has 9 bytes from there on. */
static inline uint64_t bits_at(const uint8_t *data, uint64_t at)
{
    const uint8_t *from = data + at / 8;
    unsigned shift = at % 8;
    return shoal_load_be64(from) << shift | (uint64_t)(from[8] >> (8 - shift));
}

static inline void store(uint8_t *dst, size_t k, unsigned size, uint64_t value)
{
    switch (size) {
    case 1: dst[k] = (uint8_t)value; break;
    case 2: memcpy(dst + 2 * k, &(uint16_t){(uint16_t)value}, 2); break;
    case 4: memcpy(dst + 4 * k, &(uint32_t){(uint32_t)value}, 4); break;
    default: memcpy(dst + 8 * k, &value, 8); break;
    }
}

static inline uint64_t load(const uint8_t *src, size_t k, unsigned size)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    switch (size) {
    case 1: return src[k];
    case 2: memcpy(&two, src + 2 * k, 2); return two;
    case 4: memcpy(&four, src + 4 * k, 4); return four;
    default: memcpy(&eight, src + 8 * k, 8); return eight;
    }
}

/* The last integers, out of a copy with room behind it. */
static void unpack_tail(const uint8_t *src, size_t n_src, unsigned width, size_t k, size_t n,
                        unsigned size, uint8_t *dst)
{
    for (; k < n; k++) {
        uint8_t copy[16] = {0};
        size_t first = (size_t)((uint64_t)k * width / 8), left = n_src - first;
        memcpy(copy, src + first, left < 9 ? left : 9);
        store(dst, k, size, bits_at(copy, (uint64_t)k * width % 8) >> (64 - width));
    }
}

static inline __attribute__((always_inline)) void
unpack(const uint8_t *src, size_t n_src, unsigned width, size_t n, unsigned size, uint8_t *dst)
{
    uint64_t n_whole = n_src < 9 ? 0 : (uint64_t)(n_src - 9) * 8 / width; /* with 9 bytes to read */
    size_t k = 0;
    for (; k < n && k < n_whole; k++)
        store(dst, k, size, bits_at(src, (uint64_t)k * width) >> (64 - width));
    unpack_tail(src, n_src, width, k, n, size, dst);
}

void shoal_bits_unpack(const uint8_t *src, size_t n_src, unsigned width, size_t n, unsigned size,
                       uint8_t *dst)
{
    switch (size) {
    case 1: unpack(src, n_src, width, n, 1, dst); break;
    case 2: unpack(src, n_src, width, n, 2, dst); break;
    case 4: unpack(src, n_src, width, n, 4, dst); break;
    default: unpack(src, n_src, width, n, 8, dst); break;
    }
}

static inline __attribute__((always_inline)) void pack(const uint8_t *src, unsigned size, size_t n,
                                                       unsigned width, uint8_t *dst)
{
    uint64_t waiting = 0, mask = width == 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
    unsigned n_waiting = 0; /* below 8 between two integers */
    size_t at = 0;
    for (size_t k = 0; k < n; k++) {
        uint64_t value = load(src, k, size) & mask;
        unsigned left = width;
        if (left > 32) {
            waiting = waiting << (left - 32) | value >> 32;
            n_waiting += left - 32;
            for (; n_waiting >= 8; n_waiting -= 8)
                dst[at++] = (uint8_t)(waiting >> (n_waiting - 8));
            value &= UINT32_MAX;
            left = 32;
        }
        waiting = waiting << left | value;
        n_waiting += left;
        for (; n_waiting >= 8; n_waiting -= 8) dst[at++] = (uint8_t)(waiting >> (n_waiting - 8));
    }
    if (n_waiting > 0) dst[at] = (uint8_t)(waiting << (8 - n_waiting));
}

void shoal_bits_pack(const uint8_t *src, unsigned size, size_t n, unsigned width, uint8_t *dst)
{
    switch (size) {
    case 1: pack(src, 1, n, width, dst); break;
    case 2: pack(src, 2, n, width, dst); break;
    case 4: pack(src, 4, n, width, dst); break;
    default: pack(src, 8, n, width, dst); break;
    }
}
