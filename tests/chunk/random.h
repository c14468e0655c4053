/* Random numbers for tests: one printed seed repeats a run (SHOAL_SEED=...). */
#ifndef SHOAL_TESTS_CHUNK_RANDOM_H
#define SHOAL_TESTS_CHUNK_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t random_state;

/* SplitMix64. */
static inline uint64_t random_bits(void)
{
    uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 <= result < n. */
static inline uint64_t random_below(uint64_t n)
{
    return random_bits() % n;
}

/* low <= result <= high. */
static inline int64_t random_between(int64_t low, int64_t high)
{
    return low + (int64_t)random_below((uint64_t)(high - low) + 1);
}

static inline void random_start(const char *test)
{
    const char *given = getenv("SHOAL_SEED");
    random_state = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
    fprintf(stderr, "%s: SHOAL_SEED=%llu\n", test, (unsigned long long)random_state);
}

#endif
