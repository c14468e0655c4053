/* Transposing bytes: vectors for the common sizes, tiles for the others. */
#include "chunk/shuffle.h"

#include <string.h>

typedef uint8_t vector __attribute__((vector_size(16)));

enum { LANES = 16, TILE = 256 };

static inline vector interleave_low(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline vector interleave_high(vector a, vector b)
{
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
}

/* Interleaves the two halves of `size` vectors byte by byte. In terms of a byte's address bits
   that is a rotation by one: log2(size) rounds turn [byte][element] into [element][byte], and
   four more (the lanes' bits) turn it back. */
static inline __attribute__((always_inline)) void interleave(vector *v, int size, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        vector t[LANES];
        for (int j = 0; j < size / 2; j++) {
            t[2 * j] = interleave_low(v[j], v[j + size / 2]);
            t[2 * j + 1] = interleave_high(v[j], v[j + size / 2]);
        }
        for (int j = 0; j < size; j++) v[j] = t[j];
    }
}

static inline __attribute__((always_inline)) size_t
shuffle_vectors(const uint8_t *src, uint8_t *dst, size_t n, int size)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vector v[LANES];
        for (int j = 0; j < size; j++)
            memcpy(&v[j], src + i * (size_t)size + (size_t)j * LANES, LANES);
        interleave(v, size, 4);
        for (int j = 0; j < size; j++) memcpy(dst + (size_t)j * n + i, &v[j], LANES);
    }
    return i;
}

/* Elements [i, end) of n to dst, as far as vectors go; returns where they end. */
static inline __attribute__((always_inline)) size_t unshuffle_vectors(const uint8_t *src,
                                                                      uint8_t *dst, size_t n,
                                                                      size_t i, size_t end,
                                                                      int size, int log2_size)
{
    for (; i + LANES <= end; i += LANES, dst += (size_t)size * LANES) {
        vector v[LANES];
        for (int j = 0; j < size; j++) memcpy(&v[j], src + (size_t)j * n + i, LANES);
        interleave(v, size, log2_size);
        for (int j = 0; j < size; j++) memcpy(dst + (size_t)j * LANES, &v[j], LANES);
    }
    return i;
}

/* Elements from `i` on, of any size, a tile at a time so that both sides stay in the cache. */
static void shuffle_rest(const uint8_t *src, uint8_t *dst, size_t i, size_t n, size_t size)
{
    for (; i < n; i += TILE) {
        size_t end = n - i < TILE ? n : i + TILE;
        for (size_t b = 0; b < size; b++)
            for (size_t k = i; k < end; k++) dst[b * n + k] = src[k * size + b];
    }
}

static void unshuffle_rest(const uint8_t *src, uint8_t *dst, size_t n, size_t i, size_t end,
                           size_t size)
{
    for (size_t tile; i < end; i += tile, dst += tile * size) {
        tile = end - i < TILE ? end - i : TILE;
        for (size_t b = 0; b < size; b++)
            for (size_t k = 0; k < tile; k++) dst[k * size + b] = src[b * n + i + k];
    }
}

void shoal_shuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size)
{
    size_t n = n_bytes / size, done = 0;
    switch (size) {
    case 2: done = shuffle_vectors(src, dst, n, 2); break;
    case 4: done = shuffle_vectors(src, dst, n, 4); break;
    case 8: done = shuffle_vectors(src, dst, n, 8); break;
    case 16: done = shuffle_vectors(src, dst, n, 16); break;
    default: break;
    }
    shuffle_rest(src, dst, done, n, size);
    if (n_bytes > n * size) memcpy(dst + n * size, src + n * size, n_bytes - n * size);
}

void shoal_unshuffle_part(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size,
                          size_t first, size_t n)
{
    size_t n_all = n_bytes / size, from = first / size, end = (first + n) / size, done = from;
    switch (size) {
    case 2: done = unshuffle_vectors(src, dst, n_all, from, end, 2, 1); break;
    case 4: done = unshuffle_vectors(src, dst, n_all, from, end, 4, 2); break;
    case 8: done = unshuffle_vectors(src, dst, n_all, from, end, 8, 3); break;
    case 16: done = unshuffle_vectors(src, dst, n_all, from, end, 16, 4); break;
    default: break;
    }
    unshuffle_rest(src, dst + (done - from) * size, n_all, done, end, size);
    size_t whole = (end - from) * size;
    if (n > whole) memcpy(dst + whole, src + n_all * size, n - whole);
}

void shoal_unshuffle(const uint8_t *src, uint8_t *dst, size_t n_bytes, size_t size)
{
    shoal_unshuffle_part(src, dst, n_bytes, size, 0, n_bytes);
}
