/* Raw data of a dataset in files of their own, one behind another. */
#ifndef SHOAL_STORE_EXTERNAL_H
#define SHOAL_STORE_EXTERNAL_H

#include "store/metadata/storage.h"

typedef struct shoal_external shoal_external;

/* Finds the files, relative to HDF5_EXTFILE_PREFIX, the working folder or the HDF5 file's own.
   SHOAL_DATA when they cannot hold n_bytes. Files are opened when they are read. */
shoal_status shoal_external_open(const shoal_metadata *meta, const shoal_external_files *files,
                                 uint64_t n_bytes, shoal_external **out, shoal_error *err);
void shoal_external_free(shoal_external *external);

/* Reads n bytes from byte `offset` of the data; zeros where a file is shorter than its part. Any
   threads at once. SHOAL_SYSTEM naming the file when one is missing or fails. */
shoal_status shoal_external_read(const shoal_external *external, uint64_t offset, void *buffer,
                                 size_t n, shoal_error *err);

#endif
