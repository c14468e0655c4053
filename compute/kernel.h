/* Kernels: the compiled loops over blocks. They are written once, in kernels_*.h templates, which
   are compiled once per instruction set (baseline x86-64, AVX2, AVX-512) and chosen at the
   first use; SHOAL_CPU=baseline|avx2|avx512 forces a lower one. The same input gives the same bits
   at any position and on any instruction set: no contraction, no fast-math, SLEEF's consistent
   (cinz) variants for the elementary functions, tails padded through a local block. */
#ifndef SHOAL_COMPUTE_KERNEL_H
#define SHOAL_COMPUTE_KERNEL_H

#include "compute/operation.h"
#include "store/summary.h"

/* Element-wise: n elements from each in[k] to out, all contiguous; in and out may be the same
   pointer (not otherwise overlapping) where the element sizes agree; neither need be aligned.
   Nothing beyond n elements is read or written. Bools are bytes 0 or 1 on output and any non-zero
   byte is true on input. */
typedef void (*shoal_kernel)(size_t n, const void *const *in, void *out);

/* The kernel of an operation for the loop type that shoal_operation_resolve gave. */
shoal_kernel shoal_kernel_element(shoal_op op, shoal_type_code loop);

/* NumPy's astype between any two numeric types (wrap-around integers; NaN to integer as x86
   gives it; complex to real drops the imaginary part). NULL when from == to. */
shoal_kernel shoal_kernel_cast(shoal_type_code from, shoal_type_code to);

/* Compares text blocks with one literal, padded with NUL to n_bytes: out[i] = in[i] == literal. */
void shoal_kernel_text_equal(size_t n, const void *in, size_t n_bytes, const void *literal,
                             uint8_t *out);

/* A reduction's state for n outputs ("cells") is a struct of arrays: field f of cell c is
   ((uint64_t or double *)fields[f])[c]. The fields lie one after another in memory, so a reduction
   may keep n records of n_fields words in them instead, from fields[0] on. */
typedef struct shoal_finish {
    uint64_t n_reduced; /* elements that went into each cell, NaN included */
    double ddof;        /* var and std */
    bool *wraps;        /* set where a sum or product of integers has wrapped around; or NULL */
} shoal_finish;

typedef struct shoal_reduction {
    int n_fields; /* 8 bytes each */
    void (*init)(void *const *fields, size_t n_cells);
    /* n elements into one cell; `index` is the first one's, rising by 1 (arg forms only). */
    void (*run)(void *const *fields, size_t cell, const void *x, size_t n, uint64_t index);
    /* n_rows rows of n elements, `row_bytes` apart: element i of each row into cell + i; the
       rows' index rises by 1 from `index`. Blocked inside so that the state stays in L1. */
    void (*columns)(void *const *fields, size_t cell, const void *x, size_t n, size_t n_rows,
                    size_t row_bytes, uint64_t index);
    /* Adds cells from[f + i] into into[t + i]. The arg forms take the lowest index of equal ones in
       any order of calls; the others' bits may depend on the order. */
    void (*merge)(void *const *into, size_t t, void *const *from, size_t f, size_t n);
    /* Writes n results of the signature's kernel_result type to aligned memory. False: a cell has
       no answer (min, max and arg forms of nothing, nanargmin and nanargmax over NaN alone). */
    bool (*finish)(void *const *fields, size_t cell, size_t n, const shoal_finish *params,
                   void *out);
} shoal_reduction;

/* The reduction of an operation over elements of a type (the loop type that was resolved). */
const shoal_reduction *shoal_kernel_reduction(shoal_op op, shoal_type_code loop);

/* What an exact state holds beside the sum. Reductions with equal states can share one. */
typedef struct shoal_exact_kind {
    bool skips;   /* elements with NaN are left out, and the others counted */
    bool squares; /* the sum of squares too */
} shoal_exact_kind;

/* The same of sums, means and variances with exact states: the result is correctly rounded from the
   exact value, in any order of calls. Their records take 7 to 138 words. NULL where there is none:
   for other operations, variances without squares, nan forms of floats without `skips`, the plain
   forms of complex numbers with it. */
