/* What the summaries of a dataset's chunks tell together. */
#include "chunk/error.h"
#include "chunk/type.h"
#include "compute/exact_sum.h"
#include "compute/known_reduction.h"
#include "compute/known_sum.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sums of up to 2^50 elements of 64 bits. */
typedef struct totals {
    shoal_known_load box;
    bool first;
    shoal_wide_int whole;
    shoal_exact_sum sum;
} totals;

static void add_chunk(totals *t, shoal_type type, const shoal_chunk_summary *s)
{
    shoal_known_add(type.code, s, t->first, &t->box);
    t->first = false;
    if (!(s->flags & SHOAL_SUMMARY_SUM)) return;
    if (type.code >= SHOAL_FLOAT16)
        shoal_known_sum_add(s, &t->sum);
    else
        t->whole += (shoal_wide_int)s->sum.whole[0] +
                    (shoal_wide_int)(int64_t)s->sum.whole[1] * ((shoal_wide_int)1 << 64);
}

static void write_whole(shoal_wide_int x, char text[64])
{
    char digits[48];
    int n = 0, at = 0;
    bool negative = x < 0;
    do {
        int digit = (int)(x % 10);
        digits[n++] = (char)('0' + (digit < 0 ? -digit : digit));
        x /= 10;
    } while (x != 0);
    if (negative) text[at++] = '-';
    while (n > 0) text[at++] = digits[--n];
    text[at] = 0;
}

static void put_value(shoal_type type, shoal_summary_value value, uint8_t element[8])
{
    if (type.code == SHOAL_FLOAT16) {
        const void *from = &value.f;
        shoal_kernel_cast(SHOAL_FLOAT64, SHOAL_FLOAT16)(1, &from, element);
    } else {
        shoal_known_element(type.code, value, element);
    }
}

static void finish(const totals *t, shoal_type type, shoal_statistics *out)
{
    const shoal_known_load *box = &t->box;
    out->n_elements = box->n;
    out->n_nan = box->n_nan;
    out->has_extremes = box->n_nan < box->n;
    out->has_sum = (box->flags & SHOAL_SUMMARY_SUM) != 0;
    put_value(type, box->least, out->least);
    put_value(type, box->greatest, out->greatest);
    if (!out->has_sum) return;
    if (type.code < SHOAL_FLOAT16) {
        write_whole(t->whole, out->sum);
    } else {
        double sum = shoal_exact_double(&t->sum);
        shoal_format_element(shoal_type_of(SHOAL_FLOAT64), &sum, out->sum, sizeof out->sum);
    }
}

shoal_status shoal_dataset_statistics(shoal_dataset *dataset, shoal_statistics *out,
                                      shoal_error *err)
{
    (void)err;
    totals t = {.first = true};
    *out = (shoal_statistics){.n_chunks = dataset->readable ? dataset->grid.n_chunks : 0};
    shoal_summary *summary = shoal_summary_read(dataset);
    for (uint64_t k = 0; summary && k < summary->n; k++) {
        const shoal_chunk_summary *s = shoal_summary_chunk(summary, dataset, k);
        if (!s) continue;
        out->n_chunks_known++;
        add_chunk(&t, dataset->type, s);
    }
    shoal_summary_free(summary);
    if (out->n_chunks_known) finish(&t, dataset->type, out);
    return SHOAL_OK;
}
