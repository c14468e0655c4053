/* Dimension scales, through libhdf5's own high-level library. */
#include "chunk/error.h"
#include "store/hdf5_library.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

/* A dataset of the writer's, of any type, opened for its name's and its axes' sake. */
typedef struct opened {
    const char *file;
    char *path; /* clean */
    hid_t dataset;
    int rank;
} opened;

static void close_it(opened *it)
{
    if (it->dataset >= 0) H5Dclose(it->dataset);
    free(it->path);
}

/* To be closed whatever the result. */
static shoal_status open_it(shoal_writer *writer, const char *path, opened *it, shoal_error *err)
{
    *it = (opened){.file = writer->commit.path, .dataset = H5I_INVALID_HID};
    shoal_status status = shoal_hdf5_object_path(it->file, path, &it->path, err);
    if (status != SHOAL_OK) return status;
    if (shoal_hdf5_object_kind(writer->file, it->path) != SHOAL_HDF5_DATASET)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s: there is no such dataset", it->file, path);
    it->dataset = H5Dopen2(writer->file, it->path, H5P_DEFAULT);
    hid_t space = it->dataset >= 0 ? H5Dget_space(it->dataset) : H5I_INVALID_HID;
    it->rank = space >= 0 ? H5Sget_simple_extent_dims(space, NULL, NULL) : -1;
    if (space >= 0) H5Sclose(space);
    if (it->rank >= 0) return SHOAL_OK;
    return shoal_hdf5_fail(err, SHOAL_DATA, "%s:%s cannot be opened", it->file, path);
}

static shoal_status make_scale(const opened *scale, const char *name, shoal_error *err)
{
    if (scale->rank != 1)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s:%s cannot be a dimension scale: it has %d axes, not 1", scale->file,
                          scale->path, scale->rank);
    if (H5DSis_scale(scale->dataset) > 0) return SHOAL_OK;
    if (name == NULL) name = strrchr(scale->path, '/') + 1;
    if (H5DSset_scale(scale->dataset, name) < 0)
        return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: cannot be made a dimension scale",
                               scale->file, scale->path);
    return SHOAL_OK;
}

/* A dataset that is its own scale (a netCDF coordinate variable) is marked and not attached. */
static shoal_status attach(const opened *it, int axis, const opened *scale, const char *name,
                           shoal_error *err)
{
    if (axis < 0 || axis >= it->rank)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s has %d axes: there is no axis %d", it->file,
                          it->path, it->rank, axis);
    shoal_status status = make_scale(scale, name, err);
    if (status != SHOAL_OK || strcmp(it->path, scale->path) == 0) return status;
    if (H5DSis_attached(it->dataset, scale->dataset, (unsigned)axis) > 0) return SHOAL_OK;
    if (H5DSattach_scale(it->dataset, scale->dataset, (unsigned)axis) < 0)
        return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: %s cannot be made the scale of axis %d",
                               it->file, it->path, scale->path, axis);
    return SHOAL_OK;
}

shoal_status shoal_writer_dimension(shoal_writer *writer, const char *path, int axis,
                                    const char *scale, const char *name, shoal_error *err)
{
    opened it, other = {.dataset = H5I_INVALID_HID};
    shoal_hdf5_lock();
    shoal_status status = open_it(writer, path, &it, err);
    if (status == SHOAL_OK) status = open_it(writer, scale, &other, err);
    if (status == SHOAL_OK) status = attach(&it, axis, &other, name, err);
    close_it(&other);
    close_it(&it);
    shoal_hdf5_unlock();
    return status;
}

bool shoal_writer_is_scale(shoal_writer *writer, const char *path)
{
    opened it;
    shoal_hdf5_lock();
    bool is = open_it(writer, path, &it, NULL) == SHOAL_OK && H5DSis_scale(it.dataset) > 0;
    close_it(&it);
    shoal_hdf5_unlock();
    return is;
}

static herr_t take_path(hid_t dataset, unsigned axis, hid_t scale, void *user)
{
    char **path = user;
    (void)dataset;
    (void)axis;
    ssize_t n = H5Iget_name(scale, NULL, 0);
    free(*path);
    *path = n > 0 ? calloc(1, (size_t)n + 1) : NULL;
    if (*path) H5Iget_name(scale, *path, (size_t)n + 1);
    return 0;
}

shoal_status shoal_writer_scale_of(shoal_writer *writer, const char *path, int axis, char **out,
                                   shoal_error *err)
{
    opened it;
    *out = NULL;
    shoal_hdf5_lock();
    shoal_status status = open_it(writer, path, &it, err);
    if (status == SHOAL_OK && H5Aexists(it.dataset, "DIMENSION_LIST") > 0)
        H5DSiterate_scales(it.dataset, (unsigned)axis, NULL, take_path, out);
    close_it(&it);
    shoal_hdf5_unlock();
    return status;
}
