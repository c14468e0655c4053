/* Histograms as NumPy defines them: the bins' edges, and their number by NumPy's rules. */
#ifndef SHOAL_COMPUTE_HISTOGRAM_H
#define SHOAL_COMPUTE_HISTOGRAM_H

#include <shoal/shoal.h>

#define SHOAL_MAX_BINS ((uint64_t)1 << 20) /* of a histogram in all */

typedef enum shoal_bin_rule {
    SHOAL_BINS_GIVEN, /* n_bins, or edges */
    SHOAL_BINS_AUTO,
    SHOAL_BINS_FD,
    SHOAL_BINS_STURGES,
    SHOAL_BINS_RICE,
    SHOAL_BINS_SQRT,
} shoal_bin_rule;

/* By NumPy's name; false when there is none. Names ends with NULL. */
bool shoal_bin_rule_find(const char *name, shoal_bin_rule *out);
const char *const *shoal_bin_rule_names(void);

/* One axis of bins. */
typedef struct shoal_bins {
    shoal_type_code type; /* of the elements: real */
    shoal_bin_rule rule;
    uint32_t has_edges, has_range; /* flags */
    uint64_t n;                    /* bins, where they are given */
    uint64_t first_edge;           /* with has_edges: where its n + 1 edges begin in `edges` */
    double range[2];
} shoal_bins;

typedef enum shoal_histogram_part {
    SHOAL_HISTOGRAM_COUNTS,
    SHOAL_HISTOGRAM_DENSITY,
    SHOAL_HISTOGRAM_EDGES,
} shoal_histogram_part;

/* Parameters of a node; compared by their bytes, so padding must be 0. */
typedef struct shoal_histogram {
    uint32_t rank; /* 1 or 2 arguments */
    shoal_histogram_part part;
    shoal_type_code edge_type;
    uint32_t has_weights;    /* flag: the last argument, of the same shape */
    shoal_type_code weights; /* theirs: real */
    shoal_type_code result;
    shoal_bins bins[2];
    uint64_t n_edges;
    double edges[]; /* those that are given */
} shoal_histogram;

size_t shoal_histogram_bytes(uint64_t n_edges);

/* NumPy's type for the edges of an axis. */
shoal_type_code shoal_bins_edge_type(const shoal_bins *bins);
/* A number in that type. */
double shoal_bins_rounded(const shoal_bins *bins, double value);

/* n + 1 edges from low to high, as NumPy's linspace makes them in the edges' type. */
void shoal_bins_fill(const shoal_bins *bins, double low, double high, uint64_t n, double *edges);

/* What the rules go by. */
typedef struct shoal_bin_facts {
    double n, low, high, iqr;
} shoal_bin_facts;

/* The number of bins by a rule, at least 1. */
double shoal_bins_by_rule(const shoal_bins *bins, const shoal_bin_facts *facts, double low,
                          double high);

#endif
