/* HDF5's filter plugins, for filters that are not built in: shared objects found on HDF5's plugin
   path and called directly, so that no file is opened through libhdf5 for them. What was loaded
   stays so until the process ends, as with libhdf5 itself. */
#ifndef SHOAL_STORE_HDF5_PLUGIN_H
#define SHOAL_STORE_HDF5_PLUGIN_H

#include "chunk/filter.h"

/* Gives every filter of the pipeline that has no decoder here a plugin. SHOAL_DATA when none is
   found for one of them. From any thread; takes the HDF5 lock, and so does each call of a plugin,
   as plugins need not be thread-safe. */
shoal_status shoal_filter_plugins_attach(shoal_pipeline *pipeline, shoal_error *err);

#endif
