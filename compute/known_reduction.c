#include "compute/known_reduction.h"

#include "compute/known_sum.h"

#include <math.h>
#include <string.h>

/* ---- The summaries of a box ---- */

static bool is_float(shoal_type_code type)
{
    return type >= SHOAL_FLOAT16;
}

static bool is_signed(shoal_type_code type)
{
    return type >= SHOAL_INT8 && type <= SHOAL_INT64;
}

static bool is_less(shoal_type_code type, shoal_summary_value a, shoal_summary_value b)
{
    if (is_float(type)) return a.f < b.f;
    return is_signed(type) ? a.i < b.i : a.u < b.u;
}

/* The same sign of a zero, or of which the order decides. */
static void join_zero(shoal_type_code type, shoal_summary_value a, shoal_summary_value b,
                      uint32_t flag, uint32_t *flags)
{
    if (is_float(type) && a.f == 0 && b.f == 0 && signbit(a.f) != signbit(b.f)) *flags |= flag;
}

void shoal_known_add(shoal_type_code type, const shoal_chunk_summary *chunk, bool first,
                     shoal_known_load *box)
{
    const uint32_t signs = SHOAL_SUMMARY_LEAST_SIGNS | SHOAL_SUMMARY_GREATEST_SIGNS;
    bool none = is_float(type) && chunk->n_nan >= chunk->n_elements;
    bool none_yet = first || box->n_nan == box->n;
    if (first) box->flags = SHOAL_SUMMARY_SUM;
    if (!(chunk->flags & SHOAL_SUMMARY_SUM)) box->flags &= ~(uint32_t)SHOAL_SUMMARY_SUM;
    box->n += chunk->n_elements;
    box->n_nan += chunk->n_nan;
    if (none) return;
    box->flags |= chunk->flags & signs;
    if (none_yet) {
        box->least = chunk->least;
        box->greatest = chunk->greatest;
        return;
    }
    join_zero(type, box->least, chunk->least, SHOAL_SUMMARY_LEAST_SIGNS, &box->flags);
    join_zero(type, box->greatest, chunk->greatest, SHOAL_SUMMARY_GREATEST_SIGNS, &box->flags);
    if (is_less(type, chunk->least, box->least)) box->least = chunk->least;
    if (is_less(type, box->greatest, chunk->greatest)) box->greatest = chunk->greatest;
}

/* ---- Reductions ---- */

/* How many are not 0, NaN included, as far as the range says. */
typedef enum zeros { NO_ZEROS, ALL_ZEROS, SOME_ZEROS, MAYBE_ZEROS } zeros;

static zeros zeros_of(const shoal_known_load *box)
{
    const shoal_interval *x = &box->range;
    if (x->none) return NO_ZEROS;
    bool below = x->is_float ? x->low < 0 : x->least < 0;
    bool above = x->is_float ? x->high > 0 : x->greatest > 0;
    bool touches = x->is_float ? x->low == 0 || x->high == 0 : x->least == 0 || x->greatest == 0;
    if (!touches) return below && above ? MAYBE_ZEROS : NO_ZEROS;
    return below || above || x->nan ? SOME_ZEROS : ALL_ZEROS;
}

bool shoal_known_sums(shoal_op op)
{
    return op == SHOAL_OP_SUM || op == SHOAL_OP_NANSUM || op == SHOAL_OP_MEAN ||
           op == SHOAL_OP_NANMEAN;
}

static bool takes_whole(shoal_op op, shoal_type_code loop)
{
    return !is_float(loop) && (op == SHOAL_OP_SUM || op == SHOAL_OP_NANSUM);
}

static bool answers_sum(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                        const shoal_known_load *box)
{
    const shoal_wide_int most = (shoal_wide_int)1 << 53;
    if (!(box->flags & SHOAL_SUMMARY_SUM)) return false;
    if (takes_whole(op, loop)) return true;
    bool rounds = !is_float(loop) && (box->range.least < -most || box->range.greatest > most);
    return !rounds && shoal_known_sum_is_exact(op, loop, kernel);
}

bool shoal_known_answers(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                         const shoal_known_load *box)
{
    zeros z = zeros_of(box);
    if (loop > SHOAL_FLOAT64) return false;
    switch (op) {
    case SHOAL_OP_COUNT:
    case SHOAL_OP_ANY: return true;
    case SHOAL_OP_ALL: return z != MAYBE_ZEROS;
    case SHOAL_OP_COUNT_NONZERO: return z == NO_ZEROS || z == ALL_ZEROS;
    case SHOAL_OP_MIN: return box->n_nan || !(box->flags & SHOAL_SUMMARY_LEAST_SIGNS);
    case SHOAL_OP_NANMIN: return !(box->flags & SHOAL_SUMMARY_LEAST_SIGNS);
    case SHOAL_OP_MAX: return box->n_nan || !(box->flags & SHOAL_SUMMARY_GREATEST_SIGNS);
    case SHOAL_OP_NANMAX: return !(box->flags & SHOAL_SUMMARY_GREATEST_SIGNS);
    default: return shoal_known_sums(op) && answers_sum(op, loop, kernel, box);
    }
}

