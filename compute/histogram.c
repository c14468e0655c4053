#include "compute/histogram.h"

#include "chunk/type.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {"auto", "fd", "sturges", "rice", "sqrt", NULL};

const char *const *shoal_bin_rule_names(void)
{
    return names;
}

bool shoal_bin_rule_find(const char *name, shoal_bin_rule *out)
{
    for (int k = 0; names[k]; k++) {
        if (strcmp(name, names[k]) != 0) continue;
        *out = (shoal_bin_rule)(k + SHOAL_BINS_AUTO);
        return true;
    }
    return false;
}

size_t shoal_histogram_bytes(uint64_t n_edges)
{
    return sizeof(shoal_histogram) + (size_t)n_edges * sizeof(double);
}

shoal_type_code shoal_bins_edge_type(const shoal_bins *bins)
{
    return shoal_code_kind(bins->type) == SHOAL_KIND_FLOAT ? bins->type : SHOAL_FLOAT64;
}

static double rounded(shoal_type_code type, double v)
{
    if (type == SHOAL_FLOAT32) return (double)(float)v;
    if (type == SHOAL_FLOAT16) return (double)shoal_half_to_float(shoal_double_to_half(v));
    return v;
}

double shoal_bins_rounded(const shoal_bins *bins, double value)
{
    return rounded(shoal_bins_edge_type(bins), value);
}

void shoal_bins_fill(const shoal_bins *bins, double low, double high, uint64_t n, double *edges)
{
    shoal_type_code type = shoal_bins_edge_type(bins);
    /* a range that is given is of Python's floats: made in float64, then cast */
    shoal_type_code work = bins->has_range ? SHOAL_FLOAT64 : type;
    double delta = rounded(work, high - low), divisor = rounded(work, (double)n);
    double step = rounded(work, delta / divisor);
    for (uint64_t k = 0; k <= n; k++) {
        double at = rounded(work, (double)k);
        if (step != 0)
            at = rounded(work, at * step);
        else
            at = rounded(work, rounded(work, at / divisor) * delta);
        edges[k] = rounded(type, rounded(work, at + low));
    }
    edges[n] = rounded(type, high);
}

/* The widths that the rules of numpy.histogram_bin_edges give; 0: no width. */
static double width_of(shoal_bin_rule rule, const shoal_bin_facts *f)
{
    double span = f->high - f->low, root = span / sqrt(f->n);
    double fd = 2.0 * f->iqr * pow(f->n, -1.0 / 3.0);
    double sturges = span / (log2(f->n) + 1.0);
    switch (rule) {
    case SHOAL_BINS_SQRT: return root;
    case SHOAL_BINS_STURGES: return sturges;
    case SHOAL_BINS_RICE: return span / (2.0 * pow(f->n, 1.0 / 3));
    case SHOAL_BINS_FD: return fd;
    default: return fmin(fmax(fd, root / 2), sturges);
    }
}

double shoal_bins_by_rule(const shoal_bins *bins, const shoal_bin_facts *facts, double low,
                          double high)
{
    double width = facts->n > 0 ? width_of(bins->rule, facts) : 0;
    bool whole = shoal_code_kind(bins->type) <= SHOAL_KIND_UINT && bins->type != SHOAL_BOOL;
    if (!(width > 0)) return 1;
    if (whole && width < 1) width = 1;
    double n = ceil((high - low) / width);
    return n < 1 ? 1 : n;
}
