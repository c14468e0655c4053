/* Elements of one type as elements of another, as HDF5 converts them: integers beyond the range end
   at its edge, fractions are cut off. */
#ifndef SHOAL_STORE_ELEMENT_CAST_H
#define SHOAL_STORE_ELEMENT_CAST_H

#include <shoal/shoal.h>

bool shoal_cast_is_needless(shoal_type from, shoal_type to); /* they are the same */
bool shoal_cast_is_possible(shoal_type from, shoal_type to);
/* n elements; only where it is possible and needed. */
void shoal_cast(shoal_type from, const void *src, shoal_type to, void *dst, size_t n);

#endif
