/* How a dataset is put together, by whichever file format it comes from. */
#ifndef SHOAL_STORE_DATASET_OPEN_H
#define SHOAL_STORE_DATASET_OPEN_H

#include "store/file.h"

/* What shoal_dataset_describe hands out, with the memory of its strings. */
typedef struct shoal_description {
    shoal_dataset_info info;
    char stored[64];
    char filters[512];
    char fill[128];
    char *dimensions[SHOAL_MAX_RANK];
    bool complete; /* dimension names are looked up at the first describe */
} shoal_description;

shoal_description *shoal_description_of(const shoal_dataset *dataset);

/* An empty dataset named "FILE:/path", or "FILE" when path is NULL. NULL without memory. */
shoal_dataset *shoal_dataset_new(const char *file, const char *path);

/* When grid.rank, grid.shape and type are set: completes grid (chunk NULL: of about 1 MiB of whole
   runs), maximal shape, fill value and description. SHOAL_DATA when sizes overflow. */
shoal_status shoal_dataset_finish(shoal_dataset *dataset, const uint64_t *chunk, shoal_error *err);

/* The bytes of a whole chunk. */
size_t shoal_dataset_chunk_bytes(const shoal_dataset *dataset);

/* The bytes between neighbours along each axis, SHOAL_LAYOUT_CONTIGUOUS. */
void shoal_dataset_strides(const shoal_dataset *dataset, int64_t *strides);

/* The .npy file in `map` as a dataset that borrows the map; file may be NULL. */
shoal_status shoal_dataset_attach_npy(shoal_file *file, shoal_map *map, shoal_dataset **out,
                                      shoal_error *err);

/* For SHOAL_LAYOUT_HDF5: one chunk by H5Dread, padding filled; takes the lock. */
shoal_status shoal_hdf5_read_chunk(const shoal_dataset *dataset, uint64_t chunk_id, void *dst,
                                   shoal_error *err);
/* Completes the description from the open HDF5 dataset; takes the lock. */
void shoal_hdf5_describe(shoal_dataset *dataset);
/* Closes dataset->hdf5_id; takes the lock. */
void shoal_hdf5_dataset_close(shoal_dataset *dataset);

/* The idle readers of one dataset. NULL without memory. */
void shoal_reader_pool_free(struct shoal_reader_pool *pool);
struct shoal_reader_pool *shoal_reader_pool_new(void);

#endif
