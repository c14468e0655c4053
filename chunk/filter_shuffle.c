/* HDF5's byte shuffle: all first bytes of the elements, then all second bytes, and so on; bytes
   after the last whole element stay where they are. */
#include "chunk/filter_stage.h"

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

static inline __attribute__((always_inline)) size_t
unshuffle_vectors(const uint8_t *src, uint8_t *dst, size_t n, int size, int log2_size)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vector v[LANES];
        for (int j = 0; j < size; j++) memcpy(&v[j], src + (size_t)j * n + i, LANES);
        interleave(v, size, log2_size);
        for (int j = 0; j < size; j++)
            memcpy(dst + i * (size_t)size + (size_t)j * LANES, &v[j], LANES);
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

static void unshuffle_rest(const uint8_t *src, uint8_t *dst, size_t i, size_t n, size_t size)
{
    for (; i < n; i += TILE) {
        size_t end = n - i < TILE ? n : i + TILE;
        for (size_t b = 0; b < size; b++)
            for (size_t k = i; k < end; k++) dst[k * size + b] = src[b * n + k];
    }
}

static size_t element_size(const shoal_stage *stage)
{
    return stage->filter->n_values > 0 ? stage->filter->values[0] : 0;
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    (void)err;
    size_t size = element_size(stage), n = src.n / size, done = 0;
    *n_dst = SIZE_MAX;
    if (capacity < src.n) return SHOAL_OK;
    switch (size) {
    case 2: done = shuffle_vectors(src.data, dst, n, 2); break;
    case 4: done = shuffle_vectors(src.data, dst, n, 4); break;
    case 8: done = shuffle_vectors(src.data, dst, n, 8); break;
    case 16: done = shuffle_vectors(src.data, dst, n, 16); break;
    default: break;
    }
    shuffle_rest(src.data, dst, done, n, size);
    if (src.n > n * size) memcpy(dst + n * size, src.data + n * size, src.n - n * size);
    *n_dst = src.n;
    return SHOAL_OK;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    size_t size = element_size(stage), n = src.n / size, done = 0;
    if (src.n > capacity)
        return shoal_fail(err, SHOAL_DATA, "shuffle: %zu bytes instead of %zu", src.n, capacity);
    switch (size) {
    case 2: done = unshuffle_vectors(src.data, dst, n, 2, 1); break;
    case 4: done = unshuffle_vectors(src.data, dst, n, 4, 2); break;
    case 8: done = unshuffle_vectors(src.data, dst, n, 8, 3); break;
    case 16: done = unshuffle_vectors(src.data, dst, n, 16, 4); break;
    default: break;
    }
    unshuffle_rest(src.data, dst, done, n, size);
    if (src.n > n * size) memcpy(dst + n * size, src.data + n * size, src.n - n * size);
    *n_dst = src.n;
    return SHOAL_OK;
}

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    (void)encodes;
    if (element_size(stage) > 0) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "shuffle: its parameters give no element size");
}

static size_t bound(const shoal_filter *filter, size_t n_raw)
{
    (void)filter;
    return n_raw;
}

const shoal_filter_row shoal_filter_shuffle = {
    .id = SHOAL_FILTER_SHUFFLE,
    .name = "shuffle",
    .open = open_stage,
    .bound = bound,
    .encode = encode,
    .decode = decode,
};
