/* The labels of an axis of a result that groups have made, as far as the axis goes. */
#ifndef SHOAL_COMPUTE_AXIS_LABELS_H
#define SHOAL_COMPUTE_AXIS_LABELS_H

#include "compute/graph.h"

/* Of axis k of a node whose origin has labels: n is the axis's extent. The values are the groups'
   own, or in the arena. */
shoal_status shoal_labels_of(const shoal_node *node, int k, shoal_arena *arena,
                             shoal_axis_labels *out, shoal_error *err);

#endif
