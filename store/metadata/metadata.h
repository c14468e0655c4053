/* The metadata of an HDF5 file, read from the file's bytes by our own bounds-checked parsers: no
   libhdf5, no lock, from any thread. This is what each of those parsers is given.
   Every address, count and length is checked before use; what a file can make us allocate is
   bounded; structures that refer to others are followed with a limit. Errors are SHOAL_DATA, say
   what is damaged and at which byte; the caller adds file and object. */
#ifndef SHOAL_STORE_METADATA_METADATA_H
#define SHOAL_STORE_METADATA_METADATA_H

#include "store/map.h"

/* What the superblock says. Immutable once read. */
typedef struct shoal_metadata {
    const shoal_map *map;  /* borrowed */
    int version;           /* of the superblock */
    uint64_t base;         /* file offset that addresses count from: the userblock's size */
    int offset_bytes;      /* of a stored address: 2, 4 or 8 */
    int length_bytes;      /* of a stored length: 2, 4 or 8 */
    uint64_t end;          /* file offset where the file should end; UINT64_MAX: not known */
    uint64_t root;         /* file offset of the root group's object header */
    uint64_t shared_table; /* file offset of the shared message table; UINT64_MAX: there is none */
    int n_shared_indexes;  /* in that table */
    uint64_t family_bytes; /* of a member file, when it is one of a family; else 0 */
    bool left_open; /* marked as open for writing: its writer was killed, or still is at it */
} shoal_metadata;

/* Looks for HDF5's signature at 0, 512, 1024, 2048, ...; false when there is none. */
bool shoal_metadata_find(const shoal_map *map, uint64_t *at);

/* Reads the superblock at `at` and its extension. SHOAL_DATA when it is cut off, damaged (its
   checksum, from version 2 on), or of a form that we do not know. */
shoal_status shoal_metadata_open(const shoal_map *map, uint64_t at, shoal_metadata *out,
                                 shoal_error *err);

/* When the file is the first of a family: replaces *map, which is closed, by a map of the whole
   family, and reads *meta again. Leaves both as they are when it is not, or when this fails. */
shoal_status shoal_metadata_join_family(shoal_map **map, shoal_metadata *meta, shoal_error *err);

/* A stored address as a file offset; false for the undefined address and for overflow. */
bool shoal_metadata_offset(const shoal_metadata *meta, uint64_t stored, uint64_t *out);

#endif
