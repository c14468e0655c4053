/* HDF5 datatypes <-> the type table; filter pipelines <-> creation property lists.
   All with the HDF5 lock held. Included by store/hdf5_*.c alone. */
#ifndef SHOAL_STORE_HDF5_TYPE_H
#define SHOAL_STORE_HDF5_TYPE_H

#include "chunk/filter.h"
#include "chunk/type.h"
#include "store/hdf5_library.h"

/* A new HDF5 type (close it) in little-endian file order, as h5py writes it: float16 as
   IEEE half, bool as its enum FALSE/TRUE over int8, complex as a compound of r and i, text as
   NUL-padded UTF-8. Native order (for memory) is the same on the machines we run on; big-endian
   hosts are refused at configure time. */
hid_t shoal_hdf5_type_make(shoal_type type);

/* What an HDF5 type is. False when it is not one of the table's (then `why` says what it is, for
   people). `stored` is for people in both cases: "float32", "int16 big-endian", "text(12)". */
bool shoal_hdf5_type_read(hid_t type, shoal_type *out, bool *big_endian, char stored[64],
                          char why[256]);

/* Writes the pipeline into a creation property list, and reads it from one. */
shoal_status shoal_hdf5_pipeline_set(hid_t plist, const shoal_pipeline *pipeline, shoal_error *err);
shoal_status shoal_hdf5_pipeline_get(hid_t plist, shoal_pipeline *out, shoal_error *err);

#endif
