#include "compute/kernel_set.h"

#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

#define SET(isa)                                                                           \
    {                                                                                      \
        shoal_element_##isa, shoal_math_##isa, shoal_cast_##isa, shoal_reduction_##isa,    \
            shoal_exact_reduction_##isa, shoal_text_equal_##isa, shoal_range_##isa,        \
            shoal_keys_##isa, shoal_within_##isa, shoal_bins_##isa, shoal_count_bins_##isa \
    }
static const shoal_kernel_set sets[] = {SET(baseline), SET(avx2), SET(avx512)};
static const char *const set_names[] = {"baseline", "avx2", "avx512"};

/* What the avx2 set is compiled for, x86-64-v3, beyond what __builtin_cpu_supports tells. */
static bool has_haswell(void)
{
    unsigned a, b, c, d;
    const unsigned needed = bit_F16C | bit_MOVBE | bit_FMA | bit_OSXSAVE;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & needed) != needed) return false;
    if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || !(c & bit_LZCNT)) return false;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}

/* The greatest set that this processor and its system can run. */
static int best_set(void)
{
    __builtin_cpu_init();
    if (!has_haswell()) return 0;
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
    return avx512 ? 2 : 1;
}

/* SHOAL_CPU forces a lower set; a higher one or an unknown name is ignored. */
static int choose_set(void)
{
    int best = best_set();
    const char *forced = getenv("SHOAL_CPU");
    for (int k = 0; forced && k < best; k++) {
        if (strcmp(forced, set_names[k]) == 0) return k;
    }
    return best;
}

/* The choice, plus 1, once made: every thread would choose the same, so a race does no harm. */
static int chosen;

static int current_set(void)
{
    int k = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (k == 0) {
        k = choose_set() + 1;
        __atomic_store_n(&chosen, k, __ATOMIC_RELAXED);
    }
    return k - 1;
}

const char *shoal_kernel_cpu(void)
{
    return set_names[current_set()];
}

shoal_kernel shoal_kernel_element(shoal_op op, shoal_type_code loop)
{
    const shoal_kernel_set *set = &sets[current_set()];
    shoal_kernel kernel = set->element(op, loop);
    return kernel ? kernel : set->math(op, loop);
}

shoal_kernel shoal_kernel_cast(shoal_type_code from, shoal_type_code to)
{
    return sets[current_set()].cast(from, to);
}

const shoal_reduction *shoal_kernel_reduction(shoal_op op, shoal_type_code loop)
{
    return sets[current_set()].reduction(op, loop);
}

const shoal_reduction *shoal_kernel_exact_reduction(shoal_op op, shoal_type_code loop,
                                                    shoal_exact_kind kind)
{
    return sets[current_set()].exact_reduction(op, loop, kind);
}

shoal_exact_kind shoal_kernel_exact_kind(shoal_op op)
{
    bool skips = op == SHOAL_OP_NANSUM || op == SHOAL_OP_NANMEAN || op == SHOAL_OP_NANVAR ||
                 op == SHOAL_OP_NANSTD;
    bool squares =
        op == SHOAL_OP_VAR || op == SHOAL_OP_STD || op == SHOAL_OP_NANVAR || op == SHOAL_OP_NANSTD;
    return (shoal_exact_kind){skips, squares};
}

shoal_range_kernel shoal_kernel_range(shoal_type_code code)
{
    return sets[current_set()].range(code);
}

shoal_keys_kernel shoal_kernel_keys(shoal_type_code code)
{
    return sets[current_set()].keys(code);
}

shoal_within_kernel shoal_kernel_within(shoal_type_code code)
{
    return sets[current_set()].within(code);
}

shoal_bins_kernel shoal_kernel_bins(shoal_type_code code)
{
    return sets[current_set()].bins(code);
}

void shoal_kernel_count_bins(const int32_t *bin, size_t n, size_t n_bins, uint32_t *set)
{
    sets[current_set()].count_bins(bin, n, n_bins, set);
}

void shoal_kernel_text_equal(size_t n, const void *in, size_t n_bytes, const void *literal,
                             uint8_t *out)
{
    sets[current_set()].text_equal(n, in, n_bytes, literal, out);
}
