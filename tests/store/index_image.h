/* Files with a chunk index, built byte by byte from the format's description, for tests that then
   damage them. */
#ifndef SHOAL_TESTS_STORE_INDEX_IMAGE_H
#define SHOAL_TESTS_STORE_INDEX_IMAGE_H

#include "tests/chunk/cmocka_all.h"

#include "store/index/chunk_index.h"
#include "store/lookup3.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGE_BYTES = 64 << 10, IMAGE_BASE = 512 };

typedef struct image {
    uint8_t bytes[IMAGE_BYTES];
    size_t n_bytes; /* of the file */
    uint64_t max_shape[SHOAL_MAX_RANK];
    shoal_grid grid;
    shoal_metadata meta;
    shoal_storage storage;
    shoal_chunked chunked;
    shoal_index index;
    shoal_error err;
} image;

/* An empty file of the given grid; addresses and lengths of 8 bytes, an index at address 0. */
static inline void image_begin(image *im, shoal_index_kind kind, bool filtered, int rank,
                               const uint64_t *shape, const uint64_t *max_shape,
                               const uint64_t *chunk)
{
    memset(im, 0, sizeof *im);
    im->n_bytes = IMAGE_BYTES;
    assert_true(shoal_grid_init(&im->grid, rank, shape, chunk));
    for (int k = 0; k < rank; k++) im->max_shape[k] = max_shape[k];
    im->meta.base = IMAGE_BASE;
    im->meta.offset_bytes = im->meta.length_bytes = 8;
    im->storage.class_ = SHOAL_STORED_CHUNKED;
    im->storage.allocated = true;
    im->storage.address = IMAGE_BASE;
    im->storage.index = kind;
    im->chunked.meta = &im->meta;
    im->chunked.storage = &im->storage;
    im->chunked.grid = &im->grid;
    im->chunked.max_shape = im->max_shape;
    im->chunked.chunk_bytes = im->grid.chunk_elements * 4;
    im->chunked.filtered = filtered;
}

static inline uint8_t *image_put(uint8_t *at, uint64_t value, int n)
{
    for (int k = 0; k < n; k++) at[k] = (uint8_t)(value >> (8 * k));
    return at + n;
}

/* The bytes at an address of the file format. */
static inline uint8_t *image_at(image *im, uint64_t address)
{
    return im->bytes + IMAGE_BASE + address;
}

/* Puts the checksum of [from, at) at its end; gives what is behind it. */
static inline uint8_t *image_sum(uint8_t *from, uint8_t *at)
{
    return image_put(at, shoal_lookup3(from, (size_t)(at - from)), 4);
}

static inline shoal_status image_read(image *im)
{
    char path[] = "/tmp/shoal-test-index-XXXXXX";
    int fd = mkstemp(path);
    shoal_map *map;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, im->bytes, im->n_bytes), im->n_bytes);
    close(fd);
    assert_int_equal(shoal_map_open(path, &map, NULL), SHOAL_OK);
    im->meta.map = map;
    shoal_status status = shoal_chunk_index_read(&im->chunked, &im->index, &im->err);
    im->meta.map = NULL;
    shoal_map_close(map);
    unlink(path);
    return status;
}

static inline void image_expect_damage(image *im, const char *what)
{
    assert_int_equal(image_read(im), SHOAL_DATA);
    if (!strstr(im->err.message, what)) fail_msg("'%s' lacks '%s'", im->err.message, what);
    assert_null(im->index.entries);
}

#endif