const shoal_reduction *shoal_kernel_exact_reduction(shoal_op op, shoal_type_code loop,
                                                    shoal_exact_kind kind);
/* The least that an operation needs. */
shoal_exact_kind shoal_kernel_exact_kind(shoal_op op);

/* The extremes and the number of NaNs of the elements so far, and the sum of whole ones. */
typedef struct shoal_range_state {
    shoal_summary_value least, greatest; /* without the NaNs */
    uint64_t n_nan;
    int64_t sum_high;           /* bool and integers: times 2^32, */
    uint64_t sum_low;           /* and this */
    bool plus_zero, minus_zero; /* floats: where an extreme of a call is 0, its signs */
} shoal_range_state;

enum { SHOAL_RANGE_MOST = 4096 };
/* Takes n elements in, 1 to SHOAL_RANGE_MOST. */
typedef void (*shoal_range_kernel)(const void *x, size_t n, shoal_range_state *state);
/* For bool, integers, float32 and float64. */
shoal_range_kernel shoal_kernel_range(shoal_type_code code);

/* Ordered keys (compute/order_key.h) of n elements behind one another: uint32_t, and uint64_t of
   elements of 8 bytes. */
typedef void (*shoal_keys_kernel)(const void *x, size_t n, void *keys);
shoal_keys_kernel shoal_kernel_keys(shoal_type_code code); /* real types */

enum { SHOAL_KEYS_MOST = 1024, SHOAL_KEY_RANGES = 20 };
/* Ranges of keys, both ends included, rising; none of which overlap. */
typedef struct shoal_key_ranges {
    int n;
    uint64_t low[SHOAL_KEY_RANGES], high[SHOAL_KEY_RANGES];
} shoal_key_ranges;
/* Of n elements, SHOAL_KEYS_MOST at most: the keys of those that are in a range go to hits, in
   their order, and which range that is; their number is returned; below[k] rises by the number of
   those below range k, and below[ranges->n] by those that are no NaN. There is room for one hit
   more than elements. For types of 4 and 8 bytes. */
typedef size_t (*shoal_within_kernel)(const void *x, size_t n, const shoal_key_ranges *ranges,
                                      uint64_t *hits, uint16_t *which, uint64_t *below);
shoal_within_kernel shoal_kernel_within(shoal_type_code code);

/* n bins of equal width from low to high. Edge k is at `k * width + origin`, or off by at most
   `doubt` (negative: none is), and `(x - origin) * scale` tells the one that is nearest to x or, of
   an x between two, the other one. All are numbers of the elements' type. Or, where is_wide, edge k
   is `k * wide_width + wide_origin` in float64, rounded to that type, and none is in doubt. */
typedef struct shoal_equal_bins {
    double low, high, origin, scale, width, doubt;
    int32_t n;
    bool is_wide;
    double wide_origin, wide_width;
} shoal_equal_bins;
/* Which bin each of n elements is in, at most 65536; bins->n: it is not between low and high. Where
   that is in doubt it is negative: the positions of these go to near_edges, and their number is
   returned. There is room for a multiple of 64 bins, and for one more position than there are
   elements. */
typedef size_t (*shoal_bins_kernel)(const void *x, size_t n, const shoal_equal_bins *bins,
                                    int32_t *out, uint16_t *near_edges);
shoal_bins_kernel shoal_kernel_bins(shoal_type_code code); /* float32, float64; else NULL */

/* Counts bins: set[bin[k]] rises by one for each of n, in SHOAL_BIN_SETS sets of n_bins counters
   by turns, as neighbours tend to be alike and would wait for each other. One more than n is read.
 */
#define SHOAL_BIN_SETS 4
typedef void (*shoal_count_bins_kernel)(const int32_t *bin, size_t n, size_t n_bins, uint32_t *set);
void shoal_kernel_count_bins(const int32_t *bin, size_t n, size_t n_bins, uint32_t *set);

/* "baseline", "avx2" or "avx512": what is used in this process. */
const char *shoal_kernel_cpu(void);

#endif
