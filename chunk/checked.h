/* Arithmetic on sizes that says when it would wrap. True: fine; false: overflow, *out unspecified.
 */
#ifndef SHOAL_CHUNK_CHECKED_H
#define SHOAL_CHUNK_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool shoal_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool shoal_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* a * b as a size for memory. */
static inline bool shoal_mul_size(uint64_t a, uint64_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* offset + n <= limit, without wrapping. */
static inline bool shoal_range_fits(uint64_t offset, uint64_t n, uint64_t limit)
{
    return offset <= limit && n <= limit - offset;
}

/* The product of `rank` counts. */
static inline bool shoal_product(int rank, const uint64_t *counts, uint64_t *out)
{
    uint64_t n = 1;
    bool zero = false, fits = true;
    for (int k = 0; k < rank; k++) {
        if (counts[k] == 0)
            zero = true;
        else if (!shoal_mul_u64(n, counts[k], &n))
            fits = false;
    }
    *out = zero ? 0 : n;
    return zero || fits;
}

static inline uint64_t shoal_ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

#endif
