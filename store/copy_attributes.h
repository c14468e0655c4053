/* Copying what describes a dataset from a file that is read to one that is written. */
#ifndef SHOAL_STORE_COPY_ATTRIBUTES_H
#define SHOAL_STORE_COPY_ATTRIBUTES_H

#include "store/file.h"
#include "store/writer.h"

/* Copies the attributes of a dataset of an HDF5 file (of any other: none) to an object of the
   writer: numbers and texts of any shape. References, lists of variable length, and what libraries
   keep about the object's place in its file, are left out, and those that `wanted` (NULL: all)
   says no to. */
shoal_status shoal_copy_attributes(const shoal_dataset *from,
                                   bool (*wanted)(void *user, const char *name), void *user,
                                   shoal_writer *writer, const char *path, shoal_error *err);

#endif
