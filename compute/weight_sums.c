#include "compute/weight_sums.h"

#include "chunk/type.h"
#include "compute/exact_state.h"

#include <string.h>

static const shoal_exact_form narrow = {1, true, false, false, false};
static const shoal_exact_form full = {1, false, false, false, false};

static const shoal_exact_form *form_of(shoal_type_code loop)
{
    return loop == SHOAL_FLOAT32 ? &narrow : &full;
}

static bool is_whole(shoal_type_code loop)
{
    return loop < SHOAL_FLOAT16;
}

shoal_type_code shoal_weights_loop(shoal_type_code type, bool always_float)
{
    if (type == SHOAL_FLOAT16 || type == SHOAL_FLOAT32) return SHOAL_FLOAT32;
    if (type == SHOAL_FLOAT64 || always_float) return SHOAL_FLOAT64;
    return shoal_code_kind(type) == SHOAL_KIND_UINT ? SHOAL_UINT64 : SHOAL_INT64;
}

size_t shoal_weights_words(shoal_type_code loop)
{
    return is_whole(loop) ? 1 : (size_t)SHOAL_EXACT_WORDS(1, loop == SHOAL_FLOAT32, false, false);
}

static void add_float(const shoal_exact_form *form, uint64_t *record, double x)
{
    if (x - x == 0)
        shoal_exact_state_value(form, record, 0, x);
    else
        shoal_exact_state_special(record, 0, x);
}

void shoal_weights_add(shoal_type_code loop, uint64_t *cells, const int32_t *cell, const void *x,
                       size_t n)
{
    size_t words = shoal_weights_words(loop);
    for (size_t i = 0; i < n && is_whole(loop); i++) cells[cell[i]] += ((const uint64_t *)x)[i];
    for (size_t i = 0; i < n && loop == SHOAL_FLOAT32; i++)
        add_float(&narrow, cells + (size_t)cell[i] * words, (double)((const float *)x)[i]);
    for (size_t i = 0; i < n && loop == SHOAL_FLOAT64; i++)
        add_float(&full, cells + (size_t)cell[i] * words, ((const double *)x)[i]);
}

void shoal_weights_merge(shoal_type_code loop, uint64_t *into, const uint64_t *from, size_t n)
{
    size_t words = shoal_weights_words(loop);
    for (size_t i = 0; i < n; i++) {
        if (is_whole(loop)) {
            into[i] += from[i];
            continue;
        }
        uint64_t more[SHOAL_EXACT_WORDS(1, false, false, false)];
        void *to[1] = {into + i * words}, *source[1] = {more};
        memcpy(more, from + i * words, words * sizeof *more);
        shoal_exact_state_merge(form_of(loop), to, 0, source, 0, 1);
    }
}

void shoal_weights_finish(shoal_type_code loop, const uint64_t *cells, size_t n, bool wide,
                          void *out)
{
    bool single = loop == SHOAL_FLOAT32 && !wide;
    size_t words = shoal_weights_words(loop), size = single ? sizeof(float) : sizeof(double);
    for (size_t i = 0; i < n; i++) {
        uint64_t record[SHOAL_EXACT_WORDS(1, false, false, false)];
        memcpy(record, cells + i * words, words * sizeof *record);
        if (is_whole(loop)) {
            ((uint64_t *)out)[i] = record[0];
            continue;
        }
        double special;
        shoal_scaled sum = shoal_exact_state_sum(form_of(loop), record, &special);
        shoal_exact_state_round(sum, special, single, (char *)out + i * size);
    }
}
