#include "store/lookup3.h"

static uint32_t rotate(uint32_t x, int bits)
{
    return x << bits | x >> (32 - bits);
}

static uint32_t word(const uint8_t *bytes, size_t n)
{
    uint32_t value = 0;
    for (size_t k = 0; k < n && k < 4; k++) value |= (uint32_t)bytes[k] << (8 * k);
    return value;
}

/* A whole word: compilers make one load of it. */
static uint32_t whole_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Adds up to 12 bytes, those behind the end as zeros. */
static void absorb(uint32_t state[3], const uint8_t *bytes, size_t n)
{
    for (size_t k = 0; k < 3 && 4 * k < n; k++) state[k] += word(bytes + 4 * k, n - 4 * k);
}

static void mix(uint32_t state[3])
{
    static const int turns[6] = {4, 6, 8, 16, 19, 4};
    for (int k = 0; k < 6; k++) {
        uint32_t *x = &state[k % 3], *y = &state[(k + 2) % 3], *z = &state[(k + 1) % 3];
        *x -= *y;
        *x ^= rotate(*y, turns[k]);
        *y += *z;
    }
}

static void finish(uint32_t state[3])
{
    static const int turns[7] = {14, 11, 25, 16, 4, 14, 24};
    for (int k = 0; k < 7; k++) {
        uint32_t *x = &state[(k + 2) % 3], *y = &state[(k + 1) % 3];
        *x ^= *y;
        *x -= rotate(*y, turns[k]);
    }
}

uint32_t shoal_lookup3(const uint8_t *bytes, size_t n)
{
    uint32_t start = 0xdeadbeef + (uint32_t)n;
    uint32_t state[3] = {start, start, start};
    for (; n > 12; n -= 12, bytes += 12) {
        for (int k = 0; k < 3; k++) state[k] += whole_word(bytes + 4 * k);
        mix(state);
    }
    if (n == 0) return state[2];
    absorb(state, bytes, n);
    finish(state);
    return state[2];
}
