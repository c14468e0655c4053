#include "compute/mask.h"

#include "chunk/checked.h"

#include <string.h>

static uint64_t n_words(uint64_t n_bits)
{
    return shoal_ceil_div(n_bits, 64);
}

static uint64_t n_groups(uint64_t n_bits)
{
    return shoal_ceil_div(n_words(n_bits), SHOAL_MASK_GROUP);
}

uint64_t shoal_mask_bytes(uint64_t n_bits)
{
    return 8 * (n_words(n_bits) + n_groups(n_bits));
}

void shoal_mask_count(shoal_mask *mask)
{
    mask->n_set = 0;
    for (uint64_t w = 0; w < n_words(mask->n_bits); w++) {
        if (w % SHOAL_MASK_GROUP == 0) mask->before[w / SHOAL_MASK_GROUP] = mask->n_set;
        mask->n_set += (uint64_t)__builtin_popcountll(mask->word[w]);
    }
}

/* The position of the set bit of a rank: its group by bisection, then word by word. */
static uint64_t find(const shoal_mask *mask, uint64_t rank)
{
    uint64_t low = 0, high = n_groups(mask->n_bits);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (mask->before[middle] <= rank)
            low = middle;
        else
            high = middle;
    }
    uint64_t w = low * SHOAL_MASK_GROUP, left = rank - mask->before[low];
    for (;; w++) {
        uint64_t here = (uint64_t)__builtin_popcountll(mask->word[w]);
        if (left < here) break;
        left -= here;
    }
    uint64_t word = mask->word[w];
    while (left--) word &= word - 1;
    return w * 64 + (uint64_t)__builtin_ctzll(word);
}

/* The first set bit at or after a position; there must be one. */
static uint64_t next_set(const shoal_mask *mask, uint64_t bit)
{
    uint64_t w = bit / 64, word = mask->word[w] & (UINT64_MAX << bit % 64);
    while (word == 0) word = mask->word[++w];
    return w * 64 + (uint64_t)__builtin_ctzll(word);
}

static uint64_t count_run(const shoal_mask *mask, uint64_t bit, uint64_t n_most)
{
    uint64_t n = 0;
    while (n < n_most && bit + n < mask->n_bits) {
        uint64_t at = bit + n, word = ~(mask->word[at / 64] >> at % 64), left = 64 - at % 64;
        uint64_t ones = word ? (uint64_t)__builtin_ctzll(word) : 64;
        if (ones < left) {
            n += ones;
            break;
        }
        n += left;
    }
    return n < n_most ? n : n_most;
}

uint64_t shoal_mask_run(const shoal_mask *mask, shoal_mask_cursor *cursor, uint64_t rank,
                        uint64_t n_most, uint64_t *n)
{
    uint64_t bit =
        cursor->valid && cursor->rank == rank ? next_set(mask, cursor->bit) : find(mask, rank);
    *n = count_run(mask, bit, n_most);
    *cursor = (shoal_mask_cursor){.rank = rank + *n, .bit = bit + *n};
    cursor->valid = cursor->rank < mask->n_set;
    return bit;
}
