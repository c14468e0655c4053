#include "compute/quantile.h"

#include "chunk/type.h"
#include "compute/kernel.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
    NULL,
};

const char *const *shoal_quantile_method_names(void)
{
    return names;
}

bool shoal_quantile_method_find(const char *name, shoal_quantile_method *out)
{
    for (int k = 0; names[k]; k++) {
        if (strcmp(name, names[k]) != 0) continue;
        *out = (shoal_quantile_method)(k + SHOAL_QUANTILE_INVERTED_CDF);
        return true;
    }
    return false;
}

size_t shoal_quantiles_bytes(uint64_t n)
{
    return sizeof(shoal_quantiles) + (size_t)n * sizeof(double);
}

/* Is the quantile always one of the elements? */
static bool is_discrete(const shoal_quantiles *p)
{
    switch (p->method) {
    case SHOAL_QUANTILE_INVERTED_CDF:
    case SHOAL_QUANTILE_CLOSEST_OBSERVATION:
    case SHOAL_QUANTILE_LOWER:
    case SHOAL_QUANTILE_HIGHER:
    case SHOAL_QUANTILE_NEAREST: return true;
    case SHOAL_QUANTILE_LINEAR: return p->whole;
    default: return false;
    }
}

shoal_type_code shoal_quantile_result(const shoal_quantiles *quantiles)
{
    shoal_type_code type = quantiles->type;
    if (quantiles->method != SHOAL_QUANTILE_MEDIAN && is_discrete(quantiles)) return type;
    bool keeps = quantiles->method == SHOAL_QUANTILE_MEDIAN || quantiles->weak;
    return keeps && shoal_code_kind(type) == SHOAL_KIND_FLOAT ? type : SHOAL_FLOAT64;
}

/* Hyndman and Fan's position, from 0, for their parameters alpha and beta. */
static double between(double n, double q, double alpha, double beta)
{
    return n * q + (alpha + q * (1 - alpha - beta)) - 1;
}

static double position_of(const shoal_quantiles *p, double q, double n)
{
    switch (p->method) {
    case SHOAL_QUANTILE_INVERTED_CDF:
    case SHOAL_QUANTILE_AVERAGED_INVERTED_CDF: return n * q - 1;
    case SHOAL_QUANTILE_CLOSEST_OBSERVATION: return n * q - 1 - 0.5;
    case SHOAL_QUANTILE_INTERPOLATED_INVERTED_CDF: return between(n, q, 0, 1);
    case SHOAL_QUANTILE_HAZEN: return between(n, q, 0.5, 0.5);
    case SHOAL_QUANTILE_WEIBULL: return between(n, q, 0, 0);
    case SHOAL_QUANTILE_MEDIAN_UNBIASED: return between(n, q, 1 / 3.0, 1 / 3.0);
    case SHOAL_QUANTILE_NORMAL_UNBIASED: return between(n, q, 3 / 8.0, 3 / 8.0);
    case SHOAL_QUANTILE_MIDPOINT: return 0.5 * (floor((n - 1) * q) + ceil((n - 1) * q));
    case SHOAL_QUANTILE_MEDIAN:
    case SHOAL_QUANTILE_LOWER:
    case SHOAL_QUANTILE_HIGHER:
    case SHOAL_QUANTILE_NEAREST:
    case SHOAL_QUANTILE_LINEAR: break;
    }
    return (n - 1) * q;
}

/* The rank of a quantile that is one of the elements. */
static double rank_of(const shoal_quantiles *p, double at)
{
    double low = floor(at);
    switch (p->method) {
    case SHOAL_QUANTILE_INVERTED_CDF: return at == low ? low : low + 1;
    case SHOAL_QUANTILE_CLOSEST_OBSERVATION: return at == low && fmod(low, 2) != 0 ? low : low + 1;
    case SHOAL_QUANTILE_HIGHER: return ceil(at);
    case SHOAL_QUANTILE_NEAREST: return nearbyint(at);
    default: return low;
    }
}

