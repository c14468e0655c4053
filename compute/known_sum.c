#include "compute/known_sum.h"

#include <math.h>
#include <string.h>

static bool has_infinity(const shoal_chunk_summary *chunk, double which)
{
    if (chunk->n_nan >= chunk->n_elements) return false;
    return which > 0 ? chunk->greatest.f == which : chunk->least.f == which;
}

void shoal_known_sum_add(const shoal_chunk_summary *chunk, shoal_exact_sum *sum)
{
    bool plus = has_infinity(chunk, INFINITY), minus = has_infinity(chunk, -INFINITY);
    if (plus) shoal_exact_add(sum, INFINITY);
    if (minus) shoal_exact_add(sum, -INFINITY);
    if (plus || minus) return;
    for (int k = 0; k < 3; k++) shoal_exact_add(sum, chunk->sum.part[k]);
}

/* ---- Into states ---- */

/* Is it an exact kernel without squares, and does its state leave NaNs out? */
static bool is_exact(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel, bool *skips)
{
    for (int k = 0; k < 2; k++) {
        shoal_exact_kind kind = {.skips = k};
        *skips = kind.skips;
        if (kernel == shoal_kernel_exact_reduction(op, loop, kind)) return true;
    }
    return false;
}

bool shoal_known_sum_is_exact(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel)
{
    bool skips, sums = op == SHOAL_OP_NANSUM || op == SHOAL_OP_NANMEAN || op == SHOAL_OP_SUM ||
                       op == SHOAL_OP_MEAN;
    return sums && loop <= SHOAL_FLOAT64 && is_exact(op, loop, kernel, &skips);
}

static void take_whole(const shoal_exact_form *form, const shoal_chunk_summary *chunk,
                       uint64_t *record)
{
    const uint64_t *whole = chunk->sum.whole;
    shoal_exact_state_add(form, record, 0, (int64_t)(whole[0] & UINT32_MAX), 0);
    shoal_exact_state_add(form, record, 0, (int64_t)(whole[0] >> 32), 32);
    shoal_exact_state_add(form, record, 0, (int64_t)whole[1], 64);
}

void shoal_known_sum_take(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                          const shoal_chunk_summary *chunk, void *const *fields)
{
    bool is_float = loop >= SHOAL_FLOAT16, skips;
    if (!is_exact(op, loop, kernel, &skips)) return; /* it never is: see above */
    shoal_exact_form form = {.parts = 1, .single = loop == SHOAL_FLOAT32, .skips = skips};
    uint64_t *record = fields[0];
    if (!is_float) {
        shoal_exact_state_count(&form, record, chunk->n_elements);
        take_whole(&form, chunk, record);
        return;
    }
    bool plus = has_infinity(chunk, INFINITY), minus = has_infinity(chunk, -INFINITY);
    shoal_exact_state_count(&form, record, chunk->n_elements - chunk->n_nan);
    if (!form.skips && chunk->n_nan) shoal_exact_state_special(record, 0, NAN);
    if (plus) shoal_exact_state_special(record, 0, INFINITY);
    if (minus) shoal_exact_state_special(record, 0, -INFINITY);
    for (int k = 0; k < 3 && !plus && !minus; k++)
        shoal_exact_state_value(&form, record, 0, chunk->sum.part[k]);
}

/* ---- Making them ---- */

void shoal_known_summing_begin(shoal_known_summing *s, shoal_type_code loop)
{
    void *fields[] = {s->record};
    s->single = loop == SHOAL_FLOAT32;
    s->kernel =
        loop == SHOAL_FLOAT32 || loop == SHOAL_FLOAT64
            ? shoal_kernel_exact_reduction(SHOAL_OP_NANSUM, loop, (shoal_exact_kind){.skips = true})
            : NULL;
    if (s->kernel) s->kernel->init(fields, 1);
}

void shoal_known_summing_run(shoal_known_summing *s, const void *x, size_t n)
{
    void *fields[] = {s->record};
    if (s->kernel) s->kernel->run(fields, 0, x, n, 0);
}

bool shoal_known_summing_end(const shoal_known_summing *s, double part[3])
{
    const uint64_t *limb = s->record + 2; /* behind what was seen, and the count */
    int n = SHOAL_EXACT_SUM_LIMBS(s->single);
    int shift = SHOAL_EXACT_SUM_UNIT(s->single) - SHOAL_EXACT_UNIT;
    shoal_exact_sum sum = {0};
    memset(part, 0, 3 * sizeof *part);
    if (s->record[0]) return true;
    for (int k = 0; k < n - 1; k++) {
        if (!limb[k]) continue;
        int at = 64 * k + shift;
        shoal_limbs_add(sum.limb, SHOAL_EXACT_LIMBS, (int64_t)(limb[k] & UINT32_MAX), at);
        shoal_limbs_add(sum.limb, SHOAL_EXACT_LIMBS, (int64_t)(limb[k] >> 32), at + 32);
    }
    int top = 64 * (n - 1) + shift;
    if (s->single)
        shoal_limbs_add(sum.limb, SHOAL_EXACT_LIMBS, (int64_t)limb[n - 1], top);
    else
        sum.limb[n - 1] += limb[n - 1];
    return shoal_exact_parts(&sum, part);
}
