#include "compute/product_sum.h"

#include "compute/exact_state.h"

#include <math.h>
#include <string.h>

/* Within these a product and what its rounding leaves out are doubles, and so are the halves of its
   factors. */
#define LEAST       0x1p-900
#define MOST        0x1p990
#define MOST_FACTOR 0x1p990
#define SPLITTER    134217729.0 /* 2^27 + 1 */

/* A record of an exact sum, then of one of squares, for the products that are not in range. */
static const shoal_exact_form form = {1, false, false, true, false};

_Static_assert(SHOAL_EXACT_WORDS(1, false, false, true) == SHOAL_PRODUCT_WORDS, "words");

static void add_one(shoal_product_sum *sum, double a, double b)
{
    if (isfinite(a) && isfinite(b))
        shoal_exact_state_product(&form, sum->word, a, b);
    else
        shoal_exact_state_special(sum->word, 0, a * b);
}

/* Rounded products to high; 0 in fits[i] where one is not in range. */
static bool multiply(const double *a, const double *b, size_t n, double *high, uint64_t *fits)
{
    uint64_t all = 1;
    for (size_t i = 0; i < n; i++) {
        double p = a[i] * b[i], size = fabs(p);
        uint64_t inside = (size >= LEAST) & (size <= MOST);
        uint64_t none = (p == 0) & ((a[i] == 0) | (b[i] == 0));
        uint64_t splits = (fabs(a[i]) <= MOST_FACTOR) & (fabs(b[i]) <= MOST_FACTOR);
        high[i] = p;
        fits[i] = (inside | none) & splits;
        all &= fits[i];
    }
    return all;
}

/* What rounding left out of each product (Veltkamp and Dekker). */
static void find_rests(const double *a, const double *b, const double *high, size_t n, double *low)
{
    for (size_t i = 0; i < n; i++) {
        double c = a[i] * SPLITTER, x = c - (c - a[i]), y = a[i] - x;
        double d = b[i] * SPLITTER, u = d - (d - b[i]), v = b[i] - u;
        low[i] = ((x * u - high[i]) + x * v + y * u) + y * v;
    }
}

void shoal_product_sum_add(shoal_product_sum *sum, const double *a, const double *b, size_t n,
                           bool minus, bool narrow)
{
    static const shoal_exact_kind plain = {false, false};
    const shoal_reduction *exact = shoal_kernel_exact_reduction(SHOAL_OP_SUM, SHOAL_FLOAT64, plain);
    double high[SHOAL_PRODUCT_BLOCK], low[SHOAL_PRODUCT_BLOCK];
    uint64_t fits[SHOAL_PRODUCT_BLOCK];
    void *fields[1] = {sum->word};
    bool all = multiply(a, b, n, high, fits);
    if (!narrow) find_rests(a, b, high, n, low);
    for (size_t i = 0; i < n && !all; i++) {
        if (fits[i]) continue;
        add_one(sum, minus ? -a[i] : a[i], b[i]);
        high[i] = low[i] = 0;
    }
    for (size_t i = 0; i < n && minus; i++) {
        high[i] = -high[i];
        if (!narrow) low[i] = -low[i];
    }
    exact->run(fields, 0, high, n, 0);
    if (!narrow) exact->run(fields, 0, low, n, 0);
}

void shoal_product_sum_merge(shoal_product_sum *into, const shoal_product_sum *from)
{
    shoal_product_sum more = *from;
    void *to[1] = {into->word}, *source[1] = {more.word};
    shoal_exact_state_merge(&form, to, 0, source, 0, 1);
}

void shoal_product_sum_round(const shoal_product_sum *sum, bool root, bool single, void *out)
{
    shoal_product_sum copy = *sum;
    double special;
    shoal_scaled x = shoal_exact_state_total(&form, copy.word, root, &special);
    shoal_exact_state_round(x, special, single, out);
}
