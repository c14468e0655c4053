/* The type in which libhdf5 hands over elements. Included by store/hdf5_*.c alone. */
#ifndef SHOAL_STORE_HDF5_MEMORY_TYPE_H
#define SHOAL_STORE_HDF5_MEMORY_TYPE_H

#include <hdf5.h>
#include <shoal/shoal.h>

/* A new HDF5 type (close it) of the elements in memory for data of the type `stored`: text keeps
   the stored character set, as libhdf5 converts between none. */
hid_t shoal_hdf5_memory_type(shoal_type type, hid_t stored);

#endif
