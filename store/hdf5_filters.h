/* Our filters for libhdf5 itself, where it lacks them: what libhdf5 reads and writes on its own
   (parts of chunks, layouts that we leave to it) needs no plugins. */
#ifndef SHOAL_STORE_HDF5_FILTERS_H
#define SHOAL_STORE_HDF5_FILTERS_H

/* Registers the filters; with the HDF5 lock held. A failure leaves libhdf5 to its plugins. */
void shoal_hdf5_filters_register(void);

#endif
