/* LZF as h5py has it: a bare stream, its decoded size known from outside. By code of our own, since
   the library's encoder looks into memory that nobody wrote, so that its output may differ from run
   to run. A stream is a row of

       0..31, then so many literal bytes and one more
       length - 2 (1 to 6) in the high three bits, offset - 1 in the low five and the next byte
       7 in the high three bits, then a byte with length - 9, then as above

   where length bytes come again from offset bytes before. */
#include "chunk/filter_stage.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_LITERALS = 32,
    MAX_OFFSET = 1 << 13,
    MIN_LENGTH = 3,
    MAX_LENGTH = 264,
    LONG_LENGTH = 9, /* from here on a length has a byte of its own */
    HASH_BITS = 14,
    STEP = 16, /* bytes copied at once where there is room for them */
};

/* ---- Encoding ---- */

static shoal_status open_stage(shoal_stage *stage, bool encodes, shoal_error *err)
{
    if (!encodes) return SHOAL_OK;
    stage->encoder = malloc(sizeof(uint32_t) << HASH_BITS);
    if (stage->encoder != NULL) return SHOAL_OK;
    return shoal_fail(err, SHOAL_MEMORY, "lzf: no memory for its table");
}

static void close_stage(shoal_stage *stage)
{
    free(stage->encoder);
    stage->encoder = NULL;
}

static size_t context_bytes(shoal_parameters p, size_t n_raw, bool encodes)
{
    (void)p, (void)n_raw;
    return encodes ? sizeof(uint32_t) << HASH_BITS : 0;
}

/* At worst literals alone, each run of 32 bytes behind one of its own. */
static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, n_raw / MAX_LITERALS + 1);
}

typedef struct writer {
    uint8_t *dst;
    size_t at, capacity;
} writer;

static bool put_literals(writer *w, const uint8_t *from, size_t n)
{
    while (n > 0) {
        size_t run = n < MAX_LITERALS ? n : MAX_LITERALS;
        if (w->capacity - w->at < run + 1) return false;
        w->dst[w->at] = (uint8_t)(run - 1);
        memcpy(w->dst + w->at + 1, from, run);
        w->at += run + 1;
        from += run;
        n -= run;
    }
    return true;
}

static bool put_match(writer *w, size_t offset, size_t length)
{
    uint8_t *to = w->dst + w->at;
    size_t distance = offset - 1;
    if (w->capacity - w->at < 3) return false;
    if (length < LONG_LENGTH) {
        *to++ = (uint8_t)((length - 2) << 5 | distance >> 8);
    } else {
        *to++ = (uint8_t)(7 << 5 | distance >> 8);
        *to++ = (uint8_t)(length - LONG_LENGTH);
    }
    *to++ = (uint8_t)distance;
    w->at = (size_t)(to - w->dst);
    return true;
}

static uint32_t hash_of(const uint8_t *at)
{
    uint32_t three = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
    return three * 2654435761u >> (32 - HASH_BITS);
}

static size_t match_length(const uint8_t *a, const uint8_t *b, size_t most)
{
    size_t n = 0;
    while (n < most && a[n] == b[n]) n++;
    return n;
}

/* Greedily; the table has, for a hash of three bytes, the place after where they were last. */
static bool compress(uint32_t *table, shoal_span src, writer *w)
{
    size_t at = 0, first_literal = 0;
    memset(table, 0, sizeof *table << HASH_BITS);
    while (src.n - at >= MIN_LENGTH) {
        uint32_t *slot = &table[hash_of(src.data + at)];
        size_t before = *slot, offset = at + 1 - before, length = 0;
        *slot = (uint32_t)(at + 1);
        if (before > 0 && offset <= MAX_OFFSET) {
            size_t most = src.n - at < MAX_LENGTH ? src.n - at : MAX_LENGTH;
            length = match_length(src.data + at, src.data + before - 1, most);
        }
        if (length < MIN_LENGTH) {
            at++;
            continue;
        }
        if (!put_literals(w, src.data + first_literal, at - first_literal) ||
            !put_match(w, offset, length))
            return false;
        size_t end = at + length;
        for (at++; at < end && src.n - at >= MIN_LENGTH; at++)
            table[hash_of(src.data + at)] = (uint32_t)(at + 1);
        at = first_literal = end;
    }
    return put_literals(w, src.data + first_literal, src.n - first_literal);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    writer w = {.dst = dst, .capacity = capacity};
    (void)err;
    bool fits = src.n < UINT32_MAX && compress(stage->encoder, src, &w);
    *n_dst = fits ? w.at : SIZE_MAX;
    return SHOAL_OK;
}

/* ---- Decoding ---- */

/* Some bytes more than n may be copied: both sides have STEP to spare. */
static inline void copy_steps(uint8_t *dst, const uint8_t *from, size_t n)
{
    for (size_t k = 0; k < n; k += STEP) memcpy(dst + k, from + k, STEP);
}

/* Bytes that come again, also from those that are copied just now. */
static inline void repeat(uint8_t *dst, size_t offset, size_t n, bool has_room)
{
    const uint8_t *from = dst - offset;
    if (offset >= STEP && has_room)
        copy_steps(dst, from, n);
    else if (offset == 1)
        memset(dst, *from, n);
    else
        for (size_t k = 0; k < n; k++) dst[k] = from[k];
}

static bool expand(shoal_span src, uint8_t *dst, size_t capacity, size_t *n_dst)
{
    const uint8_t *from = src.data, *end = src.data + src.n;
    size_t at = 0;
    while (from < end) {
        size_t head = *from++, left = (size_t)(end - from), room = capacity - at, n;
        if (head < MAX_LITERALS) {
            n = head + 1;
            if (n > left || n > room) return false;
            if (left >= MAX_LITERALS && room >= MAX_LITERALS)
                copy_steps(dst + at, from, n);
            else
                memcpy(dst + at, from, n);
            from += n;
        } else {
            size_t n_more = head >> 5 == 7 ? 2 : 1;
            if (n_more > left) return false;
            n = (head >> 5) + 2 + (n_more == 2 ? *from++ : 0);
            size_t offset = ((head & 31) << 8 | *from++) + 1;
            if (offset > at || n > room) return false;
            repeat(dst + at, offset, n, room >= n + STEP);
        }
        at += n;
    }
    *n_dst = at;
    return true;
}

static shoal_status decode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    (void)stage;
    if (expand(src, dst, capacity, n_dst)) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "lzf: the data are damaged");
}

const shoal_filter_row shoal_filter_lzf = {
    .id = SHOAL_FILTER_LZF,
    .name = "lzf",
    .compresses = true,
    .open = open_stage,
    .close = close_stage,
    .context_bytes = context_bytes,
    .bound = bound,
    .encode = encode,
    .decode = decode,
};
