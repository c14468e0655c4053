/* A reduction of two arrays: the mean of x weighted by w, over everything, along axes or by groups.
   shoal compiles this file when it is first used:

       shoal calc --kernel weighted_mean.c 'weighted_mean(t, cos(lat), axis=0)' \
           t=era5.nc:/t2m lat=lat.h5:/radians

   What is not a number, and its weight, is left out. */
#include <shoal/kernel.h>

typedef struct sums {
    double values, weights;
} sums;

static int init(const shoal_kernel_call *call, void *state)
{
    (void)call;
    *(sums *)state = (sums){0, 0};
    return 0;
}

static int step(const shoal_kernel_call *call, void *state, size_t n, const void *arrays)
{
    const void *const *all = arrays; /* as there are several */
    const double *x = all[0], *w = all[1];
    sums s = *(sums *)state;
    (void)call;
    for (size_t i = 0; i < n; i++) {
        int counts = x[i] == x[i];
        s.values += counts ? w[i] * x[i] : 0;
        s.weights += counts ? w[i] : 0;
    }
    *(sums *)state = s;
    return 0;
}

static int merge(const shoal_kernel_call *call, void *state, const void *behind)
{
    const sums *b = behind;
    (void)call;
    ((sums *)state)->values += b->values;
    ((sums *)state)->weights += b->weights;
    return 0;
}

static int finish(const shoal_kernel_call *call, const void *state, uint64_t n, void *result)
{
    const sums *s = state;
    (void)call;
    (void)n;
    *(double *)result = s->values / s->weights;
    return 0;
}

static const shoal_kernel_spec kernels[] = {
    {.name = "weighted_mean",
     .doc = "the mean of x weighted by w, without what is NaN",
     .kind = SHOAL_KERNEL_REDUCTION,
     .types = "float64, float64 -> float64",
     .arguments = "x, w",
     .state_bytes = sizeof(sums),
     .init = init,
     .step = step,
     .merge = merge,
     .finish = finish},
};
SHOAL_KERNELS(kernels);
