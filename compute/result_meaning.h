/* What results mean, in the file that they go to: dimensions, coordinates, attributes. */
#ifndef SHOAL_COMPUTE_RESULT_MEANING_H
#define SHOAL_COMPUTE_RESULT_MEANING_H

#include "compute/plan.h"

/* Writes them beside the results of the plan, whose datasets exist. */
shoal_status shoal_result_meaning(shoal_plan *plan, shoal_writer *writer, shoal_error *err);

#endif
