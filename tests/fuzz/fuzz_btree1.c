/* libFuzzer target: any bytes as a file with a version-1 B-tree of chunks in it.
   Input: rank, width of addresses, chunk counts along two axes, then the file. */
#include "store/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 4 };

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int widths[] = {2, 4, 8};
    uint64_t shape[SHOAL_MAX_RANK], chunk[SHOAL_MAX_RANK];
    shoal_grid grid;
    shoal_index index;
    if (size < HEAD_BYTES) return 0;
    int rank = data[0] % 6;
    for (int k = 0; k < SHOAL_MAX_RANK; k++) {
        shape[k] = k < 2 ? 1 + data[2 + k] : 7;
        chunk[k] = 1 + (uint64_t)k;
    }
    if (!shoal_grid_init(&grid, rank, shape, chunk)) abort();
    shoal_map *map = map_of(data + HEAD_BYTES, size - HEAD_BYTES);
    for (uint64_t base = 0; base < 2; base++) {
        if (shoal_btree1_read(map, base, base, &grid, widths[data[1] % 3], &index, NULL) !=
            SHOAL_OK)
            continue;
        for (uint64_t k = 0; k < index.n; k++) {
            const shoal_index_entry *entry = &index.entries[k];
            if (shoal_index_find(&index, entry->chunk_id) != entry) abort();
            if (entry->chunk_id >= grid.n_chunks) abort();
            if (entry->offset + entry->n_bytes > shoal_map_size(map)) abort();
        }
        shoal_index_free(&index);
    }
    shoal_map_close(map);
    return 0;
}
