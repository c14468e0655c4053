/* What a value of a program can be over a box, from what its inputs can be: the numbers between two
   bounds, and NaN. Bounds are sound for every rounding of the kernels; what is not worked out is
   everything that the type has. */
#ifndef SHOAL_COMPUTE_INTERVAL_H
#define SHOAL_COMPUTE_INTERVAL_H

#include "compute/graph.h"

/* Holds every int64 and uint64. */
__extension__ typedef __int128 shoal_wide_int;

typedef struct shoal_interval {
    bool is_float;    /* which of the bounds count; others are bool and integers */
    bool none;        /* no number at all: all NaN, or nothing is known of a type without order */
    bool nan;         /* NaN may be among them */
    double low, high; /* floats: -0.0 and 0.0 are not told apart */
    shoal_wide_int least, greatest;
} shoal_interval;

/* All that a real type has; complex, text and records: `nan`, and unordered. */
shoal_interval shoal_interval_all(shoal_type_code type);
/* One element. */
shoal_interval shoal_interval_of(shoal_type_code type, const void *element);
/* Both together. */
shoal_interval shoal_interval_join(shoal_interval a, shoal_interval b);

/* The result of a node (ELEMENT or CAST) from those of its arguments. */
shoal_interval shoal_interval_apply(const shoal_node *node, const shoal_interval *arg);

/* A bool that is the same everywhere. */
bool shoal_interval_decides(const shoal_node *node, const shoal_interval *x, bool *value);

#endif
