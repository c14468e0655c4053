/* A file opened for reading: its map, and libhdf5's handle for the metadata. */
#ifndef SHOAL_STORE_FILE_H
#define SHOAL_STORE_FILE_H

#include "store/dataset.h"
#include "store/map.h"

#define SHOAL_MAX_SCALES 64

/* Names of dimension scales by object address, as far as they were looked up: libhdf5 searches the
   whole file for each. Guarded by the HDF5 lock. */
typedef struct shoal_scale_names {
    int n; /* all that were ever added; the newest SHOAL_MAX_SCALES are kept */
    uint64_t address[SHOAL_MAX_SCALES];
    char *name[SHOAL_MAX_SCALES];
} shoal_scale_names;

struct shoal_file {
    char *path;
    shoal_map *map;
    bool is_npy;
    int64_t hdf5_id;       /* -1 for npy */
    uint64_t base_address; /* of HDF5's addresses: the userblock's size */
    shoal_scale_names scales;
};

/* Opens what a locator "FILE:/path[slice]" names: the file, the dataset ("FILE" alone: the only
   dataset in it) and the region; *dropped has a bit for each axis that an integer index removes. */
shoal_status shoal_locator_open(const char *locator, shoal_file **file, shoal_dataset **dataset,
                                shoal_region *region, uint32_t *dropped, shoal_error *err);

/* What kind of object a path is; SHOAL_USAGE with the nearest name when there is none. */
shoal_status shoal_file_kind(shoal_file *file, const char *path, shoal_object_kind *kind,
                             shoal_error *err);

/* A text attribute, malloc'd; NULL (and success) when there is none or it is not text. */
shoal_status shoal_file_attribute_text(shoal_file *file, const char *path, const char *name,
                                       char **out, shoal_error *err);
/* An attribute that is an array of texts; *n 0 and NULL when there is none. Free with
   shoal_texts_free. */
shoal_status shoal_file_attribute_texts(shoal_file *file, const char *path, const char *name,
                                        char ***out, size_t *n, shoal_error *err);
void shoal_texts_free(char **texts, size_t n);

/* Where an object header says a dataset's raw data are: the data layout message, read by our own
   bounds-checked parser from the header at `address` (a file offset). */
typedef enum shoal_layout_class {
    SHOAL_CLASS_COMPACT,
    SHOAL_CLASS_CONTIGUOUS,
    SHOAL_CLASS_BTREE1,
    SHOAL_CLASS_OTHER, /* version 4 indexes, virtual: left to libhdf5 */
} shoal_layout_class;

typedef struct shoal_layout_message {
    shoal_layout_class class_;
    bool allocated;   /* false: the address is undefined, nothing was written */
    uint64_t address; /* file offset of the B-tree, the contiguous data or the compact data */
    uint64_t n_bytes; /* of contiguous or compact data; UINT64_MAX: not stated (old versions) */
    int offset_bytes; /* the file's size of offsets */
} shoal_layout_message;

shoal_status shoal_layout_read(const shoal_map *map, uint64_t base, uint64_t address,
                               shoal_layout_message *out, shoal_error *err);

#endif
