/* Random bits by counter: Philox4x64 of 10 rounds (Salmon, Moraes, Dror and Shaw, 2011), keyed from
   a seed as NumPy's Philox(seed) is, so that draw number k is the k-th of NumPy's stream, and can
   be had without those before it. */
#ifndef SHOAL_COMPUTE_PHILOX_H
#define SHOAL_COMPUTE_PHILOX_H

#include <stdint.h>

/* NumPy's SeedSequence(seed).generate_state(2, uint64). */
void shoal_philox_key(uint64_t seed, uint64_t key[2]);

/* The four words of a counter. */
void shoal_philox_block(const uint64_t key[2], const uint64_t counter[4], uint64_t out[4]);

/* Draws one after another, which share blocks: keep it for rising k. */
typedef struct shoal_philox {
    uint64_t key[2];
    uint64_t block; /* the one in `word`; 0: none */
    uint64_t word[4];
} shoal_philox;

/* Draw k of the stream, of 64 bits. */
uint64_t shoal_philox_draw(shoal_philox *stream, uint64_t k);
/* Half draw k: the lower and the upper halves of the draws in turn, as NumPy's next_uint32. */
uint32_t shoal_philox_half(shoal_philox *stream, uint64_t k);
/* Word number `attempt` (from 1) that stands in for draw k where that is not taken. */
uint64_t shoal_philox_instead(const shoal_philox *stream, uint64_t k, uint64_t attempt);

#endif
