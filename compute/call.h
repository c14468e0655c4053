/* Functions of the expression language. One is called with its syntax, checks its arguments, and
   adds the nodes that compute it. */
#ifndef SHOAL_COMPUTE_CALL_H
#define SHOAL_COMPUTE_CALL_H

#include "compute/graph.h"

#define SHOAL_MAX_ARGUMENTS 8

typedef shoal_status (*shoal_call)(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                   shoal_error *err);

/* A call's arguments with keywords put to their places: slot[k] is parameter k, or NULL. */
typedef struct shoal_bound {
    const shoal_syntax *slot[SHOAL_MAX_ARGUMENTS];
} shoal_bound;

/* parameters ends with NULL; the first n_required must be given. */
shoal_status shoal_call_bind(const shoal_syntax *call, const char *const *parameters,
                             int n_required, shoal_bound *out, shoal_error *err);

/* An argument as what it must be; `what` is its name for people. */
shoal_status shoal_call_number(shoal_graph *graph, const shoal_syntax *s, const char *what,
                               shoal_node **out, shoal_error *err);
/* An axis of `rank`, counted from the front. */
shoal_status shoal_call_axis(shoal_graph *graph, const shoal_syntax *s, int rank, int *axis,
                             shoal_error *err);
/* axis=: one, several or None for all; bit k set: axis k. scalar_axis: a scalar has an axis 0. */
shoal_status shoal_call_axes(shoal_graph *graph, const shoal_syntax *s, const shoal_node *x,
                             bool scalar_axis, uint32_t *axes, shoal_error *err);
shoal_status shoal_call_type(const shoal_syntax *s, shoal_type_code *out, shoal_error *err);
/* False where s is NULL. */
shoal_status shoal_call_flag(shoal_graph *graph, const shoal_syntax *s, bool *out,
                             shoal_error *err);
/* NULL, or None. */
bool shoal_call_is_none(const shoal_syntax *s);

shoal_status shoal_call_reduction(shoal_graph *graph, const shoal_syntax *call, shoal_op op,
                                  shoal_node **out, shoal_error *err);
/* median, quantile, percentile and their nan forms. */
shoal_status shoal_call_order(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                              shoal_error *err);
/* call_histogram.c */
shoal_status shoal_call_histogram(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                  shoal_error *err);
shoal_status shoal_call_unique(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                               shoal_error *err);
shoal_status shoal_call_bincount(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err);
shoal_status shoal_call_digitize(shoal_graph *graph, const shoal_syntax *call, shoal_node **out,
                                 shoal_error *err);
/* column == "text": against categories the literal is its code; fixed text has a kernel. */
shoal_status shoal_call_text_compare(shoal_graph *graph, const shoal_syntax *call, shoal_node *x,
                                     const char *text, shoal_node **out, shoal_error *err);

#endif
