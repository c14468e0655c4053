/* Sums of products: exact and rounded once for floats, in 192 bits for integers, which then wrap as
   NumPy's. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/kernel.h"
#include "compute/product_sum.h"
#include "compute/tally.h"

#include <string.h>

#define BLOCK SHOAL_PRODUCT_BLOCK

/* Of integers: high * 2^64 + low, neither of which 2^63 products can fill. */
typedef struct whole_sum {
    __int128 high;
    unsigned __int128 low;
} whole_sum;

typedef struct state {
    whole_sum whole;
    shoal_product_sum part[2]; /* real, imaginary */
} state;

typedef struct context {
    const shoal_dot *params;
    shoal_kind kind;
    bool is_signed;    /* of integers: computed as int64, else as uint64 */
    shoal_kernel cast; /* to that, or to float64 or complex128; NULL: is */
    size_t size;
    state sum;
} context;

static size_t context_bytes(const void *params)
{
    (void)params;
    return sizeof(context);
}

static size_t state_bytes(const void *params)
{
    (void)params;
    return sizeof(state);
}

static shoal_status start(void *memory, const void *params, uint64_t n_elements, bool *again,
                          shoal_error *err)
{
    (void)n_elements, (void)err;
    context *c = memory;
    *c = (context){.params = params};
    shoal_type_code type = c->params->type;
    c->kind = shoal_code_kind(type);
    c->is_signed = c->kind == SHOAL_KIND_INT;
    c->size = shoal_code_size(type);
    c->cast = shoal_kernel_cast(type, c->kind == SHOAL_KIND_COMPLEX ? SHOAL_COMPLEX128
                                      : c->kind == SHOAL_KIND_FLOAT ? SHOAL_FLOAT64
                                      : c->is_signed                ? SHOAL_INT64
                                                                    : SHOAL_UINT64);
    *again = true;
    return SHOAL_OK;
}

static void begin(const void *memory, void *own)
{
    (void)memory;
    memset(own, 0, sizeof(state));
}

static void add_whole(bool is_signed, whole_sum *sum, const uint64_t *a, const uint64_t *b,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned __int128 p = is_signed
                                  ? (unsigned __int128)((__int128)(int64_t)a[i] * (int64_t)b[i])
                                  : (unsigned __int128)a[i] * b[i];
        sum->low += (uint64_t)p;
        sum->high += is_signed ? (__int128)(int64_t)(p >> 64) : (__int128)(uint64_t)(p >> 64);
    }
}

/* Pairs apart: real parts, then imaginary ones. */
static void take_apart(const double *pairs, size_t n, double part[2][BLOCK])
{
    for (size_t i = 0; i < n; i++) {
        part[0][i] = pairs[2 * i];
        part[1][i] = pairs[2 * i + 1];
    }
}

static void add_complex(const shoal_dot *p, bool narrow, shoal_product_sum *sum,
                        const double (*pairs)[2 * BLOCK], size_t n)
{
    double a[2][BLOCK], b[2][BLOCK];
    take_apart(pairs[0], n, a);
    take_apart(pairs[1], n, b);
    shoal_product_sum_add(&sum[0], a[0], b[0], n, false, narrow);
    shoal_product_sum_add(&sum[0], a[1], b[1], n, !p->conjugates, narrow);
    if (p->root) return;
    shoal_product_sum_add(&sum[1], a[0], b[1], n, false, narrow);
    shoal_product_sum_add(&sum[1], a[1], b[0], n, p->conjugates, narrow);
}

static void run(const void *memory, void *own, const void *const *x, size_t n)
{
    const context *c = memory;
    state *s = own;
    bool narrow = c->size < 8 || c->params->type == SHOAL_COMPLEX64;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = n - i < BLOCK ? n - i : BLOCK;
        double block[2][2 * BLOCK]; /* of integers: their bits */
        for (int k = 0; k < 2; k++) {
            const void *from = (const char *)x[k] + i * c->size;
            if (c->cast)
                c->cast(m, &from, block[k]);
            else
                memcpy(block[k], from, m * c->size);
        }
        if (c->kind == SHOAL_KIND_COMPLEX)
            add_complex(c->params, narrow, s->part, (const double(*)[2 * BLOCK]) block, m);
        else if (c->kind == SHOAL_KIND_FLOAT)
            shoal_product_sum_add(&s->part[0], block[0], block[1], m, false, narrow);
        else
            add_whole(c->is_signed, &s->whole, (const void *)block[0], (const void *)block[1], m);
    }
}

static void merge(const void *memory, void *into, const void *from)
{
    (void)memory;
    state *a = into;
    const state *b = from;
    a->whole.low += b->whole.low;
    a->whole.high += b->whole.high;
    for (int k = 0; k < 2; k++) shoal_product_sum_merge(&a->part[k], &b->part[k]);
}

static shoal_status next(void *memory, void *merged, bool *again, shoal_error *err)
{
    (void)err;
    context *c = memory;
    memcpy(&c->sum, merged, sizeof c->sum);
    *again = false;
    return SHOAL_OK;
}

/* The lowest 64 bits; *carry is what is above them. */
static uint64_t whole_bits(const context *c, __int128 *carry)
{
    *carry = c->sum.whole.high + (__int128)(c->sum.whole.low >> 64);
    return (uint64_t)c->sum.whole.low;
}

static bool wraps(const void *memory)
{
    const context *c = memory;
    __int128 carry;
    if (c->kind != SHOAL_KIND_INT && c->kind != SHOAL_KIND_UINT) return false;
    uint64_t bits = whole_bits(c, &carry);
    unsigned spare = 64 - 8 * (unsigned)c->size;
    if (!c->is_signed) return carry != 0 || bits << spare >> spare != bits;
    int64_t value = (int64_t)bits;
    return carry != (value < 0 ? -1 : 0) || (int64_t)(bits << spare) >> spare != value;
}

static void finish(const void *memory, void *out)
{
    const context *c = memory;
    __int128 carry;
    uint64_t bits = whole_bits(c, &carry);
    shoal_type_code type = c->params->type;
    bool single = type == SHOAL_FLOAT16 || type == SHOAL_FLOAT32 || type == SHOAL_COMPLEX64;
    if (c->kind == SHOAL_KIND_BOOL) {
        *(uint8_t *)out = bits != 0 || carry != 0;
    } else if (c->kind < SHOAL_KIND_FLOAT) {
        memcpy(out, &bits, c->size); /* the lowest bytes come first */
    } else if (type == SHOAL_FLOAT16) {
        float value;
        const void *in[1] = {&value};
        shoal_product_sum_round(&c->sum.part[0], c->params->root, true, &value);
        shoal_kernel_cast(SHOAL_FLOAT32, SHOAL_FLOAT16)(1, in, out);
    } else {
        int n = c->kind == SHOAL_KIND_COMPLEX && !c->params->root ? 2 : 1;
        for (int k = 0; k < n; k++)
            shoal_product_sum_round(&c->sum.part[k], c->params->root, single,
                                    (char *)out + k * (single ? 4 : 8));
    }
}

const shoal_tally_kind shoal_tally_dot = {
    context_bytes, state_bytes, start, NULL, begin, run, merge, next, finish, NULL, "dot", wraps,
};
