/* What kind of object something in a file is. With the HDF5 lock held. */
#ifndef SHOAL_STORE_HDF5_KIND_H
#define SHOAL_STORE_HDF5_KIND_H

#include "store/file.h"
#include <hdf5.h>

/* in_table: whether the object's parent is a table. *info gets type, address and link count. */
shoal_status shoal_hdf5_kind(const shoal_file *file, const char *path, bool in_table,
                             shoal_object_kind *kind, H5O_info_t *info, shoal_error *err);

#endif
