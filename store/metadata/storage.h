/* The messages that say how a dataset is stored: data layout, filter pipeline, fill value, and
   external files. */
#ifndef SHOAL_STORE_METADATA_STORAGE_H
#define SHOAL_STORE_METADATA_STORAGE_H

#include "chunk/filter.h"
#include "store/metadata/object_header.h"

typedef enum shoal_storage_class {
    SHOAL_STORED_COMPACT,
    SHOAL_STORED_CONTIGUOUS,
    SHOAL_STORED_CHUNKED,
    SHOAL_STORED_VIRTUAL,
} shoal_storage_class;

typedef enum shoal_index_kind {
    SHOAL_INDEX_BTREE1,
    SHOAL_INDEX_SINGLE,
    SHOAL_INDEX_IMPLICIT,
    SHOAL_INDEX_FIXED_ARRAY,
    SHOAL_INDEX_EXTENSIBLE_ARRAY,
    SHOAL_INDEX_BTREE2,
} shoal_index_kind;

typedef struct shoal_storage {
    int version; /* of the layout message: with 5, indexes state encoded sizes in length_bytes */
    shoal_storage_class class_;
    bool allocated;   /* false: the address is undefined, nothing was written */
    uint64_t address; /* file offset of the index, of contiguous data, of compact data */
    uint64_t n_bytes; /* of contiguous or compact data; UINT64_MAX: not stated (old versions) */
    /* chunked */
    shoal_index_kind index;
    int chunk_rank;
    uint64_t chunk[SHOAL_MAX_RANK];
    uint64_t element_bytes;  /* as the layout states it; 0: not stated */
    bool edges_not_filtered; /* chunks that reach over the shape's edge skip the pipeline */
    uint64_t single_n_bytes; /* SHOAL_INDEX_SINGLE, filtered: encoded size; else 0 */
    uint32_t single_mask;
    int page_bits; /* fixed and extensible arrays: a page has 1 << page_bits elements */
    /* extensible arrays */
    int max_bits;       /* of the number of elements */
    int index_elements; /* in the index block */
    int min_pointers;   /* to data blocks, in the smallest secondary block */
    int min_elements;   /* in the smallest data block */
    /* virtual: the global heap object that holds the mappings */
    uint32_t heap_index; /* with `address` as the collection's file offset */
} shoal_storage;

/* The data layout message, versions 1 to 5. */
shoal_status shoal_storage_parse(const shoal_metadata *meta, const shoal_message *message,
                                 shoal_storage *out, shoal_error *err);

/* The filter pipeline message, versions 1 and 2. */
shoal_status shoal_pipeline_message(const shoal_message *message, shoal_pipeline *out,
                                    shoal_error *err);

/* The fill value of a header: its fill value message (versions 1 to 3) or the old one.
 *n is 0 when there is none; *bytes is n bytes of the stored type, inside the header's memory. */
shoal_status shoal_fill_message(const shoal_object_header *header, const uint8_t **bytes, size_t *n,
                                shoal_error *err);

/* Raw data in files of their own, in this order. */
typedef struct shoal_external_file {
    char *name;
    uint64_t offset, n_bytes; /* n_bytes UINT64_MAX: unlimited (the last one) */
} shoal_external_file;

typedef struct shoal_external_files {
    size_t n;
    shoal_external_file *file;
} shoal_external_files;

/* The external files of a header; n is 0 when it has no such message. */
shoal_status shoal_external_files_read(const shoal_metadata *meta,
                                       const shoal_object_header *header, shoal_external_files *out,
                                       shoal_error *err);
void shoal_external_files_free(shoal_external_files *files);

#endif
