#include "chunk/error.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_path.h"
#include "store/npy.h"
#include "store/superblock.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static hid_t open_hdf5(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    /* A file system that knows no locks, or refuses them, must not keep us from reading. */
    H5Pset_file_locking(access, true, true);
    hid_t id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (id >= 0) H5Pclose(access); /* on failure it stays: closing would clear the error stack */
    return id;
}

/* What libhdf5 says of a file that ends too early is about its internals: say it plainly. */
static shoal_status open_fail(const shoal_file *file, shoal_error *err)
{
    shoal_superblock superblock;
    uint64_t size = shoal_map_size(file->map);
    shoal_status status = shoal_superblock_read(file->map, file->base_address, &superblock, NULL);
    if (status == SHOAL_OK && superblock.end != UINT64_MAX && superblock.end > size)
        return shoal_fail(err, SHOAL_DATA, "%s: truncated: it has %" PRIu64 " bytes of %" PRIu64,
                          file->path, size, superblock.end);
    if (status != SHOAL_OK && size - file->base_address < 96)
        return shoal_fail(err, SHOAL_DATA, "%s: truncated: it ends inside its first structure",
                          file->path);
    return shoal_hdf5_fail(err, SHOAL_DATA, "%s: truncated or damaged HDF5 file", file->path);
}

static shoal_status open_content(shoal_file *file, shoal_error *err)
{
    uint8_t head[6] = {0};
    if (shoal_map_size(file->map) >= sizeof head) {
        shoal_status status = shoal_map_pread(file->map, 0, head, sizeof head, err);
        if (status != SHOAL_OK) return status;
    }
    if (memcmp(head, SHOAL_NPY_MAGIC, sizeof head) == 0) {
        file->is_npy = true;
        return SHOAL_OK;
    }
    if (!shoal_superblock_find(file->map, &file->base_address))
        return shoal_fail(err, SHOAL_DATA, "%s: not an HDF5 or .npy file", file->path);
    shoal_hdf5_lock();
    file->hdf5_id = open_hdf5(file->path);
    shoal_status status = file->hdf5_id >= 0 ? SHOAL_OK : open_fail(file, err);
    shoal_hdf5_unlock();
    return status;
}

shoal_status shoal_file_open(const char *path, shoal_file **out, shoal_error *err)
{
    shoal_file *file = calloc(1, sizeof *file);
    if (!file) return shoal_fail(err, SHOAL_MEMORY, "%s: out of memory", path);
    file->hdf5_id = -1;
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
    if (file->hdf5_id >= 0) {
        shoal_hdf5_lock();
        H5Fclose(file->hdf5_id);
        shoal_hdf5_unlock();
    }
    for (int k = 0; k < SHOAL_MAX_SCALES; k++) free(file->scales.name[k]);
    shoal_map_close(file->map);
    free(file->path);
    free(file);
}
