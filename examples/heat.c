/* A stencil over two axes: one step of the heat equation, each element from itself and the four
   around it. shoal compiles this file when it is first used:

       shoal calc --kernel heat.c 'heat(t, rate=0.2, mode="nearest")' t=plate.h5:/t -o next.h5:/t
*/
#include <shoal/kernel.h>

static int heat(const shoal_kernel_call *call, uint64_t n, const void *in, void *out)
{
    const double *x = in, *above = x - call->strides[0], *below = x + call->strides[0];
    double *y = out, rate = call->parameters[0];
    for (int64_t i = 0; i < (int64_t)n; i++) {
        double around = above[i] + below[i] + x[i - 1] + x[i + 1];
        y[i] = x[i] + rate * (around - 4 * x[i]);
    }
    return 0;
}

static const shoal_kernel_parameter parameters[] = {{.name = "rate", .value = 0.25}};

static const shoal_kernel_spec kernels[] = {
    {.name = "heat",
     .doc = "a step of the heat equation",
     .kind = SHOAL_KERNEL_STENCIL_2D,
     .types = "float64 -> float64",
     .parameters = parameters,
     .n_parameters = 1,
     .before = 1,
     .after = 1,
     .stencil = heat},
};
SHOAL_KERNELS(kernels);
