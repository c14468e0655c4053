/* Do the numbers stored in two datasets mean the same? They do not where CF's attributes scale
   them, mark missing ones or count times otherwise: such are not put behind one another as they
   are. */
#ifndef SHOAL_COMPUTE_SAME_MEANING_H
#define SHOAL_COMPUTE_SAME_MEANING_H

#include "compute/array_source.h"

/* What is stored in `part`, and as the coordinate of its axis 0, beside `first`. Parts of no HDF5
   file mean nothing by themselves. SHOAL_USAGE names the attribute that differs. */
shoal_status shoal_same_meaning(const shoal_part *first, const shoal_part *part, shoal_error *err);

#endif
