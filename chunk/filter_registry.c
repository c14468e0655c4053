/* Filters by their names in The HDF Group's registry, and what brings those that are not here. */
#include "chunk/error.h"
#include "chunk/filter.h"

static const struct registered {
    uint16_t id;
    const char *name;
    const char *package; /* which has a plugin for HDF5; NULL: none is widely known */
} registry[] = {
    {1, "gzip", NULL},
    {2, "shuffle", NULL},
    {3, "fletcher32", NULL},
    {4, "szip", NULL},
    {5, "nbit", NULL},
    {6, "scaleoffset", NULL},
    {257, "hzip", "Silo"},
    {258, "fpzip", "Silo"},
    {305, "lzo", "PyTables"},
    {307, "bzip2", "the Python package hdf5plugin"},
    {32000, "lzf", "the Python package h5py"},
    {32001, "blosc", "the Python package hdf5plugin"},
    {32002, "mafisc", NULL},
    {32003, "snappy", NULL},
    {32004, "lz4", "the Python package hdf5plugin"},
    {32005, "apax", NULL},
    {32006, "cbf", NULL},
    {32007, "jpeg-xr", NULL},
    {32008, "bitshuffle", "the Python package hdf5plugin"},
    {32009, "spdp", NULL},
    {32010, "lpc-rice", NULL},
    {32011, "ccsds-123", NULL},
    {32012, "jpeg-ls", NULL},
    {32013, "zfp", "the Python package hdf5plugin"},
    {32014, "fpzip", NULL},
    {32015, "zstd", "the Python package hdf5plugin"},
    {32016, "b3d", NULL},
    {32017, "sz", "the Python package hdf5plugin"},
    {32018, "fcidecomp", "the Python package hdf5plugin"},
    {32019, "jpeg", NULL},
    {32020, "vbz", "ont-vbz-hdf-plugin"},
    {32021, "fapec", NULL},
    {32022, "bitgroom", "ccr"},
    {32023, "granular-bitround", "ccr"},
    {32024, "sz3", "the Python package hdf5plugin"},
    {32025, "delta-rice", "deltaRice"},
    {32026, "blosc2", "the Python package hdf5plugin"},
    {32027, "flac", NULL},
    {32028, "h5z-sperr", "the Python package hdf5plugin"},
    {32029, "terse", NULL},
    {32030, "ffmpeg", NULL},
    {32033, "htj2k", "the Python package hdf5plugin"},
};

static const struct registered *find(uint16_t id)
{
    for (size_t k = 0; k < sizeof registry / sizeof *registry; k++)
        if (registry[k].id == id) return &registry[k];
    return NULL;
}

const char *shoal_filter_name(uint16_t id)
{
    const struct registered *found = find(id);
    return found == NULL ? NULL : found->name;
}

shoal_status shoal_filter_fail_unknown(uint16_t id, shoal_error *err)
{
    const struct registered *found = find(id);
    if (found == NULL)
        return shoal_fail(err, SHOAL_DATA,
                          "filter %u is not built in and not registered: set HDF5_PLUGIN_PATH to "
                          "the folder of its plugin",
                          id);
    if (found->package == NULL)
        return shoal_fail(err, SHOAL_DATA,
                          "filter %u (%s) is not built in: set HDF5_PLUGIN_PATH to the folder of "
                          "its plugin",
                          id, found->name);
    return shoal_fail(err, SHOAL_DATA,
                      "filter %u (%s) is not built in: install %s and set HDF5_PLUGIN_PATH to its "
                      "folder of plugins",
                      id, found->name, found->package);
}
