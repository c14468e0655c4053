/* Reads little-endian integers from bytes that nobody vouches for: past the end it gives zeros and
   turns `ok` off, so that a parser checks once behind a group of fields. */
#ifndef SHOAL_STORE_CURSOR_H
#define SHOAL_STORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct shoal_cursor {
    const uint8_t *at;
    size_t left;
    bool ok;
} shoal_cursor;

static inline shoal_cursor shoal_cursor_over(const uint8_t *bytes, size_t n)
{
    return (shoal_cursor){.at = bytes, .left = n, .ok = true};
}

static inline void shoal_cursor_skip(shoal_cursor *cursor, size_t n)
{
    if (n > cursor->left) {
        cursor->ok = false;
        n = cursor->left;
    }
    cursor->at += n;
    cursor->left -= n;
}

/* An unsigned integer of n_bytes (at most 8). */
static inline uint64_t shoal_cursor_uint(shoal_cursor *cursor, int n_bytes)
{
    if (!cursor->ok || (size_t)n_bytes > cursor->left) {
        cursor->ok = false;
        return 0;
    }
    uint64_t value = 0;
    for (int k = 0; k < n_bytes; k++) value |= (uint64_t)cursor->at[k] << (8 * k);
    shoal_cursor_skip(cursor, (size_t)n_bytes);
    return value;
}

/* A file address of n_bytes; the all-ones "undefined" address becomes UINT64_MAX. */
static inline uint64_t shoal_cursor_address(shoal_cursor *cursor, int n_bytes)
{
    uint64_t value = shoal_cursor_uint(cursor, n_bytes);
    uint64_t undefined = n_bytes == 8 ? UINT64_MAX : ((uint64_t)1 << (8 * n_bytes)) - 1;
    return value == undefined ? UINT64_MAX : value;
}

#endif
