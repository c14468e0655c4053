/* A file opened for reading: its map and its metadata. */
#ifndef SHOAL_STORE_FILE_H
#define SHOAL_STORE_FILE_H

#include "store/dataset.h"
#include "store/metadata/metadata.h"
#include "store/metadata/resolve.h"
#include <pthread.h>

#define SHOAL_MAX_SCALES 64

/* Paths of dimension scales by the address of their headers, as far as they were looked up. */
typedef struct shoal_scale_paths {
    int n; /* all that were ever added; the newest SHOAL_MAX_SCALES are kept */
    uint64_t address[SHOAL_MAX_SCALES];
    char *path[SHOAL_MAX_SCALES];
} shoal_scale_paths;

struct shoal_file {
    char *path;
    shoal_map *map;
    bool is_npy;
    int virtual_depth;                       /* how many virtual datasets led to it */
    struct shoal_virtual_work *virtual_work; /* borrowed from the first of those */
    shoal_metadata meta;                     /* not for npy */
    pthread_mutex_t lock;      /* of what follows, which grows while the file is read */
    shoal_linked_files linked; /* files that external links lead to */
    shoal_scale_paths scales;
};

/* Opens what a locator "FILE:/path[slice]" names: the file, the dataset ("FILE" alone: the only
   dataset in it) and the region; *dropped has a bit for each axis that an integer index removes.
   `raw` false: the slice of an array of MATLAB's counts the axes as MATLAB does. */
shoal_status shoal_locator_open(const char *locator, bool raw, shoal_file **file,
                                shoal_dataset **dataset, shoal_region *region, uint32_t *dropped,
                                shoal_error *err);

/* What kind of object a path is; SHOAL_USAGE with the nearest name when there is none. */
shoal_status shoal_file_kind(shoal_file *file, const char *path, shoal_object_kind *kind,
                             shoal_error *err);

/* As shoal_file_visit, but goes on past what is damaged: `damage` is told (file and object are in
   the error), and ends the visit when it returns not 0. `err` must not be NULL. */
shoal_status shoal_file_visit_past(shoal_file *file, const char *path,
                                   int (*visitor)(void *user, const shoal_object *object),
                                   int (*damage)(void *user, const char *path,
                                                 const shoal_error *error),
                                   void *user, shoal_error *err);

/* A text attribute, malloc'd; NULL (and success) when there is none or it is not text. */
shoal_status shoal_file_attribute_text(shoal_file *file, const char *path, const char *name,
                                       char **out, shoal_error *err);
/* An attribute that is an array of texts; *n 0 and NULL when there is none. Free with
   shoal_texts_free. */
shoal_status shoal_file_attribute_texts(shoal_file *file, const char *path, const char *name,
                                        char ***out, size_t *n, shoal_error *err);
void shoal_texts_free(char **texts, size_t n);

#endif
