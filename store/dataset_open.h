/* How a dataset is put together, by whichever file format it comes from. */
#ifndef SHOAL_STORE_DATASET_OPEN_H
#define SHOAL_STORE_DATASET_OPEN_H

#include "store/file.h"

/* What netCDF's attributes say of a dataset's values. */
typedef struct shoal_cf_words {
    char units[128];
    char coding[256];   /* "x * 0.01 + 280, missing -32768" */
    shoal_type decoded; /* n_bytes 0: values are read as they are stored */
} shoal_cf_words;

/* What shoal_dataset_describe hands out, with the memory of its strings. */
typedef struct shoal_description {
    shoal_dataset_info info;
    char stored[64];
    char filters[512];
    char fill[128];
    char *dimensions[SHOAL_MAX_RANK];
    const char *index; /* static: the kind of the chunk index */
    shoal_cf_words cf;
    bool complete; /* what attributes say is looked up at the first describe */
} shoal_description;

shoal_description *shoal_description_of(const shoal_dataset *dataset);

/* What cannot be read is left out. */
void shoal_cf_describe(const shoal_dataset *dataset, shoal_cf_words *out);

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

/* Elements in memory for one stored element: more than one in an array type. */
uint64_t shoal_dataset_inside(const shoal_dataset *dataset);

/* The bytes of n elements as stored; n is a multiple of the elements of one stored element. */
size_t shoal_dataset_stored_bytes(const shoal_dataset *dataset, uint64_t n_elements);

/* Looks the names of the dimensions up, once; takes the file's lock. */
void shoal_describe_dimensions(shoal_dataset *dataset);

/* The idle readers of one dataset. NULL without memory. */
void shoal_reader_pool_free(struct shoal_reader_pool *pool);
struct shoal_reader_pool *shoal_reader_pool_new(void);

#endif
