/* Loading libhdf5 when it is first needed. */
#ifndef SHOAL_STORE_HDF5_LOAD_H
#define SHOAL_STORE_HDF5_LOAD_H

#include <shoal/shoal.h>

/* Loads libhdf5, once for the process; SHOAL_SYSTEM when it is not there or another version than
   the headers. From any thread, and before any other use of it: by what opens a writer or looks
   for plugins. */
shoal_status shoal_hdf5_load(shoal_error *err);

#endif
