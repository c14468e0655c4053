/* The states of exact reductions: for each cell a record of 8-byte words that holds exact sums, of
   the elements and where needed of their squares, in limbs just wide enough for the element type.
   What compute/exact_sum.h is for doubles, for every form of the kernels. */
#ifndef SHOAL_COMPUTE_EXACT_STATE_H
#define SHOAL_COMPUTE_EXACT_STATE_H

#include "compute/kernel.h"
#include "compute/limbs.h"

/* A record: what was seen (as in exact_sum.h, for each part), the count where NaNs are skipped, the
   sum of each part, the sum of all parts' squares. */
typedef struct shoal_exact_form {
    int parts;    /* 2 of complex elements, else 1 */
    bool single;  /* elements are float32, which results of the kernels are then too */
    bool skips;   /* elements with a NaN part are left out */
    bool squares; /* for variances */
    bool all;     /* results are NaN where elements were left out */
} shoal_exact_form;

/* Limbs for 2^63 elements, and their units' exponents. */
#define SHOAL_EXACT_SUM_LIMBS(single)    ((single) ? 6 : 34)
#define SHOAL_EXACT_SUM_UNIT(single)     ((single) ? -149 : -1074)
#define SHOAL_EXACT_SQUARE_LIMBS(single) ((single) ? 10 : 67)
#define SHOAL_EXACT_SQUARE_UNIT(single)  ((single) ? -298 : -2148)
#define SHOAL_EXACT_WORDS(parts, single, skips, squares)         \
    ((parts) + (skips) + (parts)*SHOAL_EXACT_SUM_LIMBS(single) + \
     ((squares) ? SHOAL_EXACT_SQUARE_LIMBS(single) : 0))

/* What follows adds to a part's sum, or where `part` is -1 to the sum of squares. Parts, and
   squares that are given as values, are multiples of the unit of their sum. */
/* value * 2^unit */
void shoal_exact_state_add(const shoal_exact_form *form, uint64_t *record, int part, int64_t value,
                           int unit);
/* A finite x. */
void shoal_exact_state_value(const shoal_exact_form *form, uint64_t *record, int part, double x);
/* The square of a finite x, whatever its size, to the sum of squares; a product likewise. */
void shoal_exact_state_square(const shoal_exact_form *form, uint64_t *record, double x);
void shoal_exact_state_product(const shoal_exact_form *form, uint64_t *record, double x, double y);
/* A part that is infinite or NaN. */
void shoal_exact_state_special(uint64_t *record, int part, double x);
/* Counts n elements that were added; needed where NaNs are skipped alone. */
void shoal_exact_state_count(const shoal_exact_form *form, uint64_t *record, uint64_t n);

/* What a shoal_reduction needs, over records in fields[0]. Results are correctly rounded from the
   exact value; infinities and NaN as NumPy has them. */
void shoal_exact_state_merge(const shoal_exact_form *form, void *const *into, size_t t,
                             void *const *from, size_t f, size_t n);
bool shoal_exact_finish_sum(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out);
bool shoal_exact_finish_mean(const shoal_exact_form *form, void *const *fields, size_t cell,
                             size_t n, const shoal_finish *params, void *out);
bool shoal_exact_finish_var(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out);
bool shoal_exact_finish_std(const shoal_exact_form *form, void *const *fields, size_t cell,
                            size_t n, const shoal_finish *params, void *out);

/* The sum of the first part. *special is 0, or else what it is instead: NaN or an infinity. Changes
   the record. */
shoal_scaled shoal_exact_state_sum(const shoal_exact_form *form, uint64_t *record, double *special);

/* The sum of the first part and that of the squares together, of doubles, or its square root; with
   the same *special. Changes the record. */
shoal_scaled shoal_exact_state_total(const shoal_exact_form *form, uint64_t *record, bool root,
                                     double *special);

/* Of what these two give: the nearest double or (single) float, or what it is instead. */
void shoal_exact_state_round(shoal_scaled sum, double special, bool single, void *out);

#endif
