#include "chunk/checked.h"
#include "chunk/error.h"
#include "store/map_parts.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MEMBERS = 512, COPIED_BYTES = 64 << 20 };

/* Where a member's number is in the path of the first: the last run of zeros alone in its name. */
static bool find_number(const char *path, size_t *at, size_t *n)
{
    const char *slash = strrchr(path, '/');
    bool found = false;
    for (size_t k = slash ? (size_t)(slash - path) : 0; path[k] != '\0';) {
        size_t digits = strspn(path + k, "0123456789");
        if (digits > 0 && strspn(path + k, "0") == digits) {
            *at = k;
            *n = digits;
            found = true;
        }
        k += digits ? digits : 1;
    }
    return found;
}

static char *member_path(const char *first, size_t at, size_t n, int number)
{
    char *path;
    int written = asprintf(&path, "%.*s%0*d%s", (int)at, first, (int)n, number, first + at + n);
    return written < 0 ? NULL : path;
}

/* The next member's size is known when it is added; only the last may be shorter than the rest. */
static shoal_status add_member(shoal_map *map, const char *path, bool *more, shoal_error *err)
{
    int fd;
    uint64_t size;
    struct stat about;
    *more = stat(path, &about) == 0;
    if (!*more) return SHOAL_OK;
    if (map->size != (uint64_t)map->n_members * map->member_bytes)
        return shoal_fail(err, SHOAL_DATA, "%s: the member before it is too short", path);
    if (map->n_members == MAX_MEMBERS)
        return shoal_fail(err, SHOAL_DATA, "%s: at most %d files of a family can be read", path,
                          MAX_MEMBERS);
    shoal_status status = shoal_map_open_regular(path, &fd, &size, err);
    if (status != SHOAL_OK) return status;
    map->member_fd[map->n_members++] = fd;
    if (size > map->member_bytes)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: is larger than %" PRIu64 " bytes, its family's size", path,
                          map->member_bytes);
    map->size += size;
    return SHOAL_OK;
}

static shoal_status open_members(shoal_map *map, shoal_error *err)
{
    size_t at = 0, n = 0;
    if (!find_number(map->path, &at, &n) || at > INT32_MAX || n > 100)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: is one of a family of files, but its name has no number 0: open the "
                          "first one, as in name00000.h5",
                          map->path);
    map->member_fd = malloc(MAX_MEMBERS * sizeof *map->member_fd);
    if (!map->member_fd) return shoal_fail(err, SHOAL_MEMORY, "no memory for a family");
    shoal_status status = SHOAL_OK;
    for (bool more = true; status == SHOAL_OK && more;) {
        char *path = member_path(map->path, at, n, map->n_members);
        if (!path) return shoal_fail(err, SHOAL_MEMORY, "no memory for a family");
        status = add_member(map, path, &more, err);
        free(path);
    }
    if (status == SHOAL_OK && map->size == 0)
        return shoal_fail(err, SHOAL_DATA, "%s: is empty", map->path);
    if (map->n_members > 0) map->fd = map->member_fd[0];
    return status;
}

/* Puts each member over its part of the reserved addresses. */
static shoal_status map_members(shoal_map *map, uint8_t *bytes, shoal_error *err)
{
    for (int k = 0; k < map->n_members; k++) {
        uint64_t at = (uint64_t)k * map->member_bytes, left = map->size - at;
        size_t n = (size_t)(left < map->member_bytes ? left : map->member_bytes);
        if (n > 0 && mmap(bytes + at, n, PROT_READ, MAP_SHARED | MAP_FIXED, map->member_fd[k], 0) ==
                         MAP_FAILED)
            return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot be mapped: %s", map->path,
                              strerror(errno));
    }
    return SHOAL_OK;
}

static shoal_status place_members(shoal_map *map, shoal_error *err)
{
    long page = sysconf(_SC_PAGESIZE);
    bool copies = page <= 0 || map->member_bytes % (uint64_t)page != 0;
    if (copies && map->n_members > 1 && map->size > COPIED_BYTES)
        return shoal_fail(err, SHOAL_DATA,
                          "%s: a family of files of %" PRIu64
                          " bytes each, which is no multiple of "
                          "%ld, can be read up to %d bytes",
                          map->path, map->member_bytes, page, COPIED_BYTES);
    if (map->n_members == 1) copies = false;
    uint8_t *bytes = mmap(NULL, (size_t)map->size, copies ? PROT_READ | PROT_WRITE : PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bytes == MAP_FAILED)
        return shoal_fail(err, SHOAL_SYSTEM, "%s: cannot be mapped: %s", map->path,
                          strerror(errno));
    shoal_status status = copies ? shoal_map_pread(map, 0, bytes, (size_t)map->size, err)
                                 : map_members(map, bytes, err);
    map->copied = copies;
    if (status == SHOAL_OK) return shoal_map_watch(map, bytes, err);
    munmap(bytes, (size_t)map->size);
    return status;
}

shoal_status shoal_map_open_family(const char *path, uint64_t member_bytes, shoal_map **out,
                                   shoal_error *err)
{
    shoal_map *map = calloc(1, sizeof *map);
    char *copy = strdup(path);
    if (!map || !copy || member_bytes == 0 || member_bytes > INT64_MAX / MAX_MEMBERS) {
        free(map);
        free(copy);
        return shoal_fail(err, SHOAL_DATA, "%s: the size of its family's members cannot be", path);
    }
    *map = (shoal_map){.path = copy, .fd = -1, .member_bytes = member_bytes};
    shoal_status status = open_members(map, err);
    if (status == SHOAL_OK) status = place_members(map, err);
    if (status == SHOAL_OK)
        *out = map;
    else
        shoal_map_close(map);
    return status;
}

shoal_status shoal_map_check_members(const shoal_map *map, shoal_error *err)
{
    uint64_t size = 0;
    struct stat about;
    for (int k = 0; k < map->n_members; k++)
        if (fstat(map->member_fd[k], &about) == 0) size += (uint64_t)about.st_size;
    if (size >= map->size) return SHOAL_OK;
    return shoal_fail(err, SHOAL_SYSTEM, "%s: shrank or could not be read while it was in use",
                      map->path);
}
