/* What the calls of users' kernels share; compute/call.h has what others know of them. */
#ifndef SHOAL_COMPUTE_CALL_USER_H
#define SHOAL_COMPUTE_CALL_USER_H

#include "compute/call.h"
#include "compute/pass_user.h"

/* The call's arguments and parameters at their places; keywords behind them. */
typedef struct shoal_user_call {
    const shoal_syntax *call;
    const shoal_user_kernel *kernel; /* the first of its name, then the one that fits */
    shoal_bound bound;
    int n_in, n_parameters; /* bound: arguments, parameters, keywords */
    double parameter[SHOAL_KERNEL_MAX_PARAMETERS];
} shoal_user_call;

/* The arguments at their places, and the parameters' values. keywords: what a call has beside both,
   ends with NULL. */
shoal_status shoal_user_call_bind(shoal_graph *graph, const char *const *keywords,
                                  shoal_user_call *call, shoal_error *err);
/* Of a call that is bound: keyword k; NULL where it is not given. */
const shoal_syntax *shoal_user_call_keyword(const shoal_user_call *call, int k);
/* The arrays, cast to what the kernel takes, which is chosen by their types. */
shoal_status shoal_user_call_arrays(shoal_graph *graph, shoal_user_call *call, shoal_node **args,
                                    shoal_error *err);
/* After that: the kernel with these parameters. */
shoal_status shoal_user_call_use(shoal_graph *graph, const shoal_user_call *call,
                                 const shoal_user_use **use, shoal_error *err);

/* ---- call_user_lines.c ---- */

/* Along one axis: a line is given whole, or each element with its neighbours. */
shoal_status shoal_call_user_lines(shoal_graph *graph, shoal_user_call *call, shoal_node **out,
                                   shoal_error *err);
shoal_status shoal_call_user_stencil(shoal_graph *graph, shoal_user_call *call, shoal_node **out,
                                     shoal_error *err);
/* Along two or three axes: the same of planes and boxes. */
shoal_status shoal_call_user_planes(shoal_graph *graph, shoal_user_call *call, shoal_node **out,
                                    shoal_error *err);
shoal_status shoal_call_user_box(shoal_graph *graph, shoal_user_call *call, shoal_node **out,
                                 shoal_error *err);

#endif
