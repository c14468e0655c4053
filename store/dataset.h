/* A dataset opened for reading, whatever holds it: an HDF5 dataset (chunked, contiguous, external
   or virtual) or an .npy or raw file. Reading takes no lock. Immutable once opened, so any thread
   may read. */
#ifndef SHOAL_STORE_DATASET_H
#define SHOAL_STORE_DATASET_H

#include "chunk/conversion.h"
#include "chunk/filter.h"
#include "chunk/grid.h"
#include "store/index.h"
#include "store/metadata/metadata.h"

typedef enum shoal_layout {
    SHOAL_LAYOUT_CHUNKED,    /* the own index says where each chunk is */
    SHOAL_LAYOUT_CONTIGUOUS, /* one run of bytes in the map, at `offset` */
    SHOAL_LAYOUT_EMPTY,      /* nothing was ever written: all fill */
    SHOAL_LAYOUT_RUNS,       /* one run of bytes in the map, used a part at a time: converted */
    SHOAL_LAYOUT_EXTERNAL,   /* one run of bytes in files of their own, read a part at a time */
    SHOAL_LAYOUT_VIRTUAL,    /* put together from other datasets, a part at a time */
} shoal_layout;

struct shoal_dataset {
    char *name;                 /* "FILE:/path" for messages */
    char *path;                 /* inside the file */
    shoal_file *file;           /* borrowed; NULL for npy and raw */
    const shoal_metadata *meta; /* borrowed: of the file that holds it; NULL for npy and raw */
    const shoal_map *map;       /* that file's */
    shoal_map *owned_map;       /* NULL when the map is borrowed */
    shoal_layout layout;
    bool readable;
    char why_not[256];
    shoal_type type;
    bool big_endian;              /* stored order, where nothing is converted */
    shoal_conversion *conversion; /* from stored elements; NULL: bytes are used as they lie */
    bool has_sequences;           /* the conversion takes values from global heaps */
    struct shoal_enumeration *enumeration; /* the names of its values, or NULL */
    shoal_grid grid; /* for layouts without chunks: one of about 1 MiB of whole runs */
    int extra_rank;  /* of grid's axes, how many at the end are inside a stored element */
    uint64_t max_shape[SHOAL_MAX_RANK];
    uint64_t offset;  /* SHOAL_LAYOUT_CONTIGUOUS, SHOAL_LAYOUT_RUNS */
    bool fortran;     /* SHOAL_LAYOUT_CONTIGUOUS: the first axis varies fastest (.npy has that) */
    int64_t *strides; /* SHOAL_LAYOUT_CONTIGUOUS in memory, in no such order: its own; else NULL */
    shoal_pipeline pipeline;
    shoal_index index;
    struct shoal_external *external;   /* SHOAL_LAYOUT_EXTERNAL */
    struct shoal_virtual *virtual_;    /* SHOAL_LAYOUT_VIRTUAL */
    uint8_t *fill;                     /* one element in native order, never NULL when readable */
    uint64_t header_at;                /* file offset of the object header */
    uint64_t summary_at;               /* of its companion's (store/summary.h); 0: it has none */
    void *describe_text;               /* what shoal_dataset_describe keeps alive */
    struct shoal_reader_pool *readers; /* idle ones for shoal_dataset_read; has its own mutex */
};

/* Opens a whole .npy file, or `shape` elements of a raw file from `offset` on. */
shoal_status shoal_dataset_open_npy(const char *path, shoal_dataset **out, shoal_error *err);
shoal_status shoal_dataset_open_raw(const char *path, uint64_t offset, shoal_type type,
                                    bool big_endian, int rank, const uint64_t *shape,
                                    shoal_dataset **out, shoal_error *err);

/* An array of the program's, which stays there; `name` is for messages. */
shoal_status shoal_dataset_open_memory(const char *name, const shoal_array *array,
                                       shoal_dataset **out, shoal_error *err);

/* A reader is one worker's hold on a dataset: its coder and one chunk's buffer. */
typedef struct shoal_reader shoal_reader;

shoal_status shoal_reader_new(shoal_dataset *dataset, shoal_reader **out, shoal_error *err);
void shoal_reader_free(shoal_reader *reader);
size_t shoal_reader_bytes(const shoal_dataset *dataset); /* what shoal_reader_new allocates */
size_t shoal_reader_passing_bytes(const shoal_dataset *dataset); /* of it, only while it reads */

/* When on (the default is off), pages behind are dropped from the page cache too. */
void shoal_reader_set_cold(shoal_reader *reader, bool cold);

/* Decodes a whole chunk, padding included, into dst (grid.chunk_elements elements), native order;
   the fill value where nothing was written. Not for SHOAL_LAYOUT_CONTIGUOUS.
   Errors name file, dataset and chunk. */
shoal_status shoal_reader_chunk(shoal_reader *reader, uint64_t chunk_id, void *dst,
                                shoal_error *err);

/* A chunk in pieces, for whoever uses each while it is in the cache. The step of the chunk in
   elements: pieces begin and end at multiples of it, or at the chunk's end. 0: it is better read
   whole. */
size_t shoal_reader_step(shoal_reader *reader, uint64_t chunk_id);
/* Begins a chunk that has a step; then its next n elements from `first` on (of the last ones as
   many as there are), to dst, as shoal_reader_chunk gives them. `is_last`: the rest is not wanted,
   as that of a chunk beyond the dataset's end. */
shoal_status shoal_reader_begin(shoal_reader *reader, uint64_t chunk_id, shoal_error *err);
shoal_status shoal_reader_next(shoal_reader *reader, size_t first, size_t n, bool is_last,
                               void *dst, shoal_error *err);

/* Reads a region into dst, C order; decodes only the codec's blocks that it touches. */
shoal_status shoal_reader_region(shoal_reader *reader, const shoal_region *region, void *dst,
                                 shoal_error *err);

/* Reads one piece of a region (shoal_pieces_next) to where the region's first element goes, with
   strides in bytes by axis of the region; what the others wrote there is left alone. */
shoal_status shoal_reader_piece(shoal_reader *reader, const shoal_piece *piece, void *dst,
                                const int64_t *strides, shoal_error *err);

/* Is it all in the page cache, as far as the pages at some places of it tell? Starts no read. */
bool shoal_dataset_is_cached(const shoal_dataset *dataset);

/* A reader that is idle, or a new one, and back. */
shoal_status shoal_dataset_take_reader(shoal_dataset *dataset, shoal_reader **out,
                                       shoal_error *err);
void shoal_dataset_give_reader(shoal_dataset *dataset, shoal_reader *reader);

/* SHOAL_USAGE unless the region lies in the dataset and n_bytes is its size, SHOAL_DATA where the
   dataset cannot be read. */
shoal_status shoal_dataset_check_read(const shoal_dataset *dataset, const shoal_region *region,
                                      size_t n_bytes, shoal_error *err);

/* Contiguous, native-order datasets whose elements are aligned in the file: the address of the
   element at `start`, and the strides in bytes (rising ones for Fortran order, any in memory), so
   that a region is used in place; NULL for any other. The caller must check the map afterwards
   (shoal_map_check) and may drop pages (shoal_map_drop). */
const uint8_t *shoal_dataset_in_place(const shoal_dataset *dataset, const uint64_t *start,
                                      int64_t *strides);

#endif
