/* Kernels that fail where an element is -1, in the way that the parameter `how` says, for
   test_wrong_kernels.py. */
#define _GNU_SOURCE
#include <shoal/kernel.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static int overrun(volatile char *above)
{
    volatile char here[4096];
    here[0] = above[0];
    return overrun(here) + here[0];
}

static int fail(const shoal_kernel_call *call, int how)
{
    volatile int zero = 0, hundred = 100;
    volatile char some = 0;
    switch (how) {
    case 0: strcpy(call->message, "there is a -1"); return 1;
    case 1: return 7;
    case 2: *(volatile int *)(uintptr_t)8 = 1; return 0;
    case 3: return hundred / zero;
    case 4: __builtin_trap();
    case 5:
        return *(volatile int *)mmap(NULL, 4096, PROT_READ, MAP_SHARED, memfd_create("empty", 0),
                                     0);
    case 6: return overrun(&some);
    case 7: memset(call->message, 'x', call->message_bytes); return 1;
    case 8: strcpy(call->message, "two\nlines\x1b[31m\xff"); return 1;
    case 9: exit(0);
    default: return 0;
    }
}

static int how_of(const shoal_kernel_call *call)
{
    return (int)call->parameters[0];
}

static int scan(const shoal_kernel_call *call, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] == -1) return fail(call, how_of(call));
    return 0;
}

static int elements(const shoal_kernel_call *call, size_t n, const void *const *in,
                    void *const *out)
{
    memcpy(out[0], in[0], n * sizeof(double));
    return scan(call, n, in[0]);
}

/* `where` is the function of a reduction that fails. */
enum { INIT = 1, STEP, MERGE, FINISH };

static int fails_in(const shoal_kernel_call *call, int where)
{
    return call->parameters[1] == where ? fail(call, how_of(call)) : 0;
}

static int init(const shoal_kernel_call *call, void *state)
{
    *(double *)state = 0;
    return fails_in(call, INIT);
}

static int step(const shoal_kernel_call *call, void *state, size_t n, const void *x)
{
    for (size_t i = 0; i < n; i++) *(double *)state += ((const double *)x)[i];
    return call->parameters[1] == STEP ? scan(call, n, x) : 0;
}

static int merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    *(double *)state += *(const double *)behind;
    return fails_in(call, MERGE);
}

static int finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    (void)n;
    *(double *)result = *(const double *)state;
    return fails_in(call, FINISH);
}

static int line(const shoal_kernel_call *call, uint64_t n, const void *x, uint64_t n_out, void *out)
{
    memcpy(out, x, (n < n_out ? n : n_out) * sizeof(double));
    return scan(call, n, x);
}

static int stencil(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    memcpy(out, x, n * sizeof(double));
    return scan(call, n, x);
}

static uint64_t length(void *user, const double *parameters, uint64_t n)
{
    (void)user;
    (void)n;
    return parameters[0] < 0 ? *(volatile uint64_t *)(uintptr_t)8 : (uint64_t)parameters[0];
}

static void halo(void *user, const double *parameters, uint64_t *before, uint64_t *after)
{
    (void)user;
    *after = 1;
    *before = parameters[0] < 0 ? *(volatile uint64_t *)(uintptr_t)8 : (uint64_t)parameters[0];
}

static size_t scratch(void *user, const double *parameters, uint64_t n)
{
    (void)user;
    (void)n;
    return parameters[0] < 0 ? *(volatile size_t *)(uintptr_t)8 : (size_t)parameters[0];
}

static const shoal_kernel_parameter parameters[] = {
    {.name = "how", .value = 99, .is_whole = 1},
    {.name = "where", .value = STEP, .is_whole = 1},
    {.name = "needed", .is_needed = 1},
};
#define ALL .types = "float64 -> float64", .parameters = parameters
static int plane(const shoal_kernel_call *call, uint64_t n, const void *x, void *out)
{
    for (uint64_t i = 0; i < n; i++)
        ((double *)out)[i] = ((const double *)x)[(int64_t)i - call->strides[0]];
    return scan(call, (size_t)n, x);
}

static void all_around(void *user, const double *parameters, uint64_t *before, uint64_t *after)
{
    (void)user;
    if (parameters[0] < 0) *(volatile int *)(uintptr_t)8 = 1;
    for (int k = 0; k < 2; k++) before[k] = after[k] = (uint64_t)parameters[0];
}

static const shoal_kernel_spec kernels[] = {
    {.name = "elements",
     .kind = SHOAL_KERNEL_ELEMENTS,
     ALL,
     .n_parameters = 1,
     .elements = elements},
    {.name = "reduction",
     .kind = SHOAL_KERNEL_REDUCTION,
     ALL,
     .n_parameters = 2,
     .init = init,
     .step = step,
     .merge = merge,
     .finish = finish,
     .state_bytes = sizeof(double)},
    {.name = "plane",
     .kind = SHOAL_KERNEL_STENCIL_2D,
     ALL,
     .n_parameters = 1,
     .stencil = plane,
     .before = 1,
     .after = 1},
    {.name = "whole_plane", .kind = SHOAL_KERNEL_LINES_2D, ALL, .n_parameters = 1, .line = line},
    {.name = "tall_plane",
     .kind = SHOAL_KERNEL_LINES_2D,
     ALL,
     .n_parameters = 1,
     .line = line,
     .length = length},
    {.name = "wide_plane",
     .kind = SHOAL_KERNEL_STENCIL_2D,
     ALL,
     .n_parameters = 1,
     .stencil = plane,
     .halo = all_around},
    {.name = "large",
     .kind = SHOAL_KERNEL_REDUCTION,
     ALL,
     .n_parameters = 2,
     .init = init,
     .step = step,
     .merge = merge,
     .finish = finish,
     .state_bytes = SHOAL_KERNEL_MAX_STATE},
    {.name = "line", .kind = SHOAL_KERNEL_LINES, ALL, .n_parameters = 1, .line = line},
    {.name = "stencil", .kind = SHOAL_KERNEL_STENCIL, ALL, .n_parameters = 1, .stencil = stencil},
    {.name = "lengthy",
     .kind = SHOAL_KERNEL_LINES,
     ALL,
     .n_parameters = 1,
     .line = line,
     .length = length},
    {.name = "wide",
     .kind = SHOAL_KERNEL_STENCIL,
     ALL,
     .n_parameters = 1,
     .stencil = stencil,
     .halo = halo},
    {.name = "hungry",
     .kind = SHOAL_KERNEL_ELEMENTS,
     ALL,
     .n_parameters = 1,
     .elements = elements,
     .scratch = scratch},
    {.name = "needy", .kind = SHOAL_KERNEL_ELEMENTS, ALL, .n_parameters = 3, .elements = elements},
    {.name = "two", .kind = SHOAL_KERNEL_ELEMENTS, .types = "f8 -> f8, f8", .elements = elements},
};
SHOAL_KERNELS(kernels);
