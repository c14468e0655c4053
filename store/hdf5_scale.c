/* Dimension scales, through libhdf5's own high-level library. */
#include "chunk/error.h"
#include "store/hdf5_library.h"
#include "store/hdf5_lock.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>
#include <string.h>

static shoal_status make_scale(shoal_sink *scale, const char *name, shoal_error *err)
{
    if (scale->grid.rank != 1)
        return shoal_fail(err, SHOAL_USAGE,
                          "%s:%s cannot be a dimension scale: it has %d axes, not 1",
                          scale->writer->commit.path, scale->path, scale->grid.rank);
    if (H5DSis_scale(scale->dataset) > 0) return SHOAL_OK;
    if (name == NULL) name = strrchr(scale->path, '/') + 1;
    if (H5DSset_scale(scale->dataset, name) < 0)
        return shoal_sink_fail(scale, "cannot be made a dimension scale", err);
    return SHOAL_OK;
}

/* A dataset that is its own scale (a netCDF coordinate variable) is marked and not attached. */
static shoal_status attach(shoal_sink *sink, int axis, shoal_sink *scale, const char *name,
                           shoal_error *err)
{
    if (axis < 0 || axis >= sink->grid.rank)
        return shoal_fail(err, SHOAL_USAGE, "%s:%s has %d axes: there is no axis %d",
                          sink->writer->commit.path, sink->path, sink->grid.rank, axis);
    shoal_status status = make_scale(scale, name, err);
    if (status != SHOAL_OK || sink == scale) return status;
    if (H5DSis_attached(sink->dataset, scale->dataset, (unsigned)axis) > 0) return SHOAL_OK;
    if (H5DSattach_scale(sink->dataset, scale->dataset, (unsigned)axis) < 0)
        return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s: %s cannot be made the scale of axis %d",
                               sink->writer->commit.path, sink->path, scale->path, axis);
    return SHOAL_OK;
}

shoal_status shoal_writer_dimension(shoal_writer *writer, const char *path, int axis,
                                    const char *scale, const char *name, shoal_error *err)
{
    shoal_sink *sink = NULL, *scale_sink = NULL;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (status == SHOAL_OK) status = shoal_writer_sink(writer, scale, &scale_sink, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = attach(sink, axis, scale_sink, name, err);
    shoal_hdf5_unlock();
    return status;
}

bool shoal_writer_is_scale(shoal_writer *writer, const char *path)
{
    shoal_sink *sink = NULL;
    if (shoal_writer_sink(writer, path, &sink, NULL) != SHOAL_OK) return false;
    shoal_hdf5_lock();
    bool is = H5DSis_scale(sink->dataset) > 0;
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
    shoal_sink *sink = NULL;
    *out = NULL;
    shoal_status status = shoal_writer_sink(writer, path, &sink, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    if (H5Aexists(sink->dataset, "DIMENSION_LIST") > 0)
        H5DSiterate_scales(sink->dataset, (unsigned)axis, NULL, take_path, out);
    shoal_hdf5_unlock();
    return SHOAL_OK;
}