/* Little-endian integers are their lowest bytes. */
void shoal_known_element(shoal_type_code loop, shoal_summary_value value, uint8_t element[8])
{
    float narrow = loop == SHOAL_FLOAT32 ? (float)value.f : 0;
    if (loop == SHOAL_FLOAT32)
        memcpy(element, &narrow, sizeof narrow);
    else
        memcpy(element, &value, 8);
}

static void take_extreme(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                         const shoal_known_load *box, void **fields)
{
    bool least = op == SHOAL_OP_MIN || op == SHOAL_OP_NANMIN;
    bool skips = op == SHOAL_OP_NANMIN || op == SHOAL_OP_NANMAX;
    shoal_summary_value value = least ? box->least : box->greatest;
    uint8_t element[8] = {0};
    if (is_float(loop) && skips && box->n_nan == box->n) return;
    if (is_float(loop) && !skips && box->n_nan) value.f = NAN;
    shoal_known_element(loop, value, element);
    kernel->run(fields, 0, element, 1, 0);
}

void shoal_known_take(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                      const shoal_known_load *box, void **fields)
{
    zeros z = zeros_of(box);
    uint64_t *tally = fields[0];
    switch (op) {
    case SHOAL_OP_COUNT: *tally += box->n - box->n_nan; break;
    case SHOAL_OP_COUNT_NONZERO:
    case SHOAL_OP_ALL: *tally += z == NO_ZEROS ? box->n : 0; break; /* fewer than all will do */
    case SHOAL_OP_ANY: *tally += z != ALL_ZEROS; break;
    case SHOAL_OP_MIN:
    case SHOAL_OP_MAX:
    case SHOAL_OP_NANMIN:
    case SHOAL_OP_NANMAX: take_extreme(op, loop, kernel, box, fields); break;
    default: break;
    }
}

/* Of its lower and its upper half. */
static shoal_wide_int whole_of(uint64_t low, uint64_t high)
{
    __extension__ typedef unsigned __int128 bits;
    return (shoal_wide_int)((bits)high << 64 | low);
}

/* To the state of a sum of integers: the lower and the upper half. */
static void add_whole(shoal_wide_int x, void **fields)
{
    uint64_t *low = fields[0], *high = fields[1];
    shoal_wide_int sum = whole_of(*low, *high) + x;
    *low = (uint64_t)sum;
    *high = (uint64_t)(sum >> 64);
}

void shoal_known_take_sum(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                          const shoal_chunk_summary *chunk, void **fields)
{
    const uint64_t *whole = chunk->sum.whole;
    if (takes_whole(op, loop))
        add_whole(whole_of(whole[0], whole[1]), fields);
    else
        shoal_known_sum_take(op, loop, kernel, chunk, fields);
}

bool shoal_known_take_same(shoal_op op, shoal_type_code loop, const shoal_reduction *kernel,
                           const void *element, uint64_t n, void **fields)
{
    if (loop > SHOAL_FLOAT64) return false;
    shoal_interval x = shoal_interval_of(loop, element);
    bool zero = x.is_float ? !x.nan && x.low == 0 : x.least == 0 && x.greatest == 0;
    uint64_t *tally = fields[0];
    switch (op) {
    case SHOAL_OP_COUNT: *tally += x.nan ? 0 : n; return true;
    case SHOAL_OP_COUNT_NONZERO:
    case SHOAL_OP_ANY:
    case SHOAL_OP_ALL: *tally += zero ? 0 : n; return true;
    case SHOAL_OP_SUM:
    case SHOAL_OP_NANSUM:
        if (x.is_float) return false;
        add_whole(x.least * n, fields);
        return true;
    case SHOAL_OP_MIN:
    case SHOAL_OP_MAX:
    case SHOAL_OP_NANMIN:
    case SHOAL_OP_NANMAX: kernel->run(fields, 0, element, 1, 0); return true;
    default: return false;
    }
}

bool shoal_known_any_order(shoal_op op, shoal_type_code loop, bool whole)
{
    switch (op) {
    case SHOAL_OP_COUNT:
    case SHOAL_OP_COUNT_NONZERO:
    case SHOAL_OP_ANY:
    case SHOAL_OP_ALL:
    case SHOAL_OP_ARGMIN:
    case SHOAL_OP_ARGMAX:
    case SHOAL_OP_NANARGMIN:
    case SHOAL_OP_NANARGMAX: return true;
    case SHOAL_OP_SUM:
    case SHOAL_OP_NANSUM: return whole || !is_float(loop);
    case SHOAL_OP_MEAN:
    case SHOAL_OP_NANMEAN:
    case SHOAL_OP_VAR:
    case SHOAL_OP_STD:
    case SHOAL_OP_NANVAR:
    case SHOAL_OP_NANSTD: return whole;
    default: return !is_float(loop);
    }
}
