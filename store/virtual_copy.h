/* Copies what a selection of one dataset gives to a selection of another. */
#ifndef SHOAL_STORE_VIRTUAL_COPY_H
#define SHOAL_STORE_VIRTUAL_COPY_H

#include "store/dataset.h"
#include "store/selection.h"

/* Both selections are bound to their datasets' shapes. The k-th element of `from` is the k-th of
   `to`; of those, the ones in a region of steps 1 of the target are put into dst, which has the
   region in C order in the target's type. Elements that the source's shape does not reach are left
   as they are. SHOAL_DATA when the types do not go together. */
shoal_status shoal_virtual_copy(shoal_dataset *source, const shoal_selection *from,
                                const shoal_dataset *target, const shoal_selection *to,
                                const shoal_region *region, void *dst, shoal_error *err);

#endif
