#include "compute/philox.h"

/* ---- Keys: M. E. O'Neill's seed_seq, as NumPy uses it ---- */

#define POOL 4

static uint32_t hash_word(uint32_t value, uint32_t *constant, uint32_t multiplier)
{
    value ^= *constant;
    *constant *= multiplier;
    value *= *constant;
    return value ^ value >> 16;
}

static uint32_t mix_words(uint32_t x, uint32_t y)
{
    uint32_t mixed = 0xca01f9ddu * x - 0x4973f715u * y;
    return mixed ^ mixed >> 16;
}

void shoal_philox_key(uint64_t seed, uint64_t key[2])
{
    uint32_t pool[POOL], constant = 0x43b0d7e5u, words[POOL];
    const uint32_t entropy[POOL] = {(uint32_t)seed, (uint32_t)(seed >> 32), 0, 0};
    for (int k = 0; k < POOL; k++) pool[k] = hash_word(entropy[k], &constant, 0x931e8875u);
    for (int from = 0; from < POOL; from++)
        for (int to = 0; to < POOL; to++)
            if (from != to)
                pool[to] = mix_words(pool[to], hash_word(pool[from], &constant, 0x931e8875u));
    constant = 0x8b51f9ddu;
    for (int k = 0; k < POOL; k++) words[k] = hash_word(pool[k], &constant, 0x58f38dedu);
    for (int k = 0; k < 2; k++) key[k] = words[2 * k] | (uint64_t)words[2 * k + 1] << 32;
}

/* ---- Blocks ---- */

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *high)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
}

void shoal_philox_block(const uint64_t key[2], const uint64_t counter[4], uint64_t out[4])
{
    uint64_t k0 = key[0], k1 = key[1];
    uint64_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t high0, high1;
        uint64_t low0 = multiply(0xd2e7470ee14c6c93u, c0, &high0);
        uint64_t low1 = multiply(0xca5a826395121157u, c2, &high1);
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9e3779b97f4a7c15u;
        k1 += 0xbb67ae8584caa73bu;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint64_t shoal_philox_draw(shoal_philox *stream, uint64_t k)
{
    uint64_t block = k / 4 + 1; /* NumPy counts before it draws */
    if (stream->block != block) {
        const uint64_t counter[4] = {block, 0, 0, 0};
        shoal_philox_block(stream->key, counter, stream->word);
        stream->block = block;
    }
    return stream->word[k % 4];
}

uint32_t shoal_philox_half(shoal_philox *stream, uint64_t k)
{
    uint64_t word = shoal_philox_draw(stream, k / 2);
    return (uint32_t)(k % 2 ? word >> 32 : word);
}

uint64_t shoal_philox_instead(const shoal_philox *stream, uint64_t k, uint64_t attempt)
{
    uint64_t word[4];
    const uint64_t counter[4] = {k, attempt, 1, 0}; /* the stream's own have 0 behind the first */
    shoal_philox_block(stream->key, counter, word);
    return word[0];
}
