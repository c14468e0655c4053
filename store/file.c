#include "store/file.h"

#include "chunk/error.h"
#include "store/npy.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A file that ends too early says so before anything in it is found to be damaged. */
static shoal_status check_length(const shoal_file *file, shoal_error *err)
{
    uint64_t size = shoal_map_size(file->map);
    if (file->meta.end == UINT64_MAX || file->meta.end <= size) return SHOAL_OK;
    return shoal_fail(err, SHOAL_DATA, "%s: truncated: it has %" PRIu64 " bytes of %" PRIu64,
                      file->path, size, file->meta.end);
}

static shoal_status open_content(shoal_file *file, shoal_error *err)
{
    uint8_t head[6] = {0};
    uint64_t at, size = shoal_map_size(file->map);
    if (size >= sizeof head) {
        shoal_status status = shoal_map_pread(file->map, 0, head, sizeof head, err);
        if (status != SHOAL_OK) return status;
    }
    if (memcmp(head, SHOAL_NPY_MAGIC, sizeof head) == 0) {
        file->is_npy = true;
        return SHOAL_OK;
    }
    if (!shoal_metadata_find(file->map, &at))
        return shoal_fail(err, SHOAL_DATA, "%s: not an HDF5 or .npy file", file->path);
    shoal_status status = shoal_metadata_open(file->map, at, &file->meta, err);
    if (status == SHOAL_OK) {
        status = shoal_metadata_join_family(&file->map, &file->meta, err);
        if (status == SHOAL_OK) return check_length(file, err);
        return shoal_fail_within(err, status, "%s", file->path);
    }
    if (size - at < 96)
        return shoal_fail(err, SHOAL_DATA, "%s: truncated: it ends inside its first structure",
                          file->path);
    return shoal_fail_within(err, status, "%s: truncated or damaged HDF5 file", file->path);
}

shoal_status shoal_file_open(const char *path, shoal_file **out, shoal_error *err)
{
    shoal_file *file = calloc(1, sizeof *file);
    if (!file) return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", path);
    pthread_mutex_init(&file->lock, NULL);
    file->path = strdup(path);
    shoal_status status = file->path ? shoal_map_open(path, &file->map, err)
                                     : shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", path);
    if (status == SHOAL_OK) status = open_content(file, err);
    if (status == SHOAL_OK)
        *out = file;
    else
        shoal_file_close(file);
    return status;
}

void shoal_file_close(shoal_file *file)
{
    if (!file) return;
    for (int k = 0; k < SHOAL_MAX_SCALES; k++) free(file->scales.path[k]);
    shoal_linked_files_close(&file->linked);
    pthread_mutex_destroy(&file->lock);
    shoal_map_close(file->map);
    free(file->path);
    free(file);
}
