/* HDF5's heaps: local (names of old-style groups), global (values of variable length) and fractal
   (links, attributes and shared messages of new-style files). */
#ifndef SHOAL_STORE_METADATA_HEAP_H
#define SHOAL_STORE_METADATA_HEAP_H

#include "store/metadata/metadata.h"

/* A local heap: texts that end with NUL, found by their offset. Small ones are held in memory. */
typedef struct shoal_local_heap {
    const shoal_metadata *meta;
    uint64_t at, n; /* the segment that holds the texts */
    uint8_t *bytes; /* all of it, or NULL where it is large */
} shoal_local_heap;

/* The heap at `address` (a file offset); with `hold`, which pays when many texts are read, small
   ones are read whole at once. */
shoal_status shoal_local_heap_open(const shoal_metadata *meta, uint64_t address, bool hold,
                                   shoal_local_heap *out, shoal_error *err);
void shoal_local_heap_close(shoal_local_heap *heap);
/* The text at an offset, malloc'd. At most *budget bytes, which is reduced. */
shoal_status shoal_local_heap_text(const shoal_local_heap *heap, uint64_t offset, uint64_t *budget,
                                   char **out, shoal_error *err);
/* As strcmp(name, the text at the offset). */
shoal_status shoal_local_heap_compare(const shoal_local_heap *heap, uint64_t offset,
                                      const char *name, int *order, shoal_error *err);

/* A fractal heap. It keeps the block that was used last, so ask in the order of the ids' offsets
   (shoal_fractal_heap_place) where there are many. Belongs to one thread. */
typedef struct shoal_fractal_heap shoal_fractal_heap;
shoal_status shoal_fractal_heap_open(const shoal_metadata *meta, uint64_t address,
                                     shoal_fractal_heap **out, shoal_error *err);
void shoal_fractal_heap_close(shoal_fractal_heap *heap); /* NULL is fine */
/* The object of an id of id_bytes bytes, as a record or a message has it. The bytes are good until
   the next call. *at is their file offset, or UINT64_MAX when they are not in the file as such. */
shoal_status shoal_fractal_heap_get(shoal_fractal_heap *heap, const uint8_t *id, size_t id_bytes,
                                    const uint8_t **bytes, size_t *n, uint64_t *at,
                                    shoal_error *err);
/* Where an object lies in the heap, for sorting; 0 for those that are kept apart. */
uint64_t shoal_fractal_heap_place(const shoal_fractal_heap *heap, const uint8_t *id,
                                  size_t id_bytes);

/* An object of a global heap: of the collection at file offset `collection`. Its bytes are given
   as a file range that was checked to lie in the file, to be read from the map or with pread.
   Object index 0 and absent objects are SHOAL_DATA. Reads only headers, with pread. */
shoal_status shoal_global_heap_find(const shoal_metadata *meta, uint64_t collection, uint32_t index,
                                    uint64_t *at, uint64_t *n, shoal_error *err);

/* The same for many objects, which mostly lie in few collections: remembers where the objects of
   the collections met last are, in bounded memory. Belongs to one thread. */
typedef struct shoal_global_heap shoal_global_heap;
shoal_status shoal_global_heap_new(const shoal_metadata *meta, shoal_global_heap **out,
                                   shoal_error *err);
void shoal_global_heap_free(shoal_global_heap *heap);
size_t shoal_global_heap_bytes(void); /* the most that one allocates */
shoal_status shoal_global_heap_get(shoal_global_heap *heap, uint64_t collection, uint32_t index,
                                   uint64_t *at, uint64_t *n, shoal_error *err);

#endif
