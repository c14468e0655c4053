/* libFuzzer target: any bytes as an HDF5 file whose object headers are looked for the data layout.
   Input: the header's address (two bytes), then the file; its signature is put right. */
#include "store/file.h"
#include "store/superblock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 2, SIGNATURE_BYTES = 8 };

static shoal_map *map_of(const uint8_t *data, size_t n)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char path[64];
    shoal_map *map;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n) abort();
    if (n >= SIGNATURE_BYTES && pwrite(fd, signature, SIGNATURE_BYTES, 0) != SIGNATURE_BYTES)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (shoal_map_open(path, &map, NULL) != SHOAL_OK) abort();
    close(fd);
    return map;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    shoal_layout_message message;
    uint64_t base;
    if (size < HEAD_BYTES) return 0;
    uint64_t address = (uint64_t)data[0] | (uint64_t)data[1] << 8;
    shoal_map *map = map_of(data + HEAD_BYTES, size - HEAD_BYTES);
    bool found = shoal_superblock_find(map, &base);
    if (found != (size - HEAD_BYTES >= SIGNATURE_BYTES) || (found && base != 0)) abort();
    /* Compact data lie in the header, which was read whole. */
    if (shoal_layout_read(map, 0, address, &message, NULL) == SHOAL_OK &&
        message.class_ == SHOAL_CLASS_COMPACT && message.allocated &&
        message.address + message.n_bytes > shoal_map_size(map))
        abort();
    shoal_map_close(map);
    return 0;
}
