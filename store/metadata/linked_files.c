#include "store/metadata/resolve.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes the map over, also when this fails. */
static const shoal_metadata *add_file(shoal_linked_files *files, shoal_map *map)
{
    uint64_t at;
    shoal_linked_file *file = calloc(1, sizeof *file);
    if (!file || !shoal_metadata_find(map, &at) ||
        shoal_metadata_open(map, at, &file->meta, NULL) != SHOAL_OK) {
        free(file);
        shoal_map_close(map);
        return NULL;
    }
    file->map = map;
    files->file[files->n++] = file;
    return &file->meta;
}

static bool is_same(const shoal_map *map, const struct stat *about)
{
    struct stat other;
    return fstat(shoal_map_fd(map), &other) == 0 && other.st_dev == about->st_dev &&
           other.st_ino == about->st_ino;
}

static const shoal_metadata *open_path(shoal_linked_files *files, const shoal_metadata *meta,
                                       const char *path)
{
    struct stat about;
    shoal_map *map;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return NULL;
    if (is_same(meta->map, &about)) return meta;
    if (files->first && is_same(files->first->map, &about)) return files->first;
    for (int k = 0; k < files->n; k++)
        if (is_same(files->file[k]->map, &about)) return &files->file[k]->meta;
    if (files->n == SHOAL_MAX_LINKED_FILES) return NULL;
    return shoal_map_open(path, &map, NULL) == SHOAL_OK ? add_file(files, map) : NULL;
}

/* folder[0, n) + "/" + name */
static const shoal_metadata *open_in(shoal_linked_files *files, const shoal_metadata *meta,
                                     const char *folder, size_t n, const char *name)
{
    char *path;
    if (n > INT_MAX || asprintf(&path, "%.*s/%s", (int)n, folder, name) < 0) return NULL;
    const shoal_metadata *found = open_path(files, meta, path);
    free(path);
    return found;
}

/* Beside a file: in the folder of its path. */
static const shoal_metadata *open_beside(shoal_linked_files *files, const shoal_metadata *meta,
                                         const char *beside, const char *name)
{
    const char *slash = strrchr(beside, '/');
    if (!slash) return open_path(files, meta, name);
    return open_in(files, meta, beside, (size_t)(slash - beside), name);
}

/* Below each folder of a list with ':' between them. */
static const shoal_metadata *open_prefixed(shoal_linked_files *files, const shoal_metadata *meta,
                                           const char *prefixes, const char *name)
{
    const shoal_metadata *found = NULL;
    while (*prefixes && !found) {
        size_t n = strcspn(prefixes, ":");
        if (n > 0) found = open_in(files, meta, prefixes, n, name);
        prefixes += n + (prefixes[n] == ':');
    }
    return found;
}

const shoal_metadata *shoal_linked_file_open(shoal_linked_files *files, const shoal_metadata *meta,
                                             const char *name)
{
    const shoal_metadata *found = NULL;
    const char *prefixes = getenv("HDF5_EXT_PREFIX");
    if (name[0] == '/') {
        found = open_path(files, meta, name);
        name = strrchr(name, '/') + 1; /* a folder that was moved has it beside */
    }
    if (!found && *name && prefixes) found = open_prefixed(files, meta, prefixes, name);
    if (!found && *name) found = open_beside(files, meta, shoal_map_path(meta->map), name);
    if (!found && *name) found = open_path(files, meta, name);
    if (found || !*name) return found;
    char *real = realpath(shoal_map_path(meta->map), NULL); /* where a symbolic link leads */
    if (real) found = open_beside(files, meta, real, name);
    free(real);
    return found;
}

void shoal_linked_files_close(shoal_linked_files *files)
{
    for (int k = 0; k < files->n; k++) {
        shoal_map_close(files->file[k]->map);
        free(files->file[k]);
    }
    *files = (shoal_linked_files){0};
}
