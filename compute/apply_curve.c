/* Numbers on a curve: of points joined by straight lines, and the modified Bessel function. */
#include "compute/apply.h"

#include <math.h>

/* How many of n rising numbers are at most x. */
static uint64_t rank_of(const double *of, uint64_t n, double x)
{
    uint64_t low = 0;
    while (low < n) {
        uint64_t middle = low + (n - low) / 2;
        if (of[middle] <= x)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* As numpy.interp has it, NaN and infinities among the points included. */
static double between(const double *x, const double *y, uint64_t j, double at)
{
    double slope = (y[j + 1] - y[j]) / (x[j + 1] - x[j]);
    double v = slope * (at - x[j]) + y[j];
    if (v != v) v = slope * (at - x[j + 1]) + y[j + 1];
    return v != v && y[j] == y[j + 1] ? y[j] : v;
}

void shoal_apply_interpolate(const shoal_apply *step, size_t n, const void *in, void *out)
{
    const double *at = in, *x = (const void *)step->table;
    uint64_t points = step->n_table;
    const double *y = x + points, *beyond = y + points;
    double *to = out;
    for (size_t i = 0; i < n; i++) {
        uint64_t j = rank_of(x, points, at[i]);
        if (at[i] != at[i]) /* NumPy's of one point is that one's */
            to[i] = points == 1 ? y[0] : at[i];
        else if (j == 0)
            to[i] = beyond[0];
        else if (j == points)
            to[i] = at[i] > x[points - 1] ? beyond[1] : y[points - 1];
        else
            to[i] = at[i] == x[j - 1] ? y[j - 1] : between(x, y, j - 1, at[i]);
    }
}

#define MOST_TERMS 56

/* The sum of (x * x / 4) ** k / k! ** 2, all of whose terms are positive; for x up to 30. */
static double bessel_near(const long double *inverse, double x)
{
    long double t = (long double)x * (long double)x / 4, sum = 1;
    int n = 14 + (int)(1.3 * x); /* those behind are below the precision */
    for (int k = n < MOST_TERMS ? n : MOST_TERMS; k > 0; k--) sum = 1 + sum * t * inverse[k];
    return (double)sum;
}

/* The asymptotic series without exp(x). */
static double bessel_far(double x)
{
    const long double two_pi = 6.28318530717958647692528676655900577L;
    long double term = 1, sum = 1;
    for (int k = 1; k < 40 && term > 1e-21L; k++) {
        long double odd = (long double)(2 * k - 1);
        term *= odd * odd / (8 * (long double)k * (long double)x);
        sum += term;
    }
    return (double)(sum / sqrtl(two_pi * (long double)x));
}

void shoal_apply_bessel(size_t n, const void *in, void *out)
{
    long double inverse[MOST_TERMS + 1] = {0};
    const double *x = in;
    double *to = out;
    for (int k = 1; k <= MOST_TERMS; k++) inverse[k] = 1 / ((long double)k * (long double)k);
    for (size_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            to[i] = x[i];
        else
            to[i] = x[i] > SHOAL_BESSEL_FAR ? bessel_far(x[i]) : bessel_near(inverse, x[i]);
    }
}
