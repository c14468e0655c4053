/* Sorting lines: their ordered keys, digit by digit from the lowest, which is stable. */
#include "compute/lines.h"

#include "chunk/type.h"
#include "compute/kernel.h"
#include "compute/order_key.h"

#include <string.h>

#define FEW ((uint64_t)48) /* elements that are sorted by insertion */

typedef struct entry {
    uint64_t key, index;
} entry;

static void sort_few(entry *a, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        entry e = a[i];
        uint64_t j = i;
        for (; j > 0 && a[j - 1].key > e.key; j--) a[j] = a[j - 1];
        a[j] = e;
    }
}

/* Sorts by the digits that differ; the result is in a. */
static void sort_entries(entry *a, entry *b, uint64_t n)
{
    entry *home = a;
    if (n < FEW) {
        sort_few(a, n);
        return;
    }
    uint64_t some = 0, all = UINT64_MAX;
    for (uint64_t i = 0; i < n; i++) {
        some |= a[i].key;
        all &= a[i].key;
    }
    for (int shift = 0; shift < 64; shift += 8) {
        uint64_t at[256] = {0}, sum = 0;
        if ((((some ^ all) >> shift) & 255) == 0) continue;
        for (uint64_t i = 0; i < n; i++) at[a[i].key >> shift & 255]++;
        for (int d = 0; d < 256; d++) {
            uint64_t m = at[d];
            at[d] = sum;
            sum += m;
        }
        for (uint64_t i = 0; i < n; i++) b[at[a[i].key >> shift & 255]++] = a[i];
        entry *swap = a;
        a = b;
        b = swap;
    }
    if (a != home) memcpy(home, a, (size_t)n * sizeof *a);
}

static uint64_t key_of(const shoal_sorting *p, const void *x)
{
    uint64_t key = 0; /* little-endian: narrow ones are its first bytes */
    shoal_kernel_keys(p->type)(x, 1, &key);
    return key;
}

static size_t scratch_bytes(const void *params, uint64_t n)
{
    (void)params;
    return (size_t)n * 2 * sizeof(entry);
}

/* -0 and 0 are equal, so that they keep their order among the indices. */
static void zeros_alike(const shoal_sorting *p, entry *a, uint64_t n)
{
    uint64_t zero = UINT64_C(1) << (shoal_key_bits(p->type) - 1);
    if (!shoal_key_has_nan(p->type)) return;
    for (uint64_t i = 0; i < n; i++)
        if (a[i].key == zero - 1) a[i].key = zero;
}

static void run(const void *params, void *scratch, const void *x, uint64_t n, void *out)
{
    const shoal_sorting *p = params;
    size_t size = shoal_code_size(p->type);
    entry *a = scratch, *b = a + n;
    uint64_t every = p->falls ? UINT64_MAX >> (64 - shoal_key_bits(p->type)) : 0;
    for (uint64_t i = 0; i < n; i++) a[i] = (entry){key_of(p, (const uint8_t *)x + i * size), i};
    if (p->gives_index) zeros_alike(p, a, n);
    for (uint64_t i = 0; i < n && p->falls; i++) a[i].key ^= every;
    sort_entries(a, b, n);
    for (uint64_t i = 0; i < p->length; i++) {
        if (p->gives_index)
            ((int64_t *)out)[i] = (int64_t)a[i].index;
        else
            shoal_key_element(p->type, a[i].key ^ every, (uint8_t *)out + i * size);
    }
}

const shoal_line_kind shoal_lines_sort = {.scratch_bytes = scratch_bytes, .run = run};
