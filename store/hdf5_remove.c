/* Taking objects out of a file that is being written. */
#include "store/hdf5_lock.h"
#include "store/hdf5_object.h"
#include "store/hdf5_writer.h"
#include <stdlib.h>

static shoal_status remove_clean(shoal_writer *writer, const char *path, shoal_error *err)
{
    if (shoal_hdf5_object_kind(writer->file, path) == SHOAL_HDF5_NOTHING) return SHOAL_OK;
    shoal_writer_drop_sinks(writer, path);
    writer->recycles = true;
    if (path[1] != '\0' && H5Ldelete(writer->file, path, H5P_DEFAULT) >= 0) return SHOAL_OK;
    return shoal_hdf5_fail(err, SHOAL_SYSTEM, "%s:%s cannot be replaced", writer->commit.path,
                           path);
}

shoal_status shoal_writer_remove(shoal_writer *writer, const char *path, shoal_error *err)
{
    char *clean = NULL;
    shoal_status status = shoal_hdf5_object_path(writer->commit.path, path, &clean, err);
    if (status != SHOAL_OK) return status;
    shoal_hdf5_lock();
    status = remove_clean(writer, clean, err);
    shoal_hdf5_unlock();
    free(clean);
    return status;
}
