/* Elements looked up among sorted ones, by bisection. */
#include "compute/apply.h"
#include "compute/kernel.h"
#include "compute/order_key.h"

#include <string.h>

#define BLOCK 256

void shoal_apply_keys(shoal_type_code code, size_t n, const void *in, uint64_t *keys)
{
    shoal_kernel_keys(code)(in, n, keys);
    if (!shoal_key_has_nan(code)) return;
    uint64_t zero = shoal_key_zero(code);
    for (size_t i = 0; i < n; i++) keys[i] += keys[i] == zero - 1;
}

/* How many of the table are below each key, or are at most it. All keys take the same steps, so
   that their accesses to memory overlap. */
static void bisect(const uint64_t *table, uint64_t n_table, bool right, size_t n,
                   const uint64_t *keys, uint64_t *at)
{
    memset(at, 0, n * sizeof *at);
    if (n_table == 0) return;
    for (uint64_t left = n_table; left > 1;) {
        uint64_t half = left / 2;
        for (size_t i = 0; i < n; i++) {
            uint64_t one = table[at[i] + half - 1];
            at[i] += half & -(uint64_t)((one < keys[i]) | (right & (one == keys[i])));
        }
        left -= half;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t one = table[at[i]];
        at[i] += (one < keys[i]) | (right & (one == keys[i]));
    }
}

void shoal_apply_search(const shoal_apply *step, size_t n, const void *in, void *out)
{
    const uint64_t *table = (const void *)step->table;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        uint64_t keys[BLOCK], at[BLOCK];
        shoal_apply_keys(step->code, m, (const uint64_t *)in + i, keys);
        bisect(table, step->n_table, step->right, m, keys, at);
        if (step->op == SHOAL_APPLY_SEARCH) {
            memcpy((uint64_t *)out + i, at, m * sizeof *at);
            continue;
        }
        for (size_t k = 0; k < m; k++)
            ((uint8_t *)out)[i + k] = at[k] < step->n_table && table[at[k]] == keys[k];
    }
}

/* As if both were padded to one length. */
static int order(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
    int sign = memcmp(a, b, n_a < n_b ? n_a : n_b);
    for (size_t k = n_b; k < n_a && !sign; k++) sign = a[k] != 0;
    for (size_t k = n_a; k < n_b && !sign; k++) sign = -(b[k] != 0);
    return sign;
}

void shoal_apply_among(const shoal_apply *step, size_t n, const void *in, void *out)
{
    const uint8_t *text = in;
    for (size_t i = 0; i < n; i++, text += step->n_bytes[0]) {
        uint64_t low = 0, high = step->n_table;
        bool found = false;
        while (low < high && !found) {
            uint64_t middle = low + (high - low) / 2;
            int sign = order(text, step->n_bytes[0], step->table + middle * step->n_literal,
                             step->n_literal);
            found = sign == 0;
            if (sign > 0)
                low = middle + 1;
            else
                high = middle;
        }
        ((uint8_t *)out)[i] = found;
    }
}
