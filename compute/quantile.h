/* Quantiles as NumPy defines them: which ranks of the sorted elements a quantile needs, and how it
   lies between them. The methods are those of Hyndman and Fan, "Sample Quantiles in Statistical
   Packages", The American Statistician 50(4), 1996, under NumPy's names, and NumPy's others. */
#ifndef SHOAL_COMPUTE_QUANTILE_H
#define SHOAL_COMPUTE_QUANTILE_H

#include <shoal/shoal.h>

#define SHOAL_MAX_QUANTILES 4096

typedef enum shoal_quantile_method {
    SHOAL_QUANTILE_MEDIAN, /* numpy.median: the mean of the middle one or two */
    SHOAL_QUANTILE_INVERTED_CDF,
    SHOAL_QUANTILE_AVERAGED_INVERTED_CDF,
    SHOAL_QUANTILE_CLOSEST_OBSERVATION,
    SHOAL_QUANTILE_INTERPOLATED_INVERTED_CDF,
    SHOAL_QUANTILE_HAZEN,
    SHOAL_QUANTILE_WEIBULL,
    SHOAL_QUANTILE_LINEAR,
    SHOAL_QUANTILE_MEDIAN_UNBIASED,
    SHOAL_QUANTILE_NORMAL_UNBIASED,
    SHOAL_QUANTILE_LOWER,
    SHOAL_QUANTILE_HIGHER,
    SHOAL_QUANTILE_MIDPOINT,
    SHOAL_QUANTILE_NEAREST,
} shoal_quantile_method;

/* By NumPy's name; false when there is none. */
bool shoal_quantile_method_find(const char *name, shoal_quantile_method *out);
/* All names, for hints; ends with NULL. */
const char *const *shoal_quantile_method_names(void);

/* Parameters of a node; compared by their bytes, so padding must be 0. */
typedef struct shoal_quantiles {
    shoal_type_code type;   /* of the elements: real */
    shoal_type_code result; /* set by shoal_quantile_result */
    shoal_quantile_method method;
    uint32_t skips_nan, whole,
        weak; /* flags: the nan forms; q are whole numbers; q is one number */
    const struct shoal_groups *groups; /* of the elements of a line; or NULL */
    uint64_t n;
    double q[]; /* 0 to 1 */
} shoal_quantiles;

size_t shoal_quantiles_bytes(uint64_t n);

/* NumPy's result type for the type, the method and the flags. */
shoal_type_code shoal_quantile_result(const shoal_quantiles *quantiles);

/* Quantile k of n > 0 elements lies between those of rank *low and *high (which may be equal). */
void shoal_quantile_ranks(const shoal_quantiles *quantiles, uint64_t k, uint64_t n, uint64_t *low,
                          uint64_t *high);

/* Writes quantile k of n > 0 elements to out, from the two elements at its ranks. */
void shoal_quantile_between(const shoal_quantiles *quantiles, uint64_t k, uint64_t n,
                            const void *low, const void *high, void *out);

/* Writes NaN in the result's type (0 where it has none). */
void shoal_quantile_missing(const shoal_quantiles *quantiles, void *out);

#endif
