/* Objects of a file that is being written, by their paths.
   All with the HDF5 lock held. Included by store/hdf5_*.c alone. */
#ifndef SHOAL_STORE_HDF5_OBJECT_H
#define SHOAL_STORE_HDF5_OBJECT_H

#include "store/hdf5_library.h"
#include <shoal/shoal.h>

/* Checks a path for writing and makes it absolute ("x/y" means "/x/y"); malloc'd. SHOAL_USAGE for
   empty parts, "." and "..", and for names that are not UTF-8. `file` is for messages; needs no
   lock. */
shoal_status shoal_hdf5_object_path(const char *file, const char *path, char **out,
                                    shoal_error *err);

typedef enum shoal_hdf5_kind {
    SHOAL_HDF5_NOTHING,
    SHOAL_HDF5_GROUP,
    SHOAL_HDF5_DATASET,
    SHOAL_HDF5_OTHER,
} shoal_hdf5_kind;

/* What is at a checked path; a link that leads nowhere is SHOAL_HDF5_OTHER. */
shoal_hdf5_kind shoal_hdf5_object_kind(hid_t file_id, const char *path);

/* Makes the groups above a checked path. SHOAL_USAGE when one of them is something else. */
shoal_status shoal_hdf5_object_parents(hid_t file_id, const char *file, const char *path,
                                       shoal_error *err);

/* Makes one group, whose parent exists. */
shoal_status shoal_hdf5_group_make(hid_t file_id, const char *file, const char *path,
                                   shoal_error *err);

/* A link creation list for names in UTF-8, as h5py makes it. */
hid_t shoal_hdf5_link_plist(void);

#endif
