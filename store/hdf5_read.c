#include "chunk/copy.h"
#include "chunk/error.h"
#include "store/dataset_open.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_memory_type.h"
#include "store/hdf5_type.h"

/* Selects the part of a chunk that lies in the array: in the file, and in a whole chunk's memory.
 */
static bool select_chunk(const shoal_grid *grid, uint64_t chunk_id, hid_t in_file, hid_t in_memory,
                         bool *has_padding)
{
    uint64_t at[SHOAL_MAX_RANK], start[SHOAL_MAX_RANK], count[SHOAL_MAX_RANK];
    hsize_t from[SHOAL_MAX_RANK], size[SHOAL_MAX_RANK], zero[SHOAL_MAX_RANK] = {0};
    *has_padding = false;
    if (grid->rank == 0) return true;
    shoal_grid_coordinates(grid, chunk_id, at);
    shoal_grid_extent(grid, at, start, count);
    for (int k = 0; k < grid->rank; k++) {
        from[k] = start[k];
        size[k] = count[k];
        if (count[k] != grid->chunk[k]) *has_padding = true;
    }
    return H5Sselect_hyperslab(in_file, H5S_SELECT_SET, from, NULL, size, NULL) >= 0 &&
           H5Sselect_hyperslab(in_memory, H5S_SELECT_SET, zero, NULL, size, NULL) >= 0;
}

static hid_t memory_space(const shoal_grid *grid)
{
    hsize_t shape[SHOAL_MAX_RANK] = {0};
    for (int k = 0; k < grid->rank; k++) shape[k] = grid->chunk[k];
    return grid->rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(grid->rank, shape, NULL);
}

hid_t shoal_hdf5_memory_type(shoal_type type, hid_t stored)
{
    hid_t memory = shoal_hdf5_type_make(type);
    if (memory >= 0 && type.code == SHOAL_TEXT && H5Tget_class(stored) == H5T_STRING)
        H5Tset_cset(memory, H5Tget_cset(stored));
    return memory;
}

static hid_t memory_type(const shoal_dataset *dataset)
{
    hid_t stored = H5Dget_type(dataset->hdf5_id);
    if (stored < 0) return stored;
    hid_t memory = shoal_hdf5_memory_type(dataset->type, stored);
    H5Tclose(stored);
    return memory;
}

static shoal_status read_locked(const shoal_dataset *dataset, uint64_t chunk_id, void *dst,
                                shoal_error *err)
{
    hid_t type = memory_type(dataset);
    hid_t in_file = H5Dget_space(dataset->hdf5_id), in_memory = memory_space(&dataset->grid);
    bool has_padding;
    shoal_status status = SHOAL_OK;
    if (type < 0 || in_file < 0 || in_memory < 0 ||
        !select_chunk(&dataset->grid, chunk_id, in_file, in_memory, &has_padding)) {
        status = shoal_hdf5_fail(err, SHOAL_DATA, "libhdf5 cannot select it");
    } else {
        if (has_padding)
            shoal_fill_elements(dst, dataset->fill, (size_t)dataset->grid.chunk_elements,
                                dataset->type.n_bytes);
        if (H5Dread(dataset->hdf5_id, type, in_memory, in_file, H5P_DEFAULT, dst) < 0)
            status = shoal_hdf5_fail(err, SHOAL_DATA, "libhdf5 cannot read it");
    }
    if (type >= 0) H5Tclose(type);
    if (in_file >= 0) H5Sclose(in_file);
    if (in_memory >= 0) H5Sclose(in_memory);
    return status;
}

shoal_status shoal_hdf5_read_chunk(const shoal_dataset *dataset, uint64_t chunk_id, void *dst,
                                   shoal_error *err)
{
    shoal_hdf5_lock();
    shoal_status status = read_locked(dataset, chunk_id, dst, err);
    shoal_hdf5_unlock();
    return status;
}
