/* A byte of eight elements at a time is a matrix of 8 x 8 bits, which a 64-bit word holds: with
   vectors of such words, and tiles of elements that stay in the nearest cache. */
#include "chunk/bit_transpose.h"

#include "chunk/shuffle.h"

#include <string.h>

typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint64_t words __attribute__((vector_size(16)));

enum {
    TILE = 256,              /* elements, a multiple of LANES * 8 */
    LANES = 16,              /* of a vector */
    LARGEST_TILED_SIZE = 16, /* bytes of an element */
};

/* Transposes the matrices of the words: bit k of byte j becomes bit j of byte k. */
#define TRANSPOSE_8X8(x)                                          \
    do {                                                          \
        __typeof__(x) t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL; \
        x ^= t ^ (t << 7);                                        \
        t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;              \
        x ^= t ^ (t << 14);                                       \
        t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;              \
        x ^= t ^ (t << 28);                                       \
    } while (0)

static inline bytes interleave_low(bytes a, bytes b)
{
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline bytes interleave_high(bytes a, bytes b)
{
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                   31);
}

/* One round of the perfect shuffle of 8 vectors: three turn [row][byte] into [byte][row], four
   turn that back. */
static inline void interleave(bytes v[8])
{
    bytes t[8];
    for (int j = 0; j < 4; j++) {
        t[2 * j] = interleave_low(v[j], v[j + 4]);
        t[2 * j + 1] = interleave_high(v[j], v[j + 4]);
    }
    memcpy(v, t, sizeof t);
}

/* The 8 rows of one byte of the elements, `stride` bytes apart, to that byte of n elements, one
   after the other. */
static inline __attribute__((always_inline)) void rows_to_plane(const uint8_t *rows, size_t stride,
                                                                size_t n, uint8_t *plane)
{
    size_t k = 0;
    for (; k + LANES <= n / 8; k += LANES) {
        bytes v[8];
        for (size_t j = 0; j < 8; j++) memcpy(&v[j], rows + j * stride + k, LANES);
        for (int round = 0; round < 3; round++) interleave(v);
        for (int j = 0; j < 8; j++) {
            words w = (words)v[j];
            TRANSPOSE_8X8(w);
            memcpy(plane + 8 * k + (size_t)j * LANES, &w, LANES);
        }
    }
    for (; k < n / 8; k++) {
        uint64_t w = 0;
        for (size_t j = 0; j < 8; j++) w |= (uint64_t)rows[j * stride + k] << 8 * j;
        TRANSPOSE_8X8(w);
        for (size_t j = 0; j < 8; j++) plane[8 * k + j] = (uint8_t)(w >> 8 * j);
    }
}

static inline __attribute__((always_inline)) void plane_to_rows(const uint8_t *plane, size_t n,
                                                                uint8_t *rows, size_t stride)
{
    size_t k = 0;
    for (; k + LANES <= n / 8; k += LANES) {
        bytes v[8];
        for (int j = 0; j < 8; j++) {
            words w;
            memcpy(&w, plane + 8 * k + (size_t)j * LANES, LANES);
            TRANSPOSE_8X8(w);
            v[j] = (bytes)w;
        }
        for (int round = 0; round < 4; round++) interleave(v);
        for (size_t j = 0; j < 8; j++) memcpy(rows + j * stride + k, &v[j], LANES);
    }
    for (; k < n / 8; k++) {
        uint64_t w = 0;
        for (size_t j = 0; j < 8; j++) w |= (uint64_t)plane[8 * k + j] << 8 * j;
        TRANSPOSE_8X8(w);
        for (size_t j = 0; j < 8; j++) rows[j * stride + k] = (uint8_t)(w >> 8 * j);
    }
}

/* Elements too large for tiles: a byte of eight of them at a time. */
static void restore_large(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    for (size_t k = 0; k < n / 8; k++) {
        for (size_t b = 0; b < size; b++) {
            uint64_t w = 0;
            for (size_t j = 0; j < 8; j++) w |= (uint64_t)src[(8 * b + j) * (n / 8) + k] << 8 * j;
            TRANSPOSE_8X8(w);
            for (size_t j = 0; j < 8; j++) dst[(8 * k + j) * size + b] = (uint8_t)(w >> 8 * j);
        }
    }
}

static void transpose_large(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    for (size_t k = 0; k < n / 8; k++) {
        for (size_t b = 0; b < size; b++) {
            uint64_t w = 0;
            for (size_t j = 0; j < 8; j++) w |= (uint64_t)src[(8 * k + j) * size + b] << 8 * j;
            TRANSPOSE_8X8(w);
            for (size_t j = 0; j < 8; j++) dst[(8 * b + j) * (n / 8) + k] = (uint8_t)(w >> 8 * j);
        }
    }
}

void shoal_bit_transpose(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    uint8_t planes[LARGEST_TILED_SIZE * TILE];
    if (size > LARGEST_TILED_SIZE) {
        transpose_large(src, dst, n, size);
        return;
    }
    for (size_t at = 0; at < n; at += TILE) {
        size_t n_tile = n - at < TILE ? n - at : TILE;
        shoal_shuffle(src + at * size, planes, n_tile * size, size);
        for (size_t b = 0; b < size; b++)
            plane_to_rows(planes + b * n_tile, n_tile, dst + b * n + at / 8, n / 8);
    }
}

void shoal_bit_restore(const uint8_t *src, uint8_t *dst, size_t n, size_t size)
{
    uint8_t planes[LARGEST_TILED_SIZE * TILE];
    if (size > LARGEST_TILED_SIZE) {
        restore_large(src, dst, n, size);
        return;
    }
    for (size_t at = 0; at < n; at += TILE) {
        size_t n_tile = n - at < TILE ? n - at : TILE;
        for (size_t b = 0; b < size; b++)
            rows_to_plane(src + b * n + at / 8, n / 8, n_tile, planes + b * n_tile);
        shoal_unshuffle(planes, dst + at * size, n_tile * size, size);
    }
}
