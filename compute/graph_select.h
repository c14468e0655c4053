/* The parts of a subscript that go by coordinate value: t[lat=40:60, time="2001"]. */
#ifndef SHOAL_COMPUTE_GRAPH_SELECT_H
#define SHOAL_COMPUTE_GRAPH_SELECT_H

#include "compute/graph.h"

/* Which axis of the node the part names, and which of the indices `within` of that axis it wants,
   counted in those; *drops: the axis goes. */
shoal_status shoal_graph_select_axis(shoal_graph *graph, const shoal_syntax *part,
                                     const shoal_node *node, int *axis, shoal_error *err);
shoal_status shoal_graph_select(shoal_graph *graph, const shoal_syntax *part,
                                const shoal_node *node, int axis, const shoal_range *within,
                                shoal_range *out, bool *drops, shoal_error *err);

#endif
