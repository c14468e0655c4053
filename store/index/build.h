/* What the readers of chunk indexes share: an index being built from what a file says. */
#ifndef SHOAL_STORE_INDEX_BUILD_H
#define SHOAL_STORE_INDEX_BUILD_H

#include "store/cursor.h"
#include "store/index/chunk_index.h"

typedef struct shoal_index_build {
    const shoal_chunked *chunked;
    shoal_index index;
    uint64_t capacity;   /* of index */
    uint64_t bytes_left; /* a sound index's blocks do not overlap, so the file's size bounds them */
    uint8_t *block;      /* the block read last */
    size_t block_capacity;
} shoal_index_build;

shoal_index_build shoal_build_begin(const shoal_chunked *chunked);

/* Frees what is not the index's; sorts and gives the index when status is SHOAL_OK. */
shoal_status shoal_build_end(shoal_index_build *build, shoal_status status, shoal_index *out,
                             shoal_error *err);

/* SHOAL_DATA "the chunk index is damaged: NAME at byte ADDRESS WHAT". */
shoal_status shoal_build_fail(const char *name, uint64_t address, const char *what,
                              shoal_error *err);

/* A stored address as a file offset; false for the undefined one and for overflow. */
static inline bool shoal_build_offset(const shoal_index_build *build, uint64_t stored,
                                      uint64_t *out)
{
    return stored != UINT64_MAX && !__builtin_add_overflow(stored, build->chunked->meta->base, out);
}

/* Reads n bytes at a file offset into build->block. `name` is for messages. */
shoal_status shoal_build_read(shoal_index_build *build, const char *name, uint64_t address,
                              uint64_t n, shoal_error *err);

/* Of n bytes that end with their checksum. */
bool shoal_build_sum_matches(const uint8_t *bytes, size_t n);

/* The same, of a whole block that has a signature, version 0, the class of the elements and a
   checksum at its end. *cursor stands behind the class. */
shoal_status shoal_build_block(shoal_index_build *build, const char *name, const char *signature,
                               uint64_t address, uint64_t n, shoal_cursor *cursor,
                               shoal_error *err);

/* Adds a chunk that lies in the shape. Where no filters apply, its bytes are the chunk's and not
   what the file states: to datasets without any, and to partial edge chunks when so flagged. */
shoal_status shoal_build_add(shoal_index_build *build, uint64_t chunk_id, uint64_t offset,
                             uint64_t n_bytes, uint32_t mask, shoal_error *err);

/* The readers, one a kind. */
shoal_status shoal_build_btree1(shoal_index_build *build, shoal_error *err);
shoal_status shoal_build_single(shoal_index_build *build, shoal_error *err);
shoal_status shoal_build_implicit(shoal_index_build *build, shoal_error *err);
shoal_status shoal_build_fixed_array(shoal_index_build *build, shoal_error *err);
shoal_status shoal_build_extensible_array(shoal_index_build *build, shoal_error *err);
shoal_status shoal_build_btree2(shoal_index_build *build, shoal_error *err);

#endif
