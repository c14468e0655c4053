/* The first structure of an HDF5 file: where the format begins and how wide its addresses are. */
#ifndef SHOAL_STORE_SUPERBLOCK_H
#define SHOAL_STORE_SUPERBLOCK_H

#include "store/map.h"

typedef struct shoal_superblock {
    uint64_t at; /* file offset of the signature: the base of all addresses */
    int version;
    int offset_bytes; /* 2, 4 or 8 */
    int length_bytes;
    uint64_t end; /* file offset where the file should end */
} shoal_superblock;

/* Looks for HDF5's signature at 0, 512, 1024, 2048, ...; false when there is none. */
bool shoal_superblock_find(const shoal_map *map, uint64_t *at);

/* Reads the superblock at `at`. SHOAL_DATA when it is cut off or not one that we know. */
shoal_status shoal_superblock_read(const shoal_map *map, uint64_t at, shoal_superblock *out,
                                   shoal_error *err);

#endif
