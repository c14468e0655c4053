/* The names that an enumeration's values have. */
#ifndef SHOAL_STORE_ENUMERATION_H
#define SHOAL_STORE_ENUMERATION_H

#include "store/metadata/datatype.h"

typedef struct shoal_enumeration shoal_enumeration;

/* Of a type that is an enumeration of integers; *out is NULL of any other, h5py's bool included. */
shoal_status shoal_enumeration_new(const shoal_datatype *type, shoal_enumeration **out,
                                   shoal_error *err);
void shoal_enumeration_free(shoal_enumeration *enumeration);

/* The bits of the value that has a name, widened by its sign. SHOAL_USAGE, with a hint at what was
   meant, where none has. */
shoal_status shoal_enumeration_find(const shoal_enumeration *enumeration, const char *name,
                                    int64_t *value, shoal_error *err);

#endif
