/* Exact sums for test_exact_sum.py. Standard input: a count of doubles, 0 to end, a count of the
   groups that are summed apart and merged, and the doubles; all of 8 bytes. Standard output for
   each: the sum as a double, as a float and its three parts, or NaNs and a 0 for "no parts". */
#include "compute/exact_sum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct answer {
    double sum, single, part[3];
    uint64_t has_parts;
} answer;

static int one(uint64_t n, uint64_t n_groups)
{
    double *x = malloc(n * sizeof *x);
    if (!x || fread(x, sizeof *x, n, stdin) != n) return 3;
    shoal_exact_sum total;
    shoal_exact_init(&total);
    for (uint64_t g = 0; g < n_groups; g++) {
        shoal_exact_sum sum;
        shoal_exact_init(&sum);
        for (uint64_t i = g; i < n; i += n_groups) shoal_exact_add(&sum, x[i]);
        shoal_exact_merge(&total, &sum);
    }
    answer a = {shoal_exact_double(&total), (double)shoal_exact_float(&total), {0, 0, 0}, 0};
    a.has_parts = shoal_exact_parts(&total, a.part);
    for (int k = 0; k < 3 && !a.has_parts; k++) a.part[k] = NAN;
    fwrite(&a, sizeof a, 1, stdout);
    fflush(stdout);
    free(x);
    return 0;
}

int main(void)
{
    uint64_t counts[2];
    int status = 0;
    while (!status && fread(counts, sizeof counts, 1, stdin) == 1 && counts[0])
        status = one(counts[0], counts[1]);
    return status;
}
