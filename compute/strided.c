#include "compute/strided.h"

#include "chunk/copy.h"
#include "chunk/type.h"

#include <string.h>

size_t shoal_strided_element(const shoal_strided *from)
{
    return from->n_characters ? (size_t)from->n_characters * 4 : from->type.n_bytes;
}

static const uint8_t *address(const shoal_strided *from, int rank, const uint64_t *start)
{
    const uint8_t *at = from->base;
    for (int k = 0; k < rank; k++) at += (int64_t)start[k] * from->strides[k];
    return at;
}

/* ---- 4-byte characters to UTF-8 ---- */

static uint32_t code_point(const uint8_t *at, bool big_endian)
{
    uint32_t c;
    memcpy(&c, at, sizeof c);
    return big_endian ? __builtin_bswap32(c) : c;
}

static uint32_t trimmed(const uint8_t *characters, uint32_t n)
{
    uint32_t zero = 0;
    while (n > 0 && memcmp(characters + (size_t)(n - 1) * 4, &zero, 4) == 0) n--;
    return n;
}

static size_t utf8_size(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static void utf8_put(uint32_t c, size_t n, uint8_t *out)
{
    static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t k = n - 1; k > 0; k--, c >>= 6) out[k] = (uint8_t)(0x80 | (c & 0x3F));
    out[0] = (uint8_t)(lead[n] | c);
}

size_t shoal_utf8_length(const uint8_t *characters, uint32_t n, bool big_endian)
{
    size_t length = 0;
    n = trimmed(characters, n);
    for (uint32_t k = 0; k < n; k++)
        length += utf8_size(code_point(characters + (size_t)k * 4, big_endian));
    return length;
}

static bool text_convert(const shoal_strided *from, const uint8_t *src, uint8_t *dst)
{
    size_t at = 0, capacity = from->type.n_bytes;
    uint32_t n = trimmed(src, from->n_characters);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t c = code_point(src + (size_t)k * 4, from->big_endian);
        size_t size = utf8_size(c);
        if (c > 0x10FFFF || at + size > capacity) return false;
        utf8_put(c, size, dst + at);
        at += size;
    }
    memset(dst + at, 0, capacity - at);
    return true;
}

/* ---- Boxes ---- */

typedef struct box {
    const shoal_strided *from;
    int rank;
    const uint64_t *count;
    const int64_t *dst_strides;
} box;

/* Converts what lies below one index of the axes before `axis`. */
static bool text_axis(const box *b, int axis, const uint8_t *src, uint8_t *dst)
{
    if (axis == b->rank) return text_convert(b->from, src, dst);
    for (uint64_t k = 0; k < b->count[axis]; k++) {
        if (!text_axis(b, axis + 1, src, dst)) return false;
        src += b->from->strides[axis];
        dst += b->dst_strides[axis];
    }
    return true;
}

/* Swaps in place, run by run; the last axis of dst is contiguous. */
static void swap_axis(const box *b, int axis, uint8_t *dst)
{
    if (axis >= b->rank - 1) {
        shoal_swap_bytes(b->from->type, dst, b->rank ? (size_t)b->count[axis] : 1);
        return;
    }
    for (uint64_t k = 0; k < b->count[axis]; k++, dst += b->dst_strides[axis])
        swap_axis(b, axis + 1, dst);
}

bool shoal_strided_gather(const shoal_strided *from, int rank, const uint64_t *start,
                          const uint64_t *count, void *dst, const int64_t *dst_strides)
{
    box b = {from, rank, count, dst_strides};
    const uint8_t *src = address(from, rank, start);
    for (int k = 0; k < rank; k++)
        if (count[k] == 0) return true;
    if (from->n_characters) return text_axis(&b, 0, src, dst);
    shoal_copy_box(rank, count, src, from->strides, dst, dst_strides, from->type.n_bytes);
    if (from->big_endian && from->type.n_bytes > 1 && from->type.code < SHOAL_TEXT)
        swap_axis(&b, 0, dst);
    return true;
}

const uint8_t *shoal_strided_in_place(const shoal_strided *from, int rank, const uint64_t *start,
                                      const uint64_t *count)
{
    int64_t expected = from->type.n_bytes;
    if (from->n_characters) return NULL;
    if (from->big_endian && from->type.n_bytes > 1 && from->type.code < SHOAL_TEXT) return NULL;
    for (int k = rank - 1; k >= 0; k--) {
        if (count[k] > 1 && from->strides[k] != expected) return NULL;
        expected *= (int64_t)count[k];
    }
    return address(from, rank, start);
}
