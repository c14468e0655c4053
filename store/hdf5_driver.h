/* A file driver for libhdf5 over a descriptor that is open already, so that the file needs no
   name: libhdf5's own driver insists on one that resolves. It also lets a file that is to be
   thrown away close cleanly after a full disk, which libhdf5 cannot do by itself: closing would
   write again, fail again, and leave the library in disorder. With the HDF5 lock held. */
#ifndef SHOAL_STORE_HDF5_DRIVER_H
#define SHOAL_STORE_HDF5_DRIVER_H

#include "store/hdf5_library.h"
#include <stdbool.h>

typedef struct shoal_hdf5_target {
    int fd;
    bool discarded;   /* writes are dropped and said to be done */
    int system_error; /* errno of the first write that failed; such a file must not be committed */
    hid_t driver;     /* registered for this target alone; 0 while it is not */
} shoal_hdf5_target;

/* A new access property list for a file on `target`, which must outlive it. Negative on failure;
   close it with H5Pclose. Once for a target, whose other members are set. */
hid_t shoal_hdf5_driver_access(shoal_hdf5_target *target);

/* After the file was closed: libhdf5 still uses the driver while it drops its own hold on it. */
void shoal_hdf5_driver_release(shoal_hdf5_target *target);

#endif
