/* Paths inside HDF5 files, and the names of a group's links. Included by store/hdf5_*.c alone;
   with the HDF5 lock held. */
#ifndef SHOAL_STORE_HDF5_PATH_H
#define SHOAL_STORE_HDF5_PATH_H

#include "store/file.h"
#include <hdf5.h>

/* "a//b/" and "/a/b" both as "/a/b", malloc'd; NULL without memory. */
char *shoal_path_absolute(const char *path);

/* parent + "/" + name, malloc'd; NULL without memory. */
char *shoal_path_join(const char *parent, const char *name);

/* SHOAL_USAGE with the nearest name when nothing is at the (absolute) path. */
shoal_status shoal_hdf5_path_check(const shoal_file *file, const char *path, shoal_error *err);

/* A link of a group. */
typedef struct shoal_link {
    char *name;
    bool is_hard;
} shoal_link;

typedef struct shoal_links {
    shoal_link *link;
    size_t n, capacity;
} shoal_links;

/* The links of a group in name order, at most `limit` of them. SHOAL_DATA when it cannot be read.
 */
shoal_status shoal_hdf5_links(const shoal_file *file, const char *group, size_t limit,
                              shoal_links *out, shoal_error *err);
void shoal_links_free(shoal_links *links);

#endif
