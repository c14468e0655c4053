/* Blosc (filter 32001) for libhdf5 itself, on top of our coder: what libhdf5 reads and writes on
   its own (parts of chunks, layouts that we leave to it) needs no plugin. */
#ifndef SHOAL_STORE_HDF5_BLOSC_H
#define SHOAL_STORE_HDF5_BLOSC_H

/* Registers the filter; with the HDF5 lock held. A failure leaves libhdf5 to its plugins. */
void shoal_hdf5_blosc_register(void);

#endif
