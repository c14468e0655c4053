/* From a path to the object that it names: through hard, soft and external links. */
#ifndef SHOAL_STORE_METADATA_RESOLVE_H
#define SHOAL_STORE_METADATA_RESOLVE_H

#include "store/metadata/links.h"

enum { SHOAL_MAX_LINKED_FILES = 16, SHOAL_MAX_LINKS_FOLLOWED = 16 };

/* Files that external links led to. The caller starts from zeros and closes them behind all use of
   what was resolved; while a path is being resolved, they belong to that thread. */
typedef struct shoal_linked_file {
    shoal_map *map;
    shoal_metadata meta;
} shoal_linked_file;

typedef struct shoal_linked_files {
    const shoal_metadata *first; /* the file that paths start from: not opened again */
    int n;
    shoal_linked_file *file[SHOAL_MAX_LINKED_FILES];
} shoal_linked_files;

void shoal_linked_files_close(shoal_linked_files *files);

typedef enum shoal_resolution {
    SHOAL_RESOLVED_WHOLE,
    /* Stopped at an object that is no group; the rest of the path may be a member of its type. */
    SHOAL_RESOLVED_PART,
    /* The group that was reached has no link of the next name. */
    SHOAL_RESOLVED_ABSENT,
    /* The link of the next name leads nowhere: to nothing, in a circle, or to a file that is not
       there. */
    SHOAL_RESOLVED_DANGLING,
} shoal_resolution;

typedef struct shoal_resolved {
    shoal_resolution result;
    const shoal_metadata *meta; /* of the file in which the object is */
    uint64_t address;           /* file offset of the header of the object that was reached */
    size_t used;                /* path[0, used) is the path of that object; 0: the root */
    size_t name_at, name_n;     /* where the next name is in the path; name_n 0: there is none */
    char why[200];              /* SHOAL_RESOLVED_DANGLING: where the link leads */
} shoal_resolved;

/* Resolves an absolute path. Empty names and "." are passed over. Not finding something is no
   error. `files` NULL: external links lead nowhere. */
shoal_status shoal_resolve(const shoal_metadata *meta, const char *path, shoal_linked_files *files,
                           shoal_resolved *out, shoal_error *err);

/* The same, from a group of the file for a path that does not begin with '/'. */
shoal_status shoal_resolve_from(const shoal_metadata *meta, uint64_t group, const char *path,
                                shoal_linked_files *files, shoal_resolved *out, shoal_error *err);

/* Opens the file that an external link in the file of `meta` names, or an already open one: as it
   is when absolute, then below each folder in HDF5_EXT_PREFIX, beside the file with the link, and
   below the working folder. NULL when it is not there or is no HDF5 file. */
const shoal_metadata *shoal_linked_file_open(shoal_linked_files *files, const shoal_metadata *meta,
                                             const char *name);

#endif
