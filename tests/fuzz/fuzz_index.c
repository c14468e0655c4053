/* libFuzzer target: any bytes as a file with a chunk index of any kind in it.
   Input: kind, flags, rank, base and address of the index (two bytes each), then for each axis its
   extent, maximal extent (0: unlimited) and chunk extent, a byte each; then the file. */
#include "store/cursor.h"
#include "store/index/chunk_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILTERED = 1, EDGES = 2, WIDE_EXTENT = 4, WIDTHS = 8, MAX_RANK = 5, ELEMENT_BYTES = 4 };

typedef struct fuzzed {
    shoal_metadata meta;
    shoal_storage storage;
    shoal_grid grid;
    uint64_t max_shape[SHOAL_MAX_RANK];
    shoal_chunked chunked;
} fuzzed;

static shoal_map *map_of(const uint8_t *data, size_t n)
{
    char path[64];
    shoal_map *map;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (shoal_map_open(path, &map, NULL) != SHOAL_OK) abort();
    close(fd);
    return map;
}

static bool choose(fuzzed *f, shoal_cursor *cursor)
{
    static const int widths[] = {8, 4, 2};
    uint64_t shape[SHOAL_MAX_RANK] = {0}, chunk[SHOAL_MAX_RANK] = {0};
    f->storage.class_ = SHOAL_STORED_CHUNKED;
    f->storage.allocated = true;
    f->storage.index = (shoal_index_kind)(shoal_cursor_uint(cursor, 1) % (SHOAL_INDEX_BTREE2 + 1));
    uint64_t flags = shoal_cursor_uint(cursor, 1);
    int rank = (int)(shoal_cursor_uint(cursor, 1) % (MAX_RANK + 1));
    f->meta.base = shoal_cursor_uint(cursor, 2);
    f->storage.address = shoal_cursor_uint(cursor, 2) + f->meta.base;
    f->meta.offset_bytes = widths[flags / WIDTHS % 3];
    f->meta.length_bytes = widths[flags / WIDTHS / 3 % 3];
    f->storage.edges_not_filtered = flags & EDGES;
    f->storage.single_n_bytes = f->storage.address;
    for (int k = 0; k < rank; k++) {
        shape[k] = shoal_cursor_uint(cursor, 1);
        f->max_shape[k] = shoal_cursor_uint(cursor, 1);
        chunk[k] = shoal_cursor_uint(cursor, 1);
        if (flags & WIDE_EXTENT && k == 0) shape[k] <<= 20, f->max_shape[k] <<= 20;
        f->max_shape[k] = f->max_shape[k] == 0 ? UINT64_MAX : f->max_shape[k];
    }
    if (!cursor->ok || !shoal_grid_init(&f->grid, rank, shape, chunk)) return false;
    f->chunked = (shoal_chunked){.meta = &f->meta,
                                 .storage = &f->storage,
                                 .grid = &f->grid,
                                 .max_shape = f->max_shape,
                                 .chunk_bytes = f->grid.chunk_elements * ELEMENT_BYTES,
                                 .filtered = flags & FILTERED};
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzzed f = {.meta = {.map = NULL}};
    shoal_cursor cursor = shoal_cursor_over(data, size);
    shoal_index index;
    if (!choose(&f, &cursor)) return 0;
    shoal_map *map = map_of(cursor.at, cursor.left);
    f.meta.map = map;
    f.meta.end = UINT64_MAX;
    if (shoal_chunk_index_read(&f.chunked, &index, NULL) == SHOAL_OK) {
        for (uint64_t k = 0; k < index.n; k++) {
            const shoal_index_entry *entry = &index.entries[k];
            if (shoal_index_find(&index, entry->chunk_id) != entry) abort();
            if (entry->chunk_id >= f.grid.n_chunks) abort();
            if (entry->offset + entry->n_bytes > shoal_map_size(map)) abort();
        }
        shoal_index_free(&index);
    }
    shoal_map_close(map);
    return 0;
}
