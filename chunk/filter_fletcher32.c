/* HDF5's Fletcher checksum over big-endian 16-bit words, kept in four little-endian bytes behind
   the data. */
#include "chunk/filter_stage.h"

#include <string.h>

enum { CHECKSUM_BYTES = 4, BLOCK_WORDS = 256 };

/* One's-complement reduction: keeps the value modulo 65535, and what is not 0 stays not 0. */
static uint64_t fold(uint64_t sum)
{
    while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
}

/* Sums of n <= BLOCK_WORDS words, and of the words times their distance from the block's end, are
   below 2^32: one loop that compilers turn into vector code. */
static void add_block(const uint8_t *data, size_t n, uint64_t sums[2])
{
    uint32_t plain = 0, weighted = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = (uint32_t)data[2 * i] << 8 | data[2 * i + 1];
        plain += word;
        weighted += word * ((uint32_t)n - i);
    }
    sums[1] = fold(sums[1] + n * sums[0] + weighted);
    sums[0] = fold(sums[0] + plain);
}

static uint32_t checksum(const uint8_t *data, size_t n_bytes)
{
    uint64_t sums[2] = {0, 0};
    size_t n_words = n_bytes / 2;
    for (size_t i = 0; i < n_words; i += BLOCK_WORDS) {
        size_t n = n_words - i < BLOCK_WORDS ? n_words - i : BLOCK_WORDS;
        add_block(data + 2 * i, n, sums);
    }
    if (n_bytes % 2 != 0) {
        sums[0] = fold(sums[0] + ((uint64_t)data[n_bytes - 1] << 8));
        sums[1] = fold(sums[1] + sums[0]);
    }
    return (uint32_t)(sums[1] << 16 | sums[0]);
}

/* HDF5 before 1.6.3 on little-endian machines stored each half with its bytes swapped, and HDF5
   accepts that ever since. */
static uint32_t swap_halves(uint32_t sum)
{
    return (sum & 0x00FF00FFu) << 8 | (sum >> 8 & 0x00FF00FFu);
}

static shoal_status strip(const shoal_stage *stage, shoal_span *span, shoal_error *err)
{
    (void)stage;
    if (span->n < CHECKSUM_BYTES)
        return shoal_fail(err, SHOAL_DATA, "fletcher32: %zu bytes are too few for a checksum",
                          span->n);
    size_t n = span->n - CHECKSUM_BYTES;
    const uint8_t *end = span->data + n;
    uint32_t stored =
        (uint32_t)end[3] << 24 | (uint32_t)end[2] << 16 | (uint32_t)end[1] << 8 | end[0];
    uint32_t computed = checksum(span->data, n);
    if (stored != computed && stored != swap_halves(computed))
        return shoal_fail(err, SHOAL_DATA,
                          "fletcher32: the checksum is %08x, but the data give %08x", stored,
                          computed);
    span->n = n;
    return SHOAL_OK;
}

static size_t bound(shoal_parameters p, size_t n_raw)
{
    (void)p;
    return shoal_bound_with(n_raw, CHECKSUM_BYTES);
}

static shoal_status encode(const shoal_stage *stage, shoal_span src, uint8_t *dst, size_t capacity,
                           size_t *n_dst, shoal_error *err)
{
    (void)stage, (void)err;
    *n_dst = SIZE_MAX;
    if (capacity < CHECKSUM_BYTES || src.n > capacity - CHECKSUM_BYTES) return SHOAL_OK;
    uint32_t sum = checksum(src.data, src.n);
    memcpy(dst, src.data, src.n);
    for (int k = 0; k < CHECKSUM_BYTES; k++) dst[src.n + (size_t)k] = (uint8_t)(sum >> 8 * k);
    *n_dst = src.n + CHECKSUM_BYTES;
    return SHOAL_OK;
}

const shoal_filter_row shoal_filter_fletcher32 = {
    .id = SHOAL_FILTER_FLETCHER32,
    .name = "fletcher32",
    .bound = bound,
    .encode = encode,
    .strip = strip,
};
