/* Files that an HDF5 file names: external raw data, sources of virtual datasets. */
#ifndef SHOAL_STORE_NAMED_FILE_H
#define SHOAL_STORE_NAMED_FILE_H

#include <shoal/shoal.h>

typedef enum shoal_lookup {
    SHOAL_LOOKUP_WORKING_FIRST, /* relative to the working folder, then beside the file */
    SHOAL_LOOKUP_BESIDE_FIRST,
} shoal_lookup;

/* The path under which the file that `from` (a path) names is there, malloc'd; NULL, and success,
   when it is nowhere. Relative names, and the last part of absolute ones that are not there, are
   looked for in the folders that the environment's variable `prefixes` lists ("${ORIGIN}" is the
   folder of `from`), then as `lookup` says. */
shoal_status shoal_named_file(const char *name, const char *from, const char *prefixes,
                              shoal_lookup lookup, char **out, shoal_error *err);

#endif
