/* A kernel of one's own: the value of a European call option by Black and Scholes, for arrays of
   any size. shoal compiles this file when it is first used:

       shoal calc --kernel black_scholes.c 'mean(black_scholes(s, k, t, volatility=0.3))' \
           s=options.h5:/spot k=options.h5:/strike t=options.h5:/years
*/
#include <shoal/kernel.h>

#include <math.h>
#include <stdio.h>

static double normal(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static int value(const shoal_kernel_call *call, size_t n, const void *const *in, void *const *out)
{
    const double *spot = in[0], *strike = in[1], *years = in[2];
    double *result = out[0], rate = call->parameters[0], volatility = call->parameters[1];
    if (!(volatility > 0)) {
        snprintf(call->message, call->message_bytes, "a volatility of %g", volatility);
        return 1;
    }
    for (size_t i = 0; i < n; i++) {
        double spread = volatility * sqrt(years[i]);
        double d1 = (log(spot[i] / strike[i]) + rate * years[i]) / spread + spread / 2;
        result[i] = spot[i] * normal(d1) - strike[i] * exp(-rate * years[i]) * normal(d1 - spread);
    }
    return 0;
}

static const shoal_kernel_parameter parameters[] = {{.name = "rate", .value = 0.02},
                                                    {.name = "volatility", .value = 0.2}};
static const shoal_kernel_spec kernels[] = {
    {.name = "black_scholes",
     .doc = "the value of a European call option",
     .kind = SHOAL_KERNEL_ELEMENTS,
     .types = "float64, float64, float64 -> float64",
     .arguments = "spot, strike, years",
     .parameters = parameters,
     .n_parameters = 2,
     .elements = value},
};
SHOAL_KERNELS(kernels);
