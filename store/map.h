/* A file mapped for reading, which may shrink or fail under the map without bringing us down. */
#ifndef SHOAL_STORE_MAP_H
#define SHOAL_STORE_MAP_H

#include <shoal/shoal.h>

typedef struct shoal_map shoal_map;

/* Maps a regular file. The first call installs the handler of SIGBUS, which puts a zero page at a
   fault inside one of our maps, marks that map, and hands every other fault to the handler that
   was there before. */
shoal_status shoal_map_open(const char *path, shoal_map **out, shoal_error *err);
void shoal_map_close(shoal_map *map);

/* Memory of the program in a map's place: never dropped, never unmapped. `name` is for messages. */
shoal_status shoal_map_borrow(const char *name, const void *bytes, uint64_t n, shoal_map **out,
                              shoal_error *err);

/* Maps a family of files as one: `path` is the first member's, with the number 0 in its name, and
   each but the last has member_bytes bytes. Members are mapped one behind the other, or copied
   where member_bytes is no multiple of the page size and they are at most 64 MiB together. */
shoal_status shoal_map_open_family(const char *path, uint64_t member_bytes, shoal_map **out,
                                   shoal_error *err);

const uint8_t *shoal_map_bytes(const shoal_map *map);
uint64_t shoal_map_size(const shoal_map *map); /* at the time of opening */
const char *shoal_map_path(const shoal_map *map);
int shoal_map_fd(const shoal_map *map);

/* Does a map that is open hold this address? For handlers of signals. */
bool shoal_map_holds(const void *address);

/* SHOAL_SYSTEM naming the file once a fault was seen; call it after each use of mapped bytes. */
shoal_status shoal_map_check(const shoal_map *map, shoal_error *err);

/* Tells that [offset, offset + n) was used and is not needed again soon: drops whole pages from
   this process; with `cold` also from the page cache. */
void shoal_map_drop(const shoal_map *map, uint64_t offset, uint64_t n, bool cold);

/* Is the page of an offset in the page cache? Starts no read. False where that cannot be told. */
bool shoal_map_is_cached(const shoal_map *map, uint64_t offset);

/* Reads exactly n bytes with pread: for index nodes and headers. SHOAL_DATA when beyond the end. */
shoal_status shoal_map_pread(const shoal_map *map, uint64_t offset, void *buffer, size_t n,
                             shoal_error *err);

#endif
