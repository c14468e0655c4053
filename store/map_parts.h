/* Inside the map: what map.c and map_family.c share. */
#ifndef SHOAL_STORE_MAP_PARTS_H
#define SHOAL_STORE_MAP_PARTS_H

#include "store/map.h"
#include <stdatomic.h>

/* What the handler of SIGBUS may look at: only lock-free atomics. `begin` 0: the slot is free.
   n_bytes is set before `begin` and cleared after it. */
typedef struct shoal_map_slot {
    _Atomic uintptr_t begin;
    _Atomic size_t n_bytes;
    atomic_bool failed;
    atomic_bool taken;
} shoal_map_slot;

struct shoal_map {
    char *path;
    int fd; /* of a family: its first member's */
    uint64_t size;
    uint8_t *bytes; /* NULL when the file is empty */
    shoal_map_slot *slot;
    int n_members; /* of a family; else 0 */
    int *member_fd;
    uint64_t member_bytes; /* of each but the last */
    bool copied;           /* the bytes are the only copy in memory: not to be dropped */
    bool borrowed;         /* they are the program's: there is no file, and nothing can fail */
};

shoal_status shoal_map_open_regular(const char *path, int *fd, uint64_t *size, shoal_error *err);

/* Makes `bytes`, mapped and map->size large, those of the map; unmaps them when this fails. */
shoal_status shoal_map_watch(shoal_map *map, void *bytes, shoal_error *err);

/* shoal_map_check for a family. */
shoal_status shoal_map_check_members(const shoal_map *map, shoal_error *err);

#endif
