/* The coordinates of results that are no dimension scales, as xarray keeps them: those whose axes
   all stay, cut as the data were; an axis that an index removes leaves its own as a scalar. */
#ifndef SHOAL_COMPUTE_RESULT_COORDINATES_H
#define SHOAL_COMPUTE_RESULT_COORDINATES_H

#include "compute/coordinates.h"
#include "compute/graph.h"

/* Of each node of the graph, by id; in the graph's arena. */
shoal_status shoal_result_coordinates(shoal_graph *graph, shoal_coordinate_list **out,
                                      shoal_error *err);

#endif
