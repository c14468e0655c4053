/* The attributes of results, as xarray keeps them: those of the operands, without those that they
   disagree on. */
#ifndef SHOAL_COMPUTE_RESULT_ATTRIBUTES_H
#define SHOAL_COMPUTE_RESULT_ATTRIBUTES_H

#include "compute/graph.h"

typedef struct shoal_kept_attribute {
    const char *name, *type, *json; /* by which two are compared */
    int source;
} shoal_kept_attribute;

typedef struct shoal_kept_attributes {
    int n;
    const shoal_kept_attribute *attribute;
} shoal_kept_attributes;

/* Of each node of the graph, by id; in the graph's arena. */
shoal_status shoal_result_attributes(shoal_graph *graph, shoal_kept_attributes **out,
                                     shoal_error *err);

#endif
