/* Text attributes of an open object. Included by store/hdf5_*.c alone; with the lock held. */
#ifndef SHOAL_STORE_HDF5_TEXT_H
#define SHOAL_STORE_HDF5_TEXT_H

#include <hdf5.h>
#include <shoal/shoal.h>

/* All texts of an attribute of fixed or variable length, in C order, each malloc'd and
   NUL-terminated, without padding. SHOAL_DATA when it holds no text or cannot be read. */
shoal_status shoal_hdf5_attribute_texts(hid_t attribute, char ***out, size_t *n, shoal_error *err);

/* The text of an attribute by name, malloc'd; NULL (and success) when there is none or it is not
   one text. */
shoal_status shoal_hdf5_attribute_text(hid_t object, const char *name, char **out,
                                       shoal_error *err);

#endif
