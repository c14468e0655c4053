#include "chunk/error.h"
#include "store/hdf5_load.h"
#include "store/hdf5_names.h"
#include "store/late_library.h"

#include <pthread.h>
#include <stdbool.h>

/* State of the process, as libhdf5 itself is: written once, under the lock. */
shoal_hdf5_table shoal_hdf5;
static pthread_mutex_t load_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_loaded;

static const shoal_late_symbol symbols[] = {
#define X(name) SHOAL_LATE_SYMBOL(shoal_hdf5_table, name),
    SHOAL_HDF5_NAMES(X)
#undef X
};

/* The second library brings the first. */
static shoal_status load(shoal_error *err)
{
    unsigned major = 0, minor = 0, release = 0;
    shoal_status status = shoal_late_library(SHOAL_HDF5_LIBRARY, SHOAL_HDF5_PACKAGE, symbols,
                                             sizeof symbols / sizeof *symbols, &shoal_hdf5, err);
    if (status != SHOAL_OK) return status;
    if (shoal_hdf5.H5get_libversion(&major, &minor, &release) < 0 || major != H5_VERS_MAJOR ||
        minor != H5_VERS_MINOR)
        return shoal_fail(err, SHOAL_SYSTEM, "%s is HDF5 %u.%u, and shoal was built for %d.%d",
                          SHOAL_HDF5_LIBRARY, major, minor, H5_VERS_MAJOR, H5_VERS_MINOR);
    is_loaded = true;
    return SHOAL_OK;
}

shoal_status shoal_hdf5_load(shoal_error *err)
{
    pthread_mutex_lock(&load_mutex);
    shoal_status status = is_loaded ? SHOAL_OK : load(err);
    pthread_mutex_unlock(&load_mutex);
    return status;
}
