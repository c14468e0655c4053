/* One instruction set's kernels. The kernels_*.c files are compiled once per instruction set with
   SHOAL_ISA set to its name; each compilation gives one set of these tables. */
#ifndef SHOAL_COMPUTE_KERNEL_SET_H
#define SHOAL_COMPUTE_KERNEL_SET_H

#include "compute/kernel.h"

typedef void (*shoal_text_kernel)(size_t n, const void *in, size_t n_bytes, const void *literal,
                                  uint8_t *out);

/* Lookup functions give NULL where there is no kernel. */
typedef struct shoal_kernel_set {
    shoal_kernel (*element)(shoal_op op, shoal_type_code loop); /* arithmetic, logic, choosing */
    shoal_kernel (*math)(shoal_op op, shoal_type_code loop);    /* elementary functions */
    shoal_kernel (*cast)(shoal_type_code from, shoal_type_code to);
    const shoal_reduction *(*reduction)(shoal_op op, shoal_type_code loop);
    const shoal_reduction *(*exact_reduction)(shoal_op op, shoal_type_code loop,
                                              shoal_exact_kind kind);
    shoal_text_kernel text_equal;
    shoal_range_kernel (*range)(shoal_type_code code);
    shoal_keys_kernel (*keys)(shoal_type_code code);
    shoal_within_kernel (*within)(shoal_type_code code);
    shoal_bins_kernel (*bins)(shoal_type_code code);
    shoal_count_bins_kernel count_bins;
} shoal_kernel_set;

#define SHOAL_DECLARE_KERNELS(isa)                                                             \
    shoal_kernel shoal_element_##isa(shoal_op op, shoal_type_code loop);                       \
    shoal_kernel shoal_math_##isa(shoal_op op, shoal_type_code loop);                          \
    shoal_kernel shoal_cast_##isa(shoal_type_code from, shoal_type_code to);                   \
    const shoal_reduction *shoal_reduction_##isa(shoal_op op, shoal_type_code loop);           \
    const shoal_reduction *shoal_exact_reduction_##isa(shoal_op op, shoal_type_code loop,      \
                                                       shoal_exact_kind kind);                 \
    void shoal_text_equal_##isa(size_t n, const void *in, size_t n_bytes, const void *literal, \
                                uint8_t *out);                                                 \
    shoal_range_kernel shoal_range_##isa(shoal_type_code code);                                \
    shoal_keys_kernel shoal_keys_##isa(shoal_type_code code);                                  \
    shoal_within_kernel shoal_within_##isa(shoal_type_code code);                              \
    shoal_bins_kernel shoal_bins_##isa(shoal_type_code code);                                  \
    void shoal_count_bins_##isa(const int32_t *bin, size_t n, size_t n_bins, uint32_t *set);

SHOAL_DECLARE_KERNELS(baseline)
SHOAL_DECLARE_KERNELS(avx2)
SHOAL_DECLARE_KERNELS(avx512)

#endif