void shoal_quantile_ranks(const shoal_quantiles *quantiles, uint64_t k, uint64_t n, uint64_t *low,
                          uint64_t *high)
{
    if (quantiles->method == SHOAL_QUANTILE_MEDIAN) {
        *low = (n - 1) / 2;
        *high = n / 2;
        return;
    }
    double at = position_of(quantiles, quantiles->q[k], (double)n);
    bool one = is_discrete(quantiles);
    double rank = one ? rank_of(quantiles, at) : floor(at);
    *low = rank <= 0 ? 0 : rank >= (double)(n - 1) ? n - 1 : (uint64_t)rank;
    *high = *low;
    if (!one && at >= 0 && *low + 1 < n) ++*high;
}

/* How far between its two ranks, as NumPy's gamma. */
static double weight_of(const shoal_quantiles *p, double q, uint64_t n, uint64_t low)
{
    double at = position_of(p, q, (double)n), gamma = at - (double)low;
    if (at >= (double)(n - 1)) gamma = at + 1; /* NumPy counts these from the end: rank -1 */
    switch (p->method) {
    case SHOAL_QUANTILE_AVERAGED_INVERTED_CDF: return gamma == 0 ? 0.5 : 1;
    case SHOAL_QUANTILE_MIDPOINT: return fmod(at, 1) == 0 ? 0 : 0.5;
    default: return gamma;
    }
}

static double to_double(shoal_type_code type, const void *x)
{
    double v;
    const void *in[1] = {x};
    if (type == SHOAL_FLOAT64)
        memcpy(&v, x, sizeof v);
    else
        shoal_kernel_cast(type, SHOAL_FLOAT64)(1, in, &v);
    return v;
}

static void from_double(shoal_type_code type, double v, void *out)
{
    const void *in[1] = {&v};
    if (type == SHOAL_FLOAT64)
        memcpy(out, &v, sizeof v);
    else
        shoal_kernel_cast(SHOAL_FLOAT64, type)(1, in, out);
}

static double half(double v)
{
    return (double)shoal_half_to_float(shoal_double_to_half(v));
}

static double median_of(shoal_type_code type, uint64_t n, double a, double b)
{
    if (n % 2) return a;
    if (type == SHOAL_FLOAT32) return (double)(((float)a + (float)b) / 2);
    return (a + b) / 2;
}

/* Every step is rounded to the type that NumPy does it in: that of the elements where q is one
   number; else only their difference is. */
static double lerp(const shoal_quantiles *p, double a, double b, double difference, double t)
{
    if (p->type == SHOAL_FLOAT32 && p->weak) {
        float fa = (float)a, fb = (float)b, ft = (float)t;
        float between = fb - fa;
        return (double)(t >= 0.5 ? fb - between * (float)(1 - t) : fa + between * ft);
    }
    if (p->type == SHOAL_FLOAT32) difference = (double)(float)difference;
    if (p->type == SHOAL_FLOAT16) difference = half(difference);
    if (p->type == SHOAL_FLOAT16 && p->weak)
        return t >= 0.5 ? b - half(difference * half(1 - t)) : a + half(difference * half(t));
    return t >= 0.5 ? b - difference * (1 - t) : a + difference * t;
}

/* b - a; of wide integers before they are rounded. */
static double difference_of(shoal_type_code type, const void *low, const void *high, double a,
                            double b)
{
    uint64_t x, y;
    if (type != SHOAL_INT64 && type != SHOAL_UINT64) return b - a;
    memcpy(&x, low, sizeof x);
    memcpy(&y, high, sizeof y);
    return (double)(y - x);
}

void shoal_quantile_between(const shoal_quantiles *quantiles, uint64_t k, uint64_t n,
                            const void *low, const void *high, void *out)
{
    const shoal_quantiles *p = quantiles;
    if (p->method != SHOAL_QUANTILE_MEDIAN && is_discrete(p)) {
        memcpy(out, low, shoal_code_size(p->type));
        return;
    }
    double a = to_double(p->type, low), b = to_double(p->type, high);
    if (p->method == SHOAL_QUANTILE_MEDIAN) {
        from_double(p->result, median_of(p->type, n, a, b), out);
        return;
    }
    uint64_t from, to;
    shoal_quantile_ranks(p, k, n, &from, &to);
    double difference = difference_of(p->type, low, high, a, b);
    from_double(p->result, lerp(p, a, b, difference, weight_of(p, p->q[k], n, from)), out);
}

void shoal_quantile_missing(const shoal_quantiles *quantiles, void *out)
{
    from_double(quantiles->result, NAN, out);
}
