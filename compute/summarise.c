#include "compute/summarise.h"

#include "chunk/type.h"
#include "compute/known_sum.h"

#include <math.h>
#include <string.h>

uint64_t shoal_summaries_allowed(uint64_t memory_limit)
{
    uint64_t most = SHOAL_SUMMARY_MOST * sizeof(shoal_chunk_summary);
    return memory_limit / 16 < most ? memory_limit / 16 : most;
}

typedef struct summarising {
    shoal_type type;
    shoal_range_kernel range;
    shoal_kernel widen; /* float16: to float32 */
    shoal_range_state state;
    shoal_known_summing sum;
} summarising;

static bool is_float(shoal_type type)
{
    return type.code >= SHOAL_FLOAT16;
}

static bool is_signed(shoal_type type)
{
    return type.code >= SHOAL_INT8 && type.code <= SHOAL_INT64;
}

static void begin(summarising *s, shoal_type type)
{
    bool half = type.code == SHOAL_FLOAT16;
    s->type = type;
    s->state = (shoal_range_state){0};
    shoal_known_summing_begin(&s->sum, half ? SHOAL_FLOAT32 : type.code);
    s->range = shoal_kernel_range(half ? SHOAL_FLOAT32 : type.code);
    s->widen = half ? shoal_kernel_cast(SHOAL_FLOAT16, SHOAL_FLOAT32) : NULL;
    if (is_float(type)) {
        s->state.least.f = INFINITY;
        s->state.greatest.f = -INFINITY;
    } else if (is_signed(type)) {
        s->state.least.i = INT64_MAX;
        s->state.greatest.i = INT64_MIN;
    } else {
        s->state.least.u = UINT64_MAX;
    }
}

static void take_block(summarising *s, const uint8_t *x, size_t n)
{
    float wide[SHOAL_RANGE_MOST];
    const void *from = x;
    if (s->widen) {
        s->widen(n, &from, wide);
        from = wide;
    }
    s->range(from, n, &s->state);
    shoal_known_summing_run(&s->sum, from, n);
}

static void take_run(summarising *s, const uint8_t *x, uint64_t n)
{
    while (n) {
        size_t m = n < SHOAL_RANGE_MOST ? (size_t)n : SHOAL_RANGE_MOST;
        take_block(s, x, m);
        x += m * s->type.n_bytes;
        n -= m;
    }
}

/* Zeros of one sign are told with it; of both, which of them NumPy would give depends on the order.
 */
static void sign_zeros(const shoal_range_state *state, shoal_summary_value *value, uint32_t flag,
                       uint32_t *flags)
{
    if (value->f != 0) return;
    if (state->plus_zero && state->minus_zero) *flags |= flag;
    value->f = state->minus_zero && !state->plus_zero ? -0.0 : 0.0;
}

static void finish(const summarising *s, uint64_t n, shoal_chunk_summary *out)
{
    const shoal_range_state *state = &s->state;
    *out = (shoal_chunk_summary){.n_elements = (uint32_t)n,
                                 .flags = SHOAL_SUMMARY_KEPT,
                                 .n_nan = state->n_nan,
                                 .least = state->least,
                                 .greatest = state->greatest};
    if (is_float(s->type)) {
        sign_zeros(state, &out->least, SHOAL_SUMMARY_LEAST_SIGNS, &out->flags);
        sign_zeros(state, &out->greatest, SHOAL_SUMMARY_GREATEST_SIGNS, &out->flags);
        if (shoal_known_summing_end(&s->sum, out->sum.part)) out->flags |= SHOAL_SUMMARY_SUM;
        return;
    }
    /* high * 2^32 + low, over 192 bits */
    uint64_t shifted = (uint64_t)state->sum_high << 32;
    out->sum.whole[0] = shifted + state->sum_low;
    out->sum.whole[1] = (uint64_t)(state->sum_high >> 32) + (out->sum.whole[0] < shifted);
    out->sum.whole[2] = (uint64_t)((int64_t)out->sum.whole[1] >> 63);
    out->flags |= SHOAL_SUMMARY_SUM;
}

void shoal_summarise(shoal_type type, int rank, const uint64_t *count, const int64_t *strides,
                     const void *elements, shoal_chunk_summary *out)
{
    summarising s;
    uint64_t run = 1, n = 1, at[SHOAL_MAX_RANK] = {0};
    int outer = rank; /* axes before it are walked; those behind are one run */
    begin(&s, type);
    while (outer > 0 && strides[outer - 1] == (int64_t)(run * type.n_bytes)) run *= count[--outer];
    for (int k = 0; k < outer; k++) n *= count[k];
    const uint8_t *x = elements;
    for (uint64_t k = 0; k < n && run; k++) {
        take_run(&s, x, run);
        for (int axis = outer - 1; axis >= 0; axis--) {
            x += strides[axis];
            if (++at[axis] < count[axis]) break;
            x -= (int64_t)at[axis] * strides[axis];
            at[axis] = 0;
        }
    }
    finish(&s, n * run, out);
}
